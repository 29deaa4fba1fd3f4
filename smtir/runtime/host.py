"""Kernels compiled for this machine, run in this process."""

from __future__ import annotations

import ctypes
import functools
import itertools
import math
import struct
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import llvmlite.binding as llvm

from smtir.errors import LoweringError
from smtir.runtime.arguments import Grid
from smtir.runtime.barriers import runs_at_once, waits_for_barriers
from smtir.runtime.entry import ENTRY, entry_object
from smtir.runtime.executable import Executable, KernelImage
from smtir.runtime.messages import HostMessages, first_of, speaks
from smtir.runtime.pool import pool
from smtir.targets import Target
from smtir.targets.codegen import jit
from smtir.targets.elf import is_elf, undefined

WORTH_THREADS_SECONDS = 3e-5
"""A grid that took less on one thread last time stays on it."""

_ENTRY_TYPE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
_library_numbers = itertools.count()


class HostExecutable(Executable):
    """A kernel linked into this process.  A crash in it ends the process."""

    def __init__(self, image: KernelImage) -> None:
        super().__init__(image)
        code = image.object_code or image.target.emit_object(image.llvm_ir)
        types = tuple(
            "ptr" if declared.startswith("*") else element.llvm
            for declared, element in zip(image.signature.values(), self.signature.elements, strict=True)
        )
        self._messages = HostMessages() if speaks(code) else None
        self._library = _link(image, code, entry_object(image.target, image.name, types), self._messages)
        self._entry: int = self._library[ENTRY]
        self.call = _ENTRY_TYPE(self._entry)
        self._one_call = runs_at_once(code)
        self._pack: Callable[..., bytes] = struct.Struct(f"<{len(types) + 3}Q").pack
        self._program_seconds = math.inf

    def _run(self, args: Sequence[Any], slots: list[int], grid: Grid, workers: int) -> None:
        self.launch(self.pack(slots, grid), grid[0] * grid[1] * grid[2], workers)

    def pack(self, slots: Sequence[int], grid: Grid) -> bytes:
        """Arguments and grid as :meth:`launch` takes them."""
        return self._pack(*slots, *grid)

    def launch(self, packed: bytes, total: int, workers: int) -> None:
        """Run ``total`` programs, of arguments and grid in the slots ``packed``, ``workers`` at a time."""
        start, helpers = time.perf_counter(), 0
        if workers == 1 or self._one_call or total * self._program_seconds < WORTH_THREADS_SECONDS:
            self.call(packed, 0, total)
        else:
            helpers = pool(self.target)(self._entry, packed, total, workers)
        self._program_seconds = (time.perf_counter() - start) * (1 + helpers) / total
        if self._messages is not None and (failures := self._messages.failures()):
            raise first_of(failures, struct.unpack("<3Q", packed[-24:])).error(self.name)


def _link(image: KernelImage, code: bytes, entry: bytes, messages: HostMessages | None) -> Any:
    builder = llvm.JITLibraryBuilder().add_object_img(code).add_object_img(entry)
    builder.add_object_img(_support(image.target, "builtins.ll")).add_current_process().export_symbol(ENTRY)
    if waits_for_barriers(code):
        builder.add_object_img(_support(image.target, "barriers.ll"))
    for name, address in messages.symbols().items() if messages else ():
        builder.import_symbol(name, address)
    try:
        return builder.link(jit(image.target), f"{image.name}.{next(_library_numbers)}")
    except RuntimeError as error:
        missing = sorted(name for name in undefined(code) if not llvm.address_of_symbol(name)) if is_elf(
            code
        ) else []  # fmt: skip
        names = ", ".join(missing) or str(error)
        raise LoweringError(f"kernel {image.name} cannot be linked into this process: {names}") from None


@functools.cache
def _support(target: Target, file: str) -> bytes:
    return target.emit_object(files("smtir.targets").joinpath(file).read_text())
