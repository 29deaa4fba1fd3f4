"""Mathematics on arrays with many more digits than any element type has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from tools.coverage.elements import Array

_SPECIAL: dict[str, Callable[[Any], Any]] = {
    "exp2": lambda v: mpmath.mpf(2) ** v,
    "exp10": lambda v: mpmath.mpf(10) ** v,
    "log2": lambda v: mpmath.log(v) / mpmath.log(2),
    "rcbrt": lambda v: 1 / mpmath.cbrt(v),
    "sinpi": mpmath.sinpi,
}
_DIGITS = 60


def elementary(name: str) -> Callable[..., Array]:
    """``name`` of mpmath on each element; NaN where it has no real value."""
    function = _SPECIAL.get(name) or getattr(mpmath, name)
    return lambda *arrays: on_each(function, *arrays)


def keeping_zeros(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """``function``, whose value at a zero is that zero; mpmath has no negative one."""
    return lambda x: np.where(x == 0, x, function(x))


def logarithm(name: str) -> Callable[[Array], Array]:
    """The logarithm ``name``: -inf at either zero, NaN below."""
    inner = elementary(name)

    def apply(x: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.where(
                x > 0, inner(np.where(x > 0, x, x.dtype.type(1))), np.where(x == 0, -np.inf, np.nan)
            )

    return apply


def on_each(function: Callable[..., Any], *arrays: Array, digits: int = _DIGITS) -> Array:
    """``function`` of mpmath numbers on the elements of ``arrays``, rounded to their type."""
    result = np.empty(arrays[0].shape, arrays[0].dtype)
    with mpmath.workdps(digits):
        for position, values in enumerate(zip(*arrays, strict=True)):
            if any(np.isnan(value) for value in values):
                result[position] = np.nan
                continue
            try:
                result[position] = from_mpmath(function(*map(to_mpmath, values)), result.dtype)
            except (ValueError, ZeroDivisionError, OverflowError):
                result[position] = np.nan
    return result


def fused(x: Array, y: Array, z: Array) -> Array:
    """``x * y + z``, rounded once."""
    if x.dtype.kind == "b":
        return (x & y) ^ z
    if x.dtype.kind != "f":
        return x * y + z
    with np.errstate(all="ignore"):
        plain = x * y + z
    finite = np.isfinite(x) & np.isfinite(y) & np.isfinite(z)
    safe = [np.where(finite, value, value.dtype.type(0)) for value in (x, y, z)]
    # The digits of a product of the largest numbers and of the smallest one.
    exact = on_each(lambda a, b, c: a * b + c, *safe, digits=1400 if x.dtype == np.longdouble else 400)
    return np.where(finite & (exact != 0), exact, plain)


def to_mpmath(value: Any) -> Any:
    """A NumPy float as the mpmath number with its value."""
    if not np.isfinite(value):
        return mpmath.mpf(str(float(value)))
    mantissa, exponent = np.frexp(value)
    return mpmath.ldexp(mpmath.mpf(int(np.ldexp(mantissa, 64))), int(exponent) - 64)


def from_mpmath(found: Any, dtype: np.dtype) -> Any:
    """An mpmath number rounded to ``dtype``; NaN for one that is not real."""
    if isinstance(found, mpmath.mpc):
        if found.imag != 0:
            return dtype.type(np.nan)
        found = found.real
    if not mpmath.isfinite(found):
        return dtype.type(float(found))
    if found == 0:
        return dtype.type(0)
    mantissa, exponent = mpmath.frexp(found)
    high = float(mantissa)
    low = float(mantissa - mpmath.mpf(high))
    with np.errstate(all="ignore"):
        return np.ldexp(dtype.type(high) + dtype.type(low), min(max(int(exponent), -40000), 40000))
