"""Control flow of the LLVM dialect: splitting blocks, branching, moving blocks to another function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smtir.mlir import ir, source_location
from smtir.rewrite.emitter import create, value_of


def split_before(op: ir.Operation) -> ir.Block:
    """Move ``op`` and what follows it to a new block; the old one has no end then."""
    block = op.block
    new = block.create_after()
    following = False
    for other in list(block.operations):
        following = following or other.operation == op
        if following:
            new.append(other)
    return new


def split_after(op: ir.Operation) -> ir.Block:
    """Move what follows ``op`` to a new block; the old one has no end then."""
    operations = [other.operation for other in op.block.operations]
    return split_before(operations[operations.index(op) + 1])


def branch(block: ir.Block, target: ir.Block) -> None:
    """End ``block`` with a jump to ``target``."""
    with ir.InsertionPoint(block):
        ir.Operation.create("llvm.br", successors=[target])


def branch_if(block: ir.Block, condition: ir.Value, target: ir.Block, otherwise: ir.Block) -> None:
    """End ``block`` with a jump to ``target`` if ``condition`` is true."""
    segments = {"operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 0, 0])}
    with ir.InsertionPoint(block):
        ir.Operation.create(
            "llvm.cond_br", operands=[condition], attributes=segments, successors=[target, otherwise]
        )


def switch(block: ir.Block, value: ir.Value, default: ir.Block, cases: Sequence[ir.Block]) -> None:
    """End ``block`` with a jump to the case that ``value``, an i8, is the number of."""
    i8 = ir.IntegerType.get_signless(8)
    numbers = [ir.IntegerAttr.get(i8, number) for number in range(len(cases))]
    attributes: dict[str, ir.Attribute] = {
        "case_values": ir.DenseElementsAttr.get(numbers, ir.VectorType.get([len(cases)], i8)),
        "case_operand_segments": ir.DenseI32ArrayAttr.get([0] * len(cases)),
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 0, 0]),
    }
    with ir.InsertionPoint(block):
        ir.Operation.create(
            "llvm.switch", operands=[value], attributes=attributes, successors=[default, *cases]
        )


def call(name: str, operands: Sequence[ir.Value], results: Sequence[ir.Type] = ()) -> list[ir.Value]:
    """Call the function ``name`` at the insertion point."""
    attributes: dict[str, ir.Attribute] = {
        "callee": ir.FlatSymbolRefAttr.get(name),
        "op_bundle_sizes": ir.DenseI32ArrayAttr.get([]),
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([len(operands), 0]),
    }
    return list(create("llvm.call", operands, results, attributes).results)


def constant(value: int, bits: int) -> ir.Value:
    """An integer at the insertion point."""
    type_ = ir.IntegerType.get_signless(bits)
    return value_of("llvm.mlir.constant", [], type_, {"value": ir.IntegerAttr.get(type_, value)})


def address(base: ir.Value, offset: int) -> ir.Value:
    """The pointer ``offset`` bytes behind ``base``, at the insertion point."""
    attributes: dict[str, ir.Attribute] = {
        "elem_type": ir.TypeAttr.get(ir.IntegerType.get_signless(8)),
        "rawConstantIndices": ir.DenseI32ArrayAttr.get([offset]),
    }
    return value_of("llvm.getelementptr", [base], base.type, attributes)


def reachable(first: ir.Block) -> list[ir.Block]:
    """``first`` and the blocks that control can get to from it."""
    found = [first]
    for block in found:  # grows while it is walked
        found += [other for other in dict.fromkeys(block.successors) if other not in found]
    return found


def outside_values(blocks: Sequence[ir.Block]) -> list[ir.Value]:
    """The values that ``blocks`` use and do not define, in the order of their first use."""
    inside = set(blocks)
    found: dict[ir.Value, None] = {}
    for op in operations_of(blocks):
        for operand in op.operands:
            owner: object = operand.owner
            block = owner if isinstance(owner, ir.Block) else operand.owner.operation.block
            if block not in inside:
                found.setdefault(operand)
    return list(found)


def replace_inside(blocks: Iterable[ir.Block], old: ir.Value, new: ir.Value) -> None:
    """Replace the uses of ``old`` in ``blocks``."""
    inside = set(blocks)
    for use in list(old.uses):
        user = use.owner.operation
        if user.block in inside:
            user.operands[use.operand_number] = new


def operations_of(blocks: Iterable[ir.Block]) -> list[ir.Operation]:
    """The operations that stand directly in ``blocks``."""
    return [op.operation for block in blocks for op in block.operations]


def plain_location(location: ir.Location, context: ir.Context) -> ir.Location:
    """The place of ``location`` without a debug scope, which may not be used in another function."""
    place = source_location(location)
    if place is None or not place.file:
        return ir.Location.unknown(context)
    return ir.Location.file(place.file, place.line, place.column, context)


def parse_function(text: str, name: str, location: ir.Location, module: ir.Module) -> ir.Operation:
    """The function ``name`` of ``text``, with what it calls declared in it, at the end of ``module``."""
    written = ir.Module.parse(text, module.context)
    found = next(
        op.operation
        for op in written.body.operations
        if ir.StringAttr(op.operation.attributes["sym_name"]).value == name
    )
    place = plain_location(location, module.context)

    def locate(op: ir.Operation) -> ir.WalkResult:
        op.operation.location = place
        for block in op.operation.regions[0].blocks if op.operation.regions else ():
            for argument in block.arguments:
                argument.set_location(place)
        return ir.WalkResult.ADVANCE

    found.walk(locate, ir.WalkOrder.PRE_ORDER)
    module.body.append(found)  # leaves ``written``, which must live until here
    return found
