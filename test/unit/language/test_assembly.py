"""The assembly of each operation that the current API emits, exactly as spine-triton's tools read it.

In the tables ``%`` stands for any value; all else of a line is compared character by character.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt
from triton.language.extra import tle
from ttir_helpers import emit

from smtir.dialects import parse_module, print_module, verify_module
from smtir.frontend import emit_ttir
from smtir.mlir import ir

_VALUE = re.compile(r"%[\w$.\-]+(?:#\d+)?")
_FOREIGN = re.compile(r"(?:% = )?(?:xsmt|tle)\.")


@triton.jit
def block(pointer):
    return tl.make_block_ptr(pointer, (32, 32), (32, 1), (0, 0), (32, 32), (1, 0))


@triton.jit
def tiles(a_ptr, out_ptr, n):
    x = smt.descriptor_load(block(a_ptr), (n, 0))
    packed = smt.view(x, (0, 8), (16, 16), (8, 4))
    packed = smt.view(x, (n, 8), (16, 16), (8, 4), packed)
    other = smt.view(packed, (0, n), (16, 16), (4, 8))
    other = smt.view(packed, (0, n), (16, 16), (4, 8), other)
    a = smt.view(x, (0, 0), (32, 32), (8, 4))
    b = smt.view(x, (0, 0), (32, 32), (4, 16))
    product = smt.dot(a, b)
    product = smt.dot(a, b, product)
    flat = smt.view(product, (0, 0), (32, 32), (1, 1))
    flat = smt.view(product, (n, 0), (32, 32), (1, 1), flat)
    smt.compile_hint(flat, "pipeline", 2)
    smt.compile_hint(flat, "keep")
    smt.compile_hint(flat, "fast", True)
    tl.store(block(out_ptr), flat + tl.sum(other))


TILES = """
% = tt.make_tensor_ptr %, [%, %], [%, %], [%, %] {order = array<i32: 1, 0>} : <tensor<32x32xf32>>
% = tt.advance %, [%, %] : <tensor<32x32xf32>>
% = tt.load % {boundaryCheck = array<i32: 0, 1>, padding = 1 : i32} : !tt.ptr<tensor<32x32xf32>>
% = xsmt.pack %, [%, %], [16, 16], [8, 4] : tensor<32x32xf32> -> tensor<2x4x8x4xf32>
% = xsmt.pack %, [%, %] into(% : tensor<2x4x8x4xf32>), [16, 16], [8, 4] : \
tensor<32x32xf32> -> tensor<2x4x8x4xf32>
% = xsmt.repack %, [%, %], [16, 16], [4, 8] : tensor<2x4x8x4xf32> -> tensor<4x2x4x8xf32>
% = xsmt.repack %, [%, %] into(% : tensor<4x2x4x8xf32>), [16, 16], [4, 8] : \
tensor<2x4x8x4xf32> -> tensor<4x2x4x8xf32>
% = xsmt.pack %, [%, %], [32, 32], [8, 4] : tensor<32x32xf32> -> tensor<4x8x8x4xf32>
% = xsmt.pack %, [%, %], [32, 32], [4, 16] : tensor<32x32xf32> -> tensor<8x2x4x16xf32>
% = xsmt.mmt4d %, % : tensor<4x8x8x4xf32>, tensor<8x2x4x16xf32> -> tensor<4x2x8x16xf32>
% = xsmt.mmt4d %, %, % : tensor<4x8x8x4xf32>, tensor<8x2x4x16xf32>, tensor<4x2x8x16xf32> -> \
tensor<4x2x8x16xf32>
% = xsmt.unpack %, [%, %], [32, 32] : tensor<4x2x8x16xf32> -> tensor<32x32xf32>
% = xsmt.unpack %, [%, %] into(% : tensor<32x32xf32>), [32, 32] : tensor<4x2x8x16xf32> -> tensor<32x32xf32>
xsmt.annotation % {pipeline = 2 : i32} : tensor<32x32xf32>
xsmt.annotation % {keep} : tensor<32x32xf32>
xsmt.annotation % {fast = true} : tensor<32x32xf32>
"""


@triton.jit
def memory(a_ptr, out_ptr, n):
    scratch = smt.alloc((32, 32), type=tl.float32, storage="tcm")
    half = smt.view(scratch, (16, n), (16, 32))
    packed = smt.view(scratch, (n, 0), (16, 32), (8, 8))
    part = smt.view(packed, (8, 0), (8, 32), (8, 8))
    copies = smt.alloc_copies((16, 32), tl.float16, "l2", 3)
    tl.store(copies[n], tl.load(half).to(tl.float16))
    smt.descriptor_load(block(a_ptr), (n, 0), destination=scratch)
    smt.view(tl.load(half), (0, 0), (16, 32), (8, 8), packed)
    tl.store(block(out_ptr), tl.load(block(a_ptr)) + tl.sum(tl.load(part)))


COPIES = '<shape=[3, 16, 32], elementType=f16, copies=3, storageKind="l2">'
MEMORY = f"""
% = xsmt.alloc[[32, 32]] storage("tcm") : <tensor<32x32xf32>>
% = xsmt.subview %, [%, %], [[16, 32]] : <tensor<32x32xf32>> -> <tensor<16x32xf32>>
% = xsmt.subview_pack %, [%, %], [[16, 32]], [[8, 8]] : <tensor<32x32xf32>> -> <tensor<2x4x8x8xf32>>
% = xsmt.subview %, [%, %], [[8, 32]] : <tensor<2x4x8x8xf32>> -> <tensor<1x4x8x8xf32>>
% = xsmt.alloc_copies[[3, 16, 32]] storage("l2") : !xsmt.buffer{COPIES}
% = xsmt.buffer_tensor_view %[%] : {COPIES} -> <tensor<16x32xf16>>
% = xsmt.pack %, [%, %], [16, 32], [8, 8] : tensor<16x32xf32> -> tensor<2x4x8x8xf32>
"""


@triton.jit
def barriers(a_ptr, out_ptr, n):
    bar = smt.mbarrier(flag=1, arrive_count=0, transaction_count=0, expect_count=2)
    several = smt.mbarrier_copies(flag=1, transaction_count=1024, copies=2)
    shared = smt.global_mbarrier(3)
    again = smt.global_mbarrier_init(4)
    smt.barrier_set_expect(bar, 2)
    smt.barrier_set_expect(shared, 2)
    for i in smt.parallel(0, 2, num_stages=2, loop_unroll_factor=4):
        smt.barrier_arrive(several[i])
        smt.barrier_arrive(bar)
        smt.barrier_wait(bar, flag=1, arrive_count=2)
        smt.barrier_wait(again)
    tl.store(block(out_ptr), tl.load(block(a_ptr)) + smt.get_num_of_thread())


BARRIERS = """
% = xsmt.mbarrier_create %, %, %, % : <i64>
% = xsmt.mbarrier_copies copies(2) flag(1) arrive(0) txn(1024) expect(1) : !xsmt.mbarrier<2>
% = xsmt.global_mbarrier_init % : i64
% = xsmt.global_mbarrier_init % : i64
xsmt.barrier_set_expect %, % : <i64>
xsmt.barrier_set_expect %, % : i64
scf.for % = % to % step % : i32 {
% = xsmt.mbarrier_subview %[%] : (!xsmt.mbarrier<2>, i32) -> i64
xsmt.barrier_arrive % : i64
xsmt.barrier_arrive % : <i64>
xsmt.barrier_wait %, %, % : <i64>
xsmt.barrier_wait %, %, % : i64
} {bind_sub_block = true, tt.loop_unroll_factor = 4 : i32, tt.num_stages = 2 : i32}
% = xsmt.get_num_of_thread
"""


@triton.jit
def tile_language(a_ptr, out_ptr, n):
    x = tle.load(block(a_ptr))
    x = tle.insert_tile(x, tle.extract_tile(x, n, (8, 16)), 3)
    x = smt.insert_tile(x, smt.extract_tile(x, n, (8, 16)), 3)
    buffer = tle.to_buffer(x, tle.alloc((32, 32), tl.float32, scope="l2"))
    pointers = tle.local_ptr(buffer)
    tl.store(pointers, tl.load(pointers) + tl.load(tle.local_ptr(buffer, (n, 3))))
    tle.copy(block(a_ptr), buffer)
    tl.store(block(out_ptr), tle.to_tensor(buffer))


EXTRACT = """% = tle.extract_tile %[%] {tile_shape = array<i64: 8, 16>} : \
tensor<32x32xf32>, i32 -> tensor<8x16xf32>"""
INSERT = "% = tle.insert_tile %[%] = % : tensor<32x32xf32>, i32, tensor<8x16xf32> -> tensor<32x32xf32>"
TILE_LANGUAGE = f"""
{EXTRACT}
{INSERT}
{EXTRACT}
{INSERT}
% = xsmt.alloc[[32, 32]] storage("l2") : <tensor<32x32xf32>>
% = tle.to_buffer % in % : tensor<32x32xf32>, !tt.ptr<tensor<32x32xf32>> -> !tt.ptr<tensor<32x32xf32>>
% = tle.local_ptr % : !tt.ptr<tensor<32x32xf32>> -> tensor<32x32x!tt.ptr<f32>>
% = tle.local_ptr %[%, %] : !tt.ptr<tensor<32x32xf32>> -> !tt.ptr<f32>
% = tle.to_tensor % : !tt.ptr<tensor<32x32xf32>> -> tensor<32x32xf32>
"""


@pytest.mark.parametrize(
    ("kernel", "table"),
    [(tiles, TILES), (memory, MEMORY), (barriers, BARRIERS), (tile_language, TILE_LANGUAGE)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_operation_is_written_exactly_as_its_line_of_the_table(kernel: Any, table: str) -> None:
    module = emit(kernel, smt_api="current")
    verify_module(module)
    printed = [" ".join(_VALUE.sub("%", line).split()) for line in print_module(module).splitlines()]
    expected = table.strip().splitlines()
    assert set(expected) <= set(printed)
    assert [line for line in printed if _FOREIGN.match(line)] == [
        line for line in expected if _FOREIGN.match(line)
    ]


@pytest.mark.parametrize(("prefix", "language"), [("smt", smt), ("tle", tle)])
def test_the_kernels_of_the_table_call_every_function_of_the_language(prefix: str, language: Any) -> None:
    sources = "".join(kernel.src for kernel in (tiles, memory, barriers, tile_language))
    assert [name for name in language.__all__ if f"{prefix}.{name}(" not in sources] == []


def test_a_module_has_the_attributes_that_spine_tritons_passes_ask_for() -> None:
    signature = {"a_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}
    module = emit_ttir(tiles, signature, {}, arch_id="0x503C", num_threads=4)
    text = print_module(module)
    given = 'tt.arch_id = "0x503C", tt.force_vector_interleave = 2 : i32, tt.num_threads = 4 : i32'
    first = f"module attributes {{{given}}} {{"
    assert text.splitlines()[0] == first
    assert print_module(parse_module(text)).splitlines()[0] == first
    attributes = module.operation.attributes
    assert isinstance(attributes["tt.arch_id"], ir.StringAttr)
    for name, value in (("tt.num_threads", 4), ("tt.force_vector_interleave", 2)):
        number = attributes[name]
        assert isinstance(number, ir.IntegerAttr)
        assert (str(number.type), number.value) == ("i32", value)
    usual = emit(tiles, smt_api="current").operation.attributes
    assert (usual["tt.arch_id"].value, usual["tt.num_threads"].value) == ("0xA03C", 1)
