"""The rule ``unused-dot``."""

from __future__ import annotations

from collections.abc import Iterator

from smtir.inspect.lint.loops import ancestors
from smtir.inspect.lint.model import WARNING, Finding, Subject, at
from smtir.inspect.lint.registry import rule
from smtir.mlir import ir, source_location
from smtir.rewrite.dataflow import computed_from, effects


@rule("unused-dot", WARNING)
def unused_dot(subject: Subject) -> Iterator[Finding]:
    """Nothing that the kernel writes depends on the result of a product.

    The product is dead code. In the current smt API `smt.dot(a, b, c)` returns the sum and leaves
    `c` as it is, so its result must be used. (Products into a window on a constant are the rule
    `window-on-constant`.)

    ```python
    smt.dot(a, b, acc)  # acc does not change
    acc = smt.dot(a, b, acc)
    ```
    """
    needed = _needed(subject)
    into_constants = {lost.product for lost in subject.lost_windows if lost.constant}
    for op in subject.named("xsmt.mmt4d", "tt.dot", "tt.dot_scaled"):
        if op not in needed and source_location(op.location) not in into_constants:
            yield at(
                op,
                "nothing that the kernel writes depends on this product",
                "store what is computed from it, or remove it",
            )


def _needed(subject: Subject) -> set[ir.Operation]:
    """Operations that an effect depends on, or whether and how often it happens."""
    roots = effects(subject.module) + list(subject.named("scf.condition"))
    values = {value for root in roots for value in root.operands}
    values |= {value for root in roots for parent in ancestors(root) for value in parent.operands}
    return computed_from(*values)
