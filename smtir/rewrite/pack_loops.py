"""Loops of vectors that lay a buffer out in tiles, and back.

The lanes of a vector run along the innermost dimension of a tile, which is contiguous on the
packed side; where the other side is strided (K^T), that access is a strided load or store.
A tile that lies inside the unpacked buffer takes a path without masks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, Index
from smtir.rewrite.vector_loops import Cut, nest
from smtir.rewrite.view import Lanes, View

REGISTERS_A_VECTOR = 4


@dataclass(frozen=True)
class TileLayout:
    """The attributes of ``linalg.pack`` / ``linalg.unpack``.

    Dimension ``d`` of the unpacked side is cut into tiles of ``tile(d)``; the packed side's
    outer dimension ``i`` counts the tiles of ``outer[i]``, its inner dimension ``j`` runs inside
    a tile along ``inner[j]``.
    """

    outer: tuple[int, ...]
    inner: tuple[int, ...]
    tiles: tuple[int, ...]

    @classmethod
    def of(cls, op: ir.Operation, rank: int) -> TileLayout:
        """Read the attributes of a pack or unpack whose unpacked side has ``rank`` dimensions."""
        outer = (
            tuple(ir.DenseI64ArrayAttr(op.attributes["outer_dims_perm"]))
            if "outer_dims_perm" in op.attributes
            else ()
        )
        inner = tuple(ir.DenseI64ArrayAttr(op.attributes["inner_dims_pos"]))
        tiles = tuple(ir.DenseI64ArrayAttr(op.attributes["static_inner_tiles"]))
        return cls(outer or tuple(range(rank)), inner, tiles)

    def attributes(self) -> dict[str, ir.Attribute]:
        return {
            "outer_dims_perm": ir.DenseI64ArrayAttr.get(self.outer),
            "inner_dims_pos": ir.DenseI64ArrayAttr.get(self.inner),
            "static_inner_tiles": ir.DenseI64ArrayAttr.get(self.tiles),
        }

    def tile(self, dimension: int) -> int:
        return self.tiles[self.inner.index(dimension)] if dimension in self.inner else 1


class TileLoops:
    """Copies between an unpacked ``flat`` buffer and a ``packed`` one."""

    def __init__(self, emitter: Emitter, flat: View, packed: View, layout: TileLayout) -> None:
        self.emitter = emitter
        self.flat = flat
        self.packed = packed
        self.layout = layout
        self.rank = flat.type.rank
        self.lane_dim = layout.inner[-1]
        self.row_dims = layout.inner[:-1]
        self.sizes = [flat.size(dimension) for dimension in range(self.rank)]
        bits = max(8, getattr(flat.element, "width", 64))
        self.lanes = max(1, REGISTERS_A_VECTOR * emitter.machine.vector_bits // bits)

    def pack(self, padding: ir.Value | None) -> None:
        """Fill the packed buffer; ``padding`` goes where the flat one has no element."""
        layout = self.layout

        def copy(flat: list[Index], packed: list[Index], lanes: Lanes) -> None:
            vector = self.flat.load(flat, self.lane_dim, lanes, padding)
            self.packed.store(vector, packed, self.packed.type.rank - 1, Lanes(lanes.count))

        counts = [self.packed.size(position) for position in range(len(layout.outer))]
        self._tiles(counts, copy)

    def unpack(self) -> None:
        """Fill the flat buffer; what a tile has beyond its edge is dropped."""

        def copy(flat: list[Index], packed: list[Index], lanes: Lanes) -> None:
            vector = self.packed.load(packed, self.packed.type.rank - 1, Lanes(lanes.count))
            self.flat.store(vector, flat, self.lane_dim, lanes)

        counts = [self.packed.size(position) for position in range(len(self.layout.outer))]
        self._tiles(counts, copy)

    def _tiles(
        self, counts: Sequence[Index], copy: Callable[[list[Index], list[Index], Lanes], None]
    ) -> None:
        outer = self.layout.outer
        start: list[Index] = [0] * len(outer)

        def tile(at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
            number: list[Index] = [0] * self.rank
            for position, dimension in enumerate(outer):
                number[dimension] = at[position]
            first = [self.emitter.mul(number[d], self.layout.tile(d)) for d in range(self.rank)]
            self._tile(at, first, copy, counts)
            return []

        nest(self.emitter, range(len(outer)), counts, start, [], tile)

    def _tile(
        self,
        outer: list[Index],
        first: list[Index],
        copy: Callable[[list[Index], list[Index], Lanes], None],
        counts: Sequence[Index],
    ) -> None:
        emitter = self.emitter
        inside: ir.Value | None = None
        for position, dimension in enumerate(self.layout.outer):
            size, count, tile = self.sizes[dimension], counts[position], self.layout.tile(dimension)
            if isinstance(size, int) and isinstance(count, int) and count * tile <= size:
                continue
            fits = emitter.at_most(emitter.add(first[dimension], tile), size)
            inside = fits if inside is None else emitter.both(inside, fits)
        if inside is None:
            self._rows(outer, first, copy, whole=True)
            return
        emitter.branch(
            inside,
            lambda: self._rows(outer, first, copy, whole=True),
            lambda: self._rows(outer, first, copy, whole=False),
        )

    def _rows(
        self,
        outer: list[Index],
        first: list[Index],
        copy: Callable[[list[Index], list[Index], Lanes], None],
        *,
        whole: bool,
    ) -> None:
        rows: list[Index] = [self.layout.tile(dimension) for dimension in self.row_dims]
        start: list[Index] = [0] * len(rows)

        def row(inner: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
            at = list(first)
            for position, dimension in enumerate(self.row_dims):
                at[dimension] = self.emitter.add(at[dimension], inner[position])
            self._row(outer, inner, at, copy, whole)
            return []

        nest(self.emitter, range(len(rows)), rows, start, [], row)

    def _row(
        self,
        outer: list[Index],
        inner: list[Index],
        first: list[Index],
        copy: Callable[[list[Index], list[Index], Lanes], None],
        whole: bool,
    ) -> None:
        emitter, lane_dim = self.emitter, self.lane_dim
        valid: Index | None = None
        if not whole:
            valid = emitter.sub(self.sizes[lane_dim], first[lane_dim])
            for dimension in range(self.rank):
                if dimension != lane_dim:
                    exists = emitter.below(first[dimension], self.sizes[dimension])
                    valid = emitter.select(exists, valid, 0)

        def chunk(lane: Index, lanes: Lanes, _: list[ir.Value]) -> Sequence[ir.Value]:
            at = list(first)
            at[lane_dim] = emitter.add(at[lane_dim], lane)
            here = lanes
            if valid is not None:
                here = Lanes.below(emitter, lanes.count, emitter.sub(valid, lane))
            copy(at, [*outer, *inner, lane], here)
            return []

        Cut(emitter, self.layout.tile(lane_dim), self.lanes).emit([], chunk)
