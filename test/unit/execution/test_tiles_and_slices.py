"""Slices, micro tiles assigned into packed tensors, and the tile language, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.experimental.tle.language as tle
import triton.language as tl
import triton.language.extra.smt as smt

import smtir
from smtir.errors import FrontendError

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


def run(
    fn: Any, arrays: dict[str, np.ndarray], target: str = "host", constexprs: Any = None, **scalars: int
) -> None:
    signature = dict.fromkeys(arrays, "*fp32") | dict.fromkeys(scalars, "i32")
    compiled = smtir.compile(fn, signature=signature, constexprs=constexprs or {}, target=target)
    compiled.run(*arrays.values(), *scalars.values(), grid=(1,))


def hostile(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape).astype(np.float32)
    chosen = rng.random(shape) < 0.125
    values[chosen] = rng.choice(np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45], np.float32), chosen.sum())
    return values


@triton.jit
def block(pointer, M: tl.constexpr, N: tl.constexpr):
    return tl.make_block_ptr(
        pointer, shape=[M, N], strides=[N, 1], offsets=[0, 0], block_shape=[M, N], order=[1, 0]
    )


@triton.jit
def scratchpad(p_ptr, v_ptr, out_ptr, MICRO_M: tl.constexpr, MICRO_K: tl.constexpr, MICRO_N: tl.constexpr):
    """The seed's sketch: probabilities written tile by tile into a packed scratch, then multiplied."""
    p = tl.load(block(p_ptr, 32, 64))
    v_packed = smt.descriptor_load(block(v_ptr, 64, 32), (0, 0), (64, 32), (MICRO_K, MICRO_N))
    p_scratch = smt.alloc((32, 64), (MICRO_M, MICRO_K), dtype=tl.float32)
    num_m_tiles = 32 // MICRO_M
    num_k_tiles = 64 // MICRO_K
    for m_tile in range(num_m_tiles):
        for k_tile in range(num_k_tiles):
            m_start = m_tile * MICRO_M
            k_start = k_tile * MICRO_K
            micro_tile = p[m_start : m_start + MICRO_M, k_start : k_start + MICRO_K]
            p_scratch[m_tile, k_tile] = micro_tile
    p_packed = p_scratch
    acc = tl.zeros((32, 32), dtype=tl.float32)
    acc_view = smt.view(acc, (0, 0), (32, 32), (MICRO_M, MICRO_N))
    acc_view = smt.dot(p_packed, v_packed, acc_view)
    tl.store(block(out_ptr, 32, 32), acc)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("tiles", [(8, 8, 16), (4, 16, 8), (32, 64, 32)], ids=str)
def test_tiles_assigned_into_a_scratch_are_an_operand(tiles: tuple[int, int, int], target: str) -> None:
    rng = np.random.default_rng(0)
    p, v = rng.standard_normal((32, 64), np.float32), rng.standard_normal((64, 32), np.float32)
    out = np.full((32, 32), np.nan, np.float32)
    constexprs = {"MICRO_M": tiles[0], "MICRO_K": tiles[1], "MICRO_N": tiles[2]}
    run(scratchpad, {"p_ptr": p, "v_ptr": v, "out_ptr": out}, target, constexprs)
    np.testing.assert_allclose(out, p.astype(np.float64) @ v, rtol=1e-5, atol=1e-5)


@triton.jit
def slices(x_ptr, out_ptr, at):
    x = tl.load(block(x_ptr, 32, 32))
    alias = x
    x[0:8, 16:32] = x[24:32, 0:16]
    x[-4:, :16] = 0.0
    x[at : at + 2, :] = x[at + 4 : at + 4 + 2, :] * 2.0
    corner = alias[:16, 8:24]
    tl.store(block(out_ptr, 16, 16), corner)
    smt.compile_hint(corner, "corner")


@pytest.mark.parametrize("at", [0, 5, 26])
def test_slices_are_read_and_assigned_in_every_variable(at: int) -> None:
    x = hostile((32, 32))
    out = np.full((16, 16), np.nan, np.float32)
    run(slices, {"x_ptr": x, "out_ptr": out}, at=at)
    x = x.copy()
    x[0:8, 16:32] = x[24:32, 0:16]
    x[-4:, :16] = 0
    x[at : at + 2, :] = x[4 + at : at + 6, :] * 2
    np.testing.assert_array_equal(out, x[:16, 8:24])


@triton.jit
def tiles_of_a_packed_tensor(x_ptr, out_ptr, i, n):
    packed = smt.view(tl.load(block(x_ptr, 32, 32)), (0, 0), (32, 32), (8, 16))
    for s in range(n):
        if s % 2 == 0:
            packed[i, 1] = packed[i, 0] + packed[-1, 1]
        else:
            packed[0, s % 2] = 1.0
    tl.store(block(out_ptr, 32, 32), smt.view(packed, (0, 0), (32, 32), (1, 1)))


@pytest.mark.parametrize("n", [0, 1, 3])
@pytest.mark.parametrize("i", [0, 3])
def test_a_tile_may_be_assigned_in_a_branch_of_a_loop(i: int, n: int) -> None:
    x = hostile((32, 32))
    out = np.full_like(x, np.nan)
    run(tiles_of_a_packed_tensor, {"x_ptr": x, "out_ptr": out}, i=i, n=n)
    expected = x.copy()
    for s in range(n):
        if s % 2 == 0:
            expected[8 * i : 8 * i + 8, 16:] = expected[8 * i : 8 * i + 8, :16] + expected[24:, 16:]
        else:
            expected[:8, 16:] = 1
    np.testing.assert_array_equal(out, expected)


@triton.jit
def tile_language(x_ptr, out_ptr, number, i, j):
    x = tl.load(block(x_ptr, 32, 64))
    fixed = tle.extract_tile(x, index=[1, 2], tile_shape=[16, 16])
    counted = tle.extract_tile(x, number, (16, 16))
    x = tle.insert_tile(x, fixed, index=0)
    x = smt.insert_tile(x, counted, (i, j))
    x = tle.insert_tile(x, smt.extract_tile(x, (i, 3), (16, 16)), 7)
    tl.store(block(out_ptr, 32, 64), x)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("number", "i", "j"), [(0, 1, 1), (5, 0, 3), (7, 1, 3)])
def test_tiles_are_counted_row_by_row(number: int, i: int, j: int, target: str) -> None:
    x = hostile((32, 64))
    out = np.full_like(x, np.nan)
    run(tile_language, {"x_ptr": x, "out_ptr": out}, target, number=number, i=i, j=j)
    tile = [np.s_[16 * (k // 4) : 16 * (k // 4) + 16, 16 * (k % 4) : 16 * (k % 4) + 16] for k in range(8)]
    expected = x.copy()
    expected[tile[0]] = x[tile[6]]
    expected[tile[4 * i + j]] = x[tile[number]]
    expected[tile[7]] = expected[tile[4 * i + 3]].copy()
    np.testing.assert_array_equal(out, expected)


@triton.jit
def slice_outside(x_ptr, n):
    x = tl.load(block(x_ptr, 32, 32))
    smt.compile_hint(x[24:40, :], "hot")


@triton.jit
def slice_of_three(x_ptr, n):
    x = tl.load(block(x_ptr, 32, 32))
    smt.compile_hint(x[0:3, :], "hot")


@triton.jit
def slice_of_unknown_size(x_ptr, n):
    x = tl.load(block(x_ptr, 32, 32))
    smt.compile_hint(x[0:n, :], "hot")


@triton.jit
def slice_with_a_step(x_ptr, n):
    x = tl.load(block(x_ptr, 32, 32))
    smt.compile_hint(x[0:16:2, :], "hot")


@triton.jit
def row_of_a_tensor(x_ptr, n):
    x = tl.load(block(x_ptr, 32, 32))
    smt.compile_hint(x[3], "hot")


@triton.jit
def packed_slice(x_ptr, n):
    x = smt.view(tl.load(block(x_ptr, 32, 32)), (0, 0), (32, 32), (8, 8))
    x[0:1, 0] = 0.0


@triton.jit
def packed_index_outside(x_ptr, n):
    x = smt.view(tl.load(block(x_ptr, 32, 32)), (0, 0), (32, 32), (8, 8))
    x[4, 0] = 0.0


@triton.jit
def wrong_tile(x_ptr, n):
    x = smt.view(tl.load(block(x_ptr, 32, 32)), (0, 0), (32, 32), (8, 8))
    x[0, 0] = tl.zeros((8, 16), tl.float32)


@triton.jit
def into_a_temporary(x_ptr, n):
    smt.view(tl.load(block(x_ptr, 32, 32)), (0, 0), (32, 32), (8, 8))[0, 0] = 0.0


@triton.jit
def into_a_pointer(x_ptr, n):
    x_ptr[0, 0] = smt.extract_tile(tl.load(block(x_ptr, 32, 32)), 0, (8, 8))


@triton.jit
def updates_its_argument(x):
    x[0:8, :] = 0.0
    return x


@triton.jit
def argument_of_a_function(x_ptr, n):
    x = tl.load(block(x_ptr, 32, 32))
    smt.compile_hint(updates_its_argument(x), "hot")


@triton.jit
def tiles_do_not_divide(x_ptr, n):
    smt.extract_tile(tl.load(block(x_ptr, 32, 32)), 0, (64, 8))


@triton.jit
def tile_out_of_range(x_ptr, n):
    smt.extract_tile(tl.load(block(x_ptr, 32, 32)), (0, 4), (8, 8))


@triton.jit
def tile_number_out_of_range(x_ptr, n):
    smt.extract_tile(tl.load(block(x_ptr, 32, 32)), 16, (8, 8))


@triton.jit
def one_index_of_three(x_ptr, n):
    smt.extract_tile(tl.load(block(x_ptr, 32, 32)), (0, 0, 0), (8, 8))


@triton.jit
def float_index(x_ptr, n):
    smt.extract_tile(tl.load(block(x_ptr, 32, 32)), (0, 0.5), (8, 8))


@triton.jit
def tile_of_a_scalar(x_ptr, n):
    smt.extract_tile(n, 0, (8, 8))


@triton.jit
def flat_tile(x_ptr, n):
    smt.insert_tile(tl.load(block(x_ptr, 32, 32)), tl.zeros((8,), tl.float32), 0)


@triton.jit
def tile_of_another_type(x_ptr, n):
    smt.insert_tile(tl.load(block(x_ptr, 32, 32)), tl.zeros((8, 8), tl.float16), 0)


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (slice_outside, r"the view reaches outside its base in dimension 0: \[24, 40\)"),
        (slice_of_three, "the slice has 3 elements in dimension 0"),
        (slice_of_unknown_size, "the size of the slice 0:n is not known at compile time"),
        (slice_with_a_step, "a slice of a tensor has the step 1"),
        (row_of_a_tensor, r"must be written with two ranges, got \[3\]"),
        (packed_slice, "one tile at each pair of indices"),
        (packed_index_outside, r"index\[0\] is 4: there are 4 tiles"),
        (wrong_tile, r"must have the shape \[8, 8\], got a tensor of fp32 with shape \[8, 16\]"),
        (into_a_temporary, "must be held by a variable"),
        (into_a_pointer, "only tensors can be assigned in part"),
        (argument_of_a_function, "the argument 'x' is updated, which the caller cannot see"),
        (tiles_do_not_divide, r"the tile \[64, 8\] does not divide the tensor \[32, 32\] in dimension 0"),
        (tile_out_of_range, r"index\[1\] is 4: there are 4 tiles"),
        (tile_number_out_of_range, "index is 16: there are 16 tiles"),
        (one_index_of_three, "the index must be one number or 2 of them, got 3"),
        (float_index, r"index\[1\] must be an integer scalar, got 0.5"),
        (tile_of_a_scalar, "only a tensor has tiles, got a run-time value of type int32"),
        (flat_tile, "the tile must be a tensor with 2 dimensions"),
        (tile_of_another_type, "the tile must hold fp32 as the tensor does, got fp16"),
    ],
)
def test_a_mistake_is_an_error_with_the_kernels_line(kernel: Any, message: str) -> None:
    with pytest.raises(FrontendError, match=message) as caught:
        smtir.compile(kernel, signature={"x_ptr": "*fp32", "n": "i32"}, constexprs={})
    assert caught.value.location is not None
    assert caught.value.location.file == __file__
