"""Numbers rounded in a direction: exact fractions to f32, f64 and integers."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from tools.coverage.elements import Array

MODES = ("rn", "rz", "rd", "ru")
_FORMATS = {np.dtype(np.float64): np.float32, np.dtype(np.longdouble): np.float64}
"""The element type whose values have this type."""


def whole(exact: Fraction, mode: str) -> int:
    """``exact`` as an integer."""
    if mode == "rd":
        return math.floor(exact)
    if mode == "ru":
        return math.ceil(exact)
    return math.trunc(exact) if mode == "rz" else round(exact)


def rounded(exact: Fraction, kind: Any, mode: str) -> Any:
    """``exact``, not 0, as a number of NumPy's type ``kind``."""
    info = np.finfo(kind)
    magnitude = abs(exact)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    exponent -= magnitude < Fraction(2) ** exponent
    unit = Fraction(2) ** (max(exponent, int(info.minexp)) - int(info.nmant))
    value = whole(exact / unit, mode) * unit
    if abs(value) > Fraction(*float(info.max).as_integer_ratio()):
        outward = mode == "rn" or mode == ("ru" if exact > 0 else "rd")
        return kind(np.copysign(np.inf if outward else float(info.max), 1.0 if exact > 0 else -1.0))
    return kind(math.copysign(float(value), 1.0 if exact > 0 else -1.0))


def each(exact: Callable[..., Fraction], plain: Callable[..., Array], mode: str, *arrays: Array) -> Array:
    """``exact`` rounded, element by element; ``plain`` where it is 0 or no number."""
    kind = _FORMATS[arrays[0].dtype]
    found = np.array(plain(*arrays))
    for place, values in enumerate(zip(*arrays, strict=True)):
        if all(np.isfinite(value) for value in values) and np.isfinite(found[place]):
            number = exact(*(Fraction(*value.as_integer_ratio()) for value in values))
            if number:
                found[place] = rounded(number, kind, mode)
    return found


def root(square: Fraction) -> Fraction:
    """The root, on the right side of every number that it could be rounded to."""
    scale = 1 << 1400
    scaled = square * scale * scale
    near = math.isqrt(scaled.numerator // scaled.denominator)
    return Fraction(
        near if near * near == scaled else 2 * near + 1, scale if near * near == scaled else 2 * scale
    )


def to_integers(x: Array, mode: str, low: int, high: int, bits: int) -> Array:
    """Floats as integers from ``low`` to ``high``, NaN as 0; written as signed integers."""
    found = []
    for value in x:
        if np.isnan(value):
            number = 0
        elif np.isinf(value):
            number = high if value > 0 else low
        else:
            number = min(max(whole(Fraction(*value.as_integer_ratio()), mode), low), high)
        found.append(number - (1 << bits) if number >> (bits - 1) > 0 else number)
    return np.array(found, object)


def from_integers(x: Array, kind: Any, mode: str) -> Array:
    """Integers as floats."""
    found = [rounded(Fraction(int(value)), kind, mode) if value else kind(0) for value in x]
    return np.array(found, np.longdouble if kind is np.float64 else np.float64)
