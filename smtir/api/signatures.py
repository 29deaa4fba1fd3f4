"""Triton's names for the argument types of a kernel that exists only as IR."""

from __future__ import annotations

import re
from collections.abc import Mapping

from smtir.asm.typetext import descriptor_block, element
from smtir.mlir import ir, source_location

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
_LLVM_NAMES = {"half": "f16", "bfloat": "bf16", "float": "f32", "double": "f64"}
_DEFINITION = re.compile(r"^define void @(?P<name>[\w.$]+)\((?P<arguments>[^)]*)\)", re.MULTILINE)
_ARGUMENT = re.compile(r"%([\w$.-]+): ")
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
        block = operation.regions[0].blocks[0]
        arguments = [str(argument.type) for argument in block.arguments]
        if _ends_in_grid(operation, arguments):
            arguments = arguments[: -len(GRID_ARGUMENTS)]
        places = [source_location(argument.location) for argument in block.arguments]
        names = [place.name if place and place.name else f"arg{n}" for n, place in enumerate(places)]
        if len(set(names)) != len(names):
            names = [f"arg{n}" for n in range(len(names))]
        return name, {given: triton_name(type_) for given, type_ in zip(names, arguments, strict=False)}
    return "", {}


def with_names_of(text: str, kernel: str, signature: Mapping[str, str]) -> dict[str, str]:
    """``signature`` with the names that the arguments of ``kernel`` have in IR text.

    Text without locations keeps the Python names only as names of SSA values.
    """
    header = re.search(rf"@{re.escape(kernel)}\((?P<arguments>%.*)", text)
    names = _ARGUMENT.findall(header["arguments"])[: len(signature)] if header else []
    if len(names) < len(signature) or len(set(names)) < len(names) or not all(map(str.isidentifier, names)):
        return dict(signature)
    return dict(zip(names, signature.values(), strict=True))


def llvm_signature_of(text: str) -> tuple[str, dict[str, str]]:
    """``signature_of`` for LLVM IR text."""
    match = _DEFINITION.search(text)
    if match is None:
        return "", {}
    arguments = [argument.split() for argument in match["arguments"].split(",") if argument.strip()]
    types = ["!llvm.ptr" if words[0] == "ptr" else _LLVM_NAMES.get(words[0], words[0]) for words in arguments]
    names = [words[-1].removeprefix("%") for words in arguments]
    if types[-len(GRID_ARGUMENTS) :] == ["i32"] * len(GRID_ARGUMENTS):
        types = types[: -len(GRID_ARGUMENTS)]
    named = [name if name.isidentifier() else f"arg{place}" for place, name in enumerate(names)]
    return match["name"], {name: triton_name(type_) for name, type_ in zip(named, types, strict=False)}


def triton_name(type_: str) -> str:
    """``memref<f32>`` and ``!tt.ptr<f32>`` are ``*fp32``, ``f32`` is ``fp32``; integers keep their name.

    A tensor descriptor counts as a pointer to its elements, which is what it becomes.
    """
    if type_ == "!llvm.ptr":
        return "*i8"
    if block := descriptor_block(type_):
        return f"*{triton_name(element(block))}"
    if match := _POINTER.match(type_):
        return f"*{triton_name(match['pointee'] or match['element'])}"
    return _TRITON_NAMES.get(type_, type_)


def _ends_in_grid(operation: ir.Operation, arguments: list[str]) -> bool:
    """Whether the function takes program counts and ids: it has passed the ``linalg`` stage."""
    if arguments[-len(GRID_ARGUMENTS) :] != ["i32"] * len(GRID_ARGUMENTS):
        return False
    return not any("!tt." in type_ for type_ in arguments)
