"""From what a user names, a kernel or a file with IR, to a module at a stage.

A kernel is named as ``file.py:function``, ``package.module:function``, ``smtir.kernels:NAME``, a
record's directory, or a file with IR of any stage.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from smtir.api.signatures import llvm_signature_of, signature_of, with_names_of
from smtir.compiler.activity import announce
from smtir.compiler.record import Record, is_record, read_record
from smtir.compiler.stages import Stage, detect_stage, get_stage
from smtir.dialects import parse_module, verify_module
from smtir.errors import FrontendError, ParseError, SmtirError, SourceLocation, UsageError
from smtir.host_descriptors import is_descriptor_type, parts_of
from smtir.inspect.opt import load, read_input
from smtir.mlir import ir

KERNELS = "smtir.kernels"
LLVM_IR_SUFFIX = ".ll"


@dataclass(frozen=True)
class Source:
    """What is to be compiled.

    Attributes:
        name: of the kernel function.
        origin: what the user named.
        stage: where compilation starts.
        make_module: a fresh module at that stage; None when ``llvm_ir`` is given.
        signature: Triton type by parameter.
        constexprs: value by compile-time parameter.
        llvm_ir: the text, for a source at the stage ``llvmir``.
        spec: the kernel's specification, when it is one of ``smtir.kernels``.
        record: the record that the source was read from.
        parameters: names of all parameters of a kernel function, constexprs included.
    """

    name: str
    origin: str
    stage: Stage
    make_module: Callable[[], ir.Module] | None
    signature: Mapping[str, str] = field(default_factory=dict)
    constexprs: Mapping[str, Any] = field(default_factory=dict)
    llvm_ir: str = ""
    spec: Any = None
    record: Record | None = None
    parameters: tuple[str, ...] = ()


def resolve(
    source: Any,
    signature: Mapping[str, str] | None = None,
    constexprs: Mapping[str, Any] | None = None,
    smt_api: str = "auto",
    *,
    debug: bool | None = None,
) -> Source:
    """What ``source`` means: a name as above, IR text, a module, a kernel function or specification.

    ``signature`` and ``constexprs`` complete a kernel function and override a specification's
    defaults; a source that is IR already takes neither.  ``debug``: as for ``smtir.compile``.

    Raises:
        UsageError: nothing of that name, or a signature for IR.
        ParseError: IR that is none.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, ir.Module):
        return _from_module(lambda: _clone(source), "<module>", signature, constexprs)
    if isinstance(source, Path):
        source = str(source)
    if not isinstance(source, str):
        return _from_function(source, signature, constexprs, smt_api, origin=_name_of(source), debug=debug)
    if "\n" in source:
        return _from_text(source, "<string>", signature, constexprs)
    if is_record(source):
        return _from_record(source, signature, constexprs)
    if Path(source).is_file():
        return _from_file(source, signature, constexprs)
    if ":" in source:
        return _from_function(find_kernel(source), signature, constexprs, smt_api, origin=source, debug=debug)
    raise UsageError(
        f"no kernel {source!r}: no file, record or kernel has that name",
        hint=f"give file.py:function, {KERNELS}:NAME, a record's directory, or a file with IR",
    )


def find_kernel(name: str) -> Any:
    """The function or specification called ``file.py:function`` or ``module:name``."""
    place, _, attribute = name.rpartition(":")
    if place == KERNELS:
        kernels = importlib.import_module(KERNELS)
        return kernels.get(attribute)
    module = _import_file(place) if place.endswith(".py") else _import_module(place)
    found = getattr(module, attribute, None)
    if found is None:
        near = [key for key, value in vars(module).items() if _is_kernel(value)]
        raise UsageError(
            f"{place} has no kernel {attribute!r}",
            hint=f"its kernels: {', '.join(near)}" if near else "it defines no @triton.jit function",
        )
    if not _is_kernel(found):
        raise UsageError(
            f"{attribute!r} in {place} is no kernel but a {type(found).__name__}",
            hint="decorate the function with @triton.jit",
        )
    return found


def _import_file(path: str) -> ModuleType:
    if not Path(path).is_file():
        raise UsageError(f"no such file: {path}")
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    folder = str(Path(path).resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # as `python file.py` does
    previous = sys.modules.get(spec.name)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        if previous is not None:
            sys.modules[spec.name] = previous
        raise _import_failed(path, error) from error
    return module


def _import_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise UsageError(f"no Python file or module {name!r}") from None
        raise _import_failed(name, error) from error
    except Exception as error:
        raise _import_failed(name, error) from error


def _import_failed(name: str, error: Exception | SystemExit) -> SmtirError:
    if isinstance(error, SmtirError):
        return error
    if isinstance(error, SyntaxError):
        place = SourceLocation(error.filename or name, error.lineno or 0, error.offset or 0)
        return FrontendError(f"{name} is not valid Python: {error.msg}", location=place)
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename
    ]
    place = SourceLocation(frames[-1].filename, frames[-1].lineno or 0) if frames else SourceLocation(name)
    return FrontendError(f"importing {name} failed: {type(error).__name__}: {error}", location=place)


def _is_kernel(value: Any) -> bool:
    return type(value).__name__ in ("JITFunction", "KernelSpec") or _unwrap(value) is not value


def _unwrap(function: Any) -> Any:
    """The ``@triton.jit`` function inside autotuners and heuristics."""
    inner = function
    while type(inner).__name__ in ("Autotuner", "Heuristics"):
        inner = inner.fn
    return inner


def _name_of(function: Any) -> str:
    inner = _unwrap(function)
    if type(inner).__name__ == "KernelSpec":
        return f"{KERNELS}:{inner.name}"
    return str(getattr(inner, "__name__", inner))


def _from_function(
    function: Any,
    signature: Mapping[str, str] | None,
    constexprs: Mapping[str, Any] | None,
    smt_api: str,
    *,
    origin: str,
    debug: bool | None,
) -> Source:
    function = _unwrap(function)
    spec = None
    if type(function).__name__ == "KernelSpec":
        spec, function = function, function.fn
        given_types, given_values = signature or {}, constexprs or {}
        # A type given for a constexpr, or a value for a run-time parameter, replaces the default.
        signature = {name: type_ for name, type_ in spec.signature.items() if name not in given_values}
        constexprs = {name: value for name, value in spec.constexprs.items() if name not in given_types}
        signature, constexprs = {**signature, **given_types}, {**constexprs, **given_values}
    if type(function).__name__ != "JITFunction":
        raise UsageError(
            f"cannot compile a {type(function).__name__}",
            hint="expected a @triton.jit function, a kernel of smtir.kernels, IR text, a file or a record",
        )
    types, values = dict(signature or {}), dict(constexprs or {})
    order = {name: place for place, name in enumerate(function.arg_names)}
    run_time: dict[str, str] = {}
    for name, type_ in sorted(types.items(), key=lambda item: order.get(item[0], len(order))):
        if is_descriptor_type(type_):
            run_time |= {part.name: part.type for part in parts_of(name, type_)}
        elif not type_.endswith((":1", "constexpr")):
            run_time[name] = type_.partition(":")[0]

    def make_module() -> ir.Module:
        announce("frontend", kernel=function.__name__)
        frontend = importlib.import_module("smtir.frontend")
        module: ir.Module = frontend.emit_ttir(function, types, values, smt_api=smt_api, debug=debug)
        return module

    return Source(
        function.__name__,
        origin,
        get_stage("ttir"),
        make_module,
        run_time,
        values,
        spec=spec,
        parameters=tuple(order),
    )


def _from_file(
    path: str, signature: Mapping[str, str] | None, constexprs: Mapping[str, Any] | None
) -> Source:
    announce("parse", detail=path)
    if path.endswith(".py"):
        raise UsageError(f"{path} may hold several kernels", hint=f"name one: {path}:FUNCTION")
    content, name = read_input(path)
    if isinstance(content, str):
        return _from_text(content, name, signature, constexprs)
    return _from_module(lambda: load(content, name), name, signature, constexprs)


def _from_text(
    text: str, name: str, signature: Mapping[str, str] | None, constexprs: Mapping[str, Any] | None
) -> Source:
    if name.endswith(LLVM_IR_SUFFIX) or text.lstrip().startswith(
        ("; ModuleID", "target triple", "source_filename")
    ):
        _refuse_types(name, signature, constexprs)
        kernel, types = llvm_signature_of(text)
        if not kernel:
            raise ParseError(f"{name} defines no function", location=SourceLocation(name))
        return Source(kernel, name, get_stage("llvmir"), None, types, llvm_ir=text)

    def make_module() -> ir.Module:
        module = parse_module(text, name)
        verify_module(module)
        return module

    source = _from_module(make_module, name, signature, constexprs)
    return dataclasses.replace(source, signature=with_names_of(text, source.name, source.signature))


def _from_module(
    make_module: Callable[[], ir.Module],
    name: str,
    signature: Mapping[str, str] | None,
    constexprs: Mapping[str, Any] | None,
) -> Source:
    _refuse_types(name, signature, constexprs)
    module = make_module()
    stage = detect_stage(module)
    kernel, types = signature_of(module)
    if not kernel:
        raise ParseError(f"{name} has no function to compile", location=SourceLocation(name))
    return Source(kernel, name, stage, make_module, types)


def _from_record(
    path: str, signature: Mapping[str, str] | None, constexprs: Mapping[str, Any] | None
) -> Source:
    _refuse_types(path, signature, constexprs)
    record = read_record(path)
    entry = record.manifest["entry"]
    if entry is None:
        raise UsageError(f"the record {path} holds no IR: the compilation stopped in the frontend")
    text, file = record.read(entry["file"]), str(Path(path) / entry["file"])

    def make_module() -> ir.Module:
        return parse_module(text, file)

    kernel = record.kernel
    spec = find_kernel(kernel.source) if kernel.source.startswith(f"{KERNELS}:") else None
    return Source(
        kernel.name,
        path,
        get_stage(entry["stage"]),
        make_module,
        kernel.signature,
        kernel.constexprs,
        spec=spec,
        record=record,
    )


def _refuse_types(name: str, signature: object, constexprs: object) -> None:
    if signature or constexprs:
        raise UsageError(
            f"{name} is IR already: types and constexprs are fixed in it",
            hint="leave out the signature and the constexprs (-a, -c)",
        )


def _clone(module: ir.Module) -> ir.Module:
    from smtir.compiler.snapshots import Image

    return Image(module).module()
