"""``smtir trace``: run a script and record every kernel that it compiles."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import click

from smtir.errors import UsageError

TRACE_VARIABLE = "SMTIR_TRACE"
"""The plug-in in the script's process reads it; see ``smtir.backend.tracing``."""


@click.command("trace", context_settings={"ignore_unknown_options": True})
@click.option("--output", "-o", required=True, metavar="DIR", help="Where the records go; made if absent.")
@click.argument(
    "program", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- PROGRAM [ARGUMENT]..."
)
def command(output: str, program: tuple[str, ...]) -> int:
    """Run PROGRAM, and record every kernel that it compiles in a directory of its own below DIR.

    The program is a script that launches Triton kernels, such as 'python script.py'. A record has
    the signature, the grid of the first launch, and every stage and pass; that of a kernel that
    does not compile ends with the error. A record stands for its kernel on every command.

    Exits with the program's exit code.
    """
    from smtir.compiler.record import is_record, read_record

    directory = Path(output).resolve()
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the directory {output}: {error.strerror}") from None
    if shutil.which(program[0]) is None:
        raise UsageError(f"no program {program[0]!r}", hint="give it after --, as in -- python script.py")
    before = set(directory.iterdir())
    code = _run(program, directory)
    new = sorted(path for path in directory.iterdir() if path not in before and is_record(path))
    for path in new:
        manifest = read_record(path).manifest
        grid = "x".join(map(str, manifest["grid"])) if "grid" in manifest else "never launched"
        shown = os.path.join(output, path.name)
        click.echo(f"{shown}: {manifest['status']}, {f'grid {grid}' if 'x' in grid else grid}", err=True)
        if manifest["error"]:
            place = manifest["error"]["location"]
            where = f"{place['file']}:{place['line']}: " if place and place["line"] else ""
            click.echo(f"  {where}{manifest['error']['message'].splitlines()[0]}", err=True)
    if not new:
        click.echo("no kernel was compiled through smtir", err=True)
        click.echo("hint: 'smtir doctor' says whether Triton finds the plug-in", err=True)
    return code


def _run(program: tuple[str, ...], directory: Path) -> int:
    """The program's exit code; 128 and the signal's number when it died of one."""
    child = subprocess.Popen(program, env={**os.environ, TRACE_VARIABLE: str(directory)})
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:  # the program got it too, and decides
            continue
        return code if code >= 0 else 128 + signal.Signals(-code)
