"""What the benchmarks share: kernels ready to run, medians, and one JSON object as the answer."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import smtir
import smtir.kernels
from smtir.api import Compilation
from smtir.kernels import KernelSpec
from smtir.runtime import Executable, KernelImage, load


class Problem(NamedTuple):
    """A kernel with arguments of one size: M queries, N keys, D columns."""

    spec: KernelSpec
    args: dict[str, Any]
    constexprs: Mapping[str, Any]
    grid: tuple[int, int, int]
    dtype: str

    @property
    def signature(self) -> dict[str, str]:
        return self.spec.signature_for(self.dtype)

    @property
    def multiply_adds(self) -> int:
        """Of the matrix products: one product for scores, another for attention."""
        sizes: list[int] = [self.args[name] for name in ("M", "N", "D")]
        return sizes[0] * sizes[1] * sizes[2] * (2 if "v_ptr" in self.args else 1)

    def compile(self, target: str, **options: Any) -> Compilation:
        """Compile for ``target``."""
        return smtir.compile(self.spec.fn, self.signature, self.constexprs, target, **options)

    def load(self, compiled: Compilation) -> Executable:
        """Make the compiled kernel callable."""
        return load(
            KernelImage(self.spec.name, self.signature, compiled.target, compiled.llvm_ir, compiled.object)
        )


def problem(name: str, m: int, n: int, d: int, dtype: str = "f32") -> Problem:
    """The kernel ``name`` of ``smtir.kernels`` at a size."""
    spec = smtir.kernels.get(name)
    args = spec.make_args(m, n, d, dtype, np.random.default_rng(0))
    return Problem(spec, args, spec.constexprs, spec.grid(args, spec.constexprs), dtype)


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Median time of ``work`` over ``repeats`` runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def arguments(description: str | None, *, repeats: int) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=repeats, help="runs behind each median")
    parser.add_argument("--kernels", type=lambda text: text.split(","), default=list(smtir.kernels.names()))
    return parser


def answer(results: dict[str, Any]) -> None:
    """Print ``results`` and the machine they are from as one JSON object."""
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cpus": os.cpu_count()}
    json.dump({"machine": machine, **results}, sys.stdout, indent=2)
    sys.stdout.write("\n")


def rounded(values: Sequence[float] | float, digits: int = 2) -> Any:
    """Numbers short enough to read."""
    if isinstance(values, float):
        return round(values, digits)
    return [round(value, digits) for value in values]
