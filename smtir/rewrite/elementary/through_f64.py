"""Functions on f32 that are computed in f64, which has the digits that their formulas lose.

Each takes f64 lanes and gives f64 lanes; the result is rounded to f32 once, so that it is within 0.51 units
in the last place wherever the f64 value is good to 2^-30.
"""

from __future__ import annotations

import math as pymath

from smtir.mlir import arith, ir, math
from smtir.rewrite.elementary import coefficients as table
from smtir.rewrite.elementary.exponential import exp
from smtir.rewrite.elementary.lanes import Lanes
from smtir.rewrite.elementary.logarithm import log

_SMALL = 2.0**-10
"""Below, two terms of the series are exact to 2^-40."""
_INF = pymath.inf


def _near_zero(on: Lanes, x: ir.Value, cubic: float, far: ir.Value) -> ir.Value:
    """x + cubic x^3 where x, which is not negative, is small, and ``far`` elsewhere."""
    near = on.fma(on.mul(on.mul(x, x), x), cubic, x)
    return on.select(on.compare("olt", x, _SMALL), near, far)


def sinh(on: Lanes, x: ir.Value) -> ir.Value:
    """Hyperbolic sine: (e^x - e^-x) / 2."""
    magnitude = on.absolute(x)
    power = exp(on, magnitude)
    far = on.mul(on.sub(power, on.div(1.0, power)), 0.5)
    return on.with_sign_of(_near_zero(on, magnitude, 1 / 6, far), x)


def cosh(on: Lanes, x: ir.Value) -> ir.Value:
    """Hyperbolic cosine: (e^x + e^-x) / 2."""
    power = exp(on, on.absolute(x))
    return on.mul(on.add(power, on.div(1.0, power)), 0.5)


def asinh(on: Lanes, x: ir.Value) -> ir.Value:
    """Inverse hyperbolic sine: log(x + sqrt(x^2 + 1))."""
    magnitude = on.absolute(x)
    far = log(on, on.add(magnitude, on.sqrt(on.fma(magnitude, magnitude, 1.0))))
    return on.with_sign_of(_near_zero(on, magnitude, -1 / 6, far), x)


def acosh(on: Lanes, x: ir.Value) -> ir.Value:
    """Inverse hyperbolic cosine: log(x + sqrt((x - 1) (x + 1))); NaN below 1."""
    value = log(on, on.add(x, on.sqrt(on.mul(on.sub(x, 1.0), on.add(x, 1.0)))))
    return on.select(on.compare("olt", x, 1.0), pymath.nan, value)


def atanh(on: Lanes, x: ir.Value) -> ir.Value:
    """Inverse hyperbolic tangent: log((1 + x) / (1 - x)) / 2; infinite at -1 and 1, NaN beyond."""
    magnitude = on.absolute(x)
    far = on.mul(log(on, on.div(on.add(1.0, magnitude), on.sub(1.0, magnitude))), 0.5)
    return on.with_sign_of(_near_zero(on, magnitude, 1 / 3, far), x)


def cbrt(on: Lanes, x: ir.Value) -> ir.Value:
    """Cube root: e^(log(x) / 3)."""
    return on.with_sign_of(exp(on, on.div(log(on, on.absolute(x)), 3.0)), x)


def pow(on: Lanes, x: ir.Value, y: ir.Value) -> ir.Value:  # noqa: A001  (the C function's name)
    """x^y, with the special cases of IEEE 754: e^(y log |x|), negative for an odd y of a negative x."""
    value = exp(on, on.mul(y, log(on, on.absolute(x))))
    return with_cases_of_power(on, x, y, value)


def with_cases_of_power(on: Lanes, x: ir.Value, y: ir.Value, value: ir.Value) -> ir.Value:
    """x^y, of |x|^y: 1 where that is exact, the sign of an odd power, NaN for roots of negative numbers."""
    magnitude = on.absolute(x)
    is_one = arith.ori(on.compare("oeq", y, 0.0), on.compare("oeq", x, 1.0))
    both = arith.andi(on.compare("oeq", magnitude, 1.0), on.compare("oeq", on.absolute(y), _INF))
    value = on.select(arith.ori(is_one, both), 1.0, value)
    whole = on.compare("oeq", math.floor(y), y)
    half = on.mul(y, 0.5)
    odd = arith.andi(whole, on.compare("one", math.floor(half), half))
    value = on.select(odd, on.with_sign_of(value, x), value)
    finite_below = arith.andi(on.compare("olt", x, 0.0), on.compare("ogt", x, -_INF))
    undefined = arith.andi(finite_below, on.compare("one", math.floor(y), y))
    return on.select(undefined, pymath.nan, value)


def atan(on: Lanes, x: ir.Value) -> ir.Value:
    """Arc tangent."""
    return on.with_sign_of(_angle(on, on.absolute(x), on.constant(1.0)), x)


def atan2(on: Lanes, y: ir.Value, x: ir.Value) -> ir.Value:
    """The angle of the point (x, y)."""
    angle = _angle(on, on.absolute(y), on.absolute(x))
    is_left = on.compare_int("slt", on.bits(x), 0)
    angle = on.select(is_left, on.sub(pymath.pi, angle), angle)
    return on.with_sign_of(angle, y)


def asin(on: Lanes, x: ir.Value) -> ir.Value:
    """Arc sine; NaN beyond -1 and 1."""
    return atan2(on, x, on.sqrt(on.mul(on.sub(1.0, x), on.add(1.0, x))))


def acos(on: Lanes, x: ir.Value) -> ir.Value:
    """Arc cosine; NaN beyond -1 and 1."""
    return atan2(on, on.sqrt(on.mul(on.sub(1.0, x), on.add(1.0, x))), x)


def _angle(on: Lanes, y: ir.Value, x: ir.Value) -> ir.Value:
    """atan(y / x) of numbers that are not negative; 0 for y = x = 0, pi/4 for both infinite.

    A quotient above 1 is turned over, and one above tan(pi/8) is turned by pi/4.
    """
    steep = on.compare("ogt", y, x)
    small, large = on.select(steep, x, y), on.select(steep, y, x)
    quotient = on.div(small, large)
    quotient = on.select(on.compare("oeq", large, 0.0), 0.0, quotient)
    quotient = on.select(on.compare("oeq", small, _INF), 1.0, quotient)
    wide = on.compare("ogt", quotient, pymath.tan(pymath.pi / 8))
    turned = on.div(on.sub(quotient, 1.0), on.add(quotient, 1.0))
    z = on.select(wide, turned, quotient)
    square = on.mul(z, z)
    angle = on.fma(on.mul(square, z), on.polynomial(square, table.ATAN_THROUGH_F64), z)
    angle = on.select(wide, on.add(angle, pymath.pi / 4), angle)
    angle = on.select(steep, on.sub(pymath.pi / 2, angle), angle)
    unordered = on.compare("uno", x, y)
    return on.select(unordered, pymath.nan, angle)


def erfc(on: Lanes, x: ir.Value) -> ir.Value:
    """Complementary error function: e^(-x^2) times a polynomial of 2 / (2 + x)."""
    magnitude = on.lesser(on.absolute(x), 10.1)  # erfc(10.1) is below half the smallest f32
    scaled = on.polynomial(on.div(2.0, on.add(magnitude, 2.0)), table.ERFCX_THROUGH_F64)
    value = on.mul(scaled, exp(on, on.mul(on.mul(magnitude, magnitude), -1.0)))
    value = on.select(on.compare("olt", x, 0.0), on.sub(2.0, value), value)
    return on.select(on.compare("uno", x, x), pymath.nan, value)
