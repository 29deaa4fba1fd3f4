"""Operations that no other kernel has, each run against NumPy on the host and on emulated RISC-V."""

from __future__ import annotations

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


@triton.jit
def exact_arithmetic(x_ptr, y_ptr, quotient_ptr, root_ptr, clamped_ptr, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    x, y = tl.load(x_ptr + i), tl.load(y_ptr + i)
    tl.store(quotient_ptr + i, tl.div_rn(x, y))
    tl.store(root_ptr + i, tl.sqrt_rn(y))
    tl.store(clamped_ptr + i, tl.clamp(x, -0.5, 0.75) + tl.num_programs(0))


@pytest.mark.parametrize("target", TARGETS)
def test_quotients_and_roots_are_rounded_once(target: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal(64).astype(np.float32), rng.random(64).astype(np.float32) + 0.01
    quotient, root, clamped = (np.zeros_like(x) for _ in range(3))
    arrays = {"x_ptr": x, "y_ptr": y, "quotient_ptr": quotient, "root_ptr": root, "clamped_ptr": clamped}
    kernel = smtir.compile(exact_arithmetic, dict.fromkeys(arrays, "*fp32"), {"N": 32}, target)
    kernel.run(*arrays.values(), grid=(2,))
    np.testing.assert_array_equal(quotient, x / y)
    np.testing.assert_array_equal(root, np.sqrt(y))
    np.testing.assert_array_equal(clamped, np.clip(x, np.float32(-0.5), np.float32(0.75)) + np.float32(2))


@triton.jit
def high_halves(x_ptr, y_ptr, out_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    x, y = tl.load(x_ptr + i).to(tl.uint32), tl.load(y_ptr + i).to(tl.uint32)
    tl.store(out_ptr + i, tl.umulhi(x, y).to(tl.int32))


@pytest.mark.parametrize("target", TARGETS)
def test_the_high_half_of_an_unsigned_product(target: str) -> None:
    x, y = (np.random.default_rng(seed).integers(0, 2**32, 32, np.uint32) for seed in range(2))
    out = np.zeros(32, np.int32)
    signature = dict.fromkeys(("x_ptr", "y_ptr", "out_ptr"), "*i32")
    kernel = smtir.compile(high_halves, signature, {"N": 32}, target)
    kernel.run(x.view(np.int32), y.view(np.int32), out, grid=(1,))
    np.testing.assert_array_equal(out.view(np.uint32), (x.astype(np.uint64) * y >> np.uint64(32)))


@triton.jit
def retiled(x_ptr, out_ptr, R: tl.constexpr, C: tl.constexpr, ROW: tl.constexpr, COLUMN: tl.constexpr):
    x_block = tl.make_block_ptr(x_ptr, (R, C), (C, 1), (0, 0), (R, C), (1, 0))
    packed = smt.view(smt.descriptor_load(x_block, (0, 0)), (0, 0), (R, C), (8, 16))
    other = smt.view(packed, (ROW, COLUMN), (16, 32), (4, 8))
    out_block = tl.make_block_ptr(out_ptr, (16, 32), (32, 1), (0, 0), (16, 32), (1, 0))
    tl.store(out_block, smt.view(other, (0, 0), (16, 32), (1, 1)))


@pytest.mark.parametrize("offsets", [(0, 0), (3, 5), (24, 48)], ids=str)
@pytest.mark.parametrize("target", TARGETS)
def test_a_window_of_a_packed_tensor_in_other_tiles(target: str, offsets: tuple[int, int]) -> None:
    x = np.random.default_rng(0).standard_normal((32, 64)).astype(np.float32)
    out = np.full((16, 32), np.nan, np.float32)
    row, column = offsets
    constexprs = {"R": 32, "C": 64, "ROW": row, "COLUMN": column}
    smtir.compile(retiled, {"x_ptr": "*fp32", "out_ptr": "*fp32"}, constexprs, target).run(x, out, grid=(1,))
    expected = np.zeros((16, 32), np.float32)
    inside = x[row : row + 16, column : column + 32]
    expected[: inside.shape[0], : inside.shape[1]] = inside
    np.testing.assert_array_equal(out, expected)


LOAD_VIEW = """
tt.func public @load_view(%x_ptr: !tt.ptr<f32>, %out_ptr: !tt.ptr<f32>, %rows: i32, %first: i32) {
  %zero = arith.constant 0 : i32
  %zero64 = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %c16 = arith.constant 16 : i64
  %wide = arith.extsi %rows : i32 to i64
  %start = arith.extsi %first : i32 to i64
  %x = tt.make_tensor_ptr %x_ptr, [%wide, %c16], [%c16, %one], [%zero, %zero]
    {order = array<i32: 1, 0>} : <tensor<32x16xf32>>
  %packed = xsmt.descriptor_load_view %x, [%start, %zero64], [[16, 16]], [[8, 4]] :
    <tensor<32x16xf32>> -> tensor<2x4x8x4xf32>
  %flat = xsmt.unpack %packed, [%zero, %zero], [16, 16] : tensor<2x4x8x4xf32> -> tensor<16x16xf32>
  %out = tt.make_tensor_ptr %out_ptr, [%c16, %c16], [%c16, %one], [%zero, %zero]
    {order = array<i32: 1, 0>} : <tensor<16x16xf32>>
  tt.store %out, %flat : !tt.ptr<tensor<16x16xf32>>
  tt.return
}
"""


@pytest.mark.parametrize(("rows", "first"), [(32, 0), (32, 16), (21, 16), (9, 16)])
@pytest.mark.parametrize("target", TARGETS)
def test_a_packed_load_reads_zeros_behind_the_tensor(target: str, rows: int, first: int) -> None:
    x = np.random.default_rng(0).standard_normal((rows, 16)).astype(np.float32)
    out = np.full((16, 16), np.nan, np.float32)
    smtir.compile(LOAD_VIEW, target=target).run(x, out, rows, first, grid=(1,))
    expected = np.zeros((16, 16), np.float32)
    inside = x[first : first + 16]
    expected[: inside.shape[0]] = inside
    np.testing.assert_array_equal(out, expected)


UNSPLAT = """
tt.func public @total(%x_ptr: !tt.ptr<f32>, %out_ptr: !tt.ptr<f32>) {
  %i = tt.make_range {end = 1 : i32, start = 0 : i32} : tensor<1xi32>
  %xs = tt.splat %x_ptr : !tt.ptr<f32> -> tensor<1x!tt.ptr<f32>>
  %at = tt.addptr %xs, %i : tensor<1x!tt.ptr<f32>>, tensor<1xi32>
  %x = tt.load %at : tensor<1x!tt.ptr<f32>>
  %scalar = tt.unsplat %x : tensor<1xf32>
  %twice = arith.addf %scalar, %scalar : f32
  tt.store %out_ptr, %twice : !tt.ptr<f32>
  tt.return
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_the_only_element_of_a_tensor_is_a_scalar(target: str) -> None:
    out = np.zeros(1, np.float32)
    smtir.compile(UNSPLAT, target=target).run(np.array([1.25], np.float32), out, grid=(1,))
    assert out[0] == 2.5
