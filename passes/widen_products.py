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

There too, multiplying integers of 32 bits takes several times as long as multiplying floats.  Products of
signed bytes are therefore summed in f32, if no sum goes beyond 2^24, up to which f32 has all integers::

    %d = linalg.matmul ins(%a, %b : tensor<64x64xi8>, tensor<64x64xi8>) outs(%c : tensor<64x64xi32>)

becomes::

    %wa = linalg.generic ... ins(%a : tensor<64x64xi8>) outs(%e : tensor<64x64xf32>) { arith.sitofp }
    %wb = ...
    %f = linalg.matmul ins(%wa, %wb : tensor<64x64xf32>, tensor<64x64xf32>) outs(%zeros : tensor<64x64xf32>)
    %d = linalg.generic ... ins(%f) outs(%c : tensor<64x64xi32>) { arith.fptosi ... arith.addi ... }
"""

from __future__ import annotations

from smtir.mlir import arith, ir, linalg
from smtir.rewrite import builders
from smtir.rewrite.emitter import element_bits, machine_of
from smtir.rewrite.passes import define_pass
from smtir.rewrite.structured import indexing_maps, output_count
from smtir.rewrite.values import element_of, operations_below, shape_of
from smtir.rewrite.widening import widen_input

_LONGEST_EXACT = 1024
"""2^24 / 2^14: how many products of two signed bytes f32 sums up exactly."""
_PRODUCTS = {"linalg.matmul": linalg.matmul, "linalg.batch_matmul": linalg.batch_matmul}


@define_pass
def run(module: ir.Module) -> None:
    """Widen the operands of every product on tensors."""
    widens_itself = machine_of(module).register_group > 1
    for op in operations_below(module.operation):
        if not op.name.startswith("linalg.") or not len(op.results) or not len(op.regions):
            continue
        if not widens_itself and _is_exact_in_floats(op):
            _sum_in_floats(op)
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


def _is_exact_in_floats(op: ir.Operation) -> bool:
    """Whether ``op`` is a product of signed bytes, short enough for sums in f32."""
    if op.name not in _PRODUCTS or element_bits(element_of(op.results[0])) != 32:
        return False
    left, right = op.operands[0], op.operands[1]
    byte = ir.IntegerType.get_signless(8)
    signed = [inner.operation.name for inner in op.regions[0].blocks[0].operations].count("arith.extsi")
    depth = shape_of(left)[-1]
    return element_of(left) == element_of(right) == byte and signed == 2 and 0 < depth <= _LONGEST_EXACT


def _sum_in_floats(op: ir.Operation) -> None:
    f32 = ir.F32Type.get()
    left, right, sums = op.operands
    with ir.InsertionPoint(op), op.location:
        start = builders.filled(builders.constant(f32, 0), shape_of(sums))
        product = _PRODUCTS[op.name](*(_in_floats(value) for value in (left, right)), outs=[start])
        maps = [ir.AffineMap.get_identity(len(shape_of(sums)))] * 2
        total = builders.generic(
            [product], [sums], maps, lambda new, old: arith.addi(old, arith.fptosi(old.type, new))
        )
    op.results[0].replace_all_uses_with(total)
    op.erase()


def _in_floats(value: ir.Value) -> ir.Value:
    f32, shape = ir.F32Type.get(), shape_of(value)
    maps = [ir.AffineMap.get_identity(len(shape))] * 2
    return builders.generic(
        [value], [builders.empty(shape, f32)], maps, lambda one, _: arith.sitofp(f32, one)
    )
