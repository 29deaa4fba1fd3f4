"""The threads that run programs of a grid in this process.

They are native ones: waking a thread of Python takes 50 to 100 us, and those that have just worked look for
the next grid without going to sleep.  See ``smtir/targets/pool.ll``.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import itertools
import os
from collections.abc import Callable
from importlib.resources import files

import llvmlite.binding as llvm

from smtir.runtime.executable import WORKER_STACK_BYTES
from smtir.targets import Target
from smtir.targets.codegen import jit

SMALLEST_PIECES = 256
"""The last pieces of a grid are no smaller than it divided by this and the workers."""
MOST_WORKERS = 256

_RELAX = {
    "x86_64": """
declare void @llvm.x86.sse2.pause()
define internal void @relax() {
  call void @llvm.x86.sse2.pause()
  ret void
}""",
    "aarch64": """
declare void @llvm.aarch64.hint(i32)
define internal void @relax() {
  call void @llvm.aarch64.hint(i32 1)
  ret void
}""",
}
"""What a processor does that looks at a number again and again, by architecture."""
_NO_RELAX = "define internal void @relax() { ret void }"

_numbers = itertools.count()
Run = Callable[[int, bytes, int, int], int]


@functools.cache
def _symbols(target: Target) -> dict[str, int]:
    """Addresses of the pool's functions, made at the first call; they stay until the process ends."""
    relax = _RELAX.get(target.triple.partition("-")[0], _NO_RELAX)
    code = target.emit_object(files("smtir.targets").joinpath("pool.ll").read_text() + relax)
    names = ("smtir_pool_run", "smtir_pool_stop", "smtir_pool_forget")
    builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
    for name in names:
        builder.export_symbol(name)
    library = builder.link(jit(target), f"smtir_pool.{next(_numbers)}")
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))  # workers may be in its code to the last
    return {name: library[name] for name in names}


@functools.cache
def pool(target: Target) -> Run:
    """``run(entry, slots, total, workers)``: all programs of a grid, so many at a time.

    ``entry`` is the address of a function ``void (slots, first, last)``.  Gives the number of workers
    that took part besides the caller.
    """
    symbols = _symbols(target)
    declared = (
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int64,
        ctypes.c_int32,
        ctypes.c_int64,
        ctypes.c_int64,
    )
    run = ctypes.CFUNCTYPE(ctypes.c_int32, *declared)(symbols["smtir_pool_run"])
    stop, forget = (ctypes.CFUNCTYPE(None)(symbols[f"smtir_pool_{name}"]) for name in ("stop", "forget"))
    atexit.register(stop)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)

    def run_grid(entry: int, slots: bytes, total: int, workers: int) -> int:
        workers = min(workers, MOST_WORKERS)
        least = max(1, total // (workers * SMALLEST_PIECES))
        helpers: int = run(entry, slots, total, workers, least, WORKER_STACK_BYTES)
        return helpers

    return run_grid
