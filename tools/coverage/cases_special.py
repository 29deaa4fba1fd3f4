"""Gamma, error and Bessel functions of ``libdevice``."""

from __future__ import annotations

import functools
from collections.abc import Callable

import mpmath
import numpy as np

from tools.coverage.case import Case
from tools.coverage.elements import Array, Element
from tools.coverage.exact import on_each


def cases() -> list[Case]:
    """Every case: narrow floats 2 units in the last place, f64 6; gamma functions 8.

    Where a function crosses zero, f64 keeps its absolute error only: 256 units.
    """
    found = {
        "erfinv": _of(mpmath.erfinv, lambda x: np.abs(x) < 1, _at_ends(-1, 1)),
        "erfcinv": _of(_erfcinv, lambda x: (x > 0) & (x < 2), _at_ends(2, 0)),
        "normcdfinv": _of(
            lambda v: -mpmath.sqrt(2) * _erfcinv(2 * v), lambda x: (x > 0) & (x < 1), _at_ends(0, 1)
        ),
        "erfcx": _of(
            _erfcx,
            lambda x: (x > -28) & (x < np.inf),
            lambda x: np.where(x < 0, np.inf, np.where(x > 0, 0, x)),
        ),
        "normcdf": _of(
            mpmath.ncdf,
            lambda x: np.abs(x) < 40,
            lambda x: np.where(x < 0, 0.0, np.where(np.isnan(x), x, 1.0)),
        ),
        "cyl_bessel_i0": _of(
            lambda v: mpmath.besseli(0, v), lambda x: np.abs(x) < 800, lambda x: np.abs(x) * np.inf
        ),
        "cyl_bessel_i1": _of(lambda v: mpmath.besseli(1, v), lambda x: (np.abs(x) < 800) & (x != 0), _itself),
    }
    orders = {f"{kind}{n}": _bessel(kind, functools.partial(_same_order, n)) for kind in "jy" for n in (0, 1)}
    return [
        *(_case(name, reference, 2, 6) for name, reference in found.items()),
        _case("tgamma", _gamma, 8, 8),
        _case("lgamma", _log_gamma, 8, 256),
        *(_case(name, reference, 2, 256) for name, reference in orders.items()),
        *(_case(f"{kind}n", _bessel(kind, _orders), 2, 256, f"{kind}n((i % 16) - 3, x)") for kind in "jy"),
    ]


def _case(
    name: str, reference: Callable[[Array], Array], narrow: float, double: float, call: str = ""
) -> Case:
    return Case(
        name,
        f"libdevice.{call or f'{name}(x)'}",
        lambda x: reference(x),
        names=("bf16", "fp16", "fp32", "fp64"),
        ulps=narrow,
        ulps_of_f64=double,
        domain=_with_probabilities,
        zeros=bool(call),
    )


def _same_order(n: int, x: Array) -> Array:
    return np.full(x.shape, n)


def _orders(x: Array) -> Array:
    return np.arange(x.size) % 16 - 3


def _bessel(kind: str, orders: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The function of either kind; far away by its first term, which is all there is."""

    def exact(order: mpmath.mpf, x: mpmath.mpf) -> mpmath.mpf:
        if abs(x) > 10**12:
            turn = (2 * int(order) + 1) * mpmath.pi / 4
            cosine, sine = mpmath.cos(abs(x)), mpmath.sin(abs(x))
            wave = cosine * mpmath.cos(turn) + sine * mpmath.sin(turn)
            if kind == "y":
                wave = sine * mpmath.cos(turn) - cosine * mpmath.sin(turn)
            sign = -1 if x < 0 and int(order) % 2 else 1
            return sign * wave * mpmath.sqrt(2 / (mpmath.pi * abs(x)))
        return (mpmath.besselj if kind == "j" else mpmath.bessely)(int(order), x)

    def apply(x: Array) -> Array:
        n = orders(x)
        usual = np.isfinite(x) & (x != 0) & ((x > 0) | (kind == "j"))
        found = on_each(exact, n.astype(x.dtype), np.where(usual, x, 1))
        odd = n % 2 != 0
        if kind == "j":
            zero = np.where(n == 0, 1.0, np.where(odd, x, 0))
            otherwise = np.where(x == 0, zero, np.where(odd, np.copysign(0, x), 0))
        else:
            zero = np.where((n < 0) & odd, np.inf, -np.inf)
            otherwise = np.where(x == 0, zero, np.where(x < 0, np.nan, 0))
        return np.where(np.isnan(x), x, np.where(usual, found, otherwise))

    return apply


def _with_probabilities(element: Element, x: Array) -> list[Array]:
    """Inputs with numbers between 0 and 1 among them, close to either end too."""
    low = 2.0**-element.mantissa
    given = [
        0.01,
        0.2,
        0.25,
        0.3,
        0.5,
        0.7,
        0.9,
        0.99,
        1 - low,
        1 + low,
        low,
        -0.999,
        1.75,
        11.5,
        12.5,
        -40.0,
    ]
    found = x.copy()
    found[32:48] = element.encode(np.array(given, element.values))
    return [found]


def _of(
    exact: Callable[[mpmath.mpf], mpmath.mpf],
    usual: Callable[[Array], Array],
    otherwise: Callable[[Array], Array],
) -> Callable[[Array], Array]:
    """``exact`` where the input is ``usual``; the sign of a zero is kept."""

    def apply(x: Array) -> Array:
        inside = usual(x)
        found = np.where(inside, on_each(exact, np.where(inside, x, 0.5)), otherwise(x))
        return np.where((found == 0) & (x == 0), x, found)

    return apply


def _at_ends(low: float, high: float) -> Callable[[Array], Array]:
    return lambda x: np.where(x == low, -np.inf, np.where(x == high, np.inf, np.nan))


def _itself(x: Array) -> Array:
    return np.where(x == 0, x, np.copysign(np.inf, x) + 0 * np.where(np.isnan(x), x, 0))


def _erfcx(value: mpmath.mpf) -> mpmath.mpf:
    if value < 1000:
        return mpmath.exp(value * value) * mpmath.erfc(value)
    over = 1 / (2 * value * value)
    return (1 - over + 3 * over**2 - 15 * over**3) / (value * mpmath.sqrt(mpmath.pi))


def _erfcinv(value: mpmath.mpf) -> mpmath.mpf:
    """By Newton's steps on the logarithm where 1 - value has too few digits."""
    if value > 1e-10:
        return mpmath.erfinv(1 - value)
    y = mpmath.sqrt(-mpmath.log(value))
    for _ in range(12):
        found = mpmath.erfc(y)
        y += (mpmath.log(found) - mpmath.log(value)) * found * mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(y * y)
    return y


def _gamma(x: Array) -> Array:
    usual = np.isfinite(x) & (np.abs(x) < 1800) & (x != 0) & ~((x < 0) & (x == np.floor(x)))
    exact = on_each(mpmath.gamma, np.where(usual, x, 1))
    poles = np.where(x == 0, np.copysign(np.inf, x), np.nan)
    large = np.where(x > 0, np.inf, np.where(np.isneginf(x) | (x == np.floor(x)), np.nan, 0 * x))
    return np.where(usual, exact, np.where(x == 0, poles, np.where(np.isnan(x), x, large)))


def _log_gamma(x: Array) -> Array:
    usual = np.isfinite(x) & ~((x <= 0) & (x == np.floor(x)))
    exact = on_each(
        lambda v: mpmath.re(mpmath.loggamma(v)) if v > 0 else mpmath.log(abs(mpmath.gamma(v))),
        np.where(usual & (np.abs(x) < 1e6) | usual & (x > 0), x, 1),
    )
    return np.where(usual, exact, np.where(np.isnan(x), x, np.inf))
