"""Dropout from a seed (nothing is stored to repeat it), and a function of libdevice."""

from __future__ import annotations

import math

import numpy as np
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def dropout_kernel(x_ptr, out_ptr, n, p, seed, BLOCK: tl.constexpr):
    """Keep each element with probability 1 - p, scaled to keep the mean."""
    where = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + where, mask=where < n)
    kept = tl.rand(seed, where) > p
    tl.store(out_ptr + where, tl.where(kept, x / (1 - p), 0.0), mask=where < n)


@triton.jit
def asin_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """The arc sine, element by element."""
    where = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + where, libdevice.asin(tl.load(x_ptr + where, mask=where < n)), mask=where < n)


def philox(seed: int, counter: int) -> int:
    """The first word of Philox 4x32 after ten rounds."""
    word, key = [counter & 0xFFFFFFFF, counter >> 32, 0, 0], [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        first, second = 0xD2511F53 * word[0], 0xCD9E8D57 * word[2]
        word = [
            (second >> 32) ^ word[1] ^ key[0],
            second & 0xFFFFFFFF,
            (first >> 32) ^ word[3] ^ key[1],
            first & 0xFFFFFFFF,
        ]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return word[0]


def uniform(seed: int, counter: int) -> float:
    """A number in [0, 1) of the word, as ``tl.rand`` makes it."""
    word = philox(seed, counter)
    signed = word - (word >> 31 << 32)
    return (signed if signed >= 0 else -signed - 1) * 4.6566127342e-10


def main() -> None:
    """Compare with the same numbers made here."""
    n, p = 1000, 0.25
    x = np.random.default_rng(0).standard_normal(n, np.float32)
    results = []
    for seed in (123, 123, 512):
        out = np.empty_like(x)
        dropout_kernel[(triton.cdiv(n, 256),)](x, out, n, p, seed, BLOCK=256)
        kept = np.array([uniform(seed, counter) > p for counter in range(n)])
        assert np.allclose(out, np.where(kept, x / (1 - p), 0))
        results.append(out)
    assert np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])

    angles = np.linspace(-1, 1, 100, dtype=np.float32)
    out = np.empty_like(angles)
    asin_kernel[(1,)](angles, out, 100, BLOCK=128, extern_libs={"libdevice": "unused"})
    assert np.allclose(out, [math.asin(angle) for angle in angles], atol=1e-6)


if __name__ == "__main__":
    main()
