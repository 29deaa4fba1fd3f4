"""Loads whose offsets wrap around a modulus along one dimension, piece by piece."""

from __future__ import annotations

from collections.abc import Callable

from smtir.mlir import arith, ir, memref, scf
from smtir.rewrite import builders, index
from smtir.rewrite.index import Index
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.memory_reads import fill_outside, is_whole, read_in_place
from smtir.rewrite.pointers import StridedPointer
from smtir.rewrite.values import element_of
from smtir.rewrite.windows import Window


class Wrapped:
    """A block of pointers whose offsets wrap around, of which there is a ``window``.

    Raises ``NoMatch`` if they do so in several dimensions, or advance in one that wraps.
    """

    def __init__(self, pointers: StridedPointer, window: Window) -> None:
        addresses = pointers.addresses
        if len(addresses.wraps) != 1:
            raise NoMatch("the offsets wrap around in more than one dimension")
        (self.wrap,) = addresses.wraps
        self.axis = self.wrap.axis
        if self.axis in addresses.varying_axes():
            raise NoMatch("the offsets wrap around and advance in one dimension")
        self.pointers, self.window = pointers, window
        self.strides = addresses.strides_between_wraps()
        self.element = element_of(pointers.base.buffer)
        # Of its absolute value; a modulus of 0 is none, but a division by it traps, even for an empty block.
        self._modulus = index.materialize(
            index.maximum(index.maximum(self.wrap.modulus, index.sub(0, self.wrap.modulus)), 1)
        )
        self._base = index.add(pointers.base.offset, addresses.start)

    def read(self, padding: ir.Value, *, in_place: bool) -> ir.Value:
        """The block in the order of its indices, with ``padding`` outside the window.

        With ``in_place`` memory itself is read where the block has rows, is whole and does not wrap.
        """
        block, whole = self.window.block, is_whole(self.window)
        if in_place and whole is not None and self.strides[-1] == 1:
            remainder, left = self._run(0)
            fits = arith.cmpi(arith.CmpIPredicate.sge, left, index.materialize(block[self.axis]))
            return read_in_place(
                arith.andi(whole, fits),
                lambda: self._view([0] * len(block), remainder),
                lambda buffer: self._copy_into(buffer, padding),
                block,
                self.strides,
                self.element,
            )
        buffer = memref.alloc(ir.MemRefType.get(list(block), self.element), [], [])
        self._copy_into(buffer, padding)
        return builders.to_tensor(buffer, writable=True)

    def _copy_into(self, buffer: ir.Value, padding: ir.Value) -> None:
        """One strided copy for each time that the offsets wrap."""
        window, axis = self.window, self.axis
        fill_outside(buffer, window, padding)
        end = index.add(window.lead[axis], window.sizes[axis])

        def copy_piece(first: ir.Value) -> ir.Value:
            """Copy the elements from ``first`` to the next wrap; where the next piece starts."""
            remainder, left = self._run(first)
            length = index.minimum(left, index.sub(end, first))
            starts: list[Index] = [first if dim == axis else lead for dim, lead in enumerate(window.lead)]
            sizes: list[Index] = [length if dim == axis else size for dim, size in enumerate(window.sizes)]
            inside = builders.subview(self._view(starts, remainder), [0] * len(sizes), sizes)
            memref.copy(inside, builders.subview(buffer, starts, sizes))
            return index.materialize(index.add(first, length))

        _while_below(index.materialize(window.lead[axis]), index.materialize(end), copy_piece)

    def _run(self, first: Index) -> tuple[ir.Value, ir.Value]:
        """Where the offsets are at index ``first`` along the axis, and how many follow in a run.

        Between two wraps the addresses are affine: the remainder of a dividend that counts up from 0 or
        more runs to the modulus less one, that of a negative one, which is negative, up to 0.
        """
        dividend = index.materialize(index.add(self.wrap.start, first))
        remainder = arith.remsi(dividend, self._modulus)
        negative = arith.cmpi(arith.CmpIPredicate.slt, dividend, index.materialize(0))
        left = arith.select(
            negative,
            index.materialize(index.sub(1, remainder)),
            index.materialize(index.sub(self._modulus, remainder)),
        )
        return remainder, left

    def _view(self, starts: list[Index], remainder: ir.Value) -> ir.Value:
        """The block's memory from the indices ``starts`` on, along the axis from ``remainder`` on."""
        offset = self._base
        for dim, (position, stride) in enumerate(zip(starts, self.strides, strict=True)):
            offset = index.add(offset, index.mul(remainder if dim == self.axis else position, stride))
        return builders.reinterpret_cast(self.pointers.base.buffer, offset, self.window.block, self.strides)


def _while_below(first: ir.Value, end: ir.Value, body: Callable[[ir.Value], ir.Value]) -> None:
    """``body(position)``, which gives the next position, from ``first`` on while it is below ``end``."""
    type_ = builders.index_type()
    loop = scf.WhileOp([type_], [first])
    before, after = loop.before.blocks.append(type_), loop.after.blocks.append(type_)
    with ir.InsertionPoint(before):
        (position,) = before.arguments
        scf.ConditionOp(arith.cmpi(arith.CmpIPredicate.slt, position, end), [position])
    with ir.InsertionPoint(after):
        scf.YieldOp([body(after.arguments[0])])
