"""Products of several sizes in one launch: matrices by their addresses, tiles shared by fixed programs."""

from __future__ import annotations

import numpy as np
import triton
import triton.language as tl


@triton.jit
def product_tile(
    a, b, c, m, n, k, a_row, b_row, c_row, tile, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr
):
    """One BM x BN tile of c, the tiles counted row by row."""
    wide = tl.cdiv(n, BN)
    rows = tile // wide * BM + tl.arange(0, BM)
    columns = tile % wide * BN + tl.arange(0, BN)
    depth = tl.arange(0, BK)
    a_tile = a + rows[:, None] * a_row + depth[None, :]
    b_tile = b + depth[:, None] * b_row + columns[None, :]
    total = tl.zeros((BM, BN), dtype=tl.float32)
    for start in range(0, k, BK):
        left = tl.load(a_tile, mask=(rows[:, None] < m) & (depth[None, :] < k - start), other=0.0)
        right = tl.load(b_tile, mask=(depth[:, None] < k - start) & (columns[None, :] < n), other=0.0)
        total += tl.dot(left, right)
        a_tile += BK
        b_tile += BK * b_row
    inside = (rows[:, None] < m) & (columns[None, :] < n)
    tl.store(c + rows[:, None] * c_row + columns[None, :], total.to(c.dtype.element_ty), mask=inside)


@triton.jit
def grouped_kernel(
    a_addresses, b_addresses, c_addresses, sizes, row_strides, groups,
    PROGRAMS: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr,
):  # fmt: skip
    """Every PROGRAMS-th tile of all products, counted through."""
    tile = tl.program_id(0)
    before = 0
    for group in range(groups):
        m = tl.load(sizes + group * 3)
        n = tl.load(sizes + group * 3 + 1)
        k = tl.load(sizes + group * 3 + 2)
        tiles = tl.cdiv(m, BM) * tl.cdiv(n, BN)
        while tile >= before and tile < before + tiles:
            a = tl.load(a_addresses + group).to(tl.pointer_type(tl.float16))
            b = tl.load(b_addresses + group).to(tl.pointer_type(tl.float16))
            c = tl.load(c_addresses + group).to(tl.pointer_type(tl.float16))
            a_row = tl.load(row_strides + group * 3)
            b_row = tl.load(row_strides + group * 3 + 1)
            c_row = tl.load(row_strides + group * 3 + 2)
            product_tile(a, b, c, m, n, k, a_row, b_row, c_row, tile - before, BM, BN, BK)
            tile += PROGRAMS
        before += tiles


@triton.jit
def persistent_kernel(
    a, b, c, m, n, k,
    PROGRAMS: tl.constexpr, GROUP: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr,
):  # fmt: skip
    """c = a @ b.T through descriptors; each program takes every PROGRAMS-th tile and stores it in halves."""
    a_blocks = tl.make_tensor_descriptor(a, [m, k], [k, 1], [BM, BK])
    b_blocks = tl.make_tensor_descriptor(b, [n, k], [k, 1], [BN, BK])
    c_blocks = tl.make_tensor_descriptor(c, [m, n], [n, 1], [BM, BN // 2])
    high, wide = tl.cdiv(m, BM), tl.cdiv(n, BN)
    for tile in tl.range(tl.program_id(0), high * wide, PROGRAMS, flatten=True, warp_specialize=True):
        first = tile // (GROUP * wide) * GROUP
        height = min(high - first, GROUP)
        row = (first + tile % height) * BM
        column = tile % (GROUP * wide) // height * BN
        total = tl.zeros((BM, BN), dtype=tl.float32)
        for step in range(tl.cdiv(k, BK)):
            total = tl.dot(a_blocks.load([row, step * BK]), b_blocks.load([column, step * BK]).T, total)
        left, right = tl.split(tl.permute(tl.reshape(total, (BM, 2, BN // 2)), (0, 2, 1)))
        c_blocks.store([row, column], left.to(tl.float16))
        c_blocks.store([row, column + BN // 2], right.to(tl.float16))


def grouped(pairs: list[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    """The product of each pair."""
    results = [np.zeros((a.shape[0], b.shape[1]), a.dtype) for a, b in pairs]
    addresses = [
        np.array([array.ctypes.data for array in each]) for each in (*zip(*pairs, strict=True), results)
    ]
    sizes = np.array([(*c.shape, a.shape[1]) for (a, _), c in zip(pairs, results, strict=True)], np.int32)
    strides = np.array([(a.shape[1], b.shape[1], b.shape[1]) for a, b in pairs], np.int32)
    grouped_kernel[(4,)](*addresses, sizes, strides, len(pairs), PROGRAMS=4, BM=32, BN=16, BK=16)
    return results


def main() -> None:
    """Compare with NumPy."""
    rng = np.random.default_rng(0)
    shapes = ((64, 48, 32), (33, 17, 40), (5, 80, 16))
    pairs = [
        (rng.standard_normal((m, k)).astype(np.float16), rng.standard_normal((k, n)).astype(np.float16))
        for m, n, k in shapes
    ]
    for (a, b), c in zip(pairs, grouped(pairs), strict=True):
        assert np.abs(c - a.astype(np.float32) @ b.astype(np.float32)).max() < 0.03
    for m, n, k in shapes:
        a, b = (rng.standard_normal((size, k)).astype(np.float16) for size in (m, n))
        c = np.zeros((m, n), np.float16)
        persistent_kernel[(3,)](a, b, c, m, n, k, PROGRAMS=3, GROUP=2, BM=32, BN=16, BK=16)
        assert np.abs(c - a.astype(np.float32) @ b.astype(np.float32).T).max() < 0.03, (m, n, k)


if __name__ == "__main__":
    main()
