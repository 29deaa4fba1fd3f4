"""``smtir diff``: what changed between two files, two stages, or over a pass."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smtir.cli.kernel_options import kernel_choice, kernel_options
from smtir.cli.progress import progress
from smtir.errors import EXIT_INPUT, EXIT_OK, UsageError

if TYPE_CHECKING:
    from smtir.api.views import View

FIRST_STAGE = "ttir"
_COLOURS = {"removed": "red", "added": "green", "hunk": "cyan"}
_SIGNS = {"removed": "-", "added": "+", "same": " ", "hunk": ""}


@click.command("diff")
@kernel_options
@click.argument("other", required=False)
@click.option("--from", "first", metavar="STAGE", help="The earlier stage of KERNEL.")
@click.option("--to", "last", metavar="STAGE", help="The later stage of KERNEL.")
@click.option("--stage", "-s", metavar="STAGE", help="Compare KERNEL and OTHER at this stage.")
@click.option(
    "--pass", "pass_", metavar="PASS", help="Before and after a pass: its name, name#2, or its number."
)
@click.option("--side-by-side", "-y", is_flag=True, help="Two columns instead of a unified difference.")
@click.option(
    "--context", "-U", default=3, show_default=True, help="Equal lines to show around a difference."
)
@click.option("--exact", is_flag=True, help="Compare SSA numbers and aliases as they are written.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when there is a difference.")
def command(
    kernel: str,
    types: tuple[str, ...],
    constexprs: tuple[str, ...],
    target: str | None,
    smt_api: str,
    other: str | None,
    first: str | None,
    last: str | None,
    stage: str | None,
    pass_: str | None,
    side_by_side: bool,
    context: int,
    exact: bool,
    exit_code: bool,
) -> int:
    """Show what changed.

    \b
    smtir diff A.mlir B.mlir                      two files
    smtir diff KERNEL --from ttir --to linalg     two stages
    smtir diff KERNEL --pass canonicalize         before and after a pass
    smtir diff KERNEL OTHER --stage linalg        two kernels at a stage, ttir if it is not said

    Values are matched by the operation that defines them, so a new SSA number is no difference.
    """  # noqa: D301  (click takes the control character \b for a paragraph to keep)
    from smtir.api import views

    choice = kernel_choice(kernel, types, constexprs, target, smt_api)
    given = [
        name for name, value in (("--from/--to", first or last), ("--pass", pass_), ("OTHER", other)) if value
    ]
    if len(given) != 1:
        raise UsageError(
            f"expected one of OTHER, --from with --to, and --pass; got {' and '.join(given) or 'none'}",
            hint="'smtir diff --help' shows the four forms",
        )
    if other is not None and stage is None and not (_is_file(kernel) and _is_file(other)):
        stage = FIRST_STAGE
    with progress():
        if other is not None and stage is None:
            left, right = views.file_view(kernel), views.file_view(other)
        else:
            source = views.open_source(choice.name, choice.signature, choice.constexprs, smt_api)
            if other is not None and stage is not None:
                left = views.stage_view(source, stage, target)
                right = views.stage_view(views.open_source(other), stage, target)
            elif pass_ is not None:
                left, right = views.pass_views(source, pass_, target)
            elif first and last:
                left, right = (views.stage_view(source, name, target) for name in (first, last))
            else:
                raise UsageError("--from and --to go together")
    differs = (
        _print_columns(left, right, context, exact)
        if side_by_side
        else _print_unified(left, right, context, exact)
    )
    return EXIT_INPUT if differs and exit_code else EXIT_OK


def _is_file(name: str) -> bool:
    """Whether ``name`` is meant as a file of IR, and not as a kernel or a record."""
    return ":" not in name and not Path(name).is_dir()


def _print_unified(left: View, right: View, context: int, exact: bool) -> bool:
    from smtir.inspect.diff import unified

    differs = False
    for line in unified(left.text, right.text, context=context, exact=exact):
        if not differs:
            click.secho(f"--- {left.title}\n+++ {right.title}", bold=True)
            differs = True
        click.secho(_SIGNS[line.kind] + line.text, fg=_COLOURS.get(line.kind))
    return differs


def _print_columns(left: View, right: View, context: int, exact: bool) -> bool:
    from smtir.inspect.diff import side_by_side

    width = (shutil.get_terminal_size((160, 50)).columns - 3) // 2

    def cell(text: str) -> str:
        return f"{text[: width - 1] + '…' if len(text) > width else text:<{width}}"

    differs = False
    click.secho(f"{cell(left.title)}   {cell(right.title)}".rstrip(), bold=True)
    for row in side_by_side(left.text, right.text, context=context, exact=exact):
        if row is None:
            click.secho("...", fg="cyan")
            continue
        mark = " " if row.same else "<" if row.right is None else ">" if row.left is None else "|"
        differs = differs or not row.same
        old, new = cell(row.left or ""), cell(row.right or "")
        if not row.same:
            old, new = click.style(old, fg="red"), click.style(new, fg="green")
        click.echo(f"{old} {mark} {new}".rstrip())
    return differs
