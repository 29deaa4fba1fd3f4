"""Matrix products."""

from __future__ import annotations

import numpy as np

from tools.coverage.case import Case
from tools.coverage.cases_tensors import small
from tools.coverage.elements import ELEMENTS, Array, Element


def _accumulated(element: Element) -> str:
    """The default type of a product."""
    if element.is_float:
        return element.name if element.name == "fp64" else "fp32"
    return "i32"


_DOT = "a = tl.reshape(x, [8, 8])\nb = tl.reshape(y, [8, 8])\n"
FLOATS = tuple(name for name, element in ELEMENTS.items() if element.is_float)
DOTS: list[Case] = [
    Case(
        "dot",
        _DOT + "out = tl.ravel(tl.dot(a, b))",
        lambda x, y: _product(x, y),
        result=_accumulated,
        domain=small,
    ),
    Case(
        "dot",
        _DOT + "out = tl.ravel(tl.dot(a, b, acc=tl.dot(a, b)))",
        lambda x, y: 2 * _product(x, y),
        result=_accumulated,
        domain=small,
    ),
    Case(
        "dot",
        _DOT + "out = tl.ravel(tl.dot(a, b, out_dtype=tl.float16))",
        lambda x, y: _product(x, y),
        result=lambda _: "fp16",
        domain=small,
        names=("fp16",),
    ),
    *(
        Case(
            "dot",
            _DOT + f'out = tl.ravel(tl.dot(a, b, input_precision="{precision}"))',
            lambda x, y: _product(x, y),
            result=_accumulated,
            domain=small,
            names=("fp32",),
        )
        for precision in ("tf32", "tf32x3", "ieee")
    ),
    Case(
        "dot",
        _DOT + "out = tl.ravel(tl.dot(a, b, max_num_imprecise_acc=8))",
        lambda x, y: _product(x, y),
        result=_accumulated,
        domain=small,
        names=tuple(name for name in FLOATS if name.startswith("fp8")),
    ),
    Case(
        "dot",
        "a = tl.reshape(x, [2, 4, 8])\nb = tl.reshape(y, [2, 8, 4])\nout = tl.ravel(tl.dot(a, b))",
        lambda x, y: _product(x, y, (2, 4, 8), (2, 8, 4)),
        result=_accumulated,
        domain=small,
        size=32,
    ),
]

_SCALED = """\
kind: tl.constexpr = "e4m3" if x.dtype == tl.float8e4nv else "e5m2" if x.dtype == tl.float8e5 else {wide}
one = tl.full([2, 1], 128, tl.uint8)
out = tl.ravel(tl.dot_scaled(tl.reshape(x, [2, 32]), one, kind, tl.reshape(y, [32, 2]), one, kind))"""
_FOURS = """\
one = tl.full([1, 1], 128, tl.uint8)
out = tl.ravel(tl.dot_scaled(tl.reshape(x, [1, 64]), tl.full([1, 4], 128, tl.uint8), "e2m1",
                             tl.reshape(y, [64, 1]), tl.full([1, 4], 127, tl.uint8), "e2m1"))"""
_E2M1 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])
DOTS += [
    Case(
        "dot_scaled",
        _SCALED.format(wide='"bf16"'),
        lambda x, y: 4 * _product(x, y, (2, 32), (32, 2)),
        size=4,
        result=lambda _: "fp32",
        domain=small,
        names=("fp8e5", "fp8e4nv", "bf16"),
    ),
    Case(
        "dot_scaled",
        _SCALED.format(wide='"fp16"'),
        lambda x, y: 4 * _product(x, y, (2, 32), (32, 2)),
        size=4,
        result=lambda _: "fp32",
        domain=small,
        names=("fp16",),
    ),
    Case(
        "dot_scaled",
        _FOURS,
        lambda x, y: np.array([2 * (_fours(x) * _fours(y)).sum()]),
        size=1,
        result=lambda _: "fp32",
        names=("u8",),
    ),
]


def _fours(x: Array) -> Array:
    """Two 4-bit floats a byte, the lower half first."""
    return _E2M1[np.stack([x & 15, x >> 4], 1).ravel()]


def _product(x: Array, y: Array, left: tuple[int, ...] = (8, 8), right: tuple[int, ...] = (8, 8)) -> Array:
    wide = np.dtype(int) if x.dtype.kind != "f" else x.dtype
    return x.reshape(left).astype(wide) @ y.reshape(right).astype(wide)
