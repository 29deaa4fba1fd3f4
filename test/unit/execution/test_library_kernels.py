"""Constructs that libraries of kernels are made of, run against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

NAMES = {"float32": "fp32", "float16": "fp16", "int32": "i32", "int8": "i8", "int64": "i64", "bool": "i1"}


def run(
    fn: Any,
    args: dict[str, Any],
    constexprs: dict[str, Any],
    grid: tuple[int, ...] = (1,),
    target: str = "host",
) -> None:
    """Compile ``fn`` and run it, arrays in place."""
    signature = {
        name: f"*{NAMES[value.dtype.name]}"
        if isinstance(value, np.ndarray)
        else ("fp32" if isinstance(value, float) else "i32")
        for name, value in args.items()
    }
    compilation = smtir.compile(fn, signature=signature, constexprs=constexprs, target=target)
    compilation.run(*args.values(), grid=grid)


@triton.jit
def single_columns(x_ptr, index_ptr, float_ptr, ROWS: tl.constexpr, AXIS: tl.constexpr):
    r = tl.arange(0, ROWS)
    column = tl.load(x_ptr + r)
    block = tl.expand_dims(column, AXIS)
    best, where = tl.max(block, axis=AXIS, return_indices=True)
    tl.store(float_ptr + r, best)
    tl.store(index_ptr + r, where)
    tl.store(float_ptr + ROWS + r, tl.sum(tl.cumsum(block, axis=AXIS), axis=AXIS))
    one = tl.load(x_ptr + tl.arange(0, 1))
    tl.store(index_ptr + ROWS, tl.argmin(one, axis=0))
    tl.store(float_ptr + 2 * ROWS + tl.arange(0, 1), tl.sort(one))


@pytest.mark.parametrize("axis", [0, 1])
def test_reductions_and_scans_of_a_single_element(axis: int) -> None:
    x = np.array([3.0, -np.inf, np.nan, -0.0], np.float32)
    indices, floats = np.full(5, 7, np.int32), np.zeros(9, np.float32)
    run(single_columns, {"x_ptr": x, "index_ptr": indices, "float_ptr": floats}, {"ROWS": 4, "AXIS": axis})
    np.testing.assert_array_equal(indices, 0)
    np.testing.assert_array_equal(floats, [*x, *x, 3])


@triton.jit
def look_back(x_ptr, out_ptr, total_ptr, ready_ptr, BLOCK: tl.constexpr):
    """A prefix sum in one pass: each program waits for the one before."""
    pid = tl.program_id(0)
    at = pid * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at)
    before = 0
    if pid > 0:
        while tl.load(ready_ptr + pid - 1, volatile=True) == 0:
            pass
        before = tl.load(total_ptr + pid - 1, volatile=True)
    tl.store(total_ptr + pid, before + tl.sum(x))
    tl.atomic_xchg(ready_ptr + pid, 1)
    tl.store(out_ptr + at, before + tl.cumsum(x, 0))


def test_programs_that_wait_for_others_see_what_these_write() -> None:
    x = np.random.default_rng(0).integers(0, 100, 64 * 512).astype(np.int32)
    signature = {"x_ptr": "*i32", "out_ptr": "*i32", "total_ptr": "*i32", "ready_ptr": "*i32"}
    compiled = smtir.compile(look_back, signature=signature, constexprs={"BLOCK": 512}, target="host")
    for _ in range(5):
        out, total, ready = np.zeros_like(x), np.zeros(64, np.int32), np.zeros(64, np.int32)
        compiled.run(x, out, total, ready, grid=(64,), threads=2)
        np.testing.assert_array_equal(out, np.cumsum(x))


@triton.jit
def volatile_reads(x_ptr, y_ptr, out_ptr, n, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=at < n, other=-1.0, volatile=True)
    first = tl.load(y_ptr, mask=n > 3, other=9.0, volatile=True)
    tl.store(out_ptr + at, x + first)


@pytest.mark.parametrize("n", [2, 13])
def test_volatile_loads_of_blocks_and_scalars_have_masks(n: int) -> None:
    x, y, out = np.arange(16, dtype=np.float32), np.full(1, 0.5, np.float16), np.zeros(16, np.float32)
    run(volatile_reads, {"x_ptr": x, "y_ptr": y, "out_ptr": out, "n": n}, {"BLOCK": 16})
    np.testing.assert_array_equal(out, np.where(np.arange(16) < n, x, -1) + (0.5 if n > 3 else 9))


@triton.jit
def carried_strides(x_ptr, out_ptr, steps, BLOCK: tl.constexpr):
    """Pointers, and tensors of offsets, that move by what the loop carries itself."""
    at = tl.arange(0, BLOCK)
    stride, next_stride = 1, 2
    for _ in range(steps):
        x_ptr += stride
        at += next_stride
        tl.store(out_ptr + tl.arange(0, BLOCK), tl.load(x_ptr + at))
        out_ptr += BLOCK
        stride, next_stride = next_stride, stride + next_stride
    count = steps
    while count > 0:
        x_ptr += count
        out_ptr += stride - stride
        count -= 1
        tl.store(out_ptr + tl.arange(0, BLOCK), tl.load(x_ptr + at))
        out_ptr += BLOCK


def test_what_a_loop_carries_moves_its_pointers() -> None:
    x, out, expected = np.arange(200, dtype=np.float32), np.zeros((8, 8), np.float32), []
    run(carried_strides, {"x_ptr": x, "out_ptr": out, "steps": 4}, {"BLOCK": 8})
    base, offset, stride, following = 0, 0, 1, 2
    for _ in range(4):
        base, offset = base + stride, offset + following
        expected.append(x[base + offset :][:8])
        stride, following = following, stride + following
    for count in (4, 3, 2, 1):
        base += count
        expected.append(x[base + offset :][:8])
    np.testing.assert_array_equal(out, expected)
