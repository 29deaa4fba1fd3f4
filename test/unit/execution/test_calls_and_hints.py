"""Functions that return early, sums of narrow floats, unrolled loops and assumptions, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

N = 16


@triton.jit
def collatz_step(x):
    if x == 1:
        return x
    if x % 2 == 0:
        return x // 2
    return 3 * x + 1


@triton.jit
def reached(x, limit):
    steps = 0
    while steps < limit:
        if x != 1:
            x = collatz_step(x)
            steps += 1
        else:
            limit = steps
    return x, steps


@triton.jit
def collatz(starts, ends, counts, limit, COUNT: tl.constexpr):
    for i in range(COUNT):
        x, steps = reached(tl.load(starts + i), limit)
        tl.store(ends + i, x)
        tl.store(counts + i, steps)


@pytest.mark.parametrize("target", ["host", "k1"])
def test_functions_that_return_early_are_called_in_loops_and_branches(target: str) -> None:
    starts = np.array([1, 2, 3, 7, 27], np.int32)
    ends, counts = np.zeros(5, np.int32), np.zeros(5, np.int32)
    signature = {"starts": "*i32", "ends": "*i32", "counts": "*i32", "limit": "i32"}
    kernel = smtir.compile(collatz, signature=signature, constexprs={"COUNT": 5}, target=target)
    kernel.run(starts, ends, counts, 20, grid=(1,))
    for start, end, count in zip(starts, ends, counts, strict=True):
        x, steps = int(start), 0
        while steps < 20 and x != 1:
            x, steps = (x // 2 if x % 2 == 0 else 3 * x + 1), steps + 1
        assert (end, count) == (x, steps)


@triton.jit
def narrow_sums(x, total, product, N: tl.constexpr):
    values = tl.load(x + tl.arange(0, N))
    tl.store(total, tl.sum(values))
    tl.store(product, tl.reduce(values * 0 + 1.01, 0, times))


@triton.jit
def times(left, right):
    return left * right


@pytest.mark.parametrize("target", ["host", "k1"])
def test_sums_and_products_of_narrow_floats_are_rounded_once(target: str) -> None:
    x = np.full(4096, 0.7, np.float16)
    total, product = np.zeros(1, np.float16), np.zeros(1, np.float16)
    signature = {"x": "*fp16", "total": "*fp16", "product": "*fp16"}
    kernel = smtir.compile(narrow_sums, signature=signature, constexprs={"N": 256}, target=target)
    kernel.run(x, total, product, grid=(1,))
    assert total[0] == np.float16(x[:256].astype(np.float64).sum())
    assert product[0] == np.float16(np.float64(np.float16(1.01)) ** 256)


@triton.jit
def unrolled(x, out, n, FACTOR: tl.constexpr):
    total = 0.0
    for i in tl.range(0, n, loop_unroll_factor=FACTOR):
        total += tl.load(x + i)
    tl.assume(n > 0)
    tl.store(out, total)


@pytest.mark.parametrize("n", [1, 8, 13])
def test_a_loop_is_unrolled_and_its_remainder_runs(n: int) -> None:
    x, out = np.arange(1, N + 1, dtype=np.float32), np.zeros(1, np.float32)
    signature = {"x": "*fp32", "out": "*fp32", "n": "i32"}
    kernel = smtir.compile(unrolled, signature=signature, constexprs={"FACTOR": 4})
    assert kernel.stages["ttir"].count("tt.load") == 5
    assert "llvm.intr.assume" in kernel.stages["vector"]
    assert "@llvm.assume" in kernel.stages["llvmir"]
    kernel.run(x, out, n, grid=(1,))
    assert out[0] == x[:n].sum()
