"""Buffers that hold a matrix in tiles, whole and through views, on the host and as RISC-V against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir
from smtir.errors import LoweringError

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
POINTERS = {"x_ptr": "*fp32", "window_ptr": "*fp32", "out_ptr": "*fp32"}


@triton.jit
def block(pointer):
    return tl.make_block_ptr(pointer, (64, 64), (64, 1), (0, 0), (64, 64), (1, 0))


@triton.jit
def window_of_tiles(
    x_ptr, window_ptr, out_ptr, row, column, BY_TILES: tl.constexpr, T0: tl.constexpr, T1: tl.constexpr
):
    scratch = smt.alloc((8, 4, 8, 16), tl.float32)
    tl.store(scratch, smt.view(tl.load(block(x_ptr)), (0, 0), (64, 64), (8, 16)))
    if BY_TILES:
        window = smt.view(scratch, (row * 8, column * 16), (32, 32))
    else:
        window = smt.view(scratch, (row, column), (32, 32), (T0, T1))
    shown = tl.load(window)
    tl.store(smt.view(block(window_ptr), (0, 0), (32, 32), (T0, T1)), shown)
    tl.store(window, shown + 1.0)
    tl.store(block(out_ptr), smt.view(tl.load(scratch), (0, 0), (64, 64), (1, 1)))


def expected(x: np.ndarray, row: int, column: int) -> tuple[np.ndarray, np.ndarray]:
    """What a window of 32 x 32 shows, and ``x`` with 1 added in it."""
    rows = [i for i in range(32) if 0 <= row + i < 64]
    columns = [j for j in range(32) if 0 <= column + j < 64]
    shown, changed = np.zeros((32, 32), np.float32), x.copy()
    if rows and columns:
        there = np.ix_([row + i for i in rows], [column + j for j in columns])
        shown[np.ix_(rows, columns)] = x[there]
        changed[there] += 1
    return shown, changed


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("by_tiles", "tile"), [(True, (8, 16)), (False, (8, 16)), (False, (4, 8)), (False, (32, 2))], ids=str
)
def test_a_window_of_a_packed_buffer_is_clamped_padded_and_aliases(
    by_tiles: bool, tile: tuple[int, int], target: str
) -> None:
    x = np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32)
    x[3, 5] = np.nan
    constexprs = {"BY_TILES": by_tiles, "T0": tile[0], "T1": tile[1]}
    signature = {**POINTERS, "row": "i32", "column": "i32"}
    kernel = smtir.compile(window_of_tiles, signature, constexprs, target)
    for row, column in [(0, 0), (1, 1), (5, 3), (8, 0), (-1, -1), (1000, 2), (40, 50), (63, 63)]:
        window, out = np.full_like(x, 7), np.zeros_like(x)
        kernel.run(x, window, out, row, column, grid=(1,))
        shown, changed = expected(x, *((row * 8, column * 16) if by_tiles else (row, column)))
        np.testing.assert_array_equal(window[:32, :32], shown)
        np.testing.assert_array_equal(out, changed)


def test_a_window_that_begins_with_a_tile_is_loaded_without_a_pack() -> None:
    signature = {**POINTERS, "row": "i32", "column": "i32"}
    packs = {}
    for by_tiles in (True, False):
        constexprs = {"BY_TILES": by_tiles, "T0": 8, "T1": 16}
        linalg = smtir.compile(window_of_tiles, signature, constexprs).stages["linalg"]
        packs[by_tiles] = (linalg.count("linalg.pack"), "scf.if" in linalg)
    assert packs == {True: (1, False), False: (1, True)}


@triton.jit
def views_of_views(x_ptr, window_ptr, out_ptr, n):
    copies = smt.alloc_copies((8, 4, 8, 16), tl.float32, copies=3)
    tl.store(copies[n], smt.view(tl.load(block(x_ptr)), (0, 0), (64, 64), (8, 16)))
    outer = smt.view(copies[n], (16, 16), (32, 32))
    inner = smt.view(outer, (n * 8, 0), (16, 16))
    other = smt.view(inner, (0, 0), (16, 16), (4, 2))
    tl.store(other, tl.load(other) * 2.0)
    tl.store(block(out_ptr), smt.view(tl.load(copies[n]), (0, 0), (64, 64), (1, 1)))
    tl.store(block(window_ptr), tl.load(block(x_ptr)))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_view_of_a_view_of_a_packed_copy_in_another_tile(n: int) -> None:
    x = np.arange(4096, dtype=np.float32).reshape(64, 64)
    window, out = np.zeros_like(x), np.zeros_like(x)
    smtir.compile(views_of_views, {**POINTERS, "n": "i32"}, {}).run(x, window, out, n, grid=(1,))
    changed = x.copy()
    changed[16 + 8 * n : 32 + 8 * n, 16:32] *= 2
    np.testing.assert_array_equal(out, changed)


@triton.jit
def packed_argument(x_ptr, window_ptr, out_ptr, row):
    tiles = tl.make_block_ptr(
        x_ptr, (8, 4, 8, 16), (512, 128, 16, 1), (0, 0, 0, 0), (8, 4, 8, 16), (3, 2, 1, 0)
    )
    part = smt.view(tiles, (row * 8, 16), (16, 32))
    tl.store(smt.view(block(window_ptr), (0, 0), (16, 32), (8, 16)), tl.load(part))
    tl.store(block(out_ptr), smt.view(tl.load(tiles), (0, 0), (64, 64), (1, 1)))


@pytest.mark.parametrize("row", [0, 3, 7])
def test_a_packed_argument_has_windows_too(row: int) -> None:
    x = np.arange(4096, dtype=np.float32).reshape(64, 64)
    tiles = np.ascontiguousarray(x.reshape(8, 8, 4, 16).transpose(0, 2, 1, 3))
    window, out = np.zeros_like(x), np.zeros_like(x)
    smtir.compile(packed_argument, {**POINTERS, "row": "i32"}, {}).run(tiles, window, out, row, grid=(1,))
    shown = np.zeros((16, 32), np.float32)
    part = x[row * 8 : row * 8 + 16, 16:48]
    shown[: part.shape[0]] = part
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(window[:16, :32], shown)


@triton.jit
def begins_in_a_tile(x_ptr, window_ptr, out_ptr):
    tiles = tl.make_block_ptr(
        x_ptr, (8, 4, 8, 16), (512, 128, 16, 1), (0, 0, 2, 0), (8, 4, 4, 16), (3, 2, 1, 0)
    )
    tl.store(smt.view(block(out_ptr), (0, 0), (8, 16), (4, 16)), tl.load(smt.view(tiles, (0, 0), (8, 16))))


def test_a_view_of_a_block_that_begins_inside_a_tile_is_refused() -> None:
    with pytest.raises(LoweringError) as caught:
        smtir.compile(begins_in_a_tile, POINTERS, {})
    assert "from its first tile on" in str(caught.value)


@triton.jit
def loaded_often(x_ptr, window_ptr, out_ptr, n, TIMES: tl.constexpr):
    scratch = smt.alloc((64, 64), tl.float32)
    tl.store(scratch, tl.load(block(x_ptr)))
    for _ in range(n):
        for s in smt.parallel(0, TIMES):
            tile = smt.view(scratch, (0, s % 2 * 32), (64, 32), (8, 16))
            target = smt.view(block(out_ptr), (0, s % 2 * 32), (64, 32), (8, 16))
            tl.store(target, tl.load(tile) + tl.load(target))
    tl.store(block(window_ptr), tl.load(block(x_ptr)))


@pytest.mark.parametrize("target", TARGETS)
def test_a_buffer_whose_tiles_are_loaded_more_than_once_is_stored_in_them(target: str) -> None:
    x = np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32)
    window, out = np.zeros_like(x), np.zeros_like(x)
    compiled = smtir.compile(loaded_often, {**POINTERS, "n": "i32"}, {"TIMES": 4}, target)
    assert 'storage = "l2"} : memref<8x4x8x16xf32>' in compiled.stages["linalg"]
    compiled.run(x, window, out, 3, grid=(1,))
    np.testing.assert_allclose(out, x * 6, rtol=1e-6)


@triton.jit
def loaded_once(x_ptr, window_ptr, out_ptr, n):
    scratch = smt.alloc((64, 64), tl.float32)
    for i in range(n):
        tl.store(scratch, tl.load(block(x_ptr)) + i)
        for s in smt.parallel(0, 2):
            tile = smt.view(scratch, (s * 32, 0), (32, 64), (8, 16))
            tl.store(smt.view(block(out_ptr), (s * 32, 0), (32, 64), (8, 16)), tl.load(tile))
    tl.store(block(window_ptr), tl.load(block(x_ptr)))


def test_a_buffer_whose_tiles_are_loaded_once_a_store_stays_in_rows() -> None:
    x = np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32)
    window, out = np.zeros_like(x), np.zeros_like(x)
    compiled = smtir.compile(loaded_once, {**POINTERS, "n": "i32"}, {})
    assert 'storage = "l2"} : memref<64x64xf32>' in compiled.stages["linalg"]
    compiled.run(x, window, out, 3, grid=(1,))
    np.testing.assert_array_equal(out, x + 2)
