"""Buffers of the kernel's own and views of them, run on the host and as RISC-V against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir
from smtir.errors import FrontendError, LoweringError

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
HOSTILE = np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, 3.4e38], np.float32)


def hostile(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape).astype(np.float32)
    chosen = rng.random(shape) < 0.125
    values[chosen] = rng.choice(HOSTILE, chosen.sum())
    return values


def run(fn: Any, arrays: dict[str, np.ndarray], target: str = "host", **scalars: int) -> None:
    names = {"float32": "*fp32", "float16": "*fp16", "int8": "*i8", "int32": "*i32"}
    signature = {name: names[array.dtype.name] for name, array in arrays.items()}
    signature |= dict.fromkeys(scalars, "i32")
    compiled = smtir.compile(fn, signature=signature, constexprs={}, target=target, smt_api="current")
    compiled.run(*arrays.values(), *scalars.values(), grid=(1,))


@triton.jit
def block(pointer):
    return tl.make_block_ptr(
        pointer, shape=[64, 64], strides=[64, 1], offsets=[0, 0], block_shape=[64, 64], order=[1, 0]
    )


@triton.jit
def window_of_scratch(x_ptr, window_ptr, out_ptr, row, column):
    scratch = smt.alloc((64, 64))
    tl.store(scratch, tl.load(block(x_ptr)))
    packed = smt.view(scratch, (row, column), (32, 32), (8, 16))
    shown = tl.load(packed)
    tl.store(smt.view(block(window_ptr), (0, 0), (32, 32), (8, 16)), shown)
    tl.store(packed, shown + 1.0)
    tl.store(block(out_ptr), tl.load(scratch))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("at", [(0, 0), (8, 16), (5, 3), (40, 50), (63, 63), (64, 0), (1000, 1000), (-3, 60)])
def test_a_packed_window_of_scratch_is_clamped_padded_and_aliases(at: tuple[int, int], target: str) -> None:
    x = hostile((64, 64))
    window, out = np.full((64, 64), 7, np.float32), np.full((64, 64), 7, np.float32)
    run(
        window_of_scratch, {"x_ptr": x, "window_ptr": window, "out_ptr": out}, target, row=at[0], column=at[1]
    )
    expected, changed = np.zeros((32, 32), np.float32), x.copy()
    for i in range(32):
        for j in range(32):
            if 0 <= at[0] + i < 64 and 0 <= at[1] + j < 64:
                expected[i, j] = x[at[0] + i, at[1] + j]
                changed[at[0] + i, at[1] + j] += 1
    np.testing.assert_array_equal(window[:32, :32], expected)
    np.testing.assert_array_equal(out, changed)


@triton.jit
def window_in_window(x_ptr, out_ptr, row, inner):
    scratch = smt.alloc((64, 64))
    tl.store(scratch, tl.load(block(x_ptr)))
    packed = smt.view(scratch, (row, 16), (32, 32), (8, 16))
    part = smt.view(packed, (inner, 8), (16, 16))
    other = smt.view(part, (0, 0), (16, 16), (4, 4))
    tl.store(other, tl.load(other) * 2.0)
    tl.store(block(out_ptr), tl.load(scratch))


@pytest.mark.parametrize(("row", "inner"), [(0, 0), (16, 3), (40, 5), (8, 24), (8, -4), (60, 0)])
def test_a_window_in_a_window_ends_where_the_outer_one_ends(row: int, inner: int) -> None:
    x = hostile((64, 64))
    out = np.zeros_like(x)
    run(window_in_window, {"x_ptr": x, "out_ptr": out}, row=row, inner=inner)
    expected = x.copy()
    for i in range(max(inner, 0), min(inner + 16, 32)):
        if 0 <= row + i < 64:
            with np.errstate(over="ignore"):
                expected[row + i, 24:40] *= 2
    np.testing.assert_array_equal(out, expected)


@triton.jit
def double_buffer(x_ptr, out_ptr, n):
    buffers = smt.alloc_copies((64, 64), dtype=tl.float32, storage="tcm", copies=2)
    tl.store(buffers[0], tl.load(block(x_ptr)))
    for i in range(n):
        tl.store(buffers[(i + 1) % 2], tl.load(buffers[i % 2]) + 1.0)
    tl.store(block(out_ptr), tl.load(buffers[n % 2]))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_copies_of_a_buffer_are_apart(n: int, target: str) -> None:
    x = np.arange(4096, dtype=np.float32).reshape(64, 64)
    out = np.zeros_like(x)
    run(double_buffer, {"x_ptr": x, "out_ptr": out}, target, n=n)
    np.testing.assert_array_equal(out, x + n)


@triton.jit
def loads_around_stores(x_ptr, first_ptr, second_ptr, n):
    scratch = smt.alloc((64, 64))
    tl.store(scratch, tl.load(block(x_ptr)))
    before = tl.load(smt.view(scratch, (0, 0), (64, 64)))
    kept = before
    for _ in range(n):
        kept = tl.load(smt.view(scratch, (0, 0), (64, 64)))
        tl.store(scratch, kept * 2.0)
    after = tl.load(smt.view(scratch, (0, 0), (64, 64)))
    tl.store(scratch, after - after)
    tl.store(block(first_ptr), before + kept)
    tl.store(block(second_ptr), after)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_load_is_not_moved_over_a_store_to_the_same_buffer(n: int) -> None:
    x = np.arange(4096, dtype=np.float32).reshape(64, 64)
    first, second = np.zeros_like(x), np.zeros_like(x)
    run(loads_around_stores, {"x_ptr": x, "first_ptr": first, "second_ptr": second}, n=n)
    np.testing.assert_array_equal(first, x + x * 2 ** max(n - 1, 0))
    np.testing.assert_array_equal(second, x * 2**n)


@triton.jit
def branches(x_ptr, out_ptr, n):
    scratch = smt.alloc((64, 64))
    tl.store(scratch, tl.load(block(x_ptr)))
    value = tl.load(block(x_ptr)) * 2.0
    if n > 0:
        value = tl.load(scratch)
    tl.store(scratch, tl.load(scratch) * 0.0)
    tl.store(block(out_ptr), value + tl.load(scratch))


@pytest.mark.parametrize("n", [0, 1])
def test_a_load_in_a_branch_is_read_before_a_store_behind_it(n: int) -> None:
    x = np.arange(4096, dtype=np.float32).reshape(64, 64)
    out = np.zeros_like(x)
    run(branches, {"x_ptr": x, "out_ptr": out}, n=n)
    np.testing.assert_array_equal(out, x if n else x * 2)


@triton.jit
def allocated_in_a_loop(x_ptr, out_ptr, n):
    for i in range(n):
        scratch = smt.alloc((64, 64), tl.float16)
        tl.store(scratch, tl.load(block(x_ptr)) + i)
        tl.store(block(out_ptr), tl.load(scratch), boundary_check=(0, 1))


def test_an_allocation_in_a_loop_is_made_once() -> None:
    x = np.arange(4096).reshape(64, 64).astype(np.float16)
    out = np.zeros_like(x)
    signature = {"x_ptr": "*fp16", "out_ptr": "*fp16", "n": "i32"}
    compiled = smtir.compile(allocated_in_a_loop, signature=signature, constexprs={}, smt_api="current")
    text = compiled.stages["linalg"]
    assert 'storage = "l2"' in text
    assert text.index('storage = "l2"') < text.index("scf.for")
    compiled.run(x, out, 3, grid=(1,))
    np.testing.assert_array_equal(out, x + np.float16(2))


@triton.jit
def hinted(x_ptr, out_ptr):
    scratch = smt.alloc((64, 64))
    smt.compile_hint(scratch, "pipeline", 2)
    smt.compile_hint(scratch, "resident")
    smt.compile_hint(scratch, "fast", True)
    tl.store(scratch, tl.load(block(x_ptr)))
    tl.store(block(out_ptr), tl.load(scratch))


def test_a_hint_is_in_the_ttir_and_changes_nothing() -> None:
    x = hostile((64, 64))
    out = np.zeros_like(x)
    compiled = smtir.compile(
        hinted, signature={"x_ptr": "*fp32", "out_ptr": "*fp32"}, constexprs={}, smt_api="current"
    )
    assert "xsmt.annotation %scratch {pipeline = 2 : i32}" in compiled.stages["ttir"]
    assert "{resident}" in compiled.stages["ttir"]
    assert "{fast = true}" in compiled.stages["ttir"]
    compiled.run(x, out, grid=(1,))
    np.testing.assert_array_equal(out, x)


@triton.jit
def index_out_of_range(x_ptr):
    buffers = smt.alloc_copies((16, 16), copies=2)
    tl.store(buffers[2], tl.zeros((16, 16), tl.float32))


@triton.jit
def index_of_another_type(x_ptr):
    buffers = smt.alloc_copies((16, 16), copies=2)
    tl.store(buffers[1.5], tl.zeros((16, 16), tl.float32))


@triton.jit
def no_copies(x_ptr):
    smt.alloc_copies((16, 16), copies=0)


@triton.jit
def unknown_storage(x_ptr):
    smt.alloc((16, 16), tl.float32, storage="sram")


@triton.jit
def no_sizes(x_ptr):
    smt.alloc(())


@triton.jit
def no_type(x_ptr):
    smt.alloc_copies((16, 16), dtype=3)


@triton.jit
def hint_without_a_name(x_ptr):
    smt.compile_hint(x_ptr, 3)


@triton.jit
def hint_with_a_float(x_ptr):
    smt.compile_hint(x_ptr, "x", 1.5)


@triton.jit
def hint_on_a_number(x_ptr):
    smt.compile_hint(3, "x")


@triton.jit
def tile_over_the_view(x_ptr):
    smt.view(smt.alloc((16, 16)), (0, 0), (16, 16), (32, 8))


@triton.jit
def view_of_three_dims(x_ptr):
    smt.view(smt.alloc((4, 16, 16)), (0, 0), (16, 16))


@triton.jit
def takes_copies(buffers):
    tl.store(buffers[0], tl.zeros((16, 16), tl.float32))


@triton.jit
def copies_handed_over(x_ptr):
    takes_copies(smt.alloc_copies((16, 16), copies=2))


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (index_out_of_range, "index 2 is out of range: there are 2 copies"),
        (index_of_another_type, "index must be an integer scalar, got 1.5"),
        (no_copies, "copies must be a positive compile-time integer, got 0"),
        (unknown_storage, "storage must be one of l2, tcm, global, fragment, got 'sram'"),
        (no_sizes, "shape must have at least 1 element, got 0"),
        (no_type, "element type must be a Triton type, got 3"),
        (hint_without_a_name, "name of a hint must be a string"),
        (hint_with_a_float, "value of a hint must be an integer or a bool, got 1.5"),
        (hint_on_a_number, "a hint needs a run-time value, got 3"),
        (tile_over_the_view, r"packed_size\[0\] = 32 does not divide shape\[0\] = 16"),
        (view_of_three_dims, "base must be a 2D or 4D tensor or a block pointer to one"),
        (copies_handed_over, "cannot be passed to another @triton.jit function at once"),
    ],
)
def test_a_mistake_is_an_error_with_the_kernels_line(kernel: Any, message: str) -> None:
    with pytest.raises(FrontendError, match=message) as caught:
        smtir.compile(kernel, signature={"x_ptr": "*fp32"}, constexprs={}, smt_api="current")
    assert caught.value.location is not None
    assert caught.value.location.file == __file__


@triton.jit
def product_onto_an_allocation(x_ptr, out_ptr):
    x = smt.descriptor_load(block(x_ptr), (0, 0), (64, 64), (8, 8))
    total = smt.alloc((64, 64), (8, 8), tl.float32)
    total = smt.dot(x, x, total)
    tl.store(block(out_ptr), tl.load(block(x_ptr)) + tl.sum(total))


def test_a_product_onto_an_allocation_that_holds_nothing_is_refused() -> None:
    signature = {"x_ptr": "*fp32", "out_ptr": "*fp32"}
    with pytest.raises(
        LoweringError, match="allocation, which holds nothing yet: begin with zeros"
    ) as caught:
        smtir.compile(product_onto_an_allocation, signature=signature, constexprs={}, smt_api="old")
    assert caught.value.op == "xsmt.mmt4d"
