"""Work that ordinary Triton kernels, NumPy and torch can all do, each on the same arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import triton

from tools.bench import ordinary_kernels as kernels

Work = Callable[[], object]


@dataclass(frozen=True)
class Contest:
    """One piece of work.

    Attributes:
        ours: launches the Triton kernel, which writes ``result``.
        others: the same work by library (``numpy``, ``torch``), written to ``result`` too where the library
            lets one say so: whether an array lies in large pages made a difference of 1.7 times.
        result: what ``ours`` writes.
        expected: a reference for ``result``.
        flop: floating-point operations of products, 0 where they do not count.
    """

    ours: Work
    others: Mapping[str, Work]
    result: np.ndarray
    expected: np.ndarray
    flop: int = 0


def find_torch() -> Any:
    """torch on one thread, or None."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    return torch


def _random(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def add(torch: Any, n: int = 1 << 20) -> Contest:
    """Two vectors added; by default all three fit into the second or third level of cache."""
    x, y = _random(n), _random(n)[::-1].copy()
    out = np.empty_like(x)
    launch = kernels.add[(triton.cdiv(n, 1024),)]
    others: dict[str, Work] = {"numpy": lambda: np.add(x, y, out=out)}
    if torch:
        a, b, c = map(torch.from_numpy, (x, y, out))
        others["torch"] = lambda: torch.add(a, b, out=c)
    return Contest(lambda: launch(x, y, out, n, BLOCK=1024), others, out, x + y)


def softmax(torch: Any, rows: int = 1024, columns: int = 1024) -> Contest:
    """Softmax of each row."""
    x = _random(rows, columns)
    out = np.empty_like(x)
    block = triton.next_power_of_2(columns)
    launch = kernels.softmax[(64,)]

    def with_numpy() -> np.ndarray:
        np.subtract(x, x.max(axis=1, keepdims=True), out=out)
        np.exp(out, out=out)
        return np.divide(out, out.sum(axis=1, keepdims=True), out=out)

    others: dict[str, Work] = {"numpy": with_numpy}
    if torch:
        a, b = map(torch.from_numpy, (x, out))
        others["torch"] = lambda: torch.softmax(a, 1, out=b)
    expected = with_numpy().copy()
    return Contest(
        lambda: launch(out, x, columns, columns, rows, columns, BLOCK=block), others, out, expected
    )


def layer_norm(torch: Any, rows: int = 1024, columns: int = 1024) -> Contest:
    """Each row to mean 0 and variance 1, scaled and shifted."""
    x, w, b = _random(rows, columns), _random(columns), _random(columns)[::-1].copy()
    out, mean, rstd = np.empty_like(x), np.empty(rows, np.float32), np.empty(rows, np.float32)
    launch = kernels.layer_norm[(rows,)]

    def with_numpy() -> np.ndarray:
        np.subtract(x, x.mean(axis=1, keepdims=True), out=out)
        spread = 1 / np.sqrt(np.square(out).mean(axis=1, keepdims=True) + np.float32(1e-5))
        np.multiply(out, spread, out=out)
        np.multiply(out, w, out=out)
        return np.add(out, b, out=out)

    others: dict[str, Work] = {"numpy": with_numpy}
    if torch:
        tensors = [torch.from_numpy(array) for array in (x, w, b)]
        others["torch"] = lambda: torch.nn.functional.layer_norm(tensors[0], (columns,), *tensors[1:])
    return Contest(
        lambda: launch(x, out, w, b, mean, rstd, columns, columns, 1e-5, BLOCK=1024),
        others,
        out,
        with_numpy().copy(),
    )


def matmul(torch: Any, size: int = 512, dtype: str = "float32", blocks: Any = (64, 64, 64)) -> Contest:
    """A square matrix product with sums in f32."""
    a, b = _random(size, size).astype(dtype), _random(size, size).T.astype(dtype, order="C")
    out = np.empty((size, size), np.float32)
    spare = out if dtype == "float32" else np.empty((size, size), a.dtype)
    m, n, k = blocks
    launch = kernels.matmul[(triton.cdiv(size, m) * triton.cdiv(size, n),)]
    others: dict[str, Work] = {}
    if dtype == "float32":
        others["numpy"] = lambda: np.matmul(a, b, out=spare)
    if torch:
        left, right, to = map(torch.from_numpy, (a, b, spare))
        others["torch"] = lambda: torch.matmul(left, right, out=to)

    def ours() -> object:
        return launch(
            a, b, out, size, size, size, size, 1, size, 1, size, 1,
            BLOCK_M=m, BLOCK_N=n, BLOCK_K=k, GROUP_M=8,
        )  # fmt: skip

    return Contest(ours, others, out, a.astype(np.float32) @ b.astype(np.float32), 2 * size**3)


def attention(torch: Any, heads: int = 4, length: int = 512, d: int = 64) -> Contest:
    """Fused attention without a mask."""
    q, k, v = (_random(heads, length, d) * scale for scale in (1.0, 0.7, 1.3))
    out, scale = np.empty_like(q), d**-0.5
    launch = kernels.attention[(triton.cdiv(length, 64), heads)]

    def with_numpy() -> np.ndarray:
        scores = q @ k.swapaxes(1, 2)
        scores *= np.float32(scale)
        scores -= scores.max(axis=2, keepdims=True)
        np.exp(scores, out=scores)
        total = scores.sum(axis=2, keepdims=True)
        return np.divide(scores @ v, total, out=out)

    others: dict[str, Work] = {"numpy": with_numpy}
    if torch:
        tensors = [torch.from_numpy(array)[None] for array in (q, k, v)]
        others["torch"] = lambda: torch.nn.functional.scaled_dot_product_attention(*tensors)

    def ours() -> object:
        return launch(q, k, v, out, scale, length, length * d, BLOCK_M=64, BLOCK_N=64, D=d)

    return Contest(ours, others, out, with_numpy().copy(), 4 * heads * length**2 * d)


def masked_add(torch: Any, n: int = 1 << 18) -> Contest:
    """A sum under masks that are no box, one of them data."""
    x, y = _random(n), _random(n)[::-1].copy()
    out, launch = np.zeros_like(x), kernels.masked_add[(triton.cdiv(n, 1024),)]
    places = np.arange(n)

    def with_numpy() -> np.ndarray:
        a = np.where(places % 3 != 0, x, 0)
        return np.where(a > -1, a + np.where((places % 3 != 0) & (a > 0), y, 1), 0)

    return Contest(
        lambda: launch(x, y, out, n, BLOCK=1024), {"numpy": with_numpy}, out, with_numpy().astype(np.float32)
    )


def gather(torch: Any, n: int = 1 << 18) -> Contest:
    """Elements at places that are data."""
    x, places = _random(n), np.random.default_rng(1).integers(0, n, n).astype(np.int32)
    out, launch = np.empty_like(x), kernels.gather[(triton.cdiv(n, 1024),)]
    others: dict[str, Work] = {"numpy": lambda: np.take(x, places, out=out, mode="clip")}
    return Contest(lambda: launch(x, places, out, n, BLOCK=1024), others, out, x[places])


def every_other(torch: Any, n: int = 1 << 18) -> Contest:
    """Strided access: differences of neighbours in pairs."""
    x = _random(2 * n)
    out = np.empty(n, x.dtype)
    launch = kernels.every_other[(triton.cdiv(n, 1024),)]
    others: dict[str, Work] = {"numpy": lambda: np.subtract(x[::2], x[1::2], out=out)}
    return Contest(lambda: launch(x, out, n, BLOCK=1024), others, out, x[::2] - x[1::2])


CONTESTS: Mapping[str, Callable[[Any], Contest]] = {
    "add": add,
    "softmax": softmax,
    "layer_norm": layer_norm,
    "matmul": matmul,
    "matmul_f16": lambda torch: matmul(torch, dtype="float16"),
    "attention": attention,
    "masked_add": masked_add,
    "gather": gather,
    "every_other": every_other,
}
COMPUTE_BOUND = ("softmax", "matmul", "attention")
"""What is worth a second thread."""
