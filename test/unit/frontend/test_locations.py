from __future__ import annotations

import triton
import triton.language as tl
import triton.language.extra.smt as smt
from ttir_helpers import column_of, emit, line_with, one, ops

from smtir import kernels
from smtir.errors import SourceLocation
from smtir.frontend import emit_ttir
from smtir.mlir import ir, source_location


@triton.jit
def block(pointer):
    return tl.make_block_ptr(
        pointer, shape=[32, 32], strides=[32, 1], offsets=[0, 0], block_shape=[32, 32], order=[1, 0]
    )


@triton.jit
def kernel(a_ptr, out_ptr, n, scale):  # def
    x = smt.descriptor_load(block(a_ptr), (0, 0), (32, 32), (8, 8))  # load
    acc = tl.zeros((32, 32), tl.float32)  # zeros
    for k in range(n):  # loop # noqa: B007
        acc_view = smt.view(  # view
            acc,
            (0, 0),
            (32, 32),
            (8, 8),
        )
        acc_view = smt.dot(  # dot
            x,
            x,
            acc_view,
        )
    scaled = acc * scale  # scaled
    tl.store(block(out_ptr), scaled)  # store


def place(op: ir.Operation) -> SourceLocation:
    found = source_location(op.location)
    assert found is not None
    return found


def expected(marker: str, text: str, name: str) -> SourceLocation:
    return SourceLocation(__file__, line_with(kernel, marker), column_of(kernel, marker, text), name)


def test_each_operation_has_the_file_line_column_and_variable_it_was_written_with() -> None:
    module = emit(kernel)
    assert place(one(module, "func.func")) == expected("# def", "def", "")
    assert place(one(module, "xsmt.descriptor_load")) == expected("# load", "smt.descriptor_load", "x")
    assert place(one(module, "xsmt.mmt4d")) == expected("# dot", "smt.dot", "acc_view")
    assert place(one(module, "xsmt.pack")) == expected("# dot", "smt.dot", "acc_view")
    assert place(one(module, "xsmt.insert")) == expected("# dot", "smt.dot", "acc")
    assert place(one(module, "arith.mulf")) == expected("# scaled", "acc *", "scaled")
    assert place(one(module, "tt.store")) == expected("# store", "tl.store", "")
    assert place(one(module, "scf.for")) == expected("# loop", "for", "acc")


def test_inlined_library_functions_are_found_at_their_call() -> None:
    module = emit(kernel)
    (zeros,) = [op for op in ops(module, "arith.constant") if "tensor<32x32xf32>" in str(op)]
    assert place(zeros) == expected("# zeros", "tl.zeros", "acc")


def test_an_inlined_function_of_the_kernel_is_found_at_its_own_line() -> None:
    module = emit(kernel)
    pointer = ops(module, "tt.make_tensor_ptr")[0]
    assert place(pointer).line == line_with(block, "return tl.make_block_ptr")


def test_loop_variables_and_carried_values_keep_their_names() -> None:
    module = emit(kernel)
    induction, carried = one(module, "scf.for").regions[0].blocks[0].arguments
    assert source_location(induction.location) == expected("# loop", "for", "k")
    assert source_location(carried.location) == expected("# loop", "for", "acc")


def test_every_operation_but_merged_constants_has_a_line_of_the_kernels_file() -> None:
    for name in kernels.names():
        spec = kernels.get(name)
        module = emit_ttir(spec.fn, spec.signature, spec.constexprs)
        file = spec.fn.fn.__code__.co_filename

        def check(op: ir.Operation, file: str = file) -> ir.WalkResult:
            found = source_location(op.location)
            if op.name != "arith.constant" or found:
                assert found is not None, op
                assert found.file == file
                assert found.line > 0
            return ir.WalkResult.ADVANCE

        module.operation.walk(check, ir.WalkOrder.PRE_ORDER)


def test_columns_count_the_indentation_of_a_nested_function() -> None:
    @triton.jit
    def nested(a_ptr, out_ptr):
        value = tl.load(a_ptr)  # load
        tl.store(out_ptr, value)

    module = emit(nested)
    found = place(one(module, "tt.load"))
    assert (found.line, found.column) == (line_with(nested, "# load"), column_of(nested, "# load", "tl.load"))
