"""Fused attention, forward, causal or not: with block pointers and with descriptors of host or kernel."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import triton
import triton.language as tl
from triton.tools.tensor_descriptor import TensorDescriptor

LOG2_E = 1.44269504


@triton.jit
def softmax_step(acc, total, top, scores, v):
    """Take the columns of scores and the rows of v that belong to them into the running result."""
    higher = tl.maximum(top, tl.max(scores, 1))
    weights = tl.math.exp2(scores - higher[:, None])
    shrink = tl.math.exp2(top - higher)
    acc = tl.dot(weights.to(v.dtype), v, acc * shrink[:, None])
    return acc, total * shrink + tl.sum(weights, 1), higher


@triton.jit
def columns(first_row, N_CTX, STAGE: tl.constexpr, BM: tl.constexpr):
    """The columns of a stage: 1 left of the diagonal, 2 the diagonal, 3 all."""
    if STAGE == 1:
        low, high = 0, first_row
    elif STAGE == 2:
        low, high = first_row, first_row + BM
        low = tl.multiple_of(low, BM)
    else:
        low, high = 0, N_CTX
    return low, high


@triton.jit
def pointers_inner(
    acc, total, top, q, k_ptr, v_ptr, first_row, scale, N_CTX,
    BM: tl.constexpr, BN: tl.constexpr, STAGE: tl.constexpr,
):  # fmt: skip
    """One stage with block pointers that advance."""
    low, high = columns(first_row, N_CTX, STAGE, BM)
    k_ptr = tl.advance(k_ptr, (0, low))
    v_ptr = tl.advance(v_ptr, (low, 0))
    rows = first_row + tl.arange(0, BM)
    for start in range(low, high, BN):
        start = tl.multiple_of(start, BN)
        scores = tl.dot(q, tl.load(k_ptr)) * scale
        if STAGE == 2:
            seen = rows[:, None] >= (start + tl.arange(0, BN))[None, :]
            scores += tl.where(seen, 0, -1.0e6)
        acc, total, top = softmax_step(acc, total, top, scores, tl.load(v_ptr))
        v_ptr = tl.advance(v_ptr, (BN, 0))
        k_ptr = tl.advance(k_ptr, (0, BN))
    return acc, total, top


@triton.jit
def pointers_kernel(
    Q, K, V, scale, M, Out, stride_z, stride_h, stride_n, stride_d, H, N_CTX,
    BM: tl.constexpr, BN: tl.constexpr, D: tl.constexpr, STAGE: tl.constexpr,
):  # fmt: skip
    """BM rows of one head; STAGE is 3 for causal attention, else 1."""
    tl.static_assert(BN <= D)
    block, head = tl.program_id(0), tl.program_id(1)
    base = (head // H).to(tl.int64) * stride_z + (head % H).to(tl.int64) * stride_h
    q_ptr = tl.make_block_ptr(
        Q + base, (N_CTX, D), (stride_n, stride_d), (block * BM, 0), (BM, D), order=(1, 0)
    )
    o_ptr = tl.make_block_ptr(
        Out + base, (N_CTX, D), (stride_n, stride_d), (block * BM, 0), (BM, D), order=(1, 0)
    )
    k_ptr = tl.make_block_ptr(K + base, (D, N_CTX), (stride_d, stride_n), (0, 0), (D, BN), order=(0, 1))
    v_ptr = tl.make_block_ptr(V + base, (N_CTX, D), (stride_n, stride_d), (0, 0), (BN, D), order=(1, 0))
    top = tl.zeros([BM], dtype=tl.float32) - float("inf")
    total = tl.zeros([BM], dtype=tl.float32) + 1.0
    acc = tl.zeros([BM, D], dtype=tl.float32)
    q = tl.load(q_ptr)
    if STAGE & 1:
        acc, total, top = pointers_inner(
            acc, total, top, q, k_ptr, v_ptr, block * BM, scale * 1.44269504, N_CTX, BM, BN, 4 - STAGE
        )
    if STAGE & 2:
        acc, total, top = pointers_inner(
            acc, total, top, q, k_ptr, v_ptr, block * BM, scale * 1.44269504, N_CTX, BM, BN, 2
        )
    top += tl.math.log2(total)
    tl.store(M + head * N_CTX + block * BM + tl.arange(0, BM), top)
    tl.store(o_ptr, (acc / total[:, None]).to(Out.type.element_ty))


@triton.jit
def descriptor_of(value, shape, strides, block: tl.constexpr):
    """A descriptor as it is, or one made of a pointer."""
    if isinstance(value, tl.tensor_descriptor):
        return value
    else:  # noqa: RET505  (the type of one return is not that of the other)
        return tl.make_tensor_descriptor(value, shape, strides, block)


@triton.jit
def descriptors_inner(
    acc, total, top, q, k_desc, v_desc, base, first_row, scale, N_CTX,
    BM: tl.constexpr, BN: tl.constexpr, STAGE: tl.constexpr,
):  # fmt: skip
    """One stage with tensor descriptors."""
    low, high = columns(first_row, N_CTX, STAGE, BM)
    rows = first_row + tl.arange(0, BM)
    for start in tl.range(low, high, BN, warp_specialize=False):
        start = tl.multiple_of(start, BN)
        scores = tl.dot(q, k_desc.load([base + start, 0]).T) * scale
        if STAGE == 2:
            seen = rows[:, None] >= (start + tl.arange(0, BN))[None, :]
            scores += tl.where(seen, 0, -1.0e6)
        acc, total, top = softmax_step(acc, total, top, scores, v_desc.load([base + start, 0]))
    return acc, total, top


def _set_blocks(arguments):
    """Blocks of the descriptors for the configuration that is about to run."""
    if isinstance(arguments["q_desc"], TensorDescriptor):
        for name, rows in (("q_desc", "BM"), ("k_desc", "BN"), ("v_desc", "BN"), ("o_desc", "BM")):
            arguments[name].block_shape = [arguments[rows], arguments["D"]]


CONFIGS = [
    triton.Config({"BM": bm, "BN": bn}, num_stages=2, num_warps=4, pre_hook=_set_blocks)
    for bm, bn in ((32, 16), (16, 16))
]


def _fits(configs, arguments, **meta):
    """Causal attention needs blocks that the diagonal divides."""
    return [each for each in configs if meta["STAGE"] != 3 or each.kwargs["BM"] >= each.kwargs["BN"]]


@triton.autotune(configs=CONFIGS, key=["N_CTX", "D"], prune_configs_by={"early_config_prune": _fits})
@triton.jit
def descriptors_kernel(
    scale, M, Z, H, q_desc, k_desc, v_desc, o_desc, N_CTX,
    D: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, STAGE: tl.constexpr,
):  # fmt: skip
    """BM rows of one head; all heads lie below one another in one matrix of Z * H * N_CTX rows."""
    block, head = tl.program_id(0), tl.program_id(1)
    height = Z * H * N_CTX
    q_desc = descriptor_of(q_desc, shape=[height, D], strides=[D, 1], block=[BM, D])
    k_desc = descriptor_of(k_desc, shape=[height, D], strides=[D, 1], block=[BN, D])
    v_desc = descriptor_of(v_desc, shape=[height, D], strides=[D, 1], block=[BN, D])
    o_desc = descriptor_of(o_desc, shape=[height, D], strides=[D, 1], block=[BM, D])
    base = head // H * (N_CTX * H) + head % H * N_CTX
    first_row = block * BM
    top = tl.zeros([BM], dtype=tl.float32) - float("inf")
    total = tl.zeros([BM], dtype=tl.float32) + 1.0
    acc = tl.zeros([BM, D], dtype=tl.float32)
    q = q_desc.load([base + first_row, 0])
    if STAGE & 1:
        acc, total, top = descriptors_inner(
            acc, total, top, q, k_desc, v_desc, base, first_row, scale * 1.44269504, N_CTX, BM, BN, 4 - STAGE
        )
    if STAGE & 2:
        acc, total, top = descriptors_inner(
            acc, total, top, q, k_desc, v_desc, base, first_row, scale * 1.44269504, N_CTX, BM, BN, 2
        )
    top += tl.math.log2(total)
    acc = acc / total[:, None]
    tl.store(M + head * N_CTX + first_row + tl.arange(0, BM), top)
    o_desc.store([base + first_row, 0], acc.to(o_desc.dtype))


@dataclass(frozen=True)
class Dtype:
    """What a host descriptor asks of an element type."""

    name: str
    itemsize: int

    def __str__(self) -> str:
        return f"torch.{self.name}"


class Tensor:
    """What a host descriptor asks of a tensor of torch; the memory is NumPy's."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape = array, array.shape
        self.dtype = Dtype(array.dtype.name, array.itemsize)

    def data_ptr(self) -> int:
        return self.array.ctypes.data

    def stride(self) -> list[int]:
        return [step // self.array.itemsize for step in self.array.strides]

    def element_size(self) -> int:
        return self.array.itemsize


CASES = (
    ("pointers", False, np.float32),
    ("pointers", True, np.float16),
    ("host", True, np.float32),
    ("host", False, np.float16),
    ("kernel", True, np.float32),
)


def attention(q, k, v, scale, causal, style):
    """The output and the logarithm (base 2) of each row's sum of weights."""
    z, h, n, d = q.shape
    out, logarithm = np.full_like(q, np.nan), np.full((z, h, n), np.nan, np.float32)
    stage = 3 if causal else 1
    if style == "pointers":
        strides = [step // q.itemsize for step in q.strides]
        grid = (triton.cdiv(n, 16), z * h, 1)
        pointers_kernel[grid](
            q, k, v, scale, logarithm, out, *strides, h, n, BM=16, BN=16, D=d, STAGE=stage, num_warps=4
        )
        return out, logarithm
    operands = [q, k, v, out]
    if style == "host":
        flat = [Tensor(array.reshape(-1, d)) for array in operands]
        operands = [TensorDescriptor(each, each.shape, each.stride(), [1, 1]) for each in flat]
    grid = lambda meta: (triton.cdiv(n, meta["BM"]), z * h, 1)  # noqa: E731
    descriptors_kernel[grid](scale, logarithm, z, h, *operands, N_CTX=n, D=d, STAGE=stage)
    return out, logarithm


def reference(q, k, v, scale, causal):
    """The same in f64."""
    scores = np.einsum("zhmd,zhnd->zhmn", q.astype(np.float64), k.astype(np.float64)) * scale
    if causal:
        scores = np.where(np.tri(q.shape[2], dtype=bool), scores, -np.inf)
    top = scores.max(-1, keepdims=True)
    weights = np.exp(scores - top)
    total = weights.sum(-1, keepdims=True)
    logarithm = top * LOG2_E + np.log2(total)
    return np.einsum("zhmn,zhnd->zhmd", weights / total, v.astype(np.float64)), logarithm[..., 0]


def main() -> None:
    """Compare with NumPy; arguments of the script choose styles."""
    rng = np.random.default_rng(0)
    for style, causal, dtype in CASES:
        if sys.argv[1:] and style not in sys.argv[1:]:
            continue
        q, k, v = (rng.standard_normal((1, 2, 64, 32)).astype(dtype) for _ in range(3))
        out, logarithm = attention(q, k, v, 0.5, causal, style)
        expected, sums = reference(q, k, v, 0.5, causal)
        case = (style, causal, dtype.__name__)
        assert np.abs(out - expected).max() < (1e-5 if dtype == np.float32 else 3e-3), case
        # The softmax starts from a sum of 1, which the first block scales to 0.
        assert np.abs(logarithm - sums).max() < 1e-4, case


if __name__ == "__main__":
    main()
