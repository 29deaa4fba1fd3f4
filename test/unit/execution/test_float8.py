"""8-bit floats: every pattern is widened and narrowed as the OCP specification says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir
from tools.coverage.elements import ELEMENTS

FORMATS = {"fp8e5": (2, 15, 0x7B, 0x7D), "fp8e4nv": (3, 7, 0x7E, 0x7F)}
"""Mantissa bits, bias, largest finite pattern, first pattern of a NaN."""


@triton.jit
def widen(x_ptr, out_ptr, N: tl.constexpr, KIND: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out_ptr + i, tl.load(x_ptr + i).to(KIND, bitcast=True).to(tl.float32))


@triton.jit
def narrow(x_ptr, out_ptr, N: tl.constexpr, KIND: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out_ptr + i, tl.load(x_ptr + i).to(KIND).to(tl.int8, bitcast=True))


def values(name: str) -> np.ndarray:
    """The value of each pattern, computed from the definition of the format."""
    mantissa, bias, largest, first_nan = FORMATS[name]
    patterns = np.arange(256)
    magnitude = patterns & 0x7F
    exponent, fraction = magnitude >> mantissa, magnitude & ((1 << mantissa) - 1)
    normal = np.ldexp((1 << mantissa) + fraction, exponent - bias - mantissa)
    value = np.where(exponent == 0, np.ldexp(fraction.astype(float), 1 - bias - mantissa), normal)
    value = np.where(magnitude > largest, np.where(magnitude >= first_nan, np.nan, np.inf), value)
    return np.where(patterns & 0x80, -value, value).astype(np.float32)


def compiled(fn: Any, element: str, out: str, name: str, target: str) -> Any:
    return smtir.compile(
        fn,
        signature={"x_ptr": element, "out_ptr": out},
        constexprs={"N": 256, "KIND": {"fp8e5": tl.float8e5, "fp8e4nv": tl.float8e4nv}[name]},
        target=target,
    )


TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", FORMATS)
def test_every_pattern_is_widened(name: str, target: str) -> None:
    x, out = np.arange(256).astype(np.uint8).view(np.int8), np.zeros(256, np.float32)
    compiled(widen, "*i8", "*fp32", name, target).run(x, out, grid=(1,))
    np.testing.assert_array_equal(out, values(name))
    np.testing.assert_array_equal(np.signbit(out[~np.isnan(out)]), np.signbit(values(name)[~np.isnan(out)]))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", FORMATS)
def test_narrowing_takes_the_nearest_pattern_and_saturates(name: str, target: str) -> None:
    finite = np.unique(values(name)[np.isfinite(values(name))])
    middles = (finite[1:].astype(np.float64) + finite[:-1]) / 2
    rng = np.random.default_rng(0)
    x = np.concatenate(
        [
            finite,
            middles,
            np.nextafter(middles.astype(np.float32), np.float32(np.inf)),
            np.nextafter(middles.astype(np.float32), np.float32(-np.inf)),
            rng.standard_normal(512) * 10.0 ** rng.integers(-9, 6, 512),
            [np.inf, -np.inf, np.nan, -0.0, 1e30, -1e30, 1e-45],
        ]
    ).astype(np.float32)
    padded = np.resize(x, -(-x.size // 256) * 256)
    out = np.zeros(padded.size, np.int8)
    compiled(narrow, "*fp32", "*i8", name, target).run(padded, out, grid=(padded.size // 256,))
    got = values(name)[out.view(np.uint8)]
    limited = np.clip(padded.astype(np.float64), finite[0], finite[-1])
    at = np.clip(np.searchsorted(finite, limited), 1, finite.size - 1)
    low, high = finite[at - 1].astype(np.float64), finite[at].astype(np.float64)
    nearest = np.where(limited - low < high - limited, low, high)
    tie = limited - low == high - limited
    even = np.where(np.arange(finite.size)[at] % 2 == np.argmin(np.abs(finite)) % 2, high, low)
    expected = np.where(np.isnan(padded), np.nan, np.where(tie, even, nearest))
    np.testing.assert_array_equal(got, expected.astype(np.float32))
    zero = padded == 0
    np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(padded[zero]))


OTHERS = ("fp8e4b8", "fp8e5b16", "fp8e4b15")


@triton.jit
def both_ways(pattern_ptr, wide_ptr, x_ptr, near_ptr, cut_ptr, N: tl.constexpr, KIND: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(wide_ptr + i, tl.load(pattern_ptr + i).to(KIND, bitcast=True).to(tl.float32))
    x = tl.load(x_ptr + i)
    tl.store(near_ptr + i, x.to(KIND).to(tl.uint8, bitcast=True))
    tl.store(cut_ptr + i, x.to(KIND, fp_downcast_rounding="rtz").to(tl.uint8, bitcast=True))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", OTHERS)
def test_formats_that_only_triton_has_are_converted_both_ways(name: str, target: str) -> None:
    element = ELEMENTS[name]
    signature = {
        "pattern_ptr": "*u8",
        "wide_ptr": "*fp32",
        "x_ptr": "*fp64",
        "near_ptr": "*u8",
        "cut_ptr": "*u8",
    }
    kernel = smtir.compile(
        both_ways,
        signature=signature,
        constexprs={"N": 1024, "KIND": getattr(tl, element.language)},
        target=target,
    )
    patterns = np.resize(np.arange(256), 1024).astype(np.uint8)
    rng = np.random.default_rng(0)
    x = np.ldexp(rng.uniform(-1, 1, 1024), rng.integers(-24, 10, 1024))
    values = element.decode(patterns[:256])
    ends = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e300, -1e-300, element.largest, -element.largest]
    middles = (values[:126] + values[1:127]) / 2  # ties, exact in f64
    x[: len(ends)] = ends
    x[300:426], x[500:626] = middles, -middles
    x[700:826], x[850:976] = np.nextafter(middles, 9), np.nextafter(middles, -9)
    wide, near, cut = np.zeros(1024, np.float32), np.zeros(1024, np.uint8), np.zeros(1024, np.uint8)
    kernel.run(patterns, wide, x, near, cut, grid=(1,))
    np.testing.assert_array_equal(wide, element.decode(patterns))
    np.testing.assert_array_equal(near, element.encode(x))
    np.testing.assert_array_equal(cut, element.encode(x, towards_zero=True))
