"""From Triton's ``ASTSource`` to object code, through smtir's frontend and pipeline.

Triton asks for the stages one after another and stores the text of each in its cache.  All of
them come from one ``Compilation``, made when the second stage is asked for.
"""

from __future__ import annotations

import functools
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from triton.compiler.errors import CompilationError
from triton.runtime.jit import get_jit_fn_file_line

from smtir.api import Compilation, Source
from smtir.api import compile as compile_source
from smtir.api.signatures import signature_of
from smtir.arrays import Arrays
from smtir.backend import HOST
from smtir.backend.cache import smtir_target
from smtir.backend.options import Options
from smtir.backend.tracing import compiled, new_record
from smtir.compiler.record import KernelInfo, RecordWriter
from smtir.compiler.stages import get_stage
from smtir.dialects import parse_module, print_module
from smtir.errors import FrontendError, UsageError
from smtir.frontend import DEFAULT_ARCH_ID, Specialization, emit_specialized
from smtir.host_descriptors import is_descriptor_type, parts_of
from smtir.mlir import ir
from smtir.targets import Target

STAGES = {"ttir": "ttir", "linalg": "linalg", "vector": "vector", "llvm": "llvm", "llir": "llvmir"}
"""smtir's stage by Triton's file extension; the object file follows as ``o``."""
OBJECT = "o"
ArgumentPath = tuple[int | str, ...]
"""The way to an argument from the tuple of Triton's: positions, and attributes of a descriptor."""
SHARED_BYTES = 1
"""Shared memory that a kernel claims: none is used, but scripts divide by it."""

_lock = threading.RLock()
"""MLIR's context is one for the process, and Triton may compile on several threads."""


@dataclass
class Kernel:
    """One kernel on its way through the stages.

    Attributes:
        source: what smtir compiles.
        module: the TTIR.
        arguments: name, way to it through Triton's arguments, and type of each run-time argument.
        record: directory of its record; None when nothing is traced.
    """

    source: Source
    module: ir.Module
    arguments: list[tuple[str, ArgumentPath, str]]
    record: Path | None = None
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = print_module(self.module)

    def __str__(self) -> str:
        return self.text

    def verify(self) -> bool:
        """What Triton's verifier says of the TTIR."""
        return bool(self._in_triton.verify())

    def walk(self, visit: Callable[[Any], None]) -> None:
        """Call ``visit`` with each operation, as Triton's modules do: ``torch.compile`` looks for stores."""
        self._in_triton.walk(visit)

    @functools.cached_property
    def _in_triton(self) -> Any:
        """The TTIR once more, as a module of Triton's own."""
        from triton._C.libtriton import ir as libtriton_ir

        if "xsmt." in self.text:
            raise UsageError(
                f"{self.source.name} uses smt functions, and Triton's IR has no operations for them",
                hint="read the TTIR as text",
            )
        context = libtriton_ir.context()
        libtriton_ir.load_dialects(context)
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "kernel.ttir")
            path.write_text(self.text)
            module = libtriton_ir.parse_mlir_module(str(path), context)
        module.context = context
        return module


@dataclass(frozen=True)
class StageText:
    """The text of one stage; Triton stores it and hands it to the next stage."""

    compilation: Compilation
    stage: str

    def __str__(self) -> str:
        with _lock:
            return self.compilation.stages[self.stage]


def make_ir(source: Any, target: Any, options: Options) -> Kernel:
    """TTIR of Triton's ``ASTSource``, in place of its ``make_ir``.

    Raises:
        CompilationError: Triton's own, with the line, for a fault in the kernel.
        FrontendError: a fault that has no place in Triton's tree of the kernel.
    """
    fn = source.fn
    arguments = list(_arguments(source.signature, fn.arg_names))
    constants = {_name(fn.arg_names, path): value for path, value in source.constants.items()}
    types = {name: type_ for name, _, type_ in arguments}
    chip = smtir_target(target.arch)
    origin = f"{get_jit_fn_file_line(fn)[0]}:{fn.__name__}"
    record = new_record(fn.__name__)
    failure: Exception
    with _lock:
        try:
            module = emit_specialized(
                fn,
                Specialization(source.signature, source.constants, source.attrs),
                smt_api=options.smt_api,  # type: ignore[arg-type]  # checked there
                arch_id=chip.arch_id or DEFAULT_ARCH_ID,
                debug=options.debug,
                sanitize_overflow=options.sanitize_overflow,
            )
        except Exception as error:
            if record is not None:
                info = KernelInfo(fn.__name__, origin, types, constants, chip.name)
                RecordWriter(record, info).finish(error)
            failure = _triton_error(error)
        else:
            name = signature_of(module)[0] or fn.__name__
            made = Source(
                name,
                origin,
                get_stage("ttir"),
                lambda: module,
                types,
                constants,
                parameters=tuple(fn.arg_names),
            )
            return Kernel(made, module, arguments, record)
    raise failure


def add_stages(stages: dict[str, Any], options: Options, arch: str, language: Any) -> None:
    """Fill Triton's table of stages.  Raises ``UsageError`` for Gluon, which is for GPUs."""
    if getattr(language, "name", "TRITON") != "TRITON":
        raise UsageError("smtir compiles Triton kernels, not Gluon", hint="write the kernel with @triton.jit")
    stages["ttir"] = _ttir
    for extension, stage in list(STAGES.items())[1:]:
        stages[extension] = functools.partial(_lowered, stage=stage, arch=arch)
    stages[OBJECT] = functools.partial(_object, arch=arch)


def _ttir(source: Any, metadata: dict[str, Any]) -> Any:
    if isinstance(source, Kernel):
        _describe(source, metadata)
    return source


def _lowered(source: Any, metadata: dict[str, Any], *, stage: str, arch: str) -> StageText:
    return StageText(_compilation(source, metadata, stage, arch), stage)


def _object(source: Any, metadata: dict[str, Any], *, arch: str) -> bytes:
    with _lock:
        return _compilation(source, metadata, OBJECT, arch).object


def compile_for_arrays(ttir: str, target: Target, arrays: Arrays) -> tuple[str, bytes]:
    """LLVM IR and object code of a kernel from its TTIR, for launches whose arrays are not apart."""
    with _lock:
        compilation = compile_source(parse_module(ttir), target=target.arch_id or HOST, until="ttir")
        variant = compilation.for_arrays(arrays)
        return variant.llvm_ir, variant.object


def _compilation(source: Any, metadata: dict[str, Any], stage: str, arch: str) -> Compilation:
    """The compilation that ``source``, the stage before ``stage``, belongs to or begins."""
    if isinstance(source, StageText):
        return source.compilation
    kernel = source if isinstance(source, Kernel) else _foreign(source, metadata)
    with _lock:
        compilation = compile_source(
            kernel.source,
            target=smtir_target(arch).arch_id or HOST,
            until="object" if kernel.record else "llvm",
            record=kernel.record,
        )
    metadata["apart"] = sorted(compilation.apart)
    compiled(metadata["hash"], kernel.record)
    return compilation


def _foreign(source: Any, metadata: dict[str, Any]) -> Kernel:
    """A kernel of IR that the user has put in the place of ours, or compiles as it is."""
    module = parse_module(str(source))
    name, types = signature_of(module)
    text = print_module(module, locations=True)
    made = Source(name, "<override>", get_stage("ttir"), lambda: parse_module(text), types)
    kernel = Kernel(made, module, [(key, (n,), type_) for n, (key, type_) in enumerate(types.items())])
    if "arguments" not in metadata:
        _describe(kernel, metadata)
    return kernel


def _describe(kernel: Kernel, metadata: dict[str, Any]) -> None:
    """What Triton and the launcher need to know, also when the kernel comes from the cache."""
    metadata["name"] = kernel.source.name
    metadata["shared"] = SHARED_BYTES
    metadata["arguments"] = kernel.arguments


def _arguments(signature: Mapping[str, Any], names: list[str]) -> Iterator[tuple[str, ArgumentPath, str]]:
    """The run-time arguments, those in tuples included."""

    def walk(path: tuple[int, ...], declared: Any) -> Iterator[tuple[str, ArgumentPath, str]]:
        if isinstance(declared, tuple | list):
            for position, element in enumerate(declared):
                yield from walk((*path, position), element)
        elif declared != "constexpr":
            if is_descriptor_type(declared):
                for part in parts_of(_name(names, path), declared):
                    yield part.name, (*path, *part.path), part.type
                return
            if declared.startswith("nvTmaDesc"):
                raise UsageError(
                    f"{_name(names, path)} is a descriptor in memory of the GPU",
                    hint="make it with triton.tools.tensor_descriptor.TensorDescriptor",
                )
            element = declared.lstrip("*")
            yield (
                _name(names, path),
                path,
                declared if element == declared else "*" + element.removeprefix("k"),
            )

    for name, declared in signature.items():
        yield from walk((names.index(name),), declared)


def _name(names: list[str], path: tuple[int, ...]) -> str:
    return ".".join([names[path[0]], *map(str, path[1:])])


def _triton_error(error: Exception) -> Exception:
    """Triton's own error where there is one, with our message if the fault is of our finding."""
    original = error.__cause__
    if not isinstance(error, FrontendError) or not isinstance(original, CompilationError):
        return error
    link: BaseException | None = original
    while link is not None:
        if isinstance(link, FrontendError):
            hint = f"\nhint: {link.hint}" if link.hint else ""
            return CompilationError(
                original.src, original.node, f"{link.op}: {link.message}{hint}".removeprefix(": ")
            )
        link = link.__cause__ or link.__context__
    return original
