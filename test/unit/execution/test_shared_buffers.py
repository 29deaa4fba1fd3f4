"""Buffers that are never needed at once share memory: smaller frames, the same results."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
SIGNATURE = {"x_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}


@triton.jit
def block(pointer):
    return tl.make_block_ptr(pointer, (64, 64), (64, 1), (0, 0), (64, 64), (1, 0))


@triton.jit
def one_after_the_other(x_ptr, out_ptr, n):
    first = smt.alloc((64, 64), tl.float32, storage="tcm")
    second = smt.alloc((64, 64), tl.float32, storage="tcm")
    third = smt.alloc((32, 64), tl.float16, storage="tcm")
    tl.store(first, tl.load(block(x_ptr)) * 2.0)
    tl.store(block(out_ptr), tl.load(smt.view(first, (n, 0), (64, 64))))
    tl.store(second, tl.load(block(out_ptr)) + 1.0)
    tl.store(block(out_ptr), tl.load(smt.view(second, (0, n), (64, 64))))
    half = smt.view(block(out_ptr), (0, 0), (32, 64))
    tl.store(third, tl.load(half).to(tl.float16))
    tl.store(half, tl.load(smt.view(third, (0, n), (32, 64))).to(tl.float32) * 2.0)


@triton.jit
def at_once_in_a_loop(x_ptr, out_ptr, n):
    first = smt.alloc((64, 64), tl.float32)
    second = smt.alloc((64, 64), tl.float32)
    tl.store(second, tl.load(block(x_ptr)))
    for i in range(n):
        tl.store(first, tl.load(second) + i)
        tl.store(second, tl.load(smt.view(first, (1, 0), (64, 64))))
    tl.store(block(out_ptr), tl.load(second))


def stack_bytes(compiled: Any) -> int:
    sizes = {"f32": 4, "f16": 2, "i8": 1}
    found = re.findall(r"memref\.alloca\(\).*: memref<([\dx]+)x(\w+)>", compiled.stages["vector"])
    return sum(math.prod(map(int, shape.split("x"))) * sizes[element] for shape, element in found)


def shifted(x: np.ndarray, rows: int, columns: int) -> np.ndarray:
    made = np.zeros_like(x)
    part = x[rows:, columns:]
    made[: part.shape[0], : part.shape[1]] = part
    return made


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [0, 3])
def test_buffers_used_one_after_the_other_have_one_place(n: int, target: str) -> None:
    x = np.random.default_rng(0).integers(-99, 99, (64, 64)).astype(np.float32)
    out = np.zeros_like(x)
    compiled = smtir.compile(one_after_the_other, SIGNATURE, {}, target)
    compiled.run(x, out, n, grid=(1,))
    expected = shifted(shifted(x * 2, n, 0) + 1, 0, n)
    expected[:32] = shifted(expected[:32], 0, n) * 2
    np.testing.assert_array_equal(out, expected)
    separate = 2 * 64 * 64 * 4 + 32 * 64 * 2
    assert stack_bytes(compiled) < separate


@pytest.mark.parametrize("n", [0, 1, 4])
def test_buffers_used_in_the_same_loop_have_places_of_their_own(n: int) -> None:
    x = np.random.default_rng(0).integers(-99, 99, (64, 64)).astype(np.float32)
    out = np.zeros_like(x)
    compiled = smtir.compile(at_once_in_a_loop, SIGNATURE, {})
    compiled.run(x, out, n, grid=(1,))
    expected = x
    for i in range(n):
        expected = shifted(expected + i, 1, 0)
    np.testing.assert_array_equal(out, expected)
    assert stack_bytes(compiled) >= 2 * 64 * 64 * 4
