"""Transposes in square blocks of vector registers, where there are no loads of lanes far apart.

A block of n vectors of n lanes is read line by line, transposed in log2(n) rounds, each of which exchanges
lanes between two vectors whose numbers differ in one bit, and written line by line.  A gather instead reads
lane by lane: a block of 64x64 f32 took four times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smtir.mlir import ir
from smtir.rewrite import builders
from smtir.rewrite.emitter import Emitter, Index, element_bits, shuffled
from smtir.rewrite.structured import Structured
from smtir.rewrite.values import shape_of
from smtir.rewrite.vector_loops import emit_copy, nest
from smtir.rewrite.view import Lanes, View

FEWEST_LANES = 4
MOST_LANES = 16
"""Vectors of a block, all of which are in registers at a time."""


@dataclass(frozen=True)
class Transposition:
    """A copy whose lines run along ``read_dim`` in the source and along ``write_dim`` in the target."""

    op: Structured
    read_dim: int
    write_dim: int
    lanes: int


def match_transposition(emitter: Emitter, op: Structured) -> Transposition | None:
    """The blocks of ``op`` if it is a transpose of known sizes that these divide, else None."""
    if emitter.machine.register_group > 1 or len(op.inputs) != 1 or len(op.outputs) != 1 or op.reduction:
        return None
    source, target = op.inputs[0], op.outputs[0]
    if source.view is None or target.view is None or op.payload.operations or op.rank < 2:
        return None
    if op.payload.yielded[0] != op.payload.block.arguments[0]:
        return None
    dims = []
    for operand in (source, target):
        dim = operand.dims[-1] if operand.dims else None
        if dim is None or operand.strided_along(dim):
            return None
        dims.append(dim)
    read_dim, write_dim = dims
    if read_dim == write_dim or target.position(read_dim) is None or source.position(write_dim) is None:
        return None
    sizes = [op.sizes[dim] for dim in dims]
    bits = element_bits(source.view.element)
    if bits < 8:
        return None
    lanes = min(MOST_LANES, emitter.machine.register_bits // bits)
    while lanes >= FEWEST_LANES and not all(isinstance(size, int) and size % lanes == 0 for size in sizes):
        lanes //= 2
    return Transposition(op, read_dim, write_dim, lanes) if lanes >= FEWEST_LANES else None


def emit_transposed_copy(emitter: Emitter, source: ir.Value, target: ir.Value) -> bool:
    """Copy a matrix into one whose lines run the other way, as far as whole blocks go; False if it is none.

    The sizes may be known at run time only.  What is left over is copied as any other matrix.
    """
    type_ = ir.MemRefType(source.type)
    bits = element_bits(type_.element_type)
    if emitter.machine.register_group > 1 or type_.rank != 2 or bits < 8:
        return False
    directions = [_unit_strides(buffer) for buffer in (source, target)]
    lanes = min(MOST_LANES, emitter.machine.register_bits // bits)
    dynamic = ir.ShapedType.get_dynamic_size()
    known = [size for size in (*shape_of(source), *shape_of(target)) if size != dynamic]
    if sorted(directions) != [[0], [1]] or any(size < lanes for size in known):
        return False
    (along_read,), (along_write,) = directions
    read, write = View(emitter, source), View(emitter, target)
    sizes = [write.size(dim) if type_.is_dynamic_dim(dim) else read.size(dim) for dim in (0, 1)]
    rows, columns = (emitter.round_down(size, lanes) for size in sizes)

    def block(at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        lines = [read.load_line(_moved(emitter, at, along_write, number), lanes) for number in range(lanes)]
        for number, line in enumerate(_transposed(lines)):
            write.store_line(line, _moved(emitter, at, along_read, number))
        return []

    nest(emitter, (0, 1), (rows, columns), [0, 0], [], block, lanes)
    below, beside = emitter.sub(sizes[0], rows), emitter.sub(sizes[1], columns)
    for offsets, left in (([rows, 0], [below, sizes[1]]), ([0, columns], [rows, beside])):
        if 0 not in left:
            emit_copy(emitter, *(builders.subview(buffer, offsets, left) for buffer in (source, target)))
    return True


def _unit_strides(buffer: ir.Value) -> list[int]:
    """The dims along which neighbours are known to be neighbours in memory."""
    strides, _ = ir.MemRefType(buffer.type).get_strides_and_offset()
    return [dim for dim, stride in enumerate(strides) if stride == 1]


def emit_transposition(emitter: Emitter, found: Transposition) -> None:
    """Build the loops of ``found``."""
    op, lanes = found.op, Lanes(found.lanes)
    source, target = op.inputs[0], op.outputs[0]

    def block(at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        lines = [
            source.load(_moved(emitter, at, found.write_dim, number), found.read_dim, lanes)
            for number in range(lanes.count)
        ]
        for number, line in enumerate(_transposed(lines)):
            target.store(line, _moved(emitter, at, found.read_dim, number), found.write_dim, lanes)
        return []

    def inside(at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        return nest(emitter, (found.read_dim, found.write_dim), op.sizes, at, [], block, lanes.count)

    others = [dim for dim in range(op.rank) if dim not in (found.read_dim, found.write_dim)]
    start: list[Index] = [0] * op.rank
    nest(emitter, others, op.sizes, start, [], inside)


def _moved(emitter: Emitter, at: list[Index], dim: int, by: int) -> list[Index]:
    here = list(at)
    here[dim] = emitter.add(at[dim], by)
    return here


def _transposed(lines: list[ir.Value]) -> list[ir.Value]:
    """Vector i of the result has lane i of each of ``lines``, as many as each has lanes."""
    count = len(lines)
    numbers = range(count)
    apart = 1
    while apart < count:
        # Lanes of the second vector have numbers from ``count`` on.
        even = [lane if not lane & apart else count + lane - apart for lane in numbers]
        odd = [lane + apart if not lane & apart else count + lane for lane in numbers]
        exchanged = list(lines)
        for number in numbers:
            if not number & apart:
                first, second = lines[number], lines[number | apart]
                exchanged[number] = shuffled(first, second, even)
                exchanged[number | apart] = shuffled(first, second, odd)
        lines = exchanged
        apart *= 2
    return lines
