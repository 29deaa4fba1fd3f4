"""Gamma, error and modified Bessel functions of ``libdevice``.

f32 and narrower floats are computed in f64 and rounded once; f64 has methods of its own (``special_f64``).
"""

from __future__ import annotations

import math

import triton
import triton.language as tl

from smtir.language.library import special_f64
from smtir.language.library.floats import sinpi
from smtir.language.library.numbers import bits_of, float_of, polynomial
from smtir.rewrite.elementary.coefficients import ERFCX_THROUGH_F64

# mypy: disable-error-code="no-untyped-def"

_ERFCX = tl.constexpr(tuple(reversed(ERFCX_THROUGH_F64)))
# Stirling's series: B(2k) / (2k (2k - 1)).
_STIRLING = tl.constexpr(
    (-3617 / 122400, 1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
)


def _inverse_error_series(count: int) -> tuple[float, ...]:
    """Maclaurin's coefficients of erfinv of odd order, highest first."""
    c = [1.0]
    for k in range(1, count):
        c.append(sum(c[m] * c[k - 1 - m] / ((m + 1) * (2 * m + 1)) for m in range(k)))
    half = math.sqrt(math.pi) / 2
    return tuple(c[k] / (2 * k + 1) * half ** (2 * k + 1) for k in reversed(range(count)))


def _bessel_series(order: int, count: int) -> tuple[float, ...]:
    """Of the powers of x*x/4 in I(order) over (x/2)**order, highest first."""
    return tuple(1 / (math.factorial(k) * math.factorial(k + order)) for k in reversed(range(count)))


def _bessel_asymptotic(order: int, count: int) -> tuple[float, ...]:
    """Of the powers of 1/x in I(order) * sqrt(2 pi x) * exp(-x) for large x, highest first."""
    terms = [1.0]
    for k in range(1, count):
        terms.append(-terms[-1] * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k))
    return tuple(reversed(terms))


_ERFINV = tl.constexpr(_inverse_error_series(12))
_I0 = tl.constexpr(_bessel_series(0, 30))
_I1 = tl.constexpr(_bessel_series(1, 30))
_I0_FAR = tl.constexpr(_bessel_asymptotic(0, 13))
_I1_FAR = tl.constexpr(_bessel_asymptotic(1, 13))


@triton.jit
def _opened(x):
    """``x`` in f64, its sign dropped, and whether it had one."""
    value = x.to(tl.float64)
    return tl.abs(value), bits_of(value) < 0


@triton.jit
def _log_gamma(x):
    """Of numbers from 0 on: Stirling's series, of numbers below 8 by way of those above."""
    small = x < 8
    product = tl.where(small, x, 1.0)
    for step in tl.static_range(1, 8):
        product *= tl.where(small, x + step, 1.0)
    far = tl.where(small, x + 8, x)
    over = 1.0 / far
    series = over * polynomial(over * over, _STIRLING)
    found = (far - 0.5) * (tl.log(far) - 1.0) + (0.41893853320467274 + series)
    return found - tl.where(small, tl.log(product), 0.0)


@triton.jit
def lgamma(x: tl.tensor) -> tl.tensor:
    """The logarithm of gamma's magnitude; infinite at 0, -1, -2, ... and at the infinities."""
    x = float_of(x)
    magnitude, negative = _opened(x)
    usual = tl.where((magnitude > 0) & (magnitude < float("inf")), magnitude, 1.0)
    wave = tl.abs(sinpi(usual))
    inside = tl.where(wave == 0, 1.0, wave)
    if x.dtype == tl.float64:
        found = special_f64.log_gamma(usual)
        reflected = 1.1447298858494002 - tl.log(inside) - (tl.log(usual) + found)
        reflected = tl.where(usual < 1e-18, found, reflected)
    else:
        found = _log_gamma(usual)
        reflected = 1.1447298858494002 - tl.log(inside * usual) - found
    reflected = tl.where(wave == 0, float("inf"), reflected)
    found = tl.where(negative, reflected, found)
    found = tl.where((magnitude == 0) | (magnitude == float("inf")), float("inf"), found)
    return tl.where(magnitude != magnitude, magnitude, found).to(x.dtype)


@triton.jit
def _gamma(magnitude, negative):
    """Of a finite x that is not 0, by way of the logarithm: exact enough for f32."""
    found = tl.exp(_log_gamma(magnitude))
    wave = sinpi(magnitude)
    reflected = -3.141592653589793 / (tl.where(wave == 0, 1.0, wave) * magnitude * found)
    return tl.where(negative, reflected, found)


@triton.jit
def tgamma(x: tl.tensor) -> tl.tensor:
    """Gamma; NaN at -1, -2, ... and at -inf, infinite at 0."""
    x = float_of(x)
    magnitude, negative = _opened(x)
    usual = tl.where((magnitude > 0) & (magnitude < 400), magnitude, 1.0)
    found = special_f64.tgamma(usual, negative) if x.dtype == tl.float64 else _gamma(usual, negative)
    whole = tl.floor(magnitude) == magnitude
    found = tl.where(negative & whole, float("nan"), found)
    odd = 2.0 * tl.floor(magnitude * 0.5) != tl.floor(magnitude)
    zero = tl.where(odd, 1e-300, 1e-300 * -1.0).to(tl.float64) * 1e-300  # with its sign
    far = tl.where(negative, tl.where(whole, float("nan"), zero), float("inf"))
    found = tl.where(magnitude >= 400, far, found)
    pole = tl.where(negative, float("-inf"), float("inf"))
    found = tl.where(magnitude == 0, pole, found)
    return tl.where(magnitude != magnitude, magnitude, found).to(x.dtype)


@triton.jit
def _scaled_complement(x, exact: tl.constexpr):
    """erfc(x) * exp(x * x) of numbers from 0 on: by a fit, for f32 beyond 10 by the asymptotic series."""
    if exact:
        return special_f64.scaled_complement(x)
    else:  # noqa: RET505  (Triton follows one branch only with an else)
        near = polynomial(2.0 / (tl.minimum(x, 10.0) + 2.0), _ERFCX)
        over = 1.0 / tl.maximum(x, 10.0)
        square = over * over
        far = (
            over
            * 0.5641895835477563
            * (1.0 - square * (0.5 - square * (0.75 - square * (1.875 - square * 6.5625))))
        )
        return tl.where(x < 10, near, far)


@triton.jit
def _complement(magnitude, negative):
    scaled = _scaled_complement(magnitude, False) * tl.exp(-(magnitude * magnitude))
    scaled = tl.where(magnitude < 30, scaled, 0.0)
    return tl.where(negative, 2.0 - scaled, scaled)


@triton.jit
def erfcx(x: tl.tensor) -> tl.tensor:
    """``erfc(x) * exp(x * x)``."""
    x = float_of(x)
    magnitude, negative = _opened(x)
    if x.dtype == tl.float64:
        found = special_f64.erfcx(magnitude, negative)
    else:
        found = _scaled_complement(magnitude, False)
        bounded = tl.minimum(magnitude, 20.0)
        found = tl.where(negative, 2.0 * tl.exp(bounded * bounded) - found, found)
    return tl.where(magnitude != magnitude, magnitude, found).to(x.dtype)


@triton.jit
def normcdf(x: tl.tensor) -> tl.tensor:
    """The normal distribution's probability of less than ``x``."""
    x = float_of(x)
    magnitude, negative = _opened(x)
    if x.dtype == tl.float64:
        found = special_f64.normcdf(magnitude, negative)
    else:
        found = 0.5 * _complement(magnitude * 0.7071067811865476, negative == 0)
    return tl.where(magnitude != magnitude, magnitude, found).to(x.dtype)


@triton.jit
def _inverse_error(x, complement, exact: tl.constexpr):
    """erfinv of ``x`` from 0 to 1, with 1 - x: a series, else Newton's steps on the logarithm of erfc."""
    near = x * polynomial(x * x, _ERFINV)
    inside = (complement > 0) & (complement <= 1)
    c = tl.where(inside, complement, 0.5)
    logarithm = tl.log(c)
    both = logarithm + tl.log(2.0 - c)
    centre = 4.330746750799873 + 0.5 * both  # Winitzki's approximation
    y = tl.sqrt(tl.maximum(tl.sqrt(centre * centre - both * 6.802721088435374) - centre, 1e-6))
    for _ in tl.static_range(4):
        scaled = _scaled_complement(y, exact)
        y += (tl.log(scaled) - y * y - logarithm) * scaled * 0.886226925452758
    found = tl.where(x < 0.25, near, y)
    if exact:
        found = special_f64.improved(found, x, complement)
    found = tl.where(complement == 0, float("inf"), found)
    return tl.where((complement >= 0) & (x >= 0), found, float("nan"))


@triton.jit
def erfinv(x: tl.tensor) -> tl.tensor:
    """The inverse of erf: infinite at -1 and 1, NaN beyond."""
    x = float_of(x)
    magnitude, negative = _opened(x)
    found = _inverse_error(magnitude, 1.0 - magnitude, x.dtype == tl.float64)
    return tl.where(negative, found * -1.0, found).to(x.dtype)


@triton.jit
def _inverse_complement(value, exact: tl.constexpr):
    upper = value > 1
    complement = tl.where(upper, 2.0 - value, value)
    found = _inverse_error(1.0 - complement, complement, exact)
    return tl.where(upper, found * -1.0, found)


@triton.jit
def erfcinv(x: tl.tensor) -> tl.tensor:
    """The inverse of erfc: infinite at 0 and 2, NaN beyond."""
    x = float_of(x)
    return _inverse_complement(x.to(tl.float64), x.dtype == tl.float64).to(x.dtype)


@triton.jit
def normcdfinv(x: tl.tensor) -> tl.tensor:
    """The inverse of normcdf: infinite at 0 and 1, NaN beyond."""
    x = float_of(x)
    found = _inverse_complement(2.0 * x.to(tl.float64), x.dtype == tl.float64)
    found = tl.where(
        tl.abs(found) < float("inf"), found * 1.4142135623730951 - found * 9.667293313452913e-17, found
    )
    return tl.where(x == 0.5, 0.0, found * -1.0).to(x.dtype)


@triton.jit
def _far_factor(magnitude):
    """exp(x) / sqrt(2 pi x): infinite for f32 from 100 on."""
    bounded = tl.minimum(magnitude, 200.0)
    return tl.exp(bounded) * 0.3989422804014327 / tl.sqrt(bounded)


@triton.jit
def cyl_bessel_i0(x: tl.tensor) -> tl.tensor:
    """The modified Bessel function of the first kind and order 0."""
    x = float_of(x)
    magnitude, _ = _opened(x)
    if x.dtype == tl.float64:
        found = special_f64.bessel_i0(magnitude, _I0)
    else:
        small = tl.minimum(magnitude, 12.0)
        large = tl.minimum(tl.maximum(magnitude, 12.0), 200.0)
        far = _far_factor(large) * polynomial(1.0 / large, _I0_FAR)
        found = tl.where(magnitude < 12, polynomial(small * small * 0.25, _I0), far)
    return tl.where(magnitude != magnitude, magnitude, found).to(x.dtype)


@triton.jit
def cyl_bessel_i1(x: tl.tensor) -> tl.tensor:
    """The modified Bessel function of the first kind and order 1."""
    x = float_of(x)
    magnitude, negative = _opened(x)
    if x.dtype == tl.float64:
        found = special_f64.bessel_i1(magnitude, _I1)
    else:
        small = tl.minimum(magnitude, 12.0)
        large = tl.minimum(tl.maximum(magnitude, 12.0), 200.0)
        far = _far_factor(large) * polynomial(1.0 / large, _I1_FAR)
        found = tl.where(magnitude < 12, 0.5 * small * polynomial(small * small * 0.25, _I1), far)
    found = tl.where(negative, found * -1.0, found)
    return tl.where(magnitude != magnitude, magnitude, found).to(x.dtype)
