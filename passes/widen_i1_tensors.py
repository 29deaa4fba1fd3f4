"""Keep tensors of i1 as bytes: an i1 has no address of its own, and a vector of them is packed.

Before::

    %m = linalg.generic ... outs(%e : tensor<64xi1>) { ^bb0(%a: f32, %o: i1):
      %c = arith.cmpf ogt, %a, %z : f32
      linalg.yield %c : i1 } -> tensor<64xi1>

After::

    %m = linalg.generic ... outs(%e : tensor<64xi8>) { ^bb0(%a: f32, %o: i8):
      %c = arith.cmpf ogt, %a, %z : f32
      %b = arith.extui %c : i1 to i8
      linalg.yield %b : i8 } -> tensor<64xi8>
"""

from __future__ import annotations

from smtir.errors import LoweringError
from smtir.mlir import ir, source_location
from smtir.rewrite.emitter import value_of
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import functions_of, is_used, operations_below

ELEMENT_ACCESS = frozenset({"tensor.extract", "tensor.insert", "tensor.from_elements"})
BITWISE = frozenset({"arith.andi", "arith.ori", "arith.xori", "linalg.yield"})


@define_pass
def run(module: ir.Module) -> None:
    """Widen every tensor of i1; raises ``LoweringError`` for other elements narrower than a byte."""
    for function in functions_of(module):
        for op in [found for found in operations_below(function) if _touches_i1(found)]:
            _widen(op)


def _is_i1_tensor(type_: ir.Type) -> bool:
    return isinstance(type_, ir.RankedTensorType) and type_.element_type == ir.IntegerType.get_signless(1)


def _touches_i1(op: ir.Operation) -> bool:
    values = [*op.operands, *op.results]
    if op.name.startswith("scf."):
        values += [argument for region in op.regions for block in region for argument in block.arguments]
    for value in values:
        type_ = value.type
        if not isinstance(type_, ir.RankedTensorType | ir.MemRefType):
            continue
        element = type_.element_type
        if isinstance(element, ir.IntegerType) and element.width < 8:
            if element.width == 1 and isinstance(type_, ir.RankedTensorType):
                return True
            raise LoweringError(
                f"{op.name} works on {type_}: elements narrower than a byte have no address",
                location=source_location(op.location),
                op=op.name,
                hint="use i8 elements",
            )
    return False


def _bytes(type_: ir.Type) -> ir.Type:
    shape = ir.RankedTensorType(type_).shape
    return ir.RankedTensorType.get(shape, ir.IntegerType.get_signless(8))


def _widen(op: ir.Operation) -> None:
    """Widen what ``op`` defines; its operands are widened where they are defined."""
    byte = ir.IntegerType.get_signless(8)
    is_linalg = op.name.startswith("linalg.") and len(op.regions) > 0
    if is_linalg:
        _widen_payload(op)
    for region in op.regions:
        for argument in [a for block in region for a in block.arguments]:
            if _is_i1_tensor(argument.type):
                argument.set_type(_bytes(argument.type))
    for result in op.results:
        if _is_i1_tensor(result.type):
            result.set_type(_bytes(result.type))
    if op.name == "arith.constant":
        value = ir.DenseIntElementsAttr(op.attributes["value"])
        numbers = [ir.IntegerAttr.get(byte, int(bool(value[at]))) for at in range(len(value))]
        op.attributes["value"] = ir.DenseElementsAttr.get(numbers, op.results[0].type)
    elif op.name == "tensor.extract":
        op.results[0].set_type(byte)
        with ir.InsertionPoint.after(op), op.location:
            narrow = value_of("arith.trunci", [op.results[0]], ir.IntegerType.get_signless(1))
        op.results[0].replace_all_uses_except(narrow, narrow.owner.operation)
    elif op.name in ELEMENT_ACCESS:
        with ir.InsertionPoint(op), op.location:
            for number, operand in enumerate(op.operands):
                if operand.type == ir.IntegerType.get_signless(1):
                    op.operands[number] = value_of("arith.extui", [operand], byte)


def _widen_payload(op: ir.Operation) -> None:
    """The region of a linalg operation: bytes in and out, i1 between."""
    i1, byte = ir.IntegerType.get_signless(1), ir.IntegerType.get_signless(8)
    block = op.regions[0].blocks[0]
    if op.name == "linalg.fill":  # its value has the elements' type
        with ir.InsertionPoint(op), op.location:
            op.operands[0] = value_of("arith.extui", [op.operands[0]], byte)
        for argument in block.arguments:
            argument.set_type(byte)
        return
    operations = [inner.operation for inner in block.operations]
    # 0 and 1 are closed under these: a reduction keeps its known form.
    stay_bytes = op.name == "linalg.reduce" and all(inner.name in BITWISE for inner in operations)
    arguments = list(block.arguments)
    inputs = list(op.operands)
    if op.name == "linalg.map":
        inputs = inputs[: len(arguments)]
    for argument, operand in zip(arguments, inputs, strict=True):
        if argument.type != i1 or operand.type == i1:
            continue
        argument.set_type(byte)
        if stay_bytes or not is_used(argument):
            continue
        with ir.InsertionPoint.at_block_begin(block), op.location:
            narrow = value_of("arith.trunci", [argument], i1)
        argument.replace_all_uses_except(narrow, narrow.owner.operation)
    if stay_bytes:
        for inner in operations[:-1]:
            inner.results[0].set_type(byte)
        return
    end = operations[-1]
    with ir.InsertionPoint(end), op.location:
        for number, (value, result) in enumerate(zip(end.operands, op.results, strict=True)):
            if value.type == i1 and _is_i1_tensor(result.type):
                end.operands[number] = value_of("arith.extui", [value], byte)
