"""Bounds of integer SSA values, from constants, loop bounds and arithmetic.

Used to leave out a clamp where a window provably lies inside its base.  Arithmetic is taken
not to wrap around: an offset that overflows its type addresses nothing meaningful.
"""

from __future__ import annotations

import math as pymath
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smtir.mlir import ir, scf
from smtir.rewrite.index import Index, constant_int
from smtir.rewrite.values import defined_by, defining_block, defining_op


@dataclass(frozen=True)
class Interval:
    """All integers from ``low`` to ``high``, both included; infinite where unknown."""

    low: float = -pymath.inf
    high: float = pymath.inf

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Interval) -> Interval:
        products = [
            0.0 if 0 in (left, right) else left * right
            for left in (self.low, self.high)
            for right in (other.low, other.high)
        ]
        return Interval(min(products), max(products))

    def minimum(self, other: Interval) -> Interval:
        return Interval(min(self.low, other.low), min(self.high, other.high))

    def maximum(self, other: Interval) -> Interval:
        return Interval(max(self.low, other.low), max(self.high, other.high))

    def union(self, other: Interval) -> Interval:
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def divide(self, other: Interval) -> Interval:
        """Signed division rounding to zero, by a positive divisor; else unknown."""
        if other.low <= 0:
            return Interval()
        quotients = [
            _truncate(end / divisor)
            for end in (self.low, self.high)
            for divisor in (other.low, other.high)
            if not (pymath.isinf(end) and pymath.isinf(divisor))
        ]
        if len(quotients) < 4:
            return Interval(0.0 if self.low >= 0 else -pymath.inf)
        return Interval(min(quotients), max(quotients))

    def remainder(self, other: Interval) -> Interval:
        """Signed remainder by a positive divisor: the sign is the dividend's."""
        if other.low <= 0:
            return Interval()
        largest = other.high - 1
        return Interval(0 if self.low >= 0 else -largest, 0 if self.high <= 0 else min(largest, self.high))


def _truncate(value: float) -> float:
    return value if pymath.isinf(value) else float(int(value))


_BINARY: dict[str, Callable[[Interval, Interval], Interval]] = {
    "arith.addi": Interval.__add__,
    "arith.subi": Interval.__sub__,
    "arith.muli": Interval.__mul__,
    "arith.minsi": Interval.minimum,
    "arith.maxsi": Interval.maximum,
    "arith.divsi": Interval.divide,
    "arith.remsi": Interval.remainder,
}
_SAME_AS_OPERAND = {"arith.index_cast", "arith.extsi", "arith.trunci"}
_AT_LEAST = {"tt.get_program_id": 0.0, "tt.get_num_programs": 1.0}
_DEPTH_LIMIT = 32


def interval(value: Index, depth: int = 0) -> Interval:
    """What ``value`` can be, as far as its definitions tell."""
    if isinstance(value, int):
        return Interval(value, value)
    known = constant_int(value)
    if known is not None:
        return Interval(known, known)
    if depth > _DEPTH_LIMIT:
        return Interval()
    block = defining_block(value)
    if block is not None:
        return _block_argument(value, block, depth)
    owner = defining_op(value).operation
    operands = owner.operands
    if owner.name in _BINARY:
        return _BINARY[owner.name](interval(operands[0], depth + 1), interval(operands[1], depth + 1))
    if owner.name in _SAME_AS_OPERAND:
        return interval(operands[0], depth + 1)
    if owner.name == "arith.select":
        return interval(operands[1], depth + 1).union(interval(operands[2], depth + 1))
    return Interval(_AT_LEAST[owner.name]) if owner.name in _AT_LEAST else Interval()


def _block_argument(value: ir.Value, block: ir.Block, depth: int) -> Interval:
    """The bounds of an argument of a ``scf.for``; anything else is unknown."""
    loop = block.owner
    if not isinstance(loop, scf.ForOp):
        return Interval()
    if value == loop.induction_variable:
        lower, upper = interval(loop.lowerBound, depth + 1), interval(loop.upperBound, depth + 1)
        step = constant_int(loop.step)
        if step is None or step <= 0:
            return Interval()
        if lower.low == lower.high and upper.low == upper.high and upper.high > lower.low:
            steps = (upper.high - 1 - lower.low) // step
            return Interval(lower.low, lower.low + steps * step)
        return Interval(lower.low, upper.high - 1)
    position = list(block.arguments).index(value) - 1
    start = interval(loop.initArgs[position], depth + 1)
    return Interval(start.low) if _never_decreases(value, loop, position, depth) else Interval()


def _never_decreases(value: ir.Value, loop: Any, position: int, depth: int) -> bool:
    """Whether carried value ``position`` of ``loop`` becomes itself plus something not negative."""
    last = loop.body.operations[len(loop.body.operations) - 1].operation.operands[position]
    if last == value:
        return True
    if not defined_by(last, "arith.addi"):
        return False
    left, right = defining_op(last).operation.operands
    step = right if left == value else left if right == value else None
    return step is not None and interval(step, depth + 1).low >= 0


def divisible(value: Index, by: int, depth: int = 0) -> bool:
    """Whether ``value`` is a multiple of ``by`` whatever the kernel's arguments are."""
    if by == 1:
        return True
    known = value if isinstance(value, int) else constant_int(value)
    if known is not None or isinstance(value, int):
        return known is not None and known % by == 0
    if depth > _DEPTH_LIMIT:
        return False
    block = defining_block(value)
    if block is not None:
        loop = block.owner
        return (
            isinstance(loop, scf.ForOp)
            and value == loop.induction_variable
            and divisible(loop.lowerBound, by, depth + 1)
            and divisible(loop.step, by, depth + 1)
        )
    owner = defining_op(value).operation
    operands = list(owner.operands)
    if owner.name == "arith.muli":
        factors = [constant_int(operand) or 1 for operand in operands]
        return any(divisible(operand, by, depth + 1) for operand in operands) or any(
            by % pymath.gcd(factor, by) == 0 and divisible(other, by // pymath.gcd(factor, by), depth + 1)
            for factor, other in zip(factors, reversed(operands), strict=True)
        )
    if owner.name in ("arith.addi", "arith.subi", "arith.minsi", "arith.maxsi"):
        return all(divisible(operand, by, depth + 1) for operand in operands)
    if owner.name == "arith.select":
        return all(divisible(operand, by, depth + 1) for operand in operands[1:])
    return owner.name in ("arith.index_cast", "arith.extsi") and divisible(operands[0], by, depth + 1)


def linear_in(value: Index, variable: ir.Value) -> int | None:
    """The constant ``c`` if ``value`` is ``c * variable + (something without variable)``."""
    if isinstance(value, int):
        return 0
    if value == variable:
        return 1
    if defining_block(value) is not None:
        return 0
    owner = defining_op(value).operation
    parts = [linear_in(operand, variable) for operand in owner.operands]
    if all(part == 0 for part in parts):
        return 0
    if None in parts:
        return None
    if owner.name in _SAME_AS_OPERAND:
        return parts[0]
    if owner.name == "arith.addi":
        return (parts[0] or 0) + (parts[1] or 0)
    if owner.name == "arith.subi":
        return (parts[0] or 0) - (parts[1] or 0)
    if owner.name == "arith.muli":
        for factor, other in ((0, 1), (1, 0)):
            known = constant_int(owner.operands[factor])
            if known is not None:
                return known * (parts[other] or 0)
    return None
