"""SpacemiT's ``xsmt_async`` dialect: what spine-triton makes of barriers on the way to its runtime.

A barrier is a handle in an i64.  Upstream declares no custom assembly, so that the generic form is
the only one.  The operations and their fields are those of ``XSMTAsyncOps.td`` in spine-triton.
"""

from __future__ import annotations

from smtir.asm.fields import Operand, Result
from smtir.asm.operation import ForeignOp, register
from smtir.dialects import constraints as types
from smtir.mlir import cext, ir

__all__ = ["GridOp", "MBarrierAllocOp", "MBarrierArriveOp", "MBarrierReleaseOp", "MBarrierWaitOp"]


@cext.register_dialect
class _Dialect(ir.Dialect):
    DIALECT_NAMESPACE = "xsmt_async"


@register(_Dialect)
class MBarrierAllocOp(ForeignOp):
    """A new barrier: its mode, the arrivals it waits for, its transactions, the version once released.

    ```mlir
    %1 = "xsmt_async.mbarrier_alloc"(%mode, %atc, %tc, %exp) : (i16, i16, i16, i16) -> i64
    ```
    """

    OPERATION_NAME = "xsmt_async.mbarrier_alloc"
    parity = Operand(types.I16_OR_I32)
    arr_count = Operand(types.I16_OR_I32)
    tx_count = Operand(types.I16_OR_I32)
    ex_count = Operand(types.I16_OR_I32)
    mbarrier = Result(types.I64)


@register(_Dialect)
class MBarrierReleaseOp(ForeignOp):
    """The end of a barrier's life.

    ```mlir
    "xsmt_async.mbarrier_release"(%b) : (i64) -> ()
    ```
    """

    OPERATION_NAME = "xsmt_async.mbarrier_release"
    mbarrier = Operand(types.I64)


@register(_Dialect)
class MBarrierArriveOp(ForeignOp):
    """Say that this thread has arrived.

    ```mlir
    "xsmt_async.mbarrier_arrive"(%b) : (i64) -> ()
    ```
    """

    OPERATION_NAME = "xsmt_async.mbarrier_arrive"
    mbarrier = Operand(types.I64)


@register(_Dialect)
class MBarrierWaitOp(ForeignOp):
    """Wait until the barrier is released.

    ```mlir
    "xsmt_async.mbarrier_wait"(%b, %mode, %arrivals) : (i64, i16, i16) -> ()
    ```
    """

    OPERATION_NAME = "xsmt_async.mbarrier_wait"
    mbarrier = Operand(types.I64)
    parity = Operand(types.I16_OR_I32)
    arr_count = Operand(types.I16_OR_I32)


@register(_Dialect)
class GridOp(ForeignOp):
    """The program's number along ``axis`` (0, 1 or 2) of the launch grid.

    ```mlir
    %1 = "xsmt_async.grid"(%axis) : (i64) -> i64
    ```
    """

    OPERATION_NAME = "xsmt_async.grid"
    axis = Operand(types.I64)
    id = Result(types.I64)
