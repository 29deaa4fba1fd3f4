"""The attention kernels against NumPy in float64: on the host, and on RISC-V under the emulator."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir
import smtir.kernels

SIZES = [(128, 128, 64), (100, 77, 64), (1, 1, 64), (257, 130, 64), (64, 192, 128)]
TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
SCALED = [name for name in smtir.kernels.names() if "sm_scale" in smtir.kernels.get(name).signature]
BOUNDS = {
    ("qk", "f32"): 2e-6,
    ("attention", "f32"): 1e-5,
    ("qk", "f16"): 2e-3,
    ("attention", "f16"): 2e-3,
} | {
    ("matmul", "f32"): 1e-5,
    ("matmul", "f16"): 2e-3,
}


@cache
def compiled(name: str, dtype: str, target: str, scale: float | None = None) -> Any:
    """The kernel ``name``, compiled once; ``scale`` makes ``sm_scale`` a constexpr."""
    spec = smtir.kernels.get(name)
    signature, constexprs = spec.signature_for(dtype), dict(spec.constexprs)
    if scale is not None:
        del signature["sm_scale"]
        constexprs["sm_scale"] = scale
    return smtir.compile(spec.fn, signature=signature, constexprs=constexprs, target=target)


def error_of(
    name: str, dtype: str, target: str, args: dict[str, Any], *, constant_scale: bool = False
) -> float:
    """Run on ``args``; the largest error over the largest value of the reference."""
    spec = smtir.kernels.get(name)
    kernel = compiled(name, dtype, target, args["sm_scale"] if constant_scale else None)
    passed = {key: value for key, value in args.items() if not (constant_scale and key == "sm_scale")}
    kernel.run(*passed.values(), grid=spec.grid(args, spec.constexprs))
    reference = spec.reference(args)["out_ptr"]
    error = np.abs(args["out_ptr"].astype(np.float64) - reference).max()
    largest = np.abs(reference).max()
    return float(error / largest) if largest else float(error)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("name", smtir.kernels.names())
@pytest.mark.parametrize("target", TARGETS)
def test_a_kernel_equals_its_reference(
    name: str, dtype: str, target: str, size: tuple[int, int, int]
) -> None:
    args = smtir.kernels.get(name).make_args(*size, dtype, np.random.default_rng(0))
    assert error_of(name, dtype, target, args) <= BOUNDS[name.split("_")[0], dtype]


@pytest.mark.parametrize("scale", [0.125, -0.5, 0.0])
@pytest.mark.parametrize("constant", [False, True], ids=["runtime", "constexpr"])
@pytest.mark.parametrize("name", SCALED)
@pytest.mark.parametrize("target", TARGETS)
def test_the_scale_is_applied_however_it_is_given(
    name: str, target: str, constant: bool, scale: float
) -> None:
    args = smtir.kernels.get(name).make_args(70, 40, 64, "f32", np.random.default_rng(1))
    args["sm_scale"] = scale
    assert error_of(name, "f32", target, args, constant_scale=constant) <= BOUNDS[name.split("_")[0], "f32"]


@pytest.mark.parametrize("name", ["qk", "qk_v2"])
def test_nan_and_infinity_stay_in_their_rows_and_columns(name: str) -> None:
    args = smtir.kernels.get(name).make_args(70, 40, 64, "f32", np.random.default_rng(2))
    args["q_ptr"][3, 5] = np.nan
    args["k_ptr"][7, 9] = np.inf
    kernel = compiled(name, "f32", "host")
    spec = smtir.kernels.get(name)
    kernel.run(*args.values(), grid=spec.grid(args, spec.constexprs))
    with np.errstate(invalid="ignore"):
        reference = spec.reference(args)["out_ptr"]
    assert np.array_equal(np.isnan(args["out_ptr"]), np.isnan(reference))
    assert np.array_equal(np.isinf(args["out_ptr"]), np.isinf(reference))


@pytest.mark.parametrize("name", [name for name in smtir.kernels.names() if name.startswith("attention")])
def test_attention_of_rows_with_huge_scores_does_not_overflow(name: str) -> None:
    args = smtir.kernels.get(name).make_args(70, 100, 64, "f32", np.random.default_rng(3))
    args["q_ptr"][...] *= 100
    args["k_ptr"][...] *= 100
    assert error_of(name, "f32", "host", args) <= 1e-5


@triton.jit
def two_accumulators(a_ptr, b_ptr, first_ptr, second_ptr, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    a_block = tl.make_block_ptr(a_ptr, (M, K), (K, 1), (0, 0), (M, K), (1, 0))
    b_block = tl.make_block_ptr(b_ptr, (K, N), (N, 1), (0, 0), (K, N), (1, 0))
    a = smt.descriptor_load(a_block, (0, 0), (M, K), (8, 8))
    b = smt.descriptor_load(b_block, (0, 0), (K, N), (8, 16))
    first = tl.zeros((M, N), dtype=tl.float32)
    second = tl.zeros((M, N), dtype=tl.float32)
    window = smt.view(first, (0, 0), (M, N), (8, 16))
    window = smt.dot(a, b, window)
    other = smt.view(second, (0, 0), (M, N), (8, 16))
    other = smt.dot(a, b, other)
    other = smt.dot(a, b, other)
    first_block = tl.make_block_ptr(first_ptr, (M, N), (N, 1), (0, 0), (M, N), (1, 0))
    second_block = tl.make_block_ptr(second_ptr, (M, N), (N, 1), (0, 0), (M, N), (1, 0))
    tl.store(first_block, first * 3)
    tl.store(second_block, second)


@triton.jit
def zero_in_each_iteration(a_ptr, b_ptr, out_ptr, times, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    a_block = tl.make_block_ptr(a_ptr, (M, K), (K, 1), (0, 0), (M, K), (1, 0))
    b_block = tl.make_block_ptr(b_ptr, (K, N), (N, 1), (0, 0), (K, N), (1, 0))
    a = smt.descriptor_load(a_block, (0, 0), (M, K), (8, 8))
    b = smt.descriptor_load(b_block, (0, 0), (K, N), (8, 16))
    total = tl.zeros((M, N), dtype=tl.float32)
    for _ in range(times):
        acc = tl.zeros((M, N), dtype=tl.float32)
        window = smt.view(acc, (0, 0), (M, N), (8, 16))
        window = smt.dot(a, b, window)
        total += acc
    tl.store(tl.make_block_ptr(out_ptr, (M, N), (N, 1), (0, 0), (M, N), (1, 0)), total)


def operands() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((16, 32)).astype(np.float32), rng.standard_normal((32, 32)).astype(np.float32)


@pytest.mark.parametrize("target", TARGETS)
def test_two_zero_accumulators_stay_two(target: str) -> None:
    a, b = operands()
    first, second = np.zeros((16, 32), np.float32), np.zeros((16, 32), np.float32)
    pointers = ("a_ptr", "b_ptr", "first_ptr", "second_ptr")
    kernel = smtir.compile(
        two_accumulators,
        signature=dict.fromkeys(pointers, "*fp32"),
        constexprs={"M": 16, "N": 32, "K": 32},
        target=target,
    )
    kernel.run(a, b, first, second, grid=(1,))
    np.testing.assert_allclose(first, 3 * (a @ b), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(second, 2 * (a @ b), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("target", TARGETS)
def test_zeros_in_a_loop_are_zero_in_each_iteration(target: str) -> None:
    a, b = operands()
    out = np.zeros((16, 32), np.float32)
    kernel = smtir.compile(
        zero_in_each_iteration,
        signature={"a_ptr": "*fp32", "b_ptr": "*fp32", "out_ptr": "*fp32", "times": "i32"},
        constexprs={"M": 16, "N": 32, "K": 32},
        target=target,
    )
    kernel.run(a, b, out, 4, grid=(1,))
    np.testing.assert_allclose(out, 4 * (a @ b), rtol=1e-4, atol=1e-4)
