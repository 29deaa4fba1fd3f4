"""Casts of floats to integers, all types in one kernel."""

from __future__ import annotations

import numpy as np
import pytest
import triton
import triton.language as tl
from triton.language.extra import libdevice

import smtir

FLOATS = {"float16": "fp16", "float32": "fp32", "float64": "fp64"}
INTEGERS = {"int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64", "uint8": "u8", "uint32": "u32"}


@triton.jit
def casts(h, s, d, i8, i16, i32, i64, u8, u32, whole, n, N: tl.constexpr):
    at = tl.arange(0, N)
    inside = at < n
    half = tl.load(h + at, mask=inside, other=0)
    single = tl.load(s + at, mask=inside, other=0)
    double = tl.load(d + at, mask=inside, other=0)
    tl.store(i8 + at, half.to(tl.int8), mask=inside)
    tl.store(i16 + at, double.to(tl.int16), mask=inside)
    tl.store(i32 + at, single.to(tl.int32), mask=inside)
    tl.store(i64 + at, single.to(tl.int64), mask=inside)
    tl.store(u8 + at, tl.abs(single).to(tl.uint8), mask=inside)
    tl.store(u32 + at, tl.abs(double).to(tl.uint32), mask=inside)
    tl.store(whole + at, libdevice.trunc(single), mask=inside)


@pytest.mark.parametrize("target", ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])])
def test_casts_to_integers_round_towards_zero(target: str) -> None:
    n = 45
    values = np.random.default_rng(0).uniform(-120, 120, n)
    values[:6] = [0.5, -0.5, -0.0, 1.999, -1.999, 2.5]
    inputs = [values.astype(name) for name in FLOATS]
    outputs = [np.full(n, 77, name) for name in INTEGERS] + [np.full(n, 77, np.float32)]
    types = [f"*{name}" for name in (*FLOATS.values(), *INTEGERS.values(), "fp32")]
    signature = dict(zip(casts.arg_names, [*types, "i32"], strict=False))
    compiled = smtir.compile(casts, signature, {"N": 64}, target=target)
    compiled.run(*inputs, *outputs, n, grid=(1,))
    half, single, double = inputs
    expected = [half, double, single, single, np.abs(single), np.abs(double), np.trunc(single)]
    for found, wanted in zip(outputs, expected, strict=True):
        np.testing.assert_array_equal(found, wanted.astype(found.dtype))
