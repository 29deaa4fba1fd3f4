from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import smtir
from smtir import kernels

SIZES = [
    (128, 128, 64),
    (100, 77, 64),
    (1, 1, 64),
    (257, 130, 64),
    (64, 192, 128),
    (70, 65, 40),
    (3, 70, 200),
]
TOLERANCE = {"f16": 2e-3, "qk": 2e-6, "attention": 1e-5, "matmul": 1e-5}
"""Largest error, relative to the largest element of the reference."""


@functools.cache
def compiled(name: str, dtype: str) -> Any:
    spec = kernels.get(name)
    return smtir.compile(spec.fn, spec.signature_for(dtype), spec.constexprs)


def error_of(name: str, compilation: Any, args: dict[str, Any]) -> float:
    spec = kernels.get(name)
    (expected,) = spec.reference(args).values()
    compilation.run(*args.values(), grid=spec.grid(args, spec.constexprs))
    largest = np.abs(expected).max()
    return float(np.abs(args["out_ptr"].astype(np.float64) - expected).max() / (largest or 1.0))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("name", kernels.names())
def test_a_kernel_agrees_with_its_reference(name: str, dtype: str, size: tuple[int, int, int]) -> None:
    args = kernels.get(name).make_args(*size, dtype, np.random.default_rng(7))
    limit = TOLERANCE["f16"] if dtype == "f16" else TOLERANCE[name.split("_")[0]]
    assert error_of(name, compiled(name, dtype), args) <= limit


@pytest.mark.parametrize("scale", [-0.5, 0.0])
@pytest.mark.parametrize("name", ["qk", "attention_smt"])
@pytest.mark.parametrize("as_constexpr", [True, False])
def test_any_scale_works_at_run_time_and_at_compile_time(name: str, scale: float, as_constexpr: bool) -> None:
    spec = kernels.get(name)
    args = {**spec.make_args(70, 65, 64, "f32", np.random.default_rng(8)), "sm_scale": scale}
    (expected,) = spec.reference(args).values()
    compilation, given = compiled(name, "f32"), dict(args)
    if as_constexpr:
        signature = {key: type_ for key, type_ in spec.signature.items() if key != "sm_scale"}
        compilation = smtir.compile(spec.fn, signature, {**spec.constexprs, "sm_scale": scale})
        del given["sm_scale"]
    compilation.run(*given.values(), grid=spec.grid(args, spec.constexprs))
    np.testing.assert_allclose(
        args["out_ptr"], expected, rtol=0, atol=1e-5 * max(1.0, np.abs(expected).max())
    )


@pytest.mark.parametrize("name", kernels.names())
def test_rows_of_a_larger_array_are_read_and_written_by_their_strides(name: str) -> None:
    spec = kernels.get(name)
    rng = np.random.default_rng(9)
    args = spec.make_args(33, 47, 64, "f32", rng)
    wide = {
        key: np.full((value.shape[0], value.shape[1] + 5), np.nan, value.dtype)
        for key, value in args.items()
        if isinstance(value, np.ndarray)
    }
    for key, array in wide.items():
        columns = args[key].shape[1]
        array[:, :columns] = args[key]
        args[key] = array[:, :columns]
    args.update({key: array.shape[1] for key, array in _strides(spec, wide).items()})
    assert error_of(name, compiled(name, "f32"), args) <= 1e-5
    columns = args["out_ptr"].shape[1]
    assert np.isnan(wide["out_ptr"][:, columns:]).all()


def _strides(spec: kernels.KernelSpec, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The array that each stride parameter belongs to."""
    owners = {"q": "q_ptr", "k": "k_ptr", "v": "v_ptr", "o": "out_ptr", "a": "a_ptr", "b": "b_ptr"}
    names = [name for name in spec.signature if name.startswith("stride_")]
    return {name: arrays[owners[name.removeprefix("stride_")[0]]] for name in names}
