"""``triton.language.extra.libdevice`` for CPUs.

Triton's own module has only stubs, which each backend replaces.  A function that the C library has too
becomes a ``tt.extern_elementwise`` with the C function's name, which the pass ``triton-to-linalg`` lowers
to the operation of the same meaning.  Its arguments are f16, bf16, f32 or f64; where these differ, the
widest is taken.  Integers and plain numbers take the type of the others, f32 where there is none.  The other
functions are written in Triton (``smtir.language.library``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import triton
import triton.language as tl
from triton.language import core

from smtir.language.composed import gelu_none, gelu_tanh, silu
from smtir.language.library import conversions, roundings
from smtir.language.library.conversions import llrint, llround
from smtir.language.library.floats import (
    cospi,
    exp10,
    fast_dividef,
    fdim,
    hypot,
    ilogb,
    ldexp,
    logb,
    nextafter,
    norm3d,
    norm4d,
    rcbrt,
    remainder,
    rhypot,
    rnorm3d,
    rnorm4d,
    rsqrt_rn,
    saturatef,
    scalbn,
    signbit,
    sinpi,
)
from smtir.language.library.integers import (
    brev,
    byte_perm,
    double2hiint,
    double2loint,
    double_as_longlong,
    float_as_int,
    float_as_uint,
    hadd,
    hiloint2double,
    int_as_float,
    longlong_as_double,
    mul24,
    mulhi,
    rcp64h,
    rhadd,
    sad,
    uint_as_float,
)
from smtir.language.library.special import (
    cyl_bessel_i0,
    cyl_bessel_i1,
    erfcinv,
    erfcx,
    erfinv,
    lgamma,
    normcdf,
    normcdfinv,
    tgamma,
)

__all__ = [
    "brev",
    "byte_perm",
    "cospi",
    "cyl_bessel_i0",
    "cyl_bessel_i1",
    "double2hiint",
    "double2loint",
    "double_as_longlong",
    "erfcinv",
    "erfcx",
    "erfinv",
    "exp10",
    "fast_dividef",
    "fdim",
    "float_as_int",
    "float_as_uint",
    "gelu_none",
    "gelu_tanh",
    "hadd",
    "hiloint2double",
    "hypot",
    "ilogb",
    "int_as_float",
    "ldexp",
    "lgamma",
    "llrint",
    "llround",
    "logb",
    "longlong_as_double",
    "mul24",
    "mulhi",
    "nextafter",
    "norm3d",
    "norm4d",
    "normcdf",
    "normcdfinv",
    "rcbrt",
    "rcp64h",
    "remainder",
    "rhadd",
    "rhypot",
    "rnorm3d",
    "rnorm4d",
    "rsqrt_rn",
    "sad",
    "saturatef",
    "scalbn",
    "signbit",
    "silu",
    "sinpi",
    "tgamma",
    "uint_as_float",
]
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
div_rn, fma_rn, sqrt_rn = _function("div", 2), fma, sqrt
fast_cosf, fast_sinf, fast_tanf, fast_tanhf = cos, sin, tan, tanh
fast_expf, fast_exp10f, fast_powf = exp, exp10, pow
fast_logf, fast_log2f, fast_log10f = log, log2, log10
globals().update(roundings.FUNCTIONS | conversions.FUNCTIONS)

clz = _of_integers("clz")
popc = _of_integers("popc")


@triton.jit
def ffs(x: tl.tensor) -> tl.tensor:
    """The place of the lowest bit that is set, from 1; 0 without one (i32)."""
    return tl.where(x == 0, 0, popc(x ^ (x - 1)))


@triton.jit
def abs(x: tl.tensor) -> tl.tensor:
    """The magnitude of floats and integers."""
    return tl.abs(tl.to_tensor(x))


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
