"""The part of a block that exists, and views of memory restricted to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from smtir.mlir import ir
from smtir.rewrite import builders, index
from smtir.rewrite.block_pointers import BlockPointer
from smtir.rewrite.index import Index
from smtir.rewrite.pointers import Base
from smtir.rewrite.ranges import interval

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Window:
    """A box inside a static ``block``: ``sizes`` elements from ``lead`` on, none negative."""

    lead: tuple[Index, ...]
    sizes: tuple[Index, ...]
    block: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        return self.sizes == self.block

    def transposed(self) -> Window:
        """The window with its last two dims exchanged."""
        return Window(swapped(self.lead), swapped(self.sizes), swapped(self.block))

    @property
    def starts_at_zero(self) -> bool:
        return all(isinstance(start, int) and start == 0 for start in self.lead)


def swapped(parts: tuple[_Part, ...]) -> tuple[_Part, ...]:
    """One part for each dim, those of the last two exchanged."""
    *others, rows, columns = parts
    return (*others, columns, rows)


def whole(block: Sequence[int]) -> Window:
    """The window that is all of ``block``."""
    return Window((0,) * len(block), tuple(block), tuple(block))


def clamp(offset: Index, size: Index, extent: int) -> tuple[Index, Index]:
    """The part of ``[0, extent)`` that, moved by ``offset``, lies inside ``[0, size)``.

    Returns where it starts and how long it is; static where the bounds of the values prove it,
    and of length 0 rather than negative when nothing is inside.
    """
    left = index.sub(size, offset)
    lead: Index = 0 if interval(offset).low >= 0 else _limited(index.sub(0, offset), extent)
    if isinstance(lead, int) and lead == 0:
        if interval(left).low >= extent:
            return 0, extent
        return 0, _limited(left, extent)
    end = _limited(left, extent)
    return lead, index.maximum(index.sub(end, lead), 0)


def _limited(value: Index, extent: int) -> Index:
    """``value`` brought into ``[0, extent]``."""
    known = interval(value)
    if known.low < 0:
        value = index.maximum(value, 0)
    return value if known.high <= extent else index.minimum(value, extent)


def bounded(
    offsets: Sequence[Index], shape: Sequence[Index], block: Sequence[int], checked: Sequence[int]
) -> Window:
    """The window of ``block`` at ``offsets`` that lies inside ``shape`` in the dims ``checked``."""
    lead: list[Index] = [0] * len(block)
    sizes: list[Index] = list(block)
    for axis in checked:
        lead[axis], sizes[axis] = clamp(offsets[axis], shape[axis], block[axis])
    return Window(tuple(lead), tuple(sizes), tuple(block))


def existing(pointer: BlockPointer, checked: Sequence[int]) -> Window:
    """The part of the block that ``pointer`` may access: limited in ``checked``, or in every dim."""
    axes = range(len(pointer.block)) if pointer.clamped or pointer.tile else checked
    lower = pointer.lower or (0,) * len(pointer.block)
    offsets = [index.sub(offset, low) for offset, low in zip(pointer.offsets, lower, strict=True)]
    shape = [index.sub(size, low) for size, low in zip(pointer.shape, lower, strict=True)]
    return bounded(offsets, shape, pointer.block, axes)


def memory_view(base: Base, start: Index, strides: Sequence[Index], window: Window) -> ir.Value:
    """The strided memref of ``window``, of a block whose first element is ``start`` elements in."""
    offset = index.add(base.offset, start)
    for lead, stride in zip(window.lead, strides, strict=True):
        offset = index.add(offset, index.mul(lead, stride))
    block = builders.reinterpret_cast(base.buffer, offset, window.block, strides)
    if window.is_whole:
        return block
    return builders.subview(block, [0] * len(window.block), window.sizes)


def block_view(pointer: BlockPointer, window: Window) -> ir.Value:
    """The memref of ``window`` of the block that ``pointer`` points to."""
    return memory_view(pointer.base, pointer.start, pointer.strides, window)
