"""f16 that meets f32: Triton's rules where they accept a kernel, else those of spine-triton."""

from __future__ import annotations

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir
from smtir.errors import FrontendError

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
SIGNATURE = {"x_ptr": "*fp16", "out_ptr": "*fp16", "n": "i32"}


@triton.jit
def softmax(x_ptr, out_ptr, n, SIZE: tl.constexpr):
    at = tl.arange(0, SIZE)
    largest = tl.full((), -float("inf"), tl.float16)
    for start in range(0, n, SIZE):
        x = tl.load(x_ptr + start + at, mask=start + at < n, other=-float("inf"))
        largest = tl.maximum(largest, tl.max(x, axis=0))
    total = tl.zeros((1,), tl.float16)
    for start in range(0, n, SIZE):
        x = tl.load(x_ptr + start + at, mask=start + at < n, other=-float("inf"))
        power = tl.exp((x - largest).to(tl.float32)).to(tl.float16)
        total += tl.sum(power, axis=0)
        tl.store(out_ptr + start + at, power, mask=start + at < n)
    share = 1.0 / total
    for start in range(0, n, SIZE):
        block = tl.make_block_ptr(out_ptr, (n,), (1,), (start,), (SIZE,), (0,))
        tl.store(block, tl.load(block, boundary_check=(0,)) * share, boundary_check=(0,))


@pytest.mark.parametrize("target", TARGETS)
def test_a_kernel_that_counts_on_quotients_and_maxima_of_f16_compiles(target: str) -> None:
    x = np.random.default_rng(0).normal(size=50).astype(np.float16)
    out = np.zeros_like(x)
    smtir.compile(softmax, SIGNATURE, {"SIZE": 16}, target=target).run(x, out, 50, grid=(1,))
    powers = np.exp(x.astype(float) - x.max())
    np.testing.assert_allclose(out, powers / powers.sum(), rtol=1e-2)


@triton.jit
def quotient(x_ptr, out_ptr, n, SIZE: tl.constexpr):
    x = tl.load(x_ptr + tl.arange(0, SIZE))
    tl.static_assert((x / n).dtype == tl.float32)
    tl.static_assert(tl.max(x, axis=0).dtype == tl.float32)
    tl.store(out_ptr + tl.arange(0, SIZE), x / 3 * 3)


def test_what_triton_accepts_is_computed_by_its_rules() -> None:
    x, out = np.arange(16, dtype=np.float16), np.zeros(16, np.float16)
    smtir.compile(quotient, SIGNATURE, {"SIZE": 16}).run(x, out, 1, grid=(1,))
    assert np.array_equal(out, (x.astype(np.float32) / 3 * 3).astype(np.float16))


@triton.jit
def carries_f32(x_ptr, out_ptr, n, SIZE: tl.constexpr):
    total = tl.zeros((SIZE,), tl.float16)
    for _ in range(n):
        total = total + tl.load(x_ptr + tl.arange(0, SIZE)).to(tl.float32)
    tl.store(out_ptr + tl.arange(0, SIZE), total)


def test_a_kernel_that_no_rules_accept_is_refused_in_triton_s_words() -> None:
    with pytest.raises(
        FrontendError, match=r"total has initial type .*fp16.* re-assigned to .*fp32"
    ) as caught:
        smtir.compile(carries_f32, SIGNATURE, {"SIZE": 16})
    assert caught.value.location is not None
