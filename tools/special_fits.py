"""What ``tools.derive_polynomials`` fits for the functions in ``smtir/language/library``: gamma, Bessel."""

from __future__ import annotations

import functools
from collections.abc import Callable

import mpmath
from mpmath import mp, mpf

Function = Callable[[mpf], mpf]
Spec = tuple[str, str, Function, Function, tuple[mpf, mpf], int, int]
"""Name, what it is, function, weight, interval, degree, how many coefficients are rounded in turn."""


def _over(function: Function) -> Function:
    return lambda s: 1 / abs(function(s))


def _one(_: mpf) -> mpf:
    return mpf(1)


def log_gamma_ratio(base: int) -> Function:
    """lgamma(base + u) / u, for a base of 1 or 2."""

    def ratio(u: mpf) -> mpf:
        if abs(u) < mpf(2) ** -60:
            return mpmath.psi(0, base) + u * mpmath.psi(1, base) / 2
        return mpmath.loggamma(base + u) / u

    return ratio


def modified_far(order: int) -> Function:
    """I(order)(x) e^-x sqrt(x) of s = 24 / x - 1, x >= 12."""

    def far(s: mpf) -> mpf:
        over = (s + 1) / 24
        if over > mpf(10) ** -5:
            x = 1 / over
            return mpmath.besseli(order, x) * mpmath.exp(-x) * mpmath.sqrt(x)
        total, term = mpf(1), mpf(1)
        for k in range(1, 10):
            term *= -(4 * order**2 - (2 * k - 1) ** 2) * over / (8 * k)
            total += term
        return total / mpmath.sqrt(2 * mp.pi)

    return far


def zeros_of_j(order: int) -> list[mpf]:
    """The first two positive zeros of j(order)."""
    return [mpmath.besseljzero(order, k) for k in (1, 2)]


def _square_root(s: mpf) -> mpf:
    """x of s = x^2 / 32 - 1; a little above 0 for 0, where the limit is close enough."""
    return mpmath.sqrt(max(32 * (s + 1), mpf(2) ** -160))


def first_kind_near(order: int) -> Function:
    """j(order)(x) / x^order over the product of x^2 - z^2 of its first two zeros, of s = x^2 / 32 - 1."""
    first, second = zeros_of_j(order)

    def near(s: mpf) -> mpf:
        x = _square_root(s)
        return mpmath.besselj(order, x) / x**order / ((x * x - first**2) * (x * x - second**2))

    return near


def second_kind_near(order: int) -> Function:
    """What y0 and y1 / x have beside log x and 1 / x, of s = x^2 / 32 - 1."""

    def near(s: mpf) -> mpf:
        x = _square_root(s)
        rest = mpmath.log(x) * mpmath.besselj(order, x) - (1 / x if order else 0)
        return (mpmath.bessely(order, x) - 2 / mp.pi * rest) / x**order

    return near


def far_parts(order: int) -> tuple[Function, Function]:
    """P, and Q over 8 / x, of z = 64 / x^2, x >= 8: j and y are sums of them times a cosine and a sine."""

    @functools.cache
    def parts(z: mpf) -> tuple[mpf, mpf]:
        if z < mpf(10) ** -9:
            terms = [mpf(1)]
            for k in range(1, 14):
                terms.append(terms[-1] * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k))
            powers = [(-z / 64) ** k for k in range(6)]
            p = sum(terms[2 * k] * powers[k] for k in range(6))
            return p, sum(terms[2 * k + 1] * powers[k] for k in range(6)) / 8
        x = 8 / mpmath.sqrt(z)
        j, y = mpmath.besselj(order, x), mpmath.bessely(order, x)
        angle = x - (2 * order + 1) * mp.pi / 4
        cosine, sine = mpmath.cos(angle), mpmath.sin(angle)
        root = mpmath.sqrt(mp.pi * x / 2)
        return root * (j * cosine + y * sine), root * (y * cosine - j * sine) * x / 8

    return lambda z: parts(z)[0], lambda z: parts(z)[1]


def specs() -> list[Spec]:
    """Every polynomial of the library's special functions."""
    half = mpf(1) / 2
    around, unit, positive = (-half, half), (mpf(-1), mpf(1)), (mpf(0), mpf(1))

    def of_gamma(s: mpf) -> mpf:
        return mpmath.gamma(3 * half + s)

    what = "gamma(3/2 + s), |s| <= 1/2; error relative to it"
    every: list[Spec] = [("GAMMA", what, of_gamma, _over(of_gamma), around, 22, 0)]
    for base, name, degree in ((1, "ONE", 28), (2, "TWO", 19)):
        ratio = log_gamma_ratio(base)
        what = f"lgamma({base} + u) / u, |u| <= 1/2; error relative to it"
        every.append((f"LOG_GAMMA_OF_{name}", what, ratio, _over(ratio), around, degree, 0))
    for order in (0, 1):
        far = modified_far(order)
        what = f"i{order}(x) e^-x sqrt(x) of 24 / x - 1, x >= 12; error relative to it"
        every.append((f"I{order}_FAR", what, far, _over(far), unit, 17, 0))
    for order in (0, 1):
        near = first_kind_near(order)
        what = f"j{order}(x) / x^{order} over its first zeros, of x^2 / 32 - 1, x <= 8; error relative to it"
        every.append((f"J{order}_NEAR", what, near, _over(near), unit, 15, 4))
        what = f"y{order}(x) / x^{order} without log x and 1 / x, of x^2 / 32 - 1, x <= 8"
        every.append((f"Y{order}_NEAR", what, second_kind_near(order), _one, unit, 16, 0))
        p, q = far_parts(order)
        what = f"{{}} of 64 / x^2, x >= 8, where j{order} = sqrt(2 / (pi x)) (P cos - Q sin)"
        every.append((f"P{order}_FAR", what.format("P"), p, _one, positive, 11, 0))
        every.append((f"Q{order}_FAR", what.format("Q x / 8"), q, _one, positive, 11, 0))
    return every


def constants() -> list[tuple[str, str, list[mpf]]]:
    """Numbers that are wanted to two parts each."""
    return [
        (f"J{order}_ZEROS", f"The first two zeros of j{order}, high and low parts", zeros_of_j(order))
        for order in (0, 1)
    ]
