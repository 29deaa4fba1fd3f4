"""What the ways to run a kernel have in common."""

from __future__ import annotations

import functools
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smtir.environment import variable
from smtir.errors import UsageError
from smtir.runtime.arguments import Grid, Signature, check_grid
from smtir.runtime.writes import Writes
from smtir.targets import Target

THREADS_VARIABLE = "SMTIR_NUM_THREADS"
WORKER_STACK_BYTES = 64 << 20
"""Stack of a worker thread and of the emulated program; pages that are not touched cost nothing."""
SAFE_STACK_BYTES = 4 << 20
"""What a kernel may use in any case: one program of a grid of one runs on the caller's own
stack, commonly 8 MiB, Python's frames included."""
DEFAULT_TIME_LIMIT = 300.0


@dataclass(frozen=True)
class KernelImage:
    """A compiled kernel, ready to be loaded.

    Attributes:
        name: of the function ``void name(arguments, i32 gx, gy, gz, px, py, pz)``.
        signature: Triton type (``"*fp32"``, ``"i32"``) of each argument by name, in order.
        target: what the code is for.
        llvm_ir: LLVM IR that defines ``name`` and ``name__grid``; may be empty where there is
            object code, and then the kernel counts as writing everywhere, with atomics.
        object_code: the same as object code of ``target``; made from ``llvm_ir`` when None.
    """

    name: str
    signature: Mapping[str, str]
    target: Target
    llvm_ir: str
    object_code: bytes | None = None


class Executable(ABC):
    """A loaded kernel.  ``executable(*arguments, grid=(gx, gy, gz))`` runs it.

    Arguments are NumPy arrays or CPU tensors for pointers, in which the kernel reads and writes
    in place, and numbers; strides do not matter, the kernel gets the address of the first element.
    """

    def __init__(self, image: KernelImage) -> None:
        self.name = image.name
        self.target = image.target
        self.may_write = Writes(image.llvm_ir, image.name)
        self.signature = Signature(image.name, image.signature, self.may_write)

    def __call__(self, *args: Any, grid: Any, threads: int | None = None) -> None:
        self.run(args, grid, threads)

    def run(self, args: Sequence[Any], grid: Any, threads: int | None = None) -> None:
        """Run each program of ``grid`` (1 to 3 sizes, x first) once; a size of 0 runs none.

        ``threads``: how many programs may run at a time, by default ``SMTIR_NUM_THREADS`` or
        the number of processors.  Raises ``LaunchError`` on wrong arguments, and where compiled
        code can be watched from outside also when it crashes.
        """
        self.run_encoded(args, self.signature.encode(args), check_grid(self.name, grid), threads)

    def run_encoded(
        self, args: Sequence[Any], slots: list[int], sizes: Grid, threads: int | None = None
    ) -> None:
        """``run`` for a caller that has checked ``args`` and turned them into ``slots`` itself."""
        if sizes[0] and sizes[1] and sizes[2]:
            workers = default_threads() if threads is None else check_threads(threads)
            self._run(args, slots, sizes, min(workers, sizes[0] * sizes[1] * sizes[2]))

    @abstractmethod
    def _run(self, args: Sequence[Any], slots: list[int], grid: Grid, workers: int) -> None:
        """Run all programs of a grid that has at least one."""


def load(image: KernelImage, *, time_limit: float = DEFAULT_TIME_LIMIT) -> Executable:
    """Make ``image`` callable: in this process for the host, under an emulator for k1.

    ``time_limit``: seconds after which a run on k1 is stopped; code in this process cannot be.
    Raises ``MissingToolError`` when k1 needs a tool that is absent.
    """
    if image.target.is_host:
        from smtir.runtime.host import HostExecutable

        return HostExecutable(image)
    from smtir.runtime.emulator import EmulatedExecutable

    return EmulatedExecutable(image, time_limit=time_limit)


def check_threads(threads: Any) -> int:
    """``threads`` as a count of at least one, or a ``UsageError``."""
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        raise UsageError(f"threads is a count of at least 1, got {threads!r}")
    return threads


def default_threads() -> int:
    """``SMTIR_NUM_THREADS``, else the processors that this process may use."""
    text = variable(THREADS_VARIABLE)
    if text:
        if not text.isdecimal() or int(text) < 1:
            raise UsageError(f"{THREADS_VARIABLE} is a count of at least 1, got {text!r}")
        return int(text)
    return _processors()


@functools.cache
def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
