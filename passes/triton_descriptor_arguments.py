"""triton-descriptor-arguments: a descriptor made by the host is made again in the kernel.

Triton hands such a descriptor over with the tensor's sizes (i32) and strides (i64) behind it, one
argument each.  The descriptor becomes a pointer to the tensor's first element.  The last
dimension is contiguous: ``triton.tools.tensor_descriptor`` refuses others.  What is outside of
the tensor reads as zero, or as NaN where the argument has the attribute ``tt.nan_padding``.

Before::

    tt.func @k(%d: !tt.tensordesc<tensor<16x32xf32>>, %m: i32, %n: i32, %s: i64, %t: i64) {

After::

    tt.func @k(%d: !tt.ptr<f32>, %m: i32, %n: i32, %s: i64, %t: i64) {
      %one = arith.constant 1 : i64
      %made = tt.make_tensor_descriptor %d, [%m, %n], [%s, %one] : <f32>, <tensor<16x32xf32>>
"""

from __future__ import annotations

from smtir.dialects import tt
from smtir.dialects.types import descriptor_block, is_descriptor, pointer_type
from smtir.errors import LoweringError
from smtir.mlir import arith, func, ir, source_location
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import element_type, is_used

NAN_PADDING = "tt.nan_padding"


@define_pass
def run(module: ir.Module) -> None:
    """Raises ``LoweringError`` for a descriptor without its tensor's sizes and strides."""
    for op in module.body.operations:
        if isinstance(op, func.FuncOp) and any(is_descriptor(type_) for type_ in op.type.inputs):
            with op.location:
                _rewrite(op)


def _rewrite(kernel: func.FuncOp) -> None:
    arguments = list(kernel.entry_block.arguments)
    with ir.InsertionPoint.at_block_begin(kernel.entry_block):
        for position, argument in enumerate(arguments):
            if is_descriptor(argument.type):
                _make(kernel, arguments, position)
    types = ir.FunctionType.get([argument.type for argument in arguments], kernel.type.results)
    kernel.attributes["function_type"] = ir.TypeAttr.get(types)


def _make(kernel: func.FuncOp, arguments: list[ir.Value], position: int) -> None:
    descriptor = arguments[position]
    type_ = descriptor.type
    block = ir.RankedTensorType(descriptor_block(type_))
    rank = block.rank
    shape = arguments[position + 1 : position + 1 + rank]
    strides = arguments[position + 1 + rank : position + 1 + 2 * rank]
    expected = ["i32"] * rank + ["i64"] * rank
    found = [str(value.type) for value in (*shape, *strides)]
    if found != expected:
        raise LoweringError(
            f"expected {', '.join(expected)} (sizes and strides) behind the descriptor, "
            f"got {', '.join(found) or 'nothing'}",
            location=source_location(descriptor.location) or source_location(kernel.location),
            op="func.func",
        )
    descriptor.set_type(pointer_type(element_type(block)))
    if not is_used(descriptor):
        return
    one = arith.constant(ir.IntegerType.get_signless(64), 1)
    made = tt.MakeTensorDescOp(
        descriptor,
        shape,
        [*strides[:-1], one],
        padding="nan" if _pads_with_nan(kernel, position) else "zero",
        result=type_,
    )
    descriptor.replace_all_uses_except(made.result, made.operation)


def _pads_with_nan(kernel: func.FuncOp, position: int) -> bool:
    if "arg_attrs" not in kernel.attributes:
        return False
    return NAN_PADDING in ir.DictAttr(ir.ArrayAttr(kernel.attributes["arg_attrs"])[position])
