"""exp, exp2, expm1 and tanh.

exp(x) = e^r * s^2, where s = 2^(n/2) for an even n and |r| <= log 2.  An even n costs one more
coefficient than any n would, and saves five instructions: n runs from -150 (the smallest denormal) to
129 (infinity), which no single power of two spans, while s does, so one multiplication by s is exact and
the second rounds, overflows or underflows as it should.  18 vector instructions on RISC-V.
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.elementary import coefficients as table
from smtir.rewrite.elementary.lanes import F64, Lanes

SATURATION_TANH = 10.0
"""tanh rounds to 1 in f32 from 9.02 on."""
SMALL_TANH = 0.625


def exp(on: Lanes, x: ir.Value) -> ir.Value:
    """e^x; 0 for -inf, +inf from the first x that overflows, NaN for NaN."""
    double = on.format == F64
    return exp_from(
        on, on.select(on.compare("olt", x, -746.0 if double else -104.0), -746.0 if double else -104.0, x)
    )


def exp_from(on: Lanes, x: ir.Value) -> ir.Value:
    """e^x for x that is not below the range in which the result is 0."""
    double = on.format == F64
    ln2_high, ln2_low = table.LN2_F64 if double else table.LN2_F32
    log2_e = (table.LOG2_E_F64 if double else table.LOG2_E_F32)[0]
    rounded = _rounded(on, x, log2_e / 2)
    half = on.sub(rounded, on.format.rounder)
    r = on.fma(half, -2 * ln2_high, x)
    r = on.fma(half, -2 * ln2_low, r)
    series = (1.0, 1.0, *(table.EXP_F64 if double else table.EXP_F32))
    scale = power_of_two(on, rounded)
    return on.mul(on.mul(on.polynomial(r, series), scale), scale)


def exp2(on: Lanes, x: ir.Value) -> ir.Value:
    """2^x; exact for integers."""
    double = on.format == F64
    lowest = -1076.0 if double else -151.0
    x = on.select(on.compare("olt", x, lowest), lowest, x)
    rounded = _rounded(on, x, 0.5)
    r = on.fma(on.sub(rounded, on.format.rounder), -2.0, x)
    series = (1.0, *(table.EXP2_F64 if double else table.EXP2_F32))
    scale = power_of_two(on, rounded)
    return on.mul(on.mul(on.polynomial(r, series), scale), scale)


def _rounded(on: Lanes, x: ir.Value, factor: float) -> ir.Value:
    """x * factor + rounder, at most what gives an infinite result.

    Only the integer is limited, not x: a NaN stays one in the polynomial, and past the limit the
    polynomial, all of whose coefficients are positive, is at least 1.
    """
    limit = on.format.rounder + (on.format.bias + 1) // 2 + 1
    return on.lesser(on.fma(x, factor, on.format.rounder), limit)


def power_of_two(on: Lanes, rounded: ir.Value) -> ir.Value:
    """2^n, where ``rounded`` is n + rounder."""
    bits = on.format.mantissa_bits
    return on.from_bits(on.add_int(on.shift_left(on.bits(rounded), bits), on.format.bias << bits))


def expm1(on: Lanes, x: ir.Value) -> ir.Value:
    """e^x - 1, accurate near 0; f32 only."""
    # Below -25 the result is -1.  A half of the result is formed, since 2^128 is no number.
    x_low = on.select(on.compare("olt", x, -25.0), -25.0, x)
    rounder = on.format.rounder
    rounded = on.lesser(on.fma(x_low, table.LOG2_E_F32[0], rounder), rounder + on.format.bias + 1)
    n = on.sub(rounded, rounder)
    r = on.fma(n, -table.LN2_F32[0], x_low)
    r = on.fma(n, -table.LN2_F32[1], r)
    tail = on.mul(on.mul(r, r), on.polynomial(r, table.EXPM1_F32))
    half_scale = power_of_two(on, on.sub(rounded, 1.0))
    half = on.fma(half_scale, on.add(r, tail), on.sub(half_scale, 0.5))
    return on.with_sign_of(on.add(half, half), x)


def tanh(on: Lanes, x: ir.Value) -> ir.Value:
    """Hyperbolic tangent; f32 only.  x + x^3 p(x^2) up to 5/8, above it 1 - 2 / (e^(2 |x|) + 1)."""
    magnitude = on.absolute(x)
    square = on.mul(x, x)
    near = on.fma(on.mul(square, magnitude), on.polynomial(square, table.TANH_F32), magnitude)
    limited = on.lesser(magnitude, SATURATION_TANH)
    far = on.sub(1.0, on.div(2.0, on.add(exp_from(on, on.add(limited, limited)), 1.0)))
    return on.with_sign_of(on.select(on.compare("ult", magnitude, SMALL_TANH), near, far), x)
