"""``c = a @ b`` in the current smt API, the work of a block split in one of three ways.

``SPLIT_M`` gives each sub-block of rows to an iteration of ``smt.parallel``; ``SPLIT_MN`` each
sub-block of rows and columns, where the first column of them loads A and the first row B, into two
buffers in turns, and a barrier orders the steps; ``SPLIT_K`` each part of the depth, with a buffer
for each partial sum.  Accumulators have the type ``ACC``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import triton
import triton.language as tl
import triton.language.extra.smt as smt

from smtir.kernels.spec import Arguments, KernelSpec, empty, matrix, row_stride


@triton.jit
def matmul(
    a_ptr,
    b_ptr,
    out_ptr,
    M,
    N,
    D,
    stride_am,
    stride_bd,
    stride_om,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_D: tl.constexpr,
    SUB_BLK_M: tl.constexpr,
    SUB_BLK_N: tl.constexpr,
    D_PARTS: tl.constexpr,
    MICRO_M: tl.constexpr,
    MICRO_N: tl.constexpr,
    MICRO_K: tl.constexpr,
    SPLIT_M: tl.constexpr,
    SPLIT_MN: tl.constexpr,
):
    """One ``[BLOCK_M, BLOCK_N]`` block of c."""
    pid_m = tl.program_id(0)
    pid_n = tl.program_id(1)
    ACC: tl.constexpr = tl.int32 if a_ptr.dtype.element_ty == tl.int8 else tl.float32

    a_block_ptr = tl.make_block_ptr(
        base=a_ptr,
        shape=[M, D],
        strides=[stride_am, 1],
        offsets=[pid_m * BLOCK_M, 0],
        block_shape=[BLOCK_M, BLOCK_D],
        order=[1, 0],
    )
    b_block_ptr = tl.make_block_ptr(
        base=b_ptr,
        shape=[D, N],
        strides=[stride_bd, 1],
        offsets=[0, pid_n * BLOCK_N],
        block_shape=[BLOCK_D, BLOCK_N],
        order=[1, 0],
    )
    out_block_ptr = tl.make_block_ptr(
        base=out_ptr,
        shape=[M, N],
        strides=[stride_om, 1],
        offsets=[pid_m * BLOCK_M, pid_n * BLOCK_N],
        block_shape=[BLOCK_M, BLOCK_N],
        order=[1, 0],
    )
    SUB_M: tl.constexpr = BLOCK_M // SUB_BLK_M
    SUB_N: tl.constexpr = BLOCK_N // SUB_BLK_N
    sums = smt.alloc((BLOCK_M, BLOCK_N), ACC)

    if SPLIT_M:
        tl.store(sums, tl.zeros((BLOCK_M, BLOCK_N), ACC))
        for d in range(tl.cdiv(D, BLOCK_D)):
            a = smt.descriptor_load(a_block_ptr, (0, d * BLOCK_D))
            b = smt.descriptor_load(b_block_ptr, (d * BLOCK_D, 0))
            b_packed = smt.view(b, (0, 0), (BLOCK_D, BLOCK_N), (MICRO_K, MICRO_N))
            for s in smt.parallel(0, SUB_M):
                rows = s * SUB_BLK_M
                a_packed = smt.view(a, (rows, 0), (SUB_BLK_M, BLOCK_D), (MICRO_M, MICRO_K))
                part = smt.view(sums, (rows, 0), (SUB_BLK_M, BLOCK_N), (MICRO_M, MICRO_N))
                tl.store(part, smt.dot(a_packed, b_packed, tl.load(part)))
    elif SPLIT_MN:
        WORKERS: tl.constexpr = SUB_M * SUB_N
        a_scratch = smt.alloc_copies((BLOCK_M, BLOCK_D), a_ptr.dtype.element_ty, copies=2)
        b_scratch = smt.alloc_copies((BLOCK_D, BLOCK_N), b_ptr.dtype.element_ty, copies=2)
        ready = smt.mbarrier(expect_count=WORKERS)
        for s in smt.parallel(0, WORKERS):
            rows = s // SUB_N * SUB_BLK_M
            columns = s % SUB_N * SUB_BLK_N
            zeros = tl.zeros((SUB_BLK_M, SUB_BLK_N), ACC)
            acc = smt.view(zeros, (0, 0), (SUB_BLK_M, SUB_BLK_N), (MICRO_M, MICRO_N))
            for d in range(tl.cdiv(D, BLOCK_D)):
                a_view = smt.view(a_scratch[d % 2], (rows, 0), (SUB_BLK_M, BLOCK_D), (MICRO_M, MICRO_K))
                b_view = smt.view(b_scratch[d % 2], (0, columns), (BLOCK_D, SUB_BLK_N), (MICRO_K, MICRO_N))
                if columns == 0:
                    a = smt.descriptor_load(a_block_ptr, (0, d * BLOCK_D))
                    tl.store(a_view, smt.view(a, (rows, 0), (SUB_BLK_M, BLOCK_D), (MICRO_M, MICRO_K)))
                if rows == 0:
                    b = smt.descriptor_load(b_block_ptr, (d * BLOCK_D, 0))
                    tl.store(b_view, smt.view(b, (0, columns), (BLOCK_D, SUB_BLK_N), (MICRO_K, MICRO_N)))
                # All arrive, so that nobody still reads the buffers that are stored to in the next step.
                smt.barrier_arrive(ready)
                smt.barrier_wait(ready)
                acc = smt.dot(tl.load(a_view), tl.load(b_view), acc)
            part = smt.view(sums, (rows, columns), (SUB_BLK_M, SUB_BLK_N), (MICRO_M, MICRO_N))
            tl.store(part, acc)
    else:
        partial_sums = smt.alloc_copies((BLOCK_M, BLOCK_N), ACC, copies=D_PARTS)
        for p in smt.parallel(0, D_PARTS):
            zeros = tl.zeros((BLOCK_M, BLOCK_N), ACC)
            acc = smt.view(zeros, (0, 0), (BLOCK_M, BLOCK_N), (MICRO_M, MICRO_N))
            for d in range(p, tl.cdiv(D, BLOCK_D), D_PARTS):
                a = smt.descriptor_load(a_block_ptr, (0, d * BLOCK_D))
                b = smt.descriptor_load(b_block_ptr, (d * BLOCK_D, 0))
                a_packed = smt.view(a, (0, 0), (BLOCK_M, BLOCK_D), (MICRO_M, MICRO_K))
                b_packed = smt.view(b, (0, 0), (BLOCK_D, BLOCK_N), (MICRO_K, MICRO_N))
                acc = smt.dot(a_packed, b_packed, acc)
            tl.store(partial_sums[p], smt.view(acc, (0, 0), (BLOCK_M, BLOCK_N), (1, 1)))
        total = tl.load(partial_sums[0])
        for p in tl.static_range(1, D_PARTS):
            total += tl.load(partial_sums[p])
        tl.store(sums, total)

    tl.store(out_block_ptr, tl.load(sums).to(out_ptr.dtype.element_ty), boundary_check=(0, 1))


def reference(args: Arguments) -> dict[str, np.ndarray]:
    """``c = a @ b`` in float64 (exact for int8), int64 where the inputs are integers."""
    wide = np.int64 if args["a_ptr"].dtype == np.int8 else np.float64
    return {"out_ptr": args["a_ptr"].astype(wide) @ args["b_ptr"].astype(wide)}


def make_args(M: int, N: int, D: int, dtype: str, rng: np.random.Generator) -> Arguments:
    """Arguments: a ``[M, D]``, b ``[D, N]``, c ``[M, N]`` (int32 for int8 inputs)."""
    a, b = matrix((M, D), dtype, rng), matrix((D, N), dtype, rng)
    c = np.full((M, N), -1, np.int32) if dtype == "i8" else empty((M, N), dtype)
    return {
        "a_ptr": a,
        "b_ptr": b,
        "out_ptr": c,
        "M": M,
        "N": N,
        "D": D,
        "stride_am": row_stride(a),
        "stride_bd": row_stride(b),
        "stride_om": row_stride(c),
    }


def grid(args: Mapping[str, Any], constexprs: Mapping[str, Any]) -> tuple[int, int, int]:
    """One program a block of c."""
    return -(-args["M"] // constexprs["BLOCK_M"]), -(-args["N"] // constexprs["BLOCK_N"]), 1


SPEC = KernelSpec(
    name="matmul",
    fn=matmul,
    signature={
        "a_ptr": "*fp32",
        "b_ptr": "*fp32",
        "out_ptr": "*fp32",
        "M": "i32",
        "N": "i32",
        "D": "i32",
        "stride_am": "i32",
        "stride_bd": "i32",
        "stride_om": "i32",
    },
    constexprs={
        "BLOCK_M": 64,
        "BLOCK_N": 64,
        "BLOCK_D": 64,
        "SUB_BLK_M": 32,
        "SUB_BLK_N": 32,
        "D_PARTS": 2,
        "SPLIT_M": True,
        "SPLIT_MN": False,
        "MICRO_M": 8,
        "MICRO_N": 16,
        "MICRO_K": 8,
    },
    outputs=("out_ptr",),
    reference=reference,
    make_args=make_args,
    grid=grid,
)
