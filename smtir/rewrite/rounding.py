"""Conversions that round otherwise than to the nearest."""

from __future__ import annotations

from smtir.mlir import arith, ir, math
from smtir.rewrite import builders
from smtir.rewrite.values import bit_width, element_type


def cut_to(source: ir.Value, target: ir.Type) -> ir.Value:
    """``source``, floats or a tensor of them, rounded towards zero to the narrower floats ``target``.

    Where rounding to nearest went away from zero, the pattern below is taken: of infinity, that is the
    largest finite number.
    """
    bits = ir.IntegerType.get_signless(bit_width(element_type(target)))
    near = arith.truncf(target, source)
    past = arith.cmpf(arith.CmpFPredicate.OGT, math.absf(arith.extf(source.type, near)), math.absf(source))
    pattern = arith.bitcast(builders.with_element(target, bits), near)
    below = arith.subi(pattern, builders.constant_like(pattern, 1))
    if str(element_type(target)).endswith("FNUZ"):  # the pattern below -(smallest) is not zero but NaN
        low = -(1 << (bits.width - 1))
        is_nan = arith.cmpi(arith.CmpIPredicate.eq, below, builders.constant_like(pattern, low))
        below = arith.select(is_nan, builders.constant_like(pattern, 0), below)
    return arith.bitcast(target, arith.select(past, below, pattern))
