"""What a block pointer addresses: back through views and moves to where its memory was made.

The memory is a kernel argument (``tt.make_tensor_ptr``) or a buffer of the kernel's own, for
which ``xsmt-alloc-to-memref`` left a cast.  Guards raise ``NoMatch`` with the reason.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from smtir.dialects import tt, xsmt
from smtir.dialects.types import descriptor_block, pointee
from smtir.mlir import arith, ir
from smtir.rewrite import index
from smtir.rewrite.addresses import CAST
from smtir.rewrite.index import Index
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.pointers import Base, chosen_base, resolve_base
from smtir.rewrite.ranges import divisible, interval
from smtir.rewrite.values import defining_op, shape_of


@dataclass(frozen=True)
class BlockPointer:
    """A block of a tensor in memory; all sizes, strides and offsets in elements.

    Attributes:
        shape: where the elements that exist end; the whole tensor's sizes unless narrowed by a view.
        block: static size of the block at ``offsets``, before packing.
        tile: the tile in which a packed view shows the block; empty where it is not packed.
        stored: the tile in which the memory holds the matrix; empty where rows and columns have one
            stride each.  Else ``strides`` are those of a packed tensor, and all else counts rows
            and columns of the matrix.
        lower: where the elements that exist begin; empty means at 0.
        clamped: whether every access is limited to what exists, asked for or not.
    """

    base: Base
    shape: tuple[Index, ...]
    strides: tuple[Index, ...]
    offsets: tuple[Index, ...]
    block: tuple[int, ...]
    tile: tuple[int, ...] = ()
    lower: tuple[Index, ...] = ()
    clamped: bool = False
    stored: tuple[int, ...] = ()

    @property
    def start(self) -> Index:
        """Where the block's first element is, from the base on."""
        total: Index = 0
        for offset, stride in zip(self.offsets, self.strides, strict=True):
            total = index.add(total, index.mul(offset, stride))
        return total

    def moved(self, steps: Sequence[Index], block: Sequence[int] | None = None) -> BlockPointer:
        """The block ``steps`` elements further on, of the size ``block`` if given."""
        offsets = tuple(index.add(offset, step) for offset, step in zip(self.offsets, steps, strict=True))
        return replace(self, offsets=offsets, block=tuple(block or self.block))

    def advanced(self, steps: Sequence[Index]) -> BlockPointer:
        """The block further on, as ``tt.advance`` counts: a packed one in tiles, then inside them."""
        if self.tile:
            rank = len(self.tile)
            tiles, inner = steps[:rank], steps[rank:]
            steps = [
                index.add(index.mul(outer, size), rest)
                for outer, size, rest in zip(tiles, self.tile, inner, strict=True)
            ]
        return self.moved(steps)

    def as_matrix(self) -> BlockPointer:
        """A block of four dimensions as the matrix that it holds in tiles."""
        if len(self.block) != 4 or self.offsets[2:] != (0, 0):
            raise NoMatch("a view with two offsets needs a matrix, or a packed one from its first tile on")
        tile = self.block[2:]

        def elements(counts: Sequence[Index]) -> tuple[Index, ...]:
            return tuple(index.mul(count, size) for count, size in zip(counts, tile, strict=False))

        rows, columns = (count * size for count, size in zip(self.block, tile, strict=False))
        return replace(
            self,
            shape=elements(self.shape),
            offsets=elements(self.offsets),
            block=(rows, columns),
            lower=elements(self.lower),
            tile=tile,
            stored=tile,
        )

    def in_tiles(self) -> BlockPointer | None:
        """The block as a part of the packed tensor in memory, if it surely begins and ends with tiles.

        A block that is shown as a matrix is given in tiles too.
        """
        limits = (*self.shape, *self.offsets, *self.block, *self.lower)
        every = self.stored * (len(limits) // 2)
        if self.tile not in ((), self.stored) or not all(map(divisible, limits, every)):
            return None

        def tiles(sizes: Sequence[Index], *inner: int) -> tuple[Index, ...]:
            return (*(index.quotient(size, by) for size, by in zip(sizes, self.stored, strict=True)), *inner)

        rows, columns = (size // by for size, by in zip(self.block, self.stored, strict=True))
        return replace(
            self,
            shape=tiles(self.shape, *self.stored),
            offsets=tiles(self.offsets, 0, 0),
            block=(rows, columns, *self.stored),
            lower=tiles(self.lower, 0, 0) if self.lower else (),
            tile=(),
            stored=(),
        )

    def view(self, steps: Sequence[Index], block: Sequence[int], tile: Sequence[int]) -> BlockPointer:
        """A window on this block; what is outside of this block does not exist for it."""
        shape, lower = list(self.shape), list(self.lower or (0,) * len(self.shape))
        for axis, (step, size) in enumerate(zip(steps, block, strict=True)):
            known = interval(step)
            if known.low < 0:
                lower[axis] = index.maximum(lower[axis], self.offsets[axis])
            if known.high + size > self.block[axis]:
                end = index.add(self.offsets[axis], self.block[axis])
                shape[axis] = index.minimum(shape[axis], end)
        made = self.moved(steps, block)
        return replace(made, shape=tuple(shape), lower=tuple(lower), tile=tuple(tile), clamped=True)


def resolve_block_pointer(pointer: ir.Value) -> BlockPointer:
    """Read a block pointer back to where it was made, through views and moves."""
    op = defining_op(pointer)
    if op is None:
        raise NoMatch("the block pointer is carried by control flow in a way that is not understood")
    if isinstance(op, tt.AdvanceOp):
        inner = resolve_block_pointer(op.ptr)
        return inner.advanced([index.as_index(value) for value in op.offsets])
    if isinstance(op, tt.MakeTensorPtrOp):
        return BlockPointer(
            resolve_base(op.base),
            tuple(index.as_index(size) for size in op.shape),
            tuple(index.as_index(stride) for stride in op.strides),
            tuple(index.as_index(offset) for offset in op.offsets),
            _block_shape(pointer),
        )
    if isinstance(op, arith.SelectOp):
        return _chosen(op.operands[0], *map(resolve_block_pointer, list(op.operands)[1:]))
    if isinstance(op, xsmt.SubviewOp | xsmt.SubviewPackOp | xsmt.ViewPtrOp):
        inner = resolve_block_pointer(op.base)
        steps = [index.as_index(value) for value in op.offsets]
        if len(inner.block) > len(steps):
            inner = inner.as_matrix()
        return inner.view(steps, op.shape, _block_shape(pointer)[len(steps) :])
    if isinstance(op, xsmt.BufferTensorViewOp):
        return _copy_of_buffer(op)
    if op.operation.name == CAST and isinstance(op.operands[0].type, ir.MemRefType):
        return _allocation(op.operands[0], 0, shape_of(op.operands[0]), _block_shape(pointer))
    raise NoMatch(f"the block pointer is made by {op.operation.name}")


def _chosen(condition: ir.Value, one: BlockPointer, other: BlockPointer) -> BlockPointer:
    """One of two blocks of memory with addresses: neither is packed or a view."""
    if one.tile or other.tile or one.clamped or other.clamped:
        raise NoMatch("the block pointer is chosen from two views of buffers")
    return BlockPointer(
        chosen_base(condition, one.base, other.base),
        index.selected(condition, one.shape, other.shape),
        index.selected(condition, one.strides, other.strides),
        index.selected(condition, one.offsets, other.offsets),
        one.block,
    )


def _block_shape(pointer: ir.Value) -> tuple[int, ...]:
    return tuple(cast("ir.RankedTensorType", pointee(pointer.type)).shape)


def _allocation(buffer: ir.Value, offset: Index, shape: Sequence[int], shown: Sequence[int]) -> BlockPointer:
    """A whole row-major block of ``buffer``, ``shown`` as it is or as the matrix that it holds in tiles."""
    strides = [1]
    for size in reversed(shape[1:]):
        strides.insert(0, strides[0] * size)
    zeros = (0,) * len(shape)
    whole = BlockPointer(
        Base(buffer, offset), tuple(shape), tuple(strides), zeros, tuple(shape), clamped=True
    )
    return whole if len(shown) == len(shape) else replace(whole.as_matrix(), tile=())


def _copy_of_buffer(op: xsmt.BufferTensorViewOp) -> BlockPointer:
    made = defining_op(op.buffer)
    if made is None or made.operation.name != CAST:
        raise NoMatch("the buffer is carried by control flow in a way that is not understood")
    memory = made.operands[0]
    shape = shape_of(memory)[1:] or [1]
    number = index.as_index(op.bufferIdx)
    return _allocation(memory, index.mul(number, math.prod(shape)), shape, _block_shape(op.result))


def buffer_element(type_: ir.Type) -> ir.Type:
    """The element type of a ``!xsmt.buffer``."""
    found = re.search(r"elementType=([^,>]+)", str(type_))
    if found is None:
        raise NoMatch(f"{type_} does not say its element type")
    return ir.Type.parse(found[1].strip())


def copies_in(type_: ir.Type) -> int:
    """How many there are in a ``!xsmt.buffer`` or ``!xsmt.mbarrier``."""
    found = re.search(r"copies=(\d+)|mbarrier<(\d+)>", str(type_))
    if found is None:
        raise NoMatch(f"{type_} does not say how many copies it has")
    return int(found[1] or found[2])


def resolve_descriptor(descriptor: ir.Value, offsets: Sequence[Index]) -> tuple[BlockPointer, str | None]:
    """The block at ``offsets`` of a tensor descriptor, and its padding."""
    op = defining_op(descriptor)
    if isinstance(op, arith.SelectOp):
        condition, *descriptors = op.operands
        (one, padding), (other, same) = (resolve_descriptor(value, offsets) for value in descriptors)
        if padding != same:
            raise NoMatch("the tensor descriptor is chosen from two with different padding")
        return _chosen(condition, one, other), padding
    if not isinstance(op, tt.MakeTensorDescOp):
        raise NoMatch("the tensor descriptor is not made in this kernel")
    block = cast("ir.RankedTensorType", descriptor_block(descriptor.type)).shape
    pointer = BlockPointer(
        resolve_base(op.base),
        tuple(index.as_index(size) for size in op.shape),
        tuple(index.as_index(stride) for stride in op.strides),
        tuple(offsets),
        tuple(block),
    )
    return pointer, op.padding
