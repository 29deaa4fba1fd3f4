"""Products of block-scaled operands (``tl.dot_scaled``) against the OCP Microscaling specification."""

from __future__ import annotations

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
M, N, K, BLOCK = 16, 8, 64, 32
HALVES = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6])


@triton.jit
def product(
    a, a_scale, b, b_scale, out, LEFT: tl.constexpr, RIGHT: tl.constexpr, M: tl.constexpr, N: tl.constexpr,
    K: tl.constexpr, WHICH: tl.constexpr,
):  # fmt: skip
    LEFT_K: tl.constexpr = K // 2 if LEFT == "e2m1" else K
    RIGHT_K: tl.constexpr = K // 2 if RIGHT == "e2m1" else K
    x = tl.load(a + tl.arange(0, M)[:, None] * LEFT_K + tl.arange(0, LEFT_K)[None, :])
    y = tl.load(b + tl.arange(0, RIGHT_K)[:, None] * N + tl.arange(0, N)[None, :])
    blocks = tl.arange(0, K // 32)[None, :]
    left = None
    right = None
    if WHICH != "right":
        left = tl.load(a_scale + tl.arange(0, M)[:, None] * (K // 32) + blocks)
    if WHICH != "left":
        right = tl.load(b_scale + tl.arange(0, N)[:, None] * (K // 32) + blocks)
    total = tl.dot_scaled(x, left, LEFT, y, right, RIGHT)
    tl.store(out + tl.arange(0, M)[:, None] * N + tl.arange(0, N)[None, :], total)


def decoded(patterns: np.ndarray, kind: str, axis: int) -> np.ndarray:
    """The numbers that bytes stand for; those of pairs along ``axis``."""
    if kind == "e2m1":
        parts = np.stack([patterns & 15, patterns >> 4], axis=axis + 1)
        shape = list(patterns.shape)
        shape[axis] *= 2
        bits = parts.reshape(shape)
        return np.where(bits & 8, -1, 1) * HALVES[bits & 7]
    mantissa_bits, bias = (3, 7) if kind == "e4m3" else (2, 15)
    exponent = patterns >> mantissa_bits & (127 >> mantissa_bits)
    mantissa = (patterns & ((1 << mantissa_bits) - 1)) / (1 << mantissa_bits)
    magnitude = np.where(
        exponent == 0, np.ldexp(mantissa, 1 - bias), np.ldexp(1 + mantissa, exponent.astype(int) - bias)
    )
    return np.where(patterns & 128, -magnitude, magnitude)


def finite(rng: np.random.Generator, shape: tuple[int, int], kind: str) -> np.ndarray:
    """Random bytes that are neither infinite nor NaN in ``kind``."""
    patterns = rng.integers(0, 256, shape).astype(np.uint8)
    return patterns if kind == "e2m1" else patterns & 0xBB


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("left", "right", "which"),
    [("e2m1", "e4m3", "left"), ("e5m2", "e2m1", "right"), ("e2m1", "e2m1", "both"), ("e4m3", "e5m2", "both")],
)
def test_scaled_operands_are_decoded_and_multiplied(left: str, right: str, which: str, target: str) -> None:
    rng = np.random.default_rng(0)
    a = finite(rng, (M, K // 2 if left == "e2m1" else K), left)
    b = finite(rng, (K // 2 if right == "e2m1" else K, N), right)
    a_scale, b_scale = (rng.integers(120, 134, (n, K // BLOCK)).astype(np.uint8) for n in (M, N))
    out = np.zeros((M, N), np.float32)
    signature = {"a": "*u8", "a_scale": "*u8", "b": "*u8", "b_scale": "*u8", "out": "*fp32"}
    constexprs = {"LEFT": left, "RIGHT": right, "M": M, "N": N, "K": K, "WHICH": which}
    kernel = smtir.compile(product, signature=signature, constexprs=constexprs, target=target)
    kernel.run(a, a_scale, b, b_scale, out, grid=(1,))
    x, y = decoded(a, left, 1), decoded(b, right, 0)
    if which != "right":
        x = x * np.repeat(np.ldexp(1.0, a_scale.astype(int) - 127), BLOCK, axis=1)
    if which != "left":
        y = y * np.repeat(np.ldexp(1.0, b_scale.astype(int) - 127), BLOCK, axis=1).T
    expected = x @ y
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_a_scale_that_is_no_number_makes_its_row_so() -> None:
    rng = np.random.default_rng(0)
    a, b = finite(rng, (M, K // 2), "e2m1"), finite(rng, (K // 2, N), "e2m1")
    a_scale, b_scale = np.full((M, K // BLOCK), 127, np.uint8), np.full((N, K // BLOCK), 127, np.uint8)
    a_scale[3, 1], a_scale[5] = 255, 0
    out = np.zeros((M, N), np.float32)
    signature = {"a": "*u8", "a_scale": "*u8", "b": "*u8", "b_scale": "*u8", "out": "*fp32"}
    constexprs = {"LEFT": "e2m1", "RIGHT": "e2m1", "M": M, "N": N, "K": K, "WHICH": "both"}
    smtir.compile(product, signature=signature, constexprs=constexprs).run(
        a, a_scale, b, b_scale, out, grid=(1,)
    )
    assert np.isnan(out[3]).all()
    assert np.isfinite(np.delete(out, 3, 0)).all()
    assert np.abs(out[5]).max() < 2.0**-110
