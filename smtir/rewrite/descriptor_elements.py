"""What a tensor descriptor is accessed as element by element: gathered rows, atomic updates.

The block becomes a tensor of pointers and a mask of those inside the tensor, as a kernel would
write them by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smtir.dialects import tt
from smtir.dialects.types import descriptor_block, pointer_tensor_type
from smtir.mlir import arith, ir
from smtir.rewrite import builders
from smtir.rewrite.addresses import address_type
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.values import defining_op, element_type, shape_of

_LESS, _NOT_LESS = arith.CmpIPredicate.slt, arith.CmpIPredicate.sge


@dataclass(frozen=True)
class Elements:
    """The elements of a block: pointers of any rank, where they exist, and what is read elsewhere."""

    pointers: ir.Value
    mask: ir.Value
    padding: str | None


def block_elements(descriptor: ir.Value, indices: Sequence[ir.Value]) -> Elements:
    """The elements of the block at ``indices``, one i32 scalar a dimension."""
    block = ir.RankedTensorType(descriptor_block(descriptor.type)).shape
    positions = []
    for axis, (start, size) in enumerate(zip(indices, block, strict=True)):
        steps = arith.addi(_splat(_wide(start), [size]), _wide(_range(size)))
        positions.append(_along(steps, axis, block))
    return _elements(descriptor, positions, block)


def row_elements(descriptor: ir.Value, rows: ir.Value, column: ir.Value) -> Elements:
    """The elements of the rows numbered ``rows``, an i32 tensor, from the scalar ``column`` on."""
    count = shape_of(rows)[0]
    _, columns = ir.RankedTensorType(descriptor_block(descriptor.type)).shape
    shape = [count, columns]
    across = arith.addi(_splat(_wide(column), [columns]), _wide(_range(columns)))
    return _elements(descriptor, [_along(_wide(rows), 0, shape), _along(across, 1, shape)], shape)


def _elements(descriptor: ir.Value, positions: Sequence[ir.Value], shape: Sequence[int]) -> Elements:
    """The elements at ``positions``: for each dim of the tensor an i64 tensor of ``shape``."""
    op = defining_op(descriptor)
    if not isinstance(op, tt.MakeTensorDescOp):
        raise NoMatch("the tensor descriptor is not made in this kernel")
    zero = builders.constant(address_type(), 0)
    offsets, mask = None, None
    for position, size, stride in zip(positions, op.shape, op.strides, strict=True):
        inside = arith.andi(
            arith.cmpi(_NOT_LESS, position, _splat(zero, shape)),
            arith.cmpi(_LESS, position, _splat(_wide(size), shape)),
        )
        step = arith.muli(position, _splat(stride, shape))
        mask = inside if mask is None else arith.andi(mask, inside)
        offsets = step if offsets is None else arith.addi(offsets, step)
    assert mask is not None
    type_ = pointer_tensor_type(op.base.type, shape)
    pointers = tt.AddPtrOp(tt.SplatOp(op.base, result=type_).result, offsets).result
    return Elements(pointers, mask, op.padding)


def _range(size: int) -> ir.Value:
    i32 = ir.IntegerType.get_signless(32)
    return tt.MakeRangeOp(start=0, end=size, result=builders.tensor_type([size], i32)).result


def _wide(value: ir.Value) -> ir.Value:
    """``value`` as i64."""
    if element_type(value.type) == address_type():
        return value
    return arith.extsi(builders.with_element(value.type, address_type()), value)


def _splat(value: ir.Value, shape: Sequence[int]) -> ir.Value:
    return builders.splatted(value, shape)


def _along(values: ir.Value, axis: int, shape: Sequence[int]) -> ir.Value:
    """``values`` along ``axis`` of a tensor of ``shape``, repeated along the others."""
    for other in range(len(shape)):
        if other != axis:
            values = tt.ExpandDimsOp(values, axis=other).result
    if shape_of(values) == list(shape):
        return values
    return tt.BroadcastOp(values, result=builders.tensor_type(shape, address_type())).result
