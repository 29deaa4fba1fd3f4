"""Loops of vectors for any structured linalg operation: lane-wise, or along a reduction.

Along a *parallel* dimension each lane computes its own result, with the loops of the
reduction dimensions inside: the order of every sum is the sequential one, and any payload
will do.  Along a *reduction* dimension the lanes are partial results, combined at the end, so the
combining operation must be known; sums may then be reassociated, which is the only freedom taken.
An operation of another kind, and one of several values at a time as that of an argmax, takes the lanes from
the elements themselves and folds them at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, Index, element_bits, lane_of, shuffled, value_of
from smtir.rewrite.lane_bounds import NOTHING_KNOWN, Known
from smtir.rewrite.structured import Operand, Structured
from smtir.rewrite.values import attributes_of, defining_operation
from smtir.rewrite.view import Lanes, View

REGISTERS_A_VECTOR = 4
"""LMUL of lane-wise code: 32 lanes of f32 at 256 bits."""
UNROLLED_VECTORS = 2
"""A line of at most so many vectors needs no loop (6 % of attention's instructions)."""
SUMS_IN_FLIGHT = 4
"""By how much partial results are multiplied where registers are not grouped: an addition takes 4 cycles."""
WORTH_FOLDING = 7
"""Elements from which on they are combined in vectors, and the vectors folded."""
WORTH_STRIDED_ACCESS = 4
"""Lanes from which on strided vector access beats scalar code."""


@dataclass(frozen=True)
class Combiner:
    """How partial results of a reduction are combined: the vector kind and the neutral element."""

    kind: str
    neutral: Callable[[ir.Type], float]
    reassociates: bool = False


def _lowest(type_: ir.Type) -> float:
    assert isinstance(type_, ir.IntegerType)
    return -(1 << (type_.width - 1))


def _highest(type_: ir.Type) -> float:
    assert isinstance(type_, ir.IntegerType)
    return (1 << (type_.width - 1)) - 1


# The neutral elements are exact: NaN for maxnumf (maxnum(NaN, x) = x), -0.0 for addf.
COMBINERS: dict[str, Combiner] = {
    "arith.addf": Combiner("add", lambda _: -0.0, reassociates=True),
    "arith.mulf": Combiner("mul", lambda _: 1.0, reassociates=True),
    "arith.maxnumf": Combiner("maxnumf", lambda _: float("nan")),
    "arith.minnumf": Combiner("minnumf", lambda _: float("nan")),
    "arith.maximumf": Combiner("maximumf", lambda _: float("-inf")),
    "arith.minimumf": Combiner("minimumf", lambda _: float("inf")),
    "arith.addi": Combiner("add", lambda _: 0),
    "arith.muli": Combiner("mul", lambda _: 1),
    "arith.maxsi": Combiner("maxsi", _lowest),
    "arith.minsi": Combiner("minsi", _highest),
    "arith.maxui": Combiner("maxui", lambda _: 0),
    "arith.minui": Combiner("minui", lambda _: -1),
    "arith.andi": Combiner("and", lambda _: -1),
    "arith.ori": Combiner("or", lambda _: 0),
    "arith.xori": Combiner("xor", lambda _: 0),
}


def emit_vector_loops(emitter: Emitter, op: Structured) -> None:
    """Build loops that do what ``op`` does, in vectors where its payload and layout allow."""
    if op.payload.not_vectorizable():
        LaneWise(emitter, op, None).emit()
        return
    if op.payload.stores:
        # The last of several elements at one address stays: along the innermost dimension only.
        LaneWise(emitter, op, op.rank - 1 if op.rank and op.sizes[-1] != 1 else None).emit()
        return
    scores = {dim: _contiguity(op, dim) for dim in op.parallel if op.sizes[dim] != 1}
    best = max(scores, key=lambda dim: (scores[dim], dim), default=None)
    if best is not None and scores[best] > 0:
        LaneWise(emitter, op, best).emit()
        return
    along = [dim for dim in op.reduction if op.sizes[dim] != 1 and _contiguity(op, dim) > 0]
    combined = find_combiners(op)
    if along and combined is not None:
        AcrossLanes(emitter, op, along[-1], combined).emit()
        return
    if best is not None and (not isinstance(size := op.sizes[best], int) or size >= WORTH_STRIDED_ACCESS):
        LaneWise(emitter, op, best).emit()
        return
    if along and _combines_elements(op, along[-1]):
        FoldedLanes(emitter, op, along[-1]).emit()
        return
    LaneWise(emitter, op, None).emit()


def _combines_elements(op: Structured, dim: int) -> bool:
    """Whether ``op`` combines elements, as they are, along ``dim`` alone, and they are several vectors."""
    size = op.sizes[dim]
    return (
        op.op.name == "linalg.reduce"
        and all(other == dim or op.sizes[other] == 1 for other in op.reduction)
        and isinstance(size, int)
        and size >= WORTH_FOLDING
    )


def _contiguity(op: Structured, dim: int) -> int:
    """How well memory is accessed by lanes along ``dim``; positive is worth it."""
    score = 0
    for operand in op.operands:
        if operand.position(dim) is not None:
            score += -4 if operand.strided_along(dim) else 2 if operand in op.outputs else 1
    return score


Body = Callable[[Index, Lanes, list[ir.Value]], Sequence[ir.Value]]


class Cut:
    """``range(size)`` in vectors of at most ``lanes`` lanes.

    What does not fill a vector comes last: a shorter vector where ``size`` is known (a masked
    one with ``mask_rest``, so that all vectors are of the same length), else a masked one.
    Made in front of the loops that it is used in, so that its bounds are computed once.
    """

    def __init__(self, emitter: Emitter, size: Index, lanes: int, *, mask_rest: bool = False) -> None:
        self.emitter = emitter
        self.size = size
        self.lanes = min(lanes, size) if isinstance(size, int) else lanes
        self.bound = emitter.round_down(size, self.lanes) if self.lanes else 0
        self.rest: Lanes | None = None
        if isinstance(size, int):
            left = size % self.lanes if self.lanes else 0
            if left:
                self.rest = Lanes.below(emitter, lanes, left) if mask_rest else Lanes(left)
        else:
            self.rest = Lanes.below(emitter, lanes, emitter.sub(size, self.bound))

    @property
    def is_loop(self) -> bool:
        """Whether the whole vectors are taken in a loop."""
        return not isinstance(self.bound, int) or self.bound > UNROLLED_VECTORS * self.lanes

    def emit(
        self,
        carried: Sequence[ir.Value],
        body: Body,
        *,
        first_part: tuple[Index, Body] | None = None,
    ) -> list[ir.Value]:
        """``body(first, lanes, carried)`` for each vector; returns what the last one gives.

        ``first_part``: what is done in place of ``body`` for the vectors of the first so many elements,
        as far as they fill vectors.  There has to be a loop.
        """
        emitter, whole = self.emitter, Lanes(self.lanes)
        values = list(carried)
        start: Index = 0
        if first_part is not None:
            count, simpler = first_part
            start = emitter.round_down(count, self.lanes)
            values = emitter.loop(0, start, self.lanes, carried, lambda at, now: simpler(at, whole, now))
        if not self.is_loop and isinstance(self.bound, int):
            for first in range(0, self.bound, max(1, self.lanes)):
                values = list(body(first, whole, values))
        else:
            values = emitter.loop(start, self.bound, self.lanes, values, lambda at, now: body(at, whole, now))
        if self.rest is None:
            return values
        rest, bound = self.rest, self.bound
        if carried or isinstance(self.size, int):
            return list(body(bound, rest, values))
        emitter.branch(emitter.below(bound, self.size), lambda: body(bound, rest, []))
        return []


def nest(
    emitter: Emitter,
    dims: Sequence[int],
    sizes: Sequence[Index],
    at: list[Index],
    carried: Sequence[ir.Value],
    body: Callable[[list[Index], list[ir.Value]], Sequence[ir.Value]],
    step: int = 1,
) -> list[ir.Value]:
    """Loops of one ``step`` over ``dims``, the first outermost; ``at`` collects the indices."""
    if not dims:
        return list(body(at, list(carried)))

    def inner(index: Index, now: list[ir.Value]) -> Sequence[ir.Value]:
        here = list(at)
        here[dims[0]] = index
        return nest(emitter, dims[1:], sizes, here, now, body, step)

    return emitter.loop(0, sizes[dims[0]], step, carried, inner)


def _with_more_sums(lanes: int, size: Index) -> int:
    """Lanes of partial results where a vector is many registers, and each waits for its own last sum."""
    return lanes * SUMS_IN_FLIGHT if isinstance(size, int) and size >= 2 * SUMS_IN_FLIGHT * lanes else lanes


class _Loops:
    """What both ways of vectorizing share."""

    def __init__(self, emitter: Emitter, op: Structured, vector_dim: int | None) -> None:
        self.emitter = emitter
        self.op = op
        self.vector_dim = vector_dim
        self.cut: Cut | None = None
        if vector_dim is None:
            return
        self.counted = op.counted(vector_dim, self.dims_around())
        lanes = max(1, REGISTERS_A_VECTOR * emitter.machine.vector_bits // op.widest(self.counted))
        across = vector_dim in op.reduction
        if across and emitter.machine.register_group == 1 and not op.payload.computes_functions:
            lanes = _with_more_sums(lanes, op.sizes[vector_dim])
        self.cut = Cut(emitter, op.sizes[vector_dim], lanes, mask_rest=across)

    def dims_around(self) -> list[int]:
        """The dimensions of the loops around the one along the vectors."""
        return self.output_dims()

    def along_vector(
        self,
        at: Sequence[Index],
        carried: Sequence[ir.Value],
        body: Callable[[Index, Lanes, list[ir.Value], Known], Sequence[ir.Value]],
    ) -> list[ir.Value]:
        """``body(first, lanes, carried, known)`` for each vector of the line at ``at``."""
        cut, dim = self.cut, self.vector_dim
        assert cut is not None
        assert dim is not None
        known, count = self.counted.line(self.emitter, at, self.op.sizes[dim], split=cut.is_loop)
        first_part: tuple[Index, Body] | None = None
        if count is not None:
            self.emitter.took_for_granted = True
            more = replace(known, holding=[condition.value for condition in self.counted.conditions])
            first_part = (count, lambda first, lanes, now: body(first, lanes, now, more))
        return cut.emit(
            carried, lambda first, lanes, now: body(first, lanes, now, known), first_part=first_part
        )

    def index_of(self, at: Sequence[Index], lanes: Lanes | None) -> Callable[[int], Index]:
        """The values of ``linalg.index`` at loop indices ``at``."""
        emitter = self.emitter

        def index(dim: int) -> Index:
            if lanes is None or dim != self.vector_dim:
                return at[dim]
            numbers = emitter.lane_numbers(lanes.count, emitter.index)
            first = value_of("vector.broadcast", [emitter.value(at[dim])], numbers.type)
            return value_of("arith.addi", [numbers, first], numbers.type)

        return index

    def first_lane(self, at: Sequence[Index], lanes: Lanes | None) -> Callable[[int], Index | None]:
        """``linalg.index`` in the first lane, for the dimension that lanes run along."""
        return lambda dim: at[dim] if lanes is not None and dim == self.vector_dim else None

    def load_inputs(self, at: Sequence[Index], lanes: Lanes | None) -> list[ir.Value | None]:
        return [
            operand.load(at, self.vector_dim, lanes) if self.op.payload.reads(number) else None
            for number, operand in enumerate(self.op.inputs)
        ]

    def output_dims(self) -> list[int]:
        """Parallel dimensions but the vector's, in the order of the first output's memory."""
        order = [dim for output in self.op.outputs[:1] for dim in output.dims if dim is not None]
        order += [dim for dim in self.op.parallel if dim not in order]
        return [dim for dim in order if dim != self.vector_dim]


class LaneWise(_Loops):
    """Vectors along a parallel dimension, or scalar code where that is None."""

    def emit(self) -> None:
        op = self.op
        start: list[Index] = [0] * op.rank
        nest(self.emitter, self.output_dims(), op.sizes, start, [], self._along_vector)

    def _along_vector(self, at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        dim = self.vector_dim
        if dim is None:
            self._results(at, None, NOTHING_KNOWN)
            return []

        def chunk(first: Index, lanes: Lanes, _: list[ir.Value], known: Known) -> Sequence[ir.Value]:
            here = list(at)
            here[dim] = first
            self._results(here, lanes, known)
            return []

        return self.along_vector(at, [], chunk)

    def _results(self, at: list[Index], lanes: Lanes | None, known: Known) -> None:
        op = self.op
        read = [bool(op.reduction) or op.payload.reads(len(op.inputs) + n) for n in range(len(op.outputs))]
        if not op.reduction:
            old = [
                self._load(output, at, lanes) if used else None
                for output, used in zip(op.outputs, read, strict=True)
            ]
            new = self._payload(at, lanes, old, known)
        else:
            start = [self._load(output, at, lanes) for output in op.outputs]
            new = nest(
                self.emitter,
                op.reduction,
                op.sizes,
                at,
                start,
                lambda here, now: self._payload(here, lanes, now, known),
            )
        for output, value in zip(op.outputs, new, strict=True):
            output.store(value, at, self.vector_dim, lanes)

    def _load(self, output: Operand, at: list[Index], lanes: Lanes | None) -> ir.Value:
        return output.load(at, self.vector_dim, lanes)

    def _payload(
        self,
        at: list[Index],
        lanes: Lanes | None,
        outputs: Sequence[ir.Value | None],
        known: Known,
    ) -> list[ir.Value]:
        payload = self.op.payload
        arguments = [*self.load_inputs(at, lanes), *outputs]
        index_of = self.index_of(at, lanes)
        environment = payload.apply(
            self.emitter,
            arguments,
            index_of,
            lanes,
            first_lane=self.first_lane(at, lanes),
            given=known.given,
            holding=known.holding,
        )
        return [
            environment.vector(value) if self._in_lanes(output) else environment.get(value)
            for output, value in zip(self.op.outputs, payload.yielded, strict=True)
        ]

    def _in_lanes(self, output: Operand) -> bool:
        return self.vector_dim is not None and output.position(self.vector_dim) is not None


@dataclass(frozen=True)
class Combined:
    """One output of a reduction: the combining operation and what it adds to the old value."""

    op: ir.Operation
    contribution: ir.Value
    combiner: Combiner


def find_combiners(op: Structured) -> list[Combined] | None:
    """The combining operation of each output, or None where one is not of a known kind."""
    block = op.payload.block
    first = len(op.inputs)
    accumulators = list(block.arguments)[first:]
    found: list[Combined] = []
    for accumulator, value in zip(accumulators, op.payload.yielded, strict=True):
        owner = defining_operation(value)
        if owner is None or owner.name not in COMBINERS:
            return None
        others = [operand for operand in owner.operands if operand != accumulator]
        if len(others) != 1 or len(list(accumulator.uses)) != 1 or len(list(value.uses)) != 1:
            return None
        found.append(Combined(owner, others[0], COMBINERS[owner.name]))
    return found


class AcrossLanes(_Loops):
    """Vectors along a reduction dimension: partial results in the lanes, combined at the end."""

    def __init__(self, emitter: Emitter, op: Structured, vector_dim: int, combined: list[Combined]) -> None:
        super().__init__(emitter, op, vector_dim)
        self.combined = combined
        combining = [found.op for found in combined]
        self.contributing = [inner for inner in op.payload.operations if inner not in combining]
        self.dim = vector_dim

    def dims_around(self) -> list[int]:
        return [*self.output_dims(), *(dim for dim in self.op.reduction if dim != self.vector_dim)]

    def emit(self) -> None:
        start: list[Index] = [0] * self.op.rank
        nest(self.emitter, self.output_dims(), self.op.sizes, start, [], self._result)

    def _result(self, at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        op, emitter, cut = self.op, self.emitter, self.cut
        assert cut is not None
        types = [output.view.element for output in op.outputs if output.view]
        start = [
            emitter.splat(found.combiner.neutral(type_), type_, cut.lanes)
            for found, type_ in zip(self.combined, types, strict=True)
        ]
        around = [dim for dim in op.reduction if dim != self.vector_dim]
        partial = nest(emitter, around, op.sizes, at, start, self._along_vector)
        for output, found, lanes in zip(op.outputs, self.combined, partial, strict=True):
            output.store(self._reduce(found, lanes, output.load(at, None, None)), at, None, None)
        return []

    def _along_vector(self, at: list[Index], carried: list[ir.Value]) -> Sequence[ir.Value]:
        emitter = self.emitter

        def chunk(first: Index, lanes: Lanes, now: list[ir.Value], known: Known) -> Sequence[ir.Value]:
            here = list(at)
            here[self.dim] = first
            arguments = [*self.load_inputs(here, lanes), *([None] * len(now))]
            index_of = self.index_of(here, lanes)
            environment = self.op.payload.apply(
                emitter,
                arguments,
                index_of,
                lanes,
                self.contributing,
                self.first_lane(here, lanes),
                known.given,
                known.holding,
            )
            new: list[ir.Value] = []
            for found, old in zip(self.combined, now, strict=True):
                value = environment.vector(found.contribution)
                if lanes.mask is not None:
                    element = ir.VectorType(old.type).element_type
                    through = emitter.splat(found.combiner.neutral(element), element, lanes.count)
                    value = value_of("arith.select", [lanes.mask, value, through], value.type)
                new.append(value_of(found.op.name, [old, value], old.type, attributes_of(found.op)))
            return new

        return self.along_vector(at, carried, chunk)

    def _reduce(self, found: Combined, vector: ir.Value, old: ir.Value) -> ir.Value:
        attributes = {"kind": ir.Attribute.parse(f"#vector.kind<{found.combiner.kind}>")}
        if found.combiner.reassociates:
            # The start value is an operand: without one, LLVM starts from +0.0.
            attributes["fastmath"] = ir.Attribute.parse("#arith.fastmath<reassoc>")
            return value_of("vector.reduction", [vector, old], old.type, attributes)
        across = value_of("vector.reduction", [vector], old.type, attributes)
        return value_of(found.op.name, [old, across], old.type, attributes_of(found.op))


class FoldedLanes(_Loops):
    """Vectors along the dimension of a ``linalg.reduce`` of any kind, whatever combines the elements.

    The first vector of elements is what the lanes start from, so no neutral element is needed: the others
    are combined with it one by one.  Then its upper half is combined with its lower one until one lane is
    left, and that with what the output holds.  The combination is taken to be associative and commutative,
    as Triton does, which exchanges partial results between threads.
    """

    def __init__(self, emitter: Emitter, op: Structured, vector_dim: int) -> None:
        super().__init__(emitter, op, vector_dim)
        assert self.cut is not None
        self.dim = vector_dim
        self.size = self.cut.size
        self.lanes = 1 << (self.cut.lanes.bit_length() - 1)

    def emit(self) -> None:
        start: list[Index] = [0] * self.op.rank
        nest(self.emitter, self.output_dims(), self.op.sizes, start, [], self._line)

    def _line(self, at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        whole, bound = Lanes(self.lanes), self.emitter.round_down(self.size, self.lanes)

        def chunk(first: Index, now: list[ir.Value]) -> Sequence[ir.Value]:
            return self._combine(self._elements(at, first, whole), now, self.lanes)

        start = self._elements(at, 0, whole)
        partial = self.emitter.loop(self.lanes, bound, self.lanes, start, chunk)
        if bound != self.size:
            rest = Lanes.below(self.emitter, self.lanes, self.emitter.sub(self.size, bound))
            new = self._combine(self._elements(at, bound, rest), partial, self.lanes)
            counts = rest.as_vector(self.emitter)
            partial = [
                value_of("arith.select", [counts, one, old], old.type)
                for one, old in zip(new, partial, strict=True)
            ]
        folded = self._fold(partial)
        held = [output.load(at, None, None) for output in self.op.outputs]
        for output, value in zip(self.op.outputs, self._combine(folded, held, None), strict=True):
            output.store(value, at, None, None)
        return []

    def _elements(self, at: list[Index], first: Index, lanes: Lanes) -> list[ir.Value]:
        here = list(at)
        here[self.dim] = first
        return [operand.load(here, self.dim, lanes) for operand in self.op.inputs]

    def _combine(
        self, elements: Sequence[ir.Value], held: Sequence[ir.Value], lanes: int | None
    ) -> list[ir.Value]:
        """What the region makes of ``elements`` and what is ``held``; of scalars, if ``lanes`` is None."""
        payload = self.op.payload
        environment = payload.apply(
            self.emitter, [*elements, *held], lambda dim: dim, None if lanes is None else Lanes(lanes)
        )
        return [environment.vector(value) for value in payload.yielded]

    def _fold(self, vectors: list[ir.Value]) -> list[ir.Value]:
        """The lanes combined with each other: a scalar of each vector."""
        lanes = self.lanes
        while lanes > 1:
            lanes //= 2
            lower, upper = (
                [shuffled(vector, vector, range(first, first + lanes)) for vector in vectors]
                for first in (0, lanes)
            )
            vectors = self._combine(upper, lower, lanes)
        return [lane_of(vector, 0) for vector in vectors]


def emit_copy(emitter: Emitter, source: ir.Value, target: ir.Value) -> None:
    """Build loops that copy one buffer into another of the same shape; nothing for a buffer to itself."""
    if source == target:
        return
    read, write = View(emitter, source), View(emitter, target)
    rank = read.type.rank
    sizes = [write.size(d) if read.type.is_dynamic_dim(d) else read.size(d) for d in range(rank)]
    start: list[Index] = [0] * rank
    bits = element_bits(read.element)

    def scalar(at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        write.store_scalar(read.load_scalar(at), at)
        return []

    if rank == 0 or bits < 8:
        nest(emitter, range(rank), sizes, start, [], scalar)
        return
    # A dimension of size 1 gives one lane: run along the innermost that has more.
    along = [d for d in range(rank) if sizes[d] != 1] or [rank - 1]
    dim = along[-1]
    cut = Cut(emitter, sizes[dim], max(1, REGISTERS_A_VECTOR * emitter.machine.vector_bits // bits))

    def line(at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        def chunk(first: Index, lanes: Lanes, _: list[ir.Value]) -> Sequence[ir.Value]:
            here = list(at)
            here[dim] = first
            write.store(read.load(here, dim, lanes), here, dim, lanes)
            return []

        return cut.emit([], chunk)

    nest(emitter, [d for d in range(rank) if d != dim], sizes, start, [], line)
