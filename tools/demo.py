"""Compile and run every attention kernel, and say what came out: `make demo`.

Each kernel runs on the host and, as RISC-V with 256-bit vectors, under qemu, at sizes that do and do not
divide its blocks, in f32 and f16, and is compared with NumPy in float64.  Exits 1 if a kernel misses a bar.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import smtir
from smtir import kernels
from smtir.runtime import compare

SIZES = ((128, 128, 64), (100, 77, 64), (1, 1, 64), (257, 130, 64), (64, 192, 128))
"""M, N, D."""
TARGETS = ("host", "k1")
ERRORS = ("host f32", "host f16", "k1 f32", "k1 f16")
F16_BAR = 2e-3


def f32_bar(name: str) -> float:
    """Largest accepted error in f32, over the largest absolute value of the reference."""
    return 2e-6 if name.startswith("qk") else 1e-5


@dataclass
class Row:
    """What the demo found out about one kernel; errors by the names in ``ERRORS``."""

    kernel: str
    operations: dict[str, int]
    vfmacc: int
    cold: float = 0.0
    warm: float = 0.0
    errors: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def count(pattern: str, text: str) -> int:
    """Lines of ``text`` in which ``pattern`` matches."""
    return sum(bool(re.search(pattern, line)) for line in text.splitlines())


def inspect(spec: kernels.KernelSpec) -> Row:
    """Counts of operations at ``linalg`` and of ``vfmacc`` in the k1 assembly, and what is wrong there."""
    compiled = smtir.compile(
        spec.fn, signature=dict(spec.signature), constexprs=dict(spec.constexprs), target="k1"
    )
    linalg = compiled.stages["linalg"]
    operations = {name: count(rf"\blinalg\.{name}\b", linalg) for name in ("pack", "mmt4d", "unpack")}
    row = Row(spec.name, operations, count(r"^\s*vfmacc", compiled.stages["asm"]))
    if spec.name == "qk" and operations["mmt4d"] != 1:
        row.failures.append(f"{operations['mmt4d']} mmt4d at linalg, expected 1")
    if left := count(r"^\s*(?:%\S+ = )?\"?(?:tt|xsmt)\.", linalg):
        row.failures.append(f"{left} tt or xsmt operations left at linalg")
    if not row.vfmacc:
        row.failures.append("no vfmacc in the assembly")
    return row


def compile_times(kernel: str, repeats: int) -> tuple[float, float]:
    """Milliseconds of the first compilation in a fresh process, and the median of later ones."""
    command = [sys.executable, "-m", "tools.bench.compile", "--kernels", kernel, "--repeats", str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr.strip()}")
    figures = json.loads(done.stdout)["kernels"][kernel]
    return figures["first_ms"], figures["warm_ms"]


def largest_error(
    spec: kernels.KernelSpec, target: str, dtype: str, sizes: Sequence[tuple[int, int, int]]
) -> float:
    """The largest error over ``sizes``."""
    compiled = smtir.compile(spec.fn, spec.signature_for(dtype), spec.constexprs, target)
    worst = 0.0
    for m, n, depth in sizes:
        arguments = spec.make_args(m, n, depth, dtype, np.random.default_rng(m + n + depth))
        expected = spec.reference(arguments)
        compiled.run(*arguments.values(), grid=spec.grid(arguments, spec.constexprs))
        for output in spec.outputs:
            worst = max(worst, compare(arguments[output], expected[output]).error)
    return worst


def run_kernel(name: str, sizes: Sequence[tuple[int, int, int]], progress: Progress) -> Row:
    """Everything about one kernel."""
    spec = kernels.get(name)
    task = progress.add_task(name, total=6)
    row = inspect(spec)
    progress.advance(task)
    row.cold, row.warm = compile_times(name, repeats=5)
    progress.advance(task)
    for target in TARGETS:
        for dtype, bar in (("f32", f32_bar(name)), ("f16", F16_BAR)):
            error = largest_error(spec, target, dtype, sizes)
            row.errors[f"{target} {dtype}"] = error
            if not error <= bar:
                row.failures.append(f"error {error:.1e} on {target} in {dtype}, expected at most {bar:.0e}")
            progress.advance(task)
    progress.remove_task(task)
    return row


def render(rows: Sequence[Row]) -> Table:
    """The table that the demo ends with."""
    table = Table(
        title="smtir: attention kernels, Python to RISC-V", title_justify="left", box=box.SIMPLE_HEAD
    )
    table.add_column("kernel", no_wrap=True)
    for heading in ("pack", "mmt4d", "unpack", "vfmacc", "cold", "warm", *ERRORS):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_row(
            row.kernel,
            *(str(row.operations[name]) for name in ("pack", "mmt4d", "unpack")),
            str(row.vfmacc),
            f"{row.cold:.0f}",
            f"{row.warm:.0f}",
            *(f"{row.errors[name]:.1e}" for name in ERRORS),
            "[red]missed[/]" if row.failures else "[green]ok[/]",
        )
    return table


def main(arguments: list[str]) -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compile and run the attention kernels of smtir.")
    parser.add_argument("kernels", nargs="*", help="by default all")
    parser.add_argument("--quick", action="store_true", help="one size only")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    sizes = SIZES[1:2] if options.quick else SIZES
    console = Console(width=None if sys.stdout.isatty() else 120)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        rows = [run_kernel(name, sizes, progress) for name in options.kernels or kernels.names()]
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        console.print(render(rows))
        shown = ", ".join("x".join(map(str, size)) for size in sizes)
        console.print(
            f"pack, mmt4d, unpack: operations at the linalg stage; vfmacc: instructions in the k1 assembly.\n"
            "cold, warm: ms from Python to k1 assembly, first compilation in a process and later ones.\n"
            "host, k1: largest error, relative to the largest value of a float64 reference; k1 is emulated.\n"
            f"M x N x D: {shown}.",
            style="dim",
            highlight=False,
        )
    for row in rows:
        for failure in row.failures:
            console.print(f"[red]{row.kernel}: {failure}[/]")
    return 1 if any(row.failures for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
