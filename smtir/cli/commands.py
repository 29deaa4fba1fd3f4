"""The table of commands; a command's module is imported when the command is used."""

from __future__ import annotations

import importlib

import click

COMMANDS = {
    "dump": "Print a stage of a kernel, or record its whole compilation.",
    "diff": "Show what changed between stages, passes or files.",
    "run": "Run a kernel and check its result.",
    "trace": "Record every kernel that a script compiles.",
    "explain": "Say why a kernel does not lower, and how to write it.",
    "lint": "Find what is wrong, slow or fragile in a kernel.",
    "doctor": "List what is installed, what it is for, and how to get the rest.",
    "opt": "Run passes on an IR file.",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"smtir.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("smtir")
    except PackageNotFoundError:
        return "unknown"


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"smtir {_version()}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Version."
)
def command_group() -> None:
    """Lower Triton kernels with smt primitives to RISC-V, and look at every step.

    Exit codes: 0 fine, 1 the input is at fault, 2 usage, 3 an external tool is missing,
    70 a bug of smtir.
    """
