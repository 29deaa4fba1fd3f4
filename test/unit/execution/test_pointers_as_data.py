"""Pointers that are data: loaded, computed from integers, chosen, cast, exchanged by loops."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
N = 16
NAMES = {"float32": "fp32", "int16": "i16", "int32": "i32", "int64": "i64"}


def run(
    fn: Any, args: dict[str, Any], constexprs: dict[str, Any] | None = None, target: str = "host"
) -> None:
    """Compile ``fn`` and run one program of it, arrays in place."""
    signature = {
        name: f"*{NAMES[value.dtype.name]}" if isinstance(value, np.ndarray) else "i32"
        for name, value in args.items()
    }
    smtir.compile(fn, signature=signature, constexprs=constexprs or {}, target=target).run(
        *args.values(), grid=(1,)
    )


def floats(seed: int, count: int = N) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(count).astype(np.float32)


@triton.jit
def sum_of_arrays(addresses, out, COUNT: tl.constexpr, N: tl.constexpr):
    total = tl.zeros((N,), tl.float32)
    for i in range(COUNT):
        array = tl.load(addresses + i).to(tl.pointer_type(tl.float32))
        total += tl.load(array + tl.arange(0, N))
    tl.store(out + tl.arange(0, N), total)


def test_arrays_are_found_by_addresses_in_memory() -> None:
    arrays = [floats(seed) for seed in range(3)]
    addresses = np.array([array.ctypes.data for array in arrays], np.int64)
    out = np.zeros(N, np.float32)
    run(sum_of_arrays, {"addresses": addresses, "out": out}, {"COUNT": 3, "N": N})
    np.testing.assert_array_equal(out, arrays[0] + arrays[1] + arrays[2])


@triton.jit
def gather_and_scatter(sources, targets, chosen, n, N: tl.constexpr):
    i = tl.arange(0, N)
    source = tl.load(sources + i, mask=i < n, other=0).to(tl.pointer_type(tl.float32))
    x = tl.load(source, mask=i < n, other=-1.0)
    target = tl.load(targets + i).to(tl.pointer_type(tl.float32))
    tl.store(target + 1, x)
    tl.store(chosen + i, tl.where(i % 2 == 0, source, target))


def test_tensors_of_pointers_are_loaded_used_and_stored() -> None:
    memory, result = floats(0), np.zeros(N + 1, np.float32)
    order = np.random.default_rng(1).permutation(N)
    sources = memory.ctypes.data + 4 * order.astype(np.int64)
    targets = result.ctypes.data + 4 * np.arange(N)[::-1].astype(np.int64)
    chosen = np.zeros(N, np.int64)
    run(gather_and_scatter, {"sources": sources, "targets": targets, "chosen": chosen, "n": 12}, {"N": N})
    expected = np.where(np.arange(N) < 12, memory[order], -1)
    np.testing.assert_array_equal(result[1:][::-1], expected)
    even = np.arange(N) % 2 == 0
    np.testing.assert_array_equal(chosen, np.where(even, np.where(np.arange(N) < 12, sources, 0), targets))


@triton.jit
def one_of_two(flag, a, b, out, N: tl.constexpr):
    i = tl.arange(0, N)
    picked = tl.where(tl.load(flag) != 0, a + 1, b)
    tl.store(out + i, tl.load(picked + i))
    lanes = tl.where(i < 5, a + i, b + i)
    tl.store(out + N + i, tl.load(lanes))
    tl.store(lanes, -1.0)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("flag", [0, 1])
def test_a_pointer_is_chosen_from_two_arrays(flag: int, target: str) -> None:
    a, b, out = floats(0, N + 1), floats(1, N), np.zeros(2 * N, np.float32)
    before_a, before_b = a.copy(), b.copy()
    args = {"flag": np.array([flag], np.int32), "a": a, "b": b, "out": out}
    run(one_of_two, args, {"N": N}, target)
    np.testing.assert_array_equal(out[:N], before_a[1:] if flag else before_b)
    first = np.arange(N) < 5
    np.testing.assert_array_equal(out[N:], np.where(first, before_a[:N], before_b))
    np.testing.assert_array_equal(a[:N], np.where(first, -1, before_a[:N]))
    np.testing.assert_array_equal(b, np.where(first, before_b, -1))


@triton.jit
def cast_pointers(x, half, out, wide, N: tl.constexpr):
    i = tl.arange(0, N)
    bits = tl.load(x.to(tl.pointer_type(tl.int32)) + i)
    tl.store(out + i, bits)
    tl.store((x + i).to(tl.pointer_type(tl.int32), bitcast=True), bits ^ -2147483648)
    low = tl.load(x.to(tl.pointer_type(tl.int16)) + 2 * i + 1)
    tl.store(half + i, low)
    tl.store(wide, tl.load(x.to(tl.pointer_type(tl.int64)) + 1))


@pytest.mark.parametrize("target", TARGETS)
def test_memory_is_read_as_elements_of_another_type_and_size(target: str) -> None:
    x = floats(0)
    before = x.copy()
    half, out, wide = np.zeros(N, np.int16), np.zeros(N, np.int32), np.zeros(1, np.int64)
    run(cast_pointers, {"x": x, "half": half, "out": out, "wide": wide}, {"N": N}, target)
    np.testing.assert_array_equal(out, before.view(np.int32))
    np.testing.assert_array_equal(x, -before)
    np.testing.assert_array_equal(half, x.view(np.int16)[1::2])
    np.testing.assert_array_equal(wide, x.view(np.int64)[1:2])


@triton.jit
def ping_pong(a, b, steps, N: tl.constexpr):
    i = tl.arange(0, N)
    source, target = a, b
    for _ in range(steps):
        tl.store(target + i, tl.load(source + i) + 1)
        source, target = target, source


@triton.jit
def ping_pong_lanes(a, b, steps, N: tl.constexpr):
    i = tl.arange(0, N)
    source, target = a + i, b + i
    step = 0
    while step < steps:
        tl.store(target, tl.load(source) + 1)
        source, target = target, source
        step += 1


@triton.jit
def ping_pong_blocks(a, b, steps, N: tl.constexpr):
    source = tl.make_block_ptr(a, (N,), (1,), (0,), (N,), (0,))
    target = tl.make_block_ptr(b, (N,), (1,), (0,), (N,), (0,))
    for _ in range(steps):
        tl.store(target, tl.load(source) + 1)
        source, target = target, source


@pytest.mark.parametrize("kernel", [ping_pong, ping_pong_lanes, ping_pong_blocks], ids=lambda fn: fn.__name__)
@pytest.mark.parametrize("target", TARGETS)
def test_two_pointers_change_places_in_a_loop(kernel: Any, target: str) -> None:
    a, b = floats(0), floats(1)
    expected = [a.copy(), b.copy()]
    for step in range(5):
        expected[1 - step % 2] = expected[step % 2] + 1
    run(kernel, {"a": a, "b": b, "steps": 5}, {"N": N}, target)
    np.testing.assert_array_equal(a, expected[0])
    np.testing.assert_array_equal(b, expected[1])


@triton.jit
def linked_list(first, out):
    node = first
    total = 0.0
    while tl.load(node) != 0:
        following = tl.load(node).to(tl.pointer_type(tl.int64))
        total += tl.load(following + 1).to(tl.float32)
        node = following
    tl.store(out, total)


def test_a_linked_list_is_followed_to_its_end() -> None:
    nodes = np.zeros((5, 2), np.int64)
    nodes[:, 1] = [10, 20, 30, 40, 50]
    order = [0, 3, 1, 4, 2]
    for here, there in itertools.pairwise(order):
        nodes[here, 0] = nodes[there].ctypes.data
    out = np.zeros(1, np.float32)
    run(linked_list, {"first": nodes, "out": out})
    assert out[0] == 140


@triton.jit
def blocks_by_branch(flag, a, b, out, stride, M: tl.constexpr, N: tl.constexpr):
    if tl.load(flag) != 0:
        block = tl.make_block_ptr(a, (M, N), (N, 1), (0, 0), (M, N), (1, 0))
    else:
        block = tl.make_block_ptr(b, (M - 1, N), (stride, 1), (0, 1), (M, N), (1, 0))
        block = tl.advance(block, (1, 0))
    x = tl.load(block, boundary_check=(0, 1), padding_option="zero")
    at = tl.arange(0, M)[:, None] * N + tl.arange(0, N)[None, :]
    tl.store(out + at, x)


@triton.jit
def descriptors_by_branch(flag, a, b, out, stride, M: tl.constexpr, N: tl.constexpr):
    if tl.load(flag) != 0:
        block = tl.make_tensor_descriptor(a, (M, N), (N, 1), (M, N))
    else:
        block = tl.make_tensor_descriptor(b + 1 + stride, (M - 2, N - 1), (stride, 1), (M, N))
    at = tl.arange(0, M)[:, None] * N + tl.arange(0, N)[None, :]
    tl.store(out + at, block.load((0, 0)))


@pytest.mark.parametrize("kernel", [blocks_by_branch, descriptors_by_branch], ids=lambda fn: fn.__name__)
@pytest.mark.parametrize("flag", [0, 1])
def test_a_branch_chooses_the_shape_and_the_strides_of_a_block(kernel: Any, flag: int) -> None:
    rows, columns, stride = 4, 8, 12
    a, b = floats(0, rows * columns).reshape(rows, columns), floats(1, rows * stride).reshape(rows, stride)
    out = np.zeros((rows, columns), np.float32)
    args = {"flag": np.array([flag], np.int32), "a": a, "b": b, "out": out, "stride": stride}
    run(kernel, args, {"M": rows, "N": columns})
    expected = a if flag else np.zeros_like(a)
    if not flag:
        expected[: rows - 2, : columns - 1] = b[1 : rows - 1, 1:columns]
    np.testing.assert_array_equal(out, expected)


@triton.jit
def grouped(sizes, sources, out, GROUPS: tl.constexpr, N: tl.constexpr):
    descriptor = tl.make_tensor_descriptor(out, (GROUPS, N), (N, 1), (1, N))
    total = tl.zeros((1, N), tl.float32)
    for group in range(GROUPS):
        source = tl.load(sources + group).to(tl.pointer_type(tl.float32))
        descriptor = tl.make_tensor_descriptor(source, (1, tl.load(sizes + group)), (N, 1), (1, N))
        total += descriptor.load((0, 0))
    total += descriptor.load((0, 0))
    tl.store(out + tl.arange(0, N), total.reshape((N,)))


def test_a_loop_replaces_a_descriptor_by_one_of_another_array() -> None:
    arrays, sizes = [floats(seed) for seed in range(3)], np.array([16, 7, 3], np.int32)
    sources = np.array([array.ctypes.data for array in arrays], np.int64)
    out = np.zeros((3, N), np.float32)
    run(grouped, {"sizes": sizes, "sources": sources, "out": out}, {"GROUPS": 3, "N": N})
    padded = [np.where(np.arange(N) < size, array, 0) for array, size in zip(arrays, sizes, strict=True)]
    np.testing.assert_allclose(out[0], padded[0] + padded[1] + 2 * padded[2], rtol=1e-6)


@triton.jit
def put_together(left, right, flat, paired, N: tl.constexpr):
    at = tl.arange(0, N)
    pointers = tl.cat(left + at, right + at * 2, can_reorder=True)
    tl.store(flat + tl.arange(0, 2 * N), tl.load(pointers))
    pairs = tl.join(left + at, right + at)
    tl.store(paired + at[:, None] * 2 + tl.arange(0, 2)[None, :], tl.load(pairs))
    tl.store(pairs, tl.load(pairs) * 2)


def test_pointers_into_two_arrays_are_put_together() -> None:
    left, right = floats(0), floats(1, 2 * N)
    first, second = left.copy(), right.copy()
    flat, paired = np.zeros(2 * N, np.float32), np.zeros((N, 2), np.float32)
    run(put_together, {"left": left, "right": right, "flat": flat, "paired": paired}, {"N": N})
    np.testing.assert_array_equal(flat, [*first, *second[::2]])
    np.testing.assert_array_equal(paired, np.stack([first, second[:N]], axis=1))
    np.testing.assert_array_equal(left, first * 2)
    np.testing.assert_array_equal(right, [*second[:N] * 2, *second[N:]])


@triton.jit
def up_to_zero(x, out, N: tl.constexpr):
    at = x + tl.arange(0, N)
    total = tl.zeros((N,), tl.float32)
    done = False
    while not done:
        block = tl.load(at)
        total += block
        at += N
        done = tl.sum(tl.abs(block)) == 0
    tl.store(out + tl.arange(0, N), total)


@pytest.mark.parametrize("target", TARGETS)
def test_a_pointer_moves_in_a_loop_that_ends_by_a_flag(target: str) -> None:
    x, out = floats(0, 6 * N).reshape(6, N), np.zeros(N, np.float32)
    x[4] = 0
    run(up_to_zero, {"x": x, "out": out}, {"N": N}, target)
    np.testing.assert_allclose(out, x[:4].sum(0), rtol=1e-6, atol=1e-6)
