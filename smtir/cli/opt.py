"""``smtir opt``: run passes on IR text and print the result."""

from __future__ import annotations

import click

from smtir.cli.printer import print_error
from smtir.errors import EXIT_INPUT, EXIT_OK, SmtirError


@click.command("opt")
@click.argument("file", default="-")
@click.option(
    "--passes", "-p", default="", metavar="PIPELINE", help="Comma-separated passes, options in braces."
)
@click.option(
    "--split-input-file", is_flag=True, help="Treat every part between '// -----' lines on its own."
)
@click.option(
    "--verify-diagnostics",
    is_flag=True,
    help="Check '// expected-error {{...}}' comments instead of printing.",
)
@click.option("--print-generic", is_flag=True, help="Print the generic form of every operation.")
@click.option("--print-locations", "--mlir-print-debuginfo", is_flag=True, help="Print source locations.")
@click.option("--list-passes", is_flag=True, help="List the passes of smtir with their options, and stop.")
@click.option("--output", "-o", default="-", metavar="FILE", help="Where to write; '-' is the terminal.")
def command(
    file: str,
    passes: str,
    split_input_file: bool,
    verify_diagnostics: bool,
    print_generic: bool,
    print_locations: bool,
    list_passes: bool,
    output: str,
) -> int:
    """Run PIPELINE on FILE ('-' is the standard input) and print the result.

    FILE holds TTIR as Triton prints it, any upstream MLIR dialect, or MLIR bytecode.  PIPELINE
    mixes passes of smtir with upstream's: 'triton-to-linalg,canonicalize,func.func(cse)'.
    """
    from smtir.inspect import opt

    if list_passes:
        click.echo(opt.describe_passes())
        return 0
    job = opt.make_job(passes, generic=print_generic, locations=print_locations)
    text, name = opt.read_input(file)
    parts = opt.split_input(text) if split_input_file else [text]
    if verify_diagnostics:
        problems = opt.check_expected(parts, name, job)
        for problem in problems:
            click.echo(problem, err=True)
        return EXIT_INPUT if problems else EXIT_OK
    results = [opt.attempt(part, name, job) for part in parts]
    errors = [result for result in results if isinstance(result, SmtirError)]
    with click.open_file(output, "w") as stream:
        stream.write(opt.SEPARATOR.join(result for result in results if isinstance(result, str)))
    for error in errors:
        print_error(error)
    return errors[0].exit_code if errors else EXIT_OK
