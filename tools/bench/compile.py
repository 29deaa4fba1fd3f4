"""How long a warm compilation takes, from a Python kernel to k1 assembly: prints one JSON object.

    python tools/bench/compile.py [--kernels qk,attention_smt] [--repeats 9] [--target k1] [--llvm-passes]

For each kernel: the median total, the share of each stage, and the slowest passes, in ms.  ``first_ms``
is the first compilation of the kernel in this process; ``cpu_ms`` is processor time, which other work on
the machine disturbs less.  ``--llvm-passes`` also sets LLVM's own optimizations side by
side: time in LLVM, and, for k1 with qemu, the instructions that one block then executes.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

import llvmlite.binding as llvm

from smtir.compiler.runner import Observer, Outcome, Step
from smtir.errors import MissingToolError
from smtir.mlir import ir
from smtir.runtime import count_instructions
from smtir.targets import codegen
from tools.bench.common import Problem, answer, arguments, median_seconds, problem, rounded

SLOWEST = 5


class Stopwatch(Observer):
    """Adds up the seconds of one compilation."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.begun_cpu = time.process_time()
        self.frontend = 0.0
        self.passes: dict[tuple[str, str], float] = defaultdict(float)

    def before(self, step: Step, module: ir.Module) -> None:
        if not self.frontend:
            self.frontend = time.perf_counter() - self.begun

    def after(self, step: Step, module: ir.Module, outcome: Outcome) -> None:
        self.passes[step.stage, step.element.name] += outcome.seconds


def one_compilation(case: Problem, target: str) -> tuple[dict[str, float], dict[tuple[str, str], float]]:
    """Seconds by stage, the total included, and seconds by pass."""
    codegen.forget()  # what LLVM made of the same text before
    watch = Stopwatch()
    compiled = case.compile(target, observers=[watch])
    lowered = time.perf_counter()
    llvm_ir = compiled.llvm_ir
    translated = time.perf_counter()
    compiled.target.emit_assembly(llvm_ir)
    end = time.perf_counter()
    stages: dict[str, float] = {"ttir": watch.frontend}
    for (stage, _), seconds in watch.passes.items():
        stages[stage] = stages.get(stage, 0.0) + seconds
    between = lowered - watch.begun - sum(stages.values())
    stages |= {"between passes": between, "llvmir": translated - lowered, "asm": end - translated}
    cpu = time.process_time() - watch.begun_cpu
    return {"total": end - watch.begun, "cpu": cpu, **stages}, watch.passes


def measure(case: Problem, target: str, repeats: int) -> dict[str, Any]:
    """Figures of one kernel, in ms."""
    first, _ = one_compilation(case, target)
    runs = [one_compilation(case, target) for _ in range(repeats)]
    middle = {stage: 1e3 * statistics.median(run[stage] for run, _ in runs) for stage in first}
    passes = {key: 1e3 * statistics.median(run[key] for _, run in runs) for key in runs[0][1]}
    slowest = sorted(passes, key=lambda key: passes[key], reverse=True)[:SLOWEST]
    total, cpu = middle.pop("total"), middle.pop("cpu")
    return {
        "first_ms": rounded(1e3 * first["total"]),
        "warm_ms": rounded(total),
        "cpu_ms": rounded(cpu),
        "stages_ms": {stage: rounded(value) for stage, value in middle.items()},
        "stages_share": {stage: rounded(value / total) for stage, value in middle.items()},
        "slowest_passes_ms": [[stage, name[:80], rounded(passes[stage, name])] for stage, name in slowest],
    }


def _standard(level: int) -> Callable[[Any, Any], None]:
    def run(module: Any, machine: Any) -> None:
        builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=level))
        builder.getModulePassManager().run(module, builder)

    return run


def _nothing(module: Any, machine: Any) -> None:
    pass


EFFORTS: dict[str, Callable[[Any, Any], None]] = {
    "none": _nothing,
    "few": codegen.optimize,
    "O1": _standard(1),
    "O3": _standard(3),
}


def compare_efforts(case: Problem, target: str, repeats: int) -> dict[str, Any]:
    """LLVM's time for the assembly, and executed instructions, with each choice of passes."""
    llvm_ir = case.compile(target).llvm_ir
    results: dict[str, Any] = {}
    for name, optimize in EFFORTS.items():
        with _using(optimize):
            compiled = case.compile(target)

            def emit(compiled: Any = compiled) -> None:
                codegen.forget()
                compiled.target.emit_assembly(llvm_ir)

            results[name] = {"llvm_ms": rounded(1e3 * median_seconds(emit, repeats))}
            if target != "host":
                try:
                    counted = count_instructions(case.load(compiled), tuple(case.args.values()), case.grid)
                    results[name]["instructions"] = counted.total
                except MissingToolError as error:
                    results[name]["instructions"] = error.message
    codegen.forget()
    return results


def _using(optimize: Callable[[Any, Any], None]) -> AbstractContextManager[Any]:
    codegen.forget()
    return mock.patch.object(codegen, "optimize", optimize)


def main() -> None:
    """Measure each kernel at one block."""
    parser = arguments(__doc__, repeats=9)
    parser.add_argument("--target", default="k1")
    parser.add_argument("--llvm-passes", action="store_true")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name in options.kernels:
        case = problem(name, 64, 64, 64)
        results[name] = measure(case, options.target, options.repeats)
        if options.llvm_passes:
            results[name]["llvm_passes"] = compare_efforts(case, options.target, options.repeats)
    answer({"target": options.target, "kernels": results})


if __name__ == "__main__":
    main()
