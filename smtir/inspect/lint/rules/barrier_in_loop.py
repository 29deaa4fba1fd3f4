"""The rule ``barrier-in-loop``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smtir.errors import Note
from smtir.inspect.lint.loops import is_invariant, is_parallel, loop_around, trip_count
from smtir.inspect.lint.model import NOTE, WARNING, Finding, Subject, at
from smtir.inspect.lint.registry import rule
from smtir.mlir import ir, source_location
from smtir.rewrite.index import constant_int
from smtir.rewrite.values import defined_by

_MADE = ("xsmt.mbarrier_create", "xsmt.mbarrier_copies", "xsmt.global_mbarrier_init")
_USED = ("xsmt.barrier_arrive", "xsmt.barrier_wait", "xsmt.barrier_set_expect")


@rule("barrier-in-loop", WARNING)
def barrier_in_loop(subject: Subject) -> Iterator[Finding]:
    """A barrier is made or used in a loop.

    Three cases. A barrier that is made in a loop is another one in each iteration, and spine-triton
    refuses it; it refuses a barrier of the whole grid in a loop too. A wait for a number of
    arrivals in all that does not change in an ordinary loop waits in the first iteration only.
    Anything else in an ordinary loop is right and only costs one synchronization an iteration: a
    note. Iterations of `smt.parallel` are what barriers are for.

    ```python
    for i in range(n):
        bar = smt.mbarrier(0, 2, 0)  # make it before the loop
        smt.barrier_wait(bar, 0, 1)  # wait for the next phase: smt.barrier_wait(bar)
    ```
    """
    for op in subject.named(*_MADE, *_USED):
        loop = loop_around(op)
        if loop is None or trip_count(loop) in (0, 1):
            continue
        place = source_location(loop.location)
        notes = (Note("the loop is here", place),) if place else ()
        judged = _judged(op, loop)
        if judged is not None:
            message, fix, severity = judged
            yield at(op, message, fix, notes=notes, severity=severity)


def _judged(op: ir.Operation, loop: ir.Operation) -> tuple[str, str, str] | None:
    """Message, fix and severity for a barrier operation in ``loop``; None where it is as it should be."""
    view: Any = op.opview
    if op.name in _MADE:
        return (
            "each iteration makes another barrier, which orders nothing between iterations",
            "make the barrier before the loop, as spine-triton demands",
            WARNING,
        )
    if defined_by(view.barrier, "xsmt.global_mbarrier_init"):
        return (
            "spine-triton refuses a barrier of the whole grid in a loop",
            "synchronize the programs before or after the loop",
            WARNING,
        )
    if is_parallel(loop):
        return None
    if op.name == "xsmt.barrier_wait" and constant_int(view.exp) != 0 and _same_each_time(view, loop):
        return (
            "this waits for the same number of arrivals in each iteration: only the first one waits",
            "wait for the next phase (arrive_count=0), or for a number that the iteration gives",
            WARNING,
        )
    return (
        "a barrier in a loop synchronizes in each iteration",
        "synchronize once for several iterations where the data allows",
        NOTE,
    )


def _same_each_time(wait: Any, loop: ir.Operation) -> bool:
    return is_invariant(wait.exp, loop) and is_invariant(wait.barrier, loop)
