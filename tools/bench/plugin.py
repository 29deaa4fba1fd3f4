"""The plug-in's speed: ordinary Triton kernels beside NumPy and torch, threads, and launches; prints JSON.

    python tools/bench/plugin.py [--work add,matmul] [--kernels qk] [--rounds 20] [--repeats 2000]

``work``: the best time of each in milliseconds, all on one thread and in turns, so that what else the machine
does hits all alike; ``of_numpy`` is NumPy's time over ours (2 is twice as fast), and so on; ``threads_2`` is
our time on one thread over that on two, for work that is compute bound, each several times in a row, so that
workers need not be woken (in turns, matmul of 512 gives 1.7 in the place of 1.95).

``kernels``: what launching a cached kernel through Triton costs over the kernel itself, for one program of a
1x1 problem, with the arguments as NumPy arrays and, where torch is installed, as tensors; in microseconds:
``kernel[grid](...)``, the kernel alone, and a launch that goes through all of Triton, as the first one with
arguments of its types does.  ``many_parameters`` has 23 parameters and next to no work.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import triton
from triton.backends import Backend, backends

from smtir.backend import NAME
from smtir.backend.compiler import SmtirBackend
from smtir.backend.driver import CPUDriver
from smtir.runtime import compare
from smtir.runtime.executable import THREADS_VARIABLE
from tools.bench import ordinary_kernels
from tools.bench.common import answer, arguments, median_seconds, problem, rounded
from tools.bench.contenders import COMPUTE_BOUND, CONTESTS, Contest, find_torch

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}


IN_A_ROW = 10
"""Runs of one contender before the next one's turn where threads are compared."""


def best_seconds(
    contenders: Mapping[str, Callable[[], object]], rounds: int, in_a_row: int = 1
) -> dict[str, float]:
    """The best time of each contender; they run in turns, each so many times in a row."""
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(rounds // in_a_row):
        for name, work in contenders.items():
            for _ in range(in_a_row):
                start = time.perf_counter()
                work()
                best[name] = min(best[name], time.perf_counter() - start)
    return best


def on_threads(work: Callable[[], object], threads: int) -> Callable[[], None]:
    """``work`` with so many programs at a time."""

    def run() -> None:
        os.environ[THREADS_VARIABLE] = str(threads)
        work()

    return run


def compete(name: str, contest: Contest, rounds: int) -> dict[str, Any]:
    """Figures of one piece of work."""
    contenders = {"ours": on_threads(contest.ours, 1), **contest.others}
    for work in contenders.values():
        work()
    best = best_seconds(contenders, rounds)
    contest.result.fill(0)
    contest.ours()
    ours = best["ours"]
    figures: dict[str, Any] = {"ms": rounded(1e3 * ours, 4)}
    if contest.flop:
        figures["gflops"] = rounded(contest.flop / ours / 1e9)
    figures |= {f"of_{library}": rounded(best[library] / ours) for library in contest.others}
    if name in COMPUTE_BOUND:
        threads = {count: on_threads(contest.ours, int(count)) for count in ("1", "2")}
        best = best_seconds(threads, max(rounds, IN_A_ROW), IN_A_ROW)
        figures["threads_2"] = rounded(best["1"] / best["2"])
    figures["error"] = float(f"{compare(contest.result, contest.expected).error:.1e}")
    return figures


def measure_launch(fn: Any, grid: Any, values: list[Any], repeats: int) -> dict[str, float]:
    """Microseconds of a launch of ``fn``, of Triton's own way to it, and of the kernel alone."""
    launch = fn[grid]
    kernel = launch(*values)
    bound = dict(zip(fn.arg_names, values, strict=True))
    arguments = [bound[fn.arg_names[path[0]]] for _, path, _ in kernel.metadata.arguments]
    executable: Any = kernel.run.executable
    packed = executable.pack(executable.signature.encode(arguments), (1, 1, 1))

    def microseconds(work: Any) -> Any:
        return rounded(1e6 * median_seconds(work, repeats))

    whole = microseconds(lambda: launch(*values))
    alone = microseconds(lambda: executable.launch(packed, 1, 1))
    first = type(fn).run.__wrapped__
    return {
        "launch_us": whole,
        "of_which_kernel_us": alone,
        "overhead_us": rounded(whole - alone),
        "launch_of_another_type_us": microseconds(lambda: first(fn, *values, grid=grid, warmup=False)),
    }


def launches(names: list[str], repeats: int, torch: Any) -> dict[str, Any]:
    """Figures of launches with each kind of array."""
    kinds: dict[str, Callable[[np.ndarray], Any]] = {"numpy": lambda array: array}
    if torch:
        kinds["torch"] = torch.from_numpy
    many: list[Any] = [np.zeros(16, np.float32), *range(20), *np.ones((2, 16), np.float32), 16]
    cases: dict[str, Any] = {"many_parameters": (ordinary_kernels.many_parameters, (1, 1, 1), many)}
    for name in names:
        case = problem(name, 1, 1, 64)
        given = {**case.args, **case.constexprs}
        cases[name] = (case.spec.fn, case.grid, [given[parameter] for parameter in case.spec.fn.arg_names])
    figures: dict[str, Any] = {}
    for name, (fn, grid, values) in cases.items():
        figures[name] = {
            kind: measure_launch(
                fn, grid, [convert(v) if isinstance(v, np.ndarray) else v for v in values], repeats
            )
            for kind, convert in kinds.items()
        }
    return figures


def main() -> None:
    """Measure all that is asked for."""
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        # The libraries read these when they are loaded.
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **ONE_THREAD})
    parser = arguments(__doc__, repeats=2000)
    parser.add_argument("--work", type=lambda text: text.split(",") if text else [], default=list(CONTESTS))
    parser.add_argument("--rounds", type=int, default=20, help="runs behind each best time")
    options = parser.parse_args()
    backends.setdefault(NAME, Backend(SmtirBackend, CPUDriver))
    triton.runtime.driver.set_active(CPUDriver())
    torch = find_torch()
    os.environ[THREADS_VARIABLE] = "1"
    work = {name: compete(name, CONTESTS[name](torch), options.rounds) for name in options.work}
    answer({"work": work, "kernels": launches(options.kernels, options.repeats, torch)})


if __name__ == "__main__":
    main()
