"""Kernels whose TTIR, as stock Triton prints it, is what the reader must take."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def attention(q, k, v, o, scale, M, N, BM: tl.constexpr, BN: tl.constexpr, D: tl.constexpr):
    pid = tl.program_id(0)
    q_block = tl.make_block_ptr(q, (M, D), (D, 1), (pid * BM, 0), (BM, D), (1, 0))
    k_block = tl.make_block_ptr(k, (D, N), (1, D), (0, 0), (D, BN), (0, 1))
    v_block = tl.make_block_ptr(v, (N, D), (D, 1), (0, 0), (BN, D), (1, 0))
    queries = tl.load(q_block, boundary_check=(0, 1), padding_option="zero")
    top = tl.full([BM], float("-inf"), tl.float32)
    total = tl.zeros([BM], tl.float32)
    acc = tl.zeros([BM, D], tl.float32)
    for n in range(0, N, BN):
        keys = tl.load(k_block, boundary_check=(1,), padding_option="nan")
        scores = tl.dot(queries, keys) * scale
        columns = n + tl.arange(0, BN)
        scores = tl.where(columns[None, :] < N, scores, float("-inf"))
        new_top = tl.maximum(top, tl.max(scores, 1))
        p = tl.exp(scores - new_top[:, None])
        alpha = tl.exp(top - new_top)
        total = total * alpha + tl.sum(p, 1)
        values = tl.load(v_block, boundary_check=(0,))
        acc = tl.dot(p.to(values.dtype), values, acc * alpha[:, None])
        k_block = tl.advance(k_block, (0, BN))
        v_block = tl.advance(v_block, (BN, 0))
        top = new_top
    o_block = tl.make_block_ptr(o, (M, D), (D, 1), (pid * BM, 0), (BM, D), (1, 0))
    tl.store(o_block, (acc / total[:, None]).to(o.dtype.element_ty), boundary_check=(0, 1))


@triton.jit
def matmul(a, b, c, M, N, K, BLOCK: tl.constexpr):
    rows = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    columns = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    acc = tl.zeros([BLOCK, BLOCK], tl.float32)
    for k in tl.range(0, K, BLOCK, num_stages=3):
        inner = k + tl.arange(0, BLOCK)
        x = tl.load(
            a + rows[:, None] * K + inner[None, :], mask=(rows[:, None] < M) & (inner[None, :] < K), other=0.0
        )
        y = tl.load(
            b + inner[:, None] * N + columns[None, :],
            mask=(inner[:, None] < K) & (columns[None, :] < N),
            other=0.0,
        )
        acc = tl.dot(x, y, acc, input_precision="ieee")
    tl.store(c + rows[:, None] * N + columns[None, :], acc, mask=(rows[:, None] < M) & (columns[None, :] < N))


@triton.jit(noinline=True)
def square(x):
    return x * x


@triton.jit
def pair(x, y):
    return x * y, x + y


@triton.jit
def everything(p, q, out, n, BLOCK: tl.constexpr):
    pid = tl.program_id(1)
    offsets = pid * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    x = tl.load(
        p + offsets, mask=mask, other=0.0, cache_modifier=".ca", eviction_policy="evict_last", volatile=True
    )
    y = tl.load(p + offsets, mask=mask, eviction_policy="evict_first")
    product, total = pair(x, y)
    joined = tl.join(tl.cumsum(product, 0), tl.cumsum(total, 0, reverse=True))
    low, high = tl.split(joined)
    flat = tl.reshape(tl.trans(joined), (BLOCK * 2,)) + tl.cat(low, high, can_reorder=True)
    index = tl.load(q + offsets, mask=mask, other=0)
    counts = tl.histogram(index, 64)
    tl.atomic_add(q + offsets, index, mask=mask, sem="relaxed")
    tl.atomic_max(q, 3)
    tl.atomic_cas(q, 1, 2)
    tl.device_print("x tt.load %y", x, index)
    tl.device_assert(index > 0, 'bad "index" loc(')
    unsigned = index.to(tl.uint32)
    high_bits = tl.umulhi(unsigned, unsigned).to(tl.float32)
    best, at = tl.max(x, 0, return_indices=True)
    steps = square(n)
    while steps > 10:
        steps -= 3
    half = x.to(tl.float16, fp_downcast_rounding="rtz")
    address = (p + 4).to(tl.uint64)
    result = tl.clamp(x, 0.0, 1.0) + tl.sqrt_rn(x) + tl.div_rn(x, y) + tl.gather(x, index, 0)
    if n > 3:
        tl.store(out + offsets, result + half.to(tl.float32) + high_bits, mask=mask, cache_modifier=".cg")
        tl.store(address.to(tl.pointer_type(tl.float32)), 3.0)
    else:
        bits = x.to(tl.int32, bitcast=True)
        tl.store(out + offsets, bits.to(tl.float32) + best + at + steps + tl.num_programs(0))
    tl.store(out + tl.arange(0, BLOCK * 2), flat)
    tl.store(out + tl.arange(0, 64), counts.to(tl.float32))
    descriptor = tl.make_tensor_descriptor(p, [n, n], [n, 1], [16, 32])
    descriptor.store([pid, 0], descriptor.load([0, pid]) * 2)


CASES = {
    "attention": (
        attention,
        {"q": "*fp16", "k": "*fp16", "v": "*fp16", "o": "*fp16", "scale": "fp32", "M": "i32", "N": "i32"},
        {"BM": 64, "BN": 32, "D": 64},
    ),
    "matmul": (
        matmul,
        {"a": "*fp32", "b": "*fp32", "c": "*fp32", "M": "i32", "N": "i32", "K": "i32"},
        {"BLOCK": 32},
    ),
    "everything": (everything, {"p": "*fp32", "q": "*i32", "out": "*fp32", "n": "i32"}, {"BLOCK": 128}),
}
