"""Functions of ``libdevice`` on floats: their parts, remainders, roots of sums of squares, powers of ten.

Functions of f32 are computed in f64, where nothing overflows, and rounded once; narrower floats as f32.
"""

from __future__ import annotations

import triton
import triton.language as tl

from smtir.language.library.numbers import (
    bits_of,
    exponent_of,
    float_of,
    neighbour,
    polynomial,
    same,
    scaled,
    wide,
)

# mypy: disable-error-code="no-untyped-def"

# Taylor's series in powers of the square: below 2**-60 of the value for angles up to pi/4.
_SINE = tl.constexpr(
    (
        1 / 355687428096000,
        -1 / 1307674368000,
        1 / 6227020800,
        -1 / 39916800,
        1 / 362880,
        -1 / 5040,
        1 / 120,
        -1 / 6,
    )
)
_COSINE = tl.constexpr(
    (1 / 20922789888000, -1 / 87178291200, 1 / 479001600, -1 / 3628800, 1 / 40320, -1 / 720, 1 / 24, -0.5)
)


@triton.jit
def signbit(x: tl.tensor) -> tl.tensor:
    """1 where the sign bit is set, else 0 (i32)."""
    return (bits_of(float_of(x)) < 0).to(tl.int32)


@triton.jit
def nextafter(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """The number after ``x`` on the way to ``y``, in ``x``'s type."""
    x = float_of(x)
    y = float_of(y).to(x.dtype)
    moved = tl.where(x == y, y, neighbour(x, y > x))
    return tl.where((x != x) | (y != y), x + y, moved)


@triton.jit
def ldexp(x: tl.tensor, n: tl.tensor) -> tl.tensor:
    """``x * 2**n``, rounded once."""
    x = float_of(x)
    return scaled(x.to(tl.float64), tl.to_tensor(n).to(tl.int32)).to(x.dtype)


scalbn = ldexp


@triton.jit
def ilogb(x: tl.tensor) -> tl.tensor:
    """The exponent (i32): the smallest i32 for 0 and NaN, the largest for infinities."""
    value = wide(x).to(tl.float64)
    exponent = exponent_of(value)
    exponent = tl.where(tl.abs(value) == float("inf"), 2147483647, exponent)
    return tl.where((value == 0) | (value != value), -2147483648, exponent)


@triton.jit
def logb(x: tl.tensor) -> tl.tensor:
    """The exponent in ``x``'s type: -inf for 0, inf for infinities."""
    x = float_of(x)
    value = x.to(tl.float64)
    exponent = exponent_of(value).to(tl.float64)
    exponent = tl.where(tl.abs(value) < float("inf"), exponent, value * value)
    return tl.where(value == 0, float("-inf"), exponent).to(x.dtype)


@triton.jit
def fdim(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """``x - y`` where that is positive, else 0."""
    x, y = float_of(x), float_of(y)
    return tl.where(x <= y, 0.0, x - y)


@triton.jit
def saturatef(x: tl.tensor) -> tl.tensor:
    """``x`` within 0 and 1; 0 for NaN."""
    x = float_of(x)
    return tl.where(x > 0, tl.where(x < 1, x, 1.0), 0.0).to(x.dtype)


@triton.jit
def remainder(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """``x - n * y`` for the integer n nearest to ``x / y``, the even one of two; exact."""
    x = float_of(x)
    dividend, divisor = x.to(tl.float64), tl.abs(wide(y).to(tl.float64))
    rest = tl.abs(dividend)
    doubled = tl.where(divisor > 8e307, divisor, divisor + divisor)
    rest = tl.where(divisor > 8e307, rest, rest % doubled)
    # Twice a number below 2**-1021 is exact, half of one may not be.
    tiny = divisor < 1e-300
    more = tl.where(tiny, rest + rest > divisor, rest > 0.5 * divisor)
    rest = tl.where(more, rest - divisor, rest)
    more = tl.where(tiny, rest + rest >= divisor, rest >= 0.5 * divisor) & more
    rest = tl.where(more, rest - divisor, rest)
    rest = tl.where(bits_of(dividend) < 0, rest * -1.0, rest)
    return tl.where(tl.abs(dividend) == float("inf"), float("nan"), rest).to(x.dtype)


@triton.jit
def _norm(x, y, z, t):
    """The root of the sum of squares over 2**n, and n: nothing overflows."""
    x, y, z, t = tl.abs(x), tl.abs(y), tl.abs(z), tl.abs(t)
    largest = tl.maximum(tl.maximum(x, y), tl.maximum(z, t))
    usual = (largest > 0) & (largest < float("inf"))
    n = tl.where(usual, exponent_of(tl.where(usual, largest, 1.0)), 0)
    x, y, z, t = scaled(x, -n), scaled(y, -n), scaled(z, -n), scaled(t, -n)
    root = tl.sqrt(x * x + y * y + z * z + t * t)
    infinite = tl.maximum(tl.maximum(x, y), tl.maximum(z, t)) == float("inf")
    return tl.where(infinite, float("inf"), root), n


@triton.jit
def norm4d(x: tl.tensor, y: tl.tensor, z: tl.tensor, t: tl.tensor) -> tl.tensor:
    """The root of the sum of four squares; infinite if one is, even with a NaN."""
    x = float_of(x)
    root, n = _norm(x.to(tl.float64), y.to(tl.float64), z.to(tl.float64), t.to(tl.float64))
    return scaled(root, n).to(x.dtype)


@triton.jit
def rnorm4d(x: tl.tensor, y: tl.tensor, z: tl.tensor, t: tl.tensor) -> tl.tensor:
    """One over ``norm4d``."""
    x = float_of(x)
    root, n = _norm(x.to(tl.float64), y.to(tl.float64), z.to(tl.float64), t.to(tl.float64))
    return scaled(1.0 / root, -n).to(x.dtype)


@triton.jit
def norm3d(x: tl.tensor, y: tl.tensor, z: tl.tensor) -> tl.tensor:
    """The root of the sum of three squares."""
    return norm4d(x, y, z, tl.zeros_like(float_of(x)))


@triton.jit
def rnorm3d(x: tl.tensor, y: tl.tensor, z: tl.tensor) -> tl.tensor:
    """One over ``norm3d``."""
    return rnorm4d(x, y, z, tl.zeros_like(float_of(x)))


@triton.jit
def hypot(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """The root of the sum of two squares; infinite if one is, even with a NaN."""
    zero = tl.zeros_like(float_of(x))
    return norm4d(x, float_of(y), zero, zero)


@triton.jit
def rhypot(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """One over ``hypot``."""
    zero = tl.zeros_like(float_of(x))
    return rnorm4d(x, float_of(y), zero, zero)


@triton.jit
def exp10(x: tl.tensor) -> tl.tensor:
    """``10**x``."""
    x = float_of(x)
    value = x.to(tl.float64)
    # log2(10) in two parts: what the product's rounding loses is put back as a factor.
    exponent = value * 3.321928094887362
    lost = tl.fma(value, tl.full((), 3.321928094887362, tl.float64) + tl.zeros_like(value), -exponent)
    lost += value * 1.661617516973592e-16
    power = tl.exp2(exponent)
    corrected = power + power * (lost * 0.6931471805599453)
    return tl.where((tl.abs(exponent) < 1100) & (power < float("inf")), corrected, power).to(x.dtype)


@triton.jit
def rcbrt(x: tl.tensor) -> tl.tensor:
    """One over the cube root."""
    x = float_of(x)
    value = x.to(tl.float64)
    usual = (value != 0) & (tl.abs(value) < float("inf"))
    magnitude = tl.where(usual, tl.abs(value), 1.0)
    root = tl.exp2(tl.log2(magnitude) * -0.3333333333333333)
    for _ in tl.static_range(2):
        root += root * (1.0 - magnitude * root * root * root) * 0.3333333333333333
    root = tl.where(bits_of(value) < 0, -root, root)
    return tl.where(usual, root, 1.0 / value).to(x.dtype)


@triton.jit
def _turned(x):
    """Sine and cosine of pi times what is beyond the nearest half, and the number of halves (0 to 3)."""
    x = tl.where(tl.abs(x) < 9007199254740992.0, x, 0.0)  # whole turns
    doubled = x + x
    quarters = tl.where(tl.abs(doubled) < 4503599627370496.0, tl.floor(doubled + 0.5), doubled)
    rest = x - 0.5 * quarters
    angle = rest * 3.141592653589793
    lost = tl.fma(rest, tl.full((), 3.141592653589793, tl.float64) + tl.zeros_like(rest), -angle)
    lost += rest * 1.2246467991473532e-16
    square = angle * angle
    sine = angle + (lost + angle * square * polynomial(square, _SINE))
    cosine = 1.0 + square * polynomial(square, _COSINE)
    place = quarters - 4.0 * tl.floor(quarters * 0.25)
    return sine, cosine, place


@triton.jit
def sinpi(x: tl.tensor) -> tl.tensor:
    """``sin(pi * x)``; a zero of ``x``'s sign for integers."""
    x = float_of(x)
    value = x.to(tl.float64)
    sine, cosine, place = _turned(tl.abs(value))
    found = tl.where((place == 1) | (place == 3), cosine, sine)
    found = tl.where(place >= 2, -found, found)
    found = tl.where(found == 0, 0.0, found)
    found = tl.where(bits_of(value) < 0, found * -1.0, found)
    return tl.where(tl.abs(value) < float("inf"), found, float("nan")).to(x.dtype)


@triton.jit
def cospi(x: tl.tensor) -> tl.tensor:
    """``cos(pi * x)``."""
    x = float_of(x)
    value = x.to(tl.float64)
    sine, cosine, place = _turned(tl.abs(value))
    found = tl.where((place == 1) | (place == 3), sine, cosine)
    found = tl.where((place == 1) | (place == 2), -found, found)
    found = tl.where(found == 0, 0.0, found)
    return tl.where(tl.abs(value) < float("inf"), found, float("nan")).to(x.dtype)


@triton.jit
def fast_dividef(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """``x / y``."""
    x, y = same(x, y)
    return x / y


@triton.jit
def rsqrt_rn(x: tl.tensor) -> tl.tensor:
    """``1 / sqrt(x)`` rounded to nearest."""
    x = float_of(x)
    return (1.0 / tl.sqrt(x.to(tl.float64))).to(x.dtype)
