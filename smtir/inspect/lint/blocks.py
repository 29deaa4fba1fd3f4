"""Where a block pointer points, as bounds: what the rule ``boundary-check`` knows.

Reads only; the passes' own reader of block pointers builds the offsets as IR.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from smtir.asm import typetext
from smtir.inspect.lint.loops import trip_count
from smtir.mlir import ir
from smtir.rewrite.dataflow import definition
from smtir.rewrite.index import constant_int
from smtir.rewrite.ranges import Interval, interval

_CASTS = frozenset({"arith.extsi", "arith.index_cast", "arith.trunci"})
_AFFINE = frozenset({"arith.addi", "arith.subi", "arith.muli"})


@dataclass(frozen=True)
class Axis:
    """One dimension of a block in memory, in elements.

    Attributes:
        size: of the whole tensor: a value.
        block: of the block.
        offset: bounds of where the block begins.
        reached: whether the finite ones of these bounds are reached, not only not exceeded.
    """

    size: ir.Value
    block: int
    offset: Interval
    reached: bool

    def sticks_out(self) -> str:
        """How the block certainly leaves the tensor, in words; ``""`` if that is not certain."""
        size = interval(self.size)
        if size.low != size.high:
            return ""
        low, high, end = self.offset.low, self.offset.high, int(size.high)
        if low + self.block > end and math.isfinite(low):
            return f"elements {int(low)} to {int(low) + self.block - 1} of {end}"
        if not self.reached:
            return ""
        if math.isfinite(high) and high + self.block > end:
            return f"elements {int(high)} to {int(high) + self.block - 1} of {end} at the end of the loop"
        if math.isfinite(low) and low < 0:
            return f"elements from {int(low)} on"
        return ""


def axes(pointer: ir.Value) -> list[Axis]:
    """The dimensions of the block that ``pointer`` points to; empty where its origin is not clear."""
    steps: list[list[tuple[ir.Value, float]]] = []
    current = pointer
    while True:
        op = definition(current)
        if op is None:
            carried = _carried(current)
            if carried is None:
                return []
            current, moves = carried
            steps += moves
        elif op.name == "tt.advance":
            steps.append([(value, 0) for value in list(op.operands)[1:]])
            current = op.operands[0]
        elif op.name == "tt.make_tensor_ptr":
            return _made(op.opview, steps)
        else:
            return []


def _carried(argument: ir.Value) -> tuple[ir.Value, list[list[tuple[ir.Value, float]]]] | None:
    """What enters a loop as ``argument``, and how far the loop moves it: a value and how often at most."""
    block: Any = argument.owner
    loop = block.owner.operation
    if loop.name != "scf.for":
        return None
    place = ir.BlockArgument(argument).arg_number - 1
    body = list(block.operations)
    current, trips = list(body[-1].operation.operands)[place], trip_count(loop)
    moves: list[list[tuple[ir.Value, float]]] = []
    while current != argument:
        op = definition(current)
        if op is None or op.name != "tt.advance":
            return None
        times = math.inf if trips is None else trips - 1
        moves.append([(value, times) for value in list(op.operands)[1:]])
        current = op.operands[0]
    return list(loop.operands)[3 + place], moves


def _made(made: Any, steps: list[list[tuple[ir.Value, float]]]) -> list[Axis]:
    """The axes of a ``tt.make_tensor_ptr`` that was moved by ``steps``; 0 times means: always once."""
    block = typetext.shape(typetext.scalar_pointee(str(made.result.type)) or "")
    found = []
    for axis, (size, offset) in enumerate(zip(made.shape, made.offsets, strict=True)):
        bounds, varying, exact = Interval(0, 0), 0, True
        for value, times in [(offset, 0.0), *(step[axis] for step in steps)]:
            known = interval(value)
            if times:
                known = known * Interval(0, times)
            bounds = bounds + known
            if known.low != known.high:
                varying += 1
                exact = exact and (constant_int(value) is not None if times else _is_reached(value))
        found.append(Axis(size, block[axis] or 1, bounds, exact and varying <= 1))
    return found


def _is_reached(value: ir.Value) -> bool:
    """Whether the interval of ``value`` is what it takes: affine in one loop variable or program id."""
    leaves: list[ir.Value] = []
    todo = [value]
    while todo:
        current = todo.pop()
        if constant_int(current) is not None:
            continue
        op = definition(current)
        if op is not None and (op.name in _CASTS or op.name in _AFFINE):
            todo += list(op.operands)
        elif op is not None and op.name != "tt.get_program_id":
            return False
        else:
            leaves.append(current)
    return len(leaves) == 1 and (definition(leaves[0]) is not None or _is_counter(leaves[0]))


def _is_counter(value: ir.Value) -> bool:
    """Whether ``value`` is the induction variable of a loop with constant bounds."""
    block: Any = value.owner
    loop = block.owner.operation
    return loop.name == "scf.for" and ir.BlockArgument(value).arg_number == 0 and (trip_count(loop) or 0) > 0


def same_number(left: ir.Value, right: ir.Value) -> bool:
    """Whether two values are one number, through sign extensions."""
    return _stripped(left) == _stripped(right)


def _stripped(value: ir.Value) -> ir.Value:
    while (op := definition(value)) is not None and op.name in _CASTS:
        value = op.operands[0]
    return value
