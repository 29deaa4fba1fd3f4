"""The matmul kernel, each way of splitting it, against NumPy; int8 exactly."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import smtir
import smtir.kernels

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
SPLITS = {"m": (True, False), "mn": (False, True), "k": (False, False)}
SIZES = [(128, 64, 64), (100, 77, 96), (1, 1, 1), (65, 130, 33), (70, 65, 300)]


@cache
def compiled(split: str, dtype: str, target: str) -> Any:
    spec = smtir.kernels.get("matmul")
    by_rows, by_both = SPLITS[split]
    constexprs = {**spec.constexprs, "SPLIT_M": by_rows, "SPLIT_MN": by_both}
    return smtir.compile(spec.fn, signature=spec.signature_for(dtype), constexprs=constexprs, target=target)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("dtype", ["f32", "f16", "i8"])
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("target", TARGETS)
def test_matmul_equals_numpy(target: str, split: str, dtype: str, size: tuple[int, int, int]) -> None:
    spec = smtir.kernels.get("matmul")
    args = spec.make_args(*size, dtype, np.random.default_rng(0))
    kernel = compiled(split, dtype, target)
    kernel.run(*args.values(), grid=spec.grid(args, spec.constexprs))
    expected = spec.reference(args)["out_ptr"]
    if dtype == "i8":
        np.testing.assert_array_equal(args["out_ptr"], expected)
        return
    error = np.abs(args["out_ptr"].astype(np.float64) - expected).max()
    assert error <= {"f32": 1e-5, "f16": 2e-3}[dtype] * np.abs(expected).max()
