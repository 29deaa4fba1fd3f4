from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ttir_helpers import one, ops, sources, walk

from smtir import kernels
from smtir.dialects import verify_module, xsmt
from smtir.errors import UsageError
from smtir.frontend import detect_api, emit_ttir
from smtir.mlir import ir

SIZES = [(128, 128, 64), (100, 77, 64), (1, 1, 64), (257, 130, 64), (64, 192, 128)]
VALUES_ONLY = ("qk_v2", "attention_v2")
SCRATCH = ("attention_scratch", "matmul")
"""Kernels in the current API that keep data in buffers of their own."""
CURRENT = (*VALUES_ONLY, *SCRATCH)
THROUGH_VALUES = tuple(name for name in kernels.names() if name not in SCRATCH)
ATTENTION = tuple(name for name in kernels.names() if name != "matmul")
PRODUCTS = {"qk": 1, "attention_hybrid": 1, "attention_smt": 2, "qk_v2": 1, "attention_v2": 2}


def emit(name: str, dtype: str = "f32", **constexprs: object) -> ir.Module:
    spec = kernels.get(name)
    signature = {key: type_ for key, type_ in spec.signature_for(dtype).items() if key not in constexprs}
    return emit_ttir(spec.fn, signature, {**spec.constexprs, **constexprs})


@pytest.mark.parametrize("name", THROUGH_VALUES)
@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_a_kernel_becomes_verified_ttir_whose_store_depends_on_its_products(name: str, dtype: str) -> None:
    module = emit(name, dtype)
    verify_module(module)
    store = one(module, "tt.store")
    products = ops(module, "xsmt.mmt4d")
    assert len(products) == PRODUCTS[name]
    reached = sources(store.operands[1])
    assert all(product in reached for product in products)
    assert list(ir.DenseI32ArrayAttr(store.attributes["boundaryCheck"])) == [0, 1]


@pytest.mark.parametrize("name", kernels.names())
def test_a_kernel_is_recognized_as_the_api_it_is_written_in(name: str) -> None:
    assert detect_api(kernels.get(name).fn) == ("current" if name in CURRENT else "old")


@pytest.mark.parametrize("name", SCRATCH)
def test_a_kernel_with_scratch_becomes_verified_ttir_that_stores_its_products(name: str) -> None:
    module = emit(name)
    verify_module(module)
    assert ops(module, "xsmt.alloc")
    products = ops(module, "xsmt.mmt4d")
    stored = [reached for store in ops(module, "tt.store") for reached in sources(store.operands[1])]
    assert products
    assert all(product in stored for product in products)


@pytest.mark.parametrize("name", VALUES_ONLY)
def test_the_kernels_in_the_current_api_use_only_its_operations(name: str) -> None:
    allowed = {"xsmt.pack", "xsmt.unpack", "xsmt.repack", "xsmt.mmt4d"}
    assert {op.name for op in walk(emit(name)) if op.name.startswith("xsmt.")} <= allowed


@pytest.mark.parametrize("name", kernels.names())
@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_products_accumulate_in_f32(name: str, dtype: str) -> None:
    module = emit(name, dtype)
    element = ir.F32Type if dtype == "f32" else ir.F16Type
    for product in ops(module, "xsmt.mmt4d"):
        assert isinstance(ir.RankedTensorType(product.results[0].type).element_type, ir.F32Type)
        assert isinstance(ir.RankedTensorType(product.operands[0].type).element_type, element)


@pytest.mark.parametrize("name", ["attention_hybrid", "attention_smt", "attention_v2"])
def test_attention_masks_the_keys_past_n_before_the_softmax(name: str) -> None:
    module = emit(name)
    select = one(module, "arith.select")
    assert "0xFF800000" in str(select.operands[2].owner)
    assert one(module, "arith.cmpi") in sources(select.operands[0])
    assert any(op.name == "tt.splat" for op in sources(one(module, "arith.cmpi").operands[1]))
    maximum = ops(module, "tt.reduce")[0]
    assert select in sources(maximum.operands[0])


def test_qk_packs_k_once_and_q_in_sub_blocks_with_the_kernels_tiles() -> None:
    module = emit("qk")
    (loop,) = (op for op in ops(module, "scf.for") if "bind_sub_block" in op.attributes)
    k_load, q_load = (xsmt.DescriptorLoadOp(op) for op in ops(module, "xsmt.descriptor_load"))
    inside = [op.operation for op in loop.regions[0].blocks[0]]
    assert q_load.operation in inside
    assert k_load.operation not in inside
    assert list(k_load.shape) == [64, 64]
    assert list(k_load.micro_size) == [8, 16]
    assert list(q_load.shape) == [32, 64]
    assert list(q_load.micro_size) == [8, 8]


@pytest.mark.parametrize("scale", [0.125, -2.0, 0.0, 1.0])
def test_sm_scale_may_be_a_constexpr(scale: float) -> None:
    module = emit("qk", sm_scale=scale)
    verify_module(module)
    assert one(module, "xsmt.insert") in sources(one(module, "tt.store").operands[1])


@pytest.mark.parametrize("name", kernels.names())
def test_the_arguments_match_the_signature_and_the_outputs_start_as_nan(name: str) -> None:
    spec = kernels.get(name)
    args = spec.make_args(3, 5, 7, "f16", np.random.default_rng(0))
    assert list(args) == list(spec.signature)
    assert set(spec.signature).isdisjoint(spec.constexprs)
    for key, type_ in spec.signature_for("f16").items():
        assert type_.startswith("*") == isinstance(args[key], np.ndarray)
        if type_.startswith("*"):
            assert args[key].dtype == np.float16
    assert all(np.isnan(args[output]).all() for output in spec.outputs)


@pytest.mark.parametrize("name", ATTENTION)
@pytest.mark.parametrize("size", SIZES)
def test_the_reference_is_the_plain_formula_and_the_grid_covers_the_output(
    name: str, size: tuple[int, int, int]
) -> None:
    m, n, d = size
    spec = kernels.get(name)
    args = spec.make_args(m, n, d, "f32", np.random.default_rng(1))
    (reference,) = spec.reference(args).values()
    assert reference.dtype == np.float64
    assert reference.shape == args["out_ptr"].shape
    row = m - 1
    query = args["q_ptr"][row].astype(float)
    scores = [float(np.dot(query, key.astype(float))) / d**0.5 for key in args["k_ptr"]]
    if "v_ptr" in args:
        weights = [np.exp(score - max(scores)) for score in scores]
        expected = sum(w * value.astype(float) for w, value in zip(weights, args["v_ptr"], strict=True))
        np.testing.assert_allclose(reference[row], expected / sum(weights), rtol=1e-12)
    else:
        np.testing.assert_allclose(reference[row], scores, rtol=1e-6)
    x, y, z = spec.grid(args, spec.constexprs)
    rows, columns = args["out_ptr"].shape
    assert (x - 1) * 64 < rows <= x * 64
    assert (y - 1) * 64 < columns <= y * 64
    assert z == 1


def test_an_unknown_kernel_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="there is no kernel 'qkv2'") as caught:
        kernels.get("qkv2")
    assert caught.value.hint == "did you mean 'qk_v2'?"
    with pytest.raises(UsageError) as caught:
        kernels.get("gemm")
    assert "attention_smt" in caught.value.hint


def test_a_default_of_a_kernel_can_be_replaced_from_the_command_line(root: Path) -> None:
    command = [sys.executable, "-m", "smtir", "dump", "smtir.kernels:qk", "--stage", "ttir"]
    options = ["-c", "sm_scale=0.5", "-a", "stride_qd=i32"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
    assert "%sm_scale" not in done.stdout
    assert "%stride_qd: i32" in done.stdout
