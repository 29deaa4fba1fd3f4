"""Loads whose offsets wrap around a modulus along one dimension, piece by piece."""

from __future__ import annotations

from collections.abc import Callable

from smtir.mlir import arith, ir, memref, scf
from smtir.rewrite import builders, index
from smtir.rewrite.index import Index
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.pointers import StridedPointer
from smtir.rewrite.values import element_of
from smtir.rewrite.windows import Window


def read_wrapped(pointers: StridedPointer, window: Window, padding: ir.Value) -> ir.Value:
    """The block in the order of its indices: one strided copy for each time that it wraps.

    ``padding`` is what is outside ``window``.  Between two wraps the addresses are affine: the
    remainder of a dividend that counts up from 0 or more runs to the modulus less one, that of a
    negative one, which is negative, up to 0.
    """
    addresses = pointers.addresses
    if len(addresses.wraps) != 1:
        raise NoMatch("the offsets wrap around in more than one dimension")
    (wrap,) = addresses.wraps
    axis = wrap.axis
    if axis in addresses.varying_axes():
        raise NoMatch("the offsets wrap around and advance in one dimension")
    buffer = memref.alloc(ir.MemRefType.get(list(window.block), element_of(pointers.base.buffer)), [], [])
    _fill_outside(buffer, window, padding)
    strides = [wrap.stride if dim == axis else stride for dim, stride in enumerate(addresses.strides)]
    modulus = arith.maxsi(index.materialize(wrap.modulus), index.materialize(index.sub(0, wrap.modulus)))
    end = index.add(window.lead[axis], window.sizes[axis])
    base = index.add(pointers.base.offset, addresses.start)

    def copy_piece(first: ir.Value) -> ir.Value:
        """Copy the elements from ``first`` to the next wrap; where the next piece starts."""
        dividend = index.materialize(index.add(wrap.start, first))
        remainder = arith.remsi(dividend, modulus)
        negative = arith.cmpi(arith.CmpIPredicate.slt, dividend, index.materialize(0))
        left = arith.select(
            negative,
            index.materialize(index.sub(1, remainder)),
            index.materialize(index.sub(modulus, remainder)),
        )
        length = index.minimum(left, index.sub(end, first))
        starts: list[Index] = [first if dim == axis else lead for dim, lead in enumerate(window.lead)]
        sizes: list[Index] = [length if dim == axis else size for dim, size in enumerate(window.sizes)]
        offset = base
        for dim, (position, stride) in enumerate(zip(starts, strides, strict=True)):
            offset = index.add(offset, index.mul(remainder if dim == axis else position, stride))
        source = builders.reinterpret_cast(pointers.base.buffer, offset, window.block, strides)
        inside = builders.subview(source, [0] * len(sizes), sizes)
        memref.copy(inside, builders.subview(buffer, starts, sizes))
        return index.materialize(index.add(first, length))

    _while_below(index.materialize(window.lead[axis]), index.materialize(end), copy_piece)
    return builders.to_tensor(buffer, writable=True)


def _fill_outside(buffer: ir.Value, window: Window, padding: ir.Value) -> None:
    """Put ``padding`` into ``buffer`` unless the window is found to be all of it."""
    if window.is_whole:
        return
    partial: ir.Value | None = None
    for size, extent in zip(window.sizes, window.block, strict=True):
        if isinstance(size, ir.Value):
            short = arith.cmpi(arith.CmpIPredicate.slt, size, index.materialize(extent))
            partial = short if partial is None else arith.ori(partial, short)
        elif size < extent:
            partial = None
            break
    else:
        assert partial is not None
        branch = scf.IfOp(partial)
        with ir.InsertionPoint(branch.then_block):
            builders.write_to(padding, buffer)
            scf.YieldOp([])
        return
    builders.write_to(padding, buffer)


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
