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
from smtir.rewrite.emitter import create, value_of
from smtir.rewrite.passes import define_pass
from smtir.rewrite.structured import output_count
from smtir.rewrite.values import operations_below

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
                _widen_inputs(op)
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


def _widen_inputs(op: ir.Operation) -> None:
    """Give ``op`` f32 inputs where it widens bf16 ones itself."""
    block = op.regions[0].blocks[0]
    for number in range(len(op.operands) - output_count(op)):
        argument, tensor = block.arguments[number], op.operands[number]
        users = [use.owner.operation for use in argument.uses]
        if not isinstance(tensor.type, ir.RankedTensorType) or not isinstance(argument.type, ir.BF16Type):
            continue
        if not users or any(user.name != "arith.extf" for user in users):
            continue
        with ir.InsertionPoint(op), op.location:
            op.operands[number] = _widened(tensor)
        argument.set_type(ir.F32Type.get())
        for user in users:
            user.results[0].replace_all_uses_with(argument)
            user.erase()


def _widened(tensor: ir.Value) -> ir.Value:
    """The tensor in f32, as a lane-wise operation of its own."""
    old = ir.RankedTensorType(tensor.type)
    element = ir.F32Type.get()
    new = ir.RankedTensorType.get(old.shape, element)
    identity = ir.AffineMapAttr.get(ir.AffineMap.get_identity(old.rank))
    parallel = ir.Attribute.parse("#linalg.iterator_type<parallel>")
    sizes = [
        value_of("tensor.dim", [tensor, _index(dim)], ir.IndexType.get())
        for dim in range(old.rank)
        if old.is_dynamic_dim(dim)
    ]
    made = ir.Operation.create(
        "linalg.generic",
        results=[new],
        operands=[tensor, value_of("tensor.empty", sizes, new)],
        attributes={
            "indexing_maps": ir.ArrayAttr.get([identity, identity]),
            "iterator_types": ir.ArrayAttr.get([parallel] * old.rank),
            "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 1]),
        },
        regions=1,
    )
    block = made.regions[0].blocks.append(old.element_type, element)
    with ir.InsertionPoint(block):
        create("linalg.yield", [value_of("arith.extf", [block.arguments[0]], element)])
    return made.results[0]


def _index(number: int) -> ir.Value:
    type_ = ir.IndexType.get()
    return value_of("arith.constant", [], type_, {"value": ir.IntegerAttr.get(type_, number)})
