"""Element types as NumPy sees them: storage, values, rounding, and numbers that are hard."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class FloatFormat:
    """A float of up to 16 bits.

    ``largest`` is the pattern of the largest finite number; ``infinity`` that of infinity or None;
    ``nan`` those of NaN, signs included, the one that is written first.
    """

    mantissa: int
    bias: int
    largest: int
    infinity: int | None
    nan: tuple[int, ...]


@dataclass(frozen=True)
class Element:
    """One element type.

    Attributes:
        name: in a kernel's signature (``"fp8e4nv"``).
        language: in ``triton.language`` (``"float8e4nv"``).
        kind: ``"bool"``, ``"int"``, ``"uint"`` or ``"float"``.
        storage: NumPy's type of the array that is passed: of the numbers, or of their bits.
        format: of a float that NumPy lacks.
    """

    name: str
    language: str
    kind: str
    storage: str
    format: FloatFormat | None = None

    @property
    def bits(self) -> int:
        return 1 if self.kind == "bool" else np.dtype(self.storage).itemsize * 8

    @property
    def is_float(self) -> bool:
        return self.kind == "float"

    @property
    def values(self) -> np.dtype:
        """NumPy's type in which references are computed: wider than the element where it is a float."""
        if not self.is_float:
            return np.dtype(self.storage)
        return np.dtype(np.longdouble if self.name == "fp64" else np.float64)

    @property
    def mantissa(self) -> int:
        """Bits behind the leading one."""
        return self.format.mantissa if self.format else int(np.finfo(self.storage).nmant)

    @property
    def smallest_normal_exponent(self) -> int:
        return 1 - self.format.bias if self.format else int(np.finfo(self.storage).minexp)

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return float(_table(self)[0][-1]) if self.format else float(np.finfo(self.storage).max)

    def decode(self, stored: Array) -> Array:
        """The values of an array in storage."""
        if self.format is None:
            return stored.astype(self.values)
        return _table(self)[1][stored]

    def encode(self, values: Array, *, towards_zero: bool = False) -> Array:
        """Values rounded to nearest even, or towards zero; eight-bit floats saturate."""
        with np.errstate(all="ignore"):
            if self.format is None:
                return _to_native(np.asarray(values), self.storage, towards_zero)
            return _rounded(self, np.asarray(values), towards_zero)


def _to_native(values: Array, storage: str, towards_zero: bool) -> Array:
    stored = values.astype(storage)
    if towards_zero and values.dtype.kind == "f":
        past = (np.abs(stored.astype(values.dtype)) > np.abs(values)) & ~np.isinf(values)
        stored = np.where(past, np.nextafter(stored, np.zeros_like(stored)), stored)
    return stored


@functools.cache
def _table(element: Element) -> tuple[Array, Array]:
    """The finite values that are not negative, in the order of their patterns; and that of each pattern."""
    kind = element.format
    assert kind is not None
    bits = element.bits
    patterns = np.arange(1 << (bits - 1))
    exponent, fraction = patterns >> kind.mantissa, patterns & ((1 << kind.mantissa) - 1)
    normal = np.ldexp(((1 << kind.mantissa) + fraction).astype(float), exponent - kind.bias - kind.mantissa)
    small = np.ldexp(fraction.astype(float), 1 - kind.bias - kind.mantissa)
    values = np.where(exponent == 0, small, normal)
    finite = values[: kind.largest + 1]
    if kind.infinity is not None:
        values[kind.infinity] = np.inf
    every = np.concatenate([values, -values])
    every[list(kind.nan)] = np.nan
    return finite, every


def _rounded(element: Element, values: Array, towards_zero: bool) -> Array:
    kind = element.format
    assert kind is not None
    finite, _ = _table(element)
    magnitude = np.abs(values).astype(np.float64)
    above = np.clip(np.searchsorted(finite, magnitude), 1, len(finite) - 1)
    low, high = finite[above - 1], finite[above]
    up = (magnitude - low > high - magnitude) | ((magnitude - low == high - magnitude) & (above % 2 == 0))
    if towards_zero:
        up = magnitude >= high
    pattern = np.where(up, above, above - 1)
    if kind.infinity is not None and element.bits > 8:
        limit = finite[-1] if towards_zero else finite[-1] + (finite[-1] - finite[-2]) / 2
        over = np.isinf(magnitude) if towards_zero else magnitude >= limit
        pattern = np.where(over, kind.infinity, pattern)
    sign = np.signbit(values)
    if 1 << (element.bits - 1) in kind.nan:
        sign &= pattern != 0  # there is no negative zero
    pattern |= sign.astype(pattern.dtype) << (element.bits - 1)
    without_sign = kind.nan[0] if kind.nan else kind.largest
    pattern = np.where(np.isnan(values), without_sign, pattern)
    return pattern.astype(element.storage)


def _nans(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


_E5M2_NANS = (*_nans(0x7D, 0x7F), *_nans(0xFD, 0xFF))
ELEMENTS: dict[str, Element] = {
    element.name: element
    for element in (
        Element("i1", "int1", "bool", "bool"),
        *(Element(f"i{n}", f"int{n}", "int", f"int{n}") for n in (8, 16, 32, 64)),
        *(Element(f"u{n}", f"uint{n}", "uint", f"uint{n}") for n in (8, 16, 32, 64)),
        Element("fp8e5", "float8e5", "float", "uint8", FloatFormat(2, 15, 0x7B, 0x7C, _E5M2_NANS)),
        Element("fp8e5b16", "float8e5b16", "float", "uint8", FloatFormat(2, 16, 0x7F, None, (0x80,))),
        Element("fp8e4nv", "float8e4nv", "float", "uint8", FloatFormat(3, 7, 0x7E, None, (0x7F, 0xFF))),
        Element("fp8e4b8", "float8e4b8", "float", "uint8", FloatFormat(3, 8, 0x7F, None, (0x80,))),
        Element("fp8e4b15", "float8e4b15", "float", "uint8", FloatFormat(3, 15, 0x7E, None, ())),
        Element(
            "bf16", "bfloat16", "float", "uint16",
            FloatFormat(7, 127, 0x7F7F, 0x7F80, (*_nans(0x7FC0, 0x7FFF), *_nans(0x7F81, 0x7FBF),
                                                 *_nans(0xFF81, 0xFFFF))),
        ),
        *(Element(f"fp{n}", f"float{n}", "float", f"float{n}") for n in (16, 32, 64)),
    )
}  # fmt: skip
"""All element types by name.  fp8e4b15 has no NaN and is for numbers below 2: conversions to it end at 1.75,
NaN included, as Triton's for GPUs do, though the pattern above means 1.875."""

LANES = 64
"""Elements of an input."""


def inputs(element: Element, which: int) -> Array:
    """Input number ``which`` (0, 1, 2, ...) in storage: the hard numbers, then random ones.

    The hard numbers are in another order in each, so that most pairs of them meet.
    """
    rng = np.random.default_rng([which, *element.name.encode()])
    if element.kind == "bool":
        return rng.integers(0, 2, LANES).astype(bool)
    if element.is_float:
        tiny = 2.0 ** (element.smallest_normal_exponent - element.mantissa)
        huge = element.largest
        hard = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, huge, -huge, tiny, -tiny,
                2.0**element.smallest_normal_exponent, 0.5, 1.5, -2.5, 3.0]  # fmt: skip
        wide = rng.standard_normal(LANES) * 2.0 ** rng.integers(-6, 4, LANES)
        stored = element.encode(np.concatenate([hard, wide])[:LANES].astype(element.values))
    else:
        info = np.iinfo(element.storage)
        hard_integers = [0, 1, info.max, info.min, info.max - 1, info.min + 1, info.max // 2, 2, 3, 7]
        hard_integers += [-1, -2, -7, 5] if info.min else [info.max // 3, 11, 13, 5]
        random = rng.integers(info.min, info.max, LANES, endpoint=True, dtype=element.storage)
        small = rng.integers(0, 100, LANES).astype(element.storage)
        random[::2] = small[::2]
        stored = np.concatenate([np.array(hard_integers, element.storage), random])[:LANES]
    if which:
        head = 16
        stored[:head] = np.roll(stored[:head], 5 * which)
    return stored
