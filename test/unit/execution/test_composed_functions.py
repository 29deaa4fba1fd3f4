"""Activations and directed divisions of spine-triton's libdevice."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import triton
import triton.language as tl
from triton.language.extra import libdevice

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


@triton.jit
def activations(x_ptr, silu_ptr, none_ptr, tanh_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    x = tl.load(x_ptr + at)
    tl.store(silu_ptr + at, libdevice.silu(x))
    tl.store(none_ptr + at, libdevice.gelu_none(x))
    tl.store(tanh_ptr + at, libdevice.gelu_tanh(x))


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_activations_equal_their_formulas(dtype: str) -> None:
    x = np.concatenate([np.linspace(-12, 12, 60), [0.0, -0.0, 90.0, -90.0]]).astype(dtype)
    outputs = [np.zeros_like(x) for _ in range(3)]
    pointer = {"float16": "*fp16", "float32": "*fp32"}[dtype]
    signature = dict.fromkeys(("x_ptr", "silu_ptr", "none_ptr", "tanh_ptr"), pointer)
    smtir.compile(activations, signature, {"N": 64}).run(x, *outputs, grid=(1,))
    exact = x.astype(np.float64)
    error_function = np.vectorize(math.erf)
    with np.errstate(over="ignore"):
        expected = [
            exact / (1 + np.exp(-exact)),
            0.5 * exact * (1 + error_function(exact / np.sqrt(2))),
            0.5 * exact * (1 + np.tanh(np.sqrt(2 / np.pi) * (exact + 0.044715 * exact**3))),
        ]
    tolerance = {"float16": 1e-3, "float32": 2e-6}[dtype]
    for found, wanted in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


@triton.jit
def divisions(x_ptr, y_ptr, up_ptr, down_ptr, zero_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    x, y = tl.load(x_ptr + at), tl.load(y_ptr + at)
    tl.store(up_ptr + at, libdevice.div_ru(x, y))
    tl.store(down_ptr + at, libdevice.div_rd(x, y))
    tl.store(zero_ptr + at, libdevice.div_rz(x, y))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divisions_are_rounded_in_their_direction(dtype: type, target: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 64)).astype(dtype)
    x[:8] = [6, -6, 1, -1, 0, np.inf, 1, np.nan]
    y[:8] = [3, 3, 3, 3, 5, 2, 0, 1]
    up, down, zero = (np.zeros(64, dtype) for _ in range(3))
    pointer = "*fp32" if dtype is np.float32 else "*fp64"
    signature = dict.fromkeys(("x_ptr", "y_ptr", "up_ptr", "down_ptr", "zero_ptr"), pointer)
    smtir.compile(divisions, signature, {"N": 64}, target=target).run(x, y, up, down, zero, grid=(1,))
    with np.errstate(all="ignore"):
        nearest = x / y
    for n in range(64):
        if not np.isfinite(nearest[n]):
            np.testing.assert_array_equal([up[n], down[n], zero[n]], [nearest[n]] * 3)
            continue
        exact = Fraction(float(x[n])) / Fraction(float(y[n]))
        rounded = Fraction(float(nearest[n]))
        above = nearest[n] if rounded >= exact else np.nextafter(nearest[n], dtype(np.inf))
        below = nearest[n] if rounded <= exact else np.nextafter(nearest[n], dtype(-np.inf))
        assert (up[n], down[n]) == (above, below), n
        assert zero[n] == (below if exact > 0 else above), n
