"""Conditions of a payload that hold in the first lanes of a loop and in none after them.

A mask such as ``start + index < n`` is true up to a point that is known in front of the loop.  Up to
there vectors need no mask; the few lanes around that point are computed as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, Index, element_bits, value_of
from smtir.rewrite.payload import EXTENSIONS, MEMORY_ACCESS, Environment, Payload
from smtir.rewrite.values import defining_block, defining_operation

_SLT, _SLE, _SGT, _SGE = 2, 3, 4, 5
_SWAPPED = {_SGT: _SLT, _SGE: _SLE}
_SUMS = ("arith.addi", "arith.subi", "arith.muli", "arith.minsi", "arith.maxsi")


@dataclass(frozen=True)
class LaneBound:
    """A condition ``counted < limit`` (``<=`` if ``reaches``) of a payload.

    ``counted`` grows by one from lane to lane, ``limit`` is the same in all; integers of one type.
    """

    condition: ir.Value
    counted: ir.Value
    limit: ir.Value
    reaches: bool

    def lanes(self, emitter: Emitter, scalar: Callable[[ir.Value], ir.Value], size: Index) -> Index:
        """In how many of the first ``size`` lanes it holds; ``scalar`` gives a value in the first lane."""
        first, limit = (_as_index(emitter, scalar(value)) for value in (self.counted, self.limit))
        holds = emitter.at_most(first, limit) if self.reaches else emitter.below(first, limit)
        # As unsigned numbers the distance is right however far the two are apart; one more may
        # wrap to 0, and then no lane goes without its mask.
        count = emitter.add(emitter.sub(limit, first), 1 if self.reaches else 0)
        most = value_of("arith.minui", [emitter.value(count), emitter.value(size)], emitter.index)
        return emitter.select(holds, most, 0)


class CountedLanes:
    """The bounds of a payload along one loop dimension."""

    def __init__(self, payload: Payload, dim: int, scalars: Mapping[ir.Value, ir.Value]) -> None:
        """``scalars``: what block arguments stand for that are the same in all lanes."""
        self._payload = payload
        self._dim = dim
        self._scalars = scalars
        self._operations = frozenset(payload.operations)
        self._steps: dict[ir.Value, int | None] = {}
        found = [self._bound(op) for op in payload.operations if op.name == "arith.cmpi"]
        self.bounds = [bound for bound in found if bound is not None]

    def holding(self, emitter: Emitter, size: Index) -> Index:
        """In how many of the first ``size`` lanes all bounds hold, computed at the insertion point."""
        environment = Environment(emitter, None)
        for argument, value in self._scalars.items():
            environment.bind(argument, value)

        def scalar(value: ir.Value) -> ir.Value:
            self._build(value, environment, emitter)
            return environment.get(value)

        count = size
        for bound in self.bounds:
            count = emitter.minimum(count, bound.lanes(emitter, scalar, size))
        return count

    def is_in_vectors(self, value: ir.Value) -> bool:
        """Whether all lanes of ``value`` are needed.

        Not if it only counts them, for an address or a narrower number.
        """
        if self._step(value) is None:
            return True
        return any(self._takes_lanes(use) for use in value.uses)

    def _bound(self, op: ir.Operation) -> LaneBound | None:
        predicate = ir.IntegerAttr(op.attributes["predicate"]).value
        left, right = op.operands
        if predicate in _SWAPPED:
            predicate, left, right = _SWAPPED[predicate], right, left
        if predicate not in (_SLT, _SLE) or self._step(left) != 1 or self._step(right) != 0:
            return None
        return LaneBound(op.results[0], left, right, predicate == _SLE)

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
            return 1 if ir.IntegerAttr(op.attributes["dim"]).value == self._dim else None
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
        if user.name not in (*EXTENSIONS, "arith.addi"):
            return True
        result = user.results[0]
        if element_bits(result.type) < element_bits(user.operands[0].type):
            return False  # made of lane numbers of its own type
        return any(self._takes_lanes(further) for further in result.uses)

    def _build(self, value: ir.Value, environment: Environment, emitter: Emitter) -> None:
        """Build what ``value`` is in lane 0."""
        op = defining_operation(value)
        if op is None or op not in self._operations or environment.knows(value):
            return
        if op.name == "linalg.index":
            environment.bind(value, emitter.value(0))
            return
        for operand in op.operands:
            self._build(operand, environment, emitter)
        environment.build(op)


def _as_index(emitter: Emitter, value: ir.Value) -> ir.Value:
    if isinstance(value.type, ir.IndexType):
        return value
    return value_of("arith.index_cast", [value], emitter.index)
