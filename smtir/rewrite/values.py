"""Typed questions about SSA values; the bindings' own types say too little."""

from __future__ import annotations

from typing import Any, cast

from smtir.mlir import ir


def defining_op(value: ir.Value) -> Any:
    """The ``OpView`` whose result ``value`` is, or None for a block argument."""
    owner = cast("object", value.owner)
    return None if isinstance(owner, ir.Block) else cast("ir.OpView", owner).operation.opview


def defining_block(value: ir.Value) -> ir.Block | None:
    """The block whose argument ``value`` is, or None for the result of an operation."""
    owner = cast("object", value.owner)
    return owner if isinstance(owner, ir.Block) else None


def defined_by(value: ir.Value, *names: str) -> bool:
    """Whether ``value`` is a result of an operation with one of ``names``."""
    op = defining_op(value)
    return op is not None and op.operation.name in names


def shape_of(value: ir.Value) -> list[int]:
    """The shape of a tensor or memref; the dynamic size where a dim is not static."""
    return list(cast("ir.ShapedType", value.type).shape)


def rank_of(value: ir.Value) -> int:
    """The number of dims of a tensor or memref."""
    return len(shape_of(value))


def element_of(value: ir.Value) -> ir.Type:
    """The element type of a tensor or memref, or the type of a scalar itself."""
    return element_type(value.type)


def element_type(type_: ir.Type) -> ir.Type:
    """The element type of a shaped type, or a scalar type itself."""
    return type_.element_type if isinstance(type_, ir.ShapedType) else type_


def is_tensor(value: ir.Value) -> bool:
    """Whether ``value`` is a ranked tensor."""
    return isinstance(value.type, ir.RankedTensorType)


def bit_width(type_: ir.Type) -> int:
    """The width of an integer or float type in bits."""
    return int(cast("ir.IntegerType", type_).width)
