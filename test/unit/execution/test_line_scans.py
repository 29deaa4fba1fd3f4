"""Scans along lines in memory: in vectors, in the order of the elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir
from smtir.runtime import count_instructions

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


@triton.jit
def running(x_ptr, out_ptr, M: tl.constexpr, N: tl.constexpr, AXIS: tl.constexpr, REVERSE: tl.constexpr):
    places = tl.arange(0, M)[:, None] * N + tl.arange(0, N)[None, :]
    tl.store(out_ptr + places, tl.cumsum(tl.load(x_ptr + places), AXIS, reverse=REVERSE))


def accumulated(x: np.ndarray, axis: int, reverse: bool) -> np.ndarray:
    ordered = np.flip(x, axis) if reverse else x
    sums = np.add.accumulate(ordered, axis, dtype=x.dtype)
    return np.flip(sums, axis) if reverse else sums


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "reverse"])
@pytest.mark.parametrize("dtype", ["fp32", "i32", "i64", "fp64"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 8), (1, 32), (4, 64), (1, 512), (16, 16), (512, 1)])
def test_sums(shape: tuple[int, int], dtype: str, reverse: bool, target: str) -> None:
    element = np.dtype(f"{dtype[0]}{int(dtype.lstrip('fpi')) // 8}")
    x = np.random.default_rng(1).integers(-9, 10, shape).astype(element)
    for axis in (0, 1):
        types = {"x_ptr": f"*{dtype}", "out_ptr": f"*{dtype}"}
        constexprs = {"M": shape[0], "N": shape[1], "AXIS": axis, "REVERSE": reverse}
        kernel = smtir.compile(running, signature=types, constexprs=constexprs, target=target)
        out = np.zeros_like(x)
        kernel.run(x, out, grid=(1,))
        np.testing.assert_array_equal(out, accumulated(x, axis, reverse))


@triton.jit
def last_of(a, b):
    """Associative and not commutative: the later one of two that is not 0."""
    return tl.where(b != 0, b, a)


@triton.jit
def affine(scale, shift, other_scale, other_shift):
    return scale * other_scale, shift * other_scale + other_shift


@triton.jit
def ordered(x_ptr, last_ptr, state_ptr, N: tl.constexpr, REVERSE: tl.constexpr):
    lanes = tl.arange(0, N)
    x = tl.load(x_ptr + lanes)
    tl.store(last_ptr + lanes, tl.associative_scan(x, 0, last_of, reverse=REVERSE))
    _, state = tl.associative_scan((tl.full([N], 0.5, tl.float32), x), 0, affine, reverse=REVERSE)
    tl.store(state_ptr + lanes, state)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "reverse"])
@pytest.mark.parametrize("n", [4, 16, 64, 256])
def test_the_order_of_the_elements_is_kept(n: int, reverse: bool, target: str) -> None:
    types: dict[str, Any] = dict.fromkeys(("x_ptr", "last_ptr", "state_ptr"), "*fp32")
    constexprs = {"N": n, "REVERSE": reverse}
    kernel = smtir.compile(ordered, signature=types, constexprs=constexprs, target=target)
    x = np.random.default_rng(n).integers(-2, 3, n).astype(np.float32)
    last, state = np.zeros((2, n), np.float32)
    kernel.run(x, last, state, grid=(1,))
    wanted, states = np.zeros((2, n))
    newest, level = 0.0, 0.0
    for place in reversed(range(n)) if reverse else range(n):
        newest = x[place] or newest
        level = 0.5 * level + x[place]
        wanted[place], states[place] = newest, level
    np.testing.assert_array_equal(last, wanted)
    np.testing.assert_allclose(state, states, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_goes_on_from_where_it_is(value: float, target: str) -> None:
    types = {"x_ptr": "*fp32", "out_ptr": "*fp32"}
    constexprs = {"M": 1, "N": 128, "AXIS": 1, "REVERSE": False}
    kernel = smtir.compile(running, signature=types, constexprs=constexprs, target=target)
    for place in (0, 31, 32, 77, 127):
        x, out = np.ones((1, 128), np.float32), np.zeros((1, 128), np.float32)
        x[0, place] = value
        kernel.run(x, out, grid=(1,))
        np.testing.assert_array_equal(out, np.cumsum(x, 1))


@pytest.mark.qemu
@pytest.mark.zig
def test_a_sum_takes_about_two_instructions_an_element() -> None:
    types = {"x_ptr": "*fp32", "out_ptr": "*fp32"}
    constexprs = {"M": 1, "N": 1024, "AXIS": 1, "REVERSE": False}
    kernel = smtir.compile(running, signature=types, constexprs=constexprs, target="k1")
    x, out = np.ones(1024, np.float32), np.zeros(1024, np.float32)
    count = count_instructions(kernel.executable, [x, out], (1,))
    np.testing.assert_array_equal(out, np.arange(1, 1025))
    assert count.total < 2200  # one by one 7,700
