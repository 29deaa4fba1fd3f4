"""Matrix products as loops around a block of accumulators in vector registers.

    C[.., m, .., n] += A[.., m, k] * B[k, .., n]

A block is some rows of some vectors; for every k the vectors of B are loaded, and each row adds to its
accumulators those vectors times one scalar of A (``vfmacc.vf`` where the target has it).  Measured on
the X60 model, cycles a k and the FMAs' own: 8 rows of 16 f32 (LMUL 2) 21 and 16, 4 rows of 32 20.5 and
16 with half the instructions, 4 rows of two vectors of 16 23 and 16: there one long vector is better
than two beside each other.  A host with 512 bits has 32 registers for 4 rows of 4 vectors: both
multipliers are busy while the sums wait for each other, and 8 loads feed 16 multiply-adds (8 rows of 2
vectors, with 10 loads: 0.85 of that speed).

Vectors far apart in memory share few sets of a cache, and if their distance is a power of two, lines push
each other out before the next rows come to them (0.75 of the speed for lines 2 KB apart).  A panel of them
that many rows read is copied together first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, Index, element_bits, value_of
from smtir.rewrite.structured import Operand, Structured
from smtir.rewrite.values import attributes_of, defining_operation
from smtir.rewrite.vector_loops import nest
from smtir.rewrite.view import Lanes, View

ACCUMULATOR_SHARE = 3 / 4
"""The registers that accumulators may take, of all there are."""
ROW_SHARE = 1 / 8
"""The registers that the accumulators of a row take, of all there are."""
GROUPED_ROW_REGISTERS = 2
"""The same where registers are grouped, unless one vector takes more."""
UNROLL = 8
"""Steps of k in one iteration of the innermost loop, at most."""
UNROLLED_SUMS = 32
"""Multiply-adds in one iteration, unless k is short: of more, LLVM loads all factors first, and spills."""
UNROLLED_GROUPED_SUMS = 64
"""The same where registers are grouped."""
WORTH_PACKING = 4
"""Blocks of rows that a panel of vectors is read for, from which on it is copied together first."""
FAR_APART = 1024
"""Bytes from one line of the vectors' side to the next, from which on a panel of them is copied together."""
LARGEST_PANEL = 16 * 1024
"""Bytes: half of a small first-level cache."""
FEWEST_LANES = 4
"""A product narrower than this is better vectorized along k."""

CASTS = frozenset(
    {"arith.extf", "arith.extsi", "arith.extui", "arith.sitofp", "arith.uitofp", "arith.truncf"}
)
ADD_AND_MULTIPLY = {"arith.addf": "arith.mulf", "arith.addi": "arith.muli"}


@dataclass(frozen=True)
class Contraction:
    """How a product is cut: who is scalar, who is vector, and along which loop dimensions.

    ``column_dim`` is another dimension of the vector's side, where vectors beside each other may come
    from.  ``scalar_casts`` and ``vector_casts`` lead from an element to what is multiplied.
    """

    op: Structured
    scalar: Operand
    vector: Operand
    scalar_casts: list[ir.Operation]
    vector_casts: list[ir.Operation]
    row_dim: int | None
    lane_dim: int
    column_dim: int | None
    floating: bool


def match_contraction(op: Structured) -> Contraction | None:
    """The cut of ``op`` if it is a product with known sizes, else None."""
    if len(op.inputs) != 2 or len(op.outputs) != 1 or not op.reduction:
        return None
    if any(operand.view is None or None in operand.dims for operand in op.operands):
        return None
    factors = _factors(op)
    if factors is None:
        return None
    output = op.outputs[0]
    for vector, scalar in ((1, 0), (0, 1)):
        lane_dims = [
            dim
            for dim in op.parallel
            if dim in op.inputs[vector].dims
            and dim not in op.inputs[scalar].dims
            and not output.strided_along(dim)
            and not op.inputs[vector].strided_along(dim)
        ]
        if not lane_dims:
            continue
        lane_dim = lane_dims[-1]
        row_dims = [
            dim
            for dim in op.parallel
            if dim in op.inputs[scalar].dims and dim not in op.inputs[vector].dims and op.sizes[dim] != 1
        ]
        row_dim = row_dims[-1] if row_dims else None
        column_dims = [
            dim
            for dim in op.parallel
            if dim in op.inputs[vector].dims and dim not in op.inputs[scalar].dims and dim != lane_dim
        ]
        lanes = op.sizes[lane_dim]
        if not isinstance(lanes, int) or lanes < FEWEST_LANES:
            continue
        if row_dim is not None and not isinstance(op.sizes[row_dim], int):
            row_dim = None
        multiply = op.payload.yielded[0].owner.operation
        return Contraction(
            op,
            op.inputs[scalar],
            op.inputs[vector],
            factors[scalar],
            factors[vector],
            row_dim,
            lane_dim,
            column_dims[-1] if column_dims else None,
            floating=multiply.name == "arith.addf",
        )
    return None


def _factors(op: Structured) -> tuple[list[ir.Operation], list[ir.Operation]] | None:
    """The casts applied to each input of ``out + cast(a) * cast(b)``, or None for other payloads."""
    a, b, out = op.payload.block.arguments
    total = defining_operation(op.payload.yielded[0])
    if total is None or total.name not in ADD_AND_MULTIPLY or len(list(out.uses)) != 1:
        return None
    terms = [operand for operand in total.operands if operand != out]
    product = defining_operation(terms[0], ADD_AND_MULTIPLY[total.name]) if len(terms) == 1 else None
    if product is None:
        return None
    chains = [_casts(operand) for operand in product.operands]
    (first, first_casts), (second, second_casts) = chains
    used = 2 + len(first_casts) + len(second_casts)
    if used != len(op.payload.operations):
        return None
    if first == a and second == b:
        return first_casts, second_casts
    if first == b and second == a:
        return second_casts, first_casts
    return None


def _casts(value: ir.Value) -> tuple[ir.Value, list[ir.Operation]]:
    casts: list[ir.Operation] = []
    while (cast := defining_operation(value)) is not None and cast.name in CASTS:
        casts.insert(0, cast)
        value = cast.operands[0]
    return value, casts


def emit_contraction(emitter: Emitter, found: Contraction) -> None:
    """Build the loops of ``found``."""
    _Blocks(emitter, found).emit()


@dataclass(frozen=True)
class _Vector:
    """One vector of a block's rows: where it is from the block's first element, and its lanes."""

    dim: int
    offset: int
    lanes: Lanes


class _Blocks:
    def __init__(self, emitter: Emitter, found: Contraction) -> None:
        self.emitter = emitter
        self.found = found
        self.op = found.op
        view = self.op.outputs[0].view
        assert view is not None
        machine = emitter.machine
        size = self.op.sizes[found.lane_dim]
        assert isinstance(size, int)
        per_register = max(1, machine.register_bits // element_bits(view.element))
        self.lanes = min(size, per_register * machine.register_group)
        registers = -(-self.lanes // per_register)
        self.grouped = machine.register_group > 1
        of_a_row = GROUPED_ROW_REGISTERS if self.grouped else int(machine.registers * ROW_SHARE)
        vectors = max(1, of_a_row // registers)
        self.columns = self._columns_beside(vectors) if size == self.lanes else 1
        self.width = self.lanes if self.columns > 1 else min(size, vectors * self.lanes)
        row_registers = registers * max(self.columns, -(-self.width // self.lanes))
        self.rows = self._fitting_rows(max(1, int(machine.registers * ACCUMULATOR_SHARE) // row_registers))
        self.sums = self.rows * max(self.columns, -(-self.width // self.lanes))
        self.unroll = self._unroll()
        self._lines: list[ir.Value] | None = None
        self._panel: View | None = None

    def _columns_beside(self, most: int) -> int:
        """How many indices of the column dimension a block takes: a divisor of its size."""
        dim = self.found.column_dim
        size = 1 if dim is None else self.op.sizes[dim]
        if not isinstance(size, int):
            return 1
        return next(count for count in range(most, 0, -1) if size % count == 0)

    def _fitting_rows(self, most: int) -> int:
        """Rows of a block: few enough for the registers, and without a rest if not much fewer do so."""
        dim = self.found.row_dim
        size = 1 if dim is None else self.op.sizes[dim]
        assert isinstance(size, int)
        if size <= most:
            return size
        return next((rows for rows in range(most, most * 2 // 3 - 1, -1) if rows and size % rows == 0), most)

    def _unroll(self) -> dict[int, int]:
        """Steps of each reduction dimension that one iteration takes, innermost first."""
        innermost = self.op.sizes[self.op.reduction[-1]]
        short = isinstance(innermost, int) and innermost <= UNROLL
        # Code that is twice as long takes twice as long to generate, and is no faster.
        sums = UNROLLED_GROUPED_SUMS if self.grouped else UNROLLED_SUMS
        most = UNROLL if short else max(1, min(UNROLL, sums // self.sums))
        budget = most
        unroll: dict[int, int] = {}
        for dim in reversed(self.op.reduction):
            size = self.op.sizes[dim]
            steps = min(size, budget) if isinstance(size, int) else budget if budget == most else 1
            unroll[dim] = steps
            # A dimension around one that is not unrolled completely has its own loop.
            budget = budget // steps if steps == size else 1
        return unroll

    def emit(self) -> None:
        found, op = self.found, self.op
        around = [dim for dim in op.parallel if dim not in (found.row_dim, found.lane_dim)]
        if self.columns > 1 and found.column_dim is not None:
            around.remove(found.column_dim)
        start: list[Index] = [0] * op.rank
        nest(self.emitter, around, op.sizes, start, [], self._columns)

    def _columns(self, at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        dim = self.found.column_dim
        if self.columns == 1 or dim is None:
            self._along_lanes(at)
            return []
        vectors = [_Vector(dim, column, Lanes(self.lanes)) for column in range(self.columns)]
        self._cut(at, dim, self.columns, lambda here, _: self._rows(here, vectors))
        return []

    def _along_lanes(self, at: list[Index]) -> None:
        dim = self.found.lane_dim

        def column(here: list[Index], width: int) -> None:
            firsts = range(0, width, self.lanes)
            vectors = [_Vector(dim, at, Lanes(min(self.lanes, width - at))) for at in firsts]
            self._panel = self._packed(here, vectors) if self._is_worth_packing(width) else None
            self._rows(here, vectors)

        self._cut(at, dim, self.width, column)

    def _is_worth_packing(self, width: int) -> bool:
        """Whether a panel of the vectors' side is read often, from lines that share few sets of a cache."""
        found, op = self.found, self.op
        view, rows = found.vector.view, 1 if found.row_dim is None else op.sizes[found.row_dim]
        depth = op.sizes[op.reduction[-1]]
        if view is None or len(op.reduction) > 1 or not isinstance(rows, int) or not isinstance(depth, int):
            return False
        size = element_bits(view.element) // 8
        position = found.vector.position(op.reduction[-1])
        if position is None or rows < WORTH_PACKING * self.rows or not size:
            return False
        stride = view.static_strides[position]
        far = stride == ir.ShapedType.get_dynamic_stride_or_offset() or stride * size >= FAR_APART
        return far and depth * width * size <= LARGEST_PANEL

    def _packed(self, at: list[Index], vectors: list[_Vector]) -> View:
        """A panel of the vectors' side, all of k by a block's width, copied line by line."""
        found, (k,) = self.found, self.op.reduction
        view, depth = found.vector.view, self.op.sizes[k]
        assert view is not None
        assert isinstance(depth, int)
        width = sum(vector.lanes.count for vector in vectors)
        panel = View(self.emitter, self.emitter.scratch([depth, width], view.element))

        def line(first: Index, _: list[ir.Value]) -> Sequence[ir.Value]:
            here = list(at)
            here[k] = first
            for vector in vectors:
                value = found.vector.load(self._moved(here, vector), found.lane_dim, vector.lanes)
                panel.store(value, [first, vector.offset], 1, vector.lanes)
            return []

        self.emitter.loop(0, depth, 1, [], line)
        return panel

    def _vector(self, at: list[Index], vector: _Vector) -> ir.Value:
        found = self.found
        if self._panel is None:
            return found.vector.load(self._moved(at, vector), found.lane_dim, vector.lanes)
        return self._panel.load([at[self.op.reduction[-1]], vector.offset], 1, vector.lanes)

    def _rows(self, at: list[Index], vectors: list[_Vector]) -> None:
        dim = self.found.row_dim
        if dim is None:
            self._block(at, 1, vectors)
            return
        self._cut(at, dim, self.rows, lambda here, count: self._block(here, count, vectors))

    def _cut(self, at: list[Index], dim: int, step: int, body: Callable[[list[Index], int], None]) -> None:
        """``body`` for each ``step`` indices of ``dim``, the rest as one shorter step."""
        size = self.op.sizes[dim]
        assert isinstance(size, int)

        def piece(first: Index, count: int) -> None:
            here = list(at)
            here[dim] = first
            body(here, count)

        def whole(first: Index, _: list[ir.Value]) -> Sequence[ir.Value]:
            piece(first, step)
            return []

        full = size - size % step
        self.emitter.loop(0, full, step, [], whole)
        if full < size:
            piece(full, size - full)

    def _block(self, at: list[Index], rows: int, vectors: list[_Vector]) -> None:
        output, dim = self.op.outputs[0], self.found.lane_dim
        places = [
            (self._moved(self._row(at, row), vector), vector.lanes)
            for row in range(rows)
            for vector in vectors
        ]
        accumulators = [output.load(place, dim, lanes) for place, lanes in places]
        self._lines = self._lines_of_rows(at, rows)
        accumulators = self._sum(self.op.reduction, at, vectors, accumulators)
        for (place, lanes), value in zip(places, accumulators, strict=True):
            output.store(value, place, dim, lanes)

    def _lines_of_rows(self, at: list[Index], rows: int) -> list[ir.Value] | None:
        """The part along k of each row of the scalar operand, if it has one and the rows are far apart.

        How far is known at run time: inside of the loop that would be a multiplication for each row.
        """
        scalar, k = self.found.scalar, self.op.reduction[-1]
        size, view = self.op.sizes[k], scalar.view
        if view is None or scalar.strided_along(k) or not isinstance(size, int) or not view.is_spread():
            return None
        places = [self._row(at, row) for row in range(rows)]
        return [view.line([0 if d is None else place[d] for d in scalar.dims], size) for place in places]

    def _scalar(self, at: list[Index], row: int) -> ir.Value:
        scalar = self.found.scalar
        if self._lines is None:
            return scalar.load(self._row(at, row), None, None)
        line = self._lines[row]
        return value_of(
            "memref.load",
            [line, self.emitter.value(at[self.op.reduction[-1]])],
            ir.MemRefType(line.type).element_type,
        )

    def _moved(self, at: list[Index], vector: _Vector) -> list[Index]:
        here = list(at)
        here[vector.dim] = self.emitter.add(at[vector.dim], vector.offset)
        return here

    def _row(self, at: list[Index], row: int) -> list[Index]:
        dim = self.found.row_dim
        if dim is None:
            return at
        here = list(at)
        here[dim] = self.emitter.add(at[dim], row)
        return here

    def _sum(
        self, dims: Sequence[int], at: list[Index], vectors: list[_Vector], carried: list[ir.Value]
    ) -> list[ir.Value]:
        if not dims:
            return self._step(at, vectors, carried)
        dim, steps, size = dims[0], self.unroll[dims[0]], self.op.sizes[dims[0]]

        def unrolled(first: Index, count: int, now: list[ir.Value]) -> list[ir.Value]:
            for step in range(count):
                here = list(at)
                here[dim] = self.emitter.add(first, step)
                now = self._sum(dims[1:], here, vectors, now)
            return now

        bound = self.emitter.round_down(size, steps)
        carried = self.emitter.loop(0, bound, steps, carried, lambda first, now: unrolled(first, steps, now))
        if isinstance(size, int):
            assert isinstance(bound, int)
            return unrolled(bound, size - bound, carried)
        return self.emitter.loop(bound, size, 1, carried, lambda first, now: unrolled(first, 1, now))

    def _step(self, at: list[Index], vectors: list[_Vector], carried: list[ir.Value]) -> list[ir.Value]:
        found = self.found
        loaded = [_apply(found.vector_casts, self._vector(at, vector)) for vector in vectors]
        new: list[ir.Value] = []
        for first in range(0, len(carried), len(vectors)):
            row = first // len(vectors)
            a = _apply(found.scalar_casts, self._scalar(at, row))
            for b, old in zip(loaded, carried[first : first + len(vectors)], strict=True):
                splat = value_of("vector.broadcast", [a], old.type)
                if found.floating:
                    new.append(value_of("vector.fma", [splat, b, old], old.type))
                else:
                    product = value_of("arith.muli", [splat, b], old.type)
                    new.append(value_of("arith.addi", [old, product], old.type))
        return new


def _apply(casts: Sequence[ir.Operation], value: ir.Value) -> ir.Value:
    for cast in casts:
        type_ = cast.results[0].type
        if isinstance(value.type, ir.VectorType):
            type_ = ir.VectorType.get(value.type.shape, type_)
        value = value_of(cast.name, [value], type_, attributes_of(cast))
    return value
