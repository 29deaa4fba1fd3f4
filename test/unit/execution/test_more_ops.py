"""Scans, atomics, descriptors and rearrangements in ordinary Triton kernels, run against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
from triton.language.extra import libdevice

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
NAMES = {
    "float64": "fp64",
    "float32": "fp32",
    "float16": "fp16",
    "int32": "i32",
    "int16": "i16",
    "int8": "i8",
    "int64": "i64",
}


def run(
    fn: Any,
    args: dict[str, Any],
    constexprs: dict[str, Any],
    grid: tuple[int, ...] = (1,),
    target: str = "host",
) -> None:
    """Compile ``fn`` and run it, arrays in place."""
    signature = {
        name: f"*{NAMES[value.dtype.name]}" if isinstance(value, np.ndarray) else "i32"
        for name, value in args.items()
    }
    smtir.compile(fn, signature=signature, constexprs=constexprs, target=target).run(
        *args.values(), grid=grid
    )


@triton.jit
def combine_affine(a1, b1, a2, b2):
    return a1 * a2, b1 * a2 + b2


@triton.jit
def scans(
    x_ptr, sum_ptr, affine_ptr, ROWS: tl.constexpr, N: tl.constexpr, AXIS: tl.constexpr, REV: tl.constexpr
):
    at = tl.arange(0, ROWS)[:, None] * N + tl.arange(0, N)[None, :]
    x = tl.load(x_ptr + at)
    tl.store(sum_ptr + at, tl.cumsum(x, axis=AXIS, reverse=REV))
    _, b = tl.associative_scan((x * 0 + 0.5, x), axis=AXIS, combine_fn=combine_affine, reverse=REV)
    tl.store(affine_ptr + at, b)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axis", [0, 1])
def test_scans_run_along_either_axis_in_either_direction(axis: int, reverse: bool) -> None:
    x = np.random.default_rng(0).standard_normal((8, 16)).astype(np.float32)
    total, affine = np.zeros_like(x), np.zeros_like(x)
    constexprs = {"ROWS": 8, "N": 16, "AXIS": axis, "REV": reverse}
    run(scans, {"x_ptr": x, "sum_ptr": total, "affine_ptr": affine}, constexprs)
    moved = np.moveaxis(x, axis, 0)
    ordered = moved[::-1] if reverse else moved
    sums, state, states = np.cumsum(ordered, axis=0), ordered[0], [ordered[0]]
    for row in ordered[1:]:
        state = state * np.float32(0.5) + row
        states.append(state)
    expected = np.array(states)
    if reverse:
        sums, expected = sums[::-1], expected[::-1]
    np.testing.assert_allclose(total, np.moveaxis(sums, 0, axis), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(affine, np.moveaxis(expected, 0, axis), rtol=1e-5, atol=1e-5)


@triton.jit
def rearranged(x_ptr, y_ptr, joined_ptr, cat_ptr, split_ptr, gathered_ptr, index_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    x, y = tl.load(x_ptr + i), tl.load(y_ptr + i)
    tl.store(joined_ptr + tl.arange(0, 2 * N), tl.interleave(x, y))
    tl.store(cat_ptr + tl.arange(0, 2 * N), tl.cat(x, y, can_reorder=True))
    left, right = tl.split(tl.join(x, y * 2))
    tl.store(split_ptr + i, left - right)
    tl.store(gathered_ptr + i, tl.gather(x, tl.load(index_ptr + i), axis=0))


def test_tensors_are_joined_taken_apart_and_indexed() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 16)).astype(np.float32)
    index = rng.integers(0, 16, 16).astype(np.int32)
    joined, cat = np.zeros(32, np.float32), np.zeros(32, np.float32)
    split, gathered = np.zeros(16, np.float32), np.zeros(16, np.float32)
    args = {
        "x_ptr": x, "y_ptr": y, "joined_ptr": joined, "cat_ptr": cat, "split_ptr": split,
        "gathered_ptr": gathered, "index_ptr": index,
    }  # fmt: skip
    run(rearranged, args, {"N": 16})
    np.testing.assert_array_equal(joined, np.stack([x, y], axis=1).ravel())
    np.testing.assert_array_equal(np.sort(cat), np.sort(np.concatenate([x, y])))
    np.testing.assert_array_equal(split, x - y * 2)
    np.testing.assert_array_equal(gathered, x[index])


@triton.jit
def histogram(x_ptr, out_ptr, n, N: tl.constexpr, BINS: tl.constexpr):
    i = tl.arange(0, N)
    x = tl.load(x_ptr + i, mask=i < n, other=0)
    tl.store(out_ptr + tl.arange(0, BINS), tl.histogram(x, BINS, mask=i < n))


def test_a_histogram_counts_what_its_mask_lets_it() -> None:
    x, out = np.random.default_rng(0).integers(0, 8, 64).astype(np.int32), np.zeros(8, np.int32)
    run(histogram, {"x_ptr": x, "out_ptr": out, "n": 50}, {"N": 64, "BINS": 8})
    np.testing.assert_array_equal(out, np.bincount(x[:50], minlength=8))


@triton.jit
def histogram_of_all(x_ptr, out_ptr, n, N: tl.constexpr, BINS: tl.constexpr):
    i = tl.arange(0, N)
    x = tl.load(x_ptr + i, mask=i < n, other=-1)
    tl.store(out_ptr + tl.arange(0, BINS), tl.histogram(x, BINS))
    tl.store(out_ptr + BINS + tl.arange(0, BINS), tl.histogram(x, BINS, mask=i < n))


@pytest.mark.parametrize("target", TARGETS)
def test_a_histogram_takes_numbers_that_are_no_bins_as_gpus_do(target: str) -> None:
    x, out = np.random.default_rng(0).integers(-(2**31), 2**31, 64).astype(np.int32), np.zeros(16, np.int32)
    run(histogram_of_all, {"x_ptr": x, "out_ptr": out, "n": 50}, {"N": 64, "BINS": 8}, target=target)
    counted = np.bincount(x[:50] % 8, minlength=8)
    np.testing.assert_array_equal(out[8:], counted)
    np.testing.assert_array_equal(out[:8], counted + 14 * (np.arange(8) == 7))


@triton.jit
def gathered_where(x_ptr, at_ptr, out_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    at = tl.load(at_ptr + i)
    tl.store(out_ptr + i, tl.where(at >= 0, tl.gather(tl.load(x_ptr + i), at, 0), 7.0))


@pytest.mark.parametrize("target", TARGETS)
def test_a_gather_may_have_positions_that_are_none_where_its_result_is_dropped(target: str) -> None:
    x, out = np.arange(16, dtype=np.float32), np.zeros(16, np.float32)
    at = np.array([3, -1, 15, -(2**31), *range(12)], np.int32)
    run(gathered_where, {"x_ptr": x, "at_ptr": at, "out_ptr": out}, {"N": 16}, target=target)
    np.testing.assert_array_equal(out, np.where(at >= 0, x[at % 16], 7))


@triton.jit
def sorted_rows(x_ptr, out_ptr, ROWS: tl.constexpr, N: tl.constexpr):
    at = tl.arange(0, ROWS)[:, None] * N + tl.arange(0, N)[None, :]
    tl.store(out_ptr + at, tl.sort(tl.load(x_ptr + at), dim=1))


@triton.jit
def networks(x_ptr, n_ptr, out_ptr, of_n_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    x, n = tl.load(x_ptr + at), tl.load(n_ptr + at)
    tl.store(out_ptr + at, tl.sort(x))
    tl.store(out_ptr + N + at, tl.sort(x, descending=True))
    half_sorted = tl.bitonic_merge(x)  # read twice: by a store and by the next network
    tl.store(out_ptr + 2 * N + at, half_sorted)
    tl.store(out_ptr + 3 * N + at, tl.sort(half_sorted))
    tl.store(of_n_ptr + at, tl.sort(n))
    tl.store(of_n_ptr + N + tl.arange(0, N // 4), tl.topk(n, N // 4))


def network(x: np.ndarray, descending: int, stages: range | None = None) -> np.ndarray:
    """What Triton's network makes of ``x``: of a NaN both comparisons say no."""
    count = x.size.bit_length() - 1
    at = np.arange(x.size)
    for stage in stages or range(1, count + 1):
        flip = at >> stage & 1 if stage < count else descending
        for bit in reversed(range(stage)):
            partner = x[at ^ 1 << bit]
            x = np.where((x > partner) != (flip ^ at >> bit & 1), partner, x)
    return x


@pytest.mark.parametrize("target", ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])])
def test_sorting_networks_exchange_what_triton_exchanges(target: str) -> None:
    random = np.random.default_rng(4)
    x = random.normal(size=64).astype(np.float32)
    x[[3, 17, 40]], x[[5, 6]], x[[9, 50]] = np.nan, [0.0, -0.0], [np.inf, -np.inf]
    n = random.integers(-9, 9, 64).astype(np.int16)
    out, of_n = np.zeros((4, 64), np.float32), np.zeros(80, np.int16)
    run(networks, {"x_ptr": x, "n_ptr": n, "out_ptr": out, "of_n_ptr": of_n}, {"N": 64}, target=target)
    merged = network(x, 0, range(6, 7))
    expected = [network(x, 0), network(x, 1), merged, network(merged, 0)]
    np.testing.assert_array_equal(out.view(np.int32), np.array(expected).view(np.int32))
    np.testing.assert_array_equal(of_n, [*np.sort(n), *np.sort(n)[:-17:-1]])


@triton.jit
def of_pairs(x_ptr, sum_ptr, product_ptr, most_ptr):
    at = (
        tl.arange(0, 4)[:, None, None] * 16
        + tl.arange(0, 2)[None, :, None] * 8
        + tl.arange(0, 8)[None, None, :]
    )
    x = tl.load(x_ptr + at)
    to = tl.arange(0, 4)[:, None] * 8 + tl.arange(0, 8)[None, :]
    tl.store(sum_ptr + to, tl.sum(x, 1))
    tl.store(product_ptr + to, tl.reduce(x, 1, multiplied))
    tl.store(most_ptr + to, tl.max(x, 1))


@triton.jit
def multiplied(a, b):
    return a * b


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int32])
def test_two_elements_are_combined_whatever_lies_between_them(dtype: Any) -> None:
    x = (np.random.default_rng(6).normal(size=(4, 2, 8)) * 9).astype(dtype)
    if dtype == np.float32:
        x[0, :, :4] = [[-0.0, np.nan, np.inf, 1], [-0.0, 1, -np.inf, np.nan]]
    found = [np.zeros((4, 8), dtype) for _ in range(3)]
    run(of_pairs, {"x_ptr": x, "sum_ptr": found[0], "product_ptr": found[1], "most_ptr": found[2]}, {})
    with np.errstate(all="ignore"):
        expected = [x[:, 0] + x[:, 1], x[:, 0] * x[:, 1], np.fmax(x[:, 0], x[:, 1])]
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found[0][0, 0]), np.signbit(expected[0][0, 0]))


def test_rows_are_sorted() -> None:
    x = np.random.default_rng(0).standard_normal((4, 32)).astype(np.float32)
    out = np.zeros_like(x)
    run(sorted_rows, {"x_ptr": x, "out_ptr": out}, {"ROWS": 4, "N": 32})
    np.testing.assert_array_equal(out, np.sort(x, axis=1))


@triton.jit
def count_all(sum_ptr, old_ptr, bins_ptr, highest_ptr, float_ptr, N: tl.constexpr):
    pid = tl.program_id(0)
    tl.store(old_ptr + pid, tl.atomic_add(sum_ptr, 1))
    i = tl.arange(0, N)
    tl.atomic_add(bins_ptr + i % 4, i, mask=i < 10)
    tl.atomic_max(highest_ptr, pid)
    tl.atomic_add(float_ptr, 0.5)


def test_atomics_of_many_programs_lose_no_update() -> None:
    total, old = np.zeros(1, np.int32), np.zeros(64, np.int32)
    bins, highest, half = np.zeros(4, np.int32), np.zeros(1, np.int32), np.zeros(1, np.float32)
    args = {"sum_ptr": total, "old_ptr": old, "bins_ptr": bins, "highest_ptr": highest, "float_ptr": half}
    run(count_all, args, {"N": 16}, (64,))
    assert total[0] == 64
    assert sorted(old) == list(range(64))
    expected = np.bincount(np.arange(10) % 4, weights=np.arange(10), minlength=4)
    np.testing.assert_array_equal(bins, 64 * expected)
    assert highest[0] == 63
    assert half[0] == 32


@triton.jit
def lock(flag_ptr, value_ptr):
    while tl.atomic_cas(flag_ptr, 0, 1) == 1:
        pass
    tl.store(value_ptr, tl.load(value_ptr) + 1)
    tl.atomic_xchg(flag_ptr, 0)


def test_a_spin_lock_of_compare_and_swap() -> None:
    flag, value = np.zeros(1, np.int32), np.zeros(1, np.int32)
    run(lock, {"flag_ptr": flag, "value_ptr": value}, {}, (200,))
    assert value[0] == 200


@triton.jit
def swap_equals(memory_ptr, expected_ptr, wanted_ptr, old_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    old = tl.atomic_cas(memory_ptr + i, tl.load(expected_ptr + i), tl.load(wanted_ptr + i))
    tl.store(old_ptr + i, old)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_compare_and_swap_compares_the_bits_of_floats(dtype: type) -> None:
    memory = np.array([1, np.nan, 0.0, -0.0, np.inf, 2, 3, 4], dtype)
    expected = np.array([1, np.nan, -0.0, -0.0, np.inf, 1, 3, -4], dtype)
    before, wanted, old = memory.copy(), np.arange(10, 18).astype(dtype), np.zeros(8, dtype)
    args = {"memory_ptr": memory, "expected_ptr": expected, "wanted_ptr": wanted, "old_ptr": old}
    run(swap_equals, args, {"N": 8})
    np.testing.assert_array_equal(old, before)
    swapped = np.array([1, 1, 0, 1, 1, 0, 1, 0], bool)
    np.testing.assert_array_equal(memory, np.where(swapped, wanted, before))


@triton.jit
def multiply_all(x_ptr, where_ptr, out_ptr, n, N: tl.constexpr):
    """Lanes that lost try again, until a flag says that none is left: the flag is not read in the loop."""
    i = tl.arange(0, N)
    factor, where = tl.load(x_ptr + i, i < n, other=0), tl.load(where_ptr + i, i < n, other=0)
    stop = i >= n
    all_stopped = False
    while not all_stopped:
        before = tl.load(out_ptr + where)
        after = tl.where(stop, before, before * factor)
        stop |= tl.atomic_cas(out_ptr + where, before, after) == before
        all_stopped = tl.sum(stop.to(tl.int32)) == N


def test_lanes_that_want_one_place_swap_until_all_have() -> None:
    x = np.arange(1, 13, dtype=np.float32) / 4
    where, out = np.arange(12, dtype=np.int32) % 5, np.ones(5, np.float32)
    run(multiply_all, {"x_ptr": x, "where_ptr": where, "out_ptr": out, "n": 12}, {"N": 16}, (1,))
    expected = [x[where == place].prod() for place in range(5)]
    np.testing.assert_allclose(out, expected, rtol=1e-6)


@triton.jit
def descriptors(x_ptr, out_ptr, rows, columns, BR: tl.constexpr, BC: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [rows, columns], [columns, 1], [BR, BC])
    out = tl.make_tensor_descriptor(out_ptr, [rows, columns], [columns, 1], [BR, BC])
    at = [tl.program_id(0) * BR, tl.program_id(1) * BC]
    out.store(at, x.load(at) * 2)


def test_tensor_descriptors_stay_inside_the_tensor() -> None:
    x = np.random.default_rng(0).standard_normal((21, 36)).astype(np.float32)
    out = np.zeros_like(x)
    run(descriptors, {"x_ptr": x, "out_ptr": out, "rows": 21, "columns": 36}, {"BR": 8, "BC": 16}, (3, 3))
    np.testing.assert_array_equal(out, x * 2)


@triton.jit
def wrapped(a_ptr, rows, columns, shift, out_ptr, START: tl.constexpr, N: tl.constexpr, COLUMN: tl.constexpr):
    i = tl.arange(0, N)
    around = START + shift + i
    if COLUMN:
        at = i[:, None] * columns + (around % columns)[None, :]
    else:
        at = (around % rows)[:, None] * columns + i[None, :]
    x = tl.load(a_ptr + at, mask=i[None, :] < columns - 1, other=-1.0)
    tl.store(out_ptr + i[:, None] * N + i[None, :], x)


@pytest.mark.parametrize("column", [False, True])
@pytest.mark.parametrize("start", [0, 3, 10, 24, -1, -5, -7, -18, -40])
@pytest.mark.parametrize("known", [True, False], ids=["known-sign", "unknown-sign"])
def test_offsets_that_wrap_around(start: int, column: bool, known: bool) -> None:
    rows, columns = (16, 9) if column else (5, 9)
    margin = columns if column else rows * columns  # in front of the first row, for negative remainders
    a = np.random.default_rng(0).standard_normal(margin + rows * columns).astype(np.float32)
    out = np.zeros((16, 16), np.float32)

    constexprs = {"START": start, "N": 16, "COLUMN": column}
    args = {"a_ptr": a[margin:], "rows": rows, "columns": columns, "shift": 0, "out_ptr": out}
    signature = {"a_ptr": "*fp32", "rows": "i32", "columns": "i32", "shift": "i32", "out_ptr": "*fp32"}
    if known:
        del args["shift"], signature["shift"]
        constexprs["shift"] = 0
    smtir.compile(wrapped, signature=signature, constexprs=constexprs, target="host").run(
        *args.values(), grid=(1,)
    )
    i, j = np.arange(16)[:, None], np.arange(16)[None, :]
    # As in C, the remainder has the sign of the dividend.
    row, at = (i, np.fmod(start + j, columns)) if column else (np.fmod(start + i, rows), j)
    expected = a.ravel()[np.clip(row * columns + at + margin, 0, a.size - 1)]
    np.testing.assert_array_equal(out, np.where(j < columns - 1, expected, -1))


@triton.jit
def casts(x_ptr, half_ptr, byte_ptr, back_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    x = tl.load(x_ptr + i)
    tl.store(half_ptr + i, x.to(tl.float16))
    tl.store(byte_ptr + i, x.to(tl.int8))
    tl.store(back_ptr + i, x.to(tl.bfloat16).to(tl.float16).to(tl.float32))


def test_casts_round_as_numpy_does() -> None:
    x = (np.random.default_rng(0).standard_normal(64) * 20).astype(np.float32)
    half, byte, back = np.zeros(64, np.float16), np.zeros(64, np.int8), np.zeros(64, np.float32)
    run(casts, {"x_ptr": x, "half_ptr": half, "byte_ptr": byte, "back_ptr": back}, {"N": 64})
    np.testing.assert_array_equal(half, x.astype(np.float16))
    np.testing.assert_array_equal(byte, x.astype(np.int8))
    np.testing.assert_allclose(back, x, rtol=2**-8)


@triton.jit(noinline=True)
def scaled(value, factor):
    return value * factor + 1


@triton.jit
def calls(x_ptr):
    tl.store(x_ptr, scaled(tl.load(x_ptr), 3.0))


def test_a_function_that_asks_not_to_be_inlined_is_inlined() -> None:
    x = np.array([2, 9], np.float32)
    run(calls, {"x_ptr": x}, {})
    np.testing.assert_array_equal(x, [7, 9])


@triton.jit
def chosen(x_ptr, out_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    pointers = tl.where(i % 3 == 0, x_ptr + i, x_ptr + N + i)
    tl.store(out_ptr + i, tl.load(pointers))


def test_pointers_that_are_chosen_element_by_element() -> None:
    x, out = np.arange(32, dtype=np.float32), np.zeros(16, np.float32)
    run(chosen, {"x_ptr": x, "out_ptr": out}, {"N": 16})
    i = np.arange(16)
    np.testing.assert_array_equal(out, np.where(i % 3 == 0, i, 16 + i))


@triton.jit
def flags(x_ptr, flag_ptr, out_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(flag_ptr + i, tl.load(x_ptr + i) > 0)
    tl.store(out_ptr + i, tl.where(tl.load(flag_ptr + i), 1.0, -1.0))


def test_booleans_are_bytes_in_memory() -> None:
    x = np.random.default_rng(0).standard_normal(32).astype(np.float32)
    flag, out = np.zeros(32, np.int8), np.zeros(32, np.float32)
    signature = {"x_ptr": "*fp32", "flag_ptr": "*i1", "out_ptr": "*fp32"}
    smtir.compile(flags, signature=signature, constexprs={"N": 32}).run(x, flag.view(bool), out, grid=(1,))
    np.testing.assert_array_equal(flag, x > 0)
    np.testing.assert_array_equal(out, np.where(x > 0, 1, -1))


@triton.jit
def transposed_in_place(x_ptr, N: tl.constexpr):
    at = tl.arange(0, N)[:, None] * N + tl.arange(0, N)[None, :]
    tl.store(x_ptr + at, tl.trans(tl.load(x_ptr + at)) + 1)


def test_a_transpose_in_place_reads_everything_first() -> None:
    x = np.arange(256, dtype=np.float32).reshape(16, 16)
    expected = x.T + 1
    run(transposed_in_place, {"x_ptr": x}, {"N": 16})
    np.testing.assert_array_equal(x, expected)


@triton.jit
def library(x_ptr, y_ptr, out_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    x, y = tl.load(x_ptr + i), tl.load(y_ptr + i)
    tl.store(out_ptr + i, libdevice.tanh(x) + libdevice.exp(y) * libdevice.rint(3 * x))
    tl.store(out_ptr + N + i, libdevice.pow(libdevice.abs(x), y))
    tl.store(out_ptr + 2 * N + i, libdevice.fmod(x, y) + libdevice.fma(x, y, x))
    tl.store(out_ptr + 3 * N + i, tl.where(libdevice.isnan(x / 0.0 * 0.0), libdevice.atan2(x, y), 0.0))


def test_functions_of_libdevice() -> None:
    x, y = np.random.default_rng(0).standard_normal((2, 32)).astype(np.float32)
    out = np.zeros((4, 32), np.float32)
    run(library, {"x_ptr": x, "y_ptr": y, "out_ptr": out}, {"N": 32})
    wide_x, wide_y = x.astype(np.float64), y.astype(np.float64)
    np.testing.assert_allclose(
        out[0], np.tanh(wide_x) + np.exp(wide_y) * np.rint(3 * x), rtol=2e-5, atol=1e-6
    )
    np.testing.assert_allclose(out[1], np.abs(wide_x) ** wide_y, rtol=2e-5)
    np.testing.assert_allclose(out[2], np.fmod(x, y) + (wide_x * wide_y + wide_x), rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(out[3], np.arctan2(wide_x, wide_y), rtol=2e-5)


@triton.jit
def integer_descriptors(x_ptr, out_ptr):
    x = tl.make_tensor_descriptor(x_ptr, [8, 8], [8, 1], [4, 8])
    out = tl.make_tensor_descriptor(out_ptr, [8, 8], [8, 1], [4, 8])
    out.store([0, 0], x.load([4, 0]))


@pytest.mark.parametrize(("element", "dtype"), [("i16", np.int16), ("u32", np.uint32)])
def test_descriptors_of_integers_with_and_without_a_sign(element: str, dtype: Any) -> None:
    x, out = np.arange(64).astype(dtype), np.zeros(64, dtype)
    signature = {"x_ptr": f"*{element}", "out_ptr": f"*{element}"}
    smtir.compile(integer_descriptors, signature=signature).run(x, out, grid=(1,))
    np.testing.assert_array_equal(out[:32], x[32:])
    assert not out[32:].any()


@triton.jit
def upper_half(x_ptr, y_ptr, out_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(out_ptr + lanes, tl.umulhi(tl.load(x_ptr + lanes), tl.load(y_ptr + lanes)))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", ["u32", "i32", "u64", "i64"])
def test_upper_halves_of_products(dtype: str, target: str) -> None:
    types = dict.fromkeys(("x_ptr", "y_ptr", "out_ptr"), f"*{dtype}")
    kernel = smtir.compile(upper_half, signature=types, constexprs={"BLOCK": 128}, target=target)
    assert "mului_extended" not in kernel.stages["linalg"]  # vectors have no such operation
    bits = int(dtype[1:])
    numbers = np.random.default_rng(bits).integers(0, 2**bits, 128, np.uint64 if bits == 64 else np.uint32)
    half = 1 << bits // 2
    extremes = np.array([0, 1, 2**bits - 1, 2 ** (bits - 1), half, half - 1], numbers.dtype)
    x = np.concatenate([np.repeat(extremes, 6), numbers[36:]])
    y = np.concatenate([np.tile(extremes, 6), numbers[36:][::-1]])
    out = np.zeros_like(x)
    signed = f"{'u' if dtype[0] == 'u' else ''}int{bits}"
    kernel.run(x.view(signed), y.view(signed), out.view(signed), grid=(1,))
    assert out.tolist() == [int(a) * int(b) >> bits for a, b in zip(x, y, strict=True)]
