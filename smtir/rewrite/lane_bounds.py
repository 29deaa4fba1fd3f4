"""What is known of a payload in front of the vectors of one line of a loop nest.

A mask such as ``start + index < n`` is true up to a point that is known there.  Up to it vectors need no
mask; the few lanes around that point are computed as they stand.  And what is the same in all lanes, the
part of an address that comes from the row, say, is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, Index, element_bits, value_of
from smtir.rewrite.payload import EXTENSIONS, MEMORY_ACCESS, Environment, Payload
from smtir.rewrite.values import defining_block, defining_operation

_SLT, _SLE, _SGT, _SGE = 2, 3, 4, 5
_SWAPPED = {_SGT: _SLT, _SGE: _SLE}
_SUMS = ("arith.addi", "arith.subi", "arith.muli", "arith.minsi", "arith.maxsi")


@dataclass(frozen=True)
class Known:
    """What a line knows of a payload.

    Attributes:
        given: what stands for values that are the same in all lanes.
        holding: conditions that are true in all lanes.
    """

    given: Mapping[ir.Value, ir.Value] = field(default_factory=dict)
    holding: Sequence[ir.Value] = ()


NOTHING_KNOWN = Known()


@dataclass(frozen=True)
class Condition:
    """A condition of a payload that holds in some of the first lanes of a line, and in none after them."""

    value: ir.Value

    def lanes(self, emitter: Emitter, scalar: Callable[[ir.Value], ir.Value], size: Index) -> Index:
        """In how many of the first ``size`` lanes it holds; ``scalar`` gives a value in the first lane.

        All or none, as it is the same in all lanes.
        """
        return emitter.select(scalar(self.value), size, 0)


@dataclass(frozen=True)
class LaneBound(Condition):
    """``counted < limit`` (``<=`` if ``reaches``).

    ``counted`` grows by one from lane to lane, ``limit`` is the same in all; integers of one type.
    """

    counted: ir.Value
    limit: ir.Value
    reaches: bool

    def lanes(self, emitter: Emitter, scalar: Callable[[ir.Value], ir.Value], size: Index) -> Index:
        first, limit = (_as_index(emitter, scalar(value)) for value in (self.counted, self.limit))
        holds = emitter.at_most(first, limit) if self.reaches else emitter.below(first, limit)
        # As unsigned numbers the distance is right however far the two are apart; one more may
        # wrap to 0, and then no lane goes without its mask.
        count = emitter.add(emitter.sub(limit, first), 1 if self.reaches else 0)
        most = value_of("arith.minui", [emitter.value(count), emitter.value(size)], emitter.index)
        return emitter.select(holds, most, 0)


class CountedLanes:
    """What a payload computes of the number of a lane along one loop dimension."""

    def __init__(
        self, payload: Payload, dim: int, around: Collection[int], scalars: Mapping[ir.Value, ir.Value]
    ) -> None:
        """``around``: the dimensions of the loops around the line.

        ``scalars``: what block arguments stand for that are the same in all lanes.
        """
        self._payload = payload
        self._operations = frozenset(payload.operations)
        self._dim = dim
        self._around = around
        self._scalars = scalars
        self._steps: dict[ir.Value, int | None] = {}
        self._known: dict[ir.Value, bool] = {}
        found = [self._condition(op) for op in payload.operations if op.name == "arith.cmpi"]
        self.conditions = [condition for condition in found if condition is not None]
        integers = (op for op in payload.operations if op.name in (*_SUMS, *EXTENSIONS))
        self._uniform = [op for op in integers if self._is_uniform(op.results[0])]

    def line(
        self, emitter: Emitter, at: Sequence[Index], size: Index, *, split: bool
    ) -> tuple[Known, Index | None]:
        """What is known in the line of the loop indices ``at``, computed at the insertion point.

        With ``split`` also in how many of its first ``size`` lanes all conditions hold; None if there are
        no conditions.
        """
        if not self._uniform and not (split and self.conditions):
            return NOTHING_KNOWN, None
        environment = Environment(emitter, None)
        for argument, value in self._scalars.items():
            environment.bind(argument, value)
        for op in self._uniform:
            self._build(op.results[0], environment, at)
        given = {op.results[0]: environment.get(op.results[0]) for op in self._uniform}
        if not split or not self.conditions:
            return Known(given), None

        def scalar(value: ir.Value) -> ir.Value:
            self._build(value, environment, at)
            return environment.get(value)

        count = size
        for condition in self.conditions:
            count = emitter.minimum(count, condition.lanes(emitter, scalar, size))
        return Known(given), count

    def is_in_vectors(self, value: ir.Value) -> bool:
        """Whether all lanes of ``value`` are needed.

        Not if it only counts them, for an address or a narrower number.
        """
        if self._step(value) is None:
            return True
        return any(self._takes_lanes(use) for use in value.uses)

    def _condition(self, op: ir.Operation) -> Condition | None:
        predicate = ir.IntegerAttr(op.attributes["predicate"]).value
        left, right = op.operands
        if not (self._is_known(left) and self._is_known(right)):
            return None
        if self._step(left) == self._step(right) == 0:
            # Half of a mask: where it is false, nothing is accessed.  A choice may well be false as a rule.
            is_mask = all(use.owner.operation.name in ("arith.andi", "scf.if") for use in op.results[0].uses)
            return Condition(op.results[0]) if is_mask else None
        if predicate in _SWAPPED:
            predicate, left, right = _SWAPPED[predicate], right, left
        if predicate not in (_SLT, _SLE) or self._step(left) != 1 or self._step(right) != 0:
            return None
        return LaneBound(op.results[0], left, right, predicate == _SLE)

    def _is_uniform(self, value: ir.Value) -> bool:
        return self._step(value) == 0 and self._is_known(value)

    def _is_known(self, value: ir.Value) -> bool:
        """Whether ``value``, of a known step, is computed from indices of the line and of loops around it."""
        op = defining_operation(value)
        if op is None or op not in self._operations:
            return True
        if op.name == "linalg.index":
            return (dim := ir.IntegerAttr(op.attributes["dim"]).value) == self._dim or dim in self._around
        if value not in self._known:
            self._known[value] = all(self._is_known(operand) for operand in op.operands)
        return self._known[value]

    def _step(self, value: ir.Value) -> int | None:
        """By how much ``value`` grows from lane to lane: 0 or 1, None where that is not seen."""
        if value not in self._steps:
            self._steps[value] = self._find_step(value)
        return self._steps[value]

    def _find_step(self, value: ir.Value) -> int | None:
        block = defining_block(value)
        if block is not None and block == self._payload.block:
            return 0 if value in self._scalars else None
        op = defining_operation(value)
        if op is None or op not in self._operations:
            return 0  # of the code around
        if op.name == "arith.constant":
            return 0
        if op.name == "linalg.index":
            return int(ir.IntegerAttr(op.attributes["dim"]).value == self._dim)
        if op.name in EXTENSIONS:
            return self._step(op.operands[0])
        steps = [self._step(operand) for operand in op.operands]
        if None in steps or op.name not in _SUMS:
            return None
        step = sum(step for step in steps if step is not None)
        return step if step == 0 or (step == 1 and op.name == "arith.addi") else None

    def _takes_lanes(self, use: ir.OpOperand) -> bool:
        user = use.owner.operation
        if user.name in MEMORY_ACCESS:
            return use.operand_number != len(user.operands) - 1
        if user.name not in (*EXTENSIONS, *_SUMS) or self._step(user.results[0]) is None:
            return True
        result = user.results[0]
        if element_bits(result.type) < element_bits(user.operands[0].type):
            return False  # made of lane numbers of its own type
        return any(self._takes_lanes(further) for further in result.uses)

    def _build(self, value: ir.Value, environment: Environment, at: Sequence[Index]) -> None:
        """Build what ``value`` is in lane 0."""
        op = defining_operation(value)
        if op is None or op not in self._operations or environment.knows(value):
            return
        if op.name == "linalg.index":
            dim = ir.IntegerAttr(op.attributes["dim"]).value
            index = 0 if dim == self._dim else at[dim]
            environment.bind(value, environment.emitter.value(index))
            return
        for operand in op.operands:
            self._build(operand, environment, at)
        environment.build(op)


def _as_index(emitter: Emitter, value: ir.Value) -> ir.Value:
    if isinstance(value.type, ir.IndexType):
        return value
    return value_of("arith.index_cast", [value], emitter.index)
