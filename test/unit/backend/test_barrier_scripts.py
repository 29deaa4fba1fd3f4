"""Scripts with barriers that know nothing of smtir, as spine-triton and its users write them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from plugin import check_script, environment

from smtir.cli.entry import run_command

BEGIN = """\
import numpy as np
import triton
import triton.language as tl
import triton.language.extra.smt as smt

@triton.jit
def doubled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    pid = tl.program_id(0)
    bar = smt.mbarrier(flag=0, expect_count=3)
    where = pid * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + where, mask=where < n, other=0.0)
    for s in smt.parallel(0, 3):
        smt.barrier_arrive(bar)
        smt.barrier_wait(bar, flag=1)
    tl.store(out_ptr + where, x * 2.0, mask=where < n)

@triton.jit
def turned(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    pid = tl.program_id(0)
    bar = smt.global_mbarrier(0)
    smt.barrier_set_expect(bar, tl.num_programs(0))
    where = pid * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + where, tl.load(x_ptr + where, mask=where < n), mask=where < n)
    smt.barrier_arrive(bar)
    smt.barrier_wait(bar, flag=1)
    other = tl.load(out_ptr + (n - 1 - where), mask=where < n)
    smt.barrier_arrive(bar)
    smt.barrier_wait(bar, flag=1)
    tl.store(out_ptr + where, other, mask=where < n)

x = np.random.default_rng(0).standard_normal(100).astype(np.float32)
"""
RUN = (
    BEGIN
    + """
for _ in range(3):
    out = np.zeros_like(x)
    doubled[(7,)](x, out, 100, BLOCK=16)
    assert np.array_equal(out, x * 2)
    turned[(7,)](x, out, 100, BLOCK=16)
    assert np.array_equal(out, x[::-1])
"""
)
BARRIER_OF_THE_CALLER = """
import os
from triton.backends.spine_triton.env import alloc_mbarrier, release_mbarrier

@triton.jit
def mean(x_ptr, parts_ptr, out_ptr, bar, n, BLOCK: tl.constexpr, PARTS: tl.constexpr, LAST: tl.constexpr):
    pid = tl.program_id(0)
    total = tl.zeros((), tl.float32)
    for first in range(pid * BLOCK, n, BLOCK * tl.num_programs(0)):
        where = first + tl.arange(0, BLOCK)
        total += tl.sum(tl.load(x_ptr + where, mask=where < n, other=0.0))
    tl.store(parts_ptr + pid, total)
    smt.barrier_arrive(bar)
    if pid == LAST * (tl.num_programs(0) - 1):
        smt.barrier_wait(bar, flag=1)
        where = tl.arange(0, PARTS)
        parts = tl.load(parts_ptr + where, mask=where < tl.num_programs(0), other=0.0)
        tl.store(out_ptr, tl.sum(parts) / n)

parts, out = np.zeros(8, np.float32), np.zeros(1, np.float32)
interpreted = bool(os.environ.get("TRITON_INTERPRET"))
for programs in (1, 5, 8):
    # Interpreted programs run in order, so that only the last one can wait for all.
    for last in (1,) if interpreted else (0, 1):
        bar = alloc_mbarrier(programs)
        for _ in range(2):
            out[:] = 0
            mean[(programs,)](x, parts, out, bar, 100, BLOCK=8, PARTS=8, LAST=last)
            assert np.allclose(out, x.mean(), atol=1e-6)
        release_mbarrier(bar)
mean[(3,)](x, parts, out, alloc_mbarrier(4, arrive_count=1), 100, BLOCK=8, PARTS=8, LAST=1)
try:
    mean[(3,)](x, parts, out, alloc_mbarrier(4), 100, BLOCK=8, PARTS=8, LAST=1)
except Exception as error:
    print(error)
for wrong in ((0,), (1, 0, 1 << 15), (1, 3)):
    try:
        alloc_mbarrier(*wrong)
    except Exception as error:
        print(error)
"""


@pytest.mark.parametrize("target", ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])])
def test_scripts_with_barriers_run(target: str, tmp_path: Path) -> None:
    printed = check_script(tmp_path, RUN + BARRIER_OF_THE_CALLER, SMTIR_TARGET=target)
    assert "kernel mean waits for ever at a barrier that has 3 of 4 arrivals" in printed
    assert "alloc_mbarrier: expect_count runs from 1 to 32767, got 0" in printed
    assert "alloc_mbarrier: arrive_count runs from 0 to 32767, got 32768" in printed
    assert "alloc_mbarrier: flag must be 0, 1 or 2, got 3" in printed
    # The second time, from the disk cache.
    assert check_script(tmp_path, RUN, SMTIR_TARGET=target) == ""


INTERPRETED = (
    BEGIN
    + """
@triton.jit
def meet(bar):
    smt.barrier_arrive(bar)
    smt.barrier_wait(bar)

@triton.jit
def ring(x_ptr, out_ptr, steps, W: tl.constexpr, BLOCK: tl.constexpr):
    places = smt.alloc([8, BLOCK])
    stored = smt.mbarrier(expect_count=W)
    loaded = smt.mbarrier(expect_count=W)
    lanes = tl.arange(0, BLOCK)
    for s in smt.parallel(0, W):
        x = tl.load(x_ptr + s * BLOCK + lanes)
        for step in range(steps):
            tl.store(smt.view(places, (s, 0), (1, BLOCK)), x[None, :])
            meet(stored)
            x = tl.reshape(tl.load(smt.view(places, ((s + 1) % W, 0), (1, BLOCK))), (BLOCK,)) + step
            meet(loaded)
        tl.store(out_ptr + s * BLOCK + lanes, x)

@triton.jit
def ping_pong(x_ptr, out_ptr, count, BLOCK: tl.constexpr):
    buffers = smt.alloc_copies([1, BLOCK], tl.float32, "l2", 2)
    full = smt.mbarrier_copies(expect_count=1, copies=2)
    empty = smt.mbarrier_copies(arrive_count=1, expect_count=1, copies=2)
    lanes = tl.arange(0, BLOCK)
    for s in smt.parallel(0, 2):
        if s == 0:
            for k in range(count):
                smt.barrier_wait(empty[k % 2])
                x = tl.load(x_ptr + k * BLOCK + lanes)
                tl.store(smt.view(buffers[k % 2], (0, 0), (1, BLOCK)), (x + k)[None, :])
                smt.barrier_arrive(full[k % 2])
        else:
            for k in range(count):
                smt.barrier_wait(full[k % 2], 1)
                x = tl.reshape(tl.load(smt.view(buffers[k % 2], (0, 0), (1, BLOCK))), (BLOCK,))
                tl.store(out_ptr + k * BLOCK + lanes, x * 2.0)
                smt.barrier_arrive(empty[k % 2])

@triton.jit
def nested(out_ptr, extra):
    inner = smt.mbarrier(expect_count=2)
    outer = smt.mbarrier(expect_count=4 + extra)
    for i in smt.parallel(0, 2):
        for j in smt.parallel(0, 2):
            tl.store(out_ptr + i * 2 + j, 1)
            smt.barrier_arrive(outer)
            smt.barrier_wait(outer)
            smt.barrier_arrive(inner)
        total = tl.load(out_ptr) + tl.load(out_ptr + 1) + tl.load(out_ptr + 2) + tl.load(out_ptr + 3)
        tl.store(out_ptr + 4 + i, total)

out = np.zeros_like(x)
doubled[(7,)](x, out, 100, BLOCK=16)
assert np.array_equal(out, x * 2)
x = x[:40].copy()
out = np.zeros_like(x)
ring[(1,)](x, out, 7, W=5, BLOCK=8)
assert np.allclose(out.reshape(5, 8), np.roll(x.reshape(5, 8), -7, axis=0) + 21, atol=1e-5)
ping_pong[(1,)](x, out, 5, BLOCK=8)
assert np.allclose(out.reshape(5, 8), (x.reshape(5, 8) + np.arange(5)[:, None]) * 2, atol=1e-5)
counts = np.zeros(8, np.int32)
nested[(1,)](counts, 0)
assert counts.tolist() == [1, 1, 1, 1, 4, 4, 0, 0]
for failing in (lambda: nested[(1,)](counts, 1), lambda: turned[(2,)](x, out, 40, BLOCK=32)):
    try:
        failing()
    except Exception as error:
        print(error)
"""
)


def test_a_barrier_of_the_script_is_interpreted(tmp_path: Path) -> None:
    wrong = """
try:
    mean[(1,)](x, parts, out, 7 << 33, 100, BLOCK=8, PARTS=8, LAST=1)
except Exception as error:
    print(error)
"""
    printed = check_script(tmp_path, BEGIN + BARRIER_OF_THE_CALLER + wrong, TRITON_INTERPRET="1")
    assert "waits for ever at a barrier that has 3 of 4 arrivals" in printed
    assert f"{7 << 33} is no barrier" in printed


def test_iterations_that_wait_are_interpreted(tmp_path: Path) -> None:
    printed = check_script(tmp_path, INTERPRETED, TRITON_INTERPRET="1")
    assert "waits for ever at a barrier that has 4 of 5 arrivals" in printed
    assert "waits for ever at a barrier that has 1 of 2 arrivals" in printed
    assert "has 4 of 5 arrivals" in check_script(tmp_path, INTERPRETED)


def test_kernels_with_barriers_are_traced_explained_and_run_from_any_stage(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "script.py").write_text(RUN)
    command = [sys.executable, "-m", "smtir", "trace", "-o", "out", "--", sys.executable, "script.py"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    for name in ("doubled", "turned"):
        record = next((tmp_path / "out").glob(f"{name}*"))
        assert run_command(["explain", str(record)]) == 0
        assert "every operation lowers" in capfd.readouterr().out
        values = ("100xf32:normal", "100xf32:zeros", "100")
        expected = None
        for stage in ("ttir", "linalg", "vector", "llvm", "llvmir"):
            file, out = tmp_path / f"{name}.{stage}", tmp_path / "out.npy"
            suffix = ".ll" if stage == "llvmir" else ".mlir"
            assert run_command(["dump", str(record), "-s", stage, "-o", f"{file}{suffix}"]) == 0
            names = ("arg0", "arg1", "arg2") if stage == "llvmir" else ("x_ptr", "out_ptr", "n")
            words = ["run", f"{file}{suffix}", "--grid", "7", "--save", f"{names[1]}={out}"]
            words += [f"--arg={name}={value}" for name, value in zip(names, values, strict=True)]
            assert run_command(words) == 0, capfd.readouterr().err
            expected = out.read_bytes() if expected is None else expected
            assert out.read_bytes() == expected
