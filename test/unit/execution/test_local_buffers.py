"""The tile language's buffers: pointers into them, copies, and buffers seen as tensors, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt
from triton.language.extra import tle

import smtir
from smtir.errors import FrontendError

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


@triton.jit
def through_pointers(x_ptr, out_ptr, sums_ptr, n):
    buffer = tle.alloc([16, 32], dtype=tl.float32, scope="l2")
    rows, columns = tl.arange(0, 16)[:, None], tl.arange(0, 32)[None, :]
    row_ids, column_ids = tl.broadcast_to(rows, (16, 32)), tl.broadcast_to(columns, (16, 32))
    pointers = tle.local_ptr(buffer, (row_ids, column_ids))
    tle.copy(x_ptr + rows * 32 + columns, pointers, [16, 32])
    for _ in range(n):
        tl.store(pointers, tl.load(pointers) + 1.0)
        tle.to_buffer(tle.to_tensor(buffer) * 2.0, buffer)
    mirrored = tle.local_ptr(buffer, (15 - row_ids, 31 - column_ids))
    tl.store(out_ptr + rows * 32 + columns, tl.load(mirrored))
    every = tle.local_ptr(buffer)
    tl.store(sums_ptr + tl.arange(0, 16), tl.sum(tle.load(every), axis=1))
    one = tle.local_ptr(buffer, (3, n))
    tl.store(one, 5.0)
    tl.store(sums_ptr + 16, tl.load(one) + tl.sum(tle.to_tensor(buffer)))
    shuffled = tle.local_ptr(buffer, ((row_ids * 7 + column_ids) % 16, (column_ids * 5 + row_ids) % 32))
    tl.store(out_ptr + 512 + rows * 32 + columns, tl.load(shuffled))


@pytest.mark.parametrize("target", TARGETS)
def test_a_buffer_is_read_and_written_through_pointers_and_as_a_whole(target: str) -> None:
    x = np.arange(512, dtype=np.float32).reshape(16, 32)
    out, sums = np.zeros((2, 16, 32), np.float32), np.zeros(17, np.float32)
    signature = {"x_ptr": "*fp32", "out_ptr": "*fp32", "sums_ptr": "*fp32", "n": "i32"}
    smtir.compile(through_pointers, signature, {}, target).run(x, out, sums, 3, grid=(1,))
    expected = x.copy()
    for _ in range(3):
        expected = (expected + 1) * 2
    np.testing.assert_array_equal(out[0], expected[::-1, ::-1])
    np.testing.assert_allclose(sums[:16], expected.sum(1))
    expected[3, 3] = 5
    np.testing.assert_allclose(sums[16], 5 + expected.sum(dtype=np.float64), rtol=1e-6)
    rows, columns = np.mgrid[0:16, 0:32]
    np.testing.assert_array_equal(out[1], expected[(rows * 7 + columns) % 16, (columns * 5 + rows) % 32])


@triton.jit
def pointers_into_a_view(x_ptr, out_ptr, row, which):
    buffers = smt.alloc_copies((32, 32), tl.float32, copies=2)
    block = tl.make_block_ptr(x_ptr, (32, 32), (32, 1), (0, 0), (32, 32), (1, 0))
    tl.store(buffers[0], tl.load(block))
    tl.store(buffers[1], tl.load(block) * 10.0)
    part = smt.view(buffers[which], (row, 8), (16, 8))
    places = tl.broadcast_to(tl.arange(0, 16)[:, None], (16, 8))
    across = tl.broadcast_to(tl.arange(0, 8)[None, :], (16, 8))
    tl.store(tle.local_ptr(part, (places, across)), tl.load(part) + 0.5)
    tl.store(tl.make_block_ptr(out_ptr, (32, 32), (32, 1), (0, 0), (32, 32), (1, 0)), tl.load(buffers[which]))


@pytest.mark.parametrize("which", [0, 1])
def test_pointers_into_a_view_of_one_of_several_buffers(which: int) -> None:
    x = np.arange(1024, dtype=np.float32).reshape(32, 32)
    out = np.zeros_like(x)
    signature = {"x_ptr": "*fp32", "out_ptr": "*fp32", "row": "i32", "which": "i32"}
    smtir.compile(pointers_into_a_view, signature, {}).run(x, out, 5, which, grid=(1,))
    expected = x * (10 if which else 1)
    expected[5:21, 8:16] += 0.5
    np.testing.assert_array_equal(out, expected)


@triton.jit
def gemm(a_ptr, b_ptr, c_ptr, M, N, K, B: tl.constexpr):
    rows, columns = tl.program_id(0) * B + tl.arange(0, B), tl.program_id(1) * B + tl.arange(0, B)
    total = tl.zeros((B, B), dtype=tl.float32)
    a_local, b_local = tle.alloc([B, B], type=tl.float32), tle.alloc([B, B])
    row_ids = tl.broadcast_to(tl.arange(0, B)[:, None], (B, B))
    column_ids = tl.broadcast_to(tl.arange(0, B)[None, :], (B, B))
    a_pointers = tle.local_ptr(a_local, (row_ids, column_ids))
    b_pointers = tle.local_ptr(b_local, (row_ids, column_ids))
    for start in range(0, K, B):
        depth = start + tl.arange(0, B)
        tle.copy(a_ptr + rows[:, None] * K + depth[None, :], a_pointers, [B, B])
        tle.copy(b_ptr + depth[:, None] * N + columns[None, :], b_pointers, [B, B])
        total += tl.dot(tl.load(a_pointers), tl.load(b_pointers))
    mask = (rows[:, None] < M) & (columns[None, :] < N)
    tl.store(c_ptr + rows[:, None] * N + columns[None, :], total, mask=mask)


@pytest.mark.parametrize("target", TARGETS)
def test_a_product_whose_operands_are_copied_to_buffers_first(target: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((64, 128), np.float32), rng.standard_normal((128, 32), np.float32)
    c = np.zeros((64, 32), np.float32)
    signature = dict.fromkeys(("a_ptr", "b_ptr", "c_ptr"), "*fp32") | dict.fromkeys("MNK", "i32")
    smtir.compile(gemm, signature, {"B": 32}, target).run(a, b, c, 64, 32, 128, grid=(2, 1))
    np.testing.assert_allclose(c, a @ b, rtol=1e-5, atol=1e-4)


@triton.jit
def no_buffer(x_ptr):
    tle.local_ptr(x_ptr)


@triton.jit
def too_few_indices(x_ptr):
    tle.local_ptr(tle.alloc([8, 8]), (1,))


@triton.jit
def scalars_beside_tensors(x_ptr):
    tle.local_ptr(tle.alloc([8, 8]), (1, tl.arange(0, 8)))


@triton.jit
def another_type_in_the_buffer(x_ptr):
    tle.to_buffer(tl.zeros((8, 8), tl.float16), tle.alloc([8, 8]))


@triton.jit
def two_types(x_ptr):
    tle.alloc([8, 8], dtype=tl.float32, type=tl.float16)


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (no_buffer, "expected a buffer, got a run-time value of type pointer<fp32>"),
        (too_few_indices, "indices must have 2 elements, got 1"),
        (scalars_beside_tensors, "indices must be integers of one shape, got 1, a tensor of int32"),
        (
            another_type_in_the_buffer,
            r"the buffer holds a tensor of fp32 with shape \[8, 8\], got a tensor of",
        ),
        (two_types, "dtype and type are two names of one thing, got fp32 and fp16"),
    ],
)
def test_a_mistake_is_an_error_with_the_kernels_line(kernel: Any, message: str) -> None:
    with pytest.raises(FrontendError, match=message) as caught:
        smtir.compile(kernel, signature={"x_ptr": "*fp32"}, constexprs={}, smt_api="current")
    assert caught.value.location is not None
    assert caught.value.location.file == __file__
