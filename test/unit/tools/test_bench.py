"""The benchmarks run and answer with the figures that the documentation quotes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def figures(root: Path, script: str, *options: str) -> dict[str, Any]:
    command = [
        sys.executable,
        str(root / "tools/bench" / script),
        "--kernels",
        "qk",
        "--repeats",
        "1",
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)["kernels"]
    return answer


def test_compile_times_are_split_into_stages_and_passes(root: Path) -> None:
    qk = figures(root, "compile.py")["qk"]
    assert list(qk["stages_ms"]) == ["ttir", "linalg", "vector", "llvm", "between passes", "llvmir", "asm"]
    assert abs(sum(qk["stages_ms"].values()) - qk["warm_ms"]) < 0.1
    assert abs(sum(qk["stages_share"].values()) - 1) < 0.05
    assert len(qk["slowest_passes_ms"]) == 5


def test_a_launch_costs_less_than_a_tenth_of_a_millisecond(root: Path) -> None:
    qk = figures(root, "launch.py", "--repeats", "200")["qk"]
    assert 0 < qk["empty_call_through_ctypes_us"] < qk["launch_us"]


@pytest.mark.qemu
@pytest.mark.zig
def test_qk_executes_fewer_instructions_than_plain_c(root: Path) -> None:
    kernels = figures(root, "run_kernels.py")
    assert 1 < kernels["qk"]["per_vector_fma"] < 4
    assert kernels["qk"]["instructions"] < kernels["qk in C, clang -O2"]["instructions"] / 3
    assert max(kernels["qk"]["max_error_k1"], kernels["qk"]["max_error_host"]) <= 2e-6
