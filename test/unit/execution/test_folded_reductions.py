"""Reductions of any kind, several values at a time: in vectors, whatever combines the elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir
from smtir.runtime import count_instructions

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
WIDTHS = [1, 2, 4, 8, 16, 32, 64, 128, 1024]


@triton.jit
def extremes(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """Places of the largest and of the smallest element, the first of equal ones; the largest itself."""
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n, other=0)
    value, place = tl.max(x, 0, return_indices=True)
    tl.store(out_ptr, place)
    tl.store(out_ptr + 1, tl.argmin(x, 0))
    tl.store(out_ptr + 2, (value == tl.load(x_ptr + place)).to(tl.int32))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", ["fp32", "fp16", "bf16", "fp64", "i8", "i16", "i64", "u32"])
def test_places_of_extremes(dtype: str, target: str) -> None:
    numbers = {"fp32": "f4", "fp16": "f2", "bf16": "f4", "fp64": "f8", "u32": "u4"}
    element = np.dtype(numbers.get(dtype, f"i{int(dtype[1:]) // 8}" if dtype.startswith("i") else "f4"))
    for width in WIDTHS[1::2] if target == "host" else (8, 1024):
        types = {"x_ptr": f"*{dtype}", "out_ptr": "*i32", "n": "i32"}
        kernel = smtir.compile(extremes, signature=types, constexprs={"BLOCK": width}, target=target)
        for seed in range(3):
            x = np.random.default_rng(seed).integers(0 if dtype == "u32" else -9, 10, width).astype(element)
            out = np.zeros(3, np.int32)
            bits = (x.view(np.uint32) >> 16).astype(np.uint16) if dtype == "bf16" else x
            kernel.run(bits, out, width, grid=(1,))
            np.testing.assert_array_equal(out, [x.argmax(), x.argmin(), 1])


@triton.jit
def merged(mean, spread, count, other_mean, other_spread, other_count):
    """Mean, sum of squares about it and number of elements of two sets (Chan, Golub and LeVeque)."""
    total = count + other_count
    share = tl.where(total == 0.0, 0.0, other_count / total)
    apart = other_mean - mean
    return mean + apart * share, spread + other_spread + apart * apart * count * share, total


@triton.jit
def spread_of_lines(x_ptr, mean_ptr, var_ptr, m, n, M: tl.constexpr, N: tl.constexpr, AXIS: tl.constexpr):
    rows, columns = tl.arange(0, M)[:, None], tl.arange(0, N)[None, :]
    mask = (rows < m) & (columns < n)
    x = tl.load(x_ptr + rows * n + columns, mask=mask, other=0.0)
    start = tl.zeros([M, N], tl.float32)
    mean, spread, count = tl.reduce((x, start, mask.to(tl.float32)), AXIS, merged)
    if AXIS == 1:
        lanes, many = tl.arange(0, M), m
    else:
        lanes, many = tl.arange(0, N), n
    tl.store(mean_ptr + lanes, mean, mask=lanes < many)
    tl.store(var_ptr + lanes, spread / count, mask=lanes < many)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("block", [(4, 64), (1, 128), (32, 8), (2, 2)])
def test_three_values_at_a_time(block: tuple[int, int], axis: int, target: str) -> None:
    types = {"x_ptr": "*fp32", "mean_ptr": "*fp32", "var_ptr": "*fp32", "m": "i32", "n": "i32"}
    constexprs = {"M": block[0], "N": block[1], "AXIS": axis}
    kernel = smtir.compile(spread_of_lines, signature=types, constexprs=constexprs, target=target)
    for m, n in (block, (max(1, block[0] - 1), block[1] // 2 + 1), (1, 1)):
        x = np.random.default_rng(m).standard_normal((m, n), dtype=np.float32)
        mean, var = np.zeros((2, (n, m)[axis]), np.float32)
        kernel.run(x, mean, var, m, n, grid=(1,))
        np.testing.assert_allclose(mean, x.mean(axis, np.float64), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(var, x.var(axis, np.float64), rtol=1e-4, atol=1e-6)


@triton.jit
def larger_magnitude(a, b):
    return tl.where(tl.abs(a) >= tl.abs(b), a, b)


@triton.jit
def magnitude(x_ptr, out_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.arange(0, BLOCK))
    tl.store(out_ptr, tl.reduce(x, 0, larger_magnitude))


@pytest.mark.parametrize("target", TARGETS)
def test_one_value_without_a_neutral_element(target: str) -> None:
    for width in WIDTHS:
        types: dict[str, Any] = {"x_ptr": "*fp32", "out_ptr": "*fp32"}
        kernel = smtir.compile(magnitude, signature=types, constexprs={"BLOCK": width}, target=target)
        x = np.random.default_rng(width).standard_normal(width, dtype=np.float32)
        for hostile in (None, -np.inf, -0.0):
            if hostile is not None:
                x[width // 2] = hostile
            out = np.zeros(1, np.float32)
            kernel.run(x, out, grid=(1,))
            assert out[0] == x[np.abs(x).argmax()]


@pytest.mark.qemu
@pytest.mark.zig
def test_an_argmax_takes_about_one_instruction_an_element() -> None:
    types = {"x_ptr": "*fp32", "out_ptr": "*i32", "n": "i32"}
    kernel = smtir.compile(extremes, signature=types, constexprs={"BLOCK": 1024}, target="k1")
    x, out = np.arange(1024, dtype=np.float32), np.zeros(3, np.int32)
    count = count_instructions(kernel.executable, [x, out, 1024], (1,))
    assert out.tolist() == [1023, 0, 1]
    assert count.total < 2500  # two of them; one by one they took 22,000
