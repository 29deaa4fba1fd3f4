"""What a lint rule sees and what it says."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from smtir.errors import Note, SourceLocation
from smtir.mlir import ir, source_location
from smtir.rewrite.dataflow import operations
from smtir.rewrite.lost_windows import LostWindow, lost_windows
from smtir.targets import Target

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True)
class Finding:
    """One thing that a rule found.

    Attributes:
        message: one sentence.
        fix: what to write instead.
        place: the kernel's line.
        op: name of the operation.
        notes: details, each with its place.
        severity: of this finding; ``""`` stands for the rule's.
        rule: id of the rule; the driver sets it.
    """

    message: str
    fix: str
    place: SourceLocation | None
    op: str = ""
    notes: tuple[Note, ...] = ()
    severity: str = ""
    rule: str = ""


class Subject:
    """A module at the stage ``ttir``, for the machine it is meant for; rules only read it."""

    def __init__(self, module: ir.Module, target: Target) -> None:
        self.module = module
        self.target = target

    @functools.cached_property
    def operations(self) -> list[ir.Operation]:
        """All operations, outer ones first."""
        return operations(self.module)

    @functools.cached_property
    def lost_windows(self) -> list[LostWindow]:
        """Products into windows that nothing reads, as ``smtir explain`` finds them."""
        return lost_windows(self.module)

    def named(self, *names: str) -> Iterator[ir.Operation]:
        """The operations with one of ``names``, in order."""
        return (op for op in self.operations if op.name in names)


Check = Callable[[Subject], Iterator[Finding]]


def at(
    op: ir.Operation,
    message: str,
    fix: str,
    *,
    notes: tuple[Note, ...] = (),
    severity: str = "",
) -> Finding:
    """A finding about ``op``, where it stands in the kernel."""
    return Finding(message, fix, source_location(op.location), op.name, notes, severity)
