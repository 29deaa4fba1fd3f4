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

from smtir.mlir import ir
from smtir.rewrite.narrow_floats import compute_in_f32, has_values
from smtir.rewrite.passes import define_pass

NAMES = ("bf16",)


@define_pass
def run(module: ir.Module) -> None:
    """Emulate bf16 in every function of a module that has any."""
    if has_values(module, NAMES):
        compute_in_f32(module, NAMES, "func.func(arith-expand{include-bf16=true})")
