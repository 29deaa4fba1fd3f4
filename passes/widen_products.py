"""Widen operands of products once, where the target's multiply-adds do not widen them.

An element of an operand is multiplied many times; converted inside the product it would be
converted each time.  RVV multiplies f16 into f32 sums by itself, so there only what no register
computes with (8-bit floats) is widened.

Before::

    %d = linalg.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf32>)

After::

    %wa = linalg.generic ... ins(%a : tensor<64x64xf16>) outs(%e : tensor<64x64xf32>) { arith.extf }
    %wb = linalg.generic ... ins(%b : tensor<64x64xf16>) outs(%e : tensor<64x64xf32>) { arith.extf }
    %d = linalg.matmul ins(%wa, %wb : tensor<64x64xf32>, tensor<64x64xf32>) outs(%c : tensor<64x64xf32>)
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.emitter import element_bits, machine_of
from smtir.rewrite.passes import define_pass
from smtir.rewrite.structured import indexing_maps, output_count
from smtir.rewrite.values import operations_below
from smtir.rewrite.widening import widen_input


@define_pass
def run(module: ir.Module) -> None:
    """Widen the operands of every product on tensors."""
    widens_itself = machine_of(module).register_group > 1
    for op in operations_below(module.operation):
        if not op.name.startswith("linalg.") or not len(op.results) or not len(op.regions):
            continue
        inputs = len(op.operands) - output_count(op)
        maps = indexing_maps(op)
        for number in range(inputs if inputs > 1 else 0):
            type_ = op.operands[number].type
            if not isinstance(type_, ir.RankedTensorType) or not 1 < type_.rank < maps[number].n_dims:
                continue  # an element is used once
            if not widens_itself or _is_float8(type_.element_type):
                widen_input(op, number)


def _is_float8(element: ir.Type) -> bool:
    return isinstance(element, ir.FloatType) and element_bits(element) == 8
