"""Arithmetic with a direction of rounding: ``rn`` to nearest even, ``rz`` to zero, ``rd`` down, ``ru`` up.

The sign of what the nearest number lacks is found exactly, and decides between it and its neighbour: of
f32 in f64, of f64 by exact sums and fused products of numbers scaled to about 1.  Narrower floats are f32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import triton
import triton.language as tl

from smtir.language.library.numbers import (
    bits_of,
    exponent_of,
    neighbour,
    same,
    scaled,
    sum_and_error,
    wide,
)

# mypy: disable-error-code="no-untyped-def"

NEAREST = tl.constexpr(0)
TO_ZERO = tl.constexpr(1)
DOWN = tl.constexpr(2)
UP = tl.constexpr(3)
_MODES = {"rn": NEAREST, "rz": TO_ZERO, "rd": DOWN, "ru": UP}


@triton.jit
def directed(q, above, below, mode: tl.constexpr):
    """The rounded ``q``, where the exact number is ``above`` or ``below`` it, in another direction."""
    if mode == UP:
        return tl.where(above, neighbour(q, q == q), q)
    elif mode == DOWN:  # noqa: RET505  (Triton follows one branch only with an else)
        return tl.where(below, neighbour(q, q != q), q)
    elif mode == TO_ZERO:
        return tl.where((above & (q < 0)) | (below & (q > 0)), neighbour(q, q < 0), q)
    else:
        return q


@triton.jit
def narrowed(x, mode: tl.constexpr):
    """f64 as f32."""
    q = x.to(tl.float32)
    back = q.to(tl.float64)
    return directed(q, x > back, x < back, mode)


@triton.jit
def odd(total, error):
    """A sum of f64 whose last bit says that it is not exact: then it can be rounded once more."""
    bits = bits_of(total)
    inexact = (tl.abs(error) > 0) & ((bits & 1) == 0)
    outward = (error > 0) == (total > 0)
    moved = tl.where(outward, bits + 1, bits - 1).to(tl.float64, bitcast=True)
    return tl.where(inexact, moved, total)


@triton.jit
def _zero_of(q, error, positive, mode: tl.constexpr):
    """Rounding down, an exact sum of zero is negative unless both terms are ``positive``."""
    if mode == DOWN:
        return tl.where(
            (q == 0) & (error == 0) & (positive == 0), tl.abs(q) * -1.0, q
        )  # -0.0 is 0.0 to Triton
    else:  # noqa: RET505  (as above)
        return q


@triton.jit
def _add(x, y, mode: tl.constexpr):
    x, y = same(x, y)
    total, error = sum_and_error(x, y)
    infinity: tl.constexpr = float("inf")
    finite = (tl.abs(x) < infinity) & (tl.abs(y) < infinity)
    overflow = finite & (tl.abs(total) == infinity)
    above = tl.where(overflow, total < 0, error > 0)
    below = tl.where(overflow, total > 0, error < 0)
    positive = (bits_of(x) >= 0) & (bits_of(y) >= 0)
    return _zero_of(directed(total, above, below, mode), error, positive, mode)


@triton.jit
def _sub(x, y, mode: tl.constexpr):
    x, y = same(x, y)
    return _add(x, y * -1.0, mode)


@triton.jit
def _about_one(x):
    """``x * 2**-n`` from 1 to 2, and n; 0, infinities and NaN as they are."""
    usual = (x != 0) & (tl.abs(x) < float("inf"))
    n = tl.where(usual, exponent_of(tl.where(usual, x, 1.0)), 0)
    return scaled(x, -n), n


@triton.jit
def _mul(x, y, mode: tl.constexpr):
    x, y = same(x, y)
    if x.dtype == tl.float32:
        return narrowed(x.to(tl.float64) * y.to(tl.float64), mode)
    else:  # noqa: RET505  (as above)
        product = x * y
        left, m = _about_one(x)
        right, n = _about_one(y)
        error = tl.fma(left, right, -scaled(product, -(m + n)))
        return directed(product, error > 0, error < 0, mode)


@triton.jit
def _div(x, y, mode: tl.constexpr):
    x, y = same(x, y)
    q = x / y
    top, m = _about_one(x.to(tl.float64))
    bottom, n = _about_one(y.to(tl.float64))
    error = tl.fma(-scaled(q.to(tl.float64), n - m), bottom, top)
    error = tl.where(bits_of(bottom) < 0, -error, error)
    return directed(q, error > 0, error < 0, mode)


@triton.jit
def _rcp(x, mode: tl.constexpr):
    x = wide(x)
    return _div(tl.full(x.shape, 1.0, x.dtype), x, mode)


@triton.jit
def _sqrt(x, mode: tl.constexpr):
    x = wide(x)
    root = tl.sqrt(x)
    square, n = _about_one(x.to(tl.float64))
    half = n >> 1
    square = tl.where((n & 1) == 1, square + square, square)
    near = scaled(root.to(tl.float64), -half)
    error = tl.fma(-near, near, square)
    return directed(root, error > 0, error < 0, mode)


@triton.jit
def _fma(x, y, z, mode: tl.constexpr):
    x, y = same(x, y)
    x, z = same(x, z)
    y = y.to(x.dtype)
    plain = tl.fma(x, y, z)
    infinity: tl.constexpr = float("inf")
    if x.dtype == tl.float32:
        product = x.to(tl.float64) * y.to(tl.float64)
        addend = z.to(tl.float64)
        total, error = sum_and_error(product, addend)
        usual = tl.abs(total) < infinity
        q = tl.where(usual, narrowed(odd(total, tl.where(usual, error, 0.0)), mode), plain)
        positive = (bits_of(product) >= 0) & (bits_of(addend) >= 0)
        return _zero_of(q, error, positive, mode)
    else:  # noqa: RET505  (as above)
        left, m = _about_one(x)
        right, n = _about_one(y)
        product = left * right
        rest = tl.fma(left, right, -product)
        n += m
        _, of_addend = _about_one(z)
        usual = (z != 0) & (product != 0) & (tl.abs(z) < infinity)
        distance = tl.where(usual, of_addend - n, 0)
        small = tl.where(z > 0, 2.0**-250, -(2.0**-250)).to(tl.float64)  # where the product dwarfs it
        addend = tl.where(distance < -200, small, scaled(z, -n))
        high, middle = sum_and_error(product, addend)
        low, lowest = sum_and_error(middle, rest)
        error = ((high - scaled(plain, -n)) + low) + lowest
        error = tl.where(distance > 200, product, error)
        finite = (tl.abs(product) < infinity) & (tl.abs(z) < infinity)
        error = tl.where(tl.abs(plain) == infinity, tl.where(finite, plain * -1.0, 0.0), error)
        q = directed(plain, error > 0, error < 0, mode)
        positive = ((bits_of(x) ^ bits_of(y)) >= 0) & (bits_of(z) >= 0)
        return _zero_of(q, error, positive, mode)


def _made(name: str, mode: str, what: str, function: Callable[..., Any]) -> Any:
    """``function`` as Triton's, under a name of its own: what is compiled goes by it."""
    function.__name__ = function.__qualname__ = f"{name}_{mode}"
    function.__doc__ = f"``{what}`` with the rounding ``{mode}``."
    return triton.jit(function)


def _of_one(name: str, mode: str, what: str, inner: Any) -> Any:
    direction = _MODES[mode]

    def function(x):
        return inner(x, direction)

    return _made(name, mode, what, function)


def _of_two(name: str, mode: str, what: str, inner: Any) -> Any:
    direction = _MODES[mode]

    def function(x, y):
        return inner(x, y, direction)

    return _made(name, mode, what, function)


def _of_three(name: str, mode: str, what: str, inner: Any) -> Any:
    direction = _MODES[mode]

    def function(x, y, z):
        return inner(x, y, z, direction)

    return _made(name, mode, what, function)


FUNCTIONS = {
    f"{name}_{mode}": made(name, mode, what, inner)
    for made, name, what, inner in (
        (_of_two, "add", "x + y", _add),
        (_of_two, "sub", "x - y", _sub),
        (_of_two, "mul", "x * y", _mul),
        (_of_two, "div", "x / y", _div),
        (_of_one, "rcp", "1 / x", _rcp),
        (_of_one, "sqrt", "sqrt(x)", _sqrt),
        (_of_three, "fma", "x * y + z", _fma),
    )
    for mode in _MODES
    if mode != "rn" or name in ("add", "sub", "mul", "rcp")
}
"""``add_rn`` to ``fma_ru``, but for what the C library rounds to nearest itself."""
