"""The work of ``smtir opt``: read IR, run passes, print, check expected diagnostics."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smtir.compiler.diagnostics import Diagnostic, collect_diagnostics, from_smtir
from smtir.compiler.runner import Observer, Outcome, Step, run_steps
from smtir.dialects import parse_module, print_module, verify_module
from smtir.errors import ParseError, SmtirError, SourceLocation, UsageError
from smtir.inspect.expected import compare, expectations
from smtir.mlir import MLIRError, context, ir
from smtir.rewrite.passes import PipelineElement, own_passes, parse_pipeline

SEPARATOR = "// -----\n"
BYTECODE_MAGIC = b"ML\xefR"
STDIN_NAME = "<stdin>"


@dataclass(frozen=True)
class OptJob:
    """What to do with every part of the input."""

    elements: Sequence[PipelineElement] = ()
    generic: bool = False
    locations: bool = False
    observers: Sequence[Observer] = ()


def make_job(
    passes: str, *, generic: bool = False, locations: bool = False, observers: Sequence[Observer] = ()
) -> OptJob:
    """Check the pipeline ``passes`` and make a job of it.  Raises ``UsageError``."""
    return OptJob(parse_pipeline(passes), generic, locations, observers)


def read_input(file: str) -> tuple[str | bytes, str]:
    """Contents of ``file`` (``-`` is the standard input) and its name in messages.

    Bytes mean MLIR bytecode.
    """
    name = STDIN_NAME if file == "-" else file
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None
    if data.startswith(BYTECODE_MAGIC):
        return data, name
    try:
        return data.decode(), name
    except UnicodeDecodeError as error:
        raise ParseError(
            f"{name} is neither text nor MLIR bytecode: byte {error.start} is no UTF-8"
        ) from None


def split_input(text: str | bytes) -> list[str | bytes]:
    """The parts between ``// -----`` lines, each padded so that its line numbers are the file's."""
    if isinstance(text, bytes):
        return [text]
    parts: list[str | bytes] = []
    current: list[str] = []
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line.startswith("// -----"):
            parts.append("".join(current))
            current = ["\n"] * number
        else:
            current.append(line)
    return [*parts, "".join(current)]


def load(part: str | bytes, name: str) -> ir.Module:
    """Parse and verify one part.  Raises ``ParseError`` or ``VerifyError``."""
    if isinstance(part, str):
        module = parse_module(part, name)
    else:
        try:
            module = ir.Module.parse(part, context())
        except MLIRError as error:
            reasons = [one.message for one in error.error_diagnostics]
            raise ParseError(
                f"{name} is not valid MLIR bytecode{': ' if reasons else ''}{'; '.join(reasons)}",
                location=SourceLocation(name),
            ) from error
    verify_module(module)
    return module


def run(part: str | bytes, name: str, job: OptJob) -> str:
    """Parse ``part``, run the passes, print.  Raises what the parser or a pass raises."""
    module = load(part, name)
    run_steps(module, job.elements, stage="", observers=job.observers)
    text = print_module(module, generic=job.generic, locations=job.locations)
    return text if text.endswith("\n") else text + "\n"


def attempt(part: str | bytes, name: str, job: OptJob) -> str | SmtirError:
    """``run``, with the error as a value."""
    try:
        return run(part, name, job)
    except SmtirError as error:
        return error


def check_expected(parts: Sequence[str | bytes], name: str, job: OptJob) -> list[str]:
    """Run ``job`` on each part and compare its diagnostics with the comments in it.

    One line for each diagnostic that was expected and not seen, or seen and not expected.
    """
    problems: list[str] = []
    for part in parts:
        text = part if isinstance(part, str) else ""
        expected = expectations(text, name)
        problems += compare(expected, _diagnostics_of(part, name, job), name)
    return problems


def _diagnostics_of(part: str | bytes, name: str, job: OptJob) -> list[Diagnostic]:
    collector = _Collector()
    with collect_diagnostics(context()) as parser_diagnostics:
        try:
            run(part, name, OptJob(job.elements, job.generic, job.locations, [*job.observers, collector]))
        except SmtirError as error:
            collector.found += from_smtir(error)
    return [*parser_diagnostics, *collector.found]


class _Collector(Observer):
    """Keeps the warnings and remarks of every pass."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def after(self, step: Step, module: ir.Module, outcome: Outcome) -> None:
        self.found += outcome.diagnostics


def describe_passes() -> str:
    """Every pass of ours: name, first line of its documentation, options with defaults."""
    lines: list[str] = []
    for entry in own_passes().values():
        summary = entry.doc.splitlines()[0].removeprefix(f"{entry.name}: ") if entry.doc else ""
        lines.append(f"{entry.name}: {summary}" if summary else entry.name)
        for option, default in entry.defaults.items():
            shown = str(default).lower() if isinstance(default, bool) else default
            lines.append(f"    {option.replace('_', '-')}={shown}")
    return "\n".join(lines)
