"""Operands of products, read where they are if nothing is masked or wraps, else from a padded copy."""

from __future__ import annotations

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
BLOCK = 16


@triton.jit
def product(
    a_ptr, b_ptr, c_ptr, m, n, k, lda, ldb, WRAP: tl.constexpr, WRITE: tl.constexpr, BLOCK: tl.constexpr
):
    """Rows and columns wrap around or are masked; with WRITE, b is written over before it is multiplied."""
    rows = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    columns = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    in_a, in_b = rows[:, None] < m, columns[None, :] < n
    if WRAP:
        rows, columns = rows % m, columns % n
    total = tl.zeros((BLOCK, BLOCK), tl.float32)
    for first in range(0, k, BLOCK):
        depth = first + tl.arange(0, BLOCK)
        a_mask, b_mask = depth[None, :] < k, depth[:, None] < k
        if not WRAP:
            a_mask, b_mask = a_mask & in_a, b_mask & in_b
        places = b_ptr + depth[:, None] * ldb + columns[None, :]
        a = tl.load(a_ptr + rows[:, None] * lda + depth[None, :], mask=a_mask, other=0.0)
        b = tl.load(places, mask=b_mask, other=0.0)
        if WRITE:
            tl.store(places, tl.full((BLOCK, BLOCK), 7.0, tl.float32), mask=b_mask & in_b)
        total = tl.dot(a, b, total)
    rows = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    columns = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = (rows[:, None] < m) & (columns[None, :] < n)
    tl.store(c_ptr + rows[:, None] * n + columns[None, :], total, mask=mask)


SIZES = [
    (1, 1, 1),
    (16, 16, 16),
    (32, 48, 64),
    (17, 16, 16),
    (16, 33, 16),
    (16, 16, 40),
    (15, 31, 1),
    (5, 3, 0),
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("write", [False, True], ids=["read", "written"])
@pytest.mark.parametrize("wrap", [False, True], ids=["masked", "wrapped"])
def test_whole_and_partial_blocks(wrap: bool, write: bool, target: str) -> None:
    types = {f"{name}_ptr": "*fp32" for name in "abc"} | dict.fromkeys(("m", "n", "k", "lda", "ldb"), "i32")
    constexprs = {"WRAP": wrap, "WRITE": write, "BLOCK": BLOCK}
    kernel = smtir.compile(product, signature=types, constexprs=constexprs, target=target)
    in_place = "-> (memref<16x16xf32, strided<[?, 1], offset: ?>>)"
    assert kernel.stages["linalg"].count(in_place) == (1 if write else 2)
    for m, n, k in SIZES:
        rng = np.random.default_rng(m)
        a, b = rng.standard_normal((m, k + 3), np.float32), rng.standard_normal((k, n + 5), np.float32)
        after = b.copy()
        if write:
            if m > BLOCK:
                continue  # several programs would read it
            after[:, :n] = 7
        a[0, 0] = -0.0
        wanted = a[:, :k].astype(np.float64) @ b[:, :n]
        c = np.full((m, n), np.nan, np.float32)
        grid = (triton.cdiv(m, BLOCK), triton.cdiv(n, BLOCK))
        kernel.run(a, b, c, m, n, k, k + 3, n + 5, grid=grid)
        np.testing.assert_allclose(c, wanted, rtol=1e-4, atol=1e-4)
        np.testing.assert_array_equal(b, after)


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_outside_does_not_count(target: str) -> None:
    """NaN and infinity beyond the bounds, and inside where they belong to one row."""
    types = {f"{name}_ptr": "*fp32" for name in "abc"} | dict.fromkeys(("m", "n", "k", "lda", "ldb"), "i32")
    constexprs = {"WRAP": False, "WRITE": False, "BLOCK": BLOCK}
    kernel = smtir.compile(product, signature=types, constexprs=constexprs, target=target)
    for m, n, k in ((16, 16, 16), (9, 16, 20), (16, 10, 5)):
        a, b = np.full((m, k + 3), np.nan, np.float32), np.full((k, n + 5), np.inf, np.float32)
        a[:, :k], b[:, :n] = 1, 2
        a[m - 1, 0] = np.inf
        c = np.zeros((m, n), np.float32)
        kernel.run(a, b, c, m, n, k, k + 3, n + 5, grid=(1, 1))
        np.testing.assert_array_equal(c[:-1], np.full((m - 1, n), 2 * k, np.float32))
        np.testing.assert_array_equal(c[-1], np.full(n, np.inf, np.float32))


@triton.jit
def product_with_columns(a_ptr, b_ptr, c_ptr, m, n, k, ldb, KIND: tl.constexpr, BLOCK: tl.constexpr):
    """b has its columns one after the other in memory."""
    rows = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    columns = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = (rows[:, None] < m) & (columns[None, :] < n)
    in_b = columns[None, :] < n
    first_column = tl.program_id(1) * BLOCK
    block = tl.make_block_ptr(b_ptr, (k, n), (1, ldb), (0, first_column), (BLOCK, BLOCK), (0, 1))
    total = tl.zeros((BLOCK, BLOCK), tl.float32)
    for first in range(0, k, BLOCK):
        depth = first + tl.arange(0, BLOCK)
        a_mask = (rows[:, None] < m) & (depth[None, :] < k)
        a = tl.load(a_ptr + rows[:, None] * k + depth[None, :], mask=a_mask, other=0.0)
        if KIND == "wrapped":
            places = b_ptr + depth[:, None] + (columns % n)[None, :] * ldb
            b = tl.load(places, mask=depth[:, None] < k, other=0.0)
        elif KIND == "block":
            b = tl.load(block, boundary_check=(0, 1))
            block = tl.advance(block, (BLOCK, 0))
        elif KIND == "masked":
            places = b_ptr + depth[:, None] + columns[None, :] * ldb
            b = tl.load(places, mask=(depth[:, None] < k) & in_b, other=0.0)
        elif KIND == "scaled":
            places = b_ptr + depth[:, None] + columns[None, :] * ldb
            b = tl.load(places, mask=(depth[:, None] < k) & in_b, other=0.0) * 2.0 * 0.5
        else:
            b = tl.load(b_ptr + depth[:, None] + columns[None, :] * ldb)
        total = tl.dot(a, b, total)
    tl.store(c_ptr + rows[:, None] * n + columns[None, :], total, mask=mask)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", ["masked", "scaled", "wrapped", "block", "whole"])
def test_an_operand_with_columns_in_memory(kind: str, target: str) -> None:
    types = {f"{name}_ptr": "*fp32" for name in "abc"} | dict.fromkeys(("m", "n", "k", "ldb"), "i32")
    constexprs = {"KIND": kind, "BLOCK": BLOCK}
    kernel = smtir.compile(product_with_columns, signature=types, constexprs=constexprs, target=target)
    assert "linalg.transpose" in kernel.stages["linalg"]
    for m, n, k in SIZES if kind != "whole" else [(16, 16, 16), (5, 32, 48)]:
        rng = np.random.default_rng(m)
        a, stored = rng.standard_normal((m, k), np.float32), rng.standard_normal((n, k + 3), np.float32)
        c = np.full((m, n), np.nan, np.float32)
        kernel.run(a, stored, c, m, n, k, k + 3, grid=(triton.cdiv(m, BLOCK), triton.cdiv(n, BLOCK)))
        np.testing.assert_allclose(c, a.astype(np.float64) @ stored[:, :k].T, rtol=1e-4, atol=1e-4)


@triton.jit
def product_with_a_descriptor(a_ptr, b_ptr, c_ptr, m, n, k, BLOCK: tl.constexpr):
    a_rows = tl.make_tensor_descriptor(a_ptr, [m, k], [k, 1], [BLOCK, BLOCK])
    b_rows = tl.make_tensor_descriptor(b_ptr, [k, n], [n, 1], [BLOCK, BLOCK])
    c_rows = tl.make_tensor_descriptor(c_ptr, [m, n], [n, 1], [BLOCK, BLOCK])
    row, column = tl.program_id(0) * BLOCK, tl.program_id(1) * BLOCK
    total = tl.zeros((BLOCK, BLOCK), tl.float32)
    for first in range(0, k, BLOCK):
        total = tl.dot(a_rows.load([row, first]), b_rows.load([first, column]), total)
    c_rows.store([row, column], total)


@pytest.mark.parametrize("target", TARGETS)
def test_operands_of_descriptors(target: str) -> None:
    types = {f"{name}_ptr": "*fp32" for name in "abc"} | dict.fromkeys(("m", "n", "k"), "i32")
    kernel = smtir.compile(
        product_with_a_descriptor, signature=types, constexprs={"BLOCK": BLOCK}, target=target
    )
    assert kernel.stages["linalg"].count("-> (memref<16x16xf32, strided<[?, 1], offset: ?>>)") == 2
    for m, n, k in ((16, 16, 16), (17, 20, 24), (4, 36, 40)):  # lines of descriptors begin at 16 bytes
        rng = np.random.default_rng(m)
        a, b = rng.standard_normal((m, k), np.float32), rng.standard_normal((k, n), np.float32)
        c = np.zeros((m, n), np.float32)
        kernel.run(a, b, c, m, n, k, grid=(triton.cdiv(m, BLOCK), triton.cdiv(n, BLOCK)))
        np.testing.assert_allclose(c, a.astype(np.float64) @ b, rtol=1e-4, atol=1e-4)
