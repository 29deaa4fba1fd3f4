"""Vector addition: a masked elementwise kernel, its grid a function of the block size."""

from __future__ import annotations

import numpy as np
import triton
import triton.language as tl


@triton.jit
def add_kernel(x_ptr, y_ptr, out_ptr, size, BLOCK: tl.constexpr):
    """``out = x + y``, BLOCK elements a program."""
    pid = tl.program_id(axis=0)
    where = pid * BLOCK + tl.arange(0, BLOCK)
    inside = where < size
    x = tl.load(x_ptr + where, mask=inside)
    y = tl.load(y_ptr + where, mask=inside)
    tl.store(out_ptr + where, x + y, mask=inside)


def add(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The sum of two vectors."""
    out = np.empty_like(x)
    add_kernel[lambda meta: (triton.cdiv(out.size, meta["BLOCK"]),)](x, y, out, out.size, BLOCK=1024)
    return out


def main() -> None:
    """Compare with NumPy."""
    rng = np.random.default_rng(0)
    for size in (1, 1000, 1024, 98432):
        x, y = rng.random(size, np.float32), rng.random(size, np.float32)
        assert np.array_equal(add(x, y), x + y), size


if __name__ == "__main__":
    main()
