"""The memory through which a kernel's arguments go to the emulator and its results come back."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from smtir.runtime.arguments import Memory, surroundings_of

MAGIC = 0x31314B5249544D53
"""Of the format that k1_harness.c describes; both change together."""
_HEADER_WORDS = 5
_PAGE = 1 << 16
"""The largest page of any Linux machine; guards are whole pages."""
_ALIGNMENT = 64
_REACH = 1 << 26
"""How far around a tensor its storage is copied: that may be a file of many gigabytes."""


class _Span(NamedTuple):
    """Memory of this process that one or several arrays cover, and its place in the file."""

    start: int
    size: int
    offset: int
    writable: bool


class ArgumentFile:
    """The arguments of one launch, in a file that is only memory and goes with its last user.

    Arrays that overlap stay overlapping, and a tensor has its storage around it: a kernel may reach
    that with strides of its own.  Each ends next to an inaccessible page, up to alignment, so
    that running over the end is a crash and not a wrong number.
    """

    def __init__(self, slots: Sequence[int], arrays: Mapping[int, Any], workers: int) -> None:
        """``slots``: values of all arguments; ``arrays``: those that are pointers, by position."""
        memories = {position: surroundings_of(array, _REACH) for position, array in arrays.items()}
        header_size = 8 * (_HEADER_WORDS + 2 * (len(slots) + len(memories) + 1) + workers)
        self._spans, guards, size = _lay_out(list(memories.values()), _round_up(header_size, _PAGE))
        pairs = [(0, slot) for slot in slots]
        for position, memory in memories.items():
            pairs[position] = (1, self._offset_of(memory.address))
        words = [MAGIC, size, len(slots), len(guards), workers]
        words += [word for pair in (*pairs, *guards) for word in pair]
        self._progress = 8 * len(words)

        self.handle = os.memfd_create("smtir-arguments")
        try:
            os.truncate(self.handle, size)
            self._map = mmap.mmap(self.handle, size)
        except BaseException:
            os.close(self.handle)
            raise
        struct.pack_into(f"<{len(words)}Q", self._map, 0, *words)
        with _Address(self._map) as base:
            for span in self._spans:
                ctypes.memmove(base + span.offset, span.start, span.size)
        self._before = {
            span: np.frombuffer(ctypes.string_at(span.start, span.size), np.uint8)
            for span in self._spans
            if span.writable
        }

    def copy_back(self) -> None:
        """Copy the bytes that the kernel changed into the arrays; read-only ones stay untouched.

        Another thread may work on the storage around a tensor meanwhile.
        """
        with _Address(self._map) as base:
            for span, before in self._before.items():
                after = _bytes_at(base + span.offset, span.size)
                np.copyto(_bytes_at(span.start, span.size), after, where=after != before)

    def progress(self, worker: int) -> int:
        """Number of the program that ``worker`` ran last."""
        number: int = struct.unpack_from("<Q", self._map, self._progress + 8 * worker)[0]
        return number

    def __enter__(self) -> ArgumentFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._map.close()
        os.close(self.handle)

    def _offset_of(self, address: int) -> int:
        for span in self._spans:
            if span.start <= address < span.start + max(span.size, 1):
                return span.offset + address - span.start
        raise AssertionError("every array is in a span")


def _bytes_at(address: int, count: int) -> np.ndarray:
    return np.ctypeslib.as_array((ctypes.c_uint8 * count).from_address(address))


class _Address:
    """The address of a memory map, which must not be closed while it is known."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._view: ctypes.c_char | None = ctypes.c_char.from_buffer(memory)

    def __enter__(self) -> int:
        assert self._view is not None
        return ctypes.addressof(self._view)

    def __exit__(self, *_: object) -> None:
        self._view = None


def _lay_out(memories: list[Memory], start: int) -> tuple[list[_Span], list[tuple[int, int]], int]:
    """Spans with their places in the file, the guards around them, and the size of the file."""
    merged: list[tuple[int, int, bool]] = []
    for memory in sorted(memories, key=lambda memory: (memory.start, -memory.size)):
        end = memory.start + memory.size
        if merged and memory.start < merged[-1][1]:
            first, last, writable = merged[-1]
            merged[-1] = (first, max(last, end), writable or memory.writable)
        else:
            merged.append((memory.start, end, memory.writable))
    guards, spans, position = [(start, _PAGE)], [], start + _PAGE
    for first, end, writable in merged:
        size = end - first
        position += _round_up(max(size, 1), _PAGE)
        spans.append(_Span(first, size, position - _round_up(size, _ALIGNMENT), writable))
        guards.append((position, _PAGE))
        position += _PAGE
    return spans, guards, position


def _round_up(size: int, unit: int) -> int:
    return -(-size // unit) * unit
