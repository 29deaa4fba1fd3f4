"""Layer normalization: forward in three passes over a row, backward with sums under a lock."""

from __future__ import annotations

import numpy as np
import triton
import triton.language as tl


@triton.jit
def forward_kernel(x, y, w, b, mean_ptr, rstd_ptr, stride, n, eps, BLOCK: tl.constexpr):
    """Normalize one row, scale it by w and shift it by b."""
    row = tl.program_id(0)
    y += row * stride
    x += row * stride
    total = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, n, BLOCK):
        where = start + tl.arange(0, BLOCK)
        total += tl.load(x + where, mask=where < n, other=0.0).to(tl.float32)
    mean = tl.sum(total, axis=0) / n
    square = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, n, BLOCK):
        where = start + tl.arange(0, BLOCK)
        value = tl.load(x + where, mask=where < n, other=0.0).to(tl.float32)
        value = tl.where(where < n, value - mean, 0.0)
        square += value * value
    rstd = 1 / tl.sqrt(tl.sum(square, axis=0) / n + eps)
    tl.store(mean_ptr + row, mean)
    tl.store(rstd_ptr + row, rstd)
    for start in range(0, n, BLOCK):
        where = start + tl.arange(0, BLOCK)
        inside = where < n
        normal = (tl.load(x + where, mask=inside, other=0.0).to(tl.float32) - mean) * rstd
        result = normal * tl.load(w + where, mask=inside) + tl.load(b + where, mask=inside)
        tl.store(y + where, result, mask=inside)


@triton.jit
def backward_rows_kernel(
    dx, dy, dw, db, x, w, mean_ptr, rstd_ptr, locks, stride, n, GROUPS: tl.constexpr, BLOCK: tl.constexpr
):
    """The gradient of one row of x, and its share of those of w and b, summed in groups under a lock."""
    row = tl.program_id(0)
    columns = tl.arange(0, BLOCK)
    inside = columns < n
    group = row % GROUPS
    lock = locks + group
    count = lock + GROUPS
    dw = dw + group * n + columns
    db = db + group * n + columns
    value = tl.load(x + row * stride + columns, mask=inside, other=0).to(tl.float32)
    gradient = tl.load(dy + row * stride + columns, mask=inside, other=0).to(tl.float32)
    scale = tl.load(w + columns, mask=inside).to(tl.float32)
    rstd = tl.load(rstd_ptr + row)
    normal = tl.where(inside, (value - tl.load(mean_ptr + row)) * rstd, 0.0)
    scaled = tl.where(inside, scale * gradient, 0.0)
    c1 = tl.sum(normal * scaled, axis=0) / n
    c2 = tl.sum(scaled, axis=0) / n
    tl.store(dx + row * stride + columns, (scaled - (normal * c1 + c2)) * rstd, mask=inside)
    part_w = gradient * normal
    part_b = gradient
    while tl.atomic_cas(lock, 0, 1) == 1:
        pass
    if tl.load(count) == 0:
        tl.atomic_xchg(count, 1)
    else:
        part_w += tl.load(dw, mask=inside)
        part_b += tl.load(db, mask=inside)
    tl.store(dw, part_w, mask=inside)
    tl.store(db, part_b, mask=inside)
    tl.debug_barrier()
    tl.atomic_xchg(lock, 0)


@triton.jit
def backward_sum_kernel(dw, db, final_dw, final_db, m, n, BM: tl.constexpr, BN: tl.constexpr):
    """Sum the groups' shares."""
    columns = tl.program_id(0) * BN + tl.arange(0, BN)
    total_w = tl.zeros((BM, BN), dtype=tl.float32)
    total_b = tl.zeros((BM, BN), dtype=tl.float32)
    for start in range(0, m, BM):
        rows = start + tl.arange(0, BM)
        inside = (rows[:, None] < m) & (columns[None, :] < n)
        where = rows[:, None] * n + columns[None, :]
        total_w += tl.load(dw + where, mask=inside, other=0.0)
        total_b += tl.load(db + where, mask=inside, other=0.0)
    tl.store(final_dw + columns, tl.sum(total_w, axis=0), mask=columns < n)
    tl.store(final_db + columns, tl.sum(total_b, axis=0), mask=columns < n)


def check_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """Run the forward pass and compare; mean and 1/deviation of each row."""
    rows, n = x.shape
    y, mean, rstd = np.empty_like(x), np.empty(rows, np.float32), np.empty(rows, np.float32)
    forward_kernel[(rows,)](x, y, w, b, mean, rstd, n, n, eps, BLOCK=64, num_warps=1)
    centred = x - x.mean(axis=1, keepdims=True, dtype=np.float64)
    expected = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps) * w + b
    assert np.abs(y - expected).max() < 1e-5
    return mean, rstd


def check_backward(
    x: np.ndarray, w: np.ndarray, mean: np.ndarray, rstd: np.ndarray, rng: np.random.Generator
) -> None:
    """Run the backward pass and compare."""
    rows, n = x.shape
    groups = 4
    dy = rng.standard_normal(x.shape, np.float32)
    locks = np.zeros(2 * groups, np.int32)
    part_w, part_b = np.zeros((groups, n), np.float32), np.zeros((groups, n), np.float32)
    dx, dw, db = np.empty_like(x), np.empty(n, np.float32), np.empty(n, np.float32)
    backward_rows_kernel[(rows,)](
        dx, dy, part_w, part_b, x, w, mean, rstd, locks, n, n, GROUPS=groups,
        BLOCK=triton.next_power_of_2(n),
    )  # fmt: skip
    grid = lambda meta: (triton.cdiv(n, meta["BN"]),)  # noqa: E731
    backward_sum_kernel[grid](part_w, part_b, dw, db, groups, n, BM=4, BN=64)
    normal = (x - mean[:, None]).astype(np.float64) * rstd[:, None]
    scaled = (dy * w).astype(np.float64)
    share = (normal * scaled).mean(axis=1, keepdims=True)
    expected = (scaled - normal * share - scaled.mean(axis=1, keepdims=True)) * rstd[:, None]
    assert np.abs(dx - expected).max() < 1e-5
    assert np.abs(dw - (dy * normal).sum(axis=0)).max() < 1e-4
    assert np.abs(db - dy.sum(axis=0, dtype=np.float64)).max() < 1e-4


def main() -> None:
    """Compare with NumPy."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((29, 200), np.float32) * 3 - 2
    w, b = rng.random(200, np.float32), rng.random(200, np.float32)
    mean, rstd = check_forward(x, w, b, 1e-5)
    check_backward(x, w, mean, rstd, rng)


if __name__ == "__main__":
    main()
