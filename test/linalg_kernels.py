"""Kernels at the linalg stage, written by hand, compiled for this machine and run."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from smtir.mlir import context, ir
from smtir.mlir import llvm as llvm_dialect
from smtir.passes.pipelines import LINALG_TO_VECTOR, VECTOR_TO_LLVM
from smtir.rewrite.passes import PipelineElement, parse_pipeline
from smtir.targets import get_target
from smtir.targets.codegen import target_machine

NUMPY = {
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
    "f16": np.float16,
    "f32": np.float32,
    "f64": np.float64,
}
C_TYPES = {
    "i1": ctypes.c_bool,
    "i8": ctypes.c_int8,
    "i16": ctypes.c_int16,
    "i32": ctypes.c_int32,
    "i64": ctypes.c_int64,
    "f32": ctypes.c_float,
    "f64": ctypes.c_double,
}
PROGRAM = "%npx: i32, %npy: i32, %npz: i32, %pidx: i32, %pidy: i32, %pidz: i32"  # what every kernel ends with


@functools.cache
def elements(pipeline: tuple[str, ...]) -> list[PipelineElement]:
    return [element for text in pipeline for element in parse_pipeline(text)]


def lower(text: str, *pipelines: list[str]) -> ir.Module:
    """``text`` after the passes of ``pipelines``, verified after each."""
    with context(), ir.Location.unknown():
        module = ir.Module.parse(text)
        for pipeline in pipelines:
            for element in elements(tuple(pipeline)):
                element.run(module)
                module.operation.verify()
    return module


def vector_stage(text: str) -> str:
    """The IR of ``text`` at the ``vector`` stage."""
    return str(lower(text, LINALG_TO_VECTOR))


class Compiled:
    """A kernel of a linalg module, callable with NumPy arrays and numbers.

    The six program parameters may be left out (one program) or given as ``program=(x, y, z)``.
    """

    def __init__(self, text: str, name: str = "kernel") -> None:
        with context(), ir.Location.unknown():
            parsed = ir.Module.parse(text)
            function = next(
                op for op in parsed.body.operations if ir.StringAttr(op.attributes["sym_name"]).value == name
            )
            self.types = [str(argument.type) for argument in function.regions[0].blocks[0].arguments]
        module = lower(text, LINALG_TO_VECTOR, VECTOR_TO_LLVM)
        with context():
            self.llvm_ir: str = llvm_dialect.translate_module_to_llvmir(module.operation)
        target = get_target("host")
        machine = target_machine(target)
        library = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        library.add_object_file(llvm.ObjectFileRef.from_data(target.emit_object(self.llvm_ir)))
        library.finalize_object()
        self._library = library
        c_types = [ctypes.c_void_p if type_.startswith("memref") else C_TYPES[type_] for type_ in self.types]
        self._call = ctypes.CFUNCTYPE(None, *c_types)(library.get_function_address(name))

    def __call__(self, *args: Any, program: tuple[int, int, int] = (0, 0, 0)) -> None:
        raw = [arg.ctypes.data if isinstance(arg, np.ndarray) else arg for arg in args]
        self._call(*raw, 1, 1, 1, *program)


@functools.cache
def compiled(text: str, name: str = "kernel") -> Compiled:
    return Compiled(text, name)


def whole(name: str, shape: tuple[int, ...], element: str, *, strides: tuple[int, ...] | None = None) -> str:
    """``%NAME_t``: argument ``%NAME`` (``memref<element>``) as a tensor of a static shape."""
    sizes, steps, type_, buffer = _types(shape, element, strides)
    return (
        f"%{name}_m = memref.reinterpret_cast %{name} to offset: [0], sizes: [{sizes}], strides: [{steps}] : "
        f"memref<{element}> to {buffer}\n"
        f"%{name}_t = bufferization.to_tensor %{name}_m restrict : {buffer} to {type_}\n"
    )


def store(
    value: str, name: str, shape: tuple[int, ...], element: str, *, strides: tuple[int, ...] | None = None
) -> str:
    """Store tensor ``%value`` of a static shape to argument ``%NAME``."""
    sizes, steps, type_, buffer = _types(shape, element, strides)
    return (
        f"%{name}_m = memref.reinterpret_cast %{name} to offset: [0], sizes: [{sizes}], strides: [{steps}] : "
        f"memref<{element}> to {buffer}\n"
        f"bufferization.materialize_in_destination %{value} in restrict writable %{name}_m : "
        f"({type_}, {buffer}) -> ()\n"
    )


def _types(
    shape: tuple[int, ...], element: str, strides: tuple[int, ...] | None
) -> tuple[str, str, str, str]:
    steps = list(strides) if strides else [int(np.prod(shape[d + 1 :])) for d in range(len(shape))]
    dims = "".join(f"{size}x" for size in shape)
    text = ", ".join(map(str, steps))
    layout = f", strided<[{text}]>" if shape else ""
    return ", ".join(map(str, shape)), text, f"tensor<{dims}{element}>", f"memref<{dims}{element}{layout}>"


def kernel(arguments: str, body: str) -> str:
    """A module with one function ``@kernel``."""
    return f"func.func @kernel({arguments}, {PROGRAM}) {{\n{body}return\n}}\n"
