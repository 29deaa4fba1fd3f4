"""Every error that smtir raises on purpose, and the exit code each one maps to.

An error names the place (``location``), the operation (``op``) and what to do next
(``hint``).  The command line prints exactly these fields; library users read them as
attributes.  Anything that is *not* a ``SmtirError`` is a bug of ours (exit code 70).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

EXIT_OK = 0
EXIT_INPUT = 1
EXIT_USAGE = 2
EXIT_MISSING_TOOL = 3
EXIT_BUG = 70


@dataclass(frozen=True)
class SourceLocation:
    """A place in a source file: a Python kernel or a file with IR.

    ``line`` and ``column`` count from 1; 0 means unknown.  ``name`` is the Python variable
    that the operation computes, when the frontend recorded one.
    """

    file: str
    line: int = 0
    column: int = 0
    name: str = ""

    def __str__(self) -> str:
        parts = [self.file or "<unknown>"]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


@dataclass(frozen=True)
class Note:
    """A secondary message of an error, with its own place where it has one."""

    message: str
    location: SourceLocation | None = None


class SmtirError(Exception):
    """Base of all errors about the user's input or machine.

    Attributes:
        message: one sentence, expected and got included.
        location: the place it is about, if known.
        op: name of the operation it is about (``"xsmt.pack"``), or ``""``.
        hint: what the user can do, or ``""``.
        notes: secondary messages.
        pass_name: the pass that was running, or ``""``; set by the pass runner.
    """

    exit_code: ClassVar[int] = EXIT_INPUT

    def __init__(
        self,
        message: str,
        *,
        location: SourceLocation | None = None,
        op: str = "",
        hint: str = "",
        notes: tuple[Note, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.op = op
        self.hint = hint
        self.notes = notes
        self.pass_name = ""

    def __str__(self) -> str:
        lines = [f"{self.location}: {self.message}" if self.location else self.message]
        for note in self.notes:
            lines.append(
                f"{note.location}: note: {note.message}" if note.location else f"note: {note.message}"
            )
        if self.pass_name:
            lines.append(f"note: in the pass {self.pass_name}")
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class ParseError(SmtirError):
    """Text that is not the IR it should be; ``location`` points into the text."""


class VerifyError(SmtirError):
    """An operation that breaks a rule of its dialect."""


class FrontendError(SmtirError):
    """A Python kernel that cannot be turned into TTIR."""


class LoweringError(SmtirError):
    """An operation that no pass could lower, or that is illegal in the stage it reached."""


class LaunchError(SmtirError, RuntimeError):
    """Wrong arguments for a compiled kernel, a failed assertion, or compiled code that crashed.

    Launches of other backends fail with ``RuntimeError``, and scripts catch that.
    """


class UsageError(SmtirError):
    """An unknown stage, pass, kernel, target or option."""

    exit_code: ClassVar[int] = EXIT_USAGE


class MissingToolError(SmtirError):
    """An external tool is needed and absent; ``hint`` says how to get it."""

    exit_code: ClassVar[int] = EXIT_MISSING_TOOL
