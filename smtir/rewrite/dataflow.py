"""What feeds what: which operations an effect of the kernel depends on, and a value in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from smtir.errors import SourceLocation
from smtir.mlir import ir, source_location

_TERMINATORS = frozenset(
    {"scf.yield", "scf.condition", "scf.in_parallel", "tt.reduce.return", "tt.scan.return"}
)
_EFFECTS_WITH_RESULTS = frozenset({"tt.atomic_rmw", "tt.atomic_cas", "func.call", "tt.call"})
_INFIX = {"addf": "+", "addi": "+", "subf": "-", "subi": "-", "mulf": "*", "muli": "*", "divf": "/"}
_TRANSPARENT = frozenset({"arith.extf", "arith.truncf", "arith.sitofp", "tt.broadcast", "tt.expand_dims"})
_DEPTH = 4


def operations(module: ir.Module, wanted: Callable[[str], bool] = lambda name: True) -> list[ir.Operation]:
    """All operations below the module whose name is ``wanted``, outer ones first."""
    found: list[ir.Operation] = []

    def look(op: ir.Operation) -> ir.WalkResult:
        if wanted(op.name):
            found.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(look, ir.WalkOrder.PRE_ORDER)
    return found


def effects(module: ir.Module) -> list[ir.Operation]:
    """Operations that others see the result of: stores, atomics, calls, prints, returned values."""
    return [
        op
        for op in operations(module)
        if op.name in _EFFECTS_WITH_RESULTS
        or (not op.results and not op.regions and op.name not in _TERMINATORS)
    ]


def dependencies(root: ir.Operation) -> set[ir.Operation]:
    """Operations that ``root``'s operands are computed from, through loops and branches."""
    return computed_from(*root.operands)


def computed_from(*values: ir.Value) -> set[ir.Operation]:
    """Operations that ``values`` are computed from, through loops and branches."""
    seen: set[ir.Operation] = set()
    todo: list[ir.Value] = list(values)
    visited: set[ir.Value] = set()
    while todo:
        value = todo.pop()
        if value in visited:
            continue
        visited.add(value)
        op = definition(value)
        if op is not None:
            seen.add(op)
        todo += _sources(value)
    return seen


def definition(value: ir.Value) -> ir.Operation | None:
    """The operation that computes ``value``; None for an argument of a function, loop or branch."""
    owner: Any = value.owner  # the stubs leave out that it may be a block
    return None if isinstance(owner, ir.Block) else owner.operation


def place_of(value: ir.Value) -> SourceLocation | None:
    """Where ``value`` comes from, with its Python name."""
    op = definition(value)
    return source_location(ir.BlockArgument(value).location if op is None else op.location)


def _sources(value: ir.Value) -> Iterator[ir.Value]:
    """The values that ``value`` is made from, one step back."""
    op = definition(value)
    if op is None:
        block: Any = value.owner
        parent = block.owner.operation
        if parent.name == "scf.for":
            place = ir.BlockArgument(value).arg_number
            yield from list(parent.operands)[:3] if place == 0 else _carried(parent, place - 1)
        elif parent.name != "func.func":
            yield from parent.operands
        return
    if op.name == "scf.for":
        yield from _carried(op, ir.OpResult(value).result_number)
    elif op.regions:
        yield from op.operands
        place = ir.OpResult(value).result_number
        for last in _last_operations(op):
            operands = list(last.operands)
            yield from operands if place >= len(operands) or last.name != "scf.yield" else [operands[place]]
    else:
        yield from op.operands


def _carried(loop: ir.Operation, place: int) -> Iterator[ir.Value]:
    """What enters and what returns to the loop-carried value number ``place``."""
    yield list(loop.operands)[3 + place]
    for last in _last_operations(loop):
        yield list(last.operands)[place]


def _last_operations(op: ir.Operation) -> Iterator[ir.Operation]:
    for region in op.regions:
        for block in region.blocks:
            body = list(block.operations)
            if body:
                yield body[-1].operation


def constant_text(value: ir.Value) -> str:
    """The number that ``value`` is, or that all of its elements are; empty if it is no constant."""
    op = definition(value)
    if op is None:
        return ""
    if op.name == "tt.splat" or op.name in _TRANSPARENT:
        return constant_text(op.operands[0])
    if op.name != "arith.constant":
        return ""
    attribute = op.attributes["value"]
    if isinstance(attribute, ir.DenseElementsAttr):
        if not attribute.is_splat:
            return "a table of constants"
        attribute = attribute.get_splat_value()
    if isinstance(attribute, ir.FloatAttr | ir.IntegerAttr | ir.BoolAttr):
        return str(attribute.value)
    return str(attribute)


def describe(value: ir.Value, depth: int = _DEPTH) -> str:
    """``value`` as a short expression: ``splat(sm_scale * 0.0)``."""
    if text := constant_text(value):
        return text
    op, place = definition(value), place_of(value)
    name = place.name if place else ""
    if op is None:
        return name or "an argument"
    if op.name in _TRANSPARENT:
        return describe(op.operands[0], depth)
    if depth:
        if op.name == "tt.splat":
            return f"splat({describe(op.operands[0], depth - 1)})"
        sign = _INFIX.get(op.name.partition(".")[2])
        if sign and op.name.startswith("arith."):
            left, right = (describe(operand, depth - 1) for operand in op.operands)
            return f"{left} {sign} {right}"
    return name or op.name
