"""Functions of spine-triton's ``libdevice`` that no C library has, written in Triton.

Activations are computed in f32 or f64 and rounded once to the argument's type.  Directed divisions
correct the rounded quotient by the sign of the remainder, which a fused multiply-add gives exactly.
"""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def _wide(x):  # type: ignore[no-untyped-def]  # a function of Triton, which reads its own types
    if x.dtype == tl.float64:
        return x
    else:  # noqa: RET505  (Triton follows one branch only with an else)
        return x.to(tl.float32)


@triton.jit
def silu(x: tl.tensor) -> tl.tensor:
    """``x * sigmoid(x)``."""
    wide = _wide(x)
    return (wide / (1 + tl.exp(-wide))).to(x.dtype)


@triton.jit
def gelu_none(x: tl.tensor) -> tl.tensor:
    """``x`` times the normal distribution's probability of less than ``x``."""
    wide = _wide(x)
    return (0.5 * wide * (1 + tl.erf(wide * 0.7071067811865476))).to(x.dtype)


@triton.jit
def gelu_tanh(x: tl.tensor) -> tl.tensor:
    """The usual approximation of ``gelu_none`` by a hyperbolic tangent."""
    wide = _wide(x)
    # 0.5 * (1 + tanh(y)) is sigmoid(2 * y).
    inner = 1.5957691216057308 * (wide + 0.044715 * wide * wide * wide)
    return (wide / (1 + tl.exp(-inner))).to(x.dtype)


@triton.jit
def _neighbour(q, upward):  # type: ignore[no-untyped-def]  # as _wide
    """The next number above each ``q`` where ``upward``, else below."""
    if q.dtype == tl.float64:
        bits = q.to(tl.int64, bitcast=True)
        lowest = -(2**63 - 1)
    else:
        bits = q.to(tl.int32, bitcast=True)
        lowest = -(2**31 - 1)
    away_from_zero = (q > 0) == upward
    moved = tl.where(away_from_zero, bits + 1, bits - 1)
    from_zero = tl.where(upward, 1, lowest).to(bits.dtype)
    return tl.where(q == 0, from_zero, moved).to(q.dtype, bitcast=True)


@triton.jit
def _division(x, y):  # type: ignore[no-untyped-def]  # as _wide
    """The rounded quotient, and whether the exact one is above and below it."""
    x, y = _wide(x), _wide(y)
    q = x / y
    rest = tl.fma(-q, y, x)
    inexact = tl.abs(rest) > 0  # false for NaN
    below = (rest < 0) != (y < 0)
    return q, inexact & (below == 0), inexact & below


@triton.jit
def div_ru(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """``x / y`` rounded up."""
    q, above, _ = _division(x, y)
    return tl.where(above, _neighbour(q, q == q), q)


@triton.jit
def div_rd(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """``x / y`` rounded down."""
    q, _, below = _division(x, y)
    return tl.where(below, _neighbour(q, q != q), q)


@triton.jit
def div_rz(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """``x / y`` rounded towards zero."""
    q, above, below = _division(x, y)
    return tl.where((above & (q < 0)) | (below & (q > 0)), _neighbour(q, q < 0), q)
