"""Loads whose offsets wrap around a modulus along one dimension, piece by piece."""

from __future__ import annotations

from smtir.mlir import arith, ir, memref, scf
from smtir.rewrite import builders, index
from smtir.rewrite.index import Index
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.pointers import StridedPointer
from smtir.rewrite.values import element_of
from smtir.rewrite.windows import Window


def read_wrapped(pointers: StridedPointer, window: Window, padding: ir.Value) -> ir.Value:
    """The block in the order of its indices: one strided copy for each time that it wraps.

    ``padding`` is what is outside ``window``.  Between two wraps the addresses are affine, and a
    block no longer than the modulus wraps at most once, so this copies one or two pieces.
    """
    addresses = pointers.addresses
    if len(addresses.wraps) != 1:
        raise NoMatch("the offsets wrap around in more than one dimension")
    (wrap,) = addresses.wraps
    axis, extent = wrap.axis, window.block[wrap.axis]
    if axis in addresses.varying_axes():
        raise NoMatch("the offsets wrap around and advance in one dimension")
    buffer = memref.alloc(ir.MemRefType.get(list(window.block), element_of(pointers.base.buffer)), [], [])
    builders.write_to(padding, buffer)
    modulus = index.materialize(wrap.modulus)
    phase = arith.remsi(index.materialize(wrap.start), modulus)
    pieces = arith.ceildivsi(index.materialize(index.add(phase, extent)), modulus)
    strides = [wrap.stride if dim == axis else stride for dim, stride in enumerate(addresses.strides)]
    loop = scf.ForOp(index.materialize(0), pieces, index.materialize(1))
    with ir.InsertionPoint(loop.body):
        passed = index.sub(index.mul(loop.induction_variable, modulus), phase)
        end = index.minimum(index.add(passed, modulus), index.add(window.lead[axis], window.sizes[axis]))
        start = index.maximum(passed, window.lead[axis])
        starts: list[Index] = [start if dim == axis else lead for dim, lead in enumerate(window.lead)]
        length = index.maximum(index.sub(end, start), 0)
        sizes: list[Index] = [length if dim == axis else size for dim, size in enumerate(window.sizes)]
        offset = index.add(pointers.base.offset, addresses.start)
        for dim, (position, stride) in enumerate(zip(starts, strides, strict=True)):
            steps = index.sub(position, passed) if dim == axis else position
            offset = index.add(offset, index.mul(steps, stride))
        source = builders.reinterpret_cast(pointers.base.buffer, offset, window.block, strides)
        inside = builders.subview(source, [0] * len(sizes), sizes)
        memref.copy(inside, builders.subview(buffer, starts, sizes))
        scf.YieldOp([])
    return builders.to_tensor(buffer, writable=True)
