"""Inputs of linalg operations, widened as whole tensors instead of at each use of an element."""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.emitter import create, value_of
from smtir.rewrite.values import attributes_of

WIDENING = ("arith.extf", "arith.extsi", "arith.extui")


def widening_of(op: ir.Operation, number: int) -> ir.Operation | None:
    """The cast that the payload of ``op`` applies to every use of its input ``number``, if it is one."""
    users = [use.owner.operation for use in op.regions[0].blocks[0].arguments[number].uses]
    if not users or any(user.name not in WIDENING for user in users):
        return None
    kinds = {(user.name, str(user.results[0].type)) for user in users}
    return users[0] if len(kinds) == 1 else None


def widen_input(op: ir.Operation, number: int) -> bool:
    """Give ``op`` a wide tensor where it widens its input ``number`` itself; whether it did."""
    tensor, cast = op.operands[number], widening_of(op, number)
    if cast is None or not isinstance(tensor.type, ir.RankedTensorType):
        return False
    argument, wide = op.regions[0].blocks[0].arguments[number], cast.results[0].type
    with ir.InsertionPoint(op), op.location:
        op.operands[number] = _widened(tensor, cast)
    argument.set_type(wide)
    for user in [use.owner.operation for use in argument.uses]:
        user.results[0].replace_all_uses_with(argument)
        user.erase()
    return True


def _widened(tensor: ir.Value, cast: ir.Operation) -> ir.Value:
    """``cast`` of each element, as a lane-wise operation of its own."""
    old, element = ir.RankedTensorType(tensor.type), cast.results[0].type
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
        wide = value_of(cast.name, [block.arguments[0]], element, attributes_of(cast))
        create("linalg.yield", [wide])
    return made.results[0]


def _index(number: int) -> ir.Value:
    type_ = ir.IndexType.get()
    return value_of("arith.constant", [], type_, {"value": ir.IntegerAttr.get(type_, number)})
