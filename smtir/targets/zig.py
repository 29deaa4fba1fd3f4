"""zig as C compiler, assembler and linker for riscv64; only what llvmlite cannot do goes here."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smtir.errors import LoweringError
from smtir.targets.tools import find_zig

if TYPE_CHECKING:
    from smtir.targets.target import Target

_TRIPLE = "riscv64-linux-musl"


def target_flags(target: Target) -> list[str]:
    """Flags of ``zig cc`` that mean ``target``; zig writes processor names with underscores."""
    cpu = target.cpu.replace("-", "_") + target.features.replace(",", "")
    return ["-target", _TRIPLE, f"-mcpu={cpu}"]


def compile_llvm_ir(target: Target, llvm_ir: str, kind: str) -> bytes:
    """Assembly (``-S``) or object code (``-c``) of LLVM IR that holds inline assembly."""
    return _compile(target, "module.ll", llvm_ir.encode(), [kind, "-O2", "-Wno-override-module"])


def compile_c(target: Target, source: bytes) -> bytes:
    """Object code of a freestanding C file."""
    flags = ["-c", "-O2", "-g0", "-std=c11", "-Wall", "-Werror", "-ffreestanding", "-fno-builtin"]
    # No sanitizer and no unwind tables: nothing here has a runtime to report to.
    flags += ["-fno-sanitize=all", "-fno-stack-protector", "-fno-asynchronous-unwind-tables"]
    return _compile(target, "module.c", source, flags)


def assemble(target: Target, assembly: str) -> bytes:
    """Object code of assembly text."""
    return _compile(target, "module.s", assembly.encode(), ["-c"])


def _compile(target: Target, name: str, source: bytes, flags: Sequence[str]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="smtir-") as directory:
        (Path(directory) / name).write_bytes(source)
        run(["cc", *target_flags(target), *flags, name, "-o", "out"], directory)
        return (Path(directory) / "out").read_bytes()


def run(arguments: Sequence[str], directory: str) -> None:
    """Run zig in ``directory``.  Raises ``LoweringError`` with its first diagnostics when it fails."""
    done = subprocess.run(
        [find_zig(), *arguments],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
        raise LoweringError(f"zig {arguments[0]} failed: " + "; ".join(lines[:3] or ["no message"]))
