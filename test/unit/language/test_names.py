"""Every function of spine-triton's language in all its generations, with the parameters it has there."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt
from triton.language.extra import tle
from ttir_helpers import emit, ops

from smtir.frontend import detect_api

BARRIER = "flag arrive_count transaction_count expect_count"
CURRENT = {
    "compile_hint": "ptr hint_name hint_val",
    "parallel": "arg1 arg2 step num_stages loop_unroll_factor bind_sub_block",
    "descriptor_load": "base offsets destination",
    "view": "base offsets shape packed_size destination",
    "alloc": "shape type scope",
    "alloc_copies": "shape dtype scope copies",
    "dot": "a_packed b_packed out_unpacked",
    "mbarrier": BARRIER,
    "mbarrier_copies": f"{BARRIER} copies",
    "barrier_arrive": "bar",
    "barrier_wait": "bar flag arrive_count",
    "barrier_set_expect": "bar expect_count",
    "global_mbarrier": "id",
    "global_mbarrier_init": "id",
    "get_num_of_thread": "",
}
OLD = {
    "descriptor_load": "base offsets shape micro_size destination",
    "view": "base offsets shape micro_size",
    "alloc": "shape dtype micro_size storage",
    "dot": "a b out",
    "alloc_copies": "shape dtype storage copies",
}
TILES = {
    "alloc": "shape dtype type scope",
    "local_ptr": "buffer indices",
    "copy": "src dst shape offsets",
    "to_tensor": "buf",
    "to_buffer": "tensor dst",
    "load": "pointer mask other boundary_check padding_option cache_modifier eviction_policy volatile"
    " is_async",
    "extract_tile": "x index tile_shape",
    "insert_tile": "x tile index",
}
NAMES = [
    (module, name, names.split())
    for module, functions in ((smt, CURRENT), (smt, OLD), (tle, TILES))
    for name, names in functions.items()
]


@pytest.mark.parametrize(("module", "name", "parameters"), NAMES, ids=lambda value: str(value)[:24])
def test_a_function_has_upstreams_parameters(module: Any, name: str, parameters: list[str]) -> None:
    assert name in module.__all__
    signature = inspect.signature(getattr(module, name))
    signature.bind_partial(**dict.fromkeys(parameters, 0))
    required = [key for key, own in signature.parameters.items() if own.default is inspect.Parameter.empty]
    assert set(required) <= {*parameters, "a", "b"}


@triton.jit
def block(pointer):
    return tl.make_block_ptr(pointer, (32, 32), (32, 1), (0, 0), (32, 32), (1, 0))


@triton.jit
def with_spine_tritons_names(a_ptr, out_ptr):
    x = smt.descriptor_load(base=block(a_ptr), offsets=(0, 0))
    packed = smt.view(base=x, offsets=(0, 0), shape=(32, 32), packed_size=(8, 8))
    start = smt.dot(a_packed=packed, b_packed=packed)
    product = smt.dot(a_packed=packed, b_packed=packed, out_unpacked=start)
    scratch = smt.alloc(shape=[32, 32], type=tl.float32, scope="fragment")
    tl.store(scratch, smt.view(product, (0, 0), (32, 32), (1, 1)))
    tl.store(block(out_ptr), tl.load(scratch))


def test_arguments_may_have_spine_tritons_names() -> None:
    module = emit(with_spine_tritons_names, smt_api="current")
    assert [len(op.operands) for op in ops(module, "xsmt.mmt4d")] == [2, 3]
    (alloc,) = ops(module, "xsmt.alloc")
    assert str(alloc.attributes["storage"]) == '"fragment"'


@triton.jit
def the_tile_behind_the_type(a_ptr, out_ptr):
    scratch = smt.alloc((32, 32), tl.float16, (8, 8))
    tl.store(block(out_ptr), tl.load(block(a_ptr)) + tl.sum(scratch.to(tl.float32)))


def test_the_old_alloc_takes_type_and_tile_in_either_order() -> None:
    assert detect_api(the_tile_behind_the_type) == "old"
    module = emit(the_tile_behind_the_type)
    (alloc,) = ops(module, "xsmt.alloc")
    assert str(alloc.results[0].type) == "tensor<4x4x8x8xf16>"
