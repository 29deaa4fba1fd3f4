"""Compile times of the kernels and launch overhead: `python -m tools.bench.compile_time [KERNEL...]`.

Cold: from the start of a fresh interpreter's first import of smtir to the k1 assembly of the kernel.
Warm: the same call again, Python to k1 assembly, median of ``--repeat`` runs in that process; nothing of an
earlier compilation is used but what the process has loaded.  The shares are those of the median run.
Launch: running a kernel of one program that does nothing, arguments checked and passed on, host.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STAGES = ("ttir", "linalg", "vector", "llvm", "llvmir", "asm")
EMPTY_KERNEL = """
tt.func @empty(%q: !tt.ptr<f32>, %k: !tt.ptr<f32>, %out: !tt.ptr<f32>, %m: i32, %n: i32, %scale: f32) {
  tt.return
}
"""


@dataclass(frozen=True)
class CompileTimes:
    """Milliseconds.  ``stages``: of each stage in the median warm run."""

    kernel: str
    cold: float
    warm: float
    stages: Mapping[str, float]

    @property
    def shares(self) -> dict[str, float]:
        """Part of the warm time that each stage takes, 0 to 1."""
        total = sum(self.stages.values())
        return {stage: time_ / total for stage, time_ in self.stages.items()}


def measure(kernel: str, target: str = "k1", repeat: int = 5) -> CompileTimes:
    """Times of ``kernel`` of ``smtir.kernels``, in a process of its own."""
    arguments = ["--worker", "--target", target, "--repeat", str(repeat), kernel]
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.compile_time", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"measuring {kernel} failed:\n{done.stderr.strip()}")
    return CompileTimes(kernel, **json.loads(done.stdout))


def _measure_here(kernel: str, target: str, repeat: int) -> dict[str, Any]:
    start = time.perf_counter()
    import smtir
    from smtir import kernels
    from smtir.compiler.runner import Observer

    class StageClock(Observer):
        def __init__(self) -> None:
            self.last = time.perf_counter()
            self.stages: dict[str, float] = {}

        def stage_done(self, stage: Any, content: Any) -> None:
            now = time.perf_counter()
            self.stages[stage.name] = (now - self.last) * 1e3
            self.last = now

    spec = kernels.get(kernel)

    def compile_once() -> dict[str, float]:
        clock = StageClock()
        smtir.compile(
            spec.fn,
            signature=dict(spec.signature),
            constexprs=dict(spec.constexprs),
            target=target,
            until="asm",
            observers=[clock],
        )
        return clock.stages

    compile_once()
    cold = (time.perf_counter() - start) * 1e3
    runs = sorted((compile_once() for _ in range(repeat)), key=lambda stages: sum(stages.values()))
    median = runs[len(runs) // 2]
    return {"cold": cold, "warm": sum(median.values()), "stages": median}


def launch_overhead(runs: int = 2000) -> float:
    """Microseconds that running an empty kernel of one program takes, median."""
    import numpy as np

    import smtir

    empty = smtir.compile(EMPTY_KERNEL, target="host")
    arguments = (*(np.zeros((64, 64), np.float32) for _ in range(3)), 64, 64, 1.0)
    empty.run(*arguments, grid=(1, 1, 1))
    times: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        empty.run(*arguments, grid=(1, 1, 1))
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def main(arguments: list[str]) -> int:
    """Print the table as markdown, or with ``--worker`` one kernel's times as JSON."""
    parser = argparse.ArgumentParser(description="Compile times of the kernels, and launch overhead.")
    parser.add_argument("kernels", nargs="*")
    parser.add_argument("--target", default="k1")
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        json.dump(_measure_here(options.kernels[0], options.target, options.repeat), sys.stdout)
        return 0
    from smtir import kernels

    print(f"| kernel | cold ms | warm ms | {' | '.join(STAGES)} |")
    print("|---" * (3 + len(STAGES)) + "|")
    for name in options.kernels or kernels.names():
        times = measure(name, options.target, options.repeat)
        shares = " | ".join(f"{times.shares[stage]:.0%}" for stage in STAGES)
        print(f"| `{name}` | {times.cold:.0f} | {times.warm:.0f} | {shares} |")
    print(f"\nLaunch overhead on the host: {launch_overhead():.0f} us")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
