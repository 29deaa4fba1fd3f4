"""Compute bf16 in f32, and convert between the two with integer operations.

Neither the X60 nor most hosts have bf16 arithmetic; left to LLVM it becomes a library call an
element.  A module without bf16 is not touched.

Before::

    %c = arith.addf %a, %b : vector<32xbf16>

After::

    %x = ... // the bits of %a, shifted left by 16, as f32
    %y = ...
    %s = arith.addf %x, %y : vector<32xf32>
    %c = ... // the upper 16 bits of %s, rounded to nearest even, NaN kept
"""

from __future__ import annotations

from smtir.mlir import ir, passmanager
from smtir.rewrite.passes import define_pass

PIPELINE = (
    "builtin.module("
    "arith-emulate-unsupported-floats{source-types=bf16 target-type=f32},"
    "func.func(arith-expand{include-bf16=true}))"
)


@define_pass
def run(module: ir.Module) -> None:
    """Emulate bf16 in every function of a module that has any."""
    if uses_bf16(module):
        passmanager.PassManager.parse(PIPELINE).run(module.operation)


def uses_bf16(module: ir.Module) -> bool:
    """Whether an operation of ``module`` has a bf16 operand, result or block argument."""
    found = False

    def visit(op: ir.Operation) -> ir.WalkResult:
        nonlocal found
        if any(_is_bf16(result.type) for result in op.operation.results):
            found = True
            return ir.WalkResult.INTERRUPT
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


def _is_bf16(type_: ir.Type) -> bool:
    element = type_.element_type if isinstance(type_, ir.VectorType) else type_
    return isinstance(element, ir.BF16Type)
