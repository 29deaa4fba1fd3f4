"""What barriers are between the stages: calls of functions with i64 parameters.

A barrier is the address of its 64 bytes in an i64.  These calls stand in func, and the pass
``barriers-to-coroutines`` makes code of those that need to know who waits; the others are
functions of ``smtir/targets/barriers.ll``, which says what the words of a barrier are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smtir.mlir import func, ir
from smtir.rewrite.declarations import declare
from smtir.rewrite.values import operations_below

BARRIER_BYTES = 64

INIT = "smtir_barrier_init"
"""(address, number of barriers, arrivals so far, arrivals expected)"""
ARRIVE = "smtir_barrier_arrive"
"""(barrier)"""
SET_EXPECT = "smtir_barrier_set_expect"
"""(barrier, arrivals expected)"""
WAIT = "smtir_barrier_wait"
"""(barrier, arrivals in all to wait for; 0: the next phase)"""
GLOBAL = "smtir_global_barrier"
"""(number) -> barrier that all programs of the grid share"""
LOOP_BEGIN = "smtir_parallel_begin"
"""() -> loop"""
LOOP_END = "smtir_parallel_end"
"""(loop): where all its iterations have ended"""
ITERATION_BEGIN = "smtir_iteration_begin"
"""(loop): what follows, up to the next one of ``ITERATION_END``, runs concurrently"""
ITERATION_END = "smtir_iteration_end"
"""(loop)"""

_TYPES: dict[str, tuple[int, int]] = {
    INIT: (4, 0),
    ARRIVE: (1, 0),
    SET_EXPECT: (2, 0),
    WAIT: (2, 0),
    GLOBAL: (1, 1),
    LOOP_BEGIN: (0, 1),
    LOOP_END: (1, 0),
    ITERATION_BEGIN: (1, 0),
    ITERATION_END: (1, 0),
}
FUNCTIONS = frozenset(_TYPES)


def call(name: str, operands: Sequence[ir.Value], module: ir.Operation) -> list[ir.Value]:
    """Call ``name`` at the insertion point; it is declared in ``module`` on first use."""
    i64 = ir.IntegerType.get_signless(64)
    parameters, results = ([i64] * count for count in _TYPES[name])
    declare(module, name, parameters, results)
    made = func.CallOp(results, name, operands)
    return list(made.operation.results)


def is_call(op: ir.Operation | ir.OpView, *names: str) -> bool:
    """Whether ``op`` calls one of ``names``."""
    return callee(op) in names


def callee(op: ir.Operation | ir.OpView) -> str | None:
    """The function of ``FUNCTIONS`` that ``op`` calls, or None."""
    op = op.operation
    if op.name not in ("func.call", "llvm.call") or "callee" not in op.attributes:
        return None
    name = ir.FlatSymbolRefAttr(op.attributes["callee"]).value
    return name if name in FUNCTIONS else None


def calls_below(root: ir.Operation, names: Iterable[str] = FUNCTIONS) -> list[ir.Operation]:
    """The calls of ``names`` inside ``root``, in program order."""
    wanted = frozenset(names)
    return [op for op in operations_below(root, ("func.call", "llvm.call")) if callee(op) in wanted]


def waits(op: ir.Operation) -> bool:
    """Whether anything inside ``op`` may wait for a barrier."""
    return bool(calls_below(op, (WAIT,)))
