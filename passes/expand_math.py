"""Replace elementary functions by the arithmetic that computes them.

On scalars and on vectors of any static shape, ``math.exp`` and its like become polynomials: no call to
a C library is left in the compiled code, and a vector stays a vector.  Before::

    %y = math.rsqrt %x : vector<8xf32>

and after::

    %s = math.sqrt %x : vector<8xf32>
    %y = arith.divf %one, %s : vector<8xf32>

In f32 and f64 the error is at most 2 units in the last place (tan of f32: 2.5), and NaN, infinities, signed
zeros, overflow and denormal arguments and results come out as IEEE 754 wants them; f16 and bf16 are computed
in f32 and rounded.  What the processor has an instruction for (sqrt, absf, floor, fma, ...) stays.  Any other
function stays too and becomes a call to the C library on the host; on the target k1 it is an error, since the
code there calls no library.

sin, cos and tan create ``scf.if``: lower scf after this pass.
"""

from __future__ import annotations

from collections.abc import Callable

from smtir.errors import LoweringError
from smtir.mlir import arith, ir, source_location
from smtir.rewrite.elementary import (
    angles,
    error_function,
    exponential,
    in_pairs,
    logarithm,
    through_f64,
    trigonometric,
)
from smtir.rewrite.elementary.lanes import Lanes, same_shape
from smtir.rewrite.emitter import target_name
from smtir.rewrite.lowering import LoweringRules, NoMatch
from smtir.rewrite.passes import define_pass

Expansion = Callable[..., ir.Value]
"""Builds, of the lanes and the operands, the result."""

TARGETS_WITHOUT_LIBM = {"k1"}
"""Targets whose code must not call the C library."""

rules = LoweringRules("expand-math")


def _rsqrt(on: Lanes, x: ir.Value) -> ir.Value:
    return on.div(1.0, on.sqrt(x))


F32_EXPANSIONS: dict[str, Expansion] = {
    "math.exp": exponential.exp,
    "math.exp2": exponential.exp2,
    "math.expm1": exponential.expm1,
    "math.tanh": exponential.tanh,
    "math.log": logarithm.log,
    "math.log2": logarithm.log2,
    "math.log10": logarithm.log10,
    "math.log1p": logarithm.log1p,
    "math.erf": error_function.erf,
    "math.sin": trigonometric.sin,
    "math.cos": trigonometric.cos,
    "math.tan": trigonometric.tan,
    "math.rsqrt": _rsqrt,
}
THROUGH_F64: dict[str, Expansion] = {
    "math.acos": through_f64.acos,
    "math.acosh": through_f64.acosh,
    "math.asin": through_f64.asin,
    "math.asinh": through_f64.asinh,
    "math.atan": through_f64.atan,
    "math.atan2": through_f64.atan2,
    "math.atanh": through_f64.atanh,
    "math.cbrt": through_f64.cbrt,
    "math.cosh": through_f64.cosh,
    "math.erfc": through_f64.erfc,
    "math.powf": through_f64.pow,
    "math.sinh": through_f64.sinh,
}

F64_EXPANSIONS: dict[str, Expansion] = {
    "math.acos": angles.acos,
    "math.acosh": in_pairs.acosh,
    "math.asin": angles.asin,
    "math.asinh": in_pairs.asinh,
    "math.atan": angles.atan,
    "math.atan2": angles.atan2,
    "math.atanh": in_pairs.atanh,
    "math.cbrt": in_pairs.cbrt,
    "math.cos": trigonometric.cos,
    "math.cosh": in_pairs.cosh,
    "math.erf": in_pairs.erf,
    "math.erfc": in_pairs.erfc,
    "math.exp": exponential.exp,
    "math.exp2": exponential.exp2,
    "math.expm1": in_pairs.expm1,
    "math.log": logarithm.log,
    "math.log10": logarithm.log10,
    "math.log1p": in_pairs.log1p,
    "math.log2": logarithm.log2,
    "math.powf": in_pairs.pow,
    "math.rsqrt": _rsqrt,
    "math.sin": trigonometric.sin,
    "math.sinh": in_pairs.sinh,
    "math.tan": trigonometric.tan,
    "math.tanh": in_pairs.tanh,
}

LIBRARY_FUNCTIONS = ("math.fpowi", "math.sincos")


@define_pass
def run(module: ir.Module) -> None:
    """Expand every elementary function in ``module``."""
    rules.apply(module.operation)


@rules.lower(*F64_EXPANSIONS)
def expand(op: ir.OpView) -> ir.Value:
    """Expand in the type at hand; narrower types than f32 by way of f32, some by way of f64."""
    name, operands = op.operation.name, list(op.operation.operands)
    type_ = operands[0].type
    if isinstance(type_, ir.ShapedType) and not isinstance(type_, ir.VectorType):
        raise NoMatch(f"{name} on {type_}: only scalars and vectors are expanded, vectorize first")
    element = type_.element_type if isinstance(type_, ir.VectorType) else type_
    if isinstance(element, ir.F64Type):
        return F64_EXPANSIONS[name](Lanes(type_), *operands)
    if not isinstance(element, ir.F16Type | ir.BF16Type | ir.F32Type):
        return _leave_to_library(op, f"{name} is expanded for f16, bf16, f32 and f64, not for {element}")
    function = THROUGH_F64.get(name) or F32_EXPANSIONS[name]
    wide = same_shape(type_, ir.F64Type.get() if name in THROUGH_F64 else ir.F32Type.get())
    if type_ != wide:
        operands = [arith.extf(wide, operand) for operand in operands]
    value = function(Lanes(wide), *operands)
    return value if type_ == wide else arith.truncf(type_, value)


@rules.lower(*LIBRARY_FUNCTIONS)
def leave(op: ir.OpView) -> ir.Value:
    """Functions without an expansion."""
    return _leave_to_library(op, f"{op.operation.name} has no expansion")


def _leave_to_library(op: ir.OpView, reason: str) -> ir.Value:
    target = target_name(op.operation)
    if target in TARGETS_WITHOUT_LIBM:
        raise LoweringError(
            f"{reason}, and code for {target} calls no C library",
            location=source_location(op.operation.location),
            op=op.operation.name,
            hint="compute it in f32, or from exp, log, sqrt and arithmetic; the host target can call it",
        )
    raise NoMatch(f"{reason}: left to the C library")
