"""Bessel functions of ``libdevice``: j0, j1, jn, y0, y1 and yn.

Computed in f64 and rounded once.  Below 8: polynomials of x * x, with the first two zeros of j0 and j1 as
factors, so that these keep their digits there.  Above: 1 / sqrt(pi x) times P cos - Q sin, where P and Q are
polynomials of 64 / (x * x).  Orders from 2 on come from recurrences.

Errors, measured against mpmath: f32 1 unit in the last place.  f64: 2**-49 of the function's amplitude,
sqrt(2 / (pi x)) from 1 on, which is 2 units for most numbers and more close to a zero; jn and yn 2**-47.
"""

from __future__ import annotations

import triton
import triton.language as tl

from smtir.language.library import coefficients as table
from smtir.language.library.externs import cos, sin
from smtir.language.library.numbers import float_of, polynomial

# mypy: disable-error-code="no-untyped-def"

_J0 = tl.constexpr(tuple(reversed(table.J0_NEAR)))
_J1 = tl.constexpr(tuple(reversed(table.J1_NEAR)))
_Y0 = tl.constexpr(tuple(reversed(table.Y0_NEAR)))
_Y1 = tl.constexpr(tuple(reversed(table.Y1_NEAR)))
_P0 = tl.constexpr(tuple(reversed(table.P0_FAR)))
_Q0 = tl.constexpr(tuple(reversed(table.Q0_FAR)))
_P1 = tl.constexpr(tuple(reversed(table.P1_FAR)))
_Q1 = tl.constexpr(tuple(reversed(table.Q1_FAR)))
_J0_ZEROS = tl.constexpr(table.J0_ZEROS)
_J1_ZEROS = tl.constexpr(table.J1_ZEROS)
_FAR = tl.constexpr(8.0)


@triton.jit
def _from_zeros(x, zeros: tl.constexpr):
    """The product of x * x - z * z for two zeros z, each given by its high and low part."""
    first = ((x - zeros[0]) - zeros[1]) * (x + zeros[0])
    return first * (((x - zeros[2]) - zeros[3]) * (x + zeros[2]))


@triton.jit
def _j0_near(x):
    return _from_zeros(x, _J0_ZEROS) * polynomial(x * x * 0.03125 - 1.0, _J0)


@triton.jit
def _j1_near(x):
    return x * (_from_zeros(x, _J1_ZEROS) * polynomial(x * x * 0.03125 - 1.0, _J1))


@triton.jit
def _far(x, p: tl.constexpr, q: tl.constexpr):
    """P, Q, and the cosine and sine of x, all over sqrt(pi x), for x from 8 on."""
    over = 8.0 / x
    square = over * over
    scale = 0.5641895835477563 / tl.sqrt(x)
    return polynomial(square, p), over * polynomial(square, q), cos(x) * scale, sin(x) * scale


@triton.jit
def _of_zero(x):
    """j0 and y0 of 0 < x < inf."""
    small = tl.minimum(x, _FAR)
    j = _j0_near(small)
    y = 0.6366197723675814 * tl.log(small) * j + polynomial(small * small * 0.03125 - 1.0, _Y0)
    p, q, c, s = _far(tl.maximum(x, _FAR), _P0, _Q0)
    near = x < _FAR
    return tl.where(near, j, p * (c + s) - q * (s - c)), tl.where(near, y, p * (s - c) + q * (c + s))


@triton.jit
def _of_one(x):
    """j1 and y1 of 0 < x < inf."""
    small = tl.minimum(x, _FAR)
    j = _j1_near(small)
    y = 0.6366197723675814 * (tl.log(small) * j - 1.0 / small)
    y += small * polynomial(small * small * 0.03125 - 1.0, _Y1)
    p, q, c, s = _far(tl.maximum(x, _FAR), _P1, _Q1)
    near = x < _FAR
    return tl.where(near, j, p * (s - c) + q * (s + c)), tl.where(near, y, q * (s - c) - p * (s + c))


@triton.jit
def _usual(x):
    """The magnitude of x in f64 where that is finite and not 0, else 1; and whether it is."""
    magnitude = tl.abs(x.to(tl.float64))
    usual = (magnitude > 0) & (magnitude < float("inf"))
    return tl.where(usual, magnitude, 1.0), usual


@triton.jit
def j0(x: tl.tensor) -> tl.tensor:
    """The Bessel function of the first kind and order 0."""
    x = float_of(x)
    magnitude, usual = _usual(x)
    found, _ = _of_zero(magnitude)
    otherwise = tl.where(x == 0, 1.0, tl.where(x == x, 0.0, x.to(tl.float64)))
    return tl.where(usual, found, otherwise).to(x.dtype)


@triton.jit
def j1(x: tl.tensor) -> tl.tensor:
    """The Bessel function of the first kind and order 1."""
    x = float_of(x)
    magnitude, usual = _usual(x)
    found, _ = _of_one(magnitude)
    wide = x.to(tl.float64)
    otherwise = tl.where(tl.abs(wide) == float("inf"), 1.0 / wide, wide)
    return tl.where(usual, tl.where(wide < 0, -found, found), otherwise).to(x.dtype)


@triton.jit
def _second_kind(x, found, usual):
    """``found`` for x > 0; -inf at 0, NaN below, 0 at infinity."""
    wide = x.to(tl.float64)
    otherwise = tl.where(wide == 0, float("-inf"), tl.where(wide > 0, 0.0, wide))
    found = tl.where(usual, found, otherwise)
    return tl.where(wide < 0, float("nan"), found).to(x.dtype)


@triton.jit
def y0(x: tl.tensor) -> tl.tensor:
    """The Bessel function of the second kind and order 0; -inf at 0, NaN below."""
    x = float_of(x)
    magnitude, usual = _usual(x)
    _, found = _of_zero(magnitude)
    return _second_kind(x, found, usual)


@triton.jit
def y1(x: tl.tensor) -> tl.tensor:
    """The Bessel function of the second kind and order 1; -inf at 0, NaN below."""
    x = float_of(x)
    magnitude, usual = _usual(x)
    _, found = _of_one(magnitude)
    return _second_kind(x, found, usual)


@triton.jit
def _largest(n):
    """The largest of some integers, or the one at hand."""
    if n.type.is_block():
        return tl.max(tl.ravel(n), 0)
    else:  # noqa: RET505  (Triton follows one branch only with an else)
        return n


@triton.jit
def _upwards(first, second, order, x, highest):
    """Of the recurrence f(k + 1) = 2 k / x f(k) - f(k - 1), what ``order`` says; f(0) and f(1) are given."""
    found = tl.where(order == 0, first, second)
    for k in range(1, highest):
        next_one = (2.0 * k) / x * second - first
        first = second
        # An infinity stays one: what it is multiplied with may be less than what is taken off.
        second = tl.where(tl.abs(second) < float("inf"), next_one, second)
        found = tl.where(order == k + 1, second, found)
    return found


@triton.jit
def _downwards(j_0, j_1, order, x, highest):
    """jn for x < order, by the recurrence from far above, where any start will do (Miller)."""
    above, here = tl.zeros_like(x), tl.zeros_like(x) + 1e-300
    found = tl.zeros_like(x)
    start = highest + 40 + tl.sqrt(64.0 * highest.to(tl.float32)).to(tl.int32)
    for step in range(start):
        k = start - step
        below = (2.0 * k) / x * here - above
        above = here
        here = below
        found = tl.where(order == k - 1, here, found)
        large = tl.abs(here) > 1e200
        scale = tl.where(large, 1e-200, 1.0).to(tl.float64)
        above, here, found = above * scale, here * scale, found * scale
    by_one = tl.abs(above) > tl.abs(here)
    return found * (tl.where(by_one, j_1, j_0) / tl.where(by_one, above, here))


@triton.jit
def _first_term(order, x, highest):
    """(x / 2)**n / n!: all there is for small x."""
    found = tl.zeros_like(x) + 1.0
    for k in range(1, tl.minimum(highest, 400) + 1):
        found = tl.where(order >= k, found * (0.5 * x / k), found)
    return tl.where(order > 400, 0.0, found)


@triton.jit
def jn(n: tl.tensor, x: tl.tensor) -> tl.tensor:
    """The Bessel function of the first kind and order ``n``, an i32 of either sign."""
    x = float_of(x)
    n = tl.to_tensor(n).to(tl.int32)
    magnitude, usual = _usual(x)
    order = tl.abs(n) + tl.zeros_like(magnitude).to(tl.int32)
    j_0, _ = _of_zero(magnitude)
    j_1, _ = _of_one(magnitude)
    highest = _largest(order)
    upwards = _upwards(j_0, j_1, order, tl.maximum(magnitude, 1.0), highest)
    tiny = magnitude < 1e-8
    downwards = _downwards(j_0, j_1, order, tl.where(tiny, 1.0, magnitude), highest)
    found = tl.where(order.to(tl.float64) > magnitude, downwards, upwards)
    found = tl.where(order < 2, tl.where(order == 0, j_0, j_1), found)
    found = tl.where(tiny, _first_term(order, magnitude, highest), found)
    odd = (order & 1) == 1
    found = tl.where(odd & ((x < 0) != (n < 0)), -found, found)
    otherwise = tl.where(x == x, tl.where((x == 0) & (order == 0), 1.0, 0.0), x.to(tl.float64))
    return tl.where(usual, found, otherwise).to(x.dtype)


@triton.jit
def yn(n: tl.tensor, x: tl.tensor) -> tl.tensor:
    """The Bessel function of the second kind and order ``n``, an i32 of either sign; -inf at 0, NaN below."""
    x = float_of(x)
    n = tl.to_tensor(n).to(tl.int32)
    magnitude, usual = _usual(x)
    order = tl.abs(n) + tl.zeros_like(magnitude).to(tl.int32)
    _, y_0 = _of_zero(magnitude)
    _, y_1 = _of_one(magnitude)
    found = _upwards(y_0, y_1, order, magnitude, _largest(order))
    found = _second_kind(x.to(tl.float64), found, usual)
    return tl.where((n < 0) & ((n & 1) == 1), -found, found).to(x.dtype)
