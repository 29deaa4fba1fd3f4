"""Rewrite the figures in README.md with those of this machine: `python -m tools.bench.figures`.

Runs ``tools.bench.compile``, for each kernel in a process of its own, and ``tools.bench.launch``.  Do it
on a machine that does nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- figures: written by tools/bench/figures.py -->\n", "<!-- end of figures -->\n"
STAGES = {
    "frontend": ("ttir",),
    "to linalg": ("linalg",),
    "to vector": ("vector",),
    "to llvm": ("llvm", "llvmir"),
    "code generation": ("asm",),
    "the rest": ("between passes",),
}


def benchmark(name: str, *arguments: str) -> dict[str, Any]:
    """What a benchmark prints, by kernel."""
    command = [sys.executable, "-m", f"tools.bench.{name}", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    kernels: dict[str, Any] = json.loads(done.stdout)["kernels"]
    return kernels


def table(compiled: Mapping[str, Any], launched: Mapping[str, Any]) -> str:
    """The figures as a markdown table."""
    headings = ["kernel", "cold ms", "warm ms", *STAGES, "launch us"]
    lines = [f"| {' | '.join(headings)} |", "|---|" + "---:|" * (len(headings) - 1)]
    for kernel, figures in compiled.items():
        shares = [sum(figures["stages_share"][stage] for stage in stages) for stages in STAGES.values()]
        launch = launched[kernel]["launch_us"] - launched[kernel]["kernel_with_ready_arguments_us"]
        cells = [
            f"`{kernel}`",
            f"{figures['first_ms']:.0f}",
            f"{figures['warm_ms']:.0f}",
            *(f"{share:.0%}" for share in shares),
            f"{launch:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure and rewrite; returns the exit code."""
    text = README.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        print(f"{README} has no block between {BEGIN.strip()} and {END.strip()}", file=sys.stderr)
        return 1
    launched = benchmark("launch")
    compiled = {
        kernel: benchmark("compile", "--kernels", kernel, "--repeats", "15")[kernel] for kernel in launched
    }
    README.write_text(f"{before}{BEGIN}{table(compiled, launched)}{END}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
