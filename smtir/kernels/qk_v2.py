"""Scaled scores, ``out = q @ k.T * sm_scale``, in the current smt API.

The operands are packed values; each sub-block of rows is multiplied, unpacked and stored by
itself, so that nothing is carried from one iteration to the next.
"""

from __future__ import annotations

import triton
import triton.language as tl
import triton.language.extra.smt as smt

from smtir.kernels.spec import QK_CONSTEXPRS, QK_SIGNATURE, KernelSpec, qk_args, qk_grid, qk_reference


@triton.jit
def qk_v2(
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

    q_block_ptr = tl.make_block_ptr(
        base=q_ptr,
        shape=[M, D],
        strides=[stride_qm, stride_qd],
        offsets=[pid_m * BLOCK_M, 0],
        block_shape=[SUB_BLK_M, BLOCK_D],
        order=[1, 0],
    )
    # K^T: the logical shape and the strides are swapped.
    k_block_ptr = tl.make_block_ptr(
        base=k_ptr,
        shape=[D, N],
        strides=[stride_kd, stride_kn],
        offsets=[0, pid_n * BLOCK_N],
        block_shape=[BLOCK_D, BLOCK_N],
        order=[1, 0],
    )
    out_block_ptr = tl.make_block_ptr(
        base=out_ptr,
        shape=[M, N],
        strides=[stride_om, stride_on],
        offsets=[pid_m * BLOCK_M, pid_n * BLOCK_N],
        block_shape=[SUB_BLK_M, BLOCK_N],
        order=[1, 0],
    )

    for s in smt.parallel(0, tl.cdiv(BLOCK_M, SUB_BLK_M)):
        zeros = tl.zeros((SUB_BLK_M, BLOCK_N), dtype=tl.float32)
        acc = smt.view(zeros, (0, 0), (SUB_BLK_M, BLOCK_N), (MICRO_M, MICRO_N))
        for d in range(tl.cdiv(D, BLOCK_D)):
            q = smt.descriptor_load(q_block_ptr, (s * SUB_BLK_M, d * BLOCK_D))
            k = smt.descriptor_load(k_block_ptr, (d * BLOCK_D, 0))
            q_packed = smt.view(q, (0, 0), (SUB_BLK_M, BLOCK_D), (MICRO_M, MICRO_K))
            k_packed = smt.view(k, (0, 0), (BLOCK_D, BLOCK_N), (MICRO_K, MICRO_N))
            acc = smt.dot(q_packed, k_packed, acc)
        scores = smt.view(acc, (0, 0), (SUB_BLK_M, BLOCK_N), (1, 1)) * sm_scale
        tl.store(
            tl.advance(out_block_ptr, (s * SUB_BLK_M, 0)),
            scores.to(out_ptr.dtype.element_ty),
            boundary_check=(0, 1),
        )


SPEC = KernelSpec(
    name="qk_v2",
    fn=qk_v2,
    signature=QK_SIGNATURE,
    constexprs={**QK_CONSTEXPRS, "SUB_BLK_M": 32},
    outputs=("out_ptr",),
    reference=qk_reference,
    make_args=qk_args,
    grid=qk_grid,
)
