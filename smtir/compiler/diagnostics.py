"""MLIR's diagnostics as data, and MLIR's exceptions as errors of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from smtir.errors import Note, SmtirError, SourceLocation
from smtir.mlir import MLIRError, ir, source_location

Severity = Literal["error", "warning", "remark", "note"]
_CURRENT_OP = "see current operation: "
_OP_IN_QUOTES = re.compile(r"'([A-Za-z_]\w*\.[\w.$-]+)'")
_Error = TypeVar("_Error", bound=SmtirError)


@dataclass(frozen=True)
class Diagnostic:
    """One message of MLIR or of a pass, with its notes."""

    severity: Severity
    message: str
    location: SourceLocation | None = None
    notes: tuple[Diagnostic, ...] = ()

    def flatten(self) -> Iterator[Diagnostic]:
        """This diagnostic, then its notes."""
        yield self
        for note in self.notes:
            yield from note.flatten()


def from_mlir(diagnostic: ir.Diagnostic | ir.DiagnosticInfo) -> Diagnostic:
    """``diagnostic`` as data that stays valid after its handler has returned.

    MLIR appends the operation in generic form to each error; the location says the same.
    """
    notes = [from_mlir(note) for note in diagnostic.notes if not note.message.startswith(_CURRENT_OP)]
    severity: Severity = diagnostic.severity.name.lower()  # type: ignore[assignment]  # enum names are ours
    return Diagnostic(
        severity,
        diagnostic.message,
        source_location(diagnostic.location),
        tuple(notes),
    )


def from_smtir(error: SmtirError) -> list[Diagnostic]:
    """What ``error`` says, as diagnostics: all of MLIR's own when MLIR was the cause."""
    if isinstance(error.__cause__, MLIRError):
        return [from_mlir(diagnostic) for diagnostic in error.__cause__.error_diagnostics]
    notes = tuple(Diagnostic("note", note.message, note.location) for note in error.notes)
    return [Diagnostic("error", error.message, error.location, notes)]


@contextmanager
def collect_diagnostics(context: ir.Context) -> Iterator[list[Diagnostic]]:
    """Collect warnings and remarks inside the block; errors travel in ``MLIRError``."""
    found: list[Diagnostic] = []

    def handle(diagnostic: ir.Diagnostic) -> bool:
        found.append(from_mlir(diagnostic))
        return True

    handler: Any = context.attach_diagnostic_handler(handle)
    try:
        yield found
    finally:
        handler.detach()


def convert_mlir_error(error: MLIRError, kind: type[_Error], fallback: str, *, hint: str = "") -> _Error:
    """An error of class ``kind`` that says what ``error`` says; the first diagnostic leads.

    ``fallback`` is the message when MLIR gave none.
    """
    diagnostics = [from_mlir(diagnostic) for diagnostic in error.error_diagnostics]
    if not diagnostics:
        return kind(fallback, hint=hint)
    first, *others = [entry for diagnostic in diagnostics for entry in diagnostic.flatten()]
    quoted = _OP_IN_QUOTES.search(first.message)
    return kind(
        first.message or fallback,
        location=first.location,
        op=quoted[1] if quoted else "",
        hint=hint,
        notes=tuple(Note(entry.message, entry.location) for entry in others),
    )
