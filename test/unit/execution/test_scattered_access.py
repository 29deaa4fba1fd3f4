"""Masks that are no box, and addresses that are data: vectors touch exactly what the kernel names."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

NAMES = {
    "float32": "fp32",
    "float16": "fp16",
    "float64": "fp64",
    "int32": "i32",
    "int8": "i8",
    "int64": "i64",
}
TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
_libc = ctypes.CDLL(None)
_pages: list[mmap.mmap] = []


def before_a_guard(array: np.ndarray) -> np.ndarray:
    """A copy of ``array`` that ends where memory may not be touched; a load behind it is a crash."""
    size = -(-max(array.nbytes, 1) // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, size + mmap.PAGESIZE)
    _pages.append(memory)  # the guard must outlive the array
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    assert _libc.mprotect(ctypes.c_void_p(start + size), ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
    copy = np.frombuffer(memory, array.dtype, array.size, size - array.nbytes).reshape(array.shape)
    copy[...] = array
    return copy


def run(
    fn: Any, args: dict[str, Any], constexprs: dict[str, Any], target: str = "host", grid: int = 1
) -> str:
    """Run ``fn`` with arrays in place; its vector stage."""
    signature = {
        name: f"*{NAMES[value.dtype.name]}" if isinstance(value, np.ndarray) else "i32"
        for name, value in args.items()
    }
    compiled = smtir.compile(fn, signature=signature, constexprs=constexprs, target=target)
    if target == "host":
        args = {k: before_a_guard(v) if isinstance(v, np.ndarray) else v for k, v in args.items()} | {
            k: v for k, v in args.items() if k.startswith("out")
        }
    compiled.run(*args.values(), grid=grid)
    return compiled.stages["vector"]


@triton.jit
def odd_masks(x_ptr, out_ptr, n, BLOCK: tl.constexpr, KIND: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if KIND == "unsigned":
        mask = at.to(tl.uint32) < n.to(tl.uint32)
    elif KIND == "either":
        mask = (at < 5) | ((at >= n - 7) & (at < n))
    elif KIND == "remainder":
        mask = (at < n) & (at % 3 == 1)
    elif KIND == "single":
        mask = at == n - 1
    else:
        mask = (at < n) & (at > n)
    x = tl.load(x_ptr + at, mask=mask, other=-7)
    tl.store(out_ptr + at, x + 1, mask=mask)
    if KIND == "single":
        tl.store(out_ptr + at, x, mask=~mask & (at < n))


MASKS = {
    "unsigned": lambda at, n: at < n,
    "either": lambda at, n: (at < 5) | ((at >= n - 7) & (at < n)),
    "remainder": lambda at, n: (at < n) & (at % 3 == 1),
    "single": lambda at, n: at == n - 1,
    "never": lambda at, n: at < 0,
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", MASKS)
def test_masks_that_are_no_box_are_vectors_and_touch_nothing_else(kind: str, target: str) -> None:
    types = ["float32", "int8", "float64", "float16"] if target == "host" else ["float32"]
    for dtype in types:
        n = 139
        x = np.arange(1, n + 1).astype(dtype)
        out = np.full(n, 99, dtype)
        text = run(
            odd_masks, {"x_ptr": x, "out_ptr": out, "n": n}, {"BLOCK": 64, "KIND": kind}, target, grid=3
        )
        mask = MASKS[kind](np.arange(n), n)
        np.testing.assert_array_equal(out, np.where(mask, x + 1, -7 if kind == "single" else 99))
        assert "vector.maskedload" in text
        assert "vector.maskedstore" in text


@triton.jit
def row_gather(x_ptr, rows_ptr, out_ptr, count, width, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    i = tl.arange(0, ROWS)
    j = tl.arange(0, COLUMNS)
    row = tl.load(rows_ptr + i, mask=i < count, other=-1)
    inside = (row >= 0)[:, None] & (j < width)[None, :]
    x = tl.load(x_ptr + row[:, None] * width + j[None, :], mask=inside, other=-2.0)
    tl.store(out_ptr + i[:, None] * COLUMNS + j[None, :], x)


@pytest.mark.parametrize("target", TARGETS)
def test_rows_at_places_that_are_data_are_read_as_runs(target: str) -> None:
    x = np.random.default_rng(0).standard_normal((6, 37)).astype(np.float32)
    rows = np.array([5, 0, 5, 3, 1], np.int32)
    out = np.zeros((8, 64), np.float32)
    args = {"x_ptr": x, "rows_ptr": rows, "out_ptr": out, "count": 5, "width": 37}
    text = run(row_gather, args, {"ROWS": 8, "COLUMNS": 64}, target)
    expected = np.full((8, 64), -2, np.float32)
    expected[:5, :37] = x[rows]
    np.testing.assert_array_equal(out, expected)
    assert "vector.maskedload" in text
    assert "vector.gather" not in text


@triton.jit
def permute(x_ptr, from_ptr, to_ptr, out_ptr, n, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    source = tl.load(from_ptr + at, mask=at < n, other=1 << 30)
    target = tl.load(to_ptr + at, mask=at < n, other=1 << 30)
    x = tl.load(x_ptr + source, mask=source < n, other=0)
    tl.store(out_ptr + target, x, mask=target < n)


@pytest.mark.parametrize("target", TARGETS)
def test_gathers_and_scatters_touch_what_their_masks_let_them(target: str) -> None:
    rng, n = np.random.default_rng(1), 173
    for dtype in ["float32", "int8", "float64", "float16", "int64"] if target == "host" else ["float32"]:
        x, out = rng.integers(-100, 100, n).astype(dtype), np.full(n, 77, dtype)
        source, place = rng.integers(0, 2 * n, n).astype(np.int32), rng.permutation(n).astype(np.int64)
        args = {"x_ptr": x, "from_ptr": source, "to_ptr": place, "out_ptr": out, "n": n}
        text = run(permute, args, {"BLOCK": 256}, target)
        expected = np.zeros(n, dtype)
        expected[place] = np.where(source < n, x[np.minimum(source, n - 1)], 0)
        np.testing.assert_array_equal(out, expected)
        assert "vector.gather" in text
        assert "vector.scatter" in text


@triton.jit
def last_wins(x_ptr, to_ptr, out_ptr, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    tl.store(out_ptr + tl.load(to_ptr + at), tl.load(x_ptr + at))


@triton.jit
def last_wins_2d(x_ptr, to_ptr, out_ptr, M: tl.constexpr, N: tl.constexpr):
    at = tl.arange(0, M)[:, None] * N + tl.arange(0, N)[None, :]
    tl.store(out_ptr + tl.load(to_ptr + at), tl.load(x_ptr + at))


@pytest.mark.parametrize("target", TARGETS)
def test_of_elements_stored_to_one_address_the_last_stays(target: str) -> None:
    rng = np.random.default_rng(2)
    x, place = np.arange(256, dtype=np.float32), rng.integers(0, 11, 256).astype(np.int32)
    expected = np.full(11, -1, np.float32)
    for value, at in zip(x, place, strict=True):
        expected[at] = value
    out = np.full(11, -1, np.float32)
    run(last_wins, {"x_ptr": x, "to_ptr": place, "out_ptr": out}, {"BLOCK": 256}, target)
    np.testing.assert_array_equal(out, expected)
    out[:] = -1
    run(last_wins_2d, {"x_ptr": x, "to_ptr": place, "out_ptr": out}, {"M": 64, "N": 4}, target)
    np.testing.assert_array_equal(out, expected)


@triton.jit
def add_in_place(out_ptr, to_ptr, n, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    place = tl.load(to_ptr + at, mask=at < n, other=0)
    x = tl.load(out_ptr + place, mask=at < n)
    tl.store(out_ptr + place, x + 1 + at, mask=at < n)


@triton.jit
def add_to_one(out_ptr, BLOCK: tl.constexpr):
    place = tl.arange(0, BLOCK) * 0
    tl.store(out_ptr + place, tl.load(out_ptr + place) + 1)


def test_elements_at_one_address_are_all_read_before_one_is_written() -> None:
    place = np.random.default_rng(3).integers(0, 9, 200).astype(np.int32)
    out = np.arange(9, dtype=np.float32)
    expected = out.copy()
    for at, target in enumerate(place):
        expected[target] = np.arange(9)[target] + 1 + at
    run(add_in_place, {"out_ptr": out, "to_ptr": place, "n": 200}, {"BLOCK": 256})
    np.testing.assert_array_equal(out, expected)
    out = np.zeros(1, np.float32)
    run(add_to_one, {"out_ptr": out}, {"BLOCK": 256})
    assert out[0] == 1


@triton.jit
def strided_and_reversed(x_ptr, out_ptr, n, step, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at * step, mask=(at < n) & (at != 3), other=5.0)
    tl.store(out_ptr + (n - 1 - at), x, mask=at < n)
    y = tl.load(x_ptr + at // 2, mask=at < n, other=0.0)
    tl.store(out_ptr + n + at, y, mask=(at < n) & (x > 0))


@pytest.mark.parametrize("step", [0, 1, 3])
def test_strides_and_quotients_as_addresses(step: int) -> None:
    n = 51
    x = np.random.default_rng(4).standard_normal(max(1, (n - 1) * step + 1, n)).astype(np.float32)
    out = np.zeros(2 * n, np.float32)
    run(strided_and_reversed, {"x_ptr": x, "out_ptr": out, "n": n, "step": step}, {"BLOCK": 64})
    at = np.arange(n)
    first = np.where(at != 3, x[at * step], 5).astype(np.float32)
    np.testing.assert_array_equal(out[:n], first[::-1])
    np.testing.assert_array_equal(out[n:], np.where(first > 0, x[at // 2], 0))


@triton.jit
def sum_of_gathered(x_ptr, places_ptr, out_ptr, n, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    place = tl.load(places_ptr + at, mask=at < n, other=0)
    x = tl.load(x_ptr + place, mask=(at < n) & (place % 2 == 0), other=0.0)
    tl.store(out_ptr, tl.sum(x, axis=0))
    tl.store(out_ptr + 1, tl.max(tl.where(at < n, tl.load(x_ptr + place), -1e30), axis=0))


def test_reductions_take_what_is_gathered() -> None:
    rng, n = np.random.default_rng(5), 100
    x, places = rng.standard_normal(40).astype(np.float32), rng.integers(0, 40, n).astype(np.int32)
    out = np.zeros(2, np.float32)
    run(sum_of_gathered, {"x_ptr": x, "places_ptr": places, "out_ptr": out, "n": n}, {"BLOCK": 128})
    expected = [x[places[places % 2 == 0]].sum(dtype=np.float64), x[places].max()]
    np.testing.assert_allclose(out, expected, rtol=1e-5)


@triton.jit
def carried(p_ptr, out_ptr, n, steps, BLOCK: tl.constexpr, STORES: tl.constexpr):
    at = tl.arange(0, BLOCK)
    mask = at < n
    total = tl.zeros([BLOCK], tl.float32)
    last = tl.zeros([BLOCK], tl.float32)
    for step in range(steps):
        x = tl.load(p_ptr + step * n + at, mask=mask, other=3.0)
        if STORES:
            tl.store(p_ptr + n + at, total + x, mask=mask)
        total += x
        last = x
    tl.store(p_ptr + at, total * 0, mask=mask)
    tl.store(p_ptr + (steps - 1) * n + at, total * 0, mask=mask)
    tl.store(out_ptr, tl.sum(total, axis=0))
    tl.store(out_ptr + 1 + at, total + last)


@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("stores", [False, True])
def test_what_a_loop_carries_is_read_before_later_stores(stores: bool, steps: int) -> None:
    n, block = 45, 64
    p = np.random.default_rng(6).integers(-9, 9, (4, n)).astype(np.float32)
    out, memory = np.zeros(block + 1, np.float32), p.copy()
    args = {"p_ptr": p, "out_ptr": out, "n": n, "steps": steps}
    run(carried, args, {"BLOCK": block, "STORES": stores})
    total, last = np.zeros(block, np.float32), np.zeros(block, np.float32)
    for step in range(steps):
        last = np.full(block, 3, np.float32)
        last[:n] = memory[step]
        if stores:
            memory[1] = total[:n] + last[:n]
        total += last
    assert out[0] == total.sum()
    np.testing.assert_array_equal(out[1:], total + last)


@triton.jit
def long_sums(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=at < n, other=0.0)
    tl.store(out_ptr, tl.sum(x, axis=0))
    tl.store(out_ptr + 1, tl.max(tl.load(x_ptr + at, mask=at < n, other=float("-inf")), axis=0))
    tl.store(out_ptr + 2, tl.sum(x * x, axis=0))


@pytest.mark.parametrize("n", [1, 500, 1023, 1024])
def test_long_rows_are_summed_in_many_partial_sums(n: int) -> None:
    x = np.random.default_rng(7).standard_normal(n).astype(np.float32)
    out = np.zeros(3, np.float32)
    run(long_sums, {"x_ptr": x, "out_ptr": out, "n": n}, {"BLOCK": 1024})
    wide = x.astype(np.float64)
    np.testing.assert_allclose(out, [wide.sum(), x.max(), (wide * wide).sum()], rtol=1e-5, atol=1e-5)


@triton.jit
def along_a_stride(x_ptr, out_ptr, n, stride: tl.int32, out_stride: tl.int32, BLOCK: tl.constexpr):
    # The annotations keep strides of 1 from being constants, as libraries do.
    first = tl.program_id(0) * BLOCK
    x = tl.make_block_ptr(x_ptr, (n,), (stride,), (first,), (BLOCK,), (0,))
    out = tl.make_block_ptr(out_ptr, (n,), (out_stride,), (first,), (BLOCK,), (0,))
    tl.store(out, tl.load(x, boundary_check=(0,)) + 1, boundary_check=(0,))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8])
@pytest.mark.parametrize("strides", [(1, 1), (1, 3), (2, 1), (5, 2), (0, 1)])
def test_a_stride_known_at_run_time_may_be_1(target: str, dtype: type, strides: tuple[int, int]) -> None:
    n = 100  # a block of 64 and a part of one
    stride, out_stride = strides
    x = np.arange(max(1, (n - 1) * stride + 1)).astype(dtype)
    out = np.zeros((n - 1) * out_stride + 1, dtype)
    args = {"x_ptr": x, "out_ptr": out, "n": n, "stride": stride, "out_stride": out_stride}
    run(along_a_stride, args, {"BLOCK": 64}, target, grid=2)
    expected = np.zeros_like(out)
    expected[::out_stride] = x[np.arange(n) * stride] + dtype(1)
    np.testing.assert_array_equal(out, expected)


def test_a_stride_known_at_run_time_is_asked_for_1_in_front_of_a_gather() -> None:
    args = {"x_ptr": np.zeros(64, np.float32), "out_ptr": np.zeros(64, np.float32), "n": 64}
    vector = run(along_a_stride, args | {"stride": 1, "out_stride": 1}, {"BLOCK": 64})
    assert vector.count("vector.gather") == vector.count("vector.scatter") > 0
    assert "vector.load" in vector
    assert "vector.maskedstore" in vector
