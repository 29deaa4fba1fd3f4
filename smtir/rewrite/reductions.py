"""The combine regions of reductions: their neutral elements, and copies of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smtir.mlir import arith, ir, linalg, tensor
from smtir.rewrite.builders import Scalar, constant, filled
from smtir.rewrite.values import bit_width, shape_of


def _lowest(type_: ir.Type) -> int:
    return -(1 << (bit_width(type_) - 1))


def _highest(type_: ir.Type) -> int:
    return (1 << (bit_width(type_) - 1)) - 1


_NEUTRAL: dict[str, Callable[[ir.Type], Scalar]] = {
    "arith.addf": lambda _: -0.0,
    "arith.addi": lambda _: 0,
    "arith.mulf": lambda _: 1.0,
    "arith.muli": lambda _: 1,
    "arith.maxnumf": lambda _: float("nan"),
    "arith.minnumf": lambda _: float("nan"),
    "arith.maximumf": lambda _: -float("inf"),
    "arith.minimumf": lambda _: float("inf"),
    "arith.maxsi": _lowest,
    "arith.minsi": _highest,
    "arith.maxui": lambda _: 0,
    "arith.minui": lambda _: -1,
    "arith.andi": lambda _: -1,
    "arith.ori": lambda _: 0,
    "arith.xori": lambda _: 0,
}
"""x with which ``op(x, y) == y`` for every y, NaN and -0.0 included: NaN for maxnumf and minnumf,
which return their other operand, and -0.0 for addf."""


def neutral_element(combine: ir.Block) -> ir.Value | None:
    """The neutral element of a region that is one known operation on its two arguments."""
    operations = list(combine.operations)
    if len(operations) != 2 or len(combine.arguments) != 2:
        return None
    op, end = (view.operation for view in operations)
    if op.name not in _NEUTRAL or list(end.operands) != list(op.results):
        return None
    if set(op.operands) != set(combine.arguments):
        return None
    type_ = op.results[0].type
    return constant(type_, _NEUTRAL[op.name](type_))


def is_rounded(combine: ir.Block) -> bool:
    """Whether a region of one operation adds or multiplies floats of less than 32 bits."""
    op = combine.operations[0].operation
    return op.name in ("arith.addf", "arith.mulf") and bit_width(op.results[0].type) < 32


def combined_wide(combine: ir.Block, arguments: Sequence[ir.Value]) -> ir.Value:
    """What a region of one operation gives for ``arguments`` of a wider type."""
    op = combine.operations[0].operation
    made = ir.Operation.create(op.name, results=[arguments[0].type], operands=list(arguments))
    result: ir.Value = made.results[0]
    return result


def all_of(flags: ir.Value) -> ir.Value:
    """Whether all elements of an i1 tensor are true."""
    rank = len(shape_of(flags))
    true = constant(ir.IntegerType.get_signless(1), -1)
    out = filled(true, [])
    reduced = linalg.ReduceOp([out.type], [flags], [out], list(range(rank)))
    block = reduced.regions[0].blocks.append(true.type, true.type, arg_locs=[ir.Location.current] * 2)
    with ir.InsertionPoint(block):
        linalg.YieldOp([arith.andi(*block.arguments)])
    return tensor.extract(reduced.results[0], [])
