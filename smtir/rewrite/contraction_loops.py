"""Matrix products as loops around a block of accumulators in vector registers.

    C[.., m, .., n] += A[.., m, k] * B[k, .., n]

A block is ``rows`` of ``lanes``; for every k one vector of B is loaded, and each row adds to its
accumulator that vector times one scalar of A (``vfmacc.vf`` where the target has it).  Measured on
the X60 model: 8 rows of 16 f32 (LMUL 2) take 24 cycles a k, 16 of them the FMAs' own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, Index, element_bits, value_of
from smtir.rewrite.structured import Operand, Structured
from smtir.rewrite.values import attributes_of, defining_operation
from smtir.rewrite.vector_loops import nest
from smtir.rewrite.view import Lanes

ACCUMULATOR_REGISTERS = 16
"""Vector registers that accumulators may take, of 32."""
REGISTERS_A_ROW = 2
"""LMUL of one accumulator."""
UNROLL = 8
"""Steps of k in one iteration of the innermost loop."""
FEWEST_LANES = 4
"""A product narrower than this is better vectorized along k."""

CASTS = frozenset(
    {"arith.extf", "arith.extsi", "arith.extui", "arith.sitofp", "arith.uitofp", "arith.truncf"}
)
ADD_AND_MULTIPLY = {"arith.addf": "arith.mulf", "arith.addi": "arith.muli"}


@dataclass(frozen=True)
class Contraction:
    """How a product is cut: who is scalar, who is vector, and along which loop dimensions.

    ``scalar_casts`` and ``vector_casts`` lead from an element to what is multiplied.
    """

    op: Structured
    scalar: Operand
    vector: Operand
    scalar_casts: list[ir.Operation]
    vector_casts: list[ir.Operation]
    row_dim: int | None
    lane_dim: int
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


class _Blocks:
    def __init__(self, emitter: Emitter, found: Contraction) -> None:
        self.emitter = emitter
        self.found = found
        self.op = found.op
        view = self.op.outputs[0].view
        assert view is not None
        self.element = view.element
        size = self.op.sizes[found.lane_dim]
        assert isinstance(size, int)
        per_register = max(1, emitter.vector_bits // element_bits(self.element))
        self.lanes = min(size, REGISTERS_A_ROW * per_register)
        registers = -(-self.lanes // per_register)
        self.rows = max(1, ACCUMULATOR_REGISTERS // registers)
        self.unroll = self._unroll()

    def _unroll(self) -> dict[int, int]:
        """Steps of each reduction dimension that one iteration takes, innermost first."""
        budget = UNROLL
        unroll: dict[int, int] = {}
        for dim in reversed(self.op.reduction):
            size = self.op.sizes[dim]
            steps = min(size, budget) if isinstance(size, int) else budget if budget == UNROLL else 1
            unroll[dim] = steps
            # A dimension around one that is not unrolled completely has its own loop.
            budget = budget // steps if steps == size else 1
        return unroll

    def emit(self) -> None:
        found, op = self.found, self.op
        around = [dim for dim in op.parallel if dim not in (found.row_dim, found.lane_dim)]
        start: list[Index] = [0] * op.rank
        nest(self.emitter, around, op.sizes, start, [], self._columns)

    def _columns(self, at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        size = self.op.sizes[self.found.lane_dim]
        assert isinstance(size, int)

        def column(first: Index, lanes: int) -> None:
            here = list(at)
            here[self.found.lane_dim] = first
            self._rows(here, lanes)

        _cut(self.emitter, size, self.lanes, column)
        return []

    def _rows(self, at: list[Index], lanes: int) -> None:
        dim = self.found.row_dim
        if dim is None:
            self._block(at, 1, lanes)
            return
        size = self.op.sizes[dim]
        assert isinstance(size, int)

        def rows(first: Index, count: int) -> None:
            here = list(at)
            here[dim] = first
            self._block(here, count, lanes)

        _cut(self.emitter, size, self.rows, rows)

    def _block(self, at: list[Index], rows: int, lanes: int) -> None:
        output, dim = self.op.outputs[0], self.found.lane_dim
        places = [self._row(at, row) for row in range(rows)]
        accumulators = [output.load(place, dim, Lanes(lanes)) for place in places]
        accumulators = self._sum(self.op.reduction, at, lanes, accumulators)
        for place, value in zip(places, accumulators, strict=True):
            output.store(value, place, dim, Lanes(lanes))

    def _row(self, at: list[Index], row: int) -> list[Index]:
        dim = self.found.row_dim
        if dim is None:
            return at
        here = list(at)
        here[dim] = self.emitter.add(at[dim], row)
        return here

    def _sum(
        self, dims: Sequence[int], at: list[Index], lanes: int, carried: list[ir.Value]
    ) -> list[ir.Value]:
        if not dims:
            return self._step(at, lanes, carried)
        dim, steps, size = dims[0], self.unroll[dims[0]], self.op.sizes[dims[0]]

        def unrolled(first: Index, count: int, now: list[ir.Value]) -> list[ir.Value]:
            for step in range(count):
                here = list(at)
                here[dim] = self.emitter.add(first, step)
                now = self._sum(dims[1:], here, lanes, now)
            return now

        bound = self.emitter.round_down(size, steps)
        carried = self.emitter.loop(0, bound, steps, carried, lambda first, now: unrolled(first, steps, now))
        if isinstance(size, int):
            assert isinstance(bound, int)
            return unrolled(bound, size - bound, carried)
        return self.emitter.loop(bound, size, 1, carried, lambda first, now: unrolled(first, 1, now))

    def _step(self, at: list[Index], lanes: int, carried: list[ir.Value]) -> list[ir.Value]:
        found = self.found
        b = _apply(found.vector_casts, found.vector.load(at, found.lane_dim, Lanes(lanes)))
        type_ = carried[0].type
        new: list[ir.Value] = []
        for row, old in enumerate(carried):
            a = _apply(found.scalar_casts, found.scalar.load(self._row(at, row), None, None))
            splat = value_of("vector.broadcast", [a], type_)
            if found.floating:
                new.append(value_of("vector.fma", [splat, b, old], type_))
            else:
                product = value_of("arith.muli", [splat, b], type_)
                new.append(value_of("arith.addi", [old, product], type_))
        return new


def _apply(casts: Sequence[ir.Operation], value: ir.Value) -> ir.Value:
    for cast in casts:
        type_ = cast.results[0].type
        if isinstance(value.type, ir.VectorType):
            type_ = ir.VectorType.get(value.type.shape, type_)
        value = value_of(cast.name, [value], type_, attributes_of(cast))
    return value


def _cut(emitter: Emitter, size: int, step: int, body: Callable[[Index, int], None]) -> None:
    """``body(first, count)`` over ``range(size)`` in steps, the rest as one shorter step."""

    def whole(first: Index, _: list[ir.Value]) -> Sequence[ir.Value]:
        body(first, step)
        return []

    full = size - size % step
    emitter.loop(0, full, step, [], whole)
    if full < size:
        body(full, size - full)
