"""Waits that can never end are errors, on the host and on k1, and never a hang."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir
from smtir.errors import FrontendError, LaunchError

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


def line_of(fn: Any, text: str) -> int:
    """The line of the file where ``text`` stands in the kernel."""
    lines = fn.src.splitlines()
    (number,) = [number for number, line in enumerate(lines) if text in line]
    return int(fn.fn.__code__.co_firstlineno) + 1 + number  # behind the decorator


def stuck(fn: Any, target: str, grid: tuple[int, ...], threads: int = 1, **scalars: int) -> LaunchError:
    """The error of a run that cannot end."""
    signature = {"out_ptr": "*i32", **dict.fromkeys(scalars, "i32")}
    compiled = smtir.compile(fn, signature=signature, target=target)
    with pytest.raises(LaunchError) as caught:
        compiled.run(np.zeros(64, np.int32), *scalars.values(), grid=grid, threads=threads)
    return caught.value


@triton.jit
def too_few_arrive(out_ptr, n):
    bar = smt.mbarrier(expect_count=4)
    if tl.program_id(0) > 0:
        for s in smt.parallel(0, n):
            smt.barrier_arrive(bar)
            if s >= 1:
                smt.barrier_wait(bar)
            tl.store(out_ptr + s, s)


@triton.jit
def nobody_else(out_ptr):
    bar = smt.mbarrier(expect_count=2)
    smt.barrier_arrive(bar)
    smt.barrier_wait(bar)
    tl.store(out_ptr, 1)


@triton.jit
def waits_twice(out_ptr):
    bar = smt.mbarrier()
    for _ in smt.parallel(0, 2):
        for _ in smt.parallel(0, 2):
            smt.barrier_arrive(bar)
            smt.barrier_wait(bar)
        for _ in range(4):
            smt.barrier_wait(bar, flag=1)
    tl.store(out_ptr, 1)


@triton.jit
def never_told(out_ptr, count):
    bar = smt.global_mbarrier(1)
    if tl.program_id(0) == 2:
        smt.barrier_wait(bar, 0, count)
    smt.barrier_arrive(bar)


@pytest.mark.parametrize("target", TARGETS)
def test_a_wait_that_cannot_end_is_an_error_with_its_line_and_counts(target: str) -> None:
    for threads in (1, 5) if target == "host" else (5,):
        error = stuck(too_few_arrive, target, (12, 2), threads, n=3)
        assert "kernel too_few_arrive waits for ever at a barrier that has 3 of 4 arrivals" in error.message
        assert "(program (1, 0, 0), iteration 1 of smt.parallel)" in error.message
        assert error.location is not None
        assert error.location.file.endswith("test_barrier_errors.py")
        assert error.location.line == line_of(too_few_arrive, "barrier_wait")
        assert error.op == "smt.barrier_wait"
        assert "expect_count" in error.hint


@pytest.mark.parametrize("target", TARGETS)
def test_the_error_says_which_phase_or_total_is_missing(target: str) -> None:
    assert "1 of 2 arrivals: nobody is left who could arrive (program (0, 0, 0))" in str(
        stuck(nobody_else, target, (1,))
    )
    error = stuck(waits_twice, target, (1,))
    assert "0 of 1 arrivals in phase 5" in error.message
    assert error.location is not None
    assert error.location.line == line_of(waits_twice, "flag=1")
    assert "2 of 7 arrivals in all" in stuck(never_told, target, (3,), count=7).message
    unknown = stuck(never_told, target, (3,), count=0)
    assert "2 arrivals, and smt.barrier_set_expect never said how many" in unknown.message
    assert "program (2, 0, 0)" in unknown.message


def test_a_launch_after_a_failed_one_works() -> None:
    compiled = smtir.compile(too_few_arrive, signature={"out_ptr": "*i32", "n": "i32"})
    out = np.zeros(64, np.int32)
    for _ in range(3):
        with pytest.raises(LaunchError):
            compiled.run(out, 3, grid=(2,))
        compiled.run(out, 4, grid=(2,))
        np.testing.assert_array_equal(out[:4], np.arange(4))


@triton.jit
def large_and_stuck(out_ptr):
    """Scratch and blocks that iterations keep, which do not fit the stack."""
    bar = smt.mbarrier(expect_count=3)
    scratch = smt.alloc([256, 256], tl.int32)
    out = tl.make_block_ptr(out_ptr, [8, 8], [8, 1], [0, 0], [256, 256], [1, 0])
    tl.store(scratch, tl.load(out, boundary_check=(0, 1)))
    for s in smt.parallel(0, 2):
        x = tl.load(scratch) + s
        smt.barrier_arrive(bar)
        smt.barrier_wait(bar)
        tl.store(out, x, boundary_check=(0, 1))


@pytest.mark.parametrize(("kernel", "times"), [(waits_twice, 2000), (large_and_stuck, 60)])
def test_failed_launches_leave_no_memory_behind_that_grows(kernel: Any, times: int) -> None:
    resource = pytest.importorskip("resource")
    compiled = smtir.compile(kernel, signature={"out_ptr": "*i32"})
    out = np.zeros(64, np.int32)

    def launch(times: int) -> int:
        for _ in range(times):
            with pytest.raises(LaunchError):
                compiled.run(out, grid=(1,))
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    before = launch(times // 10)
    assert launch(times) - before < 4000  # KB: one launch of the second kernel has 770


@triton.jit
def accumulates(out_ptr):
    bar = smt.mbarrier(expect_count=2)
    total = 0
    for s in smt.parallel(0, 2):
        smt.barrier_arrive(bar)
        smt.barrier_wait(bar)
        total += s
    tl.store(out_ptr, total)


def test_iterations_that_wait_may_not_hand_on_a_value() -> None:
    with pytest.raises(FrontendError, match="total is carried from one to the next"):
        smtir.compile(accumulates, signature={"out_ptr": "*i32"})


@triton.jit
def asserts(out_ptr, n):
    bar = smt.mbarrier(expect_count=2)
    for i in smt.parallel(0, 2):
        for s in smt.parallel(0, 2):
            tl.device_assert(s < n, "too many")
            smt.barrier_arrive(bar)
            smt.barrier_wait(bar)
            tl.store(out_ptr + s + 2 * i, s)
    tl.store(out_ptr + 4, 1)


@triton.jit
def asserts_in_a_grid(out_ptr, n):
    bar = smt.global_mbarrier(0)
    pid = tl.program_id(0)
    tl.device_assert(pid < n, "too many")
    smt.barrier_set_expect(bar, 3)
    smt.barrier_arrive(bar)
    smt.barrier_wait(bar)
    tl.store(out_ptr + pid, 1)


@pytest.mark.parametrize("target", TARGETS)
def test_an_assertion_that_others_wait_behind_is_the_error(target: str) -> None:
    for kernel, grid, good in ((asserts, (1,), 2), (asserts_in_a_grid, (3,), 3)):
        types = {"out_ptr": "*i32", "n": "i32"}
        compiled = smtir.compile(kernel, signature=types, target=target, debug=True)
        out = np.zeros(8, np.int32)
        for n in (good - 1, good):
            if n < good:
                with pytest.raises(LaunchError, match=r"an assertion failed in program .*: too many"):
                    compiled.run(out, n, grid=grid)
                assert not out.any()
            else:
                compiled.run(out, n, grid=grid)
        assert out[:3].tolist() == ([0, 1, 0] if kernel is asserts else [1, 1, 1])


def test_two_threads_of_python_may_launch_the_kernel_at_a_time() -> None:
    compiled = smtir.compile(too_few_arrive, signature={"out_ptr": "*i32", "n": "i32"})
    outs = [np.zeros(64, np.int32) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda out=out: [compiled.run(out, 4, grid=(3,)) for _ in range(50)])
        for out in outs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for out in outs:
        np.testing.assert_array_equal(out[:4], np.arange(4))
