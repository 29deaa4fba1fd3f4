"""What functions of ``libdevice`` share: widening, bit patterns, powers of two, exact sums."""

from __future__ import annotations

import triton
import triton.language as tl

# Functions of Triton read their own types: what they take and give is a tensor or a constant.
# mypy: disable-error-code="no-untyped-def"


@triton.jit
def wide(x):
    """``x`` as f32 or f64: integers and narrower floats become f32."""
    x = tl.to_tensor(x)
    if x.dtype == tl.float64:
        return x
    else:  # noqa: RET505  (Triton follows one branch only with an else)
        return x.to(tl.float32)


@triton.jit
def same(x, y):
    """``x`` and ``y`` as ``wide`` has them, both f64 if one is."""
    x, y = wide(x), wide(y)
    if x.dtype == tl.float64:
        return x, y.to(tl.float64)
    else:  # noqa: RET505  (as above)
        return x.to(y.dtype), y


@triton.jit
def float_of(x):
    """``x`` as a tensor of floats: integers become f32."""
    x = tl.to_tensor(x)
    if x.dtype.is_floating():
        return x
    else:  # noqa: RET505  (as above)
        return x.to(tl.float32)


@triton.jit
def bits_of(x):
    """The bit patterns of floats as signed integers."""
    if x.dtype.primitive_bitwidth == 64:
        return x.to(tl.int64, bitcast=True)
    elif x.dtype.primitive_bitwidth == 32:  # noqa: RET505  (as above)
        return x.to(tl.int32, bitcast=True)
    else:
        return x.to(tl.int16, bitcast=True)


@triton.jit
def neighbour(q, upward):
    """The next number above each ``q`` where ``upward``, else below."""
    bits = bits_of(q)
    away_from_zero = (q > 0) == upward
    moved = tl.where(away_from_zero, bits + 1, bits - 1)
    lowest: tl.constexpr = -(2 ** (q.dtype.primitive_bitwidth - 1) - 1)
    from_zero = tl.where(upward, 1, lowest).to(bits.dtype)
    return tl.where(q == 0, from_zero, moved).to(q.dtype, bitcast=True)


@triton.jit
def power_of_two(n):
    """2**n in f64 for n (i32 or i64) from -1022 to 1023."""
    return ((n.to(tl.int64) + 1023) << 52).to(tl.float64, bitcast=True)


@triton.jit
def scaled(x, n):
    """``x * 2**n`` of f64, rounded once: a result below the normal numbers is rounded in the last step."""
    n = tl.minimum(tl.maximum(n, -2200), 2200)
    for _ in tl.static_range(2):
        above, below = n > 1023, n < -1022
        x = tl.where(above, x * power_of_two(tl.where(above, 1023, 0)), x)
        x = tl.where(below, x * power_of_two(tl.where(below, -969, 0)), x)
        n = tl.where(above, n - 1023, tl.where(below, n + 969, n))
    return x * power_of_two(tl.minimum(tl.maximum(n, -1022), 1023))


@triton.jit
def exponent_of(x):
    """floor(log2(abs(x))) of f64, i32; of 0, infinities and NaN whatever."""
    tiny = tl.abs(x) < 2.2250738585072014e-308
    bits = bits_of(tl.where(tiny, x * 18014398509481984.0, x))
    exponent = ((bits >> 52) & 2047).to(tl.int32) - 1023
    return tl.where(tiny, exponent - 54, exponent)


@triton.jit
def polynomial(x, coefficients: tl.constexpr):
    """Horner's scheme in f64; highest order first."""
    total = tl.full((), coefficients[0], tl.float64)
    for i in tl.static_range(1, len(coefficients)):
        total = tl.fma(
            total + tl.zeros_like(x), x, tl.full((), coefficients[i], tl.float64) + tl.zeros_like(x)
        )
    return total


@triton.jit
def sum_and_error(x, y):
    """The rounded sum, and what it lacks, exact while nothing overflows."""
    total = x + y
    part = total - x
    return total, (x - (total - part)) + (y - part)
