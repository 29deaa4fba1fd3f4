"""atan2, atan, asin and acos of f64, by way of ``pairs``.

A quotient above 1 is turned over, one above tan(pi/8) is turned by pi/4; atan(z) = z + z^3 p(z^2) for the
rest.  Errors, measured: below 0.6 units in the last place.
"""

from __future__ import annotations

import math as pymath

from smtir.mlir import ir
from smtir.rewrite.elementary import coefficients as table
from smtir.rewrite.elementary import pairs
from smtir.rewrite.elementary.lanes import Lanes
from smtir.rewrite.elementary.pairs import Pair

_INF = pymath.inf
_PI = Pair(*table.PI_F64)


def _part_of_pi(power: float) -> Pair:
    assert isinstance(_PI.high, float)
    assert isinstance(_PI.low, float)
    return Pair(_PI.high * power, _PI.low * power)


def _angle(on: Lanes, y: Pair, x: Pair, to_the_left: ir.Value | None = None) -> ir.Value:
    """The angle of (x, y), neither negative; pi less it ``to_the_left``.  NaN, infinities: see atan2."""
    steep = on.compare("ogt", y.high, x.high)
    small, large = pairs.select(on, steep, x, y), pairs.select(on, steep, y, x)
    wide = on.compare("ogt", small.high, on.mul(large.high, pymath.tan(pymath.pi / 8)))
    above = pairs.select(on, wide, pairs.add(on, small, pairs.minus(on, large)), small)
    below = pairs.select(on, wide, pairs.add(on, small, large), large)
    z = pairs.divide(on, above, below)
    square = on.mul(z.high, z.high)
    rest = on.mul(on.mul(z.high, square), on.polynomial(square, table.ATAN_F64))
    rest = on.add(rest, on.fma(pairs.negated(on, z.low), square, z.low))
    angle = pairs.ordered_sum(on, z.high, rest)
    angle = pairs.select(on, wide, pairs.add(on, _part_of_pi(0.25), angle), angle)
    angle = pairs.select(on, steep, pairs.add(on, _part_of_pi(0.5), pairs.minus(on, angle)), angle)
    if to_the_left is not None:
        turned = pairs.add(on, _PI, pairs.minus(on, angle))
        angle = pairs.select(on, to_the_left, turned, angle)
    return pairs.total(on, angle)


def atan(on: Lanes, x: ir.Value) -> ir.Value:
    """Arc tangent."""
    magnitude = on.absolute(x)
    # From 2^60 on it is pi/2; below 2^-60 it is x, down to the smallest.
    bounded = on.select(on.compare("ogt", magnitude, 2.0**60), 2.0**60, magnitude)
    value = _angle(on, pairs.of(bounded), pairs.of(on.constant(1.0)))
    return on.with_sign_of(on.select(on.compare("olt", magnitude, 2.0**-60), magnitude, value), x)


def atan2(on: Lanes, y: ir.Value, x: ir.Value) -> ir.Value:
    """The angle of the point (x, y), with the special cases of the C library."""
    height, width = on.absolute(y), on.absolute(x)
    tall, broad = on.compare("oeq", height, _INF), on.compare("oeq", width, _INF)
    height = on.select(tall, 1.0, on.select(broad, 0.0, height))
    width = on.select(broad, 1.0, on.select(tall, 0.0, width))
    greater = on.select(on.compare("ogt", height, width), height, width)
    width = on.select(on.compare("oeq", greater, 0.0), 1.0, width)
    # What is lost in dividing must not be below the smallest number, nor the larger one infinite.
    factor = on.select(on.compare("ogt", greater, 2.0**500), 2.0**-300, 1.0)
    factor = on.select(on.compare("olt", greater, 2.0**200), 2.0**300, factor)
    left = on.compare_int("slt", on.bits(x), 0)
    angle = _angle(on, pairs.of(on.mul(height, factor)), pairs.of(on.mul(width, factor)), left)
    return on.select(on.compare("uno", x, y), pymath.nan, on.with_sign_of(angle, y))


def _other_leg(on: Lanes, x: ir.Value) -> Pair:
    """The root of 1 - x^2; NaN beyond -1 and 1."""
    square = pairs.exact_product(on, x, x)
    return pairs.root(on, pairs.add(on, pairs.of(1.0), pairs.minus(on, square)))


def asin(on: Lanes, x: ir.Value) -> ir.Value:
    """Arc sine; NaN beyond -1 and 1."""
    magnitude = on.absolute(x)
    value = _angle(on, pairs.of(magnitude), _other_leg(on, magnitude))
    value = on.select(on.compare("olt", magnitude, 2.0**-60), magnitude, value)
    value = on.select(on.compare("ogt", magnitude, 1.0), pymath.nan, value)
    return on.with_sign_of(value, x)


def acos(on: Lanes, x: ir.Value) -> ir.Value:
    """Arc cosine; NaN beyond -1 and 1."""
    magnitude = on.absolute(x)
    value = _angle(on, _other_leg(on, magnitude), pairs.of(magnitude), on.compare("olt", x, 0.0))
    return on.select(on.compare("ogt", magnitude, 1.0), pymath.nan, value)
