"""The benchmarks run and answer with the figures that the documentation quotes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import smtir
from tools.bench import inner_loops


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


def test_a_launch_is_measured_beside_an_empty_call(root: Path) -> None:
    qk = figures(root, "launch.py", "--repeats", "200")["qk"]
    assert min(qk["empty_call_through_ctypes_us"], qk["launch_us"]) > 0


@pytest.mark.qemu
@pytest.mark.zig
def test_qk_executes_fewer_instructions_than_plain_c(root: Path) -> None:
    kernels = figures(root, "run_kernels.py")
    assert 1 < kernels["qk"]["per_vector_fma"] < 4
    assert kernels["qk"]["instructions"] < kernels["qk in C, clang -O2"]["instructions"] / 3
    assert max(kernels["qk"]["max_error_k1"], kernels["qk"]["max_error_host"]) <= 2e-6


@pytest.mark.qemu
@pytest.mark.zig
def test_a_tile_outside_the_table_is_right_and_slower(root: Path) -> None:
    kernels = figures(root, "inner_loops.py", "--tiles", "8x16x8,8x8x8")
    known, small = kernels["qk 8x16x8"], kernels["qk 8x8x8"]
    assert max(known["max_error"], small["max_error"]) <= 2e-6
    assert (known["fma"], small["fma"]) == (64**3 // 16, 64**3 // 8)
    assert 1 < known["instructions_per_16"] < 4
    assert small["instructions"] > 1.5 * known["instructions"]
    assert [loop["type"] for loop in known["loops"]] == ["e32, m2"]


@pytest.mark.llvm_mca
def test_the_inner_loop_runs_at_half_of_the_peak_or_more_by_llvm_mcas_model() -> None:
    tool = inner_loops.find_mca()
    assert tool is not None
    assembly = smtir.compile(
        "smtir.kernels:qk", constexprs={"MICRO_M": 8, "MICRO_N": 16, "MICRO_K": 8}, target="k1"
    ).stages["asm"]
    for loop in inner_loops.fma_loops(assembly):
        took = inner_loops.cycles(loop, tool)
        assert loop.fma_bound <= took < 2 * loop.fma_bound


LOOPS = """\
\tvsetivli\tzero, 8, e16, m1, ta, ma
.LBB0_1:                                # outer
\tli a0, 0
.LBB0_2:                                # inner
\t.loc 1 2 3
\tvle16.v\tv8, (a1)
\tvfwmacc.vf\tv10, fa0, v8
\taddi\ta0, a0, 1
\tbne\ta0, a2, .LBB0_2
\tvsetivli\tzero, 4, e32, mf2, ta, ma
.LBB0_3:
\tvfmacc.vf\tv10, fa0, v8
\tbnez\ta3, .LBB0_3
.LBB0_4:
\taddi\ta0, a0, 1
\tbnez\ta0, .LBB0_4
\tbnez\ta4, .LBB0_1
"""


def test_the_innermost_loops_with_multiply_adds_are_found_with_the_type_of_their_sums() -> None:
    wide, half = inner_loops.fma_loops(LOOPS)
    assert (wide.label, wide.fma, wide.sew, wide.lmul) == (".LBB0_2", 1, 32, 2.0)
    assert [line.split()[0] for line in wide.body] == ["vle16.v", "vfwmacc.vf", "addi", "bne"]
    assert (wide.fma_bound, wide.flop) == (2.0, 32.0)
    assert (half.label, half.sew, half.lmul, half.fma_bound, half.flop) == (".LBB0_3", 32, 0.5, 1.0, 8.0)
    assert (inner_loops.peak_flop_per_cycle(32), inner_loops.peak_flop_per_cycle(16)) == (16, 32)


def test_a_launch_through_triton_costs_less_than_a_millisecond(root: Path) -> None:
    parts = figures(root, "plugin.py", "--repeats", "200")["qk"]["numpy"]
    assert 0 < parts["of_which_kernel_us"] < parts["launch_us"] < parts["launch_of_another_type_us"] < 1000
