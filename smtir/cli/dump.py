"""``smtir dump``: print a stage of a kernel, or write the record of its compilation."""

from __future__ import annotations

import click

from smtir.cli.entry import current_board
from smtir.cli.kernel_options import kernel_choice, kernel_options
from smtir.cli.progress import progress
from smtir.errors import EXIT_OK, UsageError


@click.command("dump")
@kernel_options
@click.option(
    "--stage", "-s", default="linalg", show_default=True, help="The stage to print; 'all' for a record."
)
@click.option("--output", "-o", default="-", metavar="PATH", help="A file; with '--stage all' a directory.")
@click.option(
    "--lowering",
    type=click.Choice(["smtir", "spine-triton-opt"]),
    default="smtir",
    show_default=True,
    help="Whose lowering from ttir to linalg.",
)
@click.option("--locations", is_flag=True, help="Print the source location of every operation.")
def command(
    kernel: str,
    types: tuple[str, ...],
    constexprs: tuple[str, ...],
    target: str | None,
    smt_api: str,
    stage: str,
    output: str,
    lowering: str,
    locations: bool,
) -> int:
    """Print KERNEL as it is after a stage: ttir, linalg, vector, llvm, llvmir, asm, object.

    KERNEL is file.py:function, smtir.kernels:NAME, a record's directory, or a file with IR.
    With '--stage all -o DIR' the whole compilation goes to DIR: manifest.json, one IR file a
    pass, and one file a stage.
    """
    from smtir import api

    choice = kernel_choice(kernel, types, constexprs, target, smt_api)
    theirs = lowering != "smtir"
    if theirs and (stage != "linalg" or locations):
        raise UsageError(
            f"{lowering} makes the stage linalg, and prints it as it likes",
            hint="leave out --stage and --locations",
        )
    record = None
    if stage == "all":
        if output == "-":
            raise UsageError("'--stage all' writes a directory", hint="name it with -o DIR")
        record = output
        current_board().record = output
    with progress():
        compilation = api.compile(
            choice.name,
            choice.signature,
            choice.constexprs,
            choice.target,
            choice.smt_api,
            until="ttir" if theirs else "object" if stage == "all" else stage,
            record=record,
        )
    if record is not None:
        click.echo(
            f"{record}: {len(compilation.stage_names) + 1} stages of {compilation.kernel.name}", err=True
        )
        return EXIT_OK
    if theirs:
        content = api.reference_linalg(compilation).encode()
    else:
        content = compilation.content(stage, locations=locations)
    with click.open_file(output, "wb") as stream:
        stream.write(content)
    return EXIT_OK
