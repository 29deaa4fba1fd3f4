"""Compute bf16 in f32, and convert between the two with integer operations.

Neither the X60 nor most hosts have bf16 arithmetic; left to LLVM it becomes a library call an
element.  Operands of products are widened once, as whole tensors.  A module without bf16 is not
touched.

Before::

    linalg.generic ... { ^bb0(%a: bf16, %b: bf16, %o: bf16):
      %c = arith.addf %a, %b : bf16
      linalg.yield %c : bf16 }

After::

    linalg.generic ... { ^bb0(%a: bf16, %b: bf16, %o: bf16):
      %x = ... // the bits of %a, shifted left by 16, as f32
      %y = ...
      %s = arith.addf %x, %y : f32
      %c = ... // the upper 16 bits of %s, rounded to nearest even, NaN kept
      linalg.yield %c : bf16 }
"""

from __future__ import annotations

from smtir.mlir import ir, passmanager
from smtir.rewrite.destinations import is_lane_wise
from smtir.rewrite.passes import define_pass
from smtir.rewrite.structured import output_count
from smtir.rewrite.values import operations_below
from smtir.rewrite.widening import widen_input

# Named operations verify their payload, which emulation changes.
GENERALIZE = "func.func(linalg-generalize-named-ops),"
PIPELINE = (
    "func.func(math-extend-to-supported-types{extra-types=f16}),"
    "arith-emulate-unsupported-floats{source-types=bf16 target-type=f32},"
    "func.func(arith-expand{include-bf16=true})"
)


@define_pass
def run(module: ir.Module) -> None:
    """Emulate bf16 in every function of a module that has any."""
    operations = operations_below(module.operation)
    if not any(_is_bf16(result.type) for op in operations for result in op.results):
        return
    named = False
    for op in operations:
        if op.name.startswith("linalg.") and len(op.results) and len(op.regions):
            if not is_lane_wise(op):
                for number in range(len(op.operands) - output_count(op)):
                    if _is_bf16(op.operands[number].type):
                        widen_input(op, number)
            named |= op.name != "linalg.generic" and _computes_bf16(op)
    pipeline = (GENERALIZE if named else "") + PIPELINE
    passmanager.PassManager.parse(f"builtin.module({pipeline})").run(module.operation)


def _computes_bf16(op: ir.Operation) -> bool:
    return any(
        _is_bf16(result.type) for inner in op.regions[0].blocks[0].operations for result in inner.results
    )


def _is_bf16(type_: ir.Type) -> bool:
    if isinstance(type_, ir.VectorType | ir.RankedTensorType | ir.MemRefType):
        type_ = type_.element_type
    return isinstance(type_, ir.BF16Type)
