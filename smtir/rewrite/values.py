"""Typed questions about SSA values and operations; the bindings' own types say too little."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from smtir.mlir import ir


def defining_op(value: ir.Value) -> Any:
    """The ``OpView`` whose result ``value`` is, or None for a block argument."""
    owner = cast("object", value.owner)
    return None if isinstance(owner, ir.Block) else cast("ir.OpView", owner).operation.opview


def defining_block(value: ir.Value) -> ir.Block | None:
    """The block whose argument ``value`` is, or None for the result of an operation."""
    owner = cast("object", value.owner)
    return owner if isinstance(owner, ir.Block) else None


def defined_by(value: ir.Value, *names: str) -> bool:
    """Whether ``value`` is a result of an operation with one of ``names``."""
    op = defining_op(value)
    return op is not None and op.operation.name in names


def shape_of(value: ir.Value) -> list[int]:
    """The shape of a tensor or memref; the dynamic size where a dim is not static."""
    return list(cast("ir.ShapedType", value.type).shape)


def rank_of(value: ir.Value) -> int:
    """The number of dims of a tensor or memref."""
    return len(shape_of(value))


def element_of(value: ir.Value) -> ir.Type:
    """The element type of a tensor or memref, or the type of a scalar itself."""
    return element_type(value.type)


def element_type(type_: ir.Type) -> ir.Type:
    """The element type of a shaped type, or a scalar type itself."""
    return type_.element_type if isinstance(type_, ir.ShapedType) else type_


def is_tensor(value: ir.Value) -> bool:
    """Whether ``value`` is a ranked tensor."""
    return isinstance(value.type, ir.RankedTensorType)


def bit_width(type_: ir.Type) -> int:
    """The width of an integer or float type in bits."""
    return int(cast("ir.IntegerType", type_).width)


def defining_operation(value: ir.Value, name: str | None = None) -> ir.Operation | None:
    """The operation that computes ``value`` (if it is called ``name``, when given), or None."""
    owner = cast("ir.OpView | ir.Block", value.owner)
    if isinstance(owner, ir.Block) or (name is not None and owner.operation.name != name):
        return None
    return owner.operation


def functions_of(module: ir.Module) -> list[ir.Operation]:
    """The ``func.func`` operations of ``module`` that have a body."""
    return [
        op.operation
        for op in module.body.operations
        if op.operation.name == "func.func" and len(op.operation.regions[0].blocks)
    ]


def operations_below(
    root: ir.Operation, names: Iterable[str] | None = None, *, inner_first: bool = False
) -> list[ir.Operation]:
    """Operations inside ``root`` in program order, outer before inner unless ``inner_first``."""
    wanted = None if names is None else frozenset(names)
    found: list[ir.Operation] = []

    def visit(op: ir.Operation) -> ir.WalkResult:
        if (wanted is None or op.operation.name in wanted) and op.operation != root:
            found.append(op.operation)
        return ir.WalkResult.ADVANCE

    root.walk(visit, ir.WalkOrder.POST_ORDER if inner_first else ir.WalkOrder.PRE_ORDER)
    return found


def is_used(value: ir.Value) -> bool:
    """Whether anything uses ``value``."""
    return next(iter(value.uses), None) is not None


def attributes_of(op: ir.Operation) -> dict[str, ir.Attribute]:
    """The attributes of ``op``, to build another one like it."""
    return {name: op.attributes[name] for name in op.attributes}


def ancestor_in(op: ir.Operation, block: ir.Block) -> ir.Operation | None:
    """``op``, or the operation around it, that stands directly in ``block``."""
    current: ir.Operation | None = op
    while current is not None and current.name != "func.func":
        if current.block == block:
            return current
        parent = current.parent
        current = None if parent is None else parent.operation
    return None


def is_inside(op: ir.Operation, container: ir.Operation) -> bool:
    """Whether ``op`` stands in a region of ``container``, at any depth."""
    current = op.parent
    while current is not None:
        if current.operation == container:
            return True
        current = current.operation.parent
    return False


def clone_block(block: ir.Block, arguments: Sequence[ir.Value]) -> list[ir.Value]:
    """Copy the operations of ``block`` to the insertion point; gives what its terminator hands on.

    Args:
        block: stays as it is; its terminator is not copied.
        arguments: what stands for the arguments of the block.
    """
    mapping: dict[ir.Value, ir.Value] = dict(zip(block.arguments, arguments, strict=True))
    operations = [view.operation for view in block.operations]
    for op in operations[:-1]:
        clone_renamed(op, mapping)
    return [mapping.get(value, value) for value in operations[-1].operands]


def clone_renamed(op: ir.Operation, mapping: dict[ir.Value, ir.Value]) -> None:
    """Copy ``op`` to the insertion point, reading what ``mapping`` says; its results are added to that."""

    def rename(inner: ir.Operation) -> ir.WalkResult:
        for position, operand in enumerate(inner.operation.operands):
            if operand in mapping:
                inner.operation.operands[position] = mapping[operand]
        return ir.WalkResult.ADVANCE

    copy = op.clone().operation
    copy.walk(rename, ir.WalkOrder.PRE_ORDER)
    mapping.update(zip(op.results, copy.results, strict=True))
