from __future__ import annotations

import re
from typing import Any

import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt
from ttir_helpers import column_of, emit, line_with

from smtir.errors import FrontendError


@triton.jit
def block(pointer):
    return tl.make_block_ptr(
        pointer, shape=[32, 32], strides=[32, 1], offsets=[0, 0], block_shape=[32, 32], order=[1, 0]
    )


@triton.jit
def load(pointer):
    return smt.descriptor_load(block(pointer), (0, 0), (32, 32), (8, 8))


@triton.jit
def tile_does_not_divide_view(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    smt.dot(load(a_ptr), load(a_ptr), smt.view(acc, (0, 0), (16, 32), (32, 8)))  # here


@triton.jit
def tile_does_not_divide_load(a_ptr, out_ptr):
    smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 64))  # here


@triton.jit
def depth_differs(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    left = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 16))
    smt.dot(left, load(a_ptr), smt.view(acc, (0, 0), (32, 32), (8, 8)))  # here


@triton.jit
def view_outside(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    smt.dot(load(a_ptr), load(a_ptr), smt.view(acc, (16, 0), (32, 32), (8, 8)))  # here


@triton.jit
def view_before(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    smt.dot(load(a_ptr), load(a_ptr), smt.view(acc, (-8, 0), (16, 32), (8, 8)))  # here


@triton.jit
def negative_load(a_ptr, out_ptr):
    smt.descriptor_load(block(a_ptr), (-8, 0), (16, 32), (8, 8))  # here


@triton.jit
def runtime_shape(a_ptr, out_ptr, n):
    smt.descriptor_load(block(a_ptr), (0, 0), (n, 32), (8, 8))  # here


@triton.jit
def wrong_rank(a_ptr, out_ptr):
    smt.descriptor_load(block(a_ptr), (0, 0, 0), (32, 32), (8, 8))  # here


@triton.jit
def odd_size(a_ptr, out_ptr):
    smt.descriptor_load(block(a_ptr), (0, 0), (24, 32), (8, 8))  # here


@triton.jit
def float_offset(a_ptr, out_ptr, scale):
    smt.descriptor_load(block(a_ptr), (scale, 0), (32, 32), (8, 8))  # here


@triton.jit
def plain_pointer(a_ptr, out_ptr):
    smt.descriptor_load(a_ptr, (0, 0), (32, 32), (8, 8))  # here


@triton.jit
def unpacked_operand(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    smt.dot(acc, load(a_ptr), smt.view(acc, (0, 0), (32, 32), (8, 8)))  # here


@triton.jit
def wrong_accumulator(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    smt.dot(load(a_ptr), load(a_ptr), smt.view(acc, (0, 0), (16, 32), (8, 8)))  # here


@triton.jit
def mixed_operands(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    smt.dot(load(a_ptr), load(a_ptr).to(tl.float16), smt.view(acc, (0, 0), (32, 32), (8, 8)))  # here


@triton.jit
def integer_accumulator(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.int32)
    smt.dot(load(a_ptr), load(a_ptr), smt.view(acc, (0, 0), (32, 32), (8, 8)))  # here


@triton.jit
def unused_product(a_ptr, out_ptr):
    product = smt.dot(load(a_ptr), load(a_ptr))
    smt.dot(load(a_ptr), load(a_ptr), product)  # here


@triton.jit
def window_on_window(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    window = smt.view(acc, (0, 0), (32, 32), (8, 8))
    smt.dot(load(a_ptr), load(a_ptr), smt.view(window, (0, 0), (8, 8), (8, 8)))  # here


@triton.jit
def update(window, x):
    smt.dot(x, x, window)


@triton.jit
def window_passed_on(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    update(smt.view(acc, (0, 0), (32, 32), (8, 8)), load(a_ptr))  # here
    tl.store(block(out_ptr), acc)


@triton.jit
def update_argument(acc, x):
    smt.dot(x, x, smt.view(acc, (0, 0), (32, 32), (8, 8)))  # here


@triton.jit
def accumulator_passed_on(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    update_argument(acc, load(a_ptr))  # caller
    tl.store(block(out_ptr), acc)


@triton.jit
def stale_window(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    window = smt.view(acc, (0, 0), (32, 32), (8, 8))
    acc = acc * 2.0
    smt.dot(load(a_ptr), load(a_ptr), window)  # here
    tl.store(block(out_ptr), acc)


@triton.jit
def sometimes_an_alias(a_ptr, out_ptr, n):
    acc = tl.zeros((32, 32), tl.float32)
    other = tl.zeros((32, 32), tl.float32)
    if n > 3:
        other = acc
    smt.dot(load(a_ptr), load(a_ptr), smt.view(acc, (0, 0), (32, 32), (8, 8)))  # here
    tl.store(block(out_ptr), acc + other)


@triton.jit
def alias_from_the_iteration_before(a_ptr, out_ptr, n):
    acc = tl.zeros((32, 32), tl.float32)
    before = tl.zeros((32, 32), tl.float32)
    for _ in range(n):
        smt.dot(load(a_ptr), load(a_ptr), smt.view(acc, (0, 0), (32, 32), (8, 8)))  # here
        before = acc
    tl.store(block(out_ptr), acc + before)


@triton.jit
def conditional_expression(a_ptr, out_ptr, n):
    acc = tl.zeros((32, 32), tl.float32)
    window = smt.view(acc, (0, 0), (32, 32), (8, 8))
    total = tl.sum(smt.dot(load(a_ptr), load(a_ptr), window)) if n > 3 else 0.0  # here
    tl.store(block(out_ptr), acc + total)


@triton.jit
def window_changes_shape(a_ptr, out_ptr, n):
    acc = tl.zeros((32, 32), tl.float32)
    window = smt.view(acc, (0, 0), (32, 32), (8, 8))
    for _ in range(n):  # here
        smt.dot(load(a_ptr), load(a_ptr), window)
        window = smt.view(acc, (0, 0), (32, 32), (8, 16))
    tl.store(block(out_ptr), acc)


@triton.jit
def threads_of_a_program(a_ptr, out_ptr):
    tl.store(out_ptr, tl.extra.cuda.num_threads())  # here


@triton.jit
def failed_assertion(a_ptr, out_ptr, SIZE: tl.constexpr):
    tl.static_assert(SIZE == 3, "SIZE must be three")  # here
    load(a_ptr)


@triton.jit
def tritons_own_error(a_ptr, out_ptr):
    load(a_ptr)
    tl.store(block(out_ptr), tl.zeros((16, 16), tl.float32))  # here


@triton.jit
def undefined_name(a_ptr, out_ptr):
    load(a_ptr)
    total = nothing_of_this_name + 1  # here # noqa: F821, F841


@triton.jit
def unknown_construct(a_ptr, out_ptr):
    load(a_ptr)
    with a_ptr:  # here
        pass


@triton.jit
def alloc_without_tile(a_ptr, out_ptr):
    load(a_ptr)
    smt.alloc((32, 32))  # here


@triton.jit
def error_in_tritons_library(a_ptr, out_ptr):
    tl.sum(load(a_ptr), axis=7)  # here


@triton.jit
def loop_over_names(a_ptr, out_ptr):
    pair = (a_ptr, out_ptr)
    load(a_ptr)
    for pointer in pair:  # here
        tl.store(pointer, 1.0)


CASES: list[tuple[Any, str, str]] = [
    (tile_does_not_divide_view, "smt.view(", r"micro_size\[0\] = 32 does not divide shape\[0\] = 16"),
    (tile_does_not_divide_load, "smt.descr", r"micro_size\[1\] = 64 does not divide shape\[1\] = 32"),
    (depth_differs, "smt.dot", r"K differs: a \[4, 2, 8, 16\] has 2 tiles of 16 in K, b \[4, 4, 8, 8\]"),
    (view_outside, "smt.view", r"outside its base in dimension 0: \[16, 48\) of a base of 32"),
    (view_before, "smt.view", r"outside its base in dimension 0: \[-8, 8\)"),
    (negative_load, "smt.desc", r"offsets must not be negative, got \[-8, 0\]"),
    (runtime_shape, "smt.desc", r"shape\[0\] must be a compile-time integer, got a run-time value"),
    (wrong_rank, "smt.desc", r"offsets must have 2 elements, got 3"),
    (odd_size, "smt.desc", r"shape\[0\] is 24: sizes of Triton tensors are powers of two"),
    (float_offset, "smt.desc", r"offsets\[0\] must be an integer scalar, got a run-time value of type fp32"),
    (plain_pointer, "smt.desc", r"must be a block pointer, got a run-time value of type pointer<fp32>"),
    (
        unpacked_operand,
        "smt.dot",
        r"packed 4D tensors, got a tensor of fp32 with shape \[32, 32\]",
    ),
    (wrong_accumulator, "smt.dot", r"must have the shape \[4, 4, 8, 8\], got a window of shape"),
    (mixed_operands, "smt.dot", r"operands of fp32 and fp16 cannot be multiplied"),
    (integer_accumulator, "smt.dot", r"operands of fp32 cannot accumulate in int32"),
    (unused_product, "smt.dot", r"the product is not used"),
    (window_on_window, "smt.view", r"a window on a window is not supported"),
    (window_passed_on, "update(", r"a window cannot be passed to the function update: its update"),
    (stale_window, "smt.dot", r"the window's accumulator is not held by a variable any more"),
    (sometimes_an_alias, "smt.dot", r"acc and other hold the same accumulator on some paths only"),
    (alias_from_the_iteration_before, "smt.dot", r"acc and before hold the same accumulator on some"),
    (conditional_expression, "tl.sum", r"a conditional expression updates an accumulator"),
    (window_changes_shape, "for", r"window is window<\[4, 4, 8, 8\], fp32> before the loop and"),
    (threads_of_a_program, "tl.extra", r"a program has no threads or warps here"),
    (failed_assertion, "tl.static", r"static_assert failed: SIZE must be three"),
    (tritons_own_error, "tl.store", r"block"),
    (error_in_tritons_library, "tl.sum", r"axis"),
    (loop_over_names, "for", r"a for loop in a kernel must run over a range"),
    (undefined_name, "nothing_of", r"nothing_of_this_name is not defined"),
    (unknown_construct, "with", r""),
    (alloc_without_tile, "smt.alloc", r"the old smt API needs alloc\(shape, micro_size, dtype\)"),
]


@pytest.mark.parametrize(("kernel", "text", "message"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_faulty_kernel_gets_an_error_with_its_line_and_a_caret(
    kernel: Any, text: str, message: str
) -> None:
    with pytest.raises(FrontendError) as caught:
        emit(kernel, **({"SIZE": 4} if "SIZE" in kernel.arg_names else {}))
    error = caught.value
    assert re.search(message, error.message), error.message
    assert error.location is not None
    assert error.location.file == __file__
    assert (error.location.line, error.location.column) == (
        line_with(kernel, "# here"),
        column_of(kernel, "# here", text),
    )
    _, line, caret = error.message.rsplit("\n", 2)
    assert line[caret.index("^") :].startswith(text)
    assert error.hint or not error.op


def test_an_argument_updated_in_a_function_is_an_error_that_names_the_call() -> None:
    with pytest.raises(FrontendError, match="the argument 'acc' is updated through a window") as caught:
        emit(accumulator_passed_on)
    assert caught.value.location is not None
    assert caught.value.location.line == line_with(update_argument, "# here")
    (note,) = caught.value.notes
    assert note.location is not None
    assert note.location.line == line_with(accumulator_passed_on, "# caller")


@triton.jit
def carried_in_parallel(a_ptr, out_ptr, n):
    x = tl.load(block(a_ptr))
    total = tl.zeros((32, 32), tl.float32)
    for _ in smt.parallel(0, n):
        total = total * 2.0 + x  # here
    tl.store(block(out_ptr), total)


@triton.jit
def same_window_in_parallel(a_ptr, out_ptr, n):
    x = load(a_ptr)
    acc = tl.zeros((32, 32), tl.float32)
    for _ in smt.parallel(0, n):
        smt.dot(x, x, smt.view(acc, (0, 0), (32, 32), (8, 8)))  # here
    tl.store(block(out_ptr), acc)


@triton.jit
def reads_all_in_parallel(a_ptr, out_ptr, n):
    x = load(a_ptr)
    acc = tl.zeros((32, 32), tl.float32)
    for s in smt.parallel(0, n):
        y = smt.descriptor_load(block(a_ptr), (s * 16, 0), (16, 32), (8, 8))
        y += tl.sum(acc)
        smt.dot(y, x, smt.view(acc, (s * 16, 0), (16, 32), (8, 8)))
    tl.store(block(out_ptr), acc)


@pytest.mark.parametrize(
    ("kernel", "message", "marker"),
    [
        (carried_in_parallel, "must be independent, but total is carried from one to the next", "for _ in"),
        (same_window_in_parallel, "updates the same window of acc", "# here"),
        (reads_all_in_parallel, "must be independent, but acc is carried", "for s in"),
    ],
)
def test_dependent_iterations_of_smt_parallel_are_an_error(kernel: Any, message: str, marker: str) -> None:
    with pytest.raises(FrontendError, match=message) as caught:
        emit(kernel)
    assert caught.value.location is not None
    assert caught.value.location.line == line_with(kernel, marker)
    assert caught.value.hint


@triton.jit
def independent(a_ptr, out_ptr, n):
    x = load(a_ptr)
    acc = tl.zeros((32, 32), tl.float32)
    for s in smt.parallel(0, n):
        for t in range(2):
            y = smt.descriptor_load(block(a_ptr), (s * 16, t), (16, 32), (8, 8))
            if t > n:
                smt.dot(y, x, smt.view(acc, (s * 16, 0), (16, 32), (8, 8)))
    tl.store(block(out_ptr), acc)


def test_windows_of_their_own_in_nested_loops_and_branches_are_independent() -> None:
    emit(independent)


def test_a_plain_function_is_no_kernel() -> None:
    with pytest.raises(FrontendError, match="plain is not a @triton") as caught:
        emit_plain()
    assert "decorate" in caught.value.hint


def emit_plain() -> None:
    from smtir.frontend import emit_ttir

    def plain() -> None:
        pass

    emit_ttir(plain, {}, {})
