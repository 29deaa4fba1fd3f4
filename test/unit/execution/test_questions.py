"""The answers of docs/questions.md, run: reuse of packed operands, precision, micro tiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir
from smtir.errors import FrontendError
from smtir.inspect.lint import lint_module, select_rules
from smtir.targets import get_target

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
TYPES = {"float32": "*fp32", "float16": "*fp16", "int8": "*i8", "int32": "*i32"}


def compiled(fn: Any, arrays: dict[str, np.ndarray], constexprs: dict[str, Any], target: str) -> Any:
    signature = {name: TYPES[array.dtype.name] for name, array in arrays.items()}
    return smtir.compile(fn, signature=signature, constexprs=constexprs, target=target)


def normal(rows: int, columns: int, dtype: Any, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, columns)).astype(dtype)


# Can a value go through a scratchpad and come back packed?


@triton.jit
def product_through_scratch(a_ptr, b_ptr, out_ptr, M: tl.constexpr):
    a_block = tl.make_block_ptr(a_ptr, (M, M), (M, 1), (0, 0), (M, M), (1, 0))
    b_block = tl.make_block_ptr(b_ptr, (M, M), (M, 1), (0, 0), (M, M), (1, 0))
    scratch = smt.alloc((M, M), type=tl.float32, storage="tcm")
    tl.store(scratch, tl.load(a_block) * 2)
    a = smt.view(smt.descriptor_load(scratch, (0, 0)), (0, 0), (M, M), (8, 8))
    b = smt.view(smt.descriptor_load(b_block, (0, 0)), (0, 0), (M, M), (8, 16))
    out_block = tl.make_block_ptr(out_ptr, (M, M), (M, 1), (0, 0), (M, M), (1, 0))
    tl.store(out_block, smt.view(smt.dot(a, b), (0, 0), (M, M), (1, 1)))


@pytest.mark.parametrize("target", TARGETS)
def test_a_value_stored_to_scratch_is_reloaded_packed(target: str) -> None:
    a, b = normal(32, 32, np.float32, 0), normal(32, 32, np.float32, 1)
    out = np.zeros_like(a)
    arrays = {"a_ptr": a, "b_ptr": b, "out_ptr": out}
    compiled(product_through_scratch, arrays, {"M": 32}, target).run(*arrays.values(), grid=(1,))
    np.testing.assert_allclose(out, 2 * a.astype(np.float64) @ b, rtol=1e-5, atol=1e-5)


# Is a packed operand consumed by smt.dot?


@triton.jit
def one_operand_three_products(a_ptr, b_ptr, c_ptr, first_ptr, second_ptr, M: tl.constexpr):
    a_block = tl.make_block_ptr(a_ptr, (M, M), (M, 1), (0, 0), (M, M), (1, 0))
    b_block = tl.make_block_ptr(b_ptr, (M, M), (M, 1), (0, 0), (M, M), (1, 0))
    c_block = tl.make_block_ptr(c_ptr, (M, M), (M, 1), (0, 0), (M, M), (1, 0))
    a = smt.view(smt.descriptor_load(a_block, (0, 0)), (0, 0), (M, M), (8, 8))
    b = smt.view(smt.descriptor_load(b_block, (0, 0)), (0, 0), (M, M), (8, 16))
    c = smt.view(smt.descriptor_load(c_block, (0, 0)), (0, 0), (M, M), (8, 16))
    ab = smt.dot(a, b)
    both = smt.dot(a, c, smt.dot(a, c, ab))
    first_block = tl.make_block_ptr(first_ptr, (M, M), (M, 1), (0, 0), (M, M), (1, 0))
    second_block = tl.make_block_ptr(second_ptr, (M, M), (M, 1), (0, 0), (M, M), (1, 0))
    tl.store(first_block, smt.view(ab, (0, 0), (M, M), (1, 1)))
    tl.store(second_block, smt.view(both, (0, 0), (M, M), (1, 1)))


@pytest.mark.parametrize("target", TARGETS)
def test_a_packed_operand_is_a_value_that_any_number_of_products_read(target: str) -> None:
    a, b, c = (normal(32, 32, np.float32, seed) for seed in range(3))
    first, second = np.zeros_like(a), np.zeros_like(a)
    arrays = {"a_ptr": a, "b_ptr": b, "c_ptr": c, "first_ptr": first, "second_ptr": second}
    kernel = compiled(one_operand_three_products, arrays, {"M": 32}, target)
    kernel.run(*arrays.values(), grid=(1,))
    ab, ac = (a.astype(np.float64) @ other for other in (b, c))
    np.testing.assert_allclose(first, ab, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(second, ab + 2 * ac, rtol=1e-5, atol=1e-5)


def test_a_packed_operand_is_packed_once_for_all_of_its_products() -> None:
    signature = dict.fromkeys(("a_ptr", "b_ptr", "c_ptr", "first_ptr", "second_ptr"), "*fp32")
    kernel = smtir.compile(one_operand_three_products, signature, {"M": 32}, until="linalg")
    linalg = kernel.stages["linalg"]
    assert (linalg.count("linalg.pack "), linalg.count("linalg.mmt4d")) == (3, 3)


# Who decides about the precision of the sums?


@triton.jit
def sum_of_products(a_ptr, b_ptr, out_ptr, BLOCKS: tl.constexpr, WIDE: tl.constexpr):
    a_block = tl.make_block_ptr(a_ptr, (16, 32 * BLOCKS), (32 * BLOCKS, 1), (0, 0), (16, 32), (1, 0))
    b_block = tl.make_block_ptr(b_ptr, (32 * BLOCKS, 16), (16, 1), (0, 0), (32, 16), (1, 0))
    acc = None
    for k in tl.static_range(BLOCKS):
        a = smt.view(smt.descriptor_load(a_block, (0, 32 * k)), (0, 0), (16, 32), (8, 16))
        b = smt.view(smt.descriptor_load(b_block, (32 * k, 0)), (0, 0), (32, 16), (16, 16))
        if k > 0:
            acc = smt.dot(a, b, acc)
        elif WIDE:
            acc = smt.dot(a, b, out_dtype=tl.float32)
        else:
            acc = smt.dot(a, b)
    out_block = tl.make_block_ptr(out_ptr, (16, 16), (16, 1), (0, 0), (16, 16), (1, 0))
    tl.store(out_block, smt.view(acc, (0, 0), (16, 16), (1, 1)).to(tl.float32))


def error_of_sums(target: str, blocks: int, *, wide: bool) -> float:
    """Largest error of an f16 product with ``32 * blocks`` columns, over its largest value."""
    a, b = normal(16, 32 * blocks, np.float16, 0), normal(32 * blocks, 16, np.float16, 1)
    out = np.zeros((16, 16), np.float32)
    arrays = {"a_ptr": a, "b_ptr": b, "out_ptr": out}
    kernel = compiled(sum_of_products, arrays, {"BLOCKS": blocks, "WIDE": wide}, target)
    kernel.run(*arrays.values(), grid=(1,))
    expected = a.astype(np.float64) @ b.astype(np.float64)
    return float(np.abs(out - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize("target", TARGETS)
def test_f16_operands_accumulate_in_f32_when_the_accumulator_is_f32(target: str) -> None:
    assert error_of_sums(target, 16, wide=True) < 1e-6


@pytest.mark.parametrize("target", TARGETS)
def test_f16_accumulators_lose_three_digits_and_lint_says_so(target: str) -> None:
    narrow = error_of_sums(target, 16, wide=False)
    assert 2e-4 < narrow < 5e-3
    assert narrow > 100 * error_of_sums(target, 16, wide=True)


@pytest.mark.parametrize(("wide", "count"), [(True, 0), (False, 3)])
def test_lint_warns_of_the_narrow_accumulator_only(wide: bool, count: int) -> None:
    signature = {"a_ptr": "*fp16", "b_ptr": "*fp16", "out_ptr": "*fp32"}
    source = smtir.api.resolve(sum_of_products, signature, {"BLOCKS": 4, "WIDE": wide})
    assert source.make_module is not None
    found = lint_module(source.make_module(), get_target("k1"), select_rules(["narrow-accumulation"]))
    assert len({one.message for one in found}) == min(count, 1)


@pytest.mark.parametrize("target", TARGETS)
def test_one_f16_product_is_rounded_once(target: str) -> None:
    assert error_of_sums(target, 1, wide=False) <= 2**-11


@triton.jit
def int8_product(a_ptr, b_ptr, out_ptr):
    a_block = tl.make_block_ptr(a_ptr, (16, 64), (64, 1), (0, 0), (16, 64), (1, 0))
    b_block = tl.make_block_ptr(b_ptr, (64, 16), (16, 1), (0, 0), (64, 16), (1, 0))
    a = smt.view(smt.descriptor_load(a_block, (0, 0)), (0, 0), (16, 64), (4, 8))
    b = smt.view(smt.descriptor_load(b_block, (0, 0)), (0, 0), (64, 16), (8, 4))
    out_block = tl.make_block_ptr(out_ptr, (16, 16), (16, 1), (0, 0), (16, 16), (1, 0))
    tl.store(out_block, smt.view(smt.dot(a, b), (0, 0), (16, 16), (1, 1)))


@pytest.mark.parametrize("target", TARGETS)
def test_int8_operands_accumulate_exactly_in_i32(target: str) -> None:
    a, b = np.full((16, 64), -128, np.int8), np.full((64, 16), -128, np.int8)
    b[:, 3] = 127
    out = np.zeros((16, 16), np.int32)
    arrays = {"a_ptr": a, "b_ptr": b, "out_ptr": out}
    compiled(int8_product, arrays, {}, target).run(*arrays.values(), grid=(1,))
    np.testing.assert_array_equal(out, a.astype(np.int32) @ b.astype(np.int32))


# Which micro tiles are valid?


@triton.jit
def tiled_product(
    a_ptr,
    b_ptr,
    out_ptr,
    M: tl.constexpr,
    N: tl.constexpr,
    K: tl.constexpr,
    MICRO_M: tl.constexpr,
    MICRO_N: tl.constexpr,
    MICRO_K: tl.constexpr,
):
    a_block = tl.make_block_ptr(a_ptr, (M, K), (K, 1), (0, 0), (M, K), (1, 0))
    b_block = tl.make_block_ptr(b_ptr, (K, N), (N, 1), (0, 0), (K, N), (1, 0))
    a = smt.view(smt.descriptor_load(a_block, (0, 0)), (0, 0), (M, K), (MICRO_M, MICRO_K))
    b = smt.view(smt.descriptor_load(b_block, (0, 0)), (0, 0), (K, N), (MICRO_K, MICRO_N))
    out_block = tl.make_block_ptr(out_ptr, (M, N), (N, 1), (0, 0), (M, N), (1, 0))
    tl.store(out_block, smt.view(smt.dot(a, b), (0, 0), (M, N), (1, 1)))


@pytest.mark.parametrize("tile", [(8, 16, 8), (8, 32, 32), (16, 8, 4), (2, 2, 2), (1, 32, 4)], ids=str)
@pytest.mark.parametrize("target", TARGETS)
def test_any_micro_tile_gives_the_right_product(target: str, tile: tuple[int, int, int]) -> None:
    a, b = normal(32, 32, np.float32, 0), normal(32, 32, np.float32, 1)
    out = np.zeros((32, 32), np.float32)
    arrays = {"a_ptr": a, "b_ptr": b, "out_ptr": out}
    names = ("M", "N", "K", "MICRO_M", "MICRO_N", "MICRO_K")
    constexprs = dict(zip(names, (32, 32, 32, *tile), strict=True))
    compiled(tiled_product, arrays, constexprs, target).run(*arrays.values(), grid=(1,))
    np.testing.assert_allclose(out, a.astype(np.float64) @ b, rtol=1e-5, atol=1e-5)


def ceil(size: int, part: int) -> int:
    return -(-size // part)


def ttir_product(m: int, n: int, k: int) -> str:
    """A 32x32x32 product in tiles that Triton's language cannot say: no powers of two."""
    a = f"tensor<{ceil(32, m)}x{ceil(32, k)}x{m}x{k}xf32>"
    b = f"tensor<{ceil(32, k)}x{ceil(32, n)}x{k}x{n}xf32>"
    c = f"tensor<{ceil(32, m)}x{ceil(32, n)}x{m}x{n}xf32>"
    matrix = "tensor<32x32xf32>"
    block = "[%size, %size], [%size, %one], [%zero, %zero] {order = array<i32: 1, 0>}"
    return f"""
tt.func public @product(%a_ptr: !tt.ptr<f32>, %b_ptr: !tt.ptr<f32>, %out_ptr: !tt.ptr<f32>) {{
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i64
  %size = arith.constant 32 : i64
  %a_block = tt.make_tensor_ptr %a_ptr, {block} : <{matrix}>
  %b_block = tt.make_tensor_ptr %b_ptr, {block} : <{matrix}>
  %out_block = tt.make_tensor_ptr %out_ptr, {block} : <{matrix}>
  %a = tt.load %a_block : !tt.ptr<{matrix}>
  %b = tt.load %b_block : !tt.ptr<{matrix}>
  %ap = xsmt.pack %a, [%zero, %zero], [32, 32], [{m}, {k}] : {matrix} -> {a}
  %bp = xsmt.pack %b, [%zero, %zero], [32, 32], [{k}, {n}] : {matrix} -> {b}
  %c = xsmt.mmt4d %ap, %bp : {a}, {b} -> {c}
  %out = xsmt.unpack %c, [%zero, %zero], [32, 32] : {c} -> {matrix}
  tt.store %out_block, %out : !tt.ptr<{matrix}>
  tt.return
}}
"""


@pytest.mark.parametrize("tile", [(5, 7, 3), (6, 16, 1), (7, 32, 1), (12, 16, 8), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("target", TARGETS)
def test_any_micro_tile_in_ttir_gives_the_right_product(target: str, tile: tuple[int, int, int]) -> None:
    a, b = normal(32, 32, np.float32, 0), normal(32, 32, np.float32, 1)
    out = np.zeros((32, 32), np.float32)
    smtir.compile(ttir_product(*tile), target=target).run(a, b, out, grid=(1,))
    np.testing.assert_allclose(out, a.astype(np.float64) @ b, rtol=1e-5, atol=1e-5)


def test_triton_takes_tiles_of_powers_of_two_and_no_tile_of_one_element() -> None:
    signature = dict.fromkeys(("a_ptr", "b_ptr", "out_ptr"), "*fp32")
    names = ("M", "N", "K", "MICRO_M", "MICRO_N", "MICRO_K")
    with pytest.raises(FrontendError, match="sizes of Triton tensors are powers of two"):
        smtir.compile(tiled_product, signature, dict(zip(names, (32, 32, 32, 6, 16, 8), strict=True)))
    with pytest.raises(FrontendError):
        smtir.compile(tiled_product, signature, dict(zip(names, (32, 32, 32, 1, 1, 1), strict=True)))
