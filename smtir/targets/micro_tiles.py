"""The micro tiles that are known to suit each SpacemiT chip, and where each is from.

Data only.  No document of SpacemiT's lists what the matrix engine takes, so these are the tiles
that its own kernels and others' published ones use.
"""

from __future__ import annotations

from typing import NamedTuple


class MicroTile(NamedTuple):
    """A tile of the matrix engine: ``C[m, n] += A[m, k] * B[k, n]``."""

    m: int
    n: int
    k: int

    def __str__(self) -> str:
        return f"{self.m}x{self.n}x{self.k}"


class KnownTile(NamedTuple):
    """A tile, the element type of A and B (``f16``, ``f32``, ``i8``) it is for, and its source."""

    arch_id: str
    element: str
    tile: MicroTile
    source: str


_FLAGGEMS = "SpacemiT's FlagGems"
_TUTORIAL = "tutorial of SpacemiT's FlagGems"
_VMADOT = "operands of one smt.vmadot (SpacemiT IME)"
_MLAS = "MLAS int8 kernel for IME"
_IREE = "IREE int8 kernel for IME"

KNOWN_TILES = (
    KnownTile("0x503C", "f16", MicroTile(16, 32, 8), _FLAGGEMS),
    KnownTile("0x503C", "f32", MicroTile(8, 32, 32), _FLAGGEMS),
    KnownTile("0xA03C", "f16", MicroTile(8, 16, 16), _FLAGGEMS),
    KnownTile("0xA03C", "f32", MicroTile(8, 16, 8), _TUTORIAL),
    KnownTile("0xA03C", "i8", MicroTile(4, 4, 8), _VMADOT),
    KnownTile("0xA03C", "i8", MicroTile(8, 16, 8), _MLAS),
    KnownTile("0xA03C", "i8", MicroTile(12, 16, 8), _IREE),
    KnownTile("0xA064", "f16", MicroTile(16, 32, 8), _FLAGGEMS),
    KnownTile("0xA064", "f32", MicroTile(8, 32, 32), _FLAGGEMS),
    KnownTile("0xF000", "f16", MicroTile(32, 32, 2), _FLAGGEMS),
)
"""By chip and element type; the first one of each is the default for it."""


def known_tiles(arch_id: str, element: str = "") -> tuple[KnownTile, ...]:
    """The rows for a chip, and for one element type if given; empty where nothing is known."""
    return tuple(row for row in KNOWN_TILES if row.arch_id == arch_id and element in ("", row.element))
