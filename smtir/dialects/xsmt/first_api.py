"""Operations of the first generation of the smt language (spine-triton of 2025-10 to 2026-04).

Only read and explained: smtir's frontend turns windows into values instead of emitting these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtir.asm import typetext
from smtir.asm.attributes import IntArray
from smtir.asm.fields import Attribute, Operand, Result, VariadicOperands, fixed
from smtir.asm.operation import ForeignOp, register
from smtir.asm.typecache import type_text
from smtir.dialects import constraints as types
from smtir.dialects.xsmt._base import (
    _Dialect,
    check_divides,
    check_result,
    check_start,
    check_window,
    infer_packed,
    logical_shape,
    packed_type,
    pointer_like,
)

_FORMAT = """
    $base `,` `[` $offsets `]` `,` `[` $shape `]` `,` `[` $micro_size `]` attr-dict `:`
    type($base) `->` type($result)
"""


@register(_Dialect)
class DescriptorLoadOp(ForeignOp):
    """Load a window of what a block pointer points to, packed; what is outside reads as zero.

    ```mlir
    %1 = xsmt.descriptor_load %p, [%i, %j], [[32, 64]], [[8, 8]] : <tensor<64x64xf32>> -> tensor<4x8x8x8xf32>
    ```
    """

    OPERATION_NAME = "xsmt.descriptor_load"
    base = Operand(types.BLOCK_POINTER)
    offsets = VariadicOperands(types.I64, derive=fixed("i64"))
    shape = Attribute(IntArray(32))
    micro_size = Attribute(IntArray(32))
    result = Result(types.TENSOR_4D)
    assembly_format = _FORMAT

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return infer_packed(types["base"][0], given, "micro_size")

    def check(self) -> None:
        check_window(self, self.base, self.offsets, self.shape, self.micro_size)
        check_divides(self, self.shape, self.micro_size)
        check_result(
            self,
            packed_type(type_text(self.base.type), self.shape, self.micro_size),
            type_text(self.result.type),
        )

    def check_context(self) -> None:
        check_start(self, self.base, self.offsets)


@register(_Dialect)
class ViewOp(ForeignOp):
    """A packed window on a matrix.

    As a value it is what ``xsmt.pack`` gives.  Its users expected a product into it to change
    the matrix, which a value cannot do: see the answers to "why does xsmt.view not legalize".
    The offsets were i64 at first, i32 later.

    ```mlir
    %1 = xsmt.view %x, [%i, %j], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
    ```
    """

    OPERATION_NAME = "xsmt.view"
    base = Operand(types.TENSOR_2D)
    offsets = VariadicOperands(types.I32_OR_I64, from_definition="i32")
    shape = Attribute(IntArray(32))
    micro_size = Attribute(IntArray(32))
    result = Result(types.TENSOR_4D)
    assembly_format = _FORMAT

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return infer_packed(types["base"][0], given, "micro_size")

    def check(self) -> None:
        check_window(self, self.base, self.offsets, self.shape, self.micro_size)
        check_divides(self, self.shape, self.micro_size)
        check_result(
            self,
            packed_type(type_text(self.base.type), self.shape, self.micro_size),
            type_text(self.result.type),
        )

    def check_context(self) -> None:
        check_start(self, self.base, self.offsets)


@register(_Dialect)
class ViewPtrOp(ForeignOp):
    """A packed window on what a block pointer points to; it aliases.

    ```mlir
    %1 = xsmt.viewptr %p, [%i, %j], [[32, 64]], [[8, 16]] : <tensor<64x64xf32>> -> <tensor<4x4x8x16xf32>>
    ```
    """

    OPERATION_NAME = "xsmt.viewptr"
    base = Operand(types.BLOCK_POINTER)
    offsets = VariadicOperands(types.I32, derive=fixed("i32"))
    shape = Attribute(IntArray(32))
    micro_size = Attribute(IntArray(32))
    result = Result(types.BLOCK_POINTER)
    assembly_format = _FORMAT

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        base = types["base"][0]
        return {"result": pointer_like(base, packed_type(base, given["shape"], given["micro_size"]))}

    def check(self) -> None:
        check_window(self, self.base, self.offsets, self.shape, self.micro_size)
        check_divides(self, self.shape, self.micro_size)
        base = type_text(self.base.type)
        check_result(
            self,
            pointer_like(base, packed_type(base, self.shape, self.micro_size)),
            type_text(self.result.type),
        )

    def check_context(self) -> None:
        check_start(self, self.base, self.offsets)


@register(_Dialect)
class BindOp(ForeignOp):
    """The value ``src`` as the new value of what ``dest`` held; it has the type of ``dest``.

    ```mlir
    %1 = xsmt.bind %dest, %src : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    ```
    """

    OPERATION_NAME = "xsmt.bind"
    dest = Operand(types.TENSOR)
    src = Operand(types.TENSOR)
    result = Result(types.TENSOR)
    assembly_format = "$dest `,` $src attr-dict `:` functional-type(operands, results)"

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return {"result": types["dest"][0]}

    def check(self) -> None:
        check_result(self, type_text(self.dest.type), type_text(self.result.type))
        dest, src = type_text(self.dest.type), type_text(self.src.type)
        if typetext.element(dest) != typetext.element(src) or logical_shape(dest) != logical_shape(src):
            self.fail(f"dest and src must hold the same matrix, got {dest} and {src}")
