"""Matrix multiplication: autotuned blocks, programs in groups, offsets that wrap around, an activation."""

from __future__ import annotations

import numpy as np
import triton
import triton.language as tl

CONFIGS = [
    triton.Config({"BM": bm, "BN": bn, "BK": 32, "GROUP": 4}, num_stages=4, num_warps=4)
    for bm, bn in ((32, 32), (32, 64))
]


@triton.autotune(configs=CONFIGS, key=["m", "n", "k"])
@triton.jit
def matmul_kernel(
    a_ptr, b_ptr, c_ptr, m, n, k, stride_am, stride_ak, stride_bk, stride_bn, stride_cm, stride_cn,
    BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, GROUP: tl.constexpr, ACTIVATION: tl.constexpr,
):  # fmt: skip
    """One BM x BN block of ``c = activation(a @ b)``."""
    pid = tl.program_id(axis=0)
    blocks_m, blocks_n = tl.cdiv(m, BM), tl.cdiv(n, BN)
    in_group = GROUP * blocks_n
    group = pid // in_group
    first = group * GROUP
    height = min(blocks_m - first, GROUP)
    pid_m = first + (pid % in_group) % height
    pid_n = (pid % in_group) // height

    rows = (pid_m * BM + tl.arange(0, BM)) % m
    columns = (pid_n * BN + tl.arange(0, BN)) % n
    depth = tl.arange(0, BK)
    a_block = a_ptr + (rows[:, None] * stride_am + depth[None, :] * stride_ak)
    b_block = b_ptr + (depth[:, None] * stride_bk + columns[None, :] * stride_bn)
    total = tl.zeros((BM, BN), dtype=tl.float32)
    for step in range(tl.cdiv(k, BK)):
        a = tl.load(a_block, mask=depth[None, :] < k - step * BK, other=0.0)
        b = tl.load(b_block, mask=depth[:, None] < k - step * BK, other=0.0)
        total = tl.dot(a, b, total)
        a_block += BK * stride_ak
        b_block += BK * stride_bk
    if ACTIVATION == "leaky_relu":
        total = leaky_relu(total)
    rows = pid_m * BM + tl.arange(0, BM)
    columns = pid_n * BN + tl.arange(0, BN)
    c_block = c_ptr + stride_cm * rows[:, None] + stride_cn * columns[None, :]
    tl.store(c_block, total.to(c_ptr.dtype.element_ty), mask=(rows[:, None] < m) & (columns[None, :] < n))


@triton.jit
def leaky_relu(x):
    """A hundredth of what is negative."""
    return tl.where(x >= 0, x, 0.01 * x)


def matmul(a: np.ndarray, b: np.ndarray, activation: str = "") -> np.ndarray:
    """``a @ b``, then the activation."""
    (m, k), n = a.shape, b.shape[1]
    c = np.empty((m, n), a.dtype)
    strides = [step // array.itemsize for array in (a, b, c) for step in array.strides]
    grid = lambda meta: (triton.cdiv(m, meta["BM"]) * triton.cdiv(n, meta["BN"]),)  # noqa: E731
    matmul_kernel[grid](a, b, c, m, n, k, *strides, ACTIVATION=activation)
    return c


def main() -> None:
    """Compare with NumPy."""
    rng = np.random.default_rng(0)
    for m, n, k, dtype, activation in (
        (64, 64, 64, np.float32, ""),
        (100, 70, 90, np.float32, "leaky_relu"),
        (64, 96, 80, np.float16, ""),
    ):
        a, b = rng.standard_normal((m, k)).astype(dtype), rng.standard_normal((k, n)).astype(dtype)
        expected = a.astype(np.float64) @ b.astype(np.float64)
        if activation:
            expected = np.where(expected >= 0, expected, 0.01 * expected)
        error = np.abs(matmul(a, b, activation) - expected).max() / np.abs(expected).max()
        assert error < (1e-5 if dtype == np.float32 else 2e-3), (m, n, k, error)
    a, b = rng.standard_normal((40, 50), np.float32), rng.standard_normal((30, 50), np.float32).T
    assert np.allclose(matmul(a, b), a @ b, atol=1e-4)


if __name__ == "__main__":
    main()
