"""Masks that hold up to some element: no load goes beyond it, and every other element is as ever."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
BLOCK = 512
LIMITS = [-(2**31), -3, 0, 1, 31, 32, 33, 64, 127, 129, 300, 511, 512, 513, 2**31 - 1]


@triton.jit
def sums(x_ptr, out_ptr, n, start, COMPARISON: tl.constexpr, BLOCK: tl.constexpr):
    """Partial sums over blocks; lanes beyond the bound add one."""
    lanes = tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], dtype=tl.float32)
    for step in range(2):
        at = start + lanes
        if COMPARISON == "<":
            mask = at < n
        elif COMPARISON == "<=":
            mask = at <= n
        elif COMPARISON == ">":
            mask = n > at
        else:
            mask = n >= at
        total += tl.load(x_ptr + at, mask=mask, other=1.0) * (step + 1)
    tl.store(out_ptr + lanes, total)


def expected_sums(x: np.ndarray, n: int, start: int, comparison: str) -> np.ndarray:
    at = start + np.arange(BLOCK, dtype=np.int64)
    mask = at < n if comparison in ("<", ">") else at <= n
    assert not mask.any() or at[mask].max() < x.size
    return np.where(mask, x[np.where(mask, at, 0)], 1) * np.float32(3)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("comparison", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("wide", [False, True], ids=["i32", "i64"])
def test_every_comparison_at_every_kind_of_limit(comparison: str, wide: bool, target: str) -> None:
    number = "i64" if wide else "i32"
    types = {"x_ptr": "*fp32", "out_ptr": "*fp32", "n": number, "start": number}
    constexprs = {"COMPARISON": comparison, "BLOCK": BLOCK}
    kernel = smtir.compile(sums, signature=types, constexprs=constexprs, target=target)
    assert kernel.stages["vector"].count("maskedload") < kernel.stages["vector"].count("vector.load")
    for limit in [*LIMITS, -(2**63), 2**63 - 1] if wide else LIMITS:
        for start in (0, 5, 100):
            reached = min(max(limit + (comparison in ("<=", ">=")), 0), start + BLOCK)
            x = np.arange(1, max(reached, 1) + 1, dtype=np.float32)  # ends where the mask does
            out = np.zeros(BLOCK, np.float32)
            kernel.run(x, out, limit, start, grid=(1,))
            np.testing.assert_array_equal(out, expected_sums(x, limit, start, comparison))


@triton.jit
def chosen(x_ptr, y_ptr, out_ptr, n, m, BLOCK: tl.constexpr):
    """Two bounds and a condition on data, joined; a reduction of what they choose."""
    at = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=(at < n) & (at < m), other=-1.0)
    y = tl.load(y_ptr + at, mask=at < m, other=2.0)
    both = tl.where((at < n) & (y > 0), x * y, x)
    tl.store(out_ptr, tl.sum(both, 0))
    tl.store(out_ptr + 1, tl.max(tl.where(at < n, y, -y), 0))


@pytest.mark.parametrize("target", TARGETS)
def test_conditions_joined_with_others_and_inside_reductions(target: str) -> None:
    types = {"x_ptr": "*fp32", "y_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32", "m": "i32"}
    kernel = smtir.compile(chosen, signature=types, constexprs={"BLOCK": BLOCK}, target=target)
    rng, at = np.random.default_rng(0), np.arange(BLOCK)
    data = rng.integers(-4, 5, (2, BLOCK)).astype(np.float32)
    for n in (0, 1, 200, 384, 512, 600):
        for m in (0, 3, 130, 384, 512, 700):
            out = np.zeros(2, np.float32)
            kernel.run(data[0, : max(1, min(n, m))], data[1, : max(1, m)], out, n, m, grid=(1,))
            x = np.where((at < n) & (at < m), data[0], -1)
            y = np.where(at < m, data[1], 2)
            both = np.where((at < n) & (y > 0), x * y, x)
            np.testing.assert_array_equal(out, [both.sum(), np.where(at < n, y, -y).max()])


@triton.jit
def stored(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    place = tl.load(x_ptr + at, mask=at < n, other=0)
    tl.store(out_ptr + place, at, mask=at < n)


@pytest.mark.parametrize("target", TARGETS)
def test_a_scattered_store_stops_at_the_bound(target: str) -> None:
    types: dict[str, Any] = {"x_ptr": "*i32", "out_ptr": "*i32", "n": "i32"}
    kernel = smtir.compile(stored, signature=types, constexprs={"BLOCK": BLOCK}, target=target)
    places = np.random.default_rng(1).permutation(BLOCK).astype(np.int32)
    for n in (-1, 0, 1, 77, 256, 511, 512, 9999):
        out, wanted = np.full((2, BLOCK), -1, np.int32)
        kernel.run(places, out, n, grid=(1,))
        wanted[places[: max(n, 0)]] = np.arange(min(max(n, 0), BLOCK))
        np.testing.assert_array_equal(out, wanted)


@triton.jit
def rows_and_columns(x_ptr, rows_ptr, columns_ptr, out_ptr, m, n, M: tl.constexpr, N: tl.constexpr):
    """Sums both ways of a block whose edges are masked, and the block less the largest of its row."""
    row = tl.program_id(0) * M + tl.arange(0, M)[:, None]
    column = tl.arange(0, N)[None, :]
    mask = (row < m) & (column < n)
    x = tl.load(x_ptr + row * n + column, mask=mask, other=-1.0)
    tl.store(rows_ptr + row, tl.sum(x, 1)[:, None], mask=row < m)
    tl.store(columns_ptr + tl.program_id(0) * N + column, tl.sum(x, 0)[None, :])
    tl.store(out_ptr + row * n + column, x - tl.max(x, 1)[:, None], mask=mask)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("block", [(4, 128), (1, 256), (16, 32), (64, 4)])
def test_blocks_with_two_bounds(block: tuple[int, int], target: str) -> None:
    height, width = block
    types = {f"{name}_ptr": "*fp32" for name in ("x", "rows", "columns", "out")} | {"m": "i32", "n": "i32"}
    constexprs = {"M": height, "N": width}
    kernel = smtir.compile(rows_and_columns, signature=types, constexprs=constexprs, target=target)
    for m, n in (
        (1, 1),
        (height, width),
        (2 * height - 1, width - 1),
        (height + 1, width),
        (3, width // 2 + 1),
    ):
        programs = triton.cdiv(m, height)
        x = np.random.default_rng(m).integers(-9, 10, (m, n)).astype(np.float32)
        rows, columns = np.zeros(m, np.float32), np.zeros((programs, width), np.float32)
        out = np.zeros_like(x)
        kernel.run(x, rows, columns, out, m, n, grid=(programs,))
        padded = np.full((programs * height, width), -1, np.float32)
        padded[:m, :n] = x
        np.testing.assert_array_equal(rows, padded.sum(1)[:m])
        np.testing.assert_array_equal(columns, padded.reshape(programs, height, width).sum(1))
        np.testing.assert_array_equal(out, (padded - padded.max(1, keepdims=True))[:m, :n])
