"""The ``tle`` dialect: tiles of a tensor by their number, and buffers seen as tensors or pointers.

It is FlagTree's tile language, as spine-triton has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smtir.asm import typetext
from smtir.asm.attributes import IntArray
from smtir.asm.fields import Attribute, Operand, Result, VariadicOperands
from smtir.asm.operation import ForeignOp, register
from smtir.asm.typecache import type_text
from smtir.asm.typetext import same
from smtir.dialects import constraints as types
from smtir.dialects.xsmt._base import constant_value, shape_text
from smtir.mlir import cext, ir

__all__ = ["ExtractTileOp", "InsertTileOp", "LocalPtrOp", "ToBufferOp", "ToTensorOp"]


@cext.register_dialect
class _Dialect(ir.Dialect):
    DIALECT_NAMESPACE = "tle"


@register(_Dialect)
class ExtractTileOp(ForeignOp):
    """Tile number ``index`` of a tensor cut into tiles of ``tile_shape``, counted row by row.

    ```mlir
    %1 = tle.extract_tile %x[%i] {tile_shape = array<i64: 4, 8>} : tensor<8x16xf32>, i32 -> tensor<4x8xf32>
    ```
    """

    OPERATION_NAME = "tle.extract_tile"
    src = Operand(types.TENSOR)
    index = Operand(types.I32_OR_I64)
    tile_shape = Attribute(IntArray(64))
    result = Result(types.TENSOR)
    assembly_format = "$src `[` $index `]` attr-dict `:` type($src) `,` type($index) `->` type($result)"

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        element = typetext.element(types["src"][0])
        return {"result": f"tensor<{shape_text(given['tile_shape'])}x{element}>"}

    def check(self) -> None:
        source, result = type_text(self.src.type), type_text(self.result.type)
        _check_grid(self, source, self.tile_shape, self.index)
        expected = f"tensor<{shape_text(self.tile_shape)}x{typetext.element(source)}>"
        if result != expected:
            self.fail(f"expected the result {expected}, got {result}")


@register(_Dialect)
class InsertTileOp(ForeignOp):
    """The tensor with tile number ``index``, counted row by row, replaced by ``tile``.

    ```mlir
    %1 = tle.insert_tile %x[%i] = %t : tensor<8x16xf32>, i32, tensor<4x8xf32> -> tensor<8x16xf32>
    ```
    """

    OPERATION_NAME = "tle.insert_tile"
    src = Operand(types.TENSOR)
    tile = Operand(types.TENSOR)
    index = Operand(types.I32_OR_I64)
    result = Result(types.TENSOR, derive=("src", same))
    assembly_format = """
        $src `[` $index `]` `=` $tile attr-dict `:` type($src) `,` type($index) `,` type($tile)
        `->` type($result)
    """

    def check(self) -> None:
        source, tile = type_text(self.src.type), type_text(self.tile.type)
        _check_grid(self, source, [size or 0 for size in typetext.shape(tile)], self.index)
        if typetext.element(source) != typetext.element(tile):
            self.fail(f"the tensor and its tile must have one element type, got {source} and {tile}")


def _i32_like(text: str) -> str:
    """i32 for a pointer, a tensor of i32 for a tensor of pointers."""
    return typetext.same_shape(text, "i32")


@register(_Dialect)
class LocalPtrOp(ForeignOp):
    """Pointers into a buffer: to each of its elements, or to those at ``indices``, one a dimension.

    With numbers as indices the result is one pointer, with tensors a tensor of pointers.

    ```mlir
    %1 = tle.local_ptr %b : !tt.ptr<tensor<8x16xf32>> -> tensor<8x16x!tt.ptr<f32>>
    %2 = tle.local_ptr %b[%i, %j] : !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<f32>
    ```
    """

    OPERATION_NAME = "tle.local_ptr"
    buffer = Operand(types.BLOCK_POINTER)
    indices = VariadicOperands(types.INT_LIKE, derive=("result", _i32_like))
    result = Result(types.POINTER_LIKE)
    assembly_format = """
        $buffer (`[` $indices^ `]`)? attr-dict `:` qualified(type($buffer)) `->` qualified(type($result))
    """

    def check(self) -> None:
        block = typetext.scalar_pointee(type_text(self.buffer.type)) or ""
        result = type_text(self.result.type)
        sizes = typetext.shape(block)
        if typetext.scalar_pointee(typetext.element(result)) != typetext.element(block):
            self.fail(f"the result must point to {typetext.element(block)}, got {result}")
        if not self.indices:
            if typetext.shape(result) != sizes:
                self.fail(f"without indices, the result must have the buffer's shape {shape_text(sizes)}")
        elif len(self.indices) != len(sizes):
            self.fail(f"expected {len(sizes)} indices, one for each dimension, got {len(self.indices)}")


@register(_Dialect)
class ToTensorOp(ForeignOp):
    """What a buffer holds at this point of the program.

    ```mlir
    %1 = tle.to_tensor %b : !tt.ptr<tensor<8x16xf32>> -> tensor<8x16xf32>
    ```
    """

    OPERATION_NAME = "tle.to_tensor"
    buffer = Operand(types.BLOCK_POINTER)
    result = Result(types.TENSOR, derive=("buffer", typetext.pointee))
    assembly_format = "$buffer attr-dict `:` qualified(type($buffer)) `->` qualified(type($result))"


@register(_Dialect)
class ToBufferOp(ForeignOp):
    """Write a tensor into a buffer, which is the result.

    ```mlir
    %1 = tle.to_buffer %x in %b : tensor<8x16xf32>, !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<tensor<8x16xf32>>
    ```
    """

    OPERATION_NAME = "tle.to_buffer"
    tensor = Operand(types.TENSOR)
    buffer = Operand(types.BLOCK_POINTER)
    result = Result(types.BLOCK_POINTER, derive=("buffer", same))
    assembly_format = """
        $tensor `in` $buffer attr-dict `:` qualified(type($tensor)) `,` qualified(type($buffer)) `->`
        qualified(type($result))
    """

    def check(self) -> None:
        expected = typetext.pointee(type_text(self.buffer.type))
        if type_text(self.tensor.type) != expected:
            self.fail(f"the buffer holds {expected}, got {type_text(self.tensor.type)}")


def _check_grid(op: ForeignOp, source: str, tile: Sequence[int], index: ir.Value) -> None:
    """The tile divides the tensor, and a constant index is one of the tiles."""
    sizes = [size or 0 for size in typetext.shape(source)]
    if len(tile) != len(sizes):
        op.fail(f"the tile must have {len(sizes)} sizes as {source} has, got {list(tile)}")
    count = 1
    for dim, (size, part) in enumerate(zip(sizes, tile, strict=True)):
        if part < 1 or size % part:
            op.fail(
                f"the tile {list(tile)} does not divide {source}: {size} is no multiple of {part} "
                f"in dimension {dim}",
                hint="choose tile sizes that divide the sizes of the tensor",
            )
        count *= size // part
    known = constant_value(index)
    if known is not None and not 0 <= known < count:
        op.fail(f"the index {known} is out of range: there are {count} tiles")
