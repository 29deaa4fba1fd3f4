"""Replace elementary functions by the arithmetic that computes them.

On scalars and on vectors of any static shape, ``math.exp`` and its like become polynomials: no call to
a C library is left in the compiled code, and a vector stays a vector.  Before::

    %y = math.rsqrt %x : vector<8xf32>

and after::

    %s = math.sqrt %x : vector<8xf32>
    %y = arith.divf %one, %s : vector<8xf32>

In f32 the error is at most 2 units in the last place, and NaN, infinities, signed zeros, overflow and
denormal arguments and results come out as IEEE 754 wants them; f16 and bf16 are computed in f32 and
rounded.  f64 has exp, exp2, log, log2, log10 and rsqrt, to 2 units as well.  What the processor has an
instruction for (sqrt, absf, floor, fma, ...) stays.  Any other function stays too and becomes a call to the
C library on the host; on the target k1 it is an error, since the code there calls no library.

sin and cos create ``scf.if``: lower scf after this pass.
"""

from __future__ import annotations

from collections.abc import Callable

from smtir.errors import LoweringError
from smtir.mlir import arith, func, ir, source_location, vector
from smtir.rewrite.elementary import error_function, exponential, logarithm, through_f64, trigonometric
from smtir.rewrite.elementary.lanes import Lanes, same_shape
from smtir.rewrite.emitter import target_name
from smtir.rewrite.lowering import LoweringRules, NoMatch
from smtir.rewrite.passes import define_pass

Expansion = Callable[[Lanes, ir.Value], ir.Value]

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
    "math.rsqrt": _rsqrt,
}
F64_NAMES = {"math.exp", "math.exp2", "math.log", "math.log2", "math.log10", "math.rsqrt"}

THROUGH_F64: dict[str, Callable[..., ir.Value]] = {
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

LIBRARY_FUNCTIONS = ("math.fpowi", "math.sincos")

WITHOUT_INTRINSIC = {
    "math.acosh": "acosh",
    "math.asinh": "asinh",
    "math.atanh": "atanh",
    "math.cbrt": "cbrt",
    "math.erf": "erf",
    "math.erfc": "erfc",
    "math.expm1": "expm1",
    "math.log1p": "log1p",
}
"""C functions of f64 that LLVM knows no intrinsic for, or of which MLIR makes something less exact."""


@define_pass
def run(module: ir.Module) -> None:
    """Expand every elementary function in ``module``."""
    rules.apply(module.operation)


@rules.lower(*F32_EXPANSIONS)
def expand(op: ir.OpView) -> ir.Value:
    """Expand in f32 or f64; narrower types by way of f32."""
    name, x = op.operation.name, op.operation.operands[0]
    if isinstance(x.type, ir.ShapedType) and not isinstance(x.type, ir.VectorType):
        raise NoMatch(f"{name} on {x.type}: only scalars and vectors are expanded, vectorize first")
    element = x.type.element_type if isinstance(x.type, ir.VectorType) else x.type
    f32 = ir.F32Type.get()
    if isinstance(element, ir.F64Type) and name not in F64_NAMES:
        return _leave_to_library(op, f"{name} has no f64 expansion")
    if isinstance(element, ir.F16Type | ir.BF16Type):
        wide = arith.extf(same_shape(x.type, f32), x)
        on = Lanes(wide.type)
        narrow: ir.Value = arith.truncf(x.type, F32_EXPANSIONS[name](on, wide))
        return narrow
    if not isinstance(element, ir.F32Type | ir.F64Type):
        return _leave_to_library(op, f"{name} is expanded for f16, bf16, f32 and f64, not for {element}")
    return F32_EXPANSIONS[name](Lanes(x.type), x)


@rules.lower(*THROUGH_F64)
def expand_through_f64(op: ir.OpView) -> ir.Value:
    """Computed in f64, rounded to f32 or narrower at the end."""
    name, operands = op.operation.name, list(op.operation.operands)
    type_ = operands[0].type
    if isinstance(type_, ir.ShapedType) and not isinstance(type_, ir.VectorType):
        raise NoMatch(f"{name} on {type_}: only scalars and vectors are expanded, vectorize first")
    element = type_.element_type if isinstance(type_, ir.VectorType) else type_
    if not isinstance(element, ir.F16Type | ir.BF16Type | ir.F32Type):
        return _leave_to_library(op, f"{name} has no f64 expansion")
    f64 = same_shape(type_, ir.F64Type.get())
    value = THROUGH_F64[name](Lanes(f64), *(arith.extf(f64, operand) for operand in operands))
    rounded: ir.Value = arith.truncf(type_, value)
    return rounded


@rules.lower("math.tan")
def expand_tan(op: ir.OpView) -> ir.Value:
    """Sine over cosine: within 2.5 units in the last place of f32."""
    x = op.operation.operands[0]
    if isinstance(x.type, ir.ShapedType) and not isinstance(x.type, ir.VectorType):
        raise NoMatch(f"math.tan on {x.type}: only scalars and vectors are expanded, vectorize first")
    element = x.type.element_type if isinstance(x.type, ir.VectorType) else x.type
    if not isinstance(element, ir.F16Type | ir.BF16Type | ir.F32Type):
        return _leave_to_library(op, "math.tan has no f64 expansion")
    f32 = same_shape(x.type, ir.F32Type.get())
    wide = x if x.type == f32 else arith.extf(f32, x)
    on = Lanes(f32)
    tangent = on.div(trigonometric.sin(on, wide), trigonometric.cos(on, wide))
    return tangent if x.type == f32 else arith.truncf(x.type, tangent)


@rules.lower(*LIBRARY_FUNCTIONS)
def leave(op: ir.OpView) -> ir.Value:
    """Functions without an expansion."""
    return _leave_to_library(op, f"{op.operation.name} has no expansion")


def _call_library(op: ir.OpView, name: str) -> ir.Value:
    """The C function ``name`` on each lane: LLVM has no intrinsic that would become this call."""
    module = op.operation
    while module.parent is not None:
        module = module.parent.operation
    operands = list(op.operation.operands)
    type_ = operands[0].type
    scalar = type_.element_type if isinstance(type_, ir.VectorType) else type_
    block = module.regions[0].blocks[0]
    if not any(ir.StringAttr(o.attributes["sym_name"]).value == name for o in block.operations):
        with ir.InsertionPoint.at_block_begin(block), ir.Location.unknown():
            func.FuncOp(name, ([scalar] * len(operands), [scalar]), visibility="private")
    if not isinstance(type_, ir.VectorType):
        return func.CallOp([scalar], name, operands).result
    if len(type_.shape) != 1:
        raise NoMatch(f"{op.operation.name} on {type_}: only scalars and vectors of one dim call a library")
    result = operands[0]
    for lane in range(type_.shape[0]):
        scalars = [vector.extract(operand, [], [lane]) for operand in operands]
        result = vector.insert(func.CallOp([scalar], name, scalars).result, result, [], [lane])
    return result


def _leave_to_library(op: ir.OpView, reason: str) -> ir.Value:
    target = target_name(op.operation)
    if target in TARGETS_WITHOUT_LIBM:
        raise LoweringError(
            f"{reason}, and code for {target} calls no C library",
            location=source_location(op.operation.location),
            op=op.operation.name,
            hint="compute it in f32, or from exp, log, sqrt and arithmetic; the host target can call it",
        )
    called = WITHOUT_INTRINSIC.get(op.operation.name)
    element = op.operation.results[0].type
    element = element.element_type if isinstance(element, ir.VectorType) else element
    if called is not None and isinstance(element, ir.F64Type):
        return _call_library(op, called)
    raise NoMatch(f"{reason}: left to the C library")
