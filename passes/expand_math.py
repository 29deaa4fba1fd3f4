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
from typing import NoReturn

from smtir.errors import LoweringError
from smtir.mlir import arith, ir, source_location
from smtir.rewrite.elementary import error_function, exponential, logarithm, trigonometric
from smtir.rewrite.elementary.lanes import Lanes, same_shape
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

LIBRARY_FUNCTIONS = (
    "math.acos",
    "math.acosh",
    "math.asin",
    "math.asinh",
    "math.atan",
    "math.atan2",
    "math.atanh",
    "math.cbrt",
    "math.cosh",
    "math.erfc",
    "math.fpowi",
    "math.powf",
    "math.sincos",
    "math.sinh",
    "math.tan",
)


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
        _leave_to_library(op, f"{name} has no f64 expansion")
    if isinstance(element, ir.F16Type | ir.BF16Type):
        wide = arith.extf(same_shape(x.type, f32), x)
        on = Lanes(wide.type)
        narrow: ir.Value = arith.truncf(x.type, F32_EXPANSIONS[name](on, wide))
        return narrow
    if not isinstance(element, ir.F32Type | ir.F64Type):
        _leave_to_library(op, f"{name} is expanded for f16, bf16, f32 and f64, not for {element}")
    return F32_EXPANSIONS[name](Lanes(x.type), x)


@rules.lower(*LIBRARY_FUNCTIONS)
def leave(op: ir.OpView) -> ir.Value:
    """Functions without an expansion."""
    _leave_to_library(op, f"{op.operation.name} has no expansion")


def _leave_to_library(op: ir.OpView, reason: str) -> NoReturn:
    target = _target_name(op.operation)
    if target in TARGETS_WITHOUT_LIBM:
        raise LoweringError(
            f"{reason}, and code for {target} calls no C library",
            location=source_location(op.operation.location),
            op=op.operation.name,
            hint="compute it in f32, or from exp, log, sqrt and arithmetic; the host target can call it",
        )
    raise NoMatch(f"{reason}: left to the C library")


def _target_name(op: ir.Operation) -> str:
    """Name in the ``smtir.target`` attribute of the enclosing module, or ""."""
    root = op
    while root.parent is not None:
        root = root.parent.operation
    if "smtir.target" not in root.attributes:
        return ""
    target = ir.DictAttr(root.attributes["smtir.target"])
    return str(ir.StringAttr(target["name"]).value) if "name" in target else ""
