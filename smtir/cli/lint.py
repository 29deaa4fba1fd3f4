"""``smtir lint``: what is wrong, slow or fragile in a kernel."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from smtir.cli.kernel_options import kernel_choice, kernel_options
from smtir.cli.printer import entry_lines
from smtir.cli.progress import progress
from smtir.errors import EXIT_INPUT, EXIT_OK, UsageError

if TYPE_CHECKING:
    from smtir.api.linting import LintResult
    from smtir.inspect.lint import Finding


def _list_rules(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if not value:
        return
    from smtir.inspect.lint import all_rules

    for one in all_rules().values():
        click.echo(f"{one.id} ({one.severity}): {one.summary}")
    ctx.exit()


@click.command("lint")
@kernel_options
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How to print what is found.",
)
@click.option("--select", multiple=True, metavar="IDS", help="Only these rules, separated by commas.")
@click.option("--ignore", multiple=True, metavar="IDS", help="All rules but these, separated by commas.")
@click.option(
    "--list-rules",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_list_rules,
    help="List the rules and exit.",
)
def command(
    kernel: str,
    types: tuple[str, ...],
    constexprs: tuple[str, ...],
    target: str | None,
    smt_api: str,
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
) -> int:
    """Say what is wrong, slow or fragile in KERNEL.

    KERNEL may be TTIR of any generation of the smt language. Rules about a chip are asked for
    --target, else for the chip that the TTIR names. Exits with 1 when an error is found; warnings
    and notes exit with 0.
    """
    from smtir.api.linting import lint_kernel

    choice = kernel_choice(kernel, types, constexprs, target, smt_api)
    with progress():
        result = lint_kernel(
            choice.name,
            choice.signature,
            choice.constexprs,
            choice.target,
            choice.smt_api,
            select=_ids(select, "--select"),
            ignore=_ids(ignore, "--ignore"),
        )
    _print(result, form)
    return EXIT_INPUT if result.has_errors else EXIT_OK


def _ids(given: tuple[str, ...], option: str) -> list[str]:
    """Rule ids from options that may be repeated and hold commas."""
    names = [name.strip() for text in given for name in text.split(",")]
    if "" in names:
        raise UsageError(f"{option}: expected rule ids separated by commas, got {', '.join(given)!r}")
    return names


def _print(result: LintResult, form: str) -> None:
    if form == "json":
        from smtir.inspect.lint.formats import to_json

        click.echo(to_json(result.kernel, result.chip, result.findings), nl=False)
    elif form == "sarif":
        from smtir.compiler.versions import installed_version
        from smtir.inspect.lint.formats import to_sarif

        click.echo(to_sarif(result.findings, result.rules, installed_version("smtir")), nl=False)
    else:
        for finding in result.findings:
            click.echo("\n".join(_lines(finding)))
        click.echo(_summary(result))


def _lines(finding: Finding) -> list[str]:
    lines = entry_lines(finding.severity, f"{finding.message} [{finding.rule}]", finding.place)
    for note in finding.notes:
        lines += entry_lines("note", note.message, note.location)
    fix = textwrap.wrap(finding.fix, 106, initial_indent=" ", subsequent_indent="     ")
    return [*lines, click.style("fix:", fg="green", bold=True) + "\n".join(fix)]


def _summary(result: LintResult) -> str:
    head = f"{result.kernel} for {result.chip}, {len(result.rules)} rules:"
    counts = [
        f"{number} {name}{'' if number == 1 else 's'}"
        for name in ("error", "warning", "note")
        if (number := sum(one.severity == name for one in result.findings))
    ]
    return f"{head} {', '.join(counts) or 'nothing found'}"
