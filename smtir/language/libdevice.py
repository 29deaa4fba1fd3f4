"""``triton.language.extra.libdevice`` for CPUs.

Triton's own module has only stubs, which each backend replaces.  A function that the C library has too
becomes a ``tt.extern_elementwise`` with the C function's name, which the pass ``triton-to-linalg`` lowers
to the operation of the same meaning.  Its arguments are f16, bf16, f32 or f64; where these differ, the
widest is taken.  Integers and plain numbers take the type of the others, f32 where there is none.  The other
functions are written in Triton (``smtir.language.library``).
"""

from __future__ import annotations

import triton
import triton.language as tl

from smtir.language.composed import gelu_none, gelu_tanh, silu
from smtir.language.library import conversions, roundings
from smtir.language.library.bessel import j0, j1, jn, y0, y1, yn
from smtir.language.library.conversions import llrint, llround
from smtir.language.library.externs import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    ceil,
    clz,
    copysign,
    cos,
    cosh,
    div_rn,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    floor,
    fma,
    fmod,
    log,
    log1p,
    log2,
    log10,
    nearbyint,
    popc,
    pow,  # noqa: A004  (the C function's name)
    rint,
    round,  # noqa: A004
    rsqrt,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
    trunc,
)
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
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "brev",
    "byte_perm",
    "cbrt",
    "ceil",
    "clz",
    "copysign",
    "cos",
    "cosh",
    "cospi",
    "cyl_bessel_i0",
    "cyl_bessel_i1",
    "div_rn",
    "double2hiint",
    "double2loint",
    "double_as_longlong",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfinv",
    "exp",
    "exp2",
    "exp10",
    "expm1",
    "fast_dividef",
    "fdim",
    "float_as_int",
    "float_as_uint",
    "floor",
    "fma",
    "fmod",
    "gelu_none",
    "gelu_tanh",
    "hadd",
    "hiloint2double",
    "hypot",
    "ilogb",
    "int_as_float",
    "j0",
    "j1",
    "jn",
    "ldexp",
    "lgamma",
    "llrint",
    "llround",
    "log",
    "log1p",
    "log2",
    "log10",
    "logb",
    "longlong_as_double",
    "mul24",
    "mulhi",
    "nearbyint",
    "nextafter",
    "norm3d",
    "norm4d",
    "normcdf",
    "normcdfinv",
    "popc",
    "pow",
    "rcbrt",
    "rcp64h",
    "remainder",
    "rhadd",
    "rhypot",
    "rint",
    "rnorm3d",
    "rnorm4d",
    "round",
    "rsqrt",
    "rsqrt_rn",
    "sad",
    "saturatef",
    "scalbn",
    "signbit",
    "silu",
    "sin",
    "sinh",
    "sinpi",
    "sqrt",
    "tan",
    "tanh",
    "tgamma",
    "trunc",
    "uint_as_float",
    "y0",
    "y1",
    "yn",
]
fma_rn, sqrt_rn = fma, sqrt
fast_cosf, fast_sinf, fast_tanf, fast_tanhf = cos, sin, tan, tanh
fast_expf, fast_exp10f, fast_powf = exp, exp10, pow
fast_logf, fast_log2f, fast_log10f = log, log2, log10
globals().update(roundings.FUNCTIONS | conversions.FUNCTIONS)


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
