"""An index at run time that is out of range ends the launch with the kernel's line, and writes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt
from triton.language.extra import tle

import smtir
from smtir.errors import LaunchError

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
SIGNATURE = {"x_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}


@triton.jit
def block(pointer):
    return tl.make_block_ptr(pointer, (16, 16), (16, 1), (0, 0), (16, 16), (1, 0))


@triton.jit
def one_of_two_buffers(x_ptr, out_ptr, n):
    buffers = smt.alloc_copies((16, 16), tl.float32, copies=2)
    tl.store(buffers[n], tl.load(block(x_ptr)))
    tl.store(block(out_ptr), tl.load(buffers[n]))


@triton.jit
def one_of_two_tiles(x_ptr, out_ptr, n):
    x = tl.load(block(x_ptr))
    tl.store(block(out_ptr), tle.insert_tile(x, tle.extract_tile(x, n, (8, 16)), n))


@triton.jit
def a_tile_by_row_and_column(x_ptr, out_ptr, n):
    x = tl.load(block(x_ptr))
    tl.store(block(out_ptr), tle.insert_tile(x, tle.extract_tile(x, (0, n), (8, 8)), (0, n)))


@triton.jit
def a_tile_of_a_packed_tensor(x_ptr, out_ptr, n):
    packed = smt.view(tl.load(block(x_ptr)), (0, 0), (16, 16), (8, 8))
    packed[1, n] = packed[1, n]
    tl.store(block(out_ptr), smt.view(packed, (0, 0), (16, 16), (1, 1)))


@triton.jit
def in_parallel(x_ptr, out_ptr, n):
    buffers = smt.alloc_copies((16, 16), tl.float32, copies=2)
    tl.store(buffers[1], tl.load(block(x_ptr)))
    for s in smt.parallel(0, 2):
        tl.store(buffers[s * n], tl.load(block(x_ptr)))
    tl.store(block(out_ptr), tl.load(buffers[n]))


KERNELS = {
    one_of_two_buffers: "there are 2 copies, from 0 to 1",
    one_of_two_tiles: "there are 2 tiles, from 0 to 1",
    a_tile_by_row_and_column: r"index\[1\] is out of range: there are 2 tiles",
    a_tile_of_a_packed_tensor: r"index\[1\] is out of range: there are 2 tiles",
    in_parallel: "there are 2 copies, from 0 to 1",
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.__name__)
def test_an_index_out_of_range_is_an_error_with_the_kernels_line(kernel: Any, target: str) -> None:
    x = np.arange(256, dtype=np.float32).reshape(16, 16)
    compiled = smtir.compile(kernel, SIGNATURE, {}, target)
    for n in (0, 1):
        out = np.zeros_like(x)
        compiled.run(x, out, n, grid=(1,))
        np.testing.assert_array_equal(out[8:], x[8:])
    for n in (2, -1, 2**31 - 1):
        out = np.full_like(x, 7)
        with pytest.raises(LaunchError, match=KERNELS[kernel]) as caught:
            compiled.run(x, out, n, grid=(1,))
        assert caught.value.location is not None
        assert caught.value.location.file == __file__
        assert (out == 7).all()


@triton.jit
def surely_in_range(x_ptr, out_ptr, n):
    buffers = smt.alloc_copies((16, 16), tl.float32, copies=2)
    x = tl.load(block(x_ptr))
    tl.store(buffers[0], x)
    for i in range(n):
        tl.store(buffers[(i + 1) % 2], tl.load(buffers[i % 2]) + tle.extract_tile(x, (0, 0), (16, 16)))
        for j in range(2):
            x = tle.insert_tile(x, tle.extract_tile(x, (j, 1), (8, 8)), (1, j))
    tl.store(block(out_ptr), tl.load(buffers[0]) + x)


def test_there_is_no_check_where_the_bounds_of_the_index_prove_it() -> None:
    assert "cf.assert" not in smtir.compile(surely_in_range, SIGNATURE, {}).stages["linalg"]
    assert "cf.assert" in smtir.compile(one_of_two_buffers, SIGNATURE, {}).stages["linalg"]
