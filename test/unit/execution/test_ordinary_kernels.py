"""Ordinary Triton kernels, compiled for the host and run against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir
from smtir.errors import VerifyError


def run(fn: Any, args: dict[str, Any], constexprs: dict[str, Any], grid: tuple[int, ...] = (1,)) -> None:
    """Compile ``fn`` for its arguments and run it, arrays in place."""
    names = {
        "float32": "fp32",
        "float16": "fp16",
        "float64": "fp64",
        "int32": "i32",
        "int8": "i8",
        "int64": "i64",
    }

    def type_of(value: Any) -> str:
        if isinstance(value, np.ndarray):
            return f"*{names[value.dtype.name]}"
        return "fp32" if isinstance(value, float) else "i32"

    signature = {name: type_of(value) for name, value in args.items()}
    smtir.compile(fn, signature=signature, constexprs=constexprs, target="host").run(
        *args.values(), grid=grid
    )


HOSTILE = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45, 3.4e38, -1.5], np.float32)


def hostile(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Normal values, one in eight replaced by NaN, infinities, -0.0, a denormal or the largest."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape).astype(np.float32)
    chosen = rng.random(shape) < 0.125
    values[chosen] = rng.choice(HOSTILE, chosen.sum())
    return values


@triton.jit
def add(x_ptr, y_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    x = tl.load(x_ptr + offsets, mask=mask)
    y = tl.load(y_ptr + offsets, mask=mask)
    tl.store(out_ptr + offsets, x + y, mask=mask)


@pytest.mark.parametrize("n", [1, 63, 64, 65, 200])
def test_a_masked_add_writes_only_what_the_mask_lets_it(n: int) -> None:
    x, y = hostile((n,)), hostile((n,), 1)
    out = np.full(256, 7.0, np.float32)
    run(add, {"x_ptr": x, "y_ptr": y, "out_ptr": out, "n": n}, {"BLOCK": 64}, (4,))
    with np.errstate(invalid="ignore", over="ignore"):
        np.testing.assert_array_equal(out[:n], x + y)
    assert (out[n:] == 7).all()


@triton.jit
def softmax(x_ptr, out_ptr, stride, columns, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    offsets = tl.arange(0, BLOCK)
    mask = offsets < columns
    x = tl.load(x_ptr + row * stride + offsets, mask=mask, other=-float("inf"))
    e = tl.exp(x - tl.max(x, axis=0))
    tl.store(out_ptr + row * stride + offsets, e / tl.sum(e, axis=0), mask=mask)


@pytest.mark.parametrize("columns", [1, 17, 64])
def test_a_row_softmax_ignores_the_padding(columns: int) -> None:
    x = np.random.default_rng(0).standard_normal((5, columns)).astype(np.float32)
    out = np.zeros_like(x)
    run(softmax, {"x_ptr": x, "out_ptr": out, "stride": columns, "columns": columns}, {"BLOCK": 64}, (5,))
    wide = np.exp(x.astype(np.float64) - x.max(axis=1, keepdims=True))
    np.testing.assert_allclose(out, wide / wide.sum(axis=1, keepdims=True), rtol=3e-6)


@triton.jit
def reduce_rows(x_ptr, max_ptr, min_ptr, sum_ptr, columns, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    rows, offsets = tl.arange(0, ROWS), tl.arange(0, BLOCK)
    x = tl.load(
        x_ptr + rows[:, None] * columns + offsets[None, :], mask=offsets[None, :] < columns, other=0.0
    )
    tl.store(max_ptr + rows, tl.max(x, axis=1))
    tl.store(min_ptr + rows, tl.min(x, axis=1))
    tl.store(sum_ptr + rows, tl.sum(x, axis=1))


def test_reductions_treat_nan_and_infinities_as_triton_does() -> None:
    x = hostile((8, 32))
    x[0] = np.nan
    x[1] = -np.inf
    x[2] = -0.0
    results = [np.zeros(8, np.float32) for _ in range(3)]
    run(
        reduce_rows,
        {"x_ptr": x, "max_ptr": results[0], "min_ptr": results[1], "sum_ptr": results[2], "columns": 32},
        {"ROWS": 8, "BLOCK": 32},
    )
    np.testing.assert_array_equal(results[0], np.fmax.reduce(x, axis=1))
    np.testing.assert_array_equal(results[1], np.fmin.reduce(x, axis=1))
    with np.errstate(invalid="ignore", over="ignore"):
        np.testing.assert_allclose(results[2], x.astype(np.float64).sum(axis=1).astype(np.float32), rtol=1e-5)


@triton.jit
def swap(x_ptr, y_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets)
    y = tl.load(y_ptr + offsets)
    tl.store(x_ptr + offsets, y)
    tl.store(y_ptr + offsets, x)


def test_a_load_is_not_moved_over_a_store() -> None:
    x, y = np.arange(16, dtype=np.float32), np.arange(100, 116, dtype=np.float32)
    run(swap, {"x_ptr": x, "y_ptr": y}, {"BLOCK": 16})
    np.testing.assert_array_equal(x, np.arange(100, 116))
    np.testing.assert_array_equal(y, np.arange(16))


@triton.jit
def shift(x_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets)
    tl.store(x_ptr + offsets + 1, x * 2)


def test_a_store_that_overlaps_its_load_sees_the_old_values() -> None:
    x = np.arange(17, dtype=np.float32)
    expected = np.concatenate([x[:1], x[:16] * 2])
    run(shift, {"x_ptr": x}, {"BLOCK": 16})
    np.testing.assert_array_equal(x, expected)


@triton.jit
def increment_repeatedly(x_ptr, times, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    for _ in range(times):
        x = tl.load(x_ptr + offsets)
        tl.store(x_ptr + offsets, x + 1)


def test_a_load_in_a_loop_sees_the_store_of_the_iteration_before() -> None:
    x = np.zeros(32, np.float32)
    run(increment_repeatedly, {"x_ptr": x, "times": 5}, {"BLOCK": 32})
    np.testing.assert_array_equal(x, np.full(32, 5))


@triton.jit
def reload(x_ptr, out_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    before = tl.load(x_ptr + offsets)
    tl.store(x_ptr + offsets, before + 1)
    after = tl.load(x_ptr + offsets)
    tl.store(out_ptr + offsets, before * 100 + after)


def test_two_loads_of_one_address_around_a_store_differ() -> None:
    x, out = np.arange(16, dtype=np.float32), np.zeros(16, np.float32)
    expected = x * 100 + x + 1
    run(reload, {"x_ptr": x, "out_ptr": out}, {"BLOCK": 16})
    np.testing.assert_array_equal(out, expected)


@triton.jit
def gather_scatter(x_ptr, index_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    mask = offsets < n
    at = tl.load(index_ptr + offsets, mask=mask, other=0)
    x = tl.load(x_ptr + at, mask=(at % 2) == 0, other=-1.0)
    tl.store(out_ptr + at, x, mask=mask)


def test_addresses_that_are_data_are_gathered_and_scattered() -> None:
    rng = np.random.default_rng(0)
    x, index = rng.standard_normal(40).astype(np.float32), rng.permutation(40).astype(np.int32)[:30]
    out = np.full(40, 9.0, np.float32)
    run(gather_scatter, {"x_ptr": x, "index_ptr": index, "out_ptr": out, "n": 30}, {"BLOCK": 32})
    expected = np.full(40, 9.0, np.float32)
    expected[index] = np.where(index % 2 == 0, x[index], -1)
    np.testing.assert_array_equal(out, expected)


@triton.jit
def transpose(x_ptr, out_ptr, rows, columns, BLOCK: tl.constexpr):
    r = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    c = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = (r[:, None] < rows) & (c[None, :] < columns)
    x = tl.load(x_ptr + r[:, None] * columns + c[None, :], mask=mask)
    tl.store(out_ptr + c[:, None] * rows + r[None, :], tl.trans(x), mask=tl.trans(mask))


def test_a_transpose_with_masks_in_both_dimensions() -> None:
    x = hostile((37, 21))
    out = np.zeros((21, 37), np.float32)
    run(transpose, {"x_ptr": x, "out_ptr": out, "rows": 37, "columns": 21}, {"BLOCK": 16}, (3, 2))
    np.testing.assert_array_equal(out, x.T)


@triton.jit
def padded(x_ptr, out_ptr, rows, columns, offset, PADDING: tl.constexpr, BLOCK: tl.constexpr):
    block = tl.make_block_ptr(x_ptr, (rows, columns), (columns, 1), (offset, offset), (BLOCK, BLOCK), (1, 0))
    x = tl.load(block, boundary_check=(0, 1), padding_option=PADDING)
    r = tl.arange(0, BLOCK)
    tl.store(out_ptr + r[:, None] * BLOCK + r[None, :], x)


PADDINGS = {"zero": 0, "nan": np.nan, "neg_inf": -np.inf, "inf": np.inf}


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("offset", [-20, -3, 0, 5, 30])
def test_a_block_is_padded_on_every_side(offset: int, padding: str) -> None:
    x = np.random.default_rng(0).standard_normal((11, 9)).astype(np.float32)
    out = np.zeros((16, 16), np.float32)
    run(
        padded,
        {"x_ptr": x, "out_ptr": out, "rows": 11, "columns": 9, "offset": offset},
        {"PADDING": padding, "BLOCK": 16},
    )
    expected = np.full((16, 16), PADDINGS[padding], np.float32)
    for i in range(16):
        for j in range(16):
            if 0 <= i + offset < 11 and 0 <= j + offset < 9:
                expected[i, j] = x[i + offset, j + offset]
    np.testing.assert_array_equal(out, expected)


@triton.jit
def padded_descriptor(x_ptr, out_ptr, size, PADDING: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [size], [1], [16], padding_option=PADDING)
    tl.store(out_ptr + tl.arange(0, 16), x.load([0]))


@pytest.mark.parametrize("padding", PADDINGS)
def test_a_descriptor_pads_too(padding: str) -> None:
    x, out = np.arange(10, dtype=np.float32), np.zeros(16, np.float32)
    run(padded_descriptor, {"x_ptr": x, "out_ptr": out, "size": 10}, {"PADDING": padding})
    np.testing.assert_array_equal(out, np.pad(x, (0, 6), constant_values=PADDINGS[padding]))


def test_integers_have_no_infinite_padding() -> None:
    x = np.arange(10, dtype=np.int32)
    with pytest.raises(VerifyError, match=r"tt\.load: padding inf needs elements of a floating-point type"):
        run(
            padded,
            {"x_ptr": x, "out_ptr": x, "rows": 1, "columns": 10, "offset": 0},
            {"PADDING": "inf", "BLOCK": 16},
        )


@triton.jit
def matmul(a_ptr, b_ptr, c_ptr, m, n, k, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    rm = tl.program_id(0) * BM + tl.arange(0, BM)
    rn = tl.program_id(1) * BN + tl.arange(0, BN)
    rk = tl.arange(0, BK)
    a_ptrs = a_ptr + rm[:, None] * k + rk[None, :]
    b_ptrs = b_ptr + rk[:, None] * n + rn[None, :]
    acc = tl.zeros((BM, BN), dtype=tl.float32)
    for start in tl.range(0, k, BK, num_stages=3, loop_unroll_factor=2):
        a = tl.load(a_ptrs, mask=(rm[:, None] < m) & (rk[None, :] < k - start), other=0.0)
        b = tl.load(b_ptrs, mask=(rk[:, None] < k - start) & (rn[None, :] < n), other=0.0)
        acc = tl.dot(a, b, acc)
        a_ptrs += BK
        b_ptrs += BK * n
    tl.store(c_ptr + rm[:, None] * n + rn[None, :], acc, mask=(rm[:, None] < m) & (rn[None, :] < n))


@pytest.mark.parametrize(("m", "n", "k"), [(64, 64, 64), (33, 50, 70), (1, 1, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_matmul_with_carried_pointers(m: int, n: int, k: int, dtype: type) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((m, k)).astype(dtype), rng.standard_normal((k, n)).astype(dtype)
    c = np.zeros((m, n), np.float32)
    grid = (-(-m // 32), -(-n // 32))
    run(
        matmul,
        {"a_ptr": a, "b_ptr": b, "c_ptr": c, "m": m, "n": n, "k": k},
        {"BM": 32, "BN": 32, "BK": 16},
        grid,
    )
    reference = a.astype(np.float64) @ b.astype(np.float64)
    assert np.abs(c - reference).max() <= 2e-6 * np.abs(reference).max()


@triton.jit
def early_return(x_ptr, n):
    pid = tl.program_id(0)
    if pid >= n:
        return
    x = tl.load(x_ptr + pid)
    tl.store(x_ptr + pid, x + 1)


def test_a_program_that_returns_early_writes_nothing() -> None:
    x = np.zeros(8, np.float32)
    run(early_return, {"x_ptr": x, "n": 5}, {}, (8,))
    np.testing.assert_array_equal(x, [1, 1, 1, 1, 1, 0, 0, 0])


@triton.jit
def collatz(x_ptr, steps_ptr):
    pid = tl.program_id(0)
    value = tl.load(x_ptr + pid)
    steps = 0
    while value != 1:
        if value % 2 == 0:
            value = value // 2
            steps += 1
        else:
            value = (3 * value + 1) // 2
            steps += 2
    tl.store(steps_ptr + pid, steps)


def test_while_and_if_on_scalars() -> None:
    x, steps = np.arange(1, 10, dtype=np.int32), np.zeros(9, np.int32)
    run(collatz, {"x_ptr": x, "steps_ptr": steps}, {}, (9,))
    np.testing.assert_array_equal(steps, [0, 1, 7, 2, 5, 8, 16, 3, 19])


@triton.jit
def chosen_pointer(x_ptr, out_ptr, flag, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    pointers = x_ptr + offsets
    if flag > 0:
        pointers += BLOCK
    tl.store(out_ptr + offsets, tl.load(pointers))


@pytest.mark.parametrize("flag", [0, 1])
def test_a_pointer_that_a_branch_moves(flag: int) -> None:
    x, out = np.arange(32, dtype=np.float32), np.zeros(16, np.float32)
    run(chosen_pointer, {"x_ptr": x, "out_ptr": out, "flag": flag}, {"BLOCK": 16})
    np.testing.assert_array_equal(out, x[16 * flag :][:16])


@triton.jit
def causal_sum(x_ptr, out_ptr, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i[:, None] * BLOCK + i[None, :], mask=i[:, None] >= i[None, :], other=0.0)
    tl.store(out_ptr + i, tl.sum(x, axis=1))


def test_a_mask_that_is_no_box() -> None:
    x = np.random.default_rng(0).standard_normal((32, 32)).astype(np.float32)
    out = np.zeros(32, np.float32)
    run(causal_sum, {"x_ptr": x, "out_ptr": out}, {"BLOCK": 32})
    np.testing.assert_allclose(out, np.tril(x).sum(axis=1), rtol=1e-4, atol=1e-5)


@triton.jit
def argmax_rows(x_ptr, out_ptr, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    r, c = tl.arange(0, ROWS), tl.arange(0, BLOCK)
    tl.store(out_ptr + r, tl.argmax(tl.load(x_ptr + r[:, None] * BLOCK + c[None, :]), axis=1))


def test_argmax_takes_the_first_of_equals() -> None:
    x = np.random.default_rng(0).integers(0, 4, (8, 32)).astype(np.float32)
    out = np.zeros(8, np.int32)
    run(argmax_rows, {"x_ptr": x, "out_ptr": out}, {"ROWS": 8, "BLOCK": 32})
    np.testing.assert_array_equal(out, x.argmax(axis=1))


@triton.jit
def integers(x_ptr, y_ptr, out_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    x, y = tl.load(x_ptr + offsets), tl.load(y_ptr + offsets)
    tl.store(out_ptr + offsets, tl.where(x > y, x // y, (x ^ y) & 255) + (x % y) - (x << 2))


def test_integer_arithmetic_truncates_as_c_does() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(-1000, 1000, 64).astype(np.int32), rng.integers(1, 50, 64).astype(np.int32)
    out = np.zeros(64, np.int32)
    run(integers, {"x_ptr": x, "y_ptr": y, "out_ptr": out}, {"BLOCK": 64})
    quotient = np.trunc(x / y).astype(np.int32)
    expected = np.where(x > y, quotient, (x ^ y) & 255) + (x - quotient * y) - (x << 2)
    np.testing.assert_array_equal(out, expected)


@triton.jit
def one_address(x_ptr, out_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    tl.store(out_ptr + offsets * 0, tl.load(x_ptr + offsets))


def test_of_many_stores_to_one_address_one_value_stays() -> None:
    x, out = np.arange(16, dtype=np.float32), np.full(2, -1.0, np.float32)
    run(one_address, {"x_ptr": x, "out_ptr": out}, {"BLOCK": 16})
    assert out[0] in x
    assert out[1] == -1


@triton.jit
def add_one(x_ptr, out_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    tl.store(out_ptr + offsets, tl.load(x_ptr + offsets) + 1)


@pytest.mark.parametrize("target", ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])])
@pytest.mark.parametrize("shift", [-40, -1, 0, 1, 40])
def test_two_arrays_that_overlap_are_read_before_they_are_written(shift: int, target: str) -> None:
    memory = np.arange(300, dtype=np.float32)
    x, out = memory[100:164], memory[100 + shift : 164 + shift]
    expected = memory.copy()
    expected[100 + shift : 164 + shift] = x + 1
    compiled = smtir.compile(
        add_one,
        signature={"x_ptr": "*fp32", "out_ptr": "*fp32"},
        constexprs={"BLOCK": 64},
        target=target,
    )
    compiled.run(x, out, grid=(1,))
    np.testing.assert_array_equal(memory, expected)
