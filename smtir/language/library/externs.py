"""Functions of ``libdevice`` that the C library has too: one operation each, which the passes expand.

Their arguments are f16, bf16, f32 or f64; where these differ, the widest is taken.  Integers and plain
numbers take the type of the others, f32 where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import triton.language as tl
from triton.language import core

LIBRARY = "libm"
_FLOATS = (tl.float16, tl.bfloat16, tl.float32, tl.float64)


def _function(symbol: str, arity: int) -> Callable[..., Any]:
    @core.extern
    def function(*args: Any, _semantic: Any = None) -> Any:
        if len(args) != arity:
            raise ValueError(f"libdevice.{symbol} takes {arity} arguments, got {len(args)}")
        common = _common_type(args)
        values = [_semantic.cast(_semantic.to_tensor(value), common) for value in args]
        types = {(kind,) * arity: (symbol, kind) for kind in _FLOATS}
        return core.extern_elementwise(LIBRARY, "", values, types, is_pure=True, _semantic=_semantic)

    function.__name__ = symbol
    function.__doc__ = f"``{symbol}`` of the C library, element by element."
    return function


def _common_type(args: Sequence[Any]) -> tl.dtype:
    """The float type that arguments are converted to."""
    floats = {arg.dtype for arg in args if isinstance(arg, tl.tensor) and arg.dtype in _FLOATS}
    if len(floats) == 1:
        return floats.pop()
    return tl.float64 if tl.float64 in floats else tl.float32


def _of_integers(symbol: str) -> Callable[..., Any]:
    """A count of bits: i32, of integers of 32 or 64 bits."""

    @core.extern
    def function(x: Any, _semantic: Any = None) -> Any:
        value = _semantic.to_tensor(x)
        types = {(kind,): (symbol, kind) for kind in (tl.int32, tl.int64, tl.uint32, tl.uint64)}
        counted = core.extern_elementwise(LIBRARY, "", [value], types, is_pure=True, _semantic=_semantic)
        return _semantic.cast(counted, tl.int32)

    function.__name__ = symbol
    function.__doc__ = f"``{symbol}`` of each integer, as an i32."
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
tan = _function("tan", 1)
tanh = _function("tanh", 1)
trunc = _function("trunc", 1)
atan2 = _function("atan2", 2)
copysign = _function("copysign", 2)
fmod = _function("fmod", 2)
pow = _function("pow", 2)
fma = _function("fma", 3)
div_rn = _function("div", 2)
clz = _of_integers("clz")
popc = _of_integers("popc")
