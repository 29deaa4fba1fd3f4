"""Checks at run time that an index is in range; none where the bounds of its value prove it."""

from __future__ import annotations

from collections.abc import Callable

from smtir.mlir import arith, cf, ir
from smtir.rewrite import builders
from smtir.rewrite.ranges import Interval, interval
from smtir.rewrite.values import defining_op


def assert_below(number: ir.Value, count: int, what: str) -> None:
    """End the program with an error unless ``0 <= number < count``; ``what`` is counted."""
    known = interval(number)
    if known.low >= 0 and known.high < count:
        return
    # Compared as unsigned numbers, a negative one is large.
    inside = arith.cmpi(arith.CmpIPredicate.ult, number, builders.constant(number.type, count))
    cf.AssertOp(inside, f"the index is out of range: there are {count} {what}, from 0 to {count - 1}")


def is_surely_true(condition: ir.Value) -> bool:
    """Whether the bounds of what is compared prove ``condition``, a comparison or several of them."""
    op = defining_op(condition)
    if isinstance(op, arith.AndIOp):
        return is_surely_true(op.lhs) and is_surely_true(op.rhs)
    if not isinstance(op, arith.CmpIOp) or not isinstance(op.lhs.type, ir.IntegerType | ir.IndexType):
        return False
    proof = _PROOFS.get(int(op.predicate.value))
    return proof is not None and proof(interval(op.lhs), interval(op.rhs))


_PROOFS: dict[int, Callable[[Interval, Interval], bool]] = {
    2: lambda left, right: left.high < right.low,
    3: lambda left, right: left.high <= right.low,
    4: lambda left, right: left.low > right.high,
    5: lambda left, right: left.low >= right.high,
}
"""What proves each signed predicate: slt, sle, sgt, sge."""
