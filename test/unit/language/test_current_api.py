from __future__ import annotations

import re
from typing import Any

import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt
from ttir_helpers import column_of, emit, line_with, one, ops

from smtir.dialects import verify_module, xsmt
from smtir.errors import FrontendError
from smtir.frontend import detect_api
from smtir.mlir import ir


@triton.jit
def block(pointer):
    return tl.make_block_ptr(
        pointer, shape=[32, 32], strides=[32, 1], offsets=[0, 0], block_shape=[32, 32], order=[1, 0]
    )


def types(module: ir.Module, name: str) -> list[str]:
    return [str(op.results[0].type) for op in ops(module, name)]


@triton.jit
def views_of_a_tensor(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (n, 0))
    packed = smt.view(x, (n, 8), (16, 24 + 8), (8, 16))
    other_tile = smt.view(packed, (0, 0), (16, 32), (4, 8))
    part = smt.view(other_tile, (0, 8), (16, 16))
    flat = smt.view(part, (0, 0), (16, 16), (1, 1))
    same = smt.view(flat, (0, 0), (16, 16))
    slice_2d = smt.view(x, (n, 0), (8, 8))
    tl.store(block(out_ptr), x + tl.sum(same) + tl.sum(slice_2d))


def test_views_of_a_tensor_pack_repack_and_unpack() -> None:
    module = emit(views_of_a_tensor, smt_api="current")
    verify_module(module)
    load = one(module, "tt.load")
    assert "boundaryCheck = array<i32: 0, 1>" in str(load)
    assert "padding = 1" in str(load)
    assert load.operands[0].owner.operation.name == "tt.advance"
    assert types(module, "xsmt.pack") == ["tensor<2x2x8x16xf32>", "tensor<1x1x8x8xf32>"]
    assert types(module, "xsmt.repack") == ["tensor<4x4x4x8xf32>", "tensor<4x2x4x8xf32>"]
    assert types(module, "xsmt.unpack") == ["tensor<16x16xf32>", "tensor<8x8xf32>"]
    assert list(xsmt.PackOp(ops(module, "xsmt.pack")[0]).shape) == [16, 32]


@triton.jit
def larger_tile(a_ptr, out_ptr):
    x = tl.load(block(a_ptr))
    packed = smt.view(x, (0, 0), (32, 32), (64, 16))
    tl.store(block(out_ptr), x + tl.sum(packed))


def test_a_tile_larger_than_the_view_is_padded() -> None:
    module = emit(larger_tile)
    assert types(module, "xsmt.pack") == ["tensor<1x2x64x16xf32>"]


@triton.jit
def views_of_a_buffer(a_ptr, out_ptr):
    scratch = smt.alloc((32, 32), type=tl.float32, storage="tcm")
    tl.store(scratch, tl.load(block(a_ptr)))
    half = smt.view(scratch, (16, 0), (16, 32))
    packed = smt.view(scratch, (0, 0), (16, 32), (8, 8))
    again = smt.view(packed, (8, 0), (8, 32), (8, 8))
    total = tl.sum(tl.load(half)) + tl.sum(tl.load(packed)) + tl.sum(tl.load(again))
    tl.store(block(out_ptr), tl.load(block(a_ptr)) + total)


def test_views_of_a_buffer_are_pointers_into_it() -> None:
    module = emit(views_of_a_buffer)
    verify_module(module)
    assert types(module, "xsmt.alloc") == ["!tt.ptr<tensor<32x32xf32>>"]
    assert xsmt.AllocOp(one(module, "xsmt.alloc")).storage == "tcm"
    assert types(module, "xsmt.subview") == ["!tt.ptr<tensor<16x32xf32>>", "!tt.ptr<tensor<1x4x8x8xf32>>"]
    assert types(module, "xsmt.subview_pack") == ["!tt.ptr<tensor<2x4x8x8xf32>>"]


@triton.jit
def products(a_ptr, out_ptr, TYPE: tl.constexpr, OUT: tl.constexpr):
    x = smt.view(tl.load(block(a_ptr)).to(TYPE), (0, 0), (32, 32), (8, 4))
    y = smt.view(tl.load(block(a_ptr)).to(TYPE), (0, 0), (32, 32), (4, 16))
    product = smt.dot(x, y, out_dtype=OUT)
    tl.store(block(out_ptr), tl.load(block(a_ptr)) + tl.sum(product.to(tl.float32)))


@pytest.mark.parametrize(
    ("operand", "out", "result"),
    [
        (tl.float32, None, "f32"),
        (tl.float16, None, "f16"),
        (tl.bfloat16, None, "bf16"),
        (tl.int8, None, "i32"),
        (tl.float16, tl.float32, "f32"),
        (tl.bfloat16, tl.float32, "f32"),
    ],
)
def test_a_product_has_as_element_type_unless_told_otherwise(operand: Any, out: Any, result: str) -> None:
    module = emit(products, TYPE=operand, OUT=out)
    verify_module(module)
    assert types(module, "xsmt.mmt4d") == [f"tensor<4x2x8x16x{result}>"]


@triton.jit
def transposed_operand(a_ptr, out_ptr):
    x = smt.view(tl.load(block(a_ptr)), (0, 0), (16, 32), (8, 4))
    y = smt.view(tl.load(block(a_ptr)), (0, 0), (32, 32), (16, 4))
    acc = smt.dot(x, y)
    acc = smt.dot(x, y, acc)
    tl.store(block(out_ptr), tl.load(block(a_ptr)) + tl.sum(acc))


def test_b_may_have_n_before_k() -> None:
    module = emit(transposed_operand)
    verify_module(module)
    assert types(module, "xsmt.mmt4d") == ["tensor<2x2x8x16xf32>"] * 2
    assert len(ops(module, "xsmt.mmt4d")[1].operands) == 3


@triton.jit
def plain_loop(a_ptr, out_ptr, n):
    total = tl.load(block(a_ptr))
    for s in smt.parallel(0, n, 2, num_stages=3, loop_unroll_factor=4, bind_sub_block=False):
        total += s
    tl.store(block(out_ptr), total)


@triton.jit
def nested_parallel(a_ptr, out_ptr, n):
    for s in smt.parallel(n):
        for t in range(n):
            for u in smt.parallel(0, 4):
                tl.store(out_ptr + s + t + u, 1.0)


def test_parallel_marks_its_own_loop_only() -> None:
    module = emit(nested_parallel)
    marked = ["bind_sub_block" in op.attributes for op in ops(module, "scf.for")]
    assert marked == [True, False, True]


def test_parallel_passes_on_its_other_options() -> None:
    module = emit(plain_loop)
    loop = one(module, "scf.for")
    assert "bind_sub_block" not in loop.attributes
    assert str(loop.attributes["tt.num_stages"]) == "3 : i32"
    assert str(loop.attributes["tt.loop_unroll_factor"]) == "4 : i32"


@triton.jit
def old_load(a_ptr, out_ptr):
    smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))  # here


@triton.jit
def load_into_destination(a_ptr, out_ptr):
    smt.descriptor_load(block(a_ptr), (0, 0), tl.zeros((16, 16), tl.float32))  # here


@triton.jit
def view_past_the_end(a_ptr, out_ptr):
    smt.view(tl.load(block(a_ptr)), (32, 0), (16, 16), (8, 8))  # here


@triton.jit
def view_of_a_number(a_ptr, out_ptr, n):
    smt.view(n, (0, 0), (16, 16), (8, 8))  # here


@triton.jit
def wrong_destination(a_ptr, out_ptr):
    smt.view(tl.load(block(a_ptr)), (0, 0), (16, 16), (8, 8), tl.zeros((16, 16), tl.float32))  # here


@triton.jit
def old_alloc(a_ptr, out_ptr):
    smt.alloc((32, 32), (8, 8), tl.float32)  # here


@triton.jit
def numeric_storage(a_ptr, out_ptr):
    smt.alloc((32, 32), tl.float32, storage=2)  # here


@triton.jit
def alloc_of_no_type(a_ptr, out_ptr):
    smt.alloc((32, 32), type="f32")  # here


@triton.jit
def out_dtype_against_accumulator(a_ptr, out_ptr):
    x = smt.view(tl.load(block(a_ptr)), (0, 0), (32, 32), (8, 8))
    y = smt.dot(x, x, smt.dot(x, x), out_dtype=tl.float16)  # here # noqa: F841


@triton.jit
def integer_product_in_f32(a_ptr, out_ptr):
    x = smt.view(tl.load(block(a_ptr)).to(tl.int8), (0, 0), (32, 32), (8, 8))
    y = smt.dot(x, x, out_dtype=tl.float32)  # here # noqa: F841


@triton.jit
def load_of_a_row(a_ptr, out_ptr):
    row = tl.make_block_ptr(a_ptr, shape=[32], strides=[1], offsets=[0], block_shape=[32], order=[0])
    smt.descriptor_load(row, (0, 0))  # here


@triton.jit
def shape_is_a_number(a_ptr, out_ptr):
    smt.view(tl.load(block(a_ptr)), (0, 0), 32, (8, 8))  # here


@triton.jit
def shape_has_one_element(a_ptr, out_ptr):
    smt.view(tl.load(block(a_ptr)), (0, 0), (32,), (8, 8))  # here


@triton.jit
def unsigned_operands(a_ptr, out_ptr):
    x = smt.view(tl.load(block(a_ptr)).to(tl.uint8), (0, 0), (32, 32), (8, 8))
    y = smt.dot(x, x)  # here # noqa: F841


FAULTS: list[tuple[Any, str, str]] = [
    (old_load, "smt.desc", r"shape and micro_size belong to the old smt API"),
    (load_into_destination, "smt.desc", r"the destination must hold a tensor of fp32 with shape"),
    (view_past_the_end, "smt.view", r"outside its base in dimension 0: \[32, 48\) of a base of 32 elements"),
    (view_of_a_number, "smt.view", r"must be a 2D or 4D tensor or a block pointer, got a run-time value of"),
    (wrong_destination, "smt.view", r"must be a tensor of fp32 with shape \[2, 2, 8, 8\], got a tensor"),
    (old_alloc, "smt.alloc", r"micro_size belongs to the old smt API"),
    (numeric_storage, "smt.alloc", r"storage must be one of l2, tcm, global, fragment, got 2"),
    (alloc_of_no_type, "smt.alloc", r"the element type must be a Triton type, got 'f32'"),
    (out_dtype_against_accumulator, "smt.dot", r"out_dtype is fp16, the accumulator holds fp32"),
    (integer_product_in_f32, "smt.dot", r"int8 operands accumulate in int32, got fp32"),
    (unsigned_operands, "smt.dot", r"operands of uint8 and uint8 cannot be multiplied"),
    (load_of_a_row, "smt.desc", r"the base must point to a 2D block, got a block pointer of shape \[32\]"),
    (shape_is_a_number, "smt.view", r"shape must be a tuple, got 32"),
    (shape_has_one_element, "smt.view", r"shape must have 2 elements, got 1"),
]


@pytest.mark.parametrize(("kernel", "text", "message"), FAULTS, ids=[fault[0].__name__ for fault in FAULTS])
def test_a_wrong_argument_is_an_error_with_its_line_and_a_hint(kernel: Any, text: str, message: str) -> None:
    with pytest.raises(FrontendError) as caught:
        emit(kernel, smt_api="current")
    error = caught.value
    assert re.search(message, error.message), error.message
    assert error.location is not None
    place = (error.location.line, error.location.column)
    assert place == (line_with(kernel, "# here"), column_of(kernel, "# here", text))
    assert error.op
    assert error.hint


def test_the_old_api_refuses_the_current_load() -> None:
    with pytest.raises(FrontendError, match="the old smt API needs descriptor_load"):
        emit(views_of_a_tensor, smt_api="old")


@triton.jit
def calls_old_load(a_ptr, out_ptr):
    old_load(a_ptr, out_ptr)


@triton.jit
def old_view_by_name(a_ptr, out_ptr):
    acc = tl.zeros((32, 32), tl.float32)
    smt.view(acc, (0, 0), (32, 32), micro_size=(8, 8))


def test_the_api_is_recognized_by_arguments_that_only_the_old_one_has() -> None:
    assert detect_api(old_load) == detect_api(calls_old_load) == detect_api(old_view_by_name) == "old"
    assert detect_api(views_of_a_tensor) == detect_api(block) == "current"


def test_a_kernel_compiled_by_stock_triton_gets_an_error_that_names_smtir() -> None:
    from smtir.language.session import session_of

    class Options:
        pass

    class Builder:
        options = Options()

    class Semantic:
        builder = Builder()

    with pytest.raises(FrontendError, match="the smt language is compiled by smtir only"):
        session_of(Semantic())


@triton.jit
def old_alloc_value(a_ptr, out_ptr):
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))
    scratch = smt.alloc((32, 32), (8, 8), dtype=tl.float16)
    tl.store(block(out_ptr), tl.load(block(a_ptr)) + tl.sum(x * scratch))


def test_the_old_alloc_is_a_packed_tensor() -> None:
    module = emit(old_alloc_value)
    assert types(module, "xsmt.alloc") == ["tensor<4x4x8x8xf16>"]
    verify_module(module)
