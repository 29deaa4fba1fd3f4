"""Elements a few apart: what lies between them may be read with them, and nothing else."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
TYPES = {"float32": "fp32", "float16": "fp16", "int8": "i8", "float64": "fp64", "int64": "i64"}
BLOCK = 128
NO_ACCESS = 0  # PROT_NONE


@triton.jit
def strided(x_ptr, out_ptr, n, STRIDE: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at * STRIDE, mask=at < n)
    tl.store(out_ptr + at, x + x, mask=at < n)


@triton.jit
def counted(x_ptr, out_ptr, n, STRIDE: tl.constexpr, BLOCK: tl.constexpr):
    """The same under a mask that is no box: element by element."""
    at = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at * STRIDE, mask=at < n, other=0)
    tl.store(out_ptr + at, x + x, mask=(at < n) & (at % 5 != 7))
    tl.store(out_ptr + BLOCK, tl.sum(x, 0))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kernel", [strided, counted], ids=["block", "elements"])
@pytest.mark.parametrize("dtype", TYPES)
def test_strided_loads_give_the_elements(kernel: Any, dtype: str, target: str) -> None:
    pointer = f"*{TYPES[dtype]}"
    signature = {"x_ptr": pointer, "out_ptr": pointer, "n": "i32"}
    for stride in (1, 2, 3, 4, 5, -1, -2, -4) if target == "host" else (2, -1, -3):
        compiled = smtir.compile(
            kernel, signature=signature, constexprs={"STRIDE": stride, "BLOCK": BLOCK}, target=target
        )
        for n in (0, 1, 31, 32, 33, 100, 128) if target == "host" else (0, 33, 128):
            line = np.arange(max(1, (n - 1) * abs(stride) + 1)) % 9
            x = line.astype(dtype)[:: 1 if stride > 0 else -1]
            out = np.full(BLOCK + 1, -1, dtype)
            compiled.run(x, out, n, grid=(1,))
            wanted = x[:: abs(stride)][:n] * 2
            np.testing.assert_array_equal(out[:n], wanted)
            assert (out[n:BLOCK] == -1).all()
            assert out[BLOCK] == (-1 if kernel is strided else (wanted // 2).sum().astype(dtype))


def test_nothing_before_the_first_or_after_the_last_is_read() -> None:
    """The array fills a page between two that may not be touched."""
    page = mmap.PAGESIZE
    memory = mmap.mmap(-1, 3 * page)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    try:
        for number in (0, 2):
            assert protect(base + number * page, page, NO_ACCESS) == 0
        whole = np.frombuffer(memory, np.float32, page // 4, page)
        whole[:] = np.arange(whole.size)
        for stride in (2, 3, 4, -1, -2, -3):
            reach = (BLOCK - 1) * abs(stride) + 1
            kernel = smtir.compile(
                strided,
                signature={"x_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"},
                constexprs={"STRIDE": stride, "BLOCK": BLOCK},
            )
            for part in (whole[:reach], whole[-reach:]):
                x, out = part[:: 1 if stride > 0 else -1], np.zeros(BLOCK, np.float32)
                kernel.run(x, out, BLOCK, grid=(1,))
                np.testing.assert_array_equal(out, 2 * x[:: abs(stride)])
    finally:
        protect(base, 3 * page, mmap.PROT_READ | mmap.PROT_WRITE)
