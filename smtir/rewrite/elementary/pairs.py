"""Numbers of about 106 bits: unevaluated sums of two f64.

The functions of f64 that would lose digits in f64 itself compute in these, and round once.  Nothing here
knows infinities: what may be infinite, or as small as 2^-969, is taken care of by the functions.
"""

from __future__ import annotations

from dataclasses import dataclass

from smtir.mlir import ir
from smtir.rewrite.elementary.lanes import FloatOperand, Lanes


@dataclass(frozen=True)
class Pair:
    """``high + low``, where ``low`` is at most about a unit in the last place of ``high``."""

    high: FloatOperand
    low: FloatOperand


def of(value: FloatOperand) -> Pair:
    """One f64 as a pair."""
    return Pair(value, 0.0)


def total(on: Lanes, a: Pair) -> ir.Value:
    """``a`` rounded to f64."""
    return on.add(a.high, a.low)


def exact_sum(on: Lanes, a: FloatOperand, b: FloatOperand) -> Pair:
    """a + b without an error."""
    high = on.add(a, b)
    part = on.sub(high, a)
    return Pair(high, on.add(on.sub(a, on.sub(high, part)), on.sub(b, part)))


def ordered_sum(on: Lanes, a: FloatOperand, b: FloatOperand) -> Pair:
    """a + b without an error, where |a| >= |b| or a is 0."""
    high = on.add(a, b)
    return Pair(high, on.sub(b, on.sub(high, a)))


def exact_product(on: Lanes, a: FloatOperand, b: FloatOperand) -> Pair:
    """a * b without an error."""
    high = on.mul(a, b)
    return Pair(high, on.fma(a, b, negated(on, high)))


def negated(on: Lanes, a: FloatOperand) -> FloatOperand:
    """-a; of a zero as well."""
    return -a if isinstance(a, float) else on.mul(a, -1.0)


def minus(on: Lanes, a: Pair) -> Pair:
    """-a."""
    return Pair(negated(on, a.high), negated(on, a.low))


def add(on: Lanes, a: Pair, b: Pair) -> Pair:
    """a + b; where they cancel, as exact as their low parts are."""
    head = exact_sum(on, a.high, b.high)
    return ordered_sum(on, head.high, on.add(head.low, on.add(a.low, b.low)))


def multiply(on: Lanes, a: Pair, b: Pair) -> Pair:
    """a * b."""
    head = exact_product(on, a.high, b.high)
    rest = on.fma(a.high, b.low, on.fma(a.low, b.high, head.low))
    return ordered_sum(on, head.high, rest)


def square(on: Lanes, a: Pair) -> Pair:
    """a * a."""
    head = exact_product(on, a.high, a.high)
    return ordered_sum(on, head.high, on.fma(on.mul(a.high, 2.0), a.low, head.low))


def scale(on: Lanes, a: Pair, power: FloatOperand) -> Pair:
    """a times a power of two."""
    return Pair(on.mul(a.high, power), on.mul(a.low, power))


def divide(on: Lanes, a: Pair, b: Pair) -> Pair:
    """a / b."""
    quotient = on.div(a.high, b.high)
    rest = on.fma(negated(on, quotient), b.high, a.high)
    rest = on.fma(negated(on, quotient), b.low, on.add(rest, a.low))
    return ordered_sum(on, quotient, on.div(rest, b.high))


def root(on: Lanes, a: Pair) -> Pair:
    """The square root of a number that is not negative."""
    high = on.sqrt(a.high)
    rest = on.add(on.fma(negated(on, high), high, a.high), a.low)
    divisor = on.select(on.compare("oeq", high, 0.0), 1.0, on.add(high, high))
    return ordered_sum(on, high, on.div(rest, divisor))


def select(on: Lanes, condition: ir.Value, a: Pair, b: Pair) -> Pair:
    """``a`` where the condition holds, else ``b``."""
    return Pair(on.select(condition, a.high, b.high), on.select(condition, a.low, b.low))
