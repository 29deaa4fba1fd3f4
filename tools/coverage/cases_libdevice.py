"""Functions of ``triton.language.extra.libdevice``, those that Triton's stub module names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from tools.coverage import cases_libdevice_parts, cases_roundings, cases_special
from tools.coverage.case import Case
from tools.coverage.elements import Array, Element
from tools.coverage.exact import elementary, fused, logarithm, on_each

FLOATS = ("bf16", "fp16", "fp32", "fp64")
COLUMNS = ("i32", "i64", "u32", "u64", *FLOATS)
ULPS = 2.0


def names() -> list[str]:
    """Every function that Triton's stub of libdevice names."""
    import ast
    from pathlib import Path

    import triton.language

    stub = Path(triton.language.__file__).parent / "extra" / "libdevice.py"
    return [node.name for node in ast.parse(stub.read_text()).body if isinstance(node, ast.FunctionDef)]


def _case(name: str, reference: Callable[..., Any], types: tuple[str, ...] = FLOATS, **more: Any) -> Case:
    arguments = ", ".join("xyz"[: reference.__code__.co_argcount])
    return Case(name, f"libdevice.{name}({arguments})", reference, names=types, **more)


def _unary(name: str, reference: Callable[[Array], Array], ulps: float = ULPS, **more: Any) -> Case:
    return _case(name, lambda x: reference(x), ulps=ulps, **more)


def _binary(name: str, reference: Callable[[Array, Array], Array], ulps: float = 0, **more: Any) -> Case:
    return _case(name, lambda x, y: reference(x, y), ulps=ulps, **more)


def _at_infinity(function: Callable[[Array], Array], low: float, high: float, zero: bool = True) -> Any:
    """``function`` with the limits that mpmath does not know, and the sign of zero kept."""

    def apply(x: Array) -> Array:
        finite = np.where(np.isinf(x), x.dtype.type(0.5), x)
        found = np.where(np.isposinf(x), high, np.where(np.isneginf(x), low, function(finite)))
        return np.where(x == 0, x, found) if zero else found

    return apply


def _power(x: Array, y: Array) -> Array:
    """IEEE 754's pow: NumPy knows the special cases, mpmath the digits."""
    with np.errstate(all="ignore"):
        special = np.power(x, y)
    usual = np.isfinite(x) & np.isfinite(y) & (x != 0) & np.isfinite(special)
    usual &= np.abs(y) < 1e5
    exact = on_each(lambda a, b: mpmath.power(a, b), np.where(usual, np.abs(x), 1), np.where(usual, y, 1))
    return np.where(usual, np.copysign(exact, special), special)


def _angle(y: Array, x: Array) -> Array:
    finite = np.isfinite(x) & np.isfinite(y) & (x != 0) & (y != 0)
    exact = on_each(mpmath.atan2, np.where(finite, y, 1), np.where(finite, x, 1))
    return np.where(finite, exact, np.arctan2(y, x))


def _half_away(x: Array) -> Array:
    return np.copysign(np.where(np.abs(x) < 2.0**60, np.floor(np.abs(x) + 0.5), np.abs(x)), x)


def _as_i32(_: Element) -> str:
    return "i32"


def _flag(name: str, reference: Callable[[Array], Array], types: tuple[str, ...] = FLOATS) -> Case:
    return Case(
        name,
        f"libdevice.{name}(x).to(tl.int32)",
        lambda x: (reference(x) != 0).astype(int),
        result=_as_i32,
        names=types,
    )


def _complement(x: Array) -> Array:
    """erfc; below the smallest number from 200 on, where mpmath gives up."""
    usual = np.abs(x) < 200
    return np.where(
        usual, elementary("erfc")(np.where(usual, x, 0)), np.where(x > 0, 0, np.where(x < 0, 2, x))
    )


def _in_unit(x: Array, function: Callable[[Array], Array]) -> Array:
    return function(np.where(np.abs(x) <= 1, x, np.nan))


def _of_one(reference: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda x: reference(x)


def cases() -> list[Case]:
    """The cases of the functions that smtir's libdevice has."""
    from smtir.language import libdevice

    every = [*_every_case(), *cases_libdevice_parts.cases(), *cases_roundings.cases(), *cases_special.cases()]
    return [case for case in every if hasattr(libdevice, case.function)]


def _every_case() -> list[Case]:
    half_pi = np.pi / 2
    sine = _at_infinity(elementary("sin"), np.nan, np.nan)
    cosine = _at_infinity(elementary("cos"), np.nan, np.nan, zero=False)
    tangent = _at_infinity(elementary("tan"), np.nan, np.nan)
    hyperbolic = _at_infinity(elementary("tanh"), -1, 1)
    fast = [
        ("sinf", sine),
        ("cosf", cosine),
        ("tanf", tangent),
        ("tanhf", hyperbolic),
        ("expf", elementary("exp")),
        ("exp10f", elementary("exp10")),
        ("logf", logarithm("log")),
        ("log2f", logarithm("log2")),
        ("log10f", logarithm("log10")),
    ]
    return [
        *(_case(f"fast_{name}", _of_one(reference), ("fp32",), ulps=ULPS) for name, reference in fast),
        _case("fast_powf", lambda x, y: _power(x, y), ("fp32",), ulps=ULPS),
        _case("fast_dividef", lambda x, y: x / y, ("fp32",)),
        _case("abs", lambda x: np.abs(x), ("i32", "i64", *FLOATS)),
        _unary("floor", np.floor, 0),
        _unary("ceil", np.ceil, 0),
        _unary("trunc", np.trunc, 0),
        _unary("rint", np.rint, 0),
        _unary("nearbyint", np.rint, 0),
        _unary("round", _half_away, 0),
        _unary("sqrt", np.sqrt, 0.51),
        _unary("sqrt_rn", np.sqrt, 0.51),
        _unary("rsqrt", lambda x: 1 / np.sqrt(x)),
        _unary("exp", elementary("exp")),
        _unary("exp2", elementary("exp2")),
        _unary("expm1", _at_infinity(elementary("expm1"), -1, np.inf)),
        _unary("log", logarithm("log")),
        _unary("log2", logarithm("log2")),
        _unary("log10", logarithm("log10")),
        _unary(
            "log1p",
            lambda x: np.where(
                (x == 0) | np.isnan(x),
                x,
                np.where(
                    np.isposinf(x),
                    x,
                    np.where(
                        x == -1,
                        -np.inf,
                        np.where(
                            x < -1, np.nan, elementary("log1p")(np.where((x > -1) & np.isfinite(x), x, 0))
                        ),
                    ),
                ),
            ),
        ),
        _unary("sin", sine),
        _unary("cos", cosine),
        _unary("tan", tangent),
        _unary("asin", lambda x: np.where(x == 0, x, _in_unit(x, elementary("asin")))),
        _unary("acos", lambda x: _in_unit(x, elementary("acos"))),
        _unary("atan", _at_infinity(elementary("atan"), -half_pi, half_pi)),
        _unary("sinh", _at_infinity(elementary("sinh"), -np.inf, np.inf)),
        _unary("cosh", _at_infinity(elementary("cosh"), np.inf, np.inf, zero=False)),
        _unary("tanh", hyperbolic),
        _unary("asinh", _at_infinity(elementary("asinh"), -np.inf, np.inf)),
        _unary(
            "acosh",
            lambda x: np.where(
                np.isposinf(x), x, elementary("acosh")(np.where((x >= 1) & np.isfinite(x), x, np.nan))
            ),
        ),
        _unary(
            "atanh",
            lambda x: np.where(
                x == 0,
                x,
                np.where(
                    np.abs(x) == 1,
                    np.copysign(np.inf, x),
                    _in_unit(np.where(np.abs(x) == 1, 0, x), elementary("atanh")),
                ),
            ),
        ),
        _unary("erf", _at_infinity(elementary("erf"), -1, 1)),
        _unary("erfc", _at_infinity(_complement, 2, 0, zero=False)),
        _unary(
            "cbrt",
            lambda x: np.where(
                np.isfinite(x) & (x != 0),
                np.copysign(elementary("cbrt")(np.where(np.isfinite(x), np.abs(x), 1)), x),
                x,
            ),
        ),
        _binary("atan2", _angle, ULPS),
        _binary("copysign", np.copysign),
        _binary("div_rn", lambda x, y: x / y),
        _binary("fmod", np.fmod),
        _binary("pow", _power, ULPS),
        _case("fma", lambda x, y, z: fused(x, y, z)),
        _case("fma_rn", lambda x, y, z: fused(x, y, z)),
        _flag("isnan", np.isnan),
        _flag("isinf", np.isinf),
        _flag("isfinited", np.isfinite),
        _flag("finitef", np.isfinite),
    ]
