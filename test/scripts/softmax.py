"""Softmax of rows: a reduction, a persistent loop over rows, the grid from the device's properties."""

from __future__ import annotations

import numpy as np
import triton
import triton.language as tl


@triton.jit
def softmax_kernel(
    out_ptr, in_ptr, in_stride, out_stride, rows, columns, BLOCK: tl.constexpr, num_stages: tl.constexpr
):
    """Softmax of every num_programs-th row."""
    first, step = tl.program_id(0), tl.num_programs(0)
    for row in tl.range(first, rows, step, num_stages=num_stages):
        where = tl.arange(0, BLOCK)
        inside = where < columns
        values = tl.load(in_ptr + row * in_stride + where, mask=inside, other=-float("inf"))
        shifted = values - tl.max(values, axis=0)
        numerator = tl.exp(shifted)
        denominator = tl.sum(numerator, axis=0)
        tl.store(out_ptr + row * out_stride + where, numerator / denominator, mask=inside)


def softmax(x: np.ndarray) -> np.ndarray:
    """Softmax of each row."""
    rows, columns = x.shape
    out = np.empty_like(x)
    block = triton.next_power_of_2(columns)
    driver = triton.runtime.driver.active
    properties = driver.utils.get_device_properties(driver.get_current_device())
    strides = x.strides[0] // x.itemsize, out.strides[0] // out.itemsize
    kernel = softmax_kernel.warmup(
        out, x, *strides, rows, columns, BLOCK=block, num_stages=2, num_warps=8, grid=(1,)
    )
    kernel._init_handles()
    occupancy = properties["max_num_regs"] // (kernel.n_regs * properties["warpSize"] * 8)
    occupancy = min(occupancy, properties["max_shared_mem"] // kernel.metadata.shared)
    programs = min(properties["multiprocessor_count"] * occupancy, rows)
    softmax_kernel[(programs, 1, 1)](out, x, *strides, rows, columns, block, 2, num_warps=8)
    return out


def main() -> None:
    """Compare with NumPy."""
    rng = np.random.default_rng(0)
    for shape in ((1, 1), (183, 781), (40, 1024)):
        x = rng.standard_normal(shape, np.float32) * 10
        expected = np.exp(x - x.max(axis=1, keepdims=True), dtype=np.float64)
        expected /= expected.sum(axis=1, keepdims=True)
        assert np.abs(softmax(x) - expected).max() < 1e-6, shape
    wide = rng.standard_normal((7, 64), np.float32)[:, :33]
    assert np.abs(softmax(wide).sum(axis=1) - 1).max() < 1e-5


if __name__ == "__main__":
    main()
