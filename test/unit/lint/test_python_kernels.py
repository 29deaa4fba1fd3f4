"""Rules read what a Python kernel becomes, and point at the kernel's lines."""

from __future__ import annotations

from typing import Any

import triton
import triton.language as tl
import triton.language.extra.smt as smt
from ttir_helpers import column_of, line_with

from smtir.api.linting import lint_kernel

SIGNATURE = {"x_ptr": "*i32", "n": "i32"}


@triton.jit
def barriers_in_a_loop(x_ptr, n):
    once = smt.mbarrier(expect_count=1)
    grid = smt.global_mbarrier(0)
    for i in range(n):
        each = smt.mbarrier(expect_count=1)
        smt.barrier_arrive(each)
        smt.barrier_arrive(once)
        smt.barrier_wait(once, arrive_count=1)
        smt.barrier_wait(grid, arrive_count=2)
        smt.barrier_wait(each)
        tl.store(x_ptr + i, i)


@triton.jit
def barriers_in_a_parallel_loop(x_ptr, n):
    bar = smt.mbarrier(expect_count=2)
    for i in smt.parallel(0, 2):
        smt.barrier_arrive(bar)
        smt.barrier_wait(bar, arrive_count=2)
        tl.store(x_ptr + i, n)


def barrier_findings(kernel: Any) -> list[tuple[str, int | None, int | None, str]]:
    """Severity, line, column and message of each finding, from the top."""
    result = lint_kernel(kernel, SIGNATURE, {}, select=["barrier-in-loop"])
    places = []
    for one in result.findings:
        assert one.place is not None
        assert one.place.file == __file__
        places.append((one.severity, one.place.line, one.place.column, one.message))
    return sorted(places, key=lambda found: found[1])


def test_barriers_in_a_loop_of_a_kernel_are_found_at_their_lines() -> None:
    synchronizes = "a barrier in a loop synchronizes in each iteration"
    expected = [
        ("warning", "each = ", "smt.mbarrier", "each iteration makes another barrier"),
        ("note", "arrive(each", "smt.barrier_arrive", synchronizes),
        ("note", "arrive(once", "smt.barrier_arrive", synchronizes),
        ("warning", "wait(once", "smt.barrier_wait", "this waits for the same number of arrivals in each"),
        ("warning", "wait(grid", "smt.barrier_wait", "spine-triton refuses a barrier of the whole grid"),
        ("note", "wait(each", "smt.barrier_wait", synchronizes),
    ]
    found = barrier_findings(barriers_in_a_loop)
    places = [
        (severity, line_with(barriers_in_a_loop, line), column_of(barriers_in_a_loop, line, call))
        for severity, line, call, _ in expected
    ]
    assert [one[:3] for one in found] == places
    for (*_, message), (*_, beginning) in zip(found, expected, strict=True):
        assert message.startswith(beginning)


def test_negative_barriers_in_a_parallel_loop_of_a_kernel_are_silent() -> None:
    assert barrier_findings(barriers_in_a_parallel_loop) == []
