"""Blocks read with their rows in memory and stored with their columns, and the other way round."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
TYPES = {"fp32": np.float32, "i8": np.int8, "fp64": np.float64, "fp16": np.float16}


@triton.jit
def transpose(x_ptr, out_ptr, m, n, M: tl.constexpr, N: tl.constexpr, READ: tl.constexpr, ADD: tl.constexpr):
    rows, columns = tl.program_id(0) * M + tl.arange(0, M), tl.program_id(1) * N + tl.arange(0, N)
    mask = (rows[:, None] < m) & (columns[None, :] < n)
    by_rows, by_columns = rows[:, None] * n + columns[None, :], rows[:, None] + columns[None, :] * m
    if READ == "rows":
        x, places = tl.load(x_ptr + by_rows, mask=mask), by_columns
    else:
        x, places = tl.load(x_ptr + by_columns, mask=mask), by_rows
    if ADD:
        x += ADD
    tl.store(out_ptr + places, x, mask=mask)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("add", [0, 1], ids=["copied", "computed"])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("read", ["rows", "columns"])
def test_any_size_of_a_matrix(read: str, dtype: str, add: int, target: str) -> None:
    types: dict[str, Any] = {"x_ptr": f"*{dtype}", "out_ptr": f"*{dtype}", "m": "i32", "n": "i32"}
    for block in ((32, 32), (64, 16), (4, 32)) if target == "host" else ((32, 32),):
        constexprs = {"M": block[0], "N": block[1], "READ": read, "ADD": add}
        kernel = smtir.compile(transpose, signature=types, constexprs=constexprs, target=target)
        for m, n in ((1, 1), (32, 32), (64, 48), (33, 31), (16, 70), (5, 100)):
            shape = (m, n) if read == "rows" else (n, m)
            x = np.random.default_rng(m).integers(-99, 99, shape).astype(TYPES[dtype])
            out = np.zeros(shape[::-1], x.dtype)
            guarded = np.concatenate([out.ravel(), np.full(40, 7, x.dtype)])
            kernel.run(x, guarded, m, n, grid=(triton.cdiv(m, block[0]), triton.cdiv(n, block[1])))
            np.testing.assert_array_equal(guarded[: out.size].reshape(out.shape), x.T + x.dtype.type(add))
            assert (guarded[out.size :] == 7).all()


def test_whole_blocks_are_shuffled_and_not_scattered() -> None:
    types = {"x_ptr": "*fp32", "out_ptr": "*fp32", "m": "i32", "n": "i32"}
    constexprs = {"M": 32, "N": 32, "READ": "rows", "ADD": 0}
    text = smtir.compile(transpose, signature=types, constexprs=constexprs).stages["vector"]
    assert text.count("vector.shuffle") >= 24  # blocks of 8 lines at least
