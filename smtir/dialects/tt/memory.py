"""Operations of ``tt`` on pointers and memory."""

from __future__ import annotations

from smtir.asm import typetext
from smtir.asm.attributes import Bool, IntArray
from smtir.asm.fields import (
    Attribute,
    Operand,
    OptionalAttribute,
    OptionalOperand,
    Result,
    VariadicOperands,
    fixed,
)
from smtir.asm.operation import ForeignOp, register
from smtir.asm.typecache import type_text
from smtir.asm.typetext import same
from smtir.dialects import constraints as types
from smtir.dialects.tt._base import ATOMIC_OP, CACHE, EVICTION, ORDERING, PADDING, SCOPE, _Dialect
from smtir.dialects.tt._checks import check_boundary, check_padding, check_permutation, check_same_shape


@register(_Dialect)
class AddPtrOp(ForeignOp):
    """Move a pointer, or each pointer of a tensor, by ``offset`` elements (not bytes).

    ```mlir
    %1 = tt.addptr %p, %i : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    ```
    """

    OPERATION_NAME = "tt.addptr"
    ptr = Operand(types.POINTER_LIKE, derive=("result", same))
    offset = Operand(types.INT_LIKE)
    result = Result(types.POINTER_LIKE, derive=("ptr", same))
    assembly_format = "$ptr `,` $offset attr-dict `:` type($result) `,` type($offset)"

    def check(self) -> None:
        check_same_shape(self, self.ptr, self.offset)


@register(_Dialect)
class PtrToIntOp(ForeignOp):
    """The address that a pointer holds, as a 64-bit integer.

    ```mlir
    %1 = tt.ptr_to_int %p : !tt.ptr<f32> -> i64
    ```
    """

    OPERATION_NAME = "tt.ptr_to_int"
    src = Operand(types.POINTER_LIKE)
    result = Result(types.I64_LIKE)
    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"

    def check(self) -> None:
        check_same_shape(self, self.src, self.result)


@register(_Dialect)
class IntToPtrOp(ForeignOp):
    """The pointer to the address in a 64-bit integer.

    ```mlir
    %1 = tt.int_to_ptr %a : i64 -> !tt.ptr<f32>
    ```
    """

    OPERATION_NAME = "tt.int_to_ptr"
    src = Operand(types.I64_LIKE)
    result = Result(types.POINTER_LIKE)
    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"

    def check(self) -> None:
        check_same_shape(self, self.src, self.result)


@register(_Dialect)
class MakeTensorPtrOp(ForeignOp):
    """A block pointer: a window of static shape into a strided tensor in memory.

    ``shape`` and ``strides`` are those of the whole tensor, in elements; ``offsets`` is where
    the block begins.  ``order`` lists the dimensions from the fastest to the slowest.

    ```mlir
    %1 = tt.make_tensor_ptr %p, [%m, %k], [%s, %one], [%i, %zero] {order = array<i32: 1, 0>} :
        <tensor<64x32xf16>>
    ```
    """

    OPERATION_NAME = "tt.make_tensor_ptr"
    base = Operand(types.POINTER, derive=("result", typetext.base_pointer))
    shape = VariadicOperands(types.I64, derive=fixed("i64"))
    strides = VariadicOperands(types.I64, derive=fixed("i64"))
    offsets = VariadicOperands(types.I32, derive=fixed("i32"))
    order = Attribute(IntArray(32))
    result = Result(types.BLOCK_POINTER)
    same_variadic_size = True
    assembly_format = (
        "$base `,` `[` $shape `]` `,` `[` $strides `]` `,` `[` $offsets `]` attr-dict `:` type($result)"
    )

    def check(self) -> None:
        rank = len(typetext.shape(typetext.scalar_pointee(type_text(self.result.type)) or ""))
        if len(self.shape) != rank:
            self.fail(
                f"expected {rank} sizes, strides and offsets for {self.result.type}, got {len(self.shape)}"
            )
        check_permutation(self, "order", self.order, rank)


@register(_Dialect)
class AdvanceOp(ForeignOp):
    """Move the window of a block pointer by ``offsets`` elements in each dimension.

    ```mlir
    %1 = tt.advance %p, [%zero, %step] : <tensor<64x32xf16>>
    ```
    """

    OPERATION_NAME = "tt.advance"
    ptr = Operand(types.BLOCK_POINTER, derive=("result", same))
    offsets = VariadicOperands(types.I32, derive=fixed("i32"))
    result = Result(types.BLOCK_POINTER, derive=("ptr", same))
    assembly_format = "$ptr `,` `[` $offsets `]` attr-dict `:` type($result)"

    def check(self) -> None:
        rank = len(typetext.shape(typetext.scalar_pointee(type_text(self.ptr.type)) or ""))
        if len(self.offsets) != rank:
            self.fail(f"expected {rank} offsets for {self.ptr.type}, got {len(self.offsets)}")


@register(_Dialect)
class LoadOp(ForeignOp):
    """Read memory through a pointer, a tensor of pointers, or a block pointer.

    Where ``mask`` is false, nothing is read and the value is that of ``other`` (undefined
    without it).  ``boundaryCheck`` lists the dimensions of a block pointer in which the block
    may stick out of the tensor; what is outside reads as ``padding`` (zero, nan, neg_inf, inf, or
    undefined).

    ```mlir
    %1 = tt.load %p, %mask, %zero cacheModifier = ca : tensor<64x!tt.ptr<f32>>
    %2 = tt.load %b {boundaryCheck = array<i32: 0, 1>, padding = 1 : i32} : !tt.ptr<tensor<64x32xf16>>
    ```
    """

    OPERATION_NAME = "tt.load"
    ptr = Operand(types.LOADABLE)
    mask = OptionalOperand(types.BOOL_LIKE, derive=("ptr", typetext.pointee_mask))
    other = OptionalOperand(types.VALUE, derive=("ptr", typetext.pointee))
    boundaryCheck = Attribute(IntArray(32), default=())
    padding = OptionalAttribute(PADDING)
    cache = Attribute(CACHE, default="none")
    evict = Attribute(EVICTION, default="evict_normal")
    isVolatile = Attribute(Bool(), default=False)
    result = Result(types.VALUE, derive=("ptr", typetext.pointee))
    assembly_format = """
        $ptr (`,` $mask^)? (`,` $other^)?
        oilist(`cacheModifier` `=` $cache | `evictionPolicy` `=` $evict)
        attr-dict `:` type($ptr)
    """

    def check(self) -> None:
        check_boundary(self, self.ptr, self.boundaryCheck, masked=self.mask is not None)
        check_padding(self, self.padding, typetext.element(type_text(self.result.type)))
        if self.other is not None and self.mask is None:
            self.fail("other without a mask is never used", hint="give a mask, or drop other")


@register(_Dialect)
class StoreOp(ForeignOp):
    """Write memory through a pointer, a tensor of pointers, or a block pointer.

    ```mlir
    tt.store %p, %value, %mask evictionPolicy = evict_first : tensor<64x!tt.ptr<f32>>
    tt.store %b, %block {boundaryCheck = array<i32: 0, 1>} : !tt.ptr<tensor<64x32xf16>>
    ```
    """

    OPERATION_NAME = "tt.store"
    ptr = Operand(types.LOADABLE)
    value = Operand(types.VALUE, derive=("ptr", typetext.pointee))
    mask = OptionalOperand(types.BOOL_LIKE, derive=("ptr", typetext.pointee_mask))
    boundaryCheck = Attribute(IntArray(32), default=())
    cache = Attribute(CACHE, default="none")
    evict = Attribute(EVICTION, default="evict_normal")
    assembly_format = """
        $ptr `,` $value (`,` $mask^)?
        oilist(`cacheModifier` `=` $cache | `evictionPolicy` `=` $evict)
        attr-dict `:` type($ptr)
    """

    def check(self) -> None:
        check_boundary(self, self.ptr, self.boundaryCheck, masked=self.mask is not None)


@register(_Dialect)
class AtomicRMWOp(ForeignOp):
    """Read, combine with ``val`` and write back, atomically; the result is the old value.

    ```mlir
    %1 = tt.atomic_rmw add, relaxed, gpu, %p, %v, %m : (!tt.ptr<i32>, i32, i1) -> i32
    ```
    """

    OPERATION_NAME = "tt.atomic_rmw"
    atomic_rmw_op = Attribute(ATOMIC_OP)
    ptr = Operand(types.POINTER_LIKE)
    val = Operand(types.NUMBER_LIKE, derive=("ptr", typetext.pointee))
    mask = OptionalOperand(types.BOOL_LIKE, derive=("ptr", typetext.pointee_mask))
    sem = Attribute(ORDERING)
    scope = Attribute(SCOPE)
    result = Result(types.NUMBER_LIKE, derive=("ptr", typetext.pointee))
    assembly_format = """
        $atomic_rmw_op `,` $sem `,` $scope `,` $ptr `,` $val (`,` $mask^)? attr-dict `:`
        functional-type(operands, results)
    """


@register(_Dialect)
class AtomicCASOp(ForeignOp):
    """Write ``val`` if memory holds ``cmp``, atomically; the result is the old value.

    ```mlir
    %1 = tt.atomic_cas acq_rel, gpu, %p, %old, %new : (!tt.ptr<i32>, i32, i32) -> i32
    ```
    """

    OPERATION_NAME = "tt.atomic_cas"
    ptr = Operand(types.POINTER_LIKE)
    cmp = Operand(types.NUMBER_LIKE, derive=("ptr", typetext.pointee))
    val = Operand(types.NUMBER_LIKE, derive=("ptr", typetext.pointee))
    sem = Attribute(ORDERING)
    scope = Attribute(SCOPE)
    result = Result(types.NUMBER_LIKE, derive=("ptr", typetext.pointee))
    assembly_format = """
        $sem `,` $scope `,` $ptr `,` $cmp `,` $val attr-dict `:` functional-type(operands, results)
    """
