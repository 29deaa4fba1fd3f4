"""Functions of ``libdevice`` on bits and parts of numbers, on integers, and compositions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from tools.coverage.case import Case
from tools.coverage.directed import to_integers
from tools.coverage.elements import Array, Element
from tools.coverage.exact import elementary, on_each

FLOATS = ("bf16", "fp16", "fp32", "fp64")
BOTH = ("fp32", "fp64")
INTEGERS = ("i32", "i64")
ULPS = 2.0


def cases() -> list[Case]:
    """Every case."""
    return [*_integers(), *_casts(), *_parts(), *_functions()]


def _case(name: str, reference: Callable[..., Any], types: tuple[str, ...], **more: Any) -> Case:
    arguments = ", ".join("xyz"[: reference.__code__.co_argcount])
    return Case(name, more.pop("body", f"libdevice.{name}({arguments})"), reference, names=types, **more)


def _always(name: str) -> Callable[[Element], str]:
    return lambda _: name


# Integers.


def _wrapped(value: int, like: np.dtype) -> int:
    """``value`` as an integer of the type ``like`` holds it."""
    bits = 8 * like.itemsize
    value %= 1 << bits
    return value - (1 << bits) if like.kind == "i" and value >> (bits - 1) else value


def _each_integer(function: Callable[..., int], *arrays: Array) -> Array:
    like = arrays[0].dtype
    found = [_wrapped(function(*map(int, values)), like) for values in zip(*arrays, strict=True)]
    return np.array(found, object)


def _of_bits(function: Callable[[int, int], int]) -> Callable[[Array], Array]:
    def apply(x: Array) -> Array:
        bits = 8 * x.dtype.itemsize
        return np.array([function(int(v), bits) for v in x.view(f"u{x.dtype.itemsize}")], object)

    return lambda x: apply(x)


def _reversed(value: int, bits: int) -> int:
    turned = int(f"{value:0{bits}b}"[::-1], 2)
    return turned - (1 << bits) if turned >> (bits - 1) else turned


def _chosen_bytes(x: int, y: int, s: int) -> int:
    both = (x % 2**32).to_bytes(4, "little") + (y % 2**32).to_bytes(4, "little")
    return int.from_bytes(bytes(both[(s >> (4 * place)) & 7] for place in range(4)), "little")


def _mul24(x: Array, y: Array) -> Array:
    if x.dtype.kind == "u":
        return _each_integer(lambda a, b: (a & 0xFFFFFF) * (b & 0xFFFFFF), x, y)
    return _each_integer(lambda a, b: _low24(a) * _low24(b), x, y)


def _low24(value: int) -> int:
    return (value & 0x7FFFFF) - (value & 0x800000)


def _mulhi(x: Array, y: Array) -> Array:
    bits = 8 * x.dtype.itemsize
    return _each_integer(lambda a, b: a * b >> bits, x, y)


def _integers() -> list[Case]:
    either = ("i32", "u32")
    count = _always("i32")
    return [
        _case("clz", _of_bits(lambda v, bits: bits - v.bit_length()), INTEGERS, result=count),
        _case("popc", _of_bits(lambda v, _: bin(v).count("1")), INTEGERS, result=count),
        _case("ffs", _of_bits(lambda v, _: (v & -v).bit_length()), INTEGERS, result=count),
        _case("brev", _of_bits(_reversed), INTEGERS),
        _case("byte_perm", lambda x, y, z: _each_integer(_chosen_bytes, x, y, z), ("i32",)),
        _case("mulhi", lambda x, y: _mulhi(x, y), ("i32", "u32", "i64", "u64")),
        _case("mul24", lambda x, y: _mul24(x, y), either),
        _case("sad", lambda x, y, z: _each_integer(lambda a, b, c: abs(a - b) + c, x, y, z), either),
        _case("hadd", lambda x, y: _each_integer(lambda a, b: (a + b) >> 1, x, y), either),
        _case("rhadd", lambda x, y: _each_integer(lambda a, b: (a + b + 1) >> 1, x, y), either),
    ]


# Bits as another type.


def _joined(x: Array, y: Array) -> Array:
    return ((x.astype(np.int64) << 32) | (y.astype(np.int64) & 0xFFFFFFFF)).view(np.float64)


def _casts() -> list[Case]:
    i32, i64, f32, f64 = (_always(name) for name in ("i32", "i64", "fp32", "fp64"))
    return [
        _case("int_as_float", lambda x: x.view(np.float32), ("i32",), result=f32),
        _case("uint_as_float", lambda x: x.view(np.float32), ("u32",), result=f32),
        _case("longlong_as_double", lambda x: x.view(np.float64), ("i64",), result=f64),
        _case("float_as_int", lambda x: x.view(np.int32), ("fp32",), result=i32, bits=True),
        _case("float_as_uint", lambda x: x.view(np.int32), ("fp32",), result=i32, bits=True),
        _case("double_as_longlong", lambda x: x.view(np.int64), ("fp64",), result=i64, bits=True),
        _case("double2hiint", lambda x: x.view(np.int64) >> 32, ("fp64",), result=i32, bits=True),
        _case("double2loint", lambda x: x.view(np.int64), ("fp64",), result=i32, bits=True),
        _case("hiloint2double", lambda x, y: _joined(x, y), ("i32",), result=f64),
        _case("rcp64h", lambda x: _upper(1 / x), ("fp64",)),
    ]


def _upper(x: Array) -> Array:
    return (x.astype(np.float64).view(np.int64) >> 32 << 32).view(np.float64)


# Parts of floats.


def _native(x: Array) -> Array:
    """Values of f32 or f64 in that type."""
    return x.astype(np.float64 if x.dtype == np.longdouble else np.float32)


def _exponents(x: Array) -> Array:
    return np.frexp(np.where(np.isfinite(x) & (x != 0), x, 1))[1] - 1


def _ilogb(x: Array) -> Array:
    found = np.where(np.isinf(x), 2**31 - 1, _exponents(x))
    return np.where((x == 0) | np.isnan(x), -(2**31), found)


def _logb(x: Array) -> Array:
    found = np.where(np.isinf(x), np.inf, _exponents(x).astype(x.dtype))
    return np.where(x == 0, -np.inf, np.where(np.isnan(x), x, found))


def _remainder(x: Array, y: Array) -> Array:
    found = np.where(np.isinf(x) | (y == 0) | np.isnan(x) | np.isnan(y), np.nan, x)
    for place, (a, b) in enumerate(zip(x, y, strict=True)):
        if np.isfinite(a) and np.isfinite(b) and b != 0:
            top, bottom = Fraction(*a.as_integer_ratio()), Fraction(*b.as_integer_ratio())
            rest = top - round(top / bottom) * bottom
            digits = rest.limit_denominator(10**400)
            found[place] = (
                x.dtype.type(digits.numerator) / x.dtype.type(digits.denominator) if rest else 0 * a
            )
    return found


def _away(x: Array) -> Array:
    return np.copysign(np.floor(np.abs(x)) + (np.abs(x) - np.floor(np.abs(x)) >= 0.5), x)


def _parts() -> list[Case]:
    i32, i64 = _always("i32"), _always("i64")
    low, high = -(2**63), 2**63 - 1
    found = [
        _case("signbit", lambda x: np.signbit(x).astype(int), FLOATS, result=i32),
        _case("nextafter", lambda x, y: np.nextafter(_native(x), _native(y)).astype(x.dtype), BOTH),
        _case("ilogb", lambda x: _ilogb(x), BOTH, result=i32),
        _case("logb", lambda x: _logb(x), FLOATS),
        _case("fdim", lambda x, y: np.where(x <= y, 0, x - y), FLOATS),
        _case("saturatef", lambda x: np.where(x > 0, np.minimum(x, 1), 0), FLOATS),
        _case("remainder", lambda x, y: _remainder(x, y), FLOATS),
        _case("llrint", lambda x: to_integers(x, "rn", low, high, 64), BOTH, result=i64),
        _case("llround", lambda x: to_integers(_away(x), "rn", low, high, 64), BOTH, result=i64),
    ]
    for name in ("ldexp", "scalbn"):
        for step in (1, 7, 67):
            body = f"libdevice.{name}(x, (i - 32) * {step})"
            scaled = _scaled(step)
            found.append(_case(name, scaled, FLOATS, body=body))
    return found


def _scaled(step: int) -> Callable[[Array], Array]:
    return lambda x: np.ldexp(x, (np.arange(len(x)) - 32) * step)


# Compositions.


def _norm(*values: Array, over: bool = False) -> Array:
    infinite = functools.reduce(np.logical_or, [np.isinf(value) for value in values])
    nan = functools.reduce(np.logical_or, [np.isnan(value) for value in values])
    zero = functools.reduce(np.logical_and, [value == 0 for value in values])
    safe = [np.where(np.isfinite(value) & ~zero, value, zero) for value in values]
    power = -0.5 if over else 0.5
    exact = on_each(lambda *v: mpmath.power(sum(each * each for each in v), power), *safe)
    at_zero = np.inf if over else 0.0
    exact = np.where(zero, at_zero, exact)
    return np.where(infinite, 0.0 if over else np.inf, np.where(nan, np.nan, exact))


def _sinpi(x: Array) -> Array:
    finite = np.where(np.isfinite(x), x, 0.25)
    exact = np.where(finite == np.floor(finite), np.copysign(0.0, x), elementary("sinpi")(finite))
    return np.where(np.isfinite(x), exact, np.nan)


def _cospi(x: Array) -> Array:
    return np.where(np.isfinite(x), elementary("cospi")(np.where(np.isfinite(x), x, 0)), np.nan)


def _rcbrt(x: Array) -> Array:
    usual = np.isfinite(x) & (x != 0)
    return np.where(usual, np.copysign(elementary("rcbrt")(np.where(usual, np.abs(x), 1)), x), 1 / x)


def _functions() -> list[Case]:
    return [
        _case("exp10", _one(elementary("exp10")), FLOATS, ulps=ULPS),
        _case("rcbrt", lambda x: _rcbrt(x), FLOATS, ulps=ULPS),
        _case("sinpi", lambda x: _sinpi(x), FLOATS, ulps=ULPS),
        _case("cospi", lambda x: _cospi(x), FLOATS, ulps=ULPS),
        _case("rsqrt_rn", lambda x: 1 / np.sqrt(x), ("fp32",)),
        _case("hypot", lambda x, y: _norm(x, y), FLOATS, ulps=ULPS),
        _case("rhypot", lambda x, y: _norm(x, y, over=True), FLOATS, ulps=ULPS),
        _case("norm3d", lambda x, y, z: _norm(x, y, z), FLOATS, ulps=ULPS),
        _case("rnorm3d", lambda x, y, z: _norm(x, y, z, over=True), FLOATS, ulps=ULPS),
        _case(
            "norm4d",
            lambda x, y, z: _norm(x, y, z, x),
            FLOATS,
            ulps=ULPS,
            body="libdevice.norm4d(x, y, z, x)",
        ),
        _case(
            "rnorm4d",
            lambda x, y, z: _norm(x, y, z, x, over=True),
            FLOATS,
            ulps=ULPS,
            body="libdevice.rnorm4d(x, y, z, x)",
        ),
    ]


def _one(reference: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda x: reference(x)
