"""In which order a buffer of the kernel's own is best stored: by rows, or in the tiles it is loaded in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from smtir.dialects import xsmt
from smtir.dialects.types import pointee
from smtir.mlir import ir, scf
from smtir.rewrite.index import constant_int
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.ranges import divisible
from smtir.rewrite.values import is_inside

MANY = 1 << 20
"""Iterations of a loop whose bounds are not constant: more than any buffer has tiles."""


@dataclass
class _Accesses:
    """Who reads and writes a buffer, and the tiles that it is seen in."""

    loads: list[ir.Operation]
    stores: list[ir.Operation]
    tiles: set[tuple[int, ...]]


def loaded_tile(pointers: Sequence[ir.Value], shape: Sequence[int]) -> list[int]:
    """The tile to store a matrix of ``shape`` in that is accessed through ``pointers``, or empty.

    It is the one tile of all loads, where they take more elements than there are between two
    stores: then it is better to pack once, at the store.  Every view must begin and end with
    tiles, or its elements would lie apart.
    """
    found = _Accesses([], [], set())
    try:
        for pointer in pointers:
            _collect(pointer, (), found)
    except NoMatch:
        return []
    if len(shape) != 2 or len(found.tiles) != 1 or not found.loads:
        return []
    (tile,) = found.tiles
    loaded = sum(_elements(load) * _times(load, found.stores) for load in found.loads)
    divides = all(size % by == 0 for size, by in zip(shape, tile, strict=True))
    return list(tile) if divides and loaded > math.prod(shape) * len(pointers) else []


def _collect(pointer: ir.Value, shown: tuple[int, ...], found: _Accesses) -> None:
    """Everything done through ``pointer``, which shows its block in the tile ``shown``, if in one.

    Raises ``NoMatch`` where rows are better, or nothing is known.
    """
    for use in pointer.uses:
        op = use.owner.operation
        if op.name == "tt.store" and use.operand_number == 0:
            found.stores.append(op)
        elif op.name == "tt.load" and shown:
            found.loads.append(op)
        elif op.name in ("xsmt.subview", "xsmt.subview_pack"):
            view = cast("xsmt.SubviewOp | xsmt.SubviewPackOp", op.opview)
            tile = tuple(view.packed_size) if isinstance(view, xsmt.SubviewPackOp) else shown
            if not tile or not all(map(divisible, view.offsets, tile)):
                raise NoMatch("a view does not begin with a tile")
            found.tiles.add(tile)
            _collect(view.result, tile, found)
        elif op.name != "xsmt.annotation":
            raise NoMatch(f"{op.name} takes the buffer by rows")


def _elements(load: ir.Operation) -> int:
    return math.prod(ir.RankedTensorType(pointee(load.operands[0].type)).shape)


def _times(load: ir.Operation, stores: Sequence[ir.Operation]) -> int:
    """How often the load runs, where known, without a store in between."""
    times, parent = 1, load.parent
    while parent is not None and not any(is_inside(store, parent.operation) for store in stores):
        if isinstance(parent.operation.opview, scf.ForOp):
            times *= _iterations(parent.operation.opview)
        parent = parent.operation.parent
    return times


def _iterations(loop: scf.ForOp) -> int:
    lower, upper, step = map(constant_int, (loop.lowerBound, loop.upperBound, loop.step))
    if lower is None or upper is None or step is None or step <= 0:
        return MANY
    return max(0, -(-(upper - lower) // step))
