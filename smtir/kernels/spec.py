"""What is known about a kernel besides its code: types, sizes, arguments, the right answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Arguments = dict[str, Any]
"""Value of each run-time parameter, by name and in the kernel's order."""

DTYPES = {"f32": ("fp32", np.float32), "f16": ("fp16", np.float16), "i8": ("i8", np.int8)}
"""Element types of the matrices: Triton's name and NumPy's type."""

DEFAULT_BLOCKS: Mapping[str, int] = {"BLOCK_M": 64, "BLOCK_N": 64, "BLOCK_D": 64}
DEFAULT_TILES: Mapping[str, int] = {"MICRO_M": 8, "MICRO_N": 16, "MICRO_K": 8}


@dataclass(frozen=True)
class KernelSpec:
    """A kernel, ready to compile and to check.

    Attributes:
        name: name in ``smtir.kernels`` and of the compiled function.
        fn: the ``@triton.jit`` function.
        signature: Triton's type of each run-time parameter, for f32 matrices.
        constexprs: default blocks and tiles; inner strides are 1.
        outputs: names of the parameters that the kernel writes.
        reference: the right outputs for the arguments, computed in float64.
        make_args: arguments for given sizes: ``make_args(M, N, D, dtype, rng)`` with
            dtype ``"f32"`` or ``"f16"``; outputs are filled with NaN.
        grid: programs in x, y, z: ``grid(args, constexprs)``.
    """

    name: str
    fn: Any
    signature: Mapping[str, str]
    constexprs: Mapping[str, Any]
    outputs: tuple[str, ...]
    reference: Callable[[Arguments], dict[str, np.ndarray]]
    make_args: Callable[[int, int, int, str, np.random.Generator], Arguments]
    grid: Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[int, int, int]]

    def signature_for(self, dtype: str) -> dict[str, str]:
        """The signature for matrices of ``dtype``: ``"f32"``, ``"f16"``, or ``"i8"`` with i32 results."""
        element = DTYPES[dtype][0]
        wide = "i32" if dtype == "i8" else element
        return {
            name: type_.replace("*fp32", f"*{wide if name in self.outputs else element}")
            for name, type_ in self.signature.items()
        }


def matrix(shape: tuple[int, int], dtype: str, rng: np.random.Generator) -> np.ndarray:
    """Normally distributed elements, or any of an integer type; row-major."""
    if dtype == "i8":
        return rng.integers(-128, 128, shape, np.int8)
    return rng.standard_normal(shape).astype(DTYPES[dtype][1])


def empty(shape: tuple[int, int], dtype: str) -> np.ndarray:
    """An output that shows what was not written: all NaN."""
    return np.full(shape, np.nan, DTYPES[dtype][1])


def row_stride(array: np.ndarray) -> int:
    """Elements from one row to the next."""
    return array.strides[0] // array.itemsize


def softmax(scores: np.ndarray) -> np.ndarray:
    """Softmax of each row."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    normalized: np.ndarray = exponentials / exponentials.sum(axis=1, keepdims=True)
    return normalized


def qk_reference(args: Arguments) -> dict[str, np.ndarray]:
    """``out = q @ k.T * sm_scale`` in float64."""
    q, k = args["q_ptr"].astype(np.float64), args["k_ptr"].astype(np.float64)
    return {"out_ptr": q @ k.T * args["sm_scale"]}


def attention_reference(args: Arguments) -> dict[str, np.ndarray]:
    """``out = softmax(q @ k.T * sm_scale) @ v`` in float64."""
    scores = qk_reference(args)["out_ptr"]
    return {"out_ptr": softmax(scores) @ args["v_ptr"].astype(np.float64)}


def qk_args(M: int, N: int, D: int, dtype: str, rng: np.random.Generator) -> Arguments:
    """Arguments of a QK kernel: q ``[M, D]``, k ``[N, D]``, out ``[M, N]``."""
    q, k, out = matrix((M, D), dtype, rng), matrix((N, D), dtype, rng), empty((M, N), dtype)
    return {
        "q_ptr": q,
        "k_ptr": k,
        "out_ptr": out,
        "M": M,
        "N": N,
        "D": D,
        "sm_scale": D**-0.5,
        "stride_qm": row_stride(q),
        "stride_kn": row_stride(k),
        "stride_om": row_stride(out),
    }


def attention_args(M: int, N: int, D: int, dtype: str, rng: np.random.Generator) -> Arguments:
    """Arguments of an attention kernel: q, out ``[M, D]``, k, v ``[N, D]``."""
    q, k, v = (matrix((rows, D), dtype, rng) for rows in (M, N, N))
    out = empty((M, D), dtype)
    return {
        "q_ptr": q,
        "k_ptr": k,
        "v_ptr": v,
        "out_ptr": out,
        "M": M,
        "N": N,
        "D": D,
        "sm_scale": D**-0.5,
        "stride_qm": row_stride(q),
        "stride_kn": row_stride(k),
        "stride_vn": row_stride(v),
        "stride_om": row_stride(out),
    }


def qk_grid(args: Mapping[str, Any], constexprs: Mapping[str, Any]) -> tuple[int, int, int]:
    """One program a block of the output."""
    return -(-args["M"] // constexprs["BLOCK_M"]), -(-args["N"] // constexprs["BLOCK_N"]), 1


def attention_grid(args: Mapping[str, Any], constexprs: Mapping[str, Any]) -> tuple[int, int, int]:
    """One program a block of the output."""
    return -(-args["M"] // constexprs["BLOCK_M"]), -(-args["D"] // constexprs["BLOCK_D"]), 1


_POINTERS_QK = {"q_ptr": "*fp32", "k_ptr": "*fp32", "out_ptr": "*fp32"}
_POINTERS_ATTENTION = {"q_ptr": "*fp32", "k_ptr": "*fp32", "v_ptr": "*fp32", "out_ptr": "*fp32"}
_SIZES = {"M": "i32", "N": "i32", "D": "i32", "sm_scale": "fp32"}

QK_SIGNATURE = {**_POINTERS_QK, **_SIZES, "stride_qm": "i32", "stride_kn": "i32", "stride_om": "i32"}
ATTENTION_SIGNATURE = {
    **_POINTERS_ATTENTION,
    **_SIZES,
    "stride_qm": "i32",
    "stride_kn": "i32",
    "stride_vn": "i32",
    "stride_om": "i32",
}
QK_CONSTEXPRS = {
    **DEFAULT_BLOCKS,
    **DEFAULT_TILES,
    "stride_qd": 1,
    "stride_kd": 1,
    "stride_on": 1,
}
ATTENTION_CONSTEXPRS = {
    **DEFAULT_BLOCKS,
    **DEFAULT_TILES,
    "stride_qd": 1,
    "stride_kd": 1,
    "stride_vd": 1,
    "stride_od": 1,
}
