"""tle-to-triton: the tile language's buffers become loads, stores and pointers of Triton.

Before::

    %x = tle.to_tensor %b : !tt.ptr<tensor<8x16xf32>> -> tensor<8x16xf32>
    %c = tle.to_buffer %x in %b : tensor<8x16xf32>, !tt.ptr<tensor<8x16xf32>> -> ...
    %p = tle.local_ptr %b[%i, %j] : !tt.ptr<tensor<8x16xf32>> -> tensor<4x4x!tt.ptr<f32>>

After (``%m`` is the buffer's memory)::

    %x = tt.load %b : !tt.ptr<tensor<8x16xf32>>
    tt.store %b, %x : !tt.ptr<tensor<8x16xf32>>
    %s = builtin.unrealized_conversion_cast %m : memref<8x16xf32> to !tt.ptr<f32>
    %o = %i * 16 + %j
    %p = tt.addptr (tt.splat %s), %o : tensor<4x4x!tt.ptr<f32>>, tensor<4x4xi32>
"""

from __future__ import annotations

from smtir.dialects import tle, tt
from smtir.mlir import arith, builtin, ir
from smtir.rewrite import builders, index
from smtir.rewrite.block_pointers import BlockPointer, resolve_block_pointer
from smtir.rewrite.lowering import LoweringRules, NoMatch
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import element_type, shape_of

rules = LoweringRules("tle-to-triton")


@define_pass
def run(module: ir.Module) -> None:
    rules.apply(module.operation)


@rules.lower("tle.to_tensor")
def lower_to_tensor(op: tle.ToTensorOp) -> ir.Value:
    return tt.LoadOp(op.buffer, result=op.result.type).result


@rules.lower("tle.to_buffer")
def lower_to_buffer(op: tle.ToBufferOp) -> ir.Value:
    tt.StoreOp(op.buffer, op.tensor)
    return op.buffer


@rules.lower("tle.local_ptr")
def lower_local_ptr(op: tle.LocalPtrOp) -> ir.Value:
    """The address of the buffer's first element, and the offset of each element from there."""
    pointer = resolve_block_pointer(op.buffer)
    if pointer.tile:
        raise NoMatch("the buffer is a view in tiles, whose elements have no one stride in a dimension")
    first = element_type(op.result.type) if _is_tensor(op.result) else op.result.type
    base = builtin.UnrealizedConversionCastOp([first], [pointer.base.buffer]).results[0]
    if pointer.base.offset != 0:
        base = tt.AddPtrOp(base, _number(pointer.base.offset), result=first).result
    offsets = _offsets(op, pointer)
    if not _is_tensor(op.result):
        return tt.AddPtrOp(base, offsets, result=op.result.type).result
    every = tt.SplatOp(base, result=op.result.type).result
    return tt.AddPtrOp(every, offsets, result=op.result.type).result


def _offsets(op: tle.LocalPtrOp, pointer: BlockPointer) -> ir.Value:
    """The offset of each element, an i32 or a tensor of them."""
    shape = shape_of(op.result) if _is_tensor(op.result) else []
    indices = op.indices or [_counted(axis, shape) for axis in range(len(shape))]
    total: ir.Value | None = None
    for number, start, stride in zip(indices, pointer.offsets, pointer.strides, strict=True):
        moved = arith.addi(number, _spread(start, shape)) if start != 0 else number
        term = arith.muli(moved, _spread(stride, shape)) if stride != 1 else moved
        total = term if total is None else arith.addi(total, term)
    assert total is not None  # a block has at least one dimension
    return total


def _counted(axis: int, shape: list[int]) -> ir.Value:
    """0, 1, 2, ... along ``axis``."""
    i32 = ir.IntegerType.get_signless(32)
    made = tt.MakeRangeOp(start=0, end=shape[axis], result=builders.tensor_type([shape[axis]], i32)).result
    for place in range(len(shape)):
        if place != axis:
            sizes = shape_of(made)
            sizes.insert(place, 1)
            made = tt.ExpandDimsOp(made, axis=place, result=builders.tensor_type(sizes, i32)).result
    return tt.BroadcastOp(made, result=builders.tensor_type(shape, i32)).result


def _spread(value: index.Index, shape: list[int]) -> ir.Value:
    number = _number(value)
    return builders.splatted(number, shape) if shape else number


def _number(value: index.Index) -> ir.Value:
    i32 = ir.IntegerType.get_signless(32)
    made: ir.Value = builders.constant(i32, value) if isinstance(value, int) else arith.index_cast(i32, value)
    return made


def _is_tensor(value: ir.Value) -> bool:
    return isinstance(value.type, ir.RankedTensorType)
