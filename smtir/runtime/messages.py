"""What a running kernel says: lines to print, and failed assertions (see ``smtir.rewrite.messages``).

On the host the kernel calls into this module; on k1 the harness writes records to a pipe, which is read here,
so that both print the same.
"""

from __future__ import annotations

import ctypes
import functools
import io
import itertools
import json
import math
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from smtir.errors import LaunchError, SourceLocation
from smtir.rewrite.messages import FAIL, PRINT
from smtir.runtime.arguments import Grid
from smtir.runtime.barriers import Stuck, waits_for_barriers

Place = tuple[int, int, int]

RECORD = struct.Struct("<IIiiiI")
"""Of a message on k1's pipe: 1 for a print and 2 for a failure, bytes of the description, place x, y, z, and
bytes of data; the description and the data follow."""
PRINTED, FAILED = 1, 2
_STUCK = struct.Struct("<4q")

_lock = threading.Lock()


@dataclass(frozen=True)
class Failure:
    """An assertion that was false in the program at ``place``; or, with ``data``, a wait that cannot end."""

    place: Place
    description: bytes
    data: bytes = b""

    def error(self, kernel: str) -> LaunchError:
        """The error that says so."""
        told = json.loads(self.description)
        if self.data:
            return Stuck(*_STUCK.unpack(self.data)).error(kernel, self.place, told)
        text = f": {told['message']}" if told["message"] else ""
        location = SourceLocation(told["file"], told["line"], told["column"]) if told["file"] else None
        return LaunchError(
            f"kernel {kernel}: an assertion failed in program {self.place}{text}",
            location=location,
            op="tl.device_assert",
        )


def first_of(failures: list[Failure], grid: Grid) -> Failure:
    """The failure of the program that the grid has first; assertions before waits, which may be for them."""

    def order(one: Failure) -> tuple[bool, int]:
        x, y, z = one.place
        return bool(one.data), x + grid[0] * (y + grid[1] * z)

    return min(failures, key=order)


def show(description: bytes, data: bytes, place: Place) -> None:
    """Print what a program says, lines of several programs never mixed."""
    text = "".join(f"{line}\n" for line in lines_of(description, data, place))
    with _lock:
        sys.stdout.write(text)
        sys.stdout.flush()


def lines_of(description: bytes, data: bytes, place: Place) -> Iterator[str]:
    """A line for each element, as Triton prints them on GPUs.

    ``pid (x, y, z) idx (i, j) prefix: value``, indices as wide as the largest, and ``(operand n)`` in front
    of the value if several are printed at once.
    """
    told = _parsed(description)
    head = f"pid ({place[0]}, {place[1]}, {place[2]})"
    if "shape" not in told:
        yield f"{head}{told['prefix']}"
        return
    operand = "" if told["operand"] is None else f"(operand {told['operand']}) "
    write = _writer(told["kind"], told["bits"], told["hex"])
    widths = [math.ceil(math.log10(size)) if size else 0 for size in told["shape"]]
    values = np.frombuffer(data, f"<{told['kind']}{told['bits'] // 8}").tolist()
    for position, value in zip(itertools.product(*map(range, told["shape"])), values, strict=True):
        index = ", ".join(f"{n:{width}}" for n, width in zip(position, widths, strict=True))
        yield f"{head} idx ({index}){told['prefix']}{operand}{write(value)}"


@functools.lru_cache(maxsize=64)
def _parsed(description: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(description)
    return told


def _writer(kind: str, bits: int, as_hex: bool) -> Callable[[Any], str]:
    if as_hex:
        digits = bits // 4
        return lambda value: f"0x{value:0{digits}x}"
    return (lambda value: f"{value:f}") if kind == "f" else str


class HostMessages:
    """The two functions that a kernel in this process calls; failures are kept by thread."""

    def __init__(self) -> None:
        self._failures: dict[tuple[int, bool], Failure] = {}
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 4, *[ctypes.c_int32] * 3)
        self._functions = {PRINT: kind(self._print), FAIL: kind(self._fail)}

    def symbols(self) -> dict[str, int]:
        """Their addresses by name."""
        return {
            name: ctypes.cast(function, ctypes.c_void_p).value or 0
            for name, function in self._functions.items()
        }

    def failures(self) -> list[Failure]:
        """The failures since the last call."""
        with _lock:
            found, self._failures = self._failures, {}
            return list(found.values())

    def _print(self, text: int, length: int, data: int, size: int, x: int, y: int, z: int) -> None:
        show(ctypes.string_at(text, length), ctypes.string_at(data, size) if size else b"", (x, y, z))

    def _fail(self, text: int, length: int, data: int, size: int, x: int, y: int, z: int) -> None:
        made = Failure(
            (x, y, z), ctypes.string_at(text, length), ctypes.string_at(data, size) if size else b""
        )
        with _lock:
            # A thread runs programs in the order of the grid: its first failure is all that can matter.
            self._failures.setdefault((threading.get_ident(), bool(size)), made)


class PipeMessages:
    """Reads the records of a program on k1 from ``pipe`` in a thread, until the program closes it."""

    def __init__(self, pipe: int) -> None:
        self.failures: list[Failure] = []
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def wait(self) -> list[Failure]:
        """The failures, once the program has ended."""
        self._thread.join()
        return self.failures

    def _read(self, pipe: int) -> None:
        with open(pipe, "rb") as file:
            read_records(file, self.failures)


def read_records(file: BinaryIO | io.BytesIO, failures: list[Failure]) -> None:
    """Print what the records say, and append the failures; an incomplete record at the end is dropped."""
    while len(head := file.read(RECORD.size)) == RECORD.size:
        kind, length, x, y, z, size = RECORD.unpack(head)
        description, data = file.read(length), file.read(size)
        if len(description) < length or len(data) < size:
            return
        if kind == FAILED:
            failures.append(Failure((x, y, z), description, data))
        else:
            show(description, data, (x, y, z))


def speaks(code: bytes) -> bool:
    """Whether object code prints, has assertions, or waits for barriers."""
    return PRINT.encode() in code or FAIL.encode() in code or waits_for_barriers(code)
