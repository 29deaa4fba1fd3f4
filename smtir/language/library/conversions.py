"""Conversions between f32, f64 and integers of 32 and 64 bits with a direction of rounding.

A float beyond the integers becomes the nearest integer, NaN becomes 0, as on GPUs.  Unsigned integers are
given as signed ones with their bits, as Triton's ``libdevice`` declares them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import triton
import triton.language as tl

from smtir.language.library.numbers import bits_of, sum_and_error, wide
from smtir.language.library.roundings import DOWN, NEAREST, TO_ZERO, UP, directed, narrowed, odd

# mypy: disable-error-code="no-untyped-def"

_MODES = {"rn": NEAREST, "rz": TO_ZERO, "rd": DOWN, "ru": UP}


@triton.jit
def _whole(x, mode: tl.constexpr):
    """``x`` rounded to an integer, still f64."""
    if mode == UP:
        return tl.ceil(x)
    elif mode == DOWN:  # noqa: RET505  (Triton follows one branch only with an else)
        return tl.floor(x)
    elif mode == TO_ZERO:
        return tl.where(x < 0, tl.ceil(x), tl.floor(x))
    else:
        bias = tl.where(bits_of(x) < 0, -4503599627370496.0, 4503599627370496.0).to(tl.float64)
        return tl.where(tl.abs(x) < 4503599627370496.0, (x + bias) - bias, x)


@triton.jit
def _to_integer(x, mode: tl.constexpr, signed: tl.constexpr, bits: tl.constexpr):
    value = _whole(wide(x).to(tl.float64), mode)
    number = value == value
    if bits == 32:
        low: tl.constexpr = -(2.0**31) if signed else 0.0
        high: tl.constexpr = 2.0**31 - 1 if signed else 2.0**32 - 1
        held = tl.where(value > low, tl.where(value < high, value, high), low)
        return tl.where(number, held, 0.0).to(tl.int64).to(tl.int32)
    elif signed:  # noqa: RET505  (as above)
        inside = number & (value >= -9223372036854775808.0) & (value < 9223372036854775808.0)
        whole = tl.where(inside, value, 0.0).to(tl.int64)
        whole = tl.where(value >= 9223372036854775808.0, 9223372036854775807, whole)
        return tl.where(value < -9223372036854775808.0, -9223372036854775807 - 1, whole)
    else:
        value = tl.where(number & (value > 0), value, 0.0)
        upper = value >= 9223372036854775808.0
        lower = tl.where(upper, value - 9223372036854775808.0, value)
        beyond = lower >= 9223372036854775808.0
        whole = tl.where(beyond, 0.0, lower).to(tl.int64)
        whole = tl.where(upper, whole ^ (-9223372036854775807 - 1), whole)
        return tl.where(beyond, -1, whole)


@triton.jit
def llrint(x: tl.tensor) -> tl.tensor:
    """The nearest integer (i64), the even one of two."""
    return _to_integer(x, NEAREST, True, 64)


@triton.jit
def llround(x: tl.tensor) -> tl.tensor:
    """The nearest integer (i64), of two the one farther from zero."""
    value = wide(x).to(tl.float64)
    whole = tl.floor(tl.abs(value))
    whole = tl.where(tl.abs(value) - whole >= 0.5, whole + 1.0, whole)
    return _to_integer(tl.where(value < 0, -whole, whole), NEAREST, True, 64)


@triton.jit
def _from_integer(x, mode: tl.constexpr, bits: tl.constexpr):
    """Integers of 64 bits are a sum of two numbers of f64, whose error is known."""
    if x.dtype.primitive_bitwidth == 64:
        high = (x >> 32).to(tl.float64) * 4294967296.0
        low = (x & 0xFFFFFFFF).to(tl.float64)
        total, error = sum_and_error(high, low)
    else:
        total = x.to(tl.float64)
        error = tl.zeros_like(total)
    if bits == 64:
        return directed(total, error > 0, error < 0, mode)
    else:  # noqa: RET505  (as above)
        return narrowed(odd(total, error), mode)


def _named(name: str, what: str, function: Callable[..., Any]) -> Any:
    """``function`` as Triton's, under a name of its own: what is compiled goes by it."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = what
    return triton.jit(function)


def _float_to_integer(source: str, target: str, mode: str) -> Any:
    direction = _MODES[mode]
    signed, bits = tl.constexpr(not target.startswith("u")), tl.constexpr(64 if "ll" in target else 32)

    def function(x):
        return _to_integer(x, direction, signed, bits)

    return _named(
        f"{source}2{target}_{mode}", f"{source} to {target} with the rounding ``{mode}``.", function
    )


def _integer_to_float(source: str, target: str, mode: str) -> Any:
    direction = _MODES[mode]
    bits = tl.constexpr(64 if target == "double" else 32)
    kind = {"int": tl.int32, "uint": tl.uint32, "ll": tl.int64, "ull": tl.uint64}[source]

    def function(x):
        return _from_integer(tl.to_tensor(x).to(kind), direction, bits)

    return _named(
        f"{source}2{target}_{mode}", f"{source} to {target} with the rounding ``{mode}``.", function
    )


def _double_to_float(mode: str) -> Any:
    direction = _MODES[mode]

    def function(x):
        return narrowed(wide(x).to(tl.float64), direction)

    return _named(f"double2float_{mode}", f"double to float with the rounding ``{mode}``.", function)


_INTEGERS = ("int", "uint", "ll", "ull")
FUNCTIONS = {
    **{
        f"{source}2{target}_{mode}": _float_to_integer(source, target, mode)
        for source in ("float", "double")
        for target in _INTEGERS
        for mode in _MODES
    },
    **{
        f"{source}2{target}_{mode}": _integer_to_float(source, target, mode)
        for source in _INTEGERS
        for target in ("float", "double")
        for mode in _MODES
        if mode == "rn" or (source, target) not in (("int", "double"), ("uint", "double"))
    },
    **{f"double2float_{mode}": _double_to_float(mode) for mode in _MODES},
}
"""``float2int_rn`` to ``double2float_ru``."""
