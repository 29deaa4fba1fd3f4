"""``smt.parallel`` in all its forms, against NumPy: the result is that of the loop in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir
from smtir.errors import FrontendError


@triton.jit
def block(pointer):
    return tl.make_block_ptr(
        pointer, shape=[64, 64], strides=[64, 1], offsets=[0, 0], block_shape=[64, 64], order=[1, 0]
    )


@triton.jit
def load(pointer, row, rows: tl.constexpr, micro: tl.constexpr):
    return smt.descriptor_load(block(pointer), (row, 0), (rows, 64), (8, micro))


@triton.jit
def keywords(a_ptr, b_ptr, out_ptr, n):
    b = load(b_ptr, 0, 64, 16)
    acc = tl.zeros((64, 64), tl.float32)
    for s in smt.parallel(0, 64, step=16, num_stages=2, loop_unroll_factor=2):
        view = smt.view(acc, (s, 0), (16, 64), (8, 16))
        view = smt.dot(load(a_ptr, s, 16, 8), b, view)
    tl.store(block(out_ptr), acc)


@triton.jit
def in_order(a_ptr, b_ptr, out_ptr, n):
    b = load(b_ptr, 0, 64, 16)
    acc = tl.zeros((64, 64), tl.float32)
    for s in smt.parallel(2, bind_sub_block=False):
        view = smt.view(acc, (s * 32, 0), (32, 64), (8, 16))
        view = smt.dot(load(a_ptr, s * 32, 32, 8), b, view)
    tl.store(block(out_ptr), acc)


@triton.jit
def run_time_bounds(a_ptr, b_ptr, out_ptr, n):
    b = load(b_ptr, 0, 64, 16)
    acc = tl.zeros((64, 64), tl.float32)
    for s in smt.parallel(n - 4, n):
        view = smt.view(acc, (s * 16, 0), (16, 64), (8, 16))
        view = smt.dot(load(a_ptr, s * 16, 16, 8), b, view)
    tl.store(block(out_ptr), acc)


@triton.jit
def wide_bounds(a_ptr, b_ptr, out_ptr, n):
    b = load(b_ptr, 0, 64, 16)
    acc = tl.zeros((64, 64), tl.float32)
    for s in smt.parallel(n.to(tl.int64) - 4, n.to(tl.int64)):
        view = smt.view(acc, (s * 16, 0), (16, 64), (8, 16))
        view = smt.dot(load(a_ptr, s * 16, 16, 8), b, view)
    tl.store(block(out_ptr), acc)


@triton.jit
def nested(a_ptr, b_ptr, out_ptr, n):
    acc = tl.zeros((64, 64), tl.float32)
    for _ in range(1):
        for s in smt.parallel(0, 2):
            for t in smt.parallel(0, 2):
                a = load(a_ptr, s * 32, 32, 8)
                for k in range(1):
                    b = smt.descriptor_load(block(b_ptr), (k * 64, t * 32), (64, 32), (8, 16))
                    view = smt.view(acc, (s * 32, t * 32), (32, 32), (8, 16))
                    view = smt.dot(a, b, view)
    tl.store(block(out_ptr), acc)


@triton.jit
def in_a_branch(a_ptr, b_ptr, out_ptr, n):
    b = load(b_ptr, 0, 64, 16)
    acc = tl.zeros((64, 64), tl.float32)
    for s in smt.parallel(0, 4):
        if s < n:
            view = smt.view(acc, (s * 16, 0), (16, 64), (8, 16))
            view = smt.dot(load(a_ptr, s * 16, 16, 8), b, view)
    tl.store(block(out_ptr), acc)


@triton.jit
def two_windows(a_ptr, b_ptr, out_ptr, n):
    b = load(b_ptr, 0, 64, 16)
    acc = tl.zeros((64, 64), tl.float32)
    for s in smt.parallel(0, 2):
        high = smt.view(acc, (s * 16, 0), (16, 64), (8, 16))
        high = smt.dot(load(a_ptr, s * 16, 16, 8), b, high)
        low = smt.view(acc, (32 + s * 16, 0), (16, 64), (8, 16))
        low = smt.dot(load(a_ptr, 32 + s * 16, 16, 8), b, low)
    tl.store(block(out_ptr), acc)


@pytest.mark.parametrize(
    "kernel", [keywords, in_order, run_time_bounds, wide_bounds, nested, in_a_branch, two_windows]
)
def test_a_parallel_loop_computes_what_the_loop_in_order_does(kernel: Any) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((64, 64), np.float32), rng.standard_normal((64, 64), np.float32)
    out = np.full((64, 64), np.nan, np.float32)
    signature = {"a_ptr": "*fp32", "b_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}
    smtir.compile(kernel, signature=signature, constexprs={}).run(a, b, out, 4, grid=(1,))
    np.testing.assert_allclose(out, a.astype(np.float64) @ b, rtol=1e-4, atol=1e-5)


@triton.jit
def branch_taken_by_some(a_ptr, b_ptr, out_ptr, n):
    acc = tl.full((64, 64), 1.0, tl.float32)
    b = load(b_ptr, 0, 64, 16)
    for s in smt.parallel(0, 4):
        if s < n:
            view = smt.view(acc, (s * 16, 0), (16, 64), (8, 16))
            view = smt.dot(load(a_ptr, s * 16, 16, 8), b, view)
    tl.store(block(out_ptr), acc)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_an_update_in_a_branch_happens_where_the_branch_is_taken(n: int) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((64, 64), np.float32), rng.standard_normal((64, 64), np.float32)
    out = np.full((64, 64), np.nan, np.float32)
    signature = {"a_ptr": "*fp32", "b_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}
    smtir.compile(branch_taken_by_some, signature=signature, constexprs={}).run(a, b, out, n, grid=(1,))
    expected = np.ones((64, 64))
    expected[: 16 * n] += (a.astype(np.float64) @ b)[: 16 * n]
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)


@triton.jit
def same_tile_in_every_iteration(a_ptr, b_ptr, out_ptr, n):
    scratch = smt.alloc((64, 64), (8, 16), dtype=tl.float32)
    for _ in smt.parallel(0, 4):
        scratch[n, 0] = 1.0  # here
    smt.compile_hint(scratch, "kept")


def test_the_same_tile_assigned_in_every_iteration_is_an_error() -> None:
    signature = {"a_ptr": "*fp32", "b_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}
    with pytest.raises(FrontendError, match=r"every iteration of smt\.parallel updates the same window"):
        smtir.compile(same_tile_in_every_iteration, signature=signature, constexprs={}, smt_api="old")
