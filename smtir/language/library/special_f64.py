"""Gamma, error and modified Bessel functions of f64.

Errors in units in the last place, measured against mpmath: erfcx, normcdf and the inverses 2.1, lgamma 3 (of
negative numbers, where it is small, 2**-49), tgamma 6, the Bessel functions 6.
"""

from __future__ import annotations

import triton
import triton.language as tl

from smtir.language.library import coefficients as table
from smtir.language.library.externs import erf, erfc, pow  # noqa: A004  (the C function's name)
from smtir.language.library.floats import sinpi
from smtir.language.library.numbers import polynomial
from smtir.rewrite.elementary.coefficients import ERFCX_F64

# mypy: disable-error-code="no-untyped-def"

_ERFCX = tl.constexpr(tuple(reversed(ERFCX_F64)))
_GAMMA = tl.constexpr(tuple(reversed(table.GAMMA)))
_LOG_GAMMA_OF_ONE = tl.constexpr(tuple(reversed(table.LOG_GAMMA_OF_ONE)))
_LOG_GAMMA_OF_TWO = tl.constexpr(tuple(reversed(table.LOG_GAMMA_OF_TWO)))
_I0_FAR = tl.constexpr(tuple(reversed(table.I0_FAR)))
_I1_FAR = tl.constexpr(tuple(reversed(table.I1_FAR)))


@triton.jit
def scaled_complement(x):
    """erfc(x) * exp(x * x) of numbers from 0 on."""
    bounded = tl.minimum(x, 1e17)
    w = (bounded - 2.0) / (bounded + 2.0)
    return (0.75 + polynomial(w, _ERFCX)) / (x + 1.0)


@triton.jit
def erfcx(magnitude, negative):
    """``erfc(x) * exp(x * x)`` by the magnitude and sign of x."""
    found = scaled_complement(magnitude)
    bounded = tl.minimum(magnitude, 27.0)
    square = bounded * bounded
    lost = tl.fma(bounded, bounded, -square)
    twice = 2.0 * tl.exp(square)
    far = tl.where(twice < float("inf"), (twice - found) + twice * lost, twice)
    return tl.where(negative, far, found)


@triton.jit
def normcdf(magnitude, negative):
    """The normal distribution's probability of less than x, by the magnitude and sign of x."""
    bounded = tl.minimum(magnitude, 60.0)
    root: tl.constexpr = 0.7071067811865476
    z = bounded * root
    lost = tl.fma(bounded, tl.full((), root, tl.float64) + tl.zeros_like(z), -z)
    lost += bounded * -4.833646656726457e-17
    # d erfc(z) / erfc(z) = -2 / (sqrt(pi) erfcx(z)) dz
    tail = erfc(z)
    tail -= tail * (lost * 1.1283791670955126 / scaled_complement(z))
    return tl.where(negative, 0.5 * tail, 1.0 - 0.5 * tail)


@triton.jit
def improved(y, x, complement):
    """A better ``y`` with erf(y) = ``x`` = 1 - ``complement``: Newton's step on the smaller of the two."""
    usual = (y > 0) & (y < 5)
    z = tl.where(usual, y, 1.0)
    rest = tl.where(x < 0.5, erf(z) - x, complement - erfc(z))
    return tl.where(usual, y - rest * (0.886226925452758 * tl.exp(z * z)), y)


@triton.jit
def _stirling(x):
    """log(gamma(x)) - ((x - 0.5) * log(x) - x + log(2 * pi) / 2) for x from 8 on."""
    over = 1.0 / x
    square = over * over
    series = -3617 / 122400 * square + 1 / 156
    series = series * square - 691 / 360360
    series = series * square + 1 / 1188
    series = series * square - 1 / 1680
    series = series * square + 1 / 1260
    series = series * square - 1 / 360
    return over * (series * square + 1 / 12)


@triton.jit
def _product_below(x, lowest: tl.constexpr):
    """(x - 1) (x - 2) ... as long as the factor is at least ``lowest``, and x less as many; x below 8."""
    product = tl.zeros_like(x) + 1.0
    rest = x
    for _ in tl.static_range(7):
        more = rest - 1.0 >= lowest
        rest = tl.where(more, rest - 1.0, rest)
        product = tl.where(more, product * rest, product)
    return product, rest


@triton.jit
def tgamma(magnitude, negative):
    """Gamma by the magnitude and sign of a finite x that is not 0."""
    # Up to 8: gamma(1 + r) times or over what is between.
    small = tl.minimum(magnitude, 7.999)
    product, rest = _product_below(small, 1.0)
    below = rest < 1.0
    r = tl.where(below, rest, rest - 1.0)
    of_one_more = polynomial(r - 0.5, _GAMMA)
    near = tl.where(below, of_one_more / small, of_one_more * product)
    # Above: Stirling's series; the power in two halves, neither of which overflows.
    large = tl.minimum(tl.maximum(magnitude, 8.0), 200.0)
    half = pow(large, 0.5 * large - 0.25)
    first = half * tl.exp(-large)
    second = half * (2.5066282746310002 + 2.5066282746310002 * (tl.exp(_stirling(large)) - 1.0))
    is_near = magnitude < 8
    first = tl.where(is_near, near, first)
    second = tl.where(is_near, 1.0, second)
    wave = sinpi(magnitude)
    times = tl.where(magnitude < 1, of_one_more, magnitude * first)
    reflected = -3.141592653589793 / tl.where(wave == 0, 1.0, wave) / times / second
    return tl.where(negative, reflected, first * second)


@triton.jit
def log_gamma(x):
    """The logarithm of gamma of x > 0."""
    small = tl.minimum(x, 7.999)
    product, rest = _product_below(small, 1.5)
    low = rest < 0.5
    of_one = rest < 1.5
    u = tl.where(low, rest, tl.where(of_one, rest - 1.0, rest - 2.0))
    near = u * polynomial(u, _LOG_GAMMA_OF_ONE)
    second = u * polynomial(u, _LOG_GAMMA_OF_TWO)
    logarithm = tl.log(tl.where(low, small, product))
    near = tl.where(of_one, near, second) + tl.where(low, -logarithm, logarithm)
    large = tl.maximum(x, 8.0)
    far = (large - 0.5) * (tl.log(large) - 1.0) + (0.41893853320467274 + _stirling(large))
    return tl.where(x < 8, near, far)


@triton.jit
def _far_power(x):
    """exp(x) / sqrt(x) for x from 12 to 720, in two factors: the first may be infinite before the product."""
    late = x > 700
    power = tl.exp(tl.where(late, x - 16.0, x)) / tl.sqrt(x)
    return power, tl.where(late, 8886110.520507872 + tl.zeros_like(x), 1.0)


@triton.jit
def bessel_i0(magnitude, series: tl.constexpr):
    """I0 of numbers from 0 on; ``series``: of the powers of x * x / 4."""
    small = tl.minimum(magnitude, 12.0)
    large = tl.minimum(tl.maximum(magnitude, 12.0), 720.0)
    power, factor = _far_power(large)
    far = power * polynomial(24.0 / large - 1.0, _I0_FAR) * factor
    return tl.where(magnitude < 12, polynomial(small * small * 0.25, series), far)


@triton.jit
def bessel_i1(magnitude, series: tl.constexpr):
    """I1 of numbers from 0 on; ``series``: of the powers of x * x / 4, over x / 2."""
    small = tl.minimum(magnitude, 12.0)
    large = tl.minimum(tl.maximum(magnitude, 12.0), 720.0)
    power, factor = _far_power(large)
    far = power * polynomial(24.0 / large - 1.0, _I1_FAR) * factor
    return tl.where(magnitude < 12, 0.5 * small * polynomial(small * small * 0.25, series), far)
