"""Tiles of a tensor by their number: ``extract_tile``, ``insert_tile``.

A tensor is cut into tiles of one shape, and one of them is read or replaced.  FlagTree's tile
language has the functions as ``triton.experimental.tle.language``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from triton import language as tl
from triton.language.core import builtin

from smtir.errors import FrontendError
from smtir.language.arguments import describe, elements, is_block, static, static_sizes
from smtir.language.emit import emit


@builtin
def extract_tile(x: Any, index: Any, tile_shape: Any, _semantic: Any = None) -> tl.tensor:
    """One tile of a tensor.

    Args:
        x: the tensor.
        index: which tile: its number, counted row by row, or one number a dimension; constexpr or
            run-time.  A run-time index outside of the tiles ends the launch with an error.
        tile_shape: constexpr sizes that divide those of ``x``.

    Returns:
        A tensor of ``tile_shape``.

    Raises:
        FrontendError: no tensor, a shape of another rank or that does not divide, an index out of range.
    """
    op = "tle.extract_tile"
    shape = _shape(x, op)
    tile = static_sizes(tile_shape, "tile_shape", op, len(shape))
    number = tile_number(shape, tile, index, op, _semantic)
    result = tl.core.block_type(x.type.element_ty, tile)
    return emit(_semantic, op, [x.handle, number.handle], result, tile_shape64=tile)


@builtin
def insert_tile(x: Any, tile: Any, index: Any, _semantic: Any = None) -> tl.tensor:
    """The tensor with one tile replaced; ``x`` itself keeps its value.

    Args:
        x: the tensor.
        tile: a tensor whose sizes divide those of ``x``, of the same element type.
        index: which tile, as for ``extract_tile``.

    Returns:
        A tensor of the type of ``x``.

    Raises:
        FrontendError: no tensors, sizes that do not divide, another element type, an index out of range.
    """
    op = "tle.insert_tile"
    shape = _shape(x, op)
    if not is_block(tile) or len(tile.type.shape) != len(shape):
        raise FrontendError(
            f"the tile must be a tensor with {len(shape)} dimensions, got {describe(tile)}",
            op=op,
            hint="a tile has the rank of the tensor that it is a part of",
        )
    if tile.type.element_ty != x.type.element_ty:
        raise FrontendError(
            f"the tile must hold {x.type.element_ty} as the tensor does, got {tile.type.element_ty}",
            op=op,
            hint="convert it with .to(...)",
        )
    number = tile_number(shape, list(tile.type.shape), index, op, _semantic)
    return emit(_semantic, op, [x.handle, tile.handle, number.handle], x.type)


def _shape(x: Any, op: str) -> list[int]:
    if not is_block(x):
        raise FrontendError(f"only a tensor has tiles, got {describe(x)}", op=op, hint="load it first")
    return list(x.type.shape)


def tile_number(shape: Sequence[int], tile: Sequence[int], given: Any, op: str, semantic: Any) -> tl.tensor:
    """The number of a tile as an i32 scalar.

    Raises:
        FrontendError: tiles that do not divide, an index of another length or type, or one that
            is constexpr and out of range.
    """
    for dim, (size, part) in enumerate(zip(shape, tile, strict=True)):
        if size % part:
            raise FrontendError(
                f"the tile {list(tile)} does not divide the tensor {list(shape)} in dimension {dim}",
                op=op,
                hint="choose tile sizes that divide the sizes of the tensor",
            )
    grid = [size // part for size, part in zip(shape, tile, strict=True)]
    index = static(given)
    if isinstance(index, (tl.tensor, int)):
        return _checked(index, math.prod(grid), "index", op, semantic)
    indices = elements(index, "index", op)
    if len(indices) != len(grid):
        raise FrontendError(
            f"the index must be one number or {len(grid)} of them, got {len(indices)}",
            op=op,
            hint="one for each dimension",
        )
    number: Any = 0
    for dim, (one, extent) in enumerate(zip(indices, grid, strict=True)):
        value = static(one)
        if isinstance(value, int) and isinstance(number, int):
            _checked(value, extent, f"index[{dim}]", op, semantic)
            number = number * extent + value
            continue
        place = _checked(value, extent, f"index[{dim}]", op, semantic)
        if isinstance(value, tl.tensor):
            _assert_below(place, extent, f"index[{dim}]", semantic)
        scaled = semantic.mul(semantic.to_tensor(number), semantic.to_tensor(extent), True)
        number = semantic.add(scaled, place, True)
    return semantic.cast(semantic.to_tensor(number), tl.int32)


def _assert_below(number: tl.tensor, count: int, what: str, semantic: Any) -> None:
    """A check at run time: the number of a tile alone does not tell which dimension is out of range."""
    inside = semantic.and_(
        semantic.greater_equal(number, semantic.to_tensor(0)),
        semantic.less_than(number, semantic.to_tensor(count)),
    )
    text = f"{what} is out of range: there are {count} tiles, from 0 to {count - 1}"
    semantic.builder.create_assert(inside.handle, text)


def _checked(value: Any, count: int, what: str, op: str, semantic: Any) -> tl.tensor:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value < count:
            raise FrontendError(
                f"{what} is {value}: there are {count} tiles",
                op=op,
                hint=f"tiles are numbered from 0 to {count - 1}",
            )
    elif not isinstance(value, tl.tensor) or not value.type.is_int():
        raise FrontendError(f"{what} must be an integer scalar, got {describe(value)}", op=op)
    return semantic.cast(semantic.to_tensor(value), tl.int32)
