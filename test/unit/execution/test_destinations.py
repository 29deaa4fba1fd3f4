"""``destination=`` is written: the variable or the memory holds the result afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir
from smtir.errors import FrontendError


@triton.jit
def block(pointer):
    return tl.make_block_ptr(
        pointer, shape=[32, 32], strides=[32, 1], offsets=[0, 0], block_shape=[32, 32], order=[1, 0]
    )


@triton.jit
def into_a_tensor(x_ptr, out_ptr, n):
    x = tl.load(block(x_ptr))
    packed = smt.view(x * 0.0, (0, 0), (32, 32), (8, 16))
    for i in range(n):
        smt.view(x + i, (0, 0), (32, 32), (8, 16), destination=packed)
    flat = tl.zeros((32, 32), tl.float32)
    shown = smt.view(packed, (0, 0), (32, 32), (1, 1), flat)
    tl.store(block(out_ptr), flat + shown)


@triton.jit
def into_memory(x_ptr, out_ptr, n):
    scratch = smt.alloc((32, 32))
    tl.store(scratch, tl.zeros((32, 32), tl.float32))
    x = smt.descriptor_load(block(x_ptr), (0, 0), destination=scratch)
    for i in range(n):
        packed = smt.view(x + i, (0, 0), (32, 32), (8, 16))
        smt.view(packed, (0, 0), (32, 32), (4, 4), smt.view(scratch, (0, 0), (32, 32), (4, 4)))
    tl.store(block(out_ptr), tl.load(scratch) * 2.0)


@triton.jit
def into_a_loaded_variable(x_ptr, out_ptr, n):
    x = tl.zeros((32, 32), tl.float32)
    alias = x
    for i in range(n):
        smt.descriptor_load(block(x_ptr), (i, 0), x)
    tl.store(block(out_ptr), alias + x)


@pytest.mark.parametrize("n", [1, 3])
def test_a_destination_holds_the_result(n: int) -> None:
    x = np.random.default_rng(0).standard_normal((32, 32)).astype(np.float32)
    signature = {"x_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}
    for kernel in (into_a_tensor, into_memory):
        out = np.full_like(x, np.nan)
        smtir.compile(kernel, signature=signature, constexprs={}).run(x, out, n, grid=(1,))
        np.testing.assert_array_equal(out, (x + np.float32(n - 1)) * 2)
    out = np.full_like(x, np.nan)
    smtir.compile(into_a_loaded_variable, signature=signature, constexprs={}, smt_api="current").run(
        x, out, n, grid=(1,)
    )
    expected = np.zeros_like(x)
    expected[: 32 - (n - 1)] = x[n - 1 :] * 2
    np.testing.assert_array_equal(out, expected)


@triton.jit
def of_the_first_generation(x_ptr, out_ptr, n):
    acc = tl.zeros((32, 32), tl.float32)
    rows = tl.zeros((32, 32), tl.float32)
    whole = smt.view(rows, (0, 0), (32, 32), (8, 16))
    kept = smt.alloc((32, 32), (8, 16), dtype=tl.float32)
    for i in range(n):
        smt.descriptor_load(block(x_ptr), (i, 0), (32, 32), (8, 16), destination=kept)
        smt.descriptor_load(block(x_ptr), (i, 0), (32, 32), (8, 16), destination=whole)
    a = smt.descriptor_load(block(x_ptr), (0, 0), (32, 32), (8, 8))
    b = smt.descriptor_load(block(x_ptr), (0, 0), (32, 32), (8, 16))
    before = tl.zeros((4, 2, 8, 16), tl.float32) + 1.0
    after = tl.zeros((4, 2, 8, 16), tl.float32)
    window = smt.view(acc, (0, 0), (32, 32), (8, 16), destination=before)
    smt.dot(a, b, window)
    smt.view(acc, (0, 0), (32, 32), (8, 16), destination=after)
    packed = kept + before * 100.0 + after
    tl.store(block(out_ptr), tl.permute(packed, (0, 2, 1, 3)).reshape(32, 32) + acc + rows)


@pytest.mark.parametrize("n", [1, 3])
def test_destinations_of_the_first_api_hold_packed_tiles_and_windows_stay_windows(n: int) -> None:
    x = np.random.default_rng(0).standard_normal((32, 32)).astype(np.float32)
    out = np.full_like(x, np.nan)
    signature = {"x_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}
    smtir.compile(of_the_first_generation, signature=signature, constexprs={}).run(x, out, n, grid=(1,))
    loaded = np.zeros_like(x)
    loaded[: 32 - (n - 1)] = x[n - 1 :]
    np.testing.assert_allclose(out, 2 * loaded + 2 * (x @ x), rtol=1e-5, atol=1e-5)


@triton.jit
def shared_operands(x_ptr, out_ptr, n):
    x = tl.load(block(x_ptr))
    a = smt.view(x, (0, 0), (32, 32), (8, 8))
    b = smt.view(x, (0, 0), (32, 32), (8, 16))
    first = smt.dot(a, b)
    second = smt.dot(a, b, first)
    third = smt.dot(smt.view(first, (0, 0), (32, 32), (8, 8)), b, second)
    total = first + second + third
    tl.store(block(out_ptr), smt.view(total, (0, 0), (32, 32), (1, 1)))


def test_packed_operands_and_products_may_be_used_again() -> None:
    x = np.random.default_rng(0).standard_normal((32, 32)).astype(np.float32) / 4
    out = np.full_like(x, np.nan)
    signature = {"x_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}
    smtir.compile(shared_operands, signature=signature, constexprs={}).run(x, out, 1, grid=(1,))
    wide = x.astype(np.float64)
    first = wide @ wide
    np.testing.assert_allclose(out, first + 2 * first + (first @ wide + 2 * first), rtol=1e-4, atol=1e-4)


@triton.jit
def wrong_memory(x_ptr, out_ptr, n):
    smt.descriptor_load(block(x_ptr), (0, 0), smt.alloc((16, 32)))


@triton.jit
def wrong_tensor(x_ptr, out_ptr, n):
    smt.descriptor_load(block(x_ptr), (0, 0), destination=tl.zeros((16, 32), tl.float32))


@triton.jit
def view_of_memory(x_ptr, out_ptr, n):
    x = tl.zeros((32, 32), tl.float32)
    smt.view(block(x_ptr), (0, 0), (32, 32), destination=x)


@triton.jit
def wrong_tiles(x_ptr, out_ptr, n):
    other = tl.zeros((4, 4, 8, 8), tl.float32)
    smt.descriptor_load(block(x_ptr), (0, 0), (32, 32), (8, 16), destination=other)


@triton.jit
def wrong_window(x_ptr, out_ptr, n):
    window = smt.view(tl.zeros((32, 32), tl.float32), (0, 0), (32, 32), (8, 8))
    smt.descriptor_load(block(x_ptr), (0, 0), (32, 32), (8, 16), destination=window)


@triton.jit
def store_tile(x_ptr, window):
    return smt.descriptor_load(block(x_ptr), (0, 0), (32, 32), (8, 16), destination=window)


@triton.jit
def window_in_a_function(x_ptr, out_ptr, n):
    acc = tl.zeros((32, 32), tl.float32)
    tile = store_tile(x_ptr, smt.view(acc, (0, 0), (32, 32), (8, 16)))
    tl.store(block(out_ptr), acc + tl.sum(tile))


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (wrong_tiles, r"must hold a tensor of fp32 with shape \[4, 2, 8, 16\], got a tensor"),
        (wrong_window, r"must hold a tensor of fp32 with shape \[4, 2, 8, 16\], got a window"),
        (window_in_a_function, "the argument 'window' is updated, which the caller cannot see"),
        (wrong_memory, r"the destination must hold a tensor of fp32 with shape \[32, 32\], got a block"),
        (wrong_tensor, r"the destination must hold a tensor of fp32 with shape \[32, 32\], got a tensor"),
        (view_of_memory, "a view of a block pointer aliases it"),
    ],
)
def test_a_wrong_destination_is_an_error_with_its_line(kernel: Any, message: str) -> None:
    signature = {"x_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}
    with pytest.raises(FrontendError, match=message) as caught:
        smtir.compile(kernel, signature=signature, constexprs={})
    assert caught.value.location is not None
    assert caught.value.location.file == __file__
