"""Element types of products: bf16 and int8 operands, wider accumulators, ``out_dtype``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


@triton.jit
def block(pointer, M: tl.constexpr, N: tl.constexpr):
    return tl.make_block_ptr(
        pointer, shape=[M, N], strides=[N, 1], offsets=[0, 0], block_shape=[M, N], order=[1, 0]
    )


@triton.jit
def product(a_ptr, b_ptr, out_ptr, TYPE: tl.constexpr, OUT: tl.constexpr, TILE: tl.constexpr):
    a = smt.view(tl.load(block(a_ptr, 16, 32)).to(TYPE), (0, 0), (16, 32), (8, 8))
    b = smt.view(tl.load(block(b_ptr, 32, 16)).to(TYPE), (0, 0), (32, 16), (8, TILE))
    c = smt.dot(a, b, out_dtype=OUT)
    c = smt.dot(a, b, c)
    flat = smt.view(c, (0, 0), (16, 16), (1, 1))
    tl.store(block(out_ptr, 16, 16), flat.to(out_ptr.dtype.element_ty))


def run(target: str, arrays: list[np.ndarray], types: list[str], type_: Any, out: Any) -> None:
    signature = dict(zip(["a_ptr", "b_ptr", "out_ptr"], types, strict=True))
    constexprs = {"TYPE": type_, "OUT": out, "TILE": 16}
    smtir.compile(product, signature=signature, constexprs=constexprs, target=target).run(*arrays, grid=(1,))


@pytest.mark.parametrize("target", TARGETS)
def test_bf16_operands_accumulate_in_f32(target: str) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.integers(-100, 100, shape).astype(np.float32) for shape in ((16, 32), (32, 16)))
    out = np.full((16, 16), np.nan, np.float32)
    run(target, [a, b, out], ["*fp32"] * 3, tl.bfloat16, tl.float32)
    np.testing.assert_array_equal(out, 2 * (a @ b))


@pytest.mark.parametrize("target", TARGETS)
def test_int8_operands_accumulate_exactly_in_i32(target: str) -> None:
    a = np.full((16, 32), -128, np.int8)
    b = np.random.default_rng(0).integers(-128, 128, (32, 16), np.int8)
    out = np.zeros((16, 16), np.int32)
    run(target, [a, b, out], ["*i8", "*i8", "*i32"], tl.int8, None)
    np.testing.assert_array_equal(out, 2 * (a.astype(np.int32) @ b.astype(np.int32)))


@triton.jit
def shared_b(a_ptr, b_ptr, out_ptr):
    """B is packed into a buffer by the first row of sub-blocks, and read by all."""
    scratch = smt.alloc((32, 16), tl.float16)
    packed = smt.view(scratch, (0, 0), (32, 16), (8, 8))
    for s in smt.parallel(0, 4):
        rows, columns = s // 2 * 8, s % 2 * 8
        part = smt.view(packed, (0, columns), (32, 8))
        if s < 2:
            b = smt.view(tl.load(block(b_ptr, 32, 16)), (0, columns), (32, 8), (8, 8))
            tl.store(part, b, boundary_check=(0, 1, 2, 3))
        a = smt.view(tl.load(block(a_ptr, 16, 32)), (rows, 0), (8, 32), (8, 8))
        c = smt.dot(a, tl.load(part, boundary_check=(0, 1, 2, 3)), out_dtype=tl.float32)
        tl.store(smt.view(block(out_ptr, 16, 16), (rows, columns), (8, 8), (8, 8)), c)


@pytest.mark.parametrize("target", TARGETS)
def test_a_packed_buffer_is_filled_by_one_iteration_and_read_by_others(target: str) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.integers(-9, 9, shape).astype(np.float16) for shape in ((16, 32), (32, 16)))
    out = np.full((16, 16), np.nan, np.float32)
    signature = {"a_ptr": "*fp16", "b_ptr": "*fp16", "out_ptr": "*fp32"}
    smtir.compile(shared_b, signature=signature, constexprs={}, target=target).run(a, b, out, grid=(1,))
    np.testing.assert_array_equal(out, a.astype(np.float32) @ b.astype(np.float32))


@triton.jit
def product_of_patterns(a, b, out, LEFT: tl.constexpr, RIGHT: tl.constexpr, N: tl.constexpr):
    at = tl.arange(0, N)[:, None] * N + tl.arange(0, N)[None, :]
    x = tl.load(a + at).to(LEFT, bitcast=True)
    y = tl.load(b + at).to(RIGHT, bitcast=True)
    tl.store(out + at, tl.dot(x, y))


@pytest.mark.parametrize(("left", "right"), [("float8e5", "float8e5"), ("float8e4nv", "float8e5")])
def test_products_of_8_bit_floats_are_summed_in_f32(left: str, right: str) -> None:
    size = 16
    # 1.0 and 2.0 in either format; their sign bits are random.
    patterns = {"float8e5": (0x3C, 0x40), "float8e4nv": (0x38, 0x40)}
    rng = np.random.default_rng(0)
    powers, signs = rng.integers(0, 2, (2, size, size)), rng.integers(0, 2, (2, size, size))
    a, b = (
        (np.take(patterns[name], powers[n]) | signs[n] << 7).astype(np.uint8).view(np.int8)
        for n, name in enumerate((left, right))
    )
    out = np.zeros((size, size), np.float32)
    constexprs = {"LEFT": getattr(tl, left), "RIGHT": getattr(tl, right), "N": size}
    signature = {"a": "*i8", "b": "*i8", "out": "*fp32"}
    smtir.compile(product_of_patterns, signature=signature, constexprs=constexprs).run(a, b, out, grid=(1,))
    x, y = ((1.0 + powers[n]) * (1 - 2 * signs[n]) for n in range(2))
    np.testing.assert_array_equal(out, x @ y)


@triton.jit
def masked_bf16(x_ptr, y_ptr, out_ptr, n, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=at < n, other=-2.0).to(tl.bfloat16)
    y = tl.load(y_ptr + (at * 7) % BLOCK, mask=at % 3 > 0, other=1.0).to(tl.bfloat16)
    tl.store(out_ptr + at, tl.where(at % 2 == 0, x, x * y), mask=at < n)


@pytest.mark.parametrize("target", TARGETS)
def test_masked_bf16_moves_as_the_integers_of_its_bits(target: str) -> None:
    n, block = 101, 128
    x, y = ((np.arange(block) % 13 - start).astype(np.float32) for start in (5, 8))
    bits = (x.view(np.uint32) >> 16).astype(np.uint16), (y.view(np.uint32) >> 16).astype(np.uint16)
    out = np.zeros(n, np.uint16)
    signature = {"x_ptr": "*bf16", "y_ptr": "*bf16", "out_ptr": "*bf16", "n": "i32"}
    compiled = smtir.compile(masked_bf16, signature=signature, constexprs={"BLOCK": block}, target=target)
    compiled.run(*bits, out, n, grid=1)
    at = np.arange(block)
    factor = np.where(at % 3 > 0, y[(at * 7) % block], 1)
    expected = np.where(at % 2 == 0, x, x * factor)[:n].astype(np.float32)
    np.testing.assert_array_equal((out.astype(np.uint32) << 16).view(np.float32), expected)
    assert "x bfloat>" not in compiled.stages["llvmir"]
