"""Operations of ``xsmt`` that order threads, and hints.

A barrier is a pointer to i64 (``mbarrier_create``) or a handle in an i64 (``global_mbarrier_init``).
Counts and modes are i16, as upstream declares them; i32 is taken too.
"""

from __future__ import annotations

from smtir.asm import typetext
from smtir.asm.attributes import Int
from smtir.asm.fields import Attribute, Operand, Result, TypeConstraint, fixed
from smtir.asm.operation import ForeignOp, register
from smtir.asm.typecache import type_text
from smtir.dialects import constraints as types
from smtir.dialects.xsmt._base import _Dialect, check_number

_BARRIER = TypeConstraint(
    "a barrier (a pointer or an i64)",
    lambda text: text == "i64" or typetext.scalar_pointee(text) is not None,
    prefix=typetext.POINTER,
)
_INDEX = TypeConstraint("i32, i64 or index", lambda text: text in ("i32", "i64", "index"))


@register(_Dialect)
class AnnotationOp(ForeignOp):
    """A hint about a value: each attribute is a name and its value.

    ```mlir
    xsmt.annotation %x {pipeline = 2 : i32} : tensor<64x64xf32>
    ```
    """

    OPERATION_NAME = "xsmt.annotation"
    src = Operand(types.VALUE)
    assembly_format = "$src attr-dict `:` type($src)"


@register(_Dialect)
class MBarrierCreateOp(ForeignOp):
    """A barrier: ``flag`` (0, 1 or 2), arrivals ``atc`` so far, bytes ``tc`` of asynchronous copies,
    and the arrivals ``exp`` that end a phase.

    ```mlir
    %1 = xsmt.mbarrier_create %flag, %atc, %tc, %exp : <i64>
    ```
    """

    OPERATION_NAME = "xsmt.mbarrier_create"
    flag = Operand(types.I16_OR_I32, from_definition="i16")
    atc = Operand(types.I16_OR_I32, from_definition="i16")
    tc = Operand(types.I16_OR_I32, from_definition="i16")
    exp = Operand(types.I16_OR_I32, from_definition="i16")
    barrier = Result(_BARRIER)
    assembly_format = "$flag `,` $atc `,` $tc `,` $exp attr-dict `:` type($barrier)"


@register(_Dialect)
class MBarrierCopiesOp(ForeignOp):
    """Several barriers of the same configuration.

    ```mlir
    %1 = xsmt.mbarrier_copies copies(2) flag(0) arrive(1) txn(0) expect(1) : !xsmt.mbarrier<2>
    ```
    """

    OPERATION_NAME = "xsmt.mbarrier_copies"
    numCopies = Attribute(Int(64))
    flag = Attribute(Int(64))
    arriveCount = Attribute(Int(64))
    transactionCount = Attribute(Int(64))
    expectCount = Attribute(Int(64))
    result = Result(types.BARRIERS)
    assembly_format = """
        `copies` `(` $numCopies `)` `flag` `(` $flag `)` `arrive` `(` $arriveCount `)`
        `txn` `(` $transactionCount `)` `expect` `(` $expectCount `)` attr-dict `:` type($result)
    """

    def check(self) -> None:
        if self.numCopies < 1:
            self.fail(f"copies must be positive, got {self.numCopies}")


@register(_Dialect)
class MBarrierSubviewOp(ForeignOp):
    """One of several barriers.

    ```mlir
    %1 = xsmt.mbarrier_subview %b[%i] : (!xsmt.mbarrier<2>, i32) -> i64
    ```
    """

    OPERATION_NAME = "xsmt.mbarrier_subview"
    mbarrier = Operand(types.BARRIERS)
    index = Operand(_INDEX)
    result = Result(types.I64)
    assembly_format = "$mbarrier `[` $index `]` attr-dict `:` functional-type(operands, results)"

    def check_context(self) -> None:
        count = type_text(self.mbarrier.type).partition("<")[2].rstrip(">")
        if count.isdecimal():
            check_number(self, self.index, int(count))


@register(_Dialect)
class BarrierArriveOp(ForeignOp):
    """One arrival at a barrier.

    ```mlir
    xsmt.barrier_arrive %b : <i64>
    ```
    """

    OPERATION_NAME = "xsmt.barrier_arrive"
    barrier = Operand(_BARRIER)
    assembly_format = "$barrier attr-dict `:` type($barrier)"


@register(_Dialect)
class BarrierWaitOp(ForeignOp):
    """Wait for ``exp`` arrivals in all, or for the end of the next phase where that is 0.

    ```mlir
    xsmt.barrier_wait %b, %flag, %exp : <i64>
    ```
    """

    OPERATION_NAME = "xsmt.barrier_wait"
    barrier = Operand(_BARRIER)
    flag = Operand(types.I16_OR_I32, from_definition="i16")
    exp = Operand(types.I16_OR_I32, from_definition="i16")
    assembly_format = "$barrier `,` $flag `,` $exp attr-dict `:` type($barrier)"


@register(_Dialect)
class BarrierSetExpectOp(ForeignOp):
    """Set the arrivals that end a phase.

    ```mlir
    xsmt.barrier_set_expect %b, %exp : i64
    ```
    """

    OPERATION_NAME = "xsmt.barrier_set_expect"
    barrier = Operand(_BARRIER)
    exp = Operand(types.I16_OR_I32, from_definition="i16")
    assembly_format = "$barrier `,` $exp attr-dict `:` type($barrier)"


@register(_Dialect)
class GetThreadOp(ForeignOp):
    """How many threads work on this kernel.

    ```mlir
    %1 = xsmt.get_num_of_thread
    ```
    """

    OPERATION_NAME = "xsmt.get_num_of_thread"
    result = Result(types.I32, derive=fixed("i32"))
    assembly_format = "attr-dict"


@register(_Dialect)
class GlobalMBarrierInitOp(ForeignOp):
    """The barrier number ``id`` that all programs share.

    ```mlir
    %1 = xsmt.global_mbarrier_init %id : i64
    ```
    """

    OPERATION_NAME = "xsmt.global_mbarrier_init"
    id = Operand(types.I16_OR_I32, from_definition="i16")
    barrier = Result(types.I64)
    assembly_format = "$id attr-dict `:` type($barrier)"
