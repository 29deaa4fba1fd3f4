"""Triton's names for the argument types of a kernel that exists only as IR."""

from __future__ import annotations

import re

from smtir.mlir import ir

GRID_ARGUMENTS = (
    "num_programs_x",
    "num_programs_y",
    "num_programs_z",
    "program_id_x",
    "program_id_y",
    "program_id_z",
)
"""The last six arguments of a kernel from the ``linalg`` stage on, all i32."""

_TRITON_NAMES = {"f16": "fp16", "bf16": "bf16", "f32": "fp32", "f64": "fp64", "index": "i64"}
_POINTER = re.compile(
    r"!tt\.ptr<(?P<pointee>[^,]*)(?:,\s*\d+)?>$|memref<(?:[\d?]+x)*(?P<element>[a-z]\w*)[^>]*>$"
)


def signature_of(module: ir.Module) -> tuple[str, dict[str, str]]:
    """Name and argument types of the first function with a body; ``("", {})`` without one.

    A pointer of the LLVM dialect does not say what it points to and counts as ``*i8``.
    """
    for op in module.body.operations:
        operation = op.operation
        if operation.name not in ("func.func", "tt.func", "llvm.func"):
            continue
        if not operation.regions or not list(operation.regions[0].blocks):
            continue
        name = ir.StringAttr(operation.attributes["sym_name"]).value
        arguments = [str(argument.type) for argument in operation.regions[0].blocks[0].arguments]
        if _ends_in_grid(operation, arguments):
            arguments = arguments[: -len(GRID_ARGUMENTS)]
        return name, {f"arg{index}": triton_name(type_) for index, type_ in enumerate(arguments)}
    return "", {}


def triton_name(type_: str) -> str:
    """``memref<f32>`` and ``!tt.ptr<f32>`` are ``*fp32``, ``f32`` is ``fp32``; integers keep their name."""
    if type_ == "!llvm.ptr":
        return "*i8"
    if match := _POINTER.match(type_):
        return f"*{triton_name(match['pointee'] or match['element'])}"
    return _TRITON_NAMES.get(type_, type_)


def _ends_in_grid(operation: ir.Operation, arguments: list[str]) -> bool:
    """Whether the function takes program counts and ids: it has passed the ``linalg`` stage."""
    if arguments[-len(GRID_ARGUMENTS) :] != ["i32"] * len(GRID_ARGUMENTS):
        return False
    return not any("!tt." in type_ for type_ in arguments)
