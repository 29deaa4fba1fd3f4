"""Lowering rules: one function an operation, and the driver that applies them.

A rule reads one operation and builds its replacement; the driver alone sets the location and
the insertion point, replaces and erases::

    rules = LoweringRules("triton-to-linalg")

    @rules.lower("tt.splat")
    def lower_splat(op: ir.OpView) -> ir.Value: ...

A rule that does not apply raises ``NoMatch(reason)``: the operation stays, and the reason is
kept as a ``Miss`` for ``smtir explain`` and for the error at the end of the stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar

from smtir.errors import SourceLocation
from smtir.mlir import ir, source_location
from smtir.rewrite.values import operations_below

Replacement = ir.Value | Sequence[ir.Value] | None
Rule = Callable[[Any], Replacement]


class NoMatch(Exception):
    """Raised by a rule's guard; the message is the reason that a user reads."""


@dataclass(frozen=True)
class Miss:
    """A rule that looked at an operation and left it: which, where, and why."""

    pass_name: str
    rule: str
    op: str
    location: SourceLocation | None
    reason: str


_misses: ContextVar[list[Miss] | None] = ContextVar("misses", default=None)


@contextmanager
def collect_misses() -> Iterator[list[Miss]]:
    """Collect the misses of every rule applied inside the block."""
    misses: list[Miss] = []
    token = _misses.set(misses)
    try:
        yield misses
    finally:
        _misses.reset(token)


def record_miss(pass_name: str, rule: str, op: ir.OpView | ir.Operation, reason: str) -> None:
    """Keep the reason why ``rule`` left ``op`` alone."""
    misses = _misses.get()
    if misses is not None:
        misses.append(
            Miss(pass_name, rule, op.operation.name, source_location(op.operation.location), reason)
        )


class LoweringRules:
    """The rules of one pass, at most one for each operation name."""

    registry: ClassVar[dict[str, LoweringRules]] = {}
    """All rule sets by pass name."""

    def __init__(self, pass_name: str) -> None:
        self.pass_name = pass_name
        self.rules: dict[str, Rule] = {}
        LoweringRules.registry[pass_name] = self

    def lower(self, *op_names: str) -> Callable[[Rule], Rule]:
        """Register a rule for ``op_names``; a second rule for the same name is refused."""

        def add(rule: Rule) -> Rule:
            for op_name in op_names:
                if op_name in self.rules:
                    raise ValueError(f"{self.pass_name}: two rules for {op_name}")
                self.rules[op_name] = rule
            return rule

        return add

    def apply(self, root: ir.Operation | ir.OpView) -> None:
        """Apply the rules below ``root``, inner operations first, each operation once.

        Operations that a rule creates are not visited.  A rule must not touch any existing
        operation but the uses of its own results.
        """
        for op in operations_below(root.operation, self.rules, inner_first=True):
            self._apply_to(op)

    def _apply_to(self, op: ir.Operation) -> None:
        rule = self.rules[op.name]
        with ir.InsertionPoint(op), op.location:
            try:
                made = rule(op.opview)
            except NoMatch as miss:
                record_miss(self.pass_name, rule.__name__, op, str(miss))
                return
        values = [] if made is None else [made] if isinstance(made, ir.Value) else list(made)
        replace_op(op, values)


def replace_op(op: ir.Operation | ir.OpView, values: Sequence[ir.Value]) -> None:
    """Give every use of ``op``'s results to ``values`` and erase ``op``.

    The bindings abort the process on a wrong count, so it is checked here first.
    """
    op = op.operation
    if len(op.results) != len(values):
        raise ValueError(f"{op.name} has {len(op.results)} results, {len(values)} replacements given")
    for result, value in zip(op.results, values, strict=True):
        if result.type != value.type:
            raise TypeError(f"{op.name}: replacement of type {value.type} for a result of type {result.type}")
        result.replace_all_uses_with(value)
    op.erase()
