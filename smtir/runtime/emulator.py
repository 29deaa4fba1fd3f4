"""Kernels for k1: a static riscv64 program, run by qemu-riscv64 with 256-bit vectors.

Arguments are copied into a file that the program maps; the results are read back from it.  The
program needs no C library, so linking takes as long as starting the linker.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import re
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from smtir.errors import LaunchError, LoweringError
from smtir.runtime.arguments import Grid
from smtir.runtime.barriers import runs_at_once
from smtir.runtime.entry import entry_object
from smtir.runtime.executable import DEFAULT_TIME_LIMIT, WORKER_STACK_BYTES, Executable, KernelImage
from smtir.runtime.mapping import ArgumentFile
from smtir.runtime.messages import PipeMessages, first_of, speaks
from smtir.targets import Target, elf, zig
from smtir.targets.emulation import emulatable
from smtir.targets.tools import (
    cache_directory,
    find_qemu,
    find_zig,
    qemu_version,
    runs_riscv64_natively,
    write_atomically,
)

PROGRAMS_PER_PROCESS = 8
"""Fewer programs than this are not worth a second emulator, whose start takes 10 ms."""

ASSERTION_EXIT_CODE = 121
"""Of a program that an assertion ended; it has written a record."""

_ATOMIC = re.compile(r"\b(atomicrmw|cmpxchg)\b|\bload atomic\b|\bstore atomic\b")
_LIBRARIES = ("builtins", "barriers")
_log = logging.getLogger(__name__)


class EmulatedExecutable(Executable):
    """A kernel linked into a riscv64 program of its own; a crash in it is a ``LaunchError``."""

    def __init__(self, image: KernelImage, *, time_limit: float = DEFAULT_TIME_LIMIT) -> None:
        super().__init__(image)
        self.time_limit = time_limit
        find_zig()  # both tools are asked for first, before any work is done
        emulator_command()
        code = image.object_code or image.target.emit_object(image.llvm_ir)
        if not runs_riscv64_natively():
            code = emulatable(image.target, code, image.llvm_ir)
        types = tuple(
            "ptr" if declared.startswith("*") else element.llvm
            for declared, element in zip(image.signature.values(), self.signature.elements, strict=True)
        )
        self.program = link(image, code, entry_object(image.target, image.name, types))
        # A file that is only memory leaves nothing behind, however the process ends.
        self._handle = os.memfd_create(f"smtir-{image.name}")
        weakref.finalize(self, os.close, self._handle)
        with open(self._handle, "wb", closefd=False) as file:
            file.write(self.program)
        self._speaks = speaks(code)
        # One emulator keeps atomics atomic among its own threads only.
        self._one_call = runs_at_once(code)
        self._one_process = self._one_call or not image.llvm_ir or _ATOMIC.search(image.llvm_ir) is not None

    def _run(self, args: Sequence[Any], slots: list[int], grid: Grid, workers: int) -> None:
        total = grid[0] * grid[1] * grid[2]
        workers = 1 if self._one_process else min(workers, -(-total // PROGRAMS_PER_PROCESS))
        with self.arguments(args, slots, grid, workers) as file:
            bounds = [total * n // workers for n in range(workers + 1)]
            deadline = time.monotonic() + self.time_limit
            processes: list[subprocess.Popen[bytes]] = []
            listeners: list[PipeMessages] = []
            try:
                for worker in range(workers):
                    pipe = os.pipe() if self._speaks else None
                    out = pipe[1] if pipe else None
                    processes.append(self.start(file, worker, bounds[worker], bounds[worker + 1], out=out))
                    if pipe:
                        os.close(pipe[1])
                        listeners.append(PipeMessages(pipe[0]))
                for worker, process in enumerate(processes):
                    try:
                        _, errors = process.communicate(timeout=max(0.0, deadline - time.monotonic()))
                    except subprocess.TimeoutExpired:
                        raise self.timed_out(file, grid, worker) from None
                    if process.returncode != ASSERTION_EXIT_CODE:
                        self.check_exit(process.returncode, errors, file, grid, worker)
            finally:
                for process in processes:
                    if process.poll() is None:
                        process.kill()
                        process.communicate()
                failures = [failure for listener in listeners for failure in listener.wait()]
        if failures:
            raise first_of(failures, grid).error(self.name)

    def start(
        self,
        file: ArgumentFile,
        worker: int,
        first: int,
        last: int,
        flags: Sequence[str] = (),
        keep: Sequence[int] = (),
        out: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start an emulator that runs the programs ``first <= id < last``.

        ``flags`` are for the emulator; ``keep``: file descriptors that it inherits; ``out``: the one that it
        writes records of messages to (see ``smtir.runtime.messages``), none by default.
        """
        paths = [f"/proc/self/fd/{handle}" for handle in (self._handle, file.handle)]
        step = last - first if self._one_call else 1
        return subprocess.Popen(
            [*emulator_command(*flags), *paths, *map(str, (worker, first, last, step))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if out is None else out,
            stderr=subprocess.PIPE,
            pass_fds=(self._handle, file.handle, *keep),
        )

    @contextmanager
    def arguments(
        self, args: Sequence[Any], slots: list[int], grid: Grid, workers: int
    ) -> Iterator[ArgumentFile]:
        """The arguments as a file; afterwards what the kernel wrote is copied back."""
        arrays = {position: args[position] for position in self.signature.pointers()}
        with ArgumentFile([*slots, *grid], arrays, workers) as file:
            yield file
            file.copy_back()

    def timed_out(self, file: ArgumentFile, grid: Grid, worker: int) -> LaunchError:
        """The error of a run that was stopped."""
        return LaunchError(
            f"kernel {self.name} did not finish on k1 in {self.time_limit:g} seconds; it was in program"
            f" {_place(file.progress(worker), grid)}",
            hint="an emulator is 10 to 100 times slower than a board: take a smaller grid or a longer limit",
        )

    def check_exit(self, code: int, errors: bytes, file: ArgumentFile, grid: Grid, worker: int) -> None:
        """Raise ``LaunchError`` unless the program ended well."""
        if code == 0:
            return
        if code < 0:
            died = f"{signal.Signals(-code).name} ({signal.strsignal(-code)})"
            raise LaunchError(
                f"kernel {self.name} crashed on k1 in program {_place(file.progress(worker), grid)}: {died}",
                hint=_CRASH_HINTS.get(-code, ""),
            )
        lines = errors.decode(errors="replace").strip().splitlines()
        raise LaunchError(
            f"kernel {self.name} could not be run on k1: {lines[-1] if lines else f'exit code {code}'}"
        )


_CRASH_HINTS: dict[int, str] = {
    signal.SIGSEGV: "it read or wrote outside its arrays: a load or store without boundary_check on a block"
    " that sticks out does this, and so do wrong sizes or strides in the arguments",
    signal.SIGILL: "an assertion of the kernel failed, or it has instructions that the emulator lacks",
    signal.SIGBUS: "the machine is out of memory for the arguments",
}


def _place(number: int, grid: Grid) -> tuple[int, int, int]:
    row, x = divmod(number, grid[0])
    return (x, row % grid[1], row // grid[1])


def emulator_command(*flags: str) -> list[str]:
    """The emulator set up as a K1 core; empty on a riscv64 machine.  Raises ``MissingToolError``."""
    if runs_riscv64_natively():
        return []
    program = find_qemu()
    return [program, "-cpu", _cpu(program), "-s", str(WORKER_STACK_BYTES), *flags]


def _cpu(program: str) -> str:
    extensions = [
        "v=true",
        "vlen=256",
        "elen=64",
        "vext_spec=v1.0",
        "zba=true",
        "zbb=true",
        "zbc=true",
        "zbs=true",
    ]
    # qemu 7.2 has no Zvfh of its own: Zfh brings f16 vectors along.  Later ones write it small.
    extensions += ["zfh=true", "zvfh=true"] if qemu_version(program) >= (8, 0) else ["Zfh=true"]
    return ",".join(["rv64", *extensions])


def link(image: KernelImage, code: bytes, entry: bytes) -> bytes:
    """The executable file of a kernel linked with the harness.

    Raises ``LoweringError`` when the kernel calls a function that does not exist.
    """
    objects = {**_support(image.target), "kernel.o": code, "entry.o": entry}
    missing = elf.undefined(code).difference(*map(elf.defined, objects.values()))
    command = ["ld.lld", "-m", "elf64lriscv", "-static"]
    if missing:
        _log.warning(
            "kernel %s calls %s: linking with musl, which zig builds on first use (a minute or two)",
            image.name,
            ", ".join(sorted(missing)),
        )
        command = ["cc", *zig.target_flags(image.target), "-static", "-fno-sanitize=all"]
    with tempfile.TemporaryDirectory(prefix="smtir-") as directory:
        for name, data in objects.items():
            (Path(directory) / name).write_bytes(data)
        try:
            zig.run([*command, "-o", "program", *objects], directory)
        except LoweringError as error:
            if not missing:
                raise
            raise LoweringError(
                f"kernel {image.name} calls {', '.join(sorted(missing))}, which cannot be linked for k1",
                hint=error.message,
            ) from None
        return (Path(directory) / "program").read_bytes()


@functools.cache
def _support(target: Target) -> dict[str, bytes]:
    """Object files that every program is linked with; compiled once and kept between runs."""
    harness = files("smtir.runtime").joinpath("k1_harness.c").read_bytes()
    sources = {name: files("smtir.targets").joinpath(f"{name}.ll").read_text() for name in _LIBRARIES}
    tool = find_zig()
    made_by = os.stat(tool)
    key = [tool, made_by.st_size, made_by.st_mtime_ns, target.cpu, target.features, target.abi]
    digest = hashlib.sha256(repr([key, sources]).encode() + harness).hexdigest()[:16]
    objects = {"harness.o": _kept(f"harness-{digest}.o", lambda: zig.compile_c(target, harness))}
    for name, text in sources.items():
        make = functools.partial(target.emit_object, text)
        objects[f"{name}.o"] = _kept(f"{name}-{digest}.o", make)
    return objects


def _kept(name: str, make: Callable[[], bytes]) -> bytes:
    """The file ``name`` in the cache directory, made when it is not there."""
    path = cache_directory() / name
    try:
        return path.read_bytes()
    except FileNotFoundError:
        write_atomically(path, data := make())
        return data
