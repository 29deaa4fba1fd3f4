"""``triton.language.extra.libdevice`` for CPUs: elementwise functions of the C library.

Triton's own module has only stubs, which each backend replaces.  A function here becomes a
``tt.extern_elementwise`` with the C function's name, which the pass ``triton-to-linalg`` lowers
to the operation of the same meaning.  Arguments are f16, bf16, f32 or f64, all of one type;
integers are converted to f32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import triton
import triton.language as tl
from triton.language import core

from smtir.language.composed import div_rd, div_ru, div_rz, gelu_none, gelu_tanh, silu

__all__ = ["div_rd", "div_ru", "div_rz", "gelu_none", "gelu_tanh", "silu"]
LIBRARY = "libm"
_FLOATS = (tl.float16, tl.bfloat16, tl.float32, tl.float64)


def _function(symbol: str, arity: int) -> Callable[..., Any]:
    @core.extern
    def function(*args: Any, _semantic: Any = None) -> Any:
        if len(args) != arity:
            raise ValueError(f"libdevice.{symbol} takes {arity} arguments, got {len(args)}")
        values = [_semantic.to_tensor(value) for value in args]
        values = [value if value.dtype in _FLOATS else _semantic.cast(value, tl.float32) for value in values]
        types = {(kind,) * arity: (symbol, kind) for kind in _FLOATS}
        return core.extern_elementwise(LIBRARY, "", values, types, is_pure=True, _semantic=_semantic)

    function.__name__ = symbol
    function.__doc__ = f"``{symbol}`` of the C library, element by element."
    return function


acos = _function("acos", 1)
acosh = _function("acosh", 1)
asin = _function("asin", 1)
asinh = _function("asinh", 1)
atan = _function("atan", 1)
atanh = _function("atanh", 1)
cbrt = _function("cbrt", 1)
ceil = _function("ceil", 1)
cos = _function("cos", 1)
cosh = _function("cosh", 1)
erf = _function("erf", 1)
erfc = _function("erfc", 1)
exp = _function("exp", 1)
exp2 = _function("exp2", 1)
expm1 = _function("expm1", 1)
abs = _function("fabs", 1)
floor = _function("floor", 1)
log = _function("log", 1)
log10 = _function("log10", 1)
log1p = _function("log1p", 1)
log2 = _function("log2", 1)
rint = _function("rint", 1)
nearbyint = _function("rint", 1)
round = _function("round", 1)
rsqrt = _function("rsqrt", 1)
sin = _function("sin", 1)
sinh = _function("sinh", 1)
sqrt = _function("sqrt", 1)
sqrt_rn = _function("sqrt", 1)
tan = _function("tan", 1)
tanh = _function("tanh", 1)
trunc = _function("trunc", 1)
atan2 = _function("atan2", 2)
copysign = _function("copysign", 2)
div_rn = _function("div", 2)
fmod = _function("fmod", 2)
pow = _function("pow", 2)
fma = _function("fma", 3)


@triton.jit
def isnan(x: tl.tensor) -> tl.tensor:
    """Whether each element is NaN."""
    return x != x


@triton.jit
def isinf(x: tl.tensor) -> tl.tensor:
    """Whether each element is infinite."""
    return tl.abs(x) == float("inf")


@triton.jit
def isfinited(x: tl.tensor) -> tl.tensor:
    """Whether each element is finite."""
    return tl.abs(x) < float("inf")


finitef = isfinited
