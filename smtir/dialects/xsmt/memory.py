"""Operations of ``xsmt`` on memory: views through block pointers, and buffers of the kernel's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from smtir.asm import typetext
from smtir.asm.attributes import IntArray, Str
from smtir.asm.fields import (
    Attribute,
    Operand,
    OptionalAttribute,
    OptionalOperand,
    Result,
    TypeConstraint,
    VariadicOperands,
    fixed,
)
from smtir.asm.operation import ForeignOp, register
from smtir.asm.typecache import type_text
from smtir.dialects import constraints as types
from smtir.dialects.xsmt._base import (
    _Dialect,
    check_divides,
    check_number,
    check_result,
    check_start,
    check_window,
    infer_packed,
    packed_type,
    pointer_like,
)

_BUFFER_SHAPE = re.compile(r"shape=\[([^\]]*)\], elementType=([^,]+), copies=(\d+)")
_ALLOCATED = TypeConstraint(
    "a block pointer or a packed 4D tensor",
    lambda text: types.BLOCK_POINTER.test(text) or types.TENSOR_4D.test(text),
    prefix=typetext.POINTER,
)


@register(_Dialect)
class SubviewOp(ForeignOp):
    """A window on what a block pointer points to; it aliases, and keeps the tiles of a packed base.

    ```mlir
    %1 = xsmt.subview %p, [%i, %j], [[32, 32]] : <tensor<64x64xf32>> -> <tensor<32x32xf32>>
    ```
    """

    OPERATION_NAME = "xsmt.subview"
    base = Operand(types.BLOCK_POINTER)
    offsets = VariadicOperands(types.I32, derive=fixed("i32"))
    shape = Attribute(IntArray(32))
    result = Result(types.BLOCK_POINTER)
    assembly_format = """
        $base `,` `[` $offsets `]` `,` `[` $shape `]` attr-dict `:` type($base) `->` type($result)
    """

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return {"result": _subview(types["base"][0], given["shape"])}

    def check(self) -> None:
        check_window(self, self.base, self.offsets, self.shape)
        tile = typetext.shape(typetext.scalar_pointee(type_text(self.base.type)) or "")[2:]
        if tile:
            check_divides(self, self.shape, [size or 1 for size in tile])
        check_result(self, _subview(type_text(self.base.type), self.shape), type_text(self.result.type))

    def check_context(self) -> None:
        check_start(self, self.base, self.offsets)


@register(_Dialect)
class SubviewPackOp(ForeignOp):
    """A window on what a block pointer points to, seen in tiles; it aliases.

    ```mlir
    %1 = xsmt.subview_pack %p, [%i, %j], [[32, 32]], [[8, 16]] : <tensor<64x64xf32>> -> <tensor<4x2x8x16xf32>>
    ```
    """

    OPERATION_NAME = "xsmt.subview_pack"
    base = Operand(types.BLOCK_POINTER)
    offsets = VariadicOperands(types.I32, derive=fixed("i32"))
    shape = Attribute(IntArray(32))
    packed_size = Attribute(IntArray(32))
    result = Result(types.BLOCK_POINTER)
    assembly_format = """
        $base `,` `[` $offsets `]` `,` `[` $shape `]` `,` `[` $packed_size `]` attr-dict `:`
        type($base) `->` type($result)
    """

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        base = types["base"][0]
        return {"result": pointer_like(base, packed_type(base, given["shape"], given["packed_size"]))}

    def check(self) -> None:
        check_window(self, self.base, self.offsets, self.shape, self.packed_size)
        check_divides(self, self.shape, self.packed_size)
        base = type_text(self.base.type)
        expected = pointer_like(base, packed_type(base, self.shape, self.packed_size))
        check_result(self, expected, type_text(self.result.type))

    def check_context(self) -> None:
        check_start(self, self.base, self.offsets)


@register(_Dialect)
class DescriptorLoadViewOp(ForeignOp):
    """Load a window of what a block pointer points to, packed; what is outside reads as zero.

    The first generation gives ``view`` instead, a packed tensor: the window begins at the block's
    first element, and has the view's shape and tiles.

    ```mlir
    %1 = xsmt.descriptor_load_view %p, [%i, %j], [[32, 32]], [[8, 16]] :
        <tensor<64x64xf32>> -> tensor<4x2x8x16xf32>
    %2 = xsmt.descriptor_load_view %p, %v : <tensor<64x64xf32>>, tensor<4x2x8x16xf32> -> tensor<4x2x8x16xf32>
    ```
    """

    OPERATION_NAME = "xsmt.descriptor_load_view"
    base = Operand(types.BLOCK_POINTER)
    offsets = VariadicOperands(types.I64, derive=fixed("i64"))
    view = OptionalOperand(types.TENSOR_4D)
    shape = Attribute(IntArray(32), default=())
    packed_size = Attribute(IntArray(32), default=())
    result = Result(types.TENSOR_4D)
    operand_forms = ((1, 2, 0), (1, 0, 1))
    assembly_format = """
        $base `,` (`[` $offsets^ `]` `,` `[` $shape `]` `,` `[` $packed_size `]`)? ($view^)? attr-dict `:`
        type($base) (`,` type($view)^)? `->` type($result)
    """

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        if types["view"]:
            return {"result": types["view"][0]}
        return infer_packed(types["base"][0], given, "packed_size")

    def check(self) -> None:
        base, result = type_text(self.base.type), type_text(self.result.type)
        if self.view is None:
            check_window(self, self.base, self.offsets, self.shape, self.packed_size)
            check_result(self, packed_type(base, self.shape, self.packed_size), result)
            return
        if self.shape or self.packed_size:
            self.fail("the view tells shape and packed_size, they must not be given as well")
        check_result(self, type_text(self.view.type), result)
        element = typetext.element(typetext.scalar_pointee(base) or "")
        if typetext.element(result) != element:
            self.fail(f"the view must have elements of {element}, as the base has, got {result}")

    def check_context(self) -> None:
        if self.view is None:
            check_start(self, self.base, self.offsets)


@register(_Dialect)
class AllocOp(ForeignOp):
    """A buffer of the kernel's own, in the named storage (``l2``, ``tcm``, ...); not initialized.

    The first generation of the language gives ``micro_size`` instead and a packed tensor.

    ```mlir
    %1 = xsmt.alloc[[64, 32]] storage("l2") : <tensor<64x32xf32>>
    %2 = xsmt.alloc[[64, 32]], [[8, 16]] : tensor<8x2x8x16xf32>
    ```
    """

    OPERATION_NAME = "xsmt.alloc"
    shape = Attribute(IntArray(32))
    micro_size = OptionalAttribute(IntArray(32))
    storage = OptionalAttribute(Str())
    result = Result(_ALLOCATED)
    assembly_format = """
        `[` $shape `]` (`,` `[` $micro_size^ `]`)? (`storage` `(` $storage^ `)`)? attr-dict `:` type($result)
    """

    def check(self) -> None:
        tile, found = self.micro_size, type_text(self.result.type)
        if not self.shape or min(self.shape) < 1:
            self.fail(f"the sizes of the shape must be positive, got {list(self.shape)}")
        block = typetext.scalar_pointee(found)
        if tile is None:
            if block is None:
                self.fail(f"without micro_size, the result must be a block pointer, got {found}")
            sizes = "".join(f"{size}x" for size in self.shape)
            check_result(self, pointer_like(found, f"tensor<{sizes}{typetext.element(block)}>"), found)
            return
        if len(tile) != 2 or len(self.shape) != 2 or min(tile) < 1:
            self.fail(f"expected 2 sizes and a positive 2D tile, got {list(self.shape)} and {list(tile)}")
        check_divides(self, self.shape, tile)
        check_result(self, packed_type(found, self.shape, tile), found)


@register(_Dialect)
class AllocCopiesOp(ForeignOp):
    """Several buffers of one shape; the first size of ``shape`` is their number.

    ```mlir
    %1 = xsmt.alloc_copies[[2, 64, 32]] storage("l2") :
        !xsmt.buffer<shape=[2, 64, 32], elementType=f32, copies=2, storageKind="l2">
    ```
    """

    OPERATION_NAME = "xsmt.alloc_copies"
    shape = Attribute(IntArray(64))
    storage = Attribute(Str())
    result = Result(types.BUFFER)
    assembly_format = "`[` $shape `]` `storage` `(` $storage `)` attr-dict `:` qualified(type($result))"

    def check(self) -> None:
        if not self.shape or min(self.shape) < 1:
            self.fail(f"the sizes of the shape must be positive, got {list(self.shape)}")
        match = _BUFFER_SHAPE.search(type_text(self.result.type))
        if match and [int(size) for size in match[1].split(",")] != list(self.shape):
            self.fail(f"expected a buffer of shape {list(self.shape)}, got {self.result.type}")


@register(_Dialect)
class BufferTensorViewOp(ForeignOp):
    """A pointer to one of the copies in a buffer.

    ```mlir
    %1 = xsmt.buffer_tensor_view %b[%i] :
        <shape=[2, 64, 32], elementType=f32, copies=2, storageKind="l2"> -> <tensor<64x32xf32>>
    ```
    """

    OPERATION_NAME = "xsmt.buffer_tensor_view"
    buffer = Operand(types.BUFFER)
    bufferIdx = Operand(types.I32, derive=fixed("i32"))
    result = Result(types.BLOCK_POINTER)
    assembly_format = "$buffer `[` $bufferIdx `]` attr-dict `:` type($buffer) `->` type($result)"

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        found = _copy_type(types["buffer"][0])
        return {"result": found} if found else {}

    def check(self) -> None:
        expected, found = _copy_type(type_text(self.buffer.type)), type_text(self.result.type)
        if expected:
            check_result(self, pointer_like(found, typetext.scalar_pointee(expected) or ""), found)

    def check_context(self) -> None:
        match = _BUFFER_SHAPE.search(type_text(self.buffer.type))
        if match:
            check_number(self, self.bufferIdx, int(match[3]))


def _subview(base: str, shape: Any) -> str:
    block = typetext.scalar_pointee(base) or base
    tile = [size or 1 for size in typetext.shape(block)[2:]]
    if tile:
        return pointer_like(base, packed_type(base, shape, tile))
    sizes = "".join(f"{size}x" for size in shape)
    return pointer_like(base, f"tensor<{sizes}{typetext.element(block)}>")


def _copy_type(buffer: str) -> str | None:
    """The type of the pointer to one copy: the shape without its first size (one element if that is all)."""
    match = _BUFFER_SHAPE.search(buffer)
    if not match:
        return None
    sizes = [size.strip() for size in match[1].split(",")]
    return typetext.pointer_to(f"tensor<{'x'.join(sizes[1:] or ['1'])}x{match[2]}>")
