"""Index arithmetic that folds as it builds: an ``Index`` is a Python int or an SSA index value.

All functions build at the current insertion point.  A result is an int whenever both operands
are, so that static sizes stay static in the types built from them.
"""

from __future__ import annotations

from collections.abc import Sequence

from smtir.mlir import arith, ir
from smtir.rewrite.values import defining_op

Index = int | ir.Value


def constant_int(value: ir.Value) -> int | None:
    """The integer that ``value`` is a constant of, through index casts, or None.

    Works for scalar integers and indices only.
    """
    op = defining_op(value)
    if isinstance(op, arith.ConstantOp):
        attribute = op.attributes["value"]
        if isinstance(attribute, ir.IntegerAttr | ir.BoolAttr):
            return int(attribute.value)
        return None
    if isinstance(op, arith.IndexCastOp | arith.ExtSIOp):
        return constant_int(op.operands[0])
    return None


def as_index(value: Index) -> Index:
    """``value`` as an int where it is constant, else cast to the index type (sign-extended)."""
    if isinstance(value, int):
        return value
    known = constant_int(value)
    if known is not None:
        return known
    if isinstance(value.type, ir.IndexType):
        return value
    return arith.index_cast(ir.IndexType.get(), value)


def materialize(value: Index) -> ir.Value:
    """``value`` as an SSA index."""
    return arith.constant(ir.IndexType.get(), value) if isinstance(value, int) else value


def add(lhs: Index, rhs: Index) -> Index:
    """``lhs + rhs``."""
    if isinstance(lhs, int) and isinstance(rhs, int):
        return lhs + rhs
    if lhs == 0 or rhs == 0:
        return rhs if isinstance(lhs, int) else lhs
    return arith.addi(materialize(lhs), materialize(rhs))


def sub(lhs: Index, rhs: Index) -> Index:
    """``lhs - rhs``."""
    if isinstance(lhs, int) and isinstance(rhs, int):
        return lhs - rhs
    if isinstance(rhs, int) and rhs == 0:
        return lhs
    if isinstance(lhs, ir.Value) and isinstance(rhs, ir.Value) and lhs == rhs:
        return 0
    return arith.subi(materialize(lhs), materialize(rhs))


def mul(lhs: Index, rhs: Index) -> Index:
    """``lhs * rhs``."""
    if isinstance(lhs, int) and isinstance(rhs, int):
        return lhs * rhs
    for one, other in ((lhs, rhs), (rhs, lhs)):
        if isinstance(one, int):
            if one == 0:
                return 0
            if one == 1:
                return other
    return arith.muli(materialize(lhs), materialize(rhs))


def quotient(value: Index, by: int) -> Index:
    """``value / by`` for a ``value`` that is a multiple of the positive ``by``."""
    if isinstance(value, int):
        return value // by
    return value if by == 1 else arith.divsi(value, materialize(by))


def minimum(lhs: Index, rhs: Index) -> Index:
    """The smaller one, signed."""
    if isinstance(lhs, int) and isinstance(rhs, int):
        return min(lhs, rhs)
    return arith.minsi(materialize(lhs), materialize(rhs))


def maximum(lhs: Index, rhs: Index) -> Index:
    """The larger one, signed."""
    if isinstance(lhs, int) and isinstance(rhs, int):
        return max(lhs, rhs)
    return arith.maxsi(materialize(lhs), materialize(rhs))


def selected(condition: ir.Value, one: Sequence[Index], other: Sequence[Index]) -> tuple[Index, ...]:
    """The values of ``one`` where ``condition`` is true, of ``other`` where it is false."""
    return tuple(
        left
        if left is right or left == right
        else arith.select(condition, materialize(left), materialize(right))
        for left, right in zip(one, other, strict=True)
    )


def split(values: Sequence[Index]) -> tuple[list[ir.Value], list[int]]:
    """Dynamic operands and static entries (``kDynamic`` where dynamic), as mixed ops want them."""
    dynamic = [value for value in values if isinstance(value, ir.Value)]
    static = [value if isinstance(value, int) else ir.ShapedType.get_dynamic_size() for value in values]
    return dynamic, static


def static_sizes(values: Sequence[Index]) -> list[int]:
    """``values`` as the shape of a type: the dynamic size where a value is not static."""
    return split(values)[1]
