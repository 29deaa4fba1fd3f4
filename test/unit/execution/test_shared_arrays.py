"""Arguments that share memory, for kernels that are compiled as if they did not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir
from smtir.arrays import Arrays
from smtir.errors import LaunchError, UsageError

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
BLOCK = 32


@triton.jit
def exchange(a_ptr, b_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    a = tl.load(a_ptr + offsets)
    b = tl.load(b_ptr + offsets)
    tl.store(a_ptr + offsets, b + 1)
    tl.store(b_ptr + offsets, a * 2)


def exchanged(a: np.ndarray, b: np.ndarray) -> None:
    old_a, old_b = a.copy(), b.copy()
    a[:] = old_b + 1
    b[:] = old_a * 2


@triton.jit
def running_rows(a_ptr, b_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    for row in range(3):
        first = tl.load(b_ptr + offsets)
        tl.store(a_ptr + row * (BLOCK // 4) + offsets, first + row)


def rows_ran(a: np.ndarray, b: np.ndarray) -> None:
    for row in range(3):
        at = row * (BLOCK // 4)
        a[at : at + BLOCK] = b[:BLOCK].copy() + row


@triton.jit
def reverse(a_ptr, b_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    tl.store(a_ptr + offsets, tl.load(b_ptr + BLOCK - 1 - offsets) + 3)


def reversed_block(a: np.ndarray, b: np.ndarray) -> None:
    a[:] = b[::-1].copy() + 3


@triton.jit
def through_a_block_pointer(a_ptr, b_ptr, BLOCK: tl.constexpr):
    source = tl.make_block_ptr(b_ptr, [BLOCK], [1], [0], [BLOCK], [0])
    target = tl.make_block_ptr(a_ptr, [BLOCK], [1], [1], [BLOCK], [0])
    value = tl.load(source)
    tl.store(target, value + 1, boundary_check=(0,))
    tl.store(a_ptr, tl.sum(value, 0))


def through_block(a: np.ndarray, b: np.ndarray) -> None:
    value = b.copy()
    a[1:] = value[:-1] + 1
    a[0] = value.sum()


KERNELS = [
    (exchange, exchanged, BLOCK),
    (running_rows, rows_ran, 2 * BLOCK),
    (reverse, reversed_block, BLOCK),
    (through_a_block_pointer, through_block, BLOCK),
]


def compiled(fn: Any, target: str) -> smtir.Compilation:
    types = {"a_ptr": "*fp32", "b_ptr": "*fp32"}
    return smtir.compile(fn, signature=types, constexprs={"BLOCK": BLOCK}, target=target)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("fn", "reference", "size"), KERNELS, ids=lambda value: getattr(value, "__name__", "")
)
def test_arrays_apart_the_same_or_shifted_give_what_loads_before_stores_give(
    fn: Any, reference: Callable[[np.ndarray, np.ndarray], None], size: int, target: str
) -> None:
    kernel = compiled(fn, target)
    for shift in (None, 0, 1, -5, BLOCK // 2, size):
        memory = np.random.default_rng(3).integers(0, 9, 4 * size).astype(np.float32)
        expected = memory.copy()
        first = size
        second = 3 * size if shift is None else size + shift
        reference(expected[first : first + size], expected[second : second + size])
        kernel.run(memory[first : first + size], memory[second : second + size], grid=(1,))
        np.testing.assert_array_equal(memory, expected, err_msg=str(shift))


@triton.jit
def in_place(a_ptr, b_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    tl.store(a_ptr + offsets, tl.load(b_ptr + offsets, mask=offsets < n) * 2, mask=offsets < n)


def test_only_what_is_copied_for_the_sake_of_another_argument_wants_it_apart() -> None:
    wanted = {fn.__name__: compiled(fn, "host").apart for fn, _, _ in KERNELS}
    # a is read after the store to a itself, and b only by a store of the same elements.
    assert wanted.pop("exchange") == set()
    assert wanted == {name: {(0, 1)} for name in wanted}


def test_a_kernel_that_works_in_place_is_compiled_once() -> None:
    types = {"a_ptr": "*fp32", "b_ptr": "*fp32", "n": "i32"}
    kernel = smtir.compile(in_place, signature=types, constexprs={"BLOCK": 64})
    assert not kernel.apart
    x = np.arange(50, dtype=np.float32)
    kernel.run(x, x, 50, grid=(1,))
    np.testing.assert_array_equal(x, 2 * np.arange(50))


def test_ir_of_a_later_stage_refuses_arrays_that_it_takes_to_be_apart() -> None:
    lowered = smtir.compile(compiled(reverse, "host").stages["linalg"])
    memory = np.arange(2 * BLOCK, dtype=np.float32)
    b = memory[BLOCK:]
    lowered.run(memory[:BLOCK], b, grid=(1,))
    np.testing.assert_array_equal(memory[:BLOCK], b[::-1] + 3)
    for a in (b, memory[BLOCK - 1 : -1]):
        with pytest.raises(LaunchError, match="arrays overlap that its IR takes to be apart") as caught:
            lowered.run(a, b, grid=(1,))
        assert caught.value.hint == "compile it from the stage ttir, not linalg"


def test_ttir_may_say_for_which_arrays_it_is_compiled() -> None:
    text = compiled(reverse, "host").stages["ttir"]
    text = text.replace("module attributes {", 'module attributes {smtir.arrays = "same", ', 1)
    kernel = smtir.compile(text)
    assert not kernel.apart
    assert 'smtir.arrays = "same"' in kernel.stages["linalg"]
    assert "memref.copy" in kernel.stages["linalg"]
    assert kernel.for_arrays(Arrays.APART) is kernel


@triton.jit
def softmax(out_ptr, x_ptr, n, stride, BLOCK: tl.constexpr):
    columns = tl.arange(0, BLOCK)
    for row in range(tl.program_id(0), 3, tl.num_programs(0)):
        x = tl.load(x_ptr + row * stride + columns, mask=columns < n, other=-float("inf"))
        powers = tl.exp(x - tl.max(x, 0))
        tl.store(out_ptr + row * stride + columns, powers / tl.sum(powers, 0), mask=columns < n)


@pytest.mark.parametrize("target", TARGETS)
def test_a_row_that_is_read_where_it_is_used_may_be_written_over(target: str) -> None:
    types = {"out_ptr": "*fp32", "x_ptr": "*fp32", "n": "i32", "stride": "i32"}
    kernel = smtir.compile(softmax, signature=types, constexprs={"BLOCK": 256}, target=target)
    for n in (1, 31, 128, 200, 256):
        memory = np.random.default_rng(n).standard_normal((4, n)).astype(np.float32)
        wide = memory.astype(float)
        powers = np.exp(wide - wide.max(1, keepdims=True))
        wanted = powers / powers.sum(1, keepdims=True)
        out = np.zeros_like(memory)
        kernel.run(out, memory, n, n, grid=(2,))
        np.testing.assert_allclose(out[:3], wanted[:3], rtol=1e-6)
        upwards = memory.copy()  # row i goes where row i + 1 was, before that is read
        kernel.run(upwards[:3], upwards[1:], n, n, grid=(1,))
        np.testing.assert_allclose(upwards[:3], wanted[1:], rtol=1e-6)
        kernel.run(memory, memory, n, n, grid=(2,))
        np.testing.assert_allclose(memory[:3], wanted[:3], rtol=1e-6)


@pytest.mark.parametrize("said", ['"apart, I hope"', "3 : i32"])
def test_ttir_that_says_something_else_of_arrays_is_told_what_it_may_say(said: str) -> None:
    text = compiled(reverse, "host").stages["ttir"]
    text = text.replace("module attributes {", f"module attributes {{smtir.arrays = {said}, ", 1)
    with pytest.raises(UsageError, match=f"attribute smtir.arrays is {said}") as caught:
        smtir.compile(text)
    assert caught.value.hint == 'it is one of "apart", "same", "overlapping", or is left out'
