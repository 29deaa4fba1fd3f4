"""Functions of ``libdevice`` with a direction of rounding: arithmetic and conversions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from tools.coverage.case import Case
from tools.coverage.directed import MODES, each, from_integers, root, rounded, to_integers
from tools.coverage.elements import Array, Element

_BOTH = ("fp32", "fp64")
_INTEGERS = {"int": "i32", "uint": "u32", "ll": "i64", "ull": "u64"}


def cases() -> list[Case]:
    """Every case."""
    return [case for mode in MODES for case in (*_arithmetic(mode), *_conversions(mode))]


def _arithmetic(mode: str) -> list[Case]:
    def case(name: str, reference: Callable[..., Array]) -> Case:
        arguments = ", ".join("xyz"[: reference.__code__.co_argcount])
        return Case(
            f"{name}_{mode}",
            f"libdevice.{name}_{mode}({arguments})",
            reference,
            names=_BOTH,
            domain=_with_opposites,
        )

    found = [
        case("add", lambda x, y: _sum(each(lambda a, b: a + b, np.add, mode, x, y), x, y, mode)),
        case("sub", lambda x, y: _sum(each(lambda a, b: a - b, np.subtract, mode, x, y), x, -y, mode)),
        case("mul", lambda x, y: each(lambda a, b: a * b, np.multiply, mode, x, y)),
        case("rcp", lambda x: each(lambda a: 1 / a, np.reciprocal, mode, x)),
    ]
    if mode == "rn":
        return found
    return [
        *found,
        case("div", lambda x, y: each(lambda a, b: a / b, np.divide, mode, x, y)),
        case("sqrt", lambda x: each(root, np.sqrt, mode, x)),
        case(
            "fma",
            lambda x, y, z: _sum(
                each(lambda a, b, c: a * b + c, lambda a, b, c: a * b + c, mode, x, y, z), x * y, z, mode
            ),
        ),
    ]


def _with_opposites(_: Element, *arrays: Array) -> list[Array]:
    """Inputs with sums of zero among them: of equal numbers, and of zeros of either sign."""
    found = [array.copy() for array in arrays]
    if len(found) > 1:
        found[0][24:28] = [0.0, -0.0, 0.0, -0.0]
        found[1][24:32] = [0.0, 0.0, -0.0, -0.0, *(-found[0][28:32])]
    if len(found) > 2:
        found[1][24:36] = 1
        found[2][24:36] = [0.0, 0.0, -0.0, -0.0, *(-found[0][28:36])]
    return found


def _sum(total: Array, x: Array, y: Array, mode: str) -> Array:
    """Rounding down, an exact sum of zero is negative but for that of two zeros without a sign."""
    negative = np.signbit(x) | np.signbit(y)
    return np.where((mode == "rd") & (total == 0) & negative & ((x == -y) | (x == y)), -0.0, total)


def _conversions(mode: str) -> list[Case]:
    found = [
        _float_to_integer(source, source_name, target, mode)
        for source, source_name in (("float", "fp32"), ("double", "fp64"))
        for target in _INTEGERS
    ]
    for source in _INTEGERS:
        for target in ("float", "double"):
            if mode == "rn" or (source, target) not in (("int", "double"), ("uint", "double")):
                found.append(_integer_to_float(source, target, mode))
    name = f"double2float_{mode}"
    found.append(
        Case(name, f"libdevice.{name}(x)", lambda x: _narrowed(x, mode), _always("fp32"), names=("fp64",))
    )
    return found


def _float_to_integer(source: str, source_name: str, target: str, mode: str) -> Case:
    name, bits = f"{source}2{target}_{mode}", 64 if "ll" in target else 32
    unsigned = target.startswith("u")
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return Case(
        name,
        f"libdevice.{name}(x)",
        lambda x: to_integers(x, mode, low, high, bits),
        _always(f"i{bits}"),
        names=(source_name,),
    )


def _integer_to_float(source: str, target: str, mode: str) -> Case:
    name, kind = f"{source}2{target}_{mode}", np.float32 if target == "float" else np.float64
    return Case(
        name,
        f"libdevice.{name}(x)",
        lambda x: from_integers(x, kind, mode),
        _always("fp32" if target == "float" else "fp64"),
        names=(_INTEGERS[source],),
    )


def _narrowed(x: Array, mode: str) -> Array:
    found = x.astype(np.float64)
    for place, value in enumerate(found):
        if np.isfinite(value) and value:
            found[place] = rounded(Fraction(*value.as_integer_ratio()), np.float32, mode)
    return found


def _always(name: str) -> Callable[[Element], str]:
    def result(_: Element) -> Any:
        return name

    return result
