"""Attention with online softmax in the current smt API: probabilities go through a scratch buffer.

``out = softmax(q @ k.T * sm_scale) @ v``.  The probabilities are stored to a buffer of the
kernel's own as they are, and loaded in packed sub-blocks for the second product.
"""

from __future__ import annotations

import triton
import triton.language as tl
import triton.language.extra.smt as smt

from smtir.kernels.spec import (
    ATTENTION_CONSTEXPRS,
    ATTENTION_SIGNATURE,
    KernelSpec,
    attention_args,
    attention_grid,
    attention_reference,
)


@triton.jit
def attention_scratch(
    q_ptr,
    k_ptr,
    v_ptr,
    out_ptr,
    M,
    N,
    D,
    sm_scale,
    stride_qm,
    stride_qd,
    stride_kn,
    stride_kd,
    stride_vn,
    stride_vd,
    stride_om,
    stride_od,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_D: tl.constexpr,
    SUB_BLK_M: tl.constexpr,
    MICRO_M: tl.constexpr,
    MICRO_N: tl.constexpr,
    MICRO_K: tl.constexpr,
):
    """One ``[BLOCK_M, BLOCK_D]`` block of the output."""
    pid_m = tl.program_id(0)
    pid_d = tl.program_id(1)

    q_block_ptr = tl.make_block_ptr(
        base=q_ptr,
        shape=[M, D],
        strides=[stride_qm, stride_qd],
        offsets=[pid_m * BLOCK_M, 0],
        block_shape=[BLOCK_M, BLOCK_D],
        order=[1, 0],
    )
    # K^T: the logical shape and the strides are swapped.
    k_block_ptr = tl.make_block_ptr(
        base=k_ptr,
        shape=[D, N],
        strides=[stride_kd, stride_kn],
        offsets=[0, 0],
        block_shape=[BLOCK_D, BLOCK_N],
        order=[1, 0],
    )
    v_block_ptr = tl.make_block_ptr(
        base=v_ptr,
        shape=[N, D],
        strides=[stride_vn, stride_vd],
        offsets=[0, pid_d * BLOCK_D],
        block_shape=[BLOCK_N, BLOCK_D],
        order=[1, 0],
    )

    m_i = tl.full((BLOCK_M,), float("-inf"), dtype=tl.float32)
    l_i = tl.zeros((BLOCK_M,), dtype=tl.float32)
    acc = tl.zeros((BLOCK_M, BLOCK_D), dtype=tl.float32)
    p_scratch = smt.alloc((BLOCK_M, BLOCK_N), v_ptr.dtype.element_ty)
    update_scratch = smt.alloc((BLOCK_M, BLOCK_D), tl.float32)

    for n in range(tl.cdiv(N, BLOCK_N)):
        # Scores of this block of keys.
        zeros = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
        scores = smt.view(zeros, (0, 0), (BLOCK_M, BLOCK_N), (MICRO_M, MICRO_N))
        for d in range(tl.cdiv(D, BLOCK_D)):
            q = smt.descriptor_load(q_block_ptr, (0, d * BLOCK_D))
            k = smt.descriptor_load(k_block_ptr, (d * BLOCK_D, n * BLOCK_N))
            q_packed = smt.view(q, (0, 0), (BLOCK_M, BLOCK_D), (MICRO_M, MICRO_K))
            k_packed = smt.view(k, (0, 0), (BLOCK_D, BLOCK_N), (MICRO_K, MICRO_N))
            scores = smt.dot(q_packed, k_packed, scores)
        qk = smt.view(scores, (0, 0), (BLOCK_M, BLOCK_N), (1, 1))

        # Online softmax; keys past N must not count.
        qk = qk * sm_scale
        columns = n * BLOCK_N + tl.arange(0, BLOCK_N)
        qk = tl.where(columns[None, :] < N, qk, float("-inf"))
        m_new = tl.maximum(m_i, tl.max(qk, axis=1))
        alpha = tl.exp(m_i - m_new)
        p = tl.exp(qk - m_new[:, None])
        l_i = l_i * alpha + tl.sum(p, axis=1)
        m_i = m_new

        v = smt.descriptor_load(v_block_ptr, (n * BLOCK_N, 0))
        v_packed = smt.view(v, (0, 0), (BLOCK_N, BLOCK_D), (MICRO_K, MICRO_N))
        # The scratchpad: stored row by row, loaded in tiles; the products come back the same way.
        tl.store(p_scratch, p.to(v.dtype))
        for s in smt.parallel(0, tl.cdiv(BLOCK_M, SUB_BLK_M)):
            p_view = smt.view(p_scratch, (s * SUB_BLK_M, 0), (SUB_BLK_M, BLOCK_N), (MICRO_M, MICRO_K))
            update = smt.dot(tl.load(p_view), v_packed, out_dtype=tl.float32)
            update_view = smt.view(
                update_scratch, (s * SUB_BLK_M, 0), (SUB_BLK_M, BLOCK_D), (MICRO_M, MICRO_N)
            )
            tl.store(update_view, update)
        acc = acc * alpha[:, None] + tl.load(update_scratch)

    out = acc / l_i[:, None]
    out_block_ptr = tl.make_block_ptr(
        base=out_ptr,
        shape=[M, D],
        strides=[stride_om, stride_od],
        offsets=[pid_m * BLOCK_M, pid_d * BLOCK_D],
        block_shape=[BLOCK_M, BLOCK_D],
        order=[1, 0],
    )
    tl.store(out_block_ptr, out.to(out_ptr.dtype.element_ty), boundary_check=(0, 1))


SPEC = KernelSpec(
    name="attention_scratch",
    fn=attention_scratch,
    signature=ATTENTION_SIGNATURE,
    constexprs={**ATTENTION_CONSTEXPRS, "SUB_BLK_M": 32},
    outputs=("out_ptr",),
    reference=attention_reference,
    make_args=attention_args,
    grid=attention_grid,
)
