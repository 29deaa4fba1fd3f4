"""Questions about loops that several rules ask."""

from __future__ import annotations

from collections.abc import Iterator

from smtir.mlir import ir
from smtir.rewrite.dataflow import definition
from smtir.rewrite.index import constant_int
from smtir.rewrite.values import is_inside

LOOPS = frozenset({"scf.for", "scf.while"})
LOADS = frozenset({"tt.load", "tt.descriptor_load", "xsmt.descriptor_load", "xsmt.descriptor_load_view"})
_WRITES = frozenset(
    {
        "tt.store",
        "tt.atomic_rmw",
        "tt.atomic_cas",
        "tt.descriptor_store",
        "tt.descriptor_reduce",
        "tt.descriptor_scatter",
        "tt.call",
        "func.call",
        "xsmt.barrier_wait",
    }
)


def ancestors(op: ir.Operation) -> Iterator[ir.Operation]:
    """The operations around ``op``, the nearest first."""
    parent = op.parent
    while parent is not None:
        yield parent.operation
        parent = parent.operation.parent


def loop_around(op: ir.Operation) -> ir.Operation | None:
    """The innermost loop that ``op`` is in."""
    return next((parent for parent in ancestors(op) if parent.name in LOOPS), None)


def is_parallel(loop: ir.Operation) -> bool:
    """Whether ``loop`` is a loop of ``smt.parallel``."""
    return "bind_sub_block" in loop.attributes


def trip_count(loop: ir.Operation) -> int | None:
    """How often the body of a ``scf.for`` runs, where its bounds are constants."""
    if loop.name != "scf.for":
        return None
    lower, upper, step = (constant_int(bound) for bound in list(loop.operands)[:3])
    if lower is None or upper is None or step is None or step < 1:
        return None
    return max(0, -(-(upper - lower) // step))


def writes_memory(loop: ir.Operation) -> bool:
    """Whether anything in ``loop`` may change what a load in it reads."""
    found = False

    def look(op: ir.Operation) -> ir.WalkResult:
        nonlocal found
        found = found or op.operation.name in _WRITES
        return ir.WalkResult.ADVANCE

    loop.walk(look, ir.WalkOrder.PRE_ORDER)
    return found


def is_invariant(value: ir.Value, loop: ir.Operation) -> bool:
    """Whether ``value`` is the same in each iteration of ``loop``.

    A load is, if its address is and nothing in the loop writes.
    """
    memory_changes: bool | None = None
    todo, seen = [value], set()
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        op = definition(current)
        owner = op if op is not None else ir.BlockArgument(current).owner.owner.operation
        if op is None and (owner == loop or is_inside(owner, loop)):
            return False
        if op is None or not is_inside(op, loop):
            continue
        if len(op.regions) or op.name in _WRITES:
            return False
        if op.name in LOADS:
            if memory_changes is None:
                memory_changes = writes_memory(loop)
            if memory_changes:
                return False
        todo += list(op.operands)
    return True
