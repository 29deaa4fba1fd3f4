"""tle-to-tensor: tiles by number become slices.

A number that may be out of range is asserted to be in it, so that no slice lies outside.

Before::

    %t = tle.extract_tile %x[%i] {tile_shape = array<i64: 4, 8>} : tensor<8x16xf32>, i32 -> tensor<4x8xf32>

After::

    %row = %i / 2 * 4, %column = %i % 2 * 8       (arith)
    %t = tensor.extract_slice %x[%row, %column] [4, 8] [1, 1] : tensor<8x16xf32> to tensor<4x8xf32>
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from smtir.dialects import tle
from smtir.mlir import arith, ir
from smtir.rewrite import builders, index
from smtir.rewrite.index import Index
from smtir.rewrite.index_checks import assert_below
from smtir.rewrite.lowering import LoweringRules
from smtir.rewrite.passes import define_pass
from smtir.rewrite.ranges import interval
from smtir.rewrite.values import shape_of

rules = LoweringRules("tle-to-tensor")


@define_pass
def run(module: ir.Module) -> None:
    rules.apply(module.operation)


@rules.lower("tle.extract_tile")
def lower_extract_tile(op: tle.ExtractTileOp) -> ir.Value:
    offsets = _offsets(shape_of(op.src), op.tile_shape, op.index)
    return builders.extract_slice(op.src, offsets, list(op.tile_shape))


@rules.lower("tle.insert_tile")
def lower_insert_tile(op: tle.InsertTileOp) -> ir.Value:
    tile = shape_of(op.tile)
    return builders.insert_slice(op.tile, op.src, _offsets(shape_of(op.src), tile, op.index), list(tile))


def _offsets(shape: Sequence[int], tile: Sequence[int], number: ir.Value) -> list[Index]:
    """Where tile ``number`` begins."""
    grid = [size // part for size, part in zip(shape, tile, strict=True)]
    assert_below(number, math.prod(grid), "tiles")
    left = index.as_index(number)
    offsets: list[Index] = []
    for extent, part in zip(reversed(grid), reversed(tile), strict=True):
        offsets.insert(0, index.mul(_remainder(left, extent), part))
        left = _quotient(left, extent)
    return offsets


def _remainder(value: Index, by: int) -> Index:
    if by == 1 or isinstance(value, int):
        return value % by if isinstance(value, int) else 0
    known = interval(value)
    return value if known.low >= 0 and known.high < by else arith.remui(value, index.materialize(by))


def _quotient(value: Index, by: int) -> Index:
    if by == 1 or isinstance(value, int):
        return value // by if isinstance(value, int) else value
    known = interval(value)
    return 0 if known.low >= 0 and known.high < by else arith.divui(value, index.materialize(by))
