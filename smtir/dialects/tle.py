"""The ``tle`` dialect: tiles of a tensor by their number (FlagTree's tile language)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smtir.asm import typetext
from smtir.asm.attributes import IntArray
from smtir.asm.fields import Attribute, Operand, Result
from smtir.asm.operation import ForeignOp, register, type_text
from smtir.asm.typetext import same
from smtir.dialects import constraints as types
from smtir.dialects.xsmt._base import constant_value, shape_text
from smtir.mlir import cext, ir

__all__ = ["ExtractTileOp", "InsertTileOp"]


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
