from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt
from ttir_helpers import SIGNATURE, emit, one, ops, sources, stored, yielded

import smtir
from smtir.dialects import verify_module
from smtir.mlir import ir


@triton.jit
def block(pointer):
    return tl.make_block_ptr(
        pointer, shape=[32, 32], strides=[32, 1], offsets=[0, 0], block_shape=[32, 32], order=[1, 0]
    )


@triton.jit
def scaled(a_ptr, out_ptr, n, scale):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    acc = tl.zeros((32, 32), tl.float32)
    for s in smt.parallel(0, 2):
        y = smt.descriptor_load(block(a_ptr), (s * 16, 0), (16, 32), (8, 8))
        acc_view = smt.view(acc, (s * 16, 0), (16, 32), (8, 8))
        acc_view = smt.dot(y, x, acc_view)
    tl.store(block(out_ptr), acc * scale)


@pytest.mark.parametrize("constant", [None, 0.5, -1.0, 0.0, 1.0])
def test_the_stored_value_depends_on_the_product_whatever_the_scale(constant: float | None) -> None:
    module = emit(scaled) if constant is None else emit(scaled, scale=constant)
    verify_module(module)
    loop = one(module, "scf.for")
    insert = one(module, "xsmt.insert")
    reached = sources(stored(module))
    assert insert in reached
    assert one(module, "xsmt.mmt4d") in reached
    assert ir.BoolAttr(loop.attributes["bind_sub_block"]).value
    assert yielded(loop) == [insert.results[0]]
    carried = loop.regions[0].blocks[0].arguments[1]
    assert insert.operands[1] == carried
    assert one(module, "xsmt.pack").operands[0] == carried


@triton.jit
def two_accumulators(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    first = tl.zeros((32, 32), tl.float32)
    second = tl.zeros((32, 32), tl.float32)
    for _ in range(n):
        smt.dot(x, x, smt.view(first, (0, 0), (32, 32), (8, 8)))
        y = smt.descriptor_load(block(a_ptr), (0, 0), (16, 32), (8, 8))
        smt.dot(y, x, smt.view(second, (16, 0), (16, 32), (8, 8)))
    tl.store(block(out_ptr), first - second)


def test_two_zero_accumulators_stay_two() -> None:
    module = emit(two_accumulators)
    loop = one(module, "scf.for")
    assert len(loop.results) == 2
    first, second = ops(module, "xsmt.insert")
    assert yielded(loop) == [first.results[0], second.results[0]]
    arguments = loop.regions[0].blocks[0].arguments
    assert [first.operands[1], second.operands[1]] == [arguments[1], arguments[2]]
    difference = stored(module).owner.operation
    assert difference.name == "arith.subf"
    assert list(difference.operands) == list(loop.results)


@triton.jit
def zero_in_loop(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    total = tl.zeros((32, 32), tl.float32)
    for _ in range(n):
        acc = tl.zeros((32, 32), tl.float32)
        for _ in range(3):
            smt.dot(x, x, smt.view(acc, (0, 0), (32, 32), (8, 8)))
        total += acc
    tl.store(block(out_ptr), total)


def test_zeros_inside_a_loop_are_zero_in_every_iteration() -> None:
    module = emit(zero_in_loop)
    outer, inner = ops(module, "scf.for")
    assert len(outer.results) == len(inner.results) == 1
    initial = inner.operands[3].owner.operation
    assert initial.name == "arith.constant"
    assert "dense<0.0" in str(initial)


@triton.jit
def names_of_one_accumulator(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    acc = tl.zeros((32, 32), tl.float32)
    alias = acc
    pair = (acc, 7)
    window = smt.view(acc, (0, 0), (32, 32), (8, 8))
    other_window = smt.view(alias, (0, 0), (32, 32), (8, 8))
    for _ in range(n):
        smt.dot(x, x, window)
    squared = smt.dot(other_window, x, window)
    tl.store(block(out_ptr), acc - alias * 2.0 + pair[0] * 3.0 + tl.sum(squared))


def test_every_name_and_window_of_an_accumulator_sees_the_update() -> None:
    module = emit(names_of_one_accumulator)
    (loop,) = ops(module, "scf.for")
    in_loop, after = ops(module, "xsmt.insert")
    assert in_loop in list(loop.regions[0].blocks[0])
    assert after.operands[1] == loop.results[0]
    left, right = ops(module, "xsmt.mmt4d")[1].operands[0], ops(module, "xsmt.mmt4d")[1].operands[2]
    assert left.owner.operation.operands[0] == right.owner.operation.operands[0] == loop.results[0]
    users = {use.owner.operation.name for use in after.results[0].uses}
    assert users == {"arith.subf", "arith.mulf", "xsmt.pack"}
    assert len(list(after.results[0].uses)) == 4  # acc, alias, pair[0], squared


@triton.jit
def inside_branches(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    acc = tl.zeros((32, 32), tl.float32)
    for k in range(n):
        for j in range(k):
            if j > 2:
                smt.dot(x, x, smt.view(acc, (0, 0), (32, 32), (8, 8)))
            else:
                acc += 1.0
    tl.store(block(out_ptr), acc)


def test_an_update_in_a_branch_in_nested_loops_is_carried() -> None:
    module = emit(inside_branches)
    outer, inner = ops(module, "scf.for")
    branch = one(module, "scf.if")
    assert stored(module) == outer.results[0]
    assert yielded(outer) == [inner.results[0]]
    assert yielded(inner) == [branch.results[0]]
    then, otherwise = (list(region.blocks[0])[-1].operation.operands[0] for region in branch.regions)
    assert then.owner.operation.name == "xsmt.insert"
    assert otherwise.owner.operation.name == "arith.addf"


@triton.jit
def in_while(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    acc = tl.zeros((32, 32), tl.float32)
    while n > 0:
        smt.dot(x, x, smt.view(acc, (0, 0), (32, 32), (8, 8)))
        n -= 1
    tl.store(block(out_ptr), acc)


def test_an_update_in_a_while_loop_is_carried() -> None:
    module = emit(in_while)
    assert one(module, "xsmt.insert") in sources(stored(module))


@triton.jit
def moving_window(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (16, 32), (8, 8))
    y = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    acc = tl.zeros((32, 32), tl.float32)
    window = smt.view(acc, (0, 0), (16, 32), (8, 8))
    for k in range(n):
        smt.dot(x, y, window)
        window = smt.view(acc, (k * 16, 0), (16, 32), (8, 8))
    tl.store(block(out_ptr), acc)


def test_a_window_variable_that_moves_is_carried_as_its_offsets() -> None:
    module = emit(moving_window)
    loop, insert = one(module, "scf.for"), one(module, "xsmt.insert")
    carried = list(loop.regions[0].blocks[0].arguments)[1:]
    assert [str(value.type) for value in carried] == ["tensor<32x32xf32>", "i32"]
    assert insert.operands[1] == carried[0]
    assert insert.operands[2] == carried[1]


@triton.jit
def swapped(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    one_acc = tl.zeros((32, 32), tl.float32)
    other_acc = tl.zeros((32, 32), tl.float32)
    for _ in range(n):
        smt.dot(x, x, smt.view(one_acc, (0, 0), (32, 32), (8, 8)))
        one_acc, other_acc = other_acc, one_acc
    tl.store(block(out_ptr), one_acc - other_acc)


def test_accumulators_that_swap_names_stay_apart() -> None:
    module = emit(swapped)
    loop, insert = one(module, "scf.for"), one(module, "xsmt.insert")
    carried = list(loop.regions[0].blocks[0].arguments)[1:]
    assert insert.operands[1] == carried[0]
    assert yielded(loop) == [carried[1], insert.results[0]]


@triton.jit
def product_of(x, COUNT: tl.constexpr):
    acc = tl.zeros((32, 32), tl.float32)
    for _ in range(COUNT):
        smt.dot(x, x, smt.view(acc, (0, 0), (32, 32), (8, 8)))
    return acc


@triton.jit
def calls_product(a_ptr, out_ptr):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    tl.store(block(out_ptr), product_of(x, 3))


def test_a_function_with_its_own_accumulator_returns_its_value() -> None:
    module = emit(calls_product)
    assert one(module, "xsmt.insert") in sources(stored(module))
    assert not ops(module, "tt.call")


@triton.jit
def reads_windows(a_ptr, out_ptr):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    acc = tl.zeros((32, 32), tl.float32)
    window = smt.dot(x, x, smt.view(acc, (0, 0), (32, 32), (8, 8)))
    tl.store(block(out_ptr), acc + tl.sum(-window) + tl.sum(window.to(tl.float32) * 2.0))


def test_a_window_used_as_a_tensor_shows_the_updated_accumulator() -> None:
    module = emit(reads_windows)
    insert = one(module, "xsmt.insert")
    packs = [op for op in ops(module, "xsmt.pack") if op.operands[0] == insert.results[0]]
    assert len(packs) == 2
    assert set(map(str, (op.results[0].type for op in packs))) == {"tensor<4x4x8x8xf32>"}


@triton.jit
def packs_a_temporary(a_ptr, out_ptr):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    acc = tl.zeros((32, 32), tl.float32)
    loaded = tl.load(block(a_ptr))
    left = smt.view((loaded * 2.0).to(tl.float16), (0, 0), (32, 32), (8, 8))
    right = smt.view(loaded.to(tl.float16), (0, 0), (32, 32), (8, 8))
    smt.dot(left, right, smt.view(acc, (0, 0), (32, 32), (8, 8)))
    tl.store(block(out_ptr), acc + tl.sum(x))


def test_a_view_of_an_expression_packs_its_value() -> None:
    module = emit(packs_a_temporary)
    product = one(module, "xsmt.mmt4d")
    bases = [operand.owner.operation.operands[0].owner.operation.name for operand in product.operands]
    assert bases == ["arith.truncf", "arith.truncf", "arith.constant"]
    assert str(product.results[0].type) == "tensor<4x4x8x8xf32>"


@triton.jit
def windows_in_a_tuple(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (16, 32), (8, 8))
    y = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    acc = tl.zeros((32, 32), tl.float32)
    windows = (smt.view(acc, (0, 0), (16, 32), (8, 8)),)
    windows = windows + (smt.view(acc, (16, 0), (16, 32), (8, 8)),)  # noqa: RUF005
    for _ in range(n):
        smt.dot(x, y, windows[0])
        smt.dot(x, y, windows[1])
    tl.store(block(out_ptr), acc)


def test_windows_in_a_tuple_stay_windows() -> None:
    module = emit(windows_in_a_tuple)
    loop = one(module, "scf.for")
    first, second = ops(module, "xsmt.insert")
    assert second.operands[1] == first.results[0]
    assert yielded(loop) == [second.results[0]]


@triton.jit
def two_names_in_a_parallel_branch(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    acc = tl.zeros((32, 32), tl.float32)
    alias = acc
    for s in smt.parallel(0, 2):
        if s < n:
            y = smt.descriptor_load(block(a_ptr), (s * 16, 0), (16, 32), (8, 8))
            smt.dot(y, x, smt.view(acc, (s * 16, 0), (16, 32), (8, 8)))
    tl.store(block(out_ptr), acc + alias)


def test_an_accumulator_of_two_names_is_carried_once() -> None:
    module = emit(two_names_in_a_parallel_branch)
    verify_module(module)
    assert len(one(module, "scf.for").results) == 1
    added = stored(module).owner.operation
    assert added.operands[0] == added.operands[1]


def test_the_current_api_sees_no_windows() -> None:
    @triton.jit
    def kernel(a_ptr, out_ptr):
        x = smt.view(smt.descriptor_load(block(a_ptr), (0, 0)), (0, 0), (32, 32), (8, 8))
        acc = tl.zeros((32, 32), tl.float32)
        acc_view = smt.view(acc, (0, 0), (32, 32), (8, 8))
        product = smt.dot(x, x, acc_view)
        tl.store(block(out_ptr), acc + tl.sum(product))

    module = emit(kernel)
    assert not ops(module, "xsmt.insert")
    accumulator = one(module, "xsmt.mmt4d").operands[2].owner.operation
    assert accumulator.name == "xsmt.pack"
    assert accumulator.operands[0].owner.operation.name == "arith.constant"


def test_no_placeholder_is_left() -> None:
    text = str(emit(scaled))
    assert "placeholder" not in text
    assert "smt.op" not in text


def run(kernel: Any, a: np.ndarray, n: int, **constexprs: object) -> np.ndarray:
    """What the kernel writes on the host."""
    given = [name for name in kernel.arg_names if name not in constexprs]
    values = {"a_ptr": a, "out_ptr": np.full((32, 32), np.nan, np.float32), "n": n, "scale": -0.75}
    compilation = smtir.compile(kernel, {name: SIGNATURE[name] for name in given}, constexprs)
    compilation.run(*(values[name] for name in given), grid=(1, 1, 1))
    return values["out_ptr"]


def halves(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    return np.concatenate([upper, lower])


RESULTS: list[tuple[Any, int, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = [
    (scaled, 0, lambda a, product: product * -0.75),
    (two_accumulators, 3, lambda a, product: 3 * product - halves(0 * a[:16], 3 * product[:16])),
    (zero_in_loop, 4, lambda a, product: 12 * product),
    (
        names_of_one_accumulator,
        2,
        lambda a, product: 2 * (2 * product + 2 * product @ a) + np.sum(2 * product + 2 * product @ a),
    ),
    (inside_branches, 5, lambda a, product: product + 9),
    (in_while, 3, lambda a, product: 3 * product),
    (moving_window, 3, lambda a, product: halves(2 * product[:16], product[:16])),
    (swapped, 3, lambda a, product: -product),
    (calls_product, 0, lambda a, product: 3 * product),
    (reads_windows, 0, lambda a, product: product + product.sum()),
    (packs_a_temporary, 0, lambda a, product: 2 * product + a.sum()),
    (windows_in_a_tuple, 2, lambda a, product: halves(2 * product[:16], 2 * product[:16])),
]


@pytest.mark.parametrize(("kernel", "n", "expected"), RESULTS, ids=[result[0].__name__ for result in RESULTS])
def test_a_kernel_with_windows_computes_what_python_says(
    kernel: Any, n: int, expected: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> None:
    # Small integers: exact in f16 and f32, so that the order of additions does not matter.
    a = np.random.default_rng(3).integers(-2, 3, (32, 32)).astype(np.float64)
    np.testing.assert_array_equal(run(kernel, a.astype(np.float32), n), expected(a, a @ a))


@pytest.mark.parametrize("scale", [0.5, -1.0, 0.0, 1.0])
def test_a_constexpr_scale_multiplies_the_accumulated_product(scale: float) -> None:
    a = np.random.default_rng(4).integers(-2, 3, (32, 32)).astype(np.float64)
    np.testing.assert_array_equal(run(scaled, a.astype(np.float32), 0, scale=scale), a @ a * scale)
