"""Gamma, error and Bessel functions of ``libdevice``."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np

from tools.coverage.case import Case
from tools.coverage.elements import Array, Element
from tools.coverage.exact import on_each

NARROW = ("bf16", "fp16", "fp32")


def cases() -> list[Case]:
    """Every case: 2 units in the last place, gamma functions 8."""
    found = {
        "erfinv": _of(mpmath.erfinv, lambda x: np.abs(x) < 1, _at_ends(-1, 1)),
        "erfcinv": _of(_erfcinv, lambda x: (x > 0) & (x < 2), _at_ends(2, 0)),
        "normcdfinv": _of(
            lambda v: -mpmath.sqrt(2) * _erfcinv(2 * v), lambda x: (x > 0) & (x < 1), _at_ends(0, 1)
        ),
        "erfcx": _of(
            lambda v: mpmath.exp(v * v) * mpmath.erfc(v),
            lambda x: (x > -20) & (x < 40),
            lambda x: np.where(x < 0, np.inf, 1 / x / np.sqrt(np.pi)),
        ),
        "normcdf": _of(
            mpmath.ncdf,
            lambda x: np.abs(x) < 40,
            lambda x: np.where(x < 0, 0.0, np.where(np.isnan(x), x, 1.0)),
        ),
        "cyl_bessel_i0": _of(
            lambda v: mpmath.besseli(0, v), lambda x: np.abs(x) < 150, lambda x: np.abs(x) * np.inf
        ),
        "cyl_bessel_i1": _of(lambda v: mpmath.besseli(1, v), lambda x: (np.abs(x) < 150) & (x != 0), _itself),
    }
    return [
        *(_case(name, reference, 2) for name, reference in found.items()),
        _case("tgamma", _gamma, 8),
        _case("lgamma", _log_gamma, 8),
    ]


def _case(name: str, reference: Callable[[Array], Array], ulps: float) -> Case:
    call = f"libdevice.{name}(x)"
    return Case(name, call, lambda x: reference(x), names=NARROW, ulps=ulps, domain=_with_probabilities)


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


def _erfcinv(value: mpmath.mpf) -> mpmath.mpf:
    return mpmath.erfinv(1 - value)


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
