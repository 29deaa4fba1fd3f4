"""Accumulator types of matrix products, and casts to and from them."""

from __future__ import annotations

from smtir.mlir import arith, ir
from smtir.rewrite.values import bit_width, element_of, shape_of


def accumulator_type(operand: ir.Type, result: ir.Type) -> ir.Type:
    """The element type to accumulate in: f32 for narrow floats, i32 for narrow integers.

    Sums of f16 or bf16 products are rounded once, at the end, even when ``result`` is narrow.
    """
    if bit_width(result) >= 32:
        return result
    return ir.F32Type.get() if isinstance(operand, ir.FloatType) else ir.IntegerType.get_signless(32)


def widened(value: ir.Value, element: ir.Type) -> ir.Value:
    """``value`` (a tensor) with ``element`` as its element type; exact."""
    if element_of(value) == element:
        return value
    target = ir.RankedTensorType.get(shape_of(value), element)
    return arith.extf(target, value) if isinstance(element, ir.FloatType) else arith.extsi(target, value)


def narrowed(value: ir.Value, element: ir.Type) -> ir.Value:
    """``value`` (a tensor) rounded, or truncated for integers, to ``element``."""
    if element_of(value) == element:
        return value
    target = ir.RankedTensorType.get(shape_of(value), element)
    return arith.truncf(target, value) if isinstance(element, ir.FloatType) else arith.trunci(target, value)
