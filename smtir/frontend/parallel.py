"""Checks that the iterations of ``smt.parallel`` loops are independent.

An iteration may read and update its own window of an accumulator that the loop carries; any
other value that one iteration leaves to the next is an error, found here because no later pass
knows the variable's name.
"""

from __future__ import annotations

from smtir.errors import FrontendError
from smtir.mlir import ir, source_location

PARALLEL_ATTRIBUTE = "bind_sub_block"
_FIRST_INIT = 3
"""Operands of scf.for: lower bound, upper bound, step, then the initial values."""
_UPDATES = {"xsmt.insert": (1, 2), "tle.insert_tile": (0, 2)}
"""Operations that update a window: which operand is updated, and from which on they say where."""


def check_parallel_loops(module: ir.Module) -> None:
    """Check every ``scf.for`` marked ``bind_sub_block``.

    Raises:
        FrontendError: a value is carried from one iteration to the next, or every iteration
            updates the same window.
    """
    loops: list[ir.Operation] = []

    def collect(op: ir.Operation) -> ir.WalkResult:
        if op.name == "scf.for" and PARALLEL_ATTRIBUTE in op.attributes:
            loops.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(collect, ir.WalkOrder.PRE_ORDER)
    for loop in loops:
        block = loop.regions[0].blocks[0]
        yielded = list(block)[-1].operation.operands
        for carried, value in zip(list(block.arguments)[1:], yielded, strict=True):
            _check_carried(loop, carried, value, carried)


def _check_carried(loop: ir.Operation, carried: ir.Value, value: ir.Value, begin: ir.Value) -> None:
    """Follow the updates from ``value`` back to ``begin``, which holds the loop's ``carried``."""
    _check_uses(loop, carried, begin)
    while value != begin:
        if isinstance(value, ir.BlockArgument):
            raise _not_independent(loop, carried)
        op = value.owner
        if op.name in _UPDATES:
            updated, where = _UPDATES[op.name]
            if not any(_depends_on(offset, loop) for offset in list(op.operands)[where:]):
                raise _same_window(op)
            value = op.operands[updated]
            if value != begin:
                _check_uses(loop, carried, value)
        elif op.name == "scf.for":
            position = ir.OpResult(value).result_number
            block = op.regions[0].blocks[0]
            inner = list(block)[-1].operation.operands[position]
            _check_carried(loop, carried, inner, block.arguments[position + 1])
            value = op.operands[_FIRST_INIT + position]
        elif op.name == "scf.if":
            position = ir.OpResult(value).result_number
            for region in op.regions:
                _check_carried(loop, carried, list(region.blocks[0])[-1].operation.operands[position], begin)
            return
        else:
            raise _not_independent(loop, carried)


def _check_uses(loop: ir.Operation, carried: ir.Value, value: ir.Value) -> None:
    """An accumulator may only be read through a window while the loop runs."""
    for use in value.uses:
        op = use.owner.operation
        stored = op.name in _UPDATES and op.operands[_UPDATES[op.name][0]] != value
        if stored or op.name not in (*_UPDATES, "xsmt.pack", "tle.extract_tile", "scf.for", "scf.yield"):
            raise _not_independent(loop, carried)


def _depends_on(value: ir.Value, loop: ir.Operation) -> bool:
    """Whether ``value`` is computed from the loop's induction variable."""
    induction = loop.regions[0].blocks[0].arguments[0]
    todo: list[ir.Value] = [value]
    seen: set[ir.Value] = set()
    while todo:
        current = todo.pop()
        if current == induction:
            return True
        if current in seen:
            continue
        seen.add(current)
        if not isinstance(current, ir.BlockArgument):
            todo.extend(current.owner.operands)
            continue
        parent = current.owner.owner.operation
        if parent.name == "scf.for" and parent != loop:
            todo.extend(parent.operands)
    return False


def _not_independent(loop: ir.Operation, carried: ir.Value) -> FrontendError:
    place = source_location(carried.location) or source_location(loop.location)
    name = place.name if place and place.name else "a value"
    return FrontendError(
        f"the iterations of smt.parallel must be independent, but {name} is carried from one to the next",
        location=place,
        op="smt.parallel",
        hint="use range for this loop, or let each iteration update its own smt.view of an accumulator",
    )


def _same_window(op: ir.Operation | ir.OpView) -> FrontendError:
    place = source_location(op.operation.location)
    name = place.name if place and place.name else "the accumulator"
    return FrontendError(
        f"every iteration of smt.parallel updates the same window of {name}",
        location=place,
        op="smt.dot",
        hint="let the view's offsets depend on the loop variable, or use range for this loop",
    )
