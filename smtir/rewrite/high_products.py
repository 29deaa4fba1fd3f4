"""The upper half of unsigned products, in operations on lanes."""

from __future__ import annotations

from smtir.mlir import arith, ir
from smtir.rewrite.builders import constant_like, with_element
from smtir.rewrite.values import bit_width, element_of

_WIDEST = 64


def high_of_product(x: ir.Value, y: ir.Value) -> ir.Value:
    """The upper half of ``x * y`` for each element of two tensors of unsigned integers of one type."""
    bits = bit_width(element_of(x))
    if bits == _WIDEST:
        return _by_halves(x, y)
    wide = with_element(x.type, ir.IntegerType.get_signless(2 * bits))
    product = arith.muli(arith.extui(wide, x), arith.extui(wide, y))
    return arith.trunci(x.type, arith.shrui(product, constant_like(product, bits)))


def _by_halves(x: ir.Value, y: ir.Value) -> ir.Value:
    """For 64 bits, by four products of halves (Warren, Hacker's Delight, section 8-2)."""
    half, lower = constant_like(x, _WIDEST // 2), constant_like(x, (1 << _WIDEST // 2) - 1)

    def split(value: ir.Value) -> tuple[ir.Value, ir.Value]:
        return arith.andi(value, lower), arith.shrui(value, half)

    (x_low, x_high), (y_low, y_high) = split(x), split(y)
    _, carried = split(arith.muli(x_low, y_low))
    middle, high = split(arith.addi(arith.muli(x_high, y_low), carried))
    _, carried = split(arith.addi(arith.muli(x_low, y_high), middle))
    return arith.addi(arith.addi(arith.muli(x_high, y_high), high), carried)
