"""Functions of f64 by way of ``pairs``: powers, hyperbolic functions and their inverses, roots.

e^x is 2^n (1 + v), where v is known to 2^-59 of its value even for the smallest x; sinh, cosh, tanh and expm1
are made of v.  log(1 + u) is k log 2 + 2 atanh(s) with s = (m - 1) / (m + 1), where 1 + u = 2^k m and m is
between the roots of 1/2 and 2; it is known to 2^-66, which a power of up to 2^1024 needs.
Errors, measured on random and hostile numbers: below 0.6 units in the last place, below 1 where the result
is smaller than the normal numbers.
"""

from __future__ import annotations

import math as pymath

from smtir.mlir import arith, ir
from smtir.rewrite.elementary import coefficients as table
from smtir.rewrite.elementary import pairs
from smtir.rewrite.elementary.exponential import power_of_two
from smtir.rewrite.elementary.lanes import FloatOperand, Lanes
from smtir.rewrite.elementary.pairs import Pair
from smtir.rewrite.elementary.through_f64 import with_cases_of_power

_INF = pymath.inf
_LN2 = Pair(*table.LN2_F64)


def powers(on: Lanes, x: Pair) -> tuple[ir.Value, Pair]:
    """n + rounder, and v, of e^x = 2^n (1 + v); |x| is at most 2^11."""
    rounder = on.format.rounder
    rounded = on.fma(x.high, table.LOG2_E_F64[0], rounder)
    n = on.sub(rounded, rounder)
    first = on.fma(n, -_LN2.high, x.high)  # exact
    taken = pairs.exact_product(on, n, _LN2.low)
    r = pairs.exact_sum(on, first, pairs.negated(on, taken.high))
    r = pairs.ordered_sum(on, r.high, on.add(r.low, on.sub(x.low, taken.low)))
    square = pairs.exact_product(on, r.high, r.high)
    cubic = on.mul(on.mul(r.high, square.high), on.polynomial(on.constant(r.high), table.EXPM1_F64))
    rest = on.fma(r.high, r.low, on.mul(square.low, 0.5))
    head = pairs.ordered_sum(on, r.high, on.mul(square.high, 0.5))
    tail = on.add(on.add(head.low, on.add(r.low, rest)), cubic)
    return rounded, pairs.ordered_sum(on, head.high, tail)


def exp(on: Lanes, x: Pair) -> ir.Value:
    """e^x for |x| <= 2^11."""
    rounded, v = powers(on, x)
    head = pairs.ordered_sum(on, 1.0, v.high)
    return scaled(on, on.add(head.high, on.add(head.low, v.low)), rounded)


def scaled(on: Lanes, value: FloatOperand, rounded: ir.Value) -> ir.Value:
    """value 2^n, of n + rounder, where 2^n may be no number: in two steps, of which one rounds."""
    rounder = on.format.rounder
    half = on.fma(on.sub(rounded, rounder), 0.5, rounder)
    rest = on.add(on.sub(rounded, half), rounder)
    return on.mul(on.mul(value, power_of_two(on, half)), power_of_two(on, rest))


def _half_less_half(on: Lanes, x: ir.Value) -> Pair:
    """(e^x - 1) / 2 for |x| < 710.5."""
    rounded, v = powers(on, pairs.of(x))
    power = power_of_two(on, on.sub(rounded, 1.0))  # 2^1024 is no number
    rest = pairs.exact_sum(on, power, -0.5)
    head = pairs.exact_sum(on, on.mul(power, v.high), rest.high)
    return pairs.ordered_sum(on, head.high, on.fma(power, v.low, on.add(head.low, rest.low)))


def _between(on: Lanes, x: ir.Value, low: float, high: float) -> ir.Value:
    """``x`` held between two numbers; a NaN stays."""
    x = on.select(on.compare("olt", x, low), low, x)
    return on.select(on.compare("ogt", x, high), high, x)


def _tiny_itself(on: Lanes, x: ir.Value, value: ir.Value) -> ir.Value:
    """``x`` where its square is far below a unit of its last place."""
    return on.select(on.compare("olt", on.absolute(x), 2.0**-60), x, value)


def expm1(on: Lanes, x: ir.Value) -> ir.Value:
    """e^x - 1."""
    half = pairs.total(on, _half_less_half(on, _between(on, x, -50.0, 710.0)))
    value = _tiny_itself(on, x, on.add(half, half))
    return on.select(on.compare("ogt", x, 709.79), _INF, value)


def tanh(on: Lanes, x: ir.Value) -> ir.Value:
    """Hyperbolic tangent: t / (t + 1) of t = (e^2x - 1) / 2."""
    magnitude = _between(on, on.absolute(x), 0.0, 25.0)
    t = _half_less_half(on, on.add(magnitude, magnitude))
    quotient = pairs.divide(on, t, pairs.add(on, t, pairs.of(1.0)))
    return on.with_sign_of(_tiny_itself(on, magnitude, pairs.total(on, quotient)), x)


def _half_power(on: Lanes, magnitude: ir.Value) -> ir.Value:
    """e^x / 2 for x from 30 on; infinite from the first x for which it is."""
    rounded, v = powers(on, pairs.of(_between(on, magnitude, 0.0, 711.0)))
    head = pairs.ordered_sum(on, 1.0, v.high)
    value = on.add(head.high, on.add(head.low, v.low))
    return scaled(on, value, on.sub(rounded, 1.0))


def sinh(on: Lanes, x: ir.Value) -> ir.Value:
    """Hyperbolic sine: t + t / (2 t + 1) of t = (e^x - 1) / 2."""
    magnitude = on.absolute(x)
    t = _half_less_half(on, _between(on, magnitude, 0.0, 40.0))
    power = pairs.add(on, pairs.scale(on, t, 2.0), pairs.of(1.0))
    near = pairs.total(on, pairs.add(on, t, pairs.divide(on, t, power)))
    value = on.select(on.compare("ogt", magnitude, 40.0), _half_power(on, magnitude), near)
    return on.with_sign_of(_tiny_itself(on, magnitude, value), x)


def cosh(on: Lanes, x: ir.Value) -> ir.Value:
    """Hyperbolic cosine: p / 4 + 1 / p of p = 2 e^x."""
    magnitude = on.absolute(x)
    t = _half_less_half(on, _between(on, magnitude, 0.0, 40.0))
    half = pairs.add(on, t, pairs.of(0.5))
    near = pairs.total(on, pairs.add(on, half, pairs.divide(on, pairs.of(0.25), half)))
    return on.select(on.compare("ogt", magnitude, 40.0), _half_power(on, magnitude), near)


def _logarithm(on: Lanes, k: ir.Value, f: Pair) -> Pair:
    """k log 2 + log(1 + f) for 1 + f between the roots of 1/2 and 2."""
    s = pairs.divide(on, f, pairs.add(on, pairs.of(2.0), f))
    z = pairs.square(on, s)
    rest = on.mul(z.high, on.polynomial(on.constant(z.high), table.ATANH_F64))
    series = pairs.add(on, Pair(*table.ONE_FIFTH_F64), pairs.of(rest))
    series = pairs.add(on, Pair(*table.ONE_THIRD_F64), pairs.multiply(on, z, series))
    series = pairs.multiply(on, pairs.multiply(on, s, z), series)
    fraction = pairs.scale(on, pairs.add(on, s, series), 2.0)
    whole = pairs.exact_product(on, k, _LN2.high)
    whole = pairs.ordered_sum(on, whole.high, on.fma(k, _LN2.low, whole.low))
    return pairs.add(on, whole, fraction)


def _split(on: Lanes, x: ir.Value) -> tuple[ir.Value, ir.Value]:
    """k (an integer) and 2^-k, of a normal x: x 2^-k is between the roots of 1/2 and 2."""
    bits = on.format.mantissa_bits
    k = on.shift_right(on.sub_int(on.bits(x), on.format.bits_of(pymath.sqrt(0.5))), bits)
    return k, on.from_bits(on.sub_int(on.format.bias << bits, on.shift_left(k, bits)))


def log_of_one_more(on: Lanes, u: Pair, doublings: FloatOperand = 0.0) -> Pair:
    """log((1 + u) 2^doublings) for u > -1; what else ``u`` is has no meaning here."""
    lift = on.format.mantissa_bits + 2
    large = on.compare("ogt", u.high, pymath.ldexp(1.0, 1000))
    u = pairs.scale(on, u, on.select(large, pymath.ldexp(1.0, -lift), 1.0))
    k, inverse = _split(on, on.add(u.high, 1.0))
    f = pairs.exact_sum(on, on.mul(u.high, inverse), on.sub(inverse, 1.0))
    f = pairs.ordered_sum(on, f.high, on.fma(u.low, inverse, f.low))
    shift = on.add(doublings, on.select(large, float(lift), 0.0))
    return _logarithm(on, on.add(on.to_float(k), shift), f)


def _log_of(on: Lanes, x: ir.Value) -> Pair:
    """log x of a positive, finite x, subnormal or not."""
    lift = on.format.mantissa_bits + 2
    tiny = on.compare("olt", x, on.format.smallest_normal)
    large = on.compare("ogt", x, pymath.ldexp(1.0, 1000))
    shift = on.select(large, float(lift), on.select(tiny, float(-lift), 0.0))
    factor = on.select(large, pymath.ldexp(1.0, -lift), on.select(tiny, pymath.ldexp(1.0, lift), 1.0))
    x = on.mul(x, factor)
    k, inverse = _split(on, x)
    return _logarithm(on, on.add(on.to_float(k), shift), pairs.of(on.sub(on.mul(x, inverse), 1.0)))


def log1p(on: Lanes, x: ir.Value) -> ir.Value:
    """log(1 + x)."""
    value = pairs.total(on, log_of_one_more(on, pairs.of(x)))
    value = on.select(on.compare("oge", x, _INF), _INF, value)
    value = on.select(on.compare("oeq", x, -1.0), -_INF, value)
    value = on.select(on.compare("olt", x, -1.0), pymath.nan, value)
    return _tiny_itself(on, x, value)


def _of_large(on: Lanes, x: ir.Value, u: Pair) -> ir.Value:
    """log(1 + u), and log(2 x) where x is so large that its square says no more."""
    large = on.compare("ogt", x, 2.0**80)
    chosen = pairs.select(on, large, pairs.of(x), u)
    value = pairs.total(on, log_of_one_more(on, chosen, on.select(large, 1.0, 0.0)))
    return on.select(on.compare("oeq", x, _INF), _INF, value)


def asinh(on: Lanes, x: ir.Value) -> ir.Value:
    """Inverse hyperbolic sine: log(1 + u) of u = x + x^2 / (1 + sqrt(1 + x^2))."""
    magnitude = on.absolute(x)
    square = pairs.exact_product(on, magnitude, magnitude)
    root = pairs.root(on, pairs.add(on, pairs.of(1.0), square))
    more = pairs.divide(on, square, pairs.add(on, pairs.of(1.0), root))
    value = _of_large(on, magnitude, pairs.add(on, more, pairs.of(magnitude)))
    return on.with_sign_of(_tiny_itself(on, magnitude, value), x)


def acosh(on: Lanes, x: ir.Value) -> ir.Value:
    """Inverse hyperbolic cosine: log(1 + u) of u = t + sqrt(t (t + 2)), t = x - 1; NaN below 1."""
    t = pairs.exact_sum(on, x, -1.0)
    square = pairs.multiply(on, t, pairs.add(on, t, pairs.of(2.0)))
    value = _of_large(on, x, pairs.add(on, t, pairs.root(on, square)))
    return on.select(on.compare("olt", x, 1.0), pymath.nan, value)


def atanh(on: Lanes, x: ir.Value) -> ir.Value:
    """Inverse hyperbolic tangent: log(1 + u) / 2 of u = 2 x / (1 - x); infinite at -1 and 1, NaN beyond."""
    magnitude = on.absolute(x)
    rest = pairs.exact_sum(on, 1.0, pairs.negated(on, magnitude))
    u = pairs.divide(on, pairs.of(on.add(magnitude, magnitude)), rest)
    value = on.mul(pairs.total(on, log_of_one_more(on, u)), 0.5)
    value = on.select(on.compare("oeq", magnitude, 1.0), _INF, value)
    value = on.select(on.compare("ogt", magnitude, 1.0), pymath.nan, value)
    return on.with_sign_of(_tiny_itself(on, magnitude, value), x)


def pow(on: Lanes, x: ir.Value, y: ir.Value) -> ir.Value:  # noqa: A001  (the C function's name)
    """x^y, with the special cases of IEEE 754: e^(y log |x|), negative for an odd y of a negative x."""
    magnitude = on.absolute(x)
    # Larger exponents change nothing: log x is 0 or at least 2^-54.
    exponent = pairs.multiply(on, _log_of(on, magnitude), pairs.of(_between(on, y, -(2.0**70), 2.0**70)))
    above, below = on.compare("ogt", exponent.high, 1000.0), on.compare("olt", exponent.high, -1000.0)
    exponent = pairs.select(on, above, pairs.of(1000.0), exponent)
    value = exp(on, pairs.select(on, below, pairs.of(-1000.0), exponent))
    ends = arith.ori(on.compare("oeq", magnitude, 0.0), on.compare("oeq", magnitude, _INF))
    ends = arith.ori(ends, on.compare("oeq", on.absolute(y), _INF))
    ends = arith.andi(ends, on.compare("ord", x, y))
    grows = arith.xori(on.compare("ogt", magnitude, 1.0), on.compare("olt", y, 0.0))
    value = on.select(ends, on.select(grows, _INF, 0.0), value)
    return with_cases_of_power(on, x, y, value)


def _one_of(on: Lanes, first: ir.Value, a: float, second: ir.Value, b: float) -> ir.Value:
    """``a`` where the first condition holds, ``b`` where the second does, else 1."""
    return on.select(first, a, on.select(second, b, 1.0))


def cbrt(on: Lanes, x: ir.Value) -> ir.Value:
    """Cube root: two steps of Halley and one of Newton, whose rest is exact."""
    magnitude = on.absolute(x)
    lift = on.format.mantissa_bits + 2  # a multiple of 3
    tiny = on.compare("olt", magnitude, on.format.smallest_normal)
    large = on.compare("ogt", magnitude, pymath.ldexp(1.0, 1000))
    m = on.mul(magnitude, _one_of(on, tiny, 2.0**lift, large, 2.0**-lift))
    k, inverse = _split(on, m)
    m = on.mul(m, inverse)
    k_float = on.to_float(k)
    rounded = on.fma(k_float, 1 / 3, on.format.rounder)
    third = on.sub(rounded, on.format.rounder)
    left = on.fma(third, -3.0, k_float)  # -1, 0 or 1
    up, down = on.compare("ogt", left, 0.0), on.compare("olt", left, 0.0)
    y = on.polynomial(on.sub(m, 1.0), (1.0, 1 / 3, -1 / 9))
    y = on.mul(y, _one_of(on, up, 2 ** (1 / 3), down, 2 ** (-1 / 3)))
    m = on.mul(m, _one_of(on, up, 2.0, down, 0.5))
    for _ in range(2):
        cube = on.mul(on.mul(y, y), y)
        y = on.div(on.mul(y, on.fma(m, 2.0, cube)), on.fma(cube, 2.0, m))
    square = pairs.exact_product(on, y, y)
    third_power = pairs.multiply(on, square, pairs.of(y))
    rest = on.sub(on.sub(m, third_power.high), third_power.low)
    y = on.add(y, on.div(rest, on.mul(square.high, 3.0)))
    y = on.mul(y, power_of_two(on, rounded))
    y = on.mul(y, _one_of(on, tiny, 2.0 ** -(lift // 3), large, 2.0 ** (lift // 3)))
    usual = arith.andi(on.compare("ogt", magnitude, 0.0), on.compare("olt", magnitude, _INF))
    return on.select(usual, on.with_sign_of(y, x), x)


def _scaled_complement(on: Lanes, x: ir.Value) -> Pair:
    """erfc(x) e^(x^2) (x + 1) for x from 0 on."""
    w = on.div(on.sub(x, 2.0), on.add(x, 2.0))
    head = pairs.ordered_sum(on, 0.75, table.ERFCX_F64[0])
    rest = on.mul(w, on.polynomial(w, table.ERFCX_F64[1:]))
    return pairs.add(on, head, pairs.of(rest))


def _complement(on: Lanes, x: ir.Value) -> Pair:
    """erfc(x) for 0 <= x <= 28, without what is below the normal numbers."""
    square = pairs.exact_product(on, x, x)
    rounded, v = powers(on, pairs.minus(on, square))
    value = pairs.multiply(on, pairs.add(on, pairs.of(1.0), v), _scaled_complement(on, x))
    value = pairs.divide(on, value, pairs.exact_sum(on, x, 1.0))
    return Pair(scaled(on, value.high, rounded), scaled(on, value.low, rounded))


def erfc(on: Lanes, x: ir.Value) -> ir.Value:
    """Complementary error function: e^(-x^2) times a polynomial of (x - 2) / (x + 2) over x + 1."""
    complement = _complement(on, _between(on, on.absolute(x), 0.0, 28.0))
    reflected = pairs.add(on, pairs.of(2.0), pairs.minus(on, complement))
    negative = on.compare("olt", x, 0.0)
    return pairs.total(on, pairs.select(on, negative, reflected, complement))


def erf(on: Lanes, x: ir.Value) -> ir.Value:
    """Error function: x + x p(x^2) below 15/16, above 1 - erfc."""
    magnitude = on.absolute(x)
    square = on.mul(magnitude, magnitude)
    near = on.fma(magnitude, on.polynomial(square, table.ERF_F64), magnitude)
    complement = _complement(on, _between(on, magnitude, 0.0, 6.5))
    far = pairs.total(on, pairs.add(on, pairs.of(1.0), pairs.minus(on, complement)))
    return on.with_sign_of(on.select(on.compare("ult", magnitude, 0.9375), near, far), x)
