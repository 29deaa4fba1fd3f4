"""Functions that return early or map elements, narrow sums, unrolled loops, assumptions, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
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


@pytest.mark.parametrize("target", TARGETS)
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


@pytest.mark.parametrize("target", TARGETS)
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


@triton.jit
def order(x, y):
    if x < y:
        return -1
    if x == y:
        return 0
    return 1


@triton.jit
def swapped(a0, a1, b0, b1):
    return a1, a0, b0 + a0, b1 + a1


@triton.jit
def elements(x, y, compared, first, second, M: tl.constexpr, N: tl.constexpr):
    at = tl.arange(0, M)[:, None] * N + tl.arange(0, N)[None, :]
    left, right = tl.load(x + at), tl.load(y + at)
    tl.store(compared + at, tl.map_elementwise(order, left, right))
    a, b = tl.map_elementwise(swapped, left, right, pack=2)
    tl.store(first + at, a)
    tl.store(second + at, b)


@pytest.mark.parametrize("target", TARGETS)
def test_a_function_of_scalars_is_applied_to_elements_and_to_neighbours(target: str) -> None:
    rng = np.random.default_rng(0)
    x, y = (rng.integers(0, 4, (4, N)).astype(np.int32) for _ in range(2))
    compared, first, second = (np.zeros_like(x) for _ in range(3))
    signature = dict.fromkeys(("x", "y", "compared", "first", "second"), "*i32")
    kernel = smtir.compile(elements, signature=signature, constexprs={"M": 4, "N": N}, target=target)
    kernel.run(x, y, compared, first, second, grid=(1,))
    np.testing.assert_array_equal(compared, np.sign(x - y))
    np.testing.assert_array_equal(first, x.reshape(4, -1, 2)[:, :, ::-1].reshape(4, N))
    np.testing.assert_array_equal(second, x + y)


@triton.jit
def far(out, low, high):
    total = tl.zeros((), tl.int64)
    for i in range(low, high, 3):
        total += i
    tl.store(out, total)


def test_bounds_of_64_bits_are_arguments() -> None:
    out = np.zeros(1, np.int64)
    kernel = smtir.compile(far, signature={"out": "*i64", "low": "i64", "high": "i64"})
    kernel.run(out, 2**35, 2**35 + 20, grid=(1,))
    assert out[0] == sum(range(2**35, 2**35 + 20, 3))
