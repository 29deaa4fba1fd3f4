"""Loops over blocks of a row: none, one and several trips give what NumPy gives."""

from __future__ import annotations

import re

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
BLOCK = 128


@triton.jit
def described(x_ptr, out_ptr, first, n, step, BLOCK: tl.constexpr):
    """Of x[first:n] by blocks of ``step``: sum, largest and its lane, squares of the lanes' sums; trips."""
    lanes = tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.float32)
    largest = tl.full([BLOCK], -float("inf"), tl.float32)
    trips = 0
    for start in range(first, n, step):
        at = start + lanes
        x = tl.load(x_ptr + at, mask=(at < n) & (lanes < step), other=0.0)
        total += x
        largest = tl.maximum(largest, tl.where((at < n) & (lanes < step), x, -float("inf")))
        trips += 1
    value, place = tl.max(largest, 0, return_indices=True)
    tl.store(out_ptr, tl.sum(total, 0))
    tl.store(out_ptr + 1, value)
    tl.store(out_ptr + 2, place)
    tl.store(out_ptr + 3, tl.sum(total * total, 0))
    tl.store(out_ptr + 4, trips)


def expected(x: np.ndarray, first: int, n: int, step: int) -> list[float]:
    total, largest, trips = np.zeros(BLOCK), np.full(BLOCK, -np.inf), 0
    for start in range(first, n, step):
        piece = x[start : min(start + step, n)]
        total[: piece.size] += piece
        largest[: piece.size] = np.maximum(largest[: piece.size], piece)
        trips += 1
    return [total.sum(), largest.max(), int(largest.argmax()), (total * total).sum(), trips]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("step", [None, BLOCK, 100], ids=["argument", "whole", "part"])
def test_any_number_of_trips(step: int | None, target: str) -> None:
    types = {"x_ptr": "*fp32", "out_ptr": "*fp32", "first": "i32", "n": "i32", "step": "i32"}
    constexprs: dict[str, int] = {"BLOCK": BLOCK}
    if step is not None:
        del types["step"]
        constexprs["step"] = step
    kernel = smtir.compile(described, signature=types, constexprs=constexprs, target=target)
    assert re.search(r"= scf\.if .* -> \(i32, f32,", kernel.stages["vector"])
    x = np.random.default_rng(0).integers(-9, 10, 1000).astype(np.float32)
    for width in [1, 50, BLOCK] if step is None else [step]:
        for first, n in (
            *((0, n) for n in (-5, 0, 1, width - 1, width, width + 1, 3 * width + 2)),
            *((7, n) for n in (0, 7, 8, 6 + width, 7 + width, 8 + width, 500)),
            (2**31 - 1, -(2**31)),  # the difference is 1
        ):
            out = np.full(5, np.nan, np.float32)
            given = (width,) if step is None else ()
            kernel.run(x, out, first, n, *given, grid=(1,))
            np.testing.assert_array_equal(out, np.float32(expected(x, first, n, width)))


@triton.jit
def rows_normalized(x_ptr, out_ptr, mean_ptr, n, eps, M: tl.constexpr, BLOCK: tl.constexpr):
    """Several rows a program; the second loop needs what the first one gives."""
    rows = tl.program_id(0) * M + tl.arange(0, M)[:, None]
    total = tl.zeros([M, BLOCK], tl.float32)
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)[None, :]
        total += tl.load(x_ptr + rows * n + at, mask=at < n, other=0.0)
    mean = tl.sum(total, 1) / n
    squares = tl.zeros([M, BLOCK], tl.float32)
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)[None, :]
        x = tl.load(x_ptr + rows * n + at, mask=at < n, other=0.0)
        x = tl.where(at < n, x - mean[:, None], 0.0)
        squares += x * x
    rstd = 1 / tl.sqrt(tl.sum(squares, 1) / n + eps)
    tl.store(mean_ptr + tl.program_id(0) * M + tl.arange(0, M), mean)
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)[None, :]
        x = tl.load(x_ptr + rows * n + at, mask=at < n, other=0.0)
        tl.store(out_ptr + rows * n + at, (x - mean[:, None]) * rstd[:, None], mask=at < n)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("m", [1, 4])
def test_rows_of_a_block_of_rows(m: int, target: str) -> None:
    types = {"x_ptr": "*fp32", "out_ptr": "*fp32", "mean_ptr": "*fp32", "n": "i32", "eps": "fp32"}
    constexprs = {"M": m, "BLOCK": BLOCK}
    kernel = smtir.compile(rows_normalized, signature=types, constexprs=constexprs, target=target)
    for n in (1, 100, BLOCK, BLOCK + 1, 300):
        x = np.random.default_rng(n).standard_normal((2 * m, n), dtype=np.float32)
        x[0, 0] = -0.0
        out, mean = np.zeros_like(x), np.zeros(2 * m, np.float32)
        kernel.run(x, out, mean, n, 1e-5, grid=(2,))
        wide = x.astype(np.float64)
        np.testing.assert_allclose(mean, wide.mean(1), rtol=1e-5, atol=1e-6)
        spread = np.sqrt(wide.var(1, keepdims=True) + 1e-5)
        np.testing.assert_allclose(out, (wide - wide.mean(1, keepdims=True)) / spread, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("n", [40, 400])
def test_hostile_values_reach_the_sum(n: int) -> None:
    types = {"x_ptr": "*fp32", "out_ptr": "*fp32", "first": "i32", "n": "i32"}
    constexprs = {"BLOCK": BLOCK, "step": BLOCK}
    kernel = smtir.compile(described, signature=types, constexprs=constexprs, target="host")
    for value in (np.nan, np.inf, -np.inf):
        x = np.ones(n, np.float32)
        x[n // 2] = value
        out = np.zeros(5, np.float32)
        kernel.run(x, out, 0, n, grid=(1,))
        np.testing.assert_array_equal(out[0], np.float32(value))
    out = np.full(5, np.nan, np.float32)
    kernel.run(np.full(n, -0.0, np.float32), out, 0, n, grid=(1,))
    assert out[0] == 0
    assert not np.signbit(out[0])
