"""``smtir explain``: why a kernel does not lower, or loses a result."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from smtir.cli.kernel_options import kernel_choice, kernel_options
from smtir.cli.printer import entry_lines
from smtir.cli.progress import progress
from smtir.errors import EXIT_INPUT, EXIT_OK

if TYPE_CHECKING:
    from smtir.inspect.explain import Finding

_WIDTH = 100


@click.command("explain")
@kernel_options
@click.option("--stage", "-s", default="llvm", show_default=True, help="The stage that KERNEL should reach.")
def command(
    kernel: str,
    types: tuple[str, ...],
    constexprs: tuple[str, ...],
    target: str | None,
    smt_api: str,
    stage: str,
) -> int:
    """Say why KERNEL does not lower, and how to write it.

    For an operation that no rule lowered: its Python line, the rules that could have, and the
    reason that each guard gave. For TTIR of the first smt API: products into windows that
    nothing reads. Exits with 1 when there is something to explain.
    """
    from smtir.api.explaining import explain_kernel

    choice = kernel_choice(kernel, types, constexprs, target, smt_api)
    with progress():
        name, findings = explain_kernel(
            choice.name, choice.signature, choice.constexprs, choice.target, choice.smt_api, until=stage
        )
    for finding in findings:
        _print(finding)
    if findings:
        return EXIT_INPUT
    click.echo(f"{name}: every operation lowers to the stage {stage}, and every product is read")
    return EXIT_OK


def _print(finding: Finding) -> None:
    lines = entry_lines("error", finding.message, finding.place)
    for note in finding.notes:
        lines += entry_lines("note", note.message, note.location)
    for rule in finding.rules:
        summary = f": {rule.summary}" if rule.summary else ""
        lines += entry_lines("note", f"rule {rule.name} of the pass {rule.pass_name}{summary}", None)
    if finding.story:
        lines += ["", _title("What happened")]
        lines += [line for text in finding.story for line in [*textwrap.wrap(text, _WIDTH), ""]]
    if finding.advice:
        lines += [_title("How to write it"), finding.advice] if finding.story else ["hint: " + finding.advice]
    click.echo("\n".join(lines))


def _title(text: str) -> str:
    return click.style(text, bold=True)
