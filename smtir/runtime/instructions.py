"""Executed instructions of a kernel, counted under the emulator: the same number in every run."""

from __future__ import annotations

import bisect
import os
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from smtir.errors import MissingToolError, UsageError
from smtir.runtime.arguments import Grid, check_grid
from smtir.runtime.emulator import EmulatedExecutable, emulator_command
from smtir.runtime.entry import HARNESS_PREFIX
from smtir.runtime.executable import Executable
from smtir.runtime.mapping import ArgumentFile
from smtir.targets import elf
from smtir.targets.tools import qemu_version

_TRACE = re.compile(rb"^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/", re.MULTILINE)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class InstructionCount:
    """Instructions that a launch executed in the kernel and in what it calls.

    Attributes:
        total: all of them; what starts the program and loops over the grid's programs is not in it.
        by_function: the same by function name.
        by_address: the same by address in the linked program.
    """

    total: int
    by_function: Mapping[str, int]
    by_address: Mapping[int, int]


def count_instructions(executable: Executable, args: Sequence[Any], grid: Any) -> InstructionCount:
    """Run a grid of a kernel loaded for k1, one instruction at a time, and count.

    The results are written as by ``run``; raises as that.  Takes about 2 us an instruction.
    """
    if not isinstance(executable, EmulatedExecutable):
        raise UsageError(
            f"instructions are counted under the emulator, {executable.name} is loaded for the host",
            hint="load it for k1",
        )
    slots = executable.signature.encode(args)
    sizes = check_grid(executable.name, grid)
    total = sizes[0] * sizes[1] * sizes[2]
    if not total:
        return InstructionCount(0, {}, {})
    functions = _kernel_functions(executable.program)
    with executable.arguments(args, slots, sizes, 1) as file:
        by_address = _count(executable, file, sizes, functions, total)
        if any(symbol.name == "__libc_start_main" for symbol in functions):
            by_address -= _count(executable, file, sizes, functions, 0)  # the start-up of the C library
    return InstructionCount(sum(by_address.values()), _by_function(by_address, functions), by_address)


def _count(
    executable: EmulatedExecutable, file: ArgumentFile, grid: Grid, functions: Sequence[elf.Symbol], last: int
) -> Counter[int]:
    """Executions by address in ``functions`` when the programs below ``last`` run."""
    reader, writer = os.pipe()
    flags = _counting_flags(functions, f"/dev/fd/{writer}")
    expired = threading.Event()
    with open(reader, "rb") as log:
        try:
            process = executable.start(file, 0, 0, last, flags, keep=(writer,))
        finally:
            os.close(writer)

        def stop() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(executable.time_limit, stop)
        timer.start()
        try:
            by_address = _read_log(log)
            _, errors = process.communicate()
        finally:
            timer.cancel()
            process.kill()
            process.wait()
    if expired.is_set():
        raise executable.timed_out(file, grid, 0)
    executable.check_exit(process.returncode, errors, file, grid, 0)
    return by_address


def _counting_flags(functions: Sequence[elf.Symbol], log: str) -> list[str]:
    command = emulator_command()
    if not command:
        raise MissingToolError(
            "counting instructions needs the emulator qemu-riscv64, also on a riscv64 machine",
            hint="apt-get install qemu-user, and set SMTIR_QEMU=qemu-riscv64",
        )
    single = "-one-insn-per-tb" if qemu_version(command[0]) >= (8, 1) else "-singlestep"
    ranges = ",".join(f"{symbol.address:#x}+{symbol.size:#x}" for symbol in functions)
    return [single, "-d", "exec,nochain", "-D", log, "-dfilter", ranges]


def _kernel_functions(program: bytes) -> list[elf.Symbol]:
    """The functions that are not the harness's, by rising address."""
    ours = ("_start", HARNESS_PREFIX)
    found = {
        symbol.address: symbol
        for symbol in elf.symbols(program)
        if symbol.is_function and symbol.size and symbol.defined and not symbol.name.startswith(ours)
    }
    return [found[address] for address in sorted(found)]


def _read_log(log: BinaryIO) -> Counter[int]:
    """Executions by address, read as they are written: a long run logs gigabytes."""
    raw: Counter[bytes] = Counter()
    rest = b""
    while chunk := log.read(_CHUNK):
        text, newline, rest = (rest + chunk).rpartition(b"\n")
        raw.update(_TRACE.findall(text + newline))
    return Counter({int(address, 16): count for address, count in raw.items()})


def _by_function(by_address: Mapping[int, int], functions: Sequence[elf.Symbol]) -> dict[str, int]:
    starts = [symbol.address for symbol in functions]
    counts: Counter[str] = Counter()
    for address, count in by_address.items():
        counts[functions[bisect.bisect_right(starts, address) - 1].name] += count
    return dict(counts.most_common())
