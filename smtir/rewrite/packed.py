"""Packing and unpacking windows: what does not exist is padding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from smtir.mlir import ir
from smtir.rewrite import builders, windows
from smtir.rewrite.index import Index
from smtir.rewrite.values import defined_by, defining_op, element_of, shape_of
from smtir.rewrite.windows import Window


def padded(value: ir.Value, window: Window, padding: float = 0) -> ir.Value:
    """``value`` inside ``padding`` where the window is not the whole block."""
    if window.is_whole:
        return value
    around = builders.splatted(builders.constant(element_of(value), padding), window.block)
    return builders.insert_slice(value, around, window.lead, window.sizes)


def packed_window(
    value: ir.Value,
    window: Window,
    shape: Sequence[int],
    padding: float = 0,
    *,
    into: ir.Value | None = None,
) -> ir.Value:
    """Pack ``value``, the existing part of ``window``, as a 4D tensor of ``shape``, in place of ``into``."""
    if not window.starts_at_zero:
        value, window = padded(value, window, padding), windows.whole(window.block)
    tiles = shape[2:]
    if _lacks_tiles(window, shape):
        value, window = padded(value, window, padding), windows.whole(window.block)
    divides = all(size % tile == 0 for size, tile in zip(window.block, tiles, strict=True))
    if math.isnan(padding) and not divides:
        # The rest of tiles that the block does not fill is zero, whatever lies around the block.
        value, window, padding = padded(value, window, padding), windows.whole(window.block), 0
    needed = not (window.is_whole and divides)
    return builders.pack(
        value,
        shape,
        tiles,
        padding=builders.constant(element_of(value), padding) if needed else None,
        into=into,
    )


def _lacks_tiles(window: Window, shape: Sequence[int]) -> bool:
    """Whether the window is known to have fewer tiles than ``shape``: ``linalg.pack`` adds none."""
    return any(
        isinstance(size, int) and -(-size // tile) < count
        for size, count, tile in zip(window.sizes, shape[:2], shape[2:], strict=True)
    )


def in_tile(matrix: ir.Value, tile: Sequence[int]) -> ir.Value:
    """A 2D matrix, whose sizes ``tile`` divides, as a packed 4D tensor."""
    block = tuple(shape_of(matrix))
    shape = [*(size // by for size, by in zip(block, tile, strict=True)), *tile]
    part = slice_in_zeros(matrix)
    if part is None:
        return packed_window(matrix, windows.whole(block), shape)
    value, sizes = part
    return packed_window(value, Window((0, 0), tuple(sizes), block), shape)


def slice_in_zeros(value: ir.Value) -> tuple[ir.Value, list[Index]] | None:
    """The slice and its sizes if ``value`` is a slice inserted at the start of a tensor of zeros."""
    if defining_op(value) is None or value.owner.name != "tensor.insert_slice":
        return None
    insert = defining_op(value)
    scalar = builders.splat_value(insert.dest)
    if scalar is None or not _is_zero(scalar):
        return None
    if any(offset != 0 for offset in insert.static_offsets):
        return None
    dynamic = iter(insert.sizes)
    unknown = ir.ShapedType.get_dynamic_size()
    return insert.source, [next(dynamic) if size == unknown else size for size in insert.static_sizes]


def _is_zero(scalar: ir.Value) -> bool:
    if not defined_by(scalar, "arith.constant"):
        return False
    attribute: Any = defining_op(scalar).operation.attributes["value"]
    return bool(attribute.value == 0)


def unpacked(packed: ir.Value) -> ir.Value:
    """The 2D matrix that a packed 4D tensor holds."""
    shape = shape_of(packed)
    return builders.unpack(packed, [shape[0] * shape[2], shape[1] * shape[3]])
