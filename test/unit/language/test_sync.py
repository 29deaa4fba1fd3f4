"""Barriers and threads in the language: the operations that they become, and mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir
from smtir.dialects import print_module, verify_module
from smtir.errors import FrontendError
from smtir.frontend import emit_ttir


@triton.jit
def all_of_them(x_ptr, n):
    bar = smt.mbarrier(flag=0, expect_count=n)
    several = smt.mbarrier_copies(flag=1, transaction_count=1024, copies=2)
    shared = smt.global_mbarrier(3)
    smt.barrier_set_expect(shared, 2)
    smt.barrier_arrive(bar)
    for i in smt.parallel(0, 2):
        smt.barrier_arrive(several[i])
        smt.barrier_wait(several[1], flag=1, arrive_count=2)
    smt.barrier_wait(shared)
    tl.store(x_ptr, smt.get_num_of_thread())


def test_each_function_becomes_its_operation_in_order() -> None:
    module = emit_ttir(all_of_them, {"x_ptr": "*i32", "n": "i32"}, {})
    verify_module(module)
    text = print_module(module)
    expected = [
        "xsmt.mbarrier_copies copies(2) flag(1) arrive(0) txn(1024) expect(1) : !xsmt.mbarrier<2>",
        "xsmt.global_mbarrier_init",
        "xsmt.barrier_set_expect",
        " : <i64>\n    scf.for %i",
        "xsmt.mbarrier_subview %several[%i] : (!xsmt.mbarrier<2>, i32) -> i64",
        "xsmt.barrier_arrive",
        "xsmt.mbarrier_subview %several[%c1_i32] : (!xsmt.mbarrier<2>, i32) -> i64",
        "xsmt.barrier_wait",
        "xsmt.barrier_wait",
        "xsmt.get_num_of_thread",
    ]
    place = text.index("xsmt.mbarrier_create %c0_i16, %c0_i16, %c0_i16, %bar : <i64>")
    for line in expected:
        assert line in text[place:], line
        place = text.index(line, place) + 1


@triton.jit
def threads(x_ptr, n):
    tl.store(x_ptr, smt.get_num_of_thread() + n)


@pytest.mark.parametrize("target", ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])])
def test_one_thread_works_on_a_program(target: str) -> None:
    x = np.zeros(1, np.int32)
    compiled = smtir.compile(threads, signature={"x_ptr": "*i32", "n": "i32"}, constexprs={}, target=target)
    compiled.run(x, 5, grid=(1,))
    assert x[0] == 6


@triton.jit
def no_barrier(x_ptr, n):
    smt.barrier_arrive(n)


@triton.jit
def all_at_once(x_ptr, n):
    smt.barrier_wait(smt.mbarrier_copies(copies=2))


@triton.jit
def unknown_flag(x_ptr, n):
    smt.mbarrier(flag=3)


@triton.jit
def count_too_large(x_ptr, n):
    smt.mbarrier(expect_count=40000)


@triton.jit
def fractional_count(x_ptr, n):
    smt.barrier_set_expect(smt.mbarrier(), 1.5)


@triton.jit
def run_time_configuration(x_ptr, n):
    smt.mbarrier_copies(expect_count=n, copies=2)


@triton.jit
def copy_out_of_range(x_ptr, n):
    smt.barrier_arrive(smt.mbarrier_copies(copies=2)[2])


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (no_barrier, "expected a barrier, got a run-time value of type int32"),
        (all_at_once, "expected a barrier, got a value of type copies<2, int64>"),
        (unknown_flag, r"flag must be 0 \(normal\), 1 \(asynchronous\) or 2 \(with a fence\), got 3"),
        (count_too_large, "a count runs from 0 to 32767, got 40000"),
        (fractional_count, "a count must be an integer scalar, got 1.5"),
        (run_time_configuration, "expectCount must be a compile-time integer, got a run-time value"),
        (copy_out_of_range, "the index 2 is out of range: there are 2 copies"),
    ],
)
def test_a_mistake_is_an_error_with_the_kernels_line(kernel: Any, message: str) -> None:
    with pytest.raises(FrontendError, match=message) as caught:
        emit_ttir(kernel, {"x_ptr": "*i32", "n": "i32"}, {})
    assert caught.value.location is not None
    assert caught.value.location.file == __file__
