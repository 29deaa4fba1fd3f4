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
