"""``smtir run``: run a kernel on the host or under the emulator, and check its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smtir.cli.kernel_options import kernel_choice, kernel_options, split_assignment
from smtir.cli.progress import progress
from smtir.errors import EXIT_INPUT, EXIT_OK, UsageError

if TYPE_CHECKING:
    from smtir.api.running import Run


@click.command("run")
@kernel_options
@click.option("--arg", "arguments", multiple=True, metavar="NAME=VALUE", help="An argument; see below.")
@click.option("--grid", metavar="X[,Y[,Z]]", help="How many programs; known for kernels of smtir.kernels.")
@click.option(
    "--size", "sizes", multiple=True, metavar="NAME=N", help="M, N or D of a kernel of smtir.kernels."
)
@click.option("--dtype", type=click.Choice(["f32", "f16"]), default="f32", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random arguments.")
@click.option("--tolerance", type=float, help="Largest accepted error against the reference.")
@click.option("--threads", type=click.IntRange(min=1), help="How many programs run at a time.")
@click.option("--save", "saves", multiple=True, metavar="NAME=FILE.npy", help="Write an array after the run.")
def command(
    kernel: str,
    types: tuple[str, ...],
    constexprs: tuple[str, ...],
    target: str | None,
    smt_api: str,
    arguments: tuple[str, ...],
    grid: str | None,
    sizes: tuple[str, ...],
    dtype: str,
    seed: int,
    tolerance: float | None,
    threads: int | None,
    saves: tuple[str, ...],
) -> int:
    """Compile KERNEL, run it once, and compare with its reference if it has one.

    Kernels of smtir.kernels make their own random arguments. For others every parameter needs
    an --arg:

    \b
    --arg q=128x64xf32:normal   an array: shape, element type, fill (normal, uniform,
                                integers, zeros, ones, arange, nan)
    --arg q=q.npy               an array from a file
    --arg M=128                 a number

    --target k1 runs RISC-V code under qemu-riscv64.
    """  # noqa: D301  (click takes the control character \b for a paragraph to keep)
    from smtir.api.running import RunOptions, run_once

    choice = kernel_choice(kernel, types, constexprs, target, smt_api)
    files = dict(split_assignment(text, "--save") for text in saves)
    options = RunOptions(
        sizes={
            name: _integer(text, "--size") for name, text in (split_assignment(s, "--size") for s in sizes)
        },
        dtype=dtype,
        arguments=dict(split_assignment(text, "--arg") for text in arguments),
        grid=tuple(_integer(part, "--grid") for part in grid.split(",")) if grid else None,
        seed=seed,
        tolerance=tolerance,
        threads=threads,
    )
    with progress():
        run = run_once(choice.name, choice.signature, choice.constexprs, target, smt_api, options)
    _print(run)
    _save(run, files)
    return EXIT_OK if run.passed else EXIT_INPUT


def _print(run: Run) -> None:
    grid = "x".join(map(str, run.grid))
    click.echo(
        f"{run.kernel} on {run.target}, grid {grid}: "
        f"compiled in {run.compile_seconds * 1e3:.0f} ms, ran in {run.run_seconds * 1e3:.2f} ms"
    )
    header = ("array", "shape", "type", "min", "max", "max error", "")
    rows = [header]
    for result in run.results:
        array = result.array
        low, high = (f"{array.min():.4g}", f"{array.max():.4g}") if array.size else ("-", "-")
        error = "-" if result.error is None else f"{result.error:.1e}"
        verdict = ""
        if result.error is not None and run.tolerance is not None:
            verdict = "ok" if result.error <= run.tolerance else f"WRONG (tolerance {run.tolerance:g})"
        rows.append(
            (result.name, "x".join(map(str, array.shape)), str(array.dtype), low, high, error, verdict)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for result in run.results:
        if result.error is not None and run.tolerance is not None and result.error > run.tolerance:
            click.secho(f"{result.name}: {result.detail}", fg="red")


def _save(run: Run, files: dict[str, str]) -> None:
    import numpy as np

    arrays = {result.name: result.array for result in run.results}
    for name, path in files.items():
        if name not in arrays:
            raise UsageError(f"{run.kernel} has no array {name!r}", hint=f"its arrays: {', '.join(arrays)}")
        try:
            np.save(path, arrays[name])
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _integer(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is not an integer") from None
