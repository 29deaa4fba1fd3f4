"""Unequal tiles, chains of products, nested loops, slices of slices and the like, against NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir

NAMES = {"float32": "*fp32", "float16": "*fp16", "int8": "*i8", "int32": "*i32"}


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def run(
    kernel: Any,
    arrays: Mapping[str, np.ndarray],
    scalars: Mapping[str, int] | None = None,
    grid: tuple[int, ...] = (1,),
    **constexprs: int,
) -> None:
    signature = {name: NAMES[array.dtype.name] for name, array in arrays.items()}
    signature |= dict.fromkeys(scalars or {}, "i32")
    smtir.compile(kernel, signature, constexprs).run(*arrays.values(), *(scalars or {}).values(), grid=grid)


@triton.jit
def block(p, M: tl.constexpr, N: tl.constexpr):
    return tl.make_block_ptr(p, (M, N), (N, 1), (0, 0), (M, N), (1, 0))


@triton.jit
def int8_product(a, b, out):
    left = smt.view(tl.load(block(a, 16, 128)), (0, 0), (16, 128), (4, 8))
    right = smt.view(tl.load(block(b, 32, 128)), (0, 0), (32, 128), (16, 8))
    product = smt.dot(left, right, out_dtype=tl.int32)
    tl.store(block(out, 16, 32), smt.view(product, (0, 0), (16, 32), (1, 1)))


def test_an_int8_product_that_is_not_square_with_n_before_k() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(-128, 128, (16, 128), np.int8), rng.integers(-128, 128, (32, 128), np.int8)
    out = np.zeros((16, 32), np.int32)
    run(int8_product, {"a": a, "b": b, "out": out})
    np.testing.assert_array_equal(out, a.astype(np.int32) @ b.T.astype(np.int32))


@triton.jit
def three_nested_loops(a, b, out):
    left = tl.load(block(a, 32, 64))
    total = smt.alloc((32, 32), tl.float32)
    tl.store(total, tl.zeros((32, 32), tl.float32))
    right = smt.alloc((64, 32), tl.float32)
    tl.store(right, tl.load(block(b, 64, 32)))
    for k in range(2):
        for i in smt.parallel(0, 2):
            for j in smt.parallel(0, 2):
                for h in smt.parallel(0, 2):
                    rows = smt.view(left, (i * 16, k * 32), (16, 32), (8, 8))
                    columns = smt.view(right, (k * 32, j * 16 + h * 8), (32, 8), (8, 8))
                    part = smt.view(total, (i * 16, j * 16 + h * 8), (16, 8), (8, 8))
                    tl.store(part, smt.dot(rows, tl.load(columns), tl.load(part)))
    tl.store(block(out, 32, 32), tl.load(total))


def test_three_parallel_loops_in_each_other() -> None:
    a, b, out = normal(32, 64), normal(64, 32), np.zeros((32, 32), np.float32)
    run(three_nested_loops, {"a": a, "b": b, "out": out})
    np.testing.assert_allclose(out, a @ b, rtol=1e-4, atol=1e-4)


@triton.jit
def chain_of_products(a, b, c, out):
    first = smt.view(tl.load(block(a, 32, 32)), (0, 0), (32, 32), (8, 8))
    second = smt.view(tl.load(block(b, 32, 64)), (0, 0), (32, 64), (8, 16))
    third = smt.view(tl.load(block(c, 64, 32)), (0, 0), (64, 32), (4, 8))
    product = smt.view(smt.dot(first, second), (0, 0), (32, 64), (16, 4))
    tl.store(block(out, 32, 32), smt.view(smt.dot(product, third), (0, 0), (32, 32), (1, 1)))


def test_a_product_in_another_tile_is_an_operand() -> None:
    a, b, c, out = normal(32, 32), normal(32, 64), normal(64, 32), np.zeros((32, 32), np.float32)
    run(chain_of_products, {"a": a, "b": b, "c": c, "out": out})
    np.testing.assert_allclose(out, a @ b @ c, rtol=1e-4, atol=1e-3)


@triton.jit
def slices_of_slices(a, out, n):
    x = tl.load(block(a, 32, 32))
    smt.compile_hint(x, "hot")
    x[n : n + 8, 0:8] = x[8:24, :][n : n + 8, 8:24][:, 4:12]
    tl.store(block(out, 32, 32), x)


@pytest.mark.parametrize("n", [0, 3, 8])
def test_a_slice_of_a_slice_of_a_slice_is_assigned(n: int) -> None:
    a, out = normal(32, 32), np.zeros((32, 32), np.float32)
    run(slices_of_slices, {"a": a, "out": out}, {"n": n})
    expected = a.copy()
    expected[n : n + 8, 0:8] = a[8:24][n : n + 8, 8:24][:, 4:12]
    np.testing.assert_array_equal(out, expected)


@triton.jit
def destination_in_a_loop(a, out, n):
    shown = tl.zeros((2, 2, 8, 8), tl.float32)
    total = tl.zeros((2, 2, 8, 8), tl.float32)
    x = tl.load(block(a, 32, 32))
    for i in range(n):
        smt.view(x, (i, i * 2), (16, 16), (8, 8), destination=shown)
        total += shown
    tl.store(block(out, 16, 16), smt.view(total, (0, 0), (16, 16), (1, 1)))


def test_a_view_writes_its_destination_in_each_iteration() -> None:
    a, out = normal(32, 32), np.zeros((16, 16), np.float32)
    run(destination_in_a_loop, {"a": a, "out": out}, {"n": 4})
    expected = sum(a[i : i + 16, 2 * i : 2 * i + 16] for i in range(4))
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


@triton.jit
def windows_in_turn(a, b, out, n):
    even = tl.zeros((32, 32), dtype=tl.float32)
    odd = tl.zeros((32, 32), dtype=tl.float32)
    right = smt.descriptor_load(block(b, 32, 32), (0, 0), (32, 32), (8, 8))
    for i in range(n):
        left = smt.descriptor_load(block(a, 32, 32), ((i % 2) * 16, 0), (16, 32), (8, 8))
        if i % 2 == 0:
            above = smt.view(even, (0, 0), (16, 32), (8, 8))
            smt.dot(left, right, above)
        else:
            below = smt.view(odd, (16, 0), (16, 32), (8, 8))
            smt.dot(left, right, below)
    tl.store(block(out, 32, 32), even * 2.0 + odd)


def test_windows_on_two_accumulators_in_the_branches_of_a_loop() -> None:
    a, b, out = normal(32, 32), normal(32, 32), np.zeros((32, 32), np.float32)
    run(windows_in_turn, {"a": a, "b": b, "out": out}, {"n": 5})
    expected = a @ b
    expected[:16] *= 6
    expected[16:] *= 2
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-4)


@triton.jit
def two_buffers_in_turn(a, b, out, K):
    buffers = smt.alloc_copies((32, 32), tl.float16, storage="tcm", copies=2)
    left = tl.make_block_ptr(a, (32, K), (K, 1), (0, 0), (32, 32), (1, 0))
    right = tl.make_block_ptr(b, (K, 32), (32, 1), (0, 0), (32, 32), (1, 0))
    total = tl.zeros((4, 2, 8, 16), tl.float32)
    smt.compile_hint(total, "pipeline", 2)
    tl.store(buffers[0], smt.descriptor_load(left, (0, 0)))
    steps = tl.cdiv(K, 32)
    for k in range(steps):
        if k + 1 < steps:
            tl.store(buffers[(k + 1) % 2], smt.descriptor_load(left, (0, (k + 1) * 32)))
        rows = tl.load(smt.view(buffers[k % 2], (0, 0), (32, 32), (8, 8)))
        columns = smt.view(smt.descriptor_load(right, (k * 32, 0)), (0, 0), (32, 32), (8, 16))
        total = smt.dot(rows, columns, total)
    tl.store(block(out, 32, 32), smt.view(total, (0, 0), (32, 32), (1, 1)))


@pytest.mark.parametrize("depth", [32, 70, 200])
def test_a_block_is_loaded_into_one_buffer_while_the_other_is_multiplied(depth: int) -> None:
    a, b = normal(32, depth).astype(np.float16), normal(depth, 32).astype(np.float16)
    out = np.zeros((32, 32), np.float32)
    run(two_buffers_in_turn, {"a": a, "b": b, "out": out}, {"K": depth})
    np.testing.assert_allclose(out, a.astype(np.float32) @ b.astype(np.float32), rtol=1e-4, atol=1e-3)


@triton.jit
def transposed_by_tiles(a, out):
    x = tl.load(block(a, 32, 32))
    packed = smt.view(tl.zeros((32, 32), tl.float32), (0, 0), (32, 32), (8, 8))
    for i in range(4):
        for j in range(4):
            packed[j, i] = tl.trans(x[i * 8 : i * 8 + 8, j * 8 : j * 8 + 8])
    tl.store(block(out, 32, 32), smt.view(packed, (0, 0), (32, 32), (1, 1)))


def test_tiles_are_transposed_and_assigned_to_their_mirrored_places() -> None:
    a, out = normal(32, 32), np.zeros((32, 32), np.float32)
    run(transposed_by_tiles, {"a": a, "out": out})
    np.testing.assert_array_equal(out, a.T)


@triton.jit
def carried_view_of_views(a, out, n):
    scratch = smt.alloc((64, 64), tl.float32)
    tl.store(scratch, tl.load(block(a, 64, 64)))
    window = smt.view(scratch, (0, 0), (32, 32))
    for i in range(n):
        inner = smt.view(smt.view(window, (i, 0), (16, 32), (8, 8)), (8, 8), (8, 16))
        other = smt.view(inner, (0, 0), (8, 16), (2, 4))
        tl.store(other, tl.load(other) + 1.0)
        window = tl.advance(window, (8, 8))
    tl.store(block(out, 64, 64), tl.load(scratch))


def test_views_of_views_of_a_view_that_a_loop_moves() -> None:
    a, out = normal(64, 64), np.zeros((64, 64), np.float32)
    run(carried_view_of_views, {"a": a, "out": out}, {"n": 3})
    expected = a.copy()
    for i in range(3):
        expected[9 * i + 8 : 9 * i + 16, 8 * i + 8 : 8 * i + 24] += 1
    np.testing.assert_allclose(out, expected, rtol=1e-6)


@triton.jit
def gram_matrix(a, out, M, K, T: tl.constexpr, TK: tl.constexpr):
    row, column = tl.program_id(0) * 32, tl.program_id(1) * 32
    left = tl.make_block_ptr(a, (M, K), (K, 1), (row, 0), (32, 64), (1, 0))
    right = tl.make_block_ptr(a, (M, K), (K, 1), (column, 0), (32, 64), (1, 0))
    total = smt.view(tl.zeros((32, 32), tl.float32), (0, 0), (32, 32), (T, T))
    for k in range(tl.cdiv(K, 64)):
        rows = smt.view(smt.descriptor_load(left, (0, k * 64)), (0, 0), (32, 64), (T, TK))
        columns = smt.view(smt.descriptor_load(right, (0, k * 64)), (0, 0), (32, 64), (T, TK))
        total = smt.dot(rows, columns, total)
    target = tl.make_block_ptr(out, (M, M), (M, 1), (row, column), (32, 32), (1, 0))
    tl.store(target, smt.view(total, (0, 0), (32, 32), (1, 1)), boundary_check=(0, 1))


@pytest.mark.parametrize("tile", [(4, 8), (16, 2), (32, 64), (2, 1)], ids=str)
def test_a_matrix_times_itself_in_any_tile(tile: tuple[int, int]) -> None:
    a, out = normal(45, 70), np.zeros((45, 45), np.float32)
    run(gram_matrix, {"a": a, "out": out}, {"M": 45, "K": 70}, (2, 2), T=tile[0], TK=tile[1])
    np.testing.assert_allclose(out, a @ a.T, rtol=1e-4, atol=1e-4)


@triton.jit
def row_block(pointer, i):
    return smt.view(pointer, (i * 8, 0), (8, 32))


@triton.jit
def loaded_into_views(a, out):
    scratch = smt.alloc((32, 32), tl.float32)
    source = tl.make_block_ptr(a, (32, 32), (32, 1), (0, 0), (8, 32), (1, 0))
    for i in range(4):
        smt.descriptor_load(source, (i * 8, 0), destination=row_block(scratch, 3 - i))
    tl.store(block(out, 32, 32), tl.load(scratch))


def test_the_view_that_a_function_returns_is_a_destination() -> None:
    a, out = normal(32, 32), np.zeros((32, 32), np.float32)
    run(loaded_into_views, {"a": a, "out": out})
    np.testing.assert_array_equal(out, a.reshape(4, 8, 32)[::-1].reshape(32, 32))
