"""Operators, mathematics, comparisons and casts: one result for each element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tools.coverage.case import Case, i1, in_f32, unequal_to_zero
from tools.coverage.elements import ELEMENTS, Array, Element
from tools.coverage.exact import elementary, fused, keeping_zeros, logarithm

INTEGERS = "bool int uint"

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}

PICK = "@triton.jit\ndef pick(a, b):\n    r = b\n    if a > b:\n        r = a\n    return r\n"


def modular(operation: Callable[[Any, Any], Any], x: Array, y: Array) -> Array:
    """``operation``; on booleans modulo 2, where NumPy would be logical."""
    if x.dtype.kind == "b":
        return (operation(x.astype(np.int8), y.astype(np.int8)) & 1).astype(bool)
    return operation(x, y)


def quotient(x: Array, y: Array) -> Array:
    """Of integers cut towards zero, as in C."""
    if x.dtype.kind in "fb":
        return x / y if x.dtype.kind == "f" else x
    pairs = [(int(a), int(b)) for a, b in zip(x, y, strict=True)]
    return np.array([abs(a) // abs(b) * (-1 if (a < 0) != (b < 0) else 1) for a, b in pairs], object).astype(
        x.dtype
    )


def divisible(x: Array) -> Array:
    """An operand of ``/``: integers are converted to f32."""
    return x if x.dtype.kind == "f" else x.astype(np.float32).astype(float)


def remainder(x: Array, y: Array) -> Array:
    """With the sign of the first operand, as in C."""
    return np.fmod(x, y) if x.dtype.kind != "b" else np.zeros_like(x)


def shifts(_: Element, x: Array, y: Array) -> list[Array]:
    """Inputs for a shift: by less than the width."""
    return [x, y % np.array(8 * y.dtype.itemsize, y.dtype)]


def high_half(x: Array, y: Array) -> Array:
    """The upper half of the product, as unsigned integers."""
    unsigned = np.dtype(f"u{x.dtype.name.lstrip('u')}")
    pairs = zip(x.view(unsigned), y.view(unsigned), strict=True)
    product = [int(a) * int(b) >> 8 * x.dtype.itemsize for a, b in pairs]
    return np.array(product, object).astype(unsigned).view(x.dtype)


def ordered_bounds(element: Element, x: Array, y: Array, z: Array) -> list[Array]:
    """Inputs for a clamp: the bounds are numbers, the lower one first."""
    low, high = (element.decode(bound) for bound in (y, z))
    usable = low <= high
    one, two = (element.encode(np.array([n], element.values))[0] for n in (0, 1))
    return [x, np.where(usable, y, one), np.where(usable, z, two)]


def _math(name: str, reference: Callable[[Array], Array], ulps: float = 2) -> Case:
    return Case(name, f"tl.{name}(x)", lambda x: reference(x), ulps=ulps)


OPERATORS: list[Case] = [
    Case("x + y", "x + y", lambda x, y: modular(np.add, x, y)),
    Case("x - y", "x - y", lambda x, y: modular(np.subtract, x, y)),
    Case("x * y", "x * y", lambda x, y: modular(np.multiply, x, y)),
    Case(
        "x / y",
        "x / y",
        lambda x, y: divisible(x) / divisible(y),
        result=in_f32,
        domain=unequal_to_zero,
        ulps=1,
    ),
    Case("x // y", "x // y", lambda x, y: quotient(x, y), domain=unequal_to_zero, kinds=INTEGERS),
    Case("x % y", "x % y", lambda x, y: remainder(x, y), domain=unequal_to_zero),
    Case("0 - x", "-x", lambda x: 0 - x, kinds="int uint float"),
    Case("~x", "~x", lambda x: ~x, kinds=INTEGERS),
    Case("x & y", "x & y", lambda x, y: x & y, kinds=INTEGERS),
    Case("x | y", "x | y", lambda x, y: x | y, kinds=INTEGERS),
    Case("x ^ y", "x ^ y", lambda x, y: x ^ y, kinds=INTEGERS),
    Case("x << y", "x << y", lambda x, y: x << y, kinds="int uint", domain=shifts),
    Case("x >> y", "x >> y", lambda x, y: x >> y, kinds="int uint", domain=shifts),
    *(
        Case(f"x {sign} y", f"x {sign} y", lambda x, y, *, compare=compare: compare(x, y), result=i1)
        for sign, compare in _COMPARISONS.items()
    ),
    Case("x.logical_and(y)", "(x == y).logical_and(x >= y)", lambda x, y: x == y, result=i1),
    Case("x.logical_or(y)", "(x > y).logical_or(x == y)", lambda x, y: x >= y, result=i1),
]

FUNCTIONS: list[Case] = [
    Case("abs", "tl.abs(x)", lambda x: np.abs(x)),
    Case("add", "tl.add(x, y)", lambda x, y: modular(np.add, x, y)),
    Case("sub", "tl.sub(x, y)", lambda x, y: modular(np.subtract, x, y)),
    Case("mul", "tl.mul(x, y)", lambda x, y: modular(np.multiply, x, y)),
    Case(
        "cdiv",
        "tl.cdiv(x, y)",
        lambda x, y: quotient(x + (y - np.array(1, y.dtype)), y),
        domain=unequal_to_zero,
        kinds="int uint",
    ),
    _math("ceil", np.ceil, 0),
    _math("floor", np.floor, 0),
    _math("cos", elementary("cos")),
    _math("sin", keeping_zeros(elementary("sin"))),
    _math("erf", keeping_zeros(elementary("erf"))),
    _math("exp", elementary("exp")),
    _math("exp2", elementary("exp2")),
    _math("log", logarithm("log")),
    _math("log2", logarithm("log2")),
    _math("rsqrt", lambda x: 1 / np.sqrt(x)),
    _math("sqrt", np.sqrt, 1),
    _math("sqrt_rn", np.sqrt, 0),
    _math("sigmoid", lambda x: 1 / (1 + np.exp(-x)), 4),
    Case("fdiv", "tl.fdiv(x, y)", lambda x, y: x / y, ulps=1),
    Case("div_rn", "tl.div_rn(x, y)", lambda x, y: x / y),
    Case("fma", "tl.fma(x, y, z)", lambda x, y, z: fused(x, y, z)),
    Case("umulhi", "tl.umulhi(x, y)", lambda x, y: high_half(x, y), kinds="int uint"),
    Case("maximum", "tl.maximum(x, y)", lambda x, y: np.fmax(x, y), zeros=True),
    Case(
        "maximum",
        "tl.maximum(x, y, propagate_nan=tl.PropagateNan.ALL)",
        lambda x, y: np.maximum(x, y),
        zeros=True,
    ),
    Case("minimum", "tl.minimum(x, y)", lambda x, y: np.fmin(x, y), zeros=True),
    Case(
        "minimum",
        "tl.minimum(x, y, propagate_nan=tl.PropagateNan.ALL)",
        lambda x, y: np.minimum(x, y),
        zeros=True,
    ),
    Case(
        "clamp",
        "tl.clamp(x, y, z)",
        lambda x, y, z: np.fmin(np.fmax(x, y), z),
        domain=ordered_bounds,
        zeros=True,
    ),
    Case(
        "clamp",
        "tl.clamp(x, y, z, propagate_nan=tl.PropagateNan.ALL)",
        lambda x, y, z: np.minimum(np.maximum(x, y), z),
        domain=ordered_bounds,
        zeros=True,
    ),
    Case(
        "cast",
        "tl.cast(x, tl.float32)",
        lambda x: x.astype(np.float32).astype(float),
        result=lambda _: "fp32",
        zeros=True,
    ),
    Case("where", "tl.where(x > y, x, z)", lambda x, y, z: np.where(x > y, x, z)),
    Case("map_elementwise", "tl.map_elementwise(pick, x, y)", lambda x, y: np.where(x > y, x, y), given=PICK),
    Case(
        "inline_asm_elementwise",
        'tl.inline_asm_elementwise("mv $0, $1", "=r,r", [x], dtype=tl.int32, is_pure=True, pack=1)',
        lambda x: x,
        names=("i32",),
    ),
]


def _fitting(target: Element) -> Callable[[Element, Array], list[Array]]:
    """What the conversion of a float to an integer is defined for: numbers in range."""

    def domain(source: Element, x: Array) -> list[Array]:
        if not source.is_float or target.kind == "bool":
            return [x]
        low, high = (
            (-(2.0 ** (target.bits - 1)), 2.0 ** (target.bits - 1))
            if target.kind == "int"
            else (-1.0, 2.0**target.bits)
        )
        value = source.decode(x)
        fits = (value >= low if target.kind == "int" else value > low) & (value < high)
        return [np.where(fits, x, source.encode(np.array([1.5], source.values))[0])]

    return domain


def _converted(target: Element) -> Callable[[Array], Array]:
    """The values of ``x``, cut to integers or compared with zero where ``target`` says so."""

    def reference(x: Array) -> Array:
        if target.kind == "bool":
            return x != 0
        if target.is_float:
            return x.astype(np.longdouble)
        if x.dtype.kind == "f":
            return np.array([int(value) for value in x], object).astype(target.storage)
        return x.astype(target.storage)

    return lambda x: reference(x)


def _always(name: str) -> Callable[[Element], str]:
    return lambda _: name


def casts() -> list[Case]:
    """A case for each target type and rounding; the columns are the source types."""
    found = []
    for target in ELEMENTS.values():
        call = f"x.to(tl.{target.language}"
        made: dict[str, Any] = {"reference": _converted(target), "result": _always(target.name)}
        found.append(Case(f"{call})", f"{call})", domain=_fitting(target), **made))
        if target.is_float and target.name != "fp64":
            call += ', fp_downcast_rounding="rtz")'
            found.append(Case(call, call, kinds="float", towards_zero=True, **made))
    return found


def bitcasts() -> list[Case]:
    """A case for each target type: the bits of the source, which is as wide."""
    return [
        Case(
            f"x.to(tl.{target.language}, bitcast=True)",
            f"x.to(tl.{target.language}, bitcast=True).to(tl.uint{target.bits}, bitcast=True)",
            lambda x: x,
            names=tuple(e.name for e in ELEMENTS.values() if e.bits == target.bits),
            bits=True,
            result=_always(f"u{target.bits}"),
        )
        for target in ELEMENTS.values()
        if target.bits > 1
    ]
