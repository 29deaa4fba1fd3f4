"""Functions of spine-triton's ``libdevice`` that no C library has, written in Triton.

They are activations, computed in f32 or f64 and rounded once to the argument's type.
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
