"""The rule ``barrier-in-loop``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smtir.errors import Note
from smtir.inspect.lint.loops import is_invariant, is_parallel, loop_around, trip_count
from smtir.inspect.lint.model import NOTE, WARNING, Finding, Subject, at
from smtir.inspect.lint.registry import rule
from smtir.mlir import ir, source_location

_MADE = ("xsmt.mbarrier_create", "xsmt.mbarrier_copies", "xsmt.global_mbarrier_init")
_USED = ("xsmt.barrier_arrive", "xsmt.barrier_wait", "xsmt.barrier_set_expect")


@rule("barrier-in-loop", WARNING)
def barrier_in_loop(subject: Subject) -> Iterator[Finding]:
    """A barrier is made or used in a loop.

    Three cases. A barrier that is made in a loop is another one in each iteration. A wait for a
    version that does not change in the loop waits in the first iteration only, since the barrier
    has that version from then on. Anything else in a loop is right and only costs one
    synchronization an iteration: a note.

    ```python
    for i in range(n):
        bar = smt.mbarrier(0, 2, 0)  # make it before the loop
        smt.barrier_wait(bar, 0, 1)  # wait for a version that depends on i
    ```
    """
    for op in subject.named(*_MADE, *_USED):
        loop = loop_around(op)
        if loop is None or trip_count(loop) in (0, 1):
            continue
        place = source_location(loop.location)
        notes = (Note("the loop is here", place),) if place else ()
        message, fix, severity = _judged(op, loop)
        yield at(op, message, fix, notes=notes, severity=severity)


def _judged(op: ir.Operation, loop: ir.Operation) -> tuple[str, str, str]:
    """Message, fix and severity for a barrier operation in ``loop``."""
    view: Any = op.opview
    if op.name in _MADE:
        return (
            "each iteration makes another barrier, which orders nothing between iterations",
            "make the barrier before the loop",
            WARNING,
        )
    if op.name == "xsmt.barrier_wait" and is_invariant(view.exp, loop) and is_invariant(view.barrier, loop):
        if is_parallel(loop):
            return (
                "iterations of smt.parallel wait for one another here, but they may run one after another",
                "wait before or after the loop",
                WARNING,
            )
        return (
            "this waits for the same version in each iteration: only the first one waits",
            "wait for a version that the iteration gives, or before the loop",
            WARNING,
        )
    return (
        "a barrier in a loop synchronizes in each iteration",
        "synchronize once for several iterations where the data allows",
        NOTE,
    )
