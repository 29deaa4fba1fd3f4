"""Kernels compiled for this machine, run in this process."""

from __future__ import annotations

import ctypes
import functools
import itertools
import math
import os
import struct
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Any

import llvmlite.binding as llvm

from smtir.errors import LoweringError
from smtir.runtime.arguments import Grid
from smtir.runtime.barriers import runs_at_once, waits_for_barriers
from smtir.runtime.entry import ENTRY, entry_object
from smtir.runtime.executable import WORKER_STACK_BYTES, Executable, KernelImage
from smtir.runtime.messages import HostMessages, first_of, speaks
from smtir.targets import Target
from smtir.targets.codegen import target_machine
from smtir.targets.elf import is_elf, undefined

SMALLEST_PIECES = 256
"""The last pieces of a grid are no smaller than it divided by this and the workers: a call costs 1 us."""
WORTH_THREADS_SECONDS = 2e-4
"""A grid that took less on one thread last time stays on it: waking threads takes 0.1 ms."""

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
        self.call = _ENTRY_TYPE(self._library[ENTRY])
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
        start = time.perf_counter()
        if workers == 1 or self._one_call or total * self._program_seconds < WORTH_THREADS_SECONDS:
            self.call(packed, 0, total)
            self._program_seconds = (time.perf_counter() - start) / total
        else:
            self._run_on_threads(packed, total, workers)
            # Threads' start-up included; the next small grid then measures it without.
            self._program_seconds = (time.perf_counter() - start) / total
        if self._messages is not None and (failures := self._messages.failures()):
            raise first_of(failures, struct.unpack("<3Q", packed[-24:])).error(self.name)

    def _run_on_threads(self, packed: bytes, total: int, workers: int) -> None:
        bounds = pieces(total, workers)
        numbers = itertools.count()  # next() is atomic under the interpreter lock

        def work() -> None:
            while (number := next(numbers)) < len(bounds) - 1:
                self.call(packed, bounds[number], bounds[number + 1])

        helpers = [_pool().submit(work) for _ in range(workers - 1)]
        work()
        for helper in helpers:
            # One that no thread has begun yet has nothing left to do.
            if not helper.cancel():
                helper.result()


@functools.lru_cache(256)
def pieces(total: int, workers: int) -> tuple[int, ...]:
    """Where the pieces of a grid begin that workers take in order, and its end: 0, ..., ``total``.

    Each is a share of what is left, so that the last ones, which even out when the workers end,
    are small (guided self-scheduling: Polychronopoulos and Kuck, 1987).
    """
    smallest = max(1, total // (workers * SMALLEST_PIECES))
    bounds = [0]
    while bounds[-1] < total:
        left = total - bounds[-1]
        bounds.append(bounds[-1] + min(left, max(smallest, left // (2 * workers))))
    return tuple(bounds)


def _link(image: KernelImage, code: bytes, entry: bytes, messages: HostMessages | None) -> Any:
    builder = llvm.JITLibraryBuilder().add_object_img(code).add_object_img(entry)
    builder.add_object_img(_support(image.target, "builtins.ll")).add_current_process().export_symbol(ENTRY)
    if waits_for_barriers(code):
        builder.add_object_img(_support(image.target, "barriers.ll"))
    for name, address in messages.symbols().items() if messages else ():
        builder.import_symbol(name, address)
    try:
        return builder.link(_jit(image.target), f"{image.name}.{next(_library_numbers)}")
    except RuntimeError as error:
        missing = sorted(name for name in undefined(code) if not llvm.address_of_symbol(name)) if is_elf(
            code
        ) else []  # fmt: skip
        names = ", ".join(missing) or str(error)
        raise LoweringError(f"kernel {image.name} cannot be linked into this process: {names}") from None


@functools.cache
def _jit(target: Target) -> Any:
    return llvm.create_lljit_compiler(target_machine(target), use_jit_link=True, suppress_errors=True)


@functools.cache
def _support(target: Target, file: str) -> bytes:
    return target.emit_object(files("smtir.targets").joinpath(file).read_text())


_pool_lock = threading.Lock()
_the_pool: ThreadPoolExecutor | None = None


def _pool() -> ThreadPoolExecutor:
    """The threads that run programs; more are started as they are asked for."""
    global _the_pool
    with _pool_lock:
        if _the_pool is None:
            _the_pool = _BigStackPool(max_workers=256, thread_name_prefix="smtir")
        return _the_pool


class _BigStackPool(ThreadPoolExecutor):
    """Threads with room for kernels' scratch memory, which lives on the stack."""

    def _adjust_thread_count(self) -> None:
        previous = threading.stack_size(WORKER_STACK_BYTES)
        try:
            super()._adjust_thread_count()
        finally:
            threading.stack_size(previous)


def _forget_pool() -> None:
    """After a fork the threads are in the parent only."""
    global _the_pool, _pool_lock
    _the_pool, _pool_lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)
