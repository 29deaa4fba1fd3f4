"""log, log2, log10 and log1p.

x = 2^k * (1 + f) with 2/3 <= 1 + f < 4/3, so that |f| <= 1/3 and k = 0 around 1, where the result
is small and must not suffer from cancellation.  Then log(1 + f) = f + t with t = f^2 q(f).
"""

from __future__ import annotations

import math as pymath
from dataclasses import dataclass

from smtir.mlir import ir
from smtir.rewrite.elementary import coefficients as table
from smtir.rewrite.elementary.lanes import F64, Lanes

FROM = 2.0 / 3.0


@dataclass(frozen=True)
class Reduced:
    """x = 2^k (1 + f), log(1 + f) = f + t."""

    k: ir.Value
    f: ir.Value
    t: ir.Value


def log(on: Lanes, x: ir.Value) -> ir.Value:
    """Natural logarithm; -inf for 0, NaN below it."""
    reduced = _reduce(on, x)
    high, low = table.LN2_F64 if on.format == F64 else table.LN2_F32
    return _at_borders(on, x, _natural(on, reduced, high, low))


def log2(on: Lanes, x: ir.Value) -> ir.Value:
    """Logarithm to base 2; exact for powers of two."""
    high, low = table.LOG2_E_F64 if on.format == F64 else table.LOG2_E_F32
    reduced = _reduce(on, x)
    fraction = on.fma(reduced.f, high, on.fma(reduced.t, high, on.mul(reduced.f, low)))
    return _at_borders(on, x, on.add(reduced.k, fraction))


def log10(on: Lanes, x: ir.Value) -> ir.Value:
    """Logarithm to base 10."""
    double = on.format == F64
    high, low = table.LOG10_E_F64 if double else table.LOG10_E_F32
    two_high, two_low = table.LOG10_2_F64 if double else table.LOG10_2_F32
    reduced = _reduce(on, x)
    small = on.fma(reduced.f, low, on.mul(reduced.k, two_low))
    fraction = on.fma(reduced.f, high, on.fma(reduced.t, high, small))
    return _at_borders(on, x, on.fma(reduced.k, two_high, fraction))


def log1p(on: Lanes, x: ir.Value) -> ir.Value:
    """log(1 + x), accurate near 0; f32 only."""
    bits = on.format.mantissa_bits
    total = on.add(x, 1.0)
    k, mantissa = _split(on, total)
    # (1 + x) / 2^k - 1 from x itself, not from the rounded sum; past 2^60 the sum is as good, and 2^-k
    # need not be a number.
    inverse = on.from_bits(on.sub_int(on.format.bias << bits, on.shift_left(k, bits)))
    exact = on.fma(x, inverse, on.sub(inverse, 1.0))
    f = on.select(on.compare("olt", x, pymath.ldexp(1.0, 60)), exact, on.sub(mantissa, 1.0))
    value = _natural(on, _with_tail(on, on.to_float(k), f), *table.LN2_F32)
    return on.with_sign_of(_at_borders(on, total, value), x)


def _natural(on: Lanes, reduced: Reduced, ln2_high: float, ln2_low: float) -> ir.Value:
    fraction = on.add(reduced.f, on.fma(reduced.k, ln2_low, reduced.t))
    return on.fma(reduced.k, ln2_high, fraction)


def _reduce(on: Lanes, x: ir.Value) -> Reduced:
    # A denormal is multiplied by a power of two first.
    lift = on.format.mantissa_bits + 1
    tiny = on.compare("olt", x, on.format.smallest_normal)
    k, mantissa = _split(on, on.select(tiny, on.mul(x, pymath.ldexp(1.0, lift)), x))
    return _with_tail(on, on.add(on.to_float(k), on.select(tiny, float(-lift), 0.0)), on.sub(mantissa, 1.0))


def _split(on: Lanes, x: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Exponent k as an integer, and x / 2^k in [2/3, 4/3), of a positive normal x."""
    bits, start = on.format.mantissa_bits, on.format.bits_of(FROM)
    above = on.sub_int(on.bits(x), start)
    mantissa = on.add_int(on.and_int(above, (1 << bits) - 1), start)
    return on.shift_right(above, bits), on.from_bits(mantissa)


def _with_tail(on: Lanes, k: ir.Value, f: ir.Value) -> Reduced:
    series = table.LOG_F64 if on.format == F64 else table.LOG_F32
    return Reduced(k, f, on.mul(on.mul(f, f), on.polynomial(f, series)))


def _at_borders(on: Lanes, x: ir.Value, value: ir.Value) -> ir.Value:
    """``value``, but +inf and NaN for themselves, NaN for x < 0 and -inf for x = 0."""
    value = on.select(on.compare("uge", x, pymath.inf), x, value)
    value = on.select(on.compare("olt", x, 0.0), pymath.nan, value)
    return on.select(on.compare("oeq", x, 0.0), -pymath.inf, value)
