"""Scaled scores, ``out = q @ k.T * sm_scale``, in the old smt API.

Each block of K is loaded and packed once; the rows of Q are done in sub-blocks, each of which
updates its own window of the accumulator.
"""

from __future__ import annotations

import triton
import triton.language as tl
import triton.language.extra.smt as smt

from smtir.kernels.spec import QK_CONSTEXPRS, QK_SIGNATURE, KernelSpec, qk_args, qk_grid, qk_reference


@triton.jit
def qk(
    q_ptr,
    k_ptr,
    out_ptr,
    M,
    N,
    D,
    sm_scale,
    stride_qm,
    stride_qd,
    stride_kn,
    stride_kd,
    stride_om,
    stride_on,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_D: tl.constexpr,
    SUB_BLK_M: tl.constexpr,
    MICRO_M: tl.constexpr,
    MICRO_N: tl.constexpr,
    MICRO_K: tl.constexpr,
):
    """One ``[BLOCK_M, BLOCK_N]`` block of the scores."""
    pid_m = tl.program_id(0)
    pid_n = tl.program_id(1)

    acc = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
    for d in range(tl.cdiv(D, BLOCK_D)):
        q_block_ptr = tl.make_block_ptr(
            base=q_ptr,
            shape=[M, D],
            strides=[stride_qm, stride_qd],
            offsets=[pid_m * BLOCK_M, d * BLOCK_D],
            block_shape=[BLOCK_M, BLOCK_D],
            order=[1, 0],
        )
        # K^T: the logical shape and the strides are swapped.
        k_block_ptr = tl.make_block_ptr(
            base=k_ptr,
            shape=[D, N],
            strides=[stride_kd, stride_kn],
            offsets=[d * BLOCK_D, pid_n * BLOCK_N],
            block_shape=[BLOCK_D, BLOCK_N],
            order=[1, 0],
        )
        k_packed = smt.descriptor_load(k_block_ptr, (0, 0), (BLOCK_D, BLOCK_N), (MICRO_K, MICRO_N))
        for s in smt.parallel(0, tl.cdiv(BLOCK_M, SUB_BLK_M)):
            q_packed = smt.descriptor_load(
                q_block_ptr, (s * SUB_BLK_M, 0), (SUB_BLK_M, BLOCK_D), (MICRO_M, MICRO_K)
            )
            acc_view = smt.view(acc, (s * SUB_BLK_M, 0), (SUB_BLK_M, BLOCK_N), (MICRO_M, MICRO_N))
            acc_view = smt.dot(q_packed, k_packed, acc_view)

    out = acc * sm_scale
    out_block_ptr = tl.make_block_ptr(
        base=out_ptr,
        shape=[M, N],
        strides=[stride_om, stride_on],
        offsets=[pid_m * BLOCK_M, pid_n * BLOCK_N],
        block_shape=[BLOCK_M, BLOCK_N],
        order=[1, 0],
    )
    tl.store(out_block_ptr, out.to(out_ptr.dtype.element_ty), boundary_check=(0, 1))


SPEC = KernelSpec(
    name="qk",
    fn=qk,
    signature=QK_SIGNATURE,
    constexprs={**QK_CONSTEXPRS, "SUB_BLK_M": 32},
    outputs=("out_ptr",),
    reference=qk_reference,
    make_args=qk_args,
    grid=qk_grid,
)
