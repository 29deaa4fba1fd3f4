"""External programs and the directory for what is worth keeping between runs."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from smtir.errors import MissingToolError

QEMU_VARIABLE = "SMTIR_QEMU"
ZIG_VARIABLE = "SMTIR_ZIG"
CACHE_VARIABLE = "SMTIR_CACHE_DIR"
SPINE_TRITON_OPT = "spine-triton-opt"
SPINE_TRITON_OPT_VARIABLE = "SPINE_TRITON_OPT_PATH"


def find_qemu() -> str:
    """Path of the RISC-V user-mode emulator: ``SMTIR_QEMU``, or ``qemu-riscv64`` on ``PATH``."""
    return _named_by(QEMU_VARIABLE) or _on_path(
        "qemu-riscv64",
        "qemu-riscv64-static",
        purpose="running code for k1 needs the emulator qemu-riscv64, which is not installed",
        hint=f"apt-get install qemu-user (or set {QEMU_VARIABLE} to the program); --target host needs none",
    )


def find_zig() -> str:
    """Path of zig: ``SMTIR_ZIG``, the ``ziglang`` package, or ``zig`` on ``PATH``."""
    named = _named_by(ZIG_VARIABLE)
    if named:
        return named
    package = importlib.util.find_spec("ziglang")
    if package is not None and package.origin is not None:
        program = Path(package.origin).parent / ("zig.exe" if os.name == "nt" else "zig")
        if program.exists():
            return str(program)
    return _on_path(
        "zig",
        purpose="linking for k1 needs zig, which is not installed",
        hint=f"pip install 'smtir[riscv]' (or set {ZIG_VARIABLE} to the program)",
    )


def find_spine_triton_opt() -> str:
    """Path of spine-triton's lowering to linalg: ``SPINE_TRITON_OPT_PATH``, or on ``PATH``."""
    return _named_by(SPINE_TRITON_OPT_VARIABLE) or _on_path(
        SPINE_TRITON_OPT,
        purpose=f"comparing with spine-triton needs {SPINE_TRITON_OPT}, which is not installed",
        hint=f"build spine-triton, and set {SPINE_TRITON_OPT_VARIABLE} to the program",
    )


def runs_riscv64_natively() -> bool:
    """Whether this machine is itself riscv64 Linux, so that no emulator is needed."""
    return platform.machine() == "riscv64" and not os.environ.get(QEMU_VARIABLE)


@functools.cache
def qemu_version(program: str) -> tuple[int, int]:
    """Major and minor version of the emulator ``program``; (0, 0) when it does not say."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        answer = ""
    found = re.search(r"version (\d+)\.(\d+)", answer)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def cache_directory() -> Path:
    """Directory for files that may be made again; it exists and can be written.

    ``SMTIR_CACHE_DIR``, else ``smtir`` in the platform's cache directory.  Where that cannot be
    written: a temporary directory for the life of the process.
    """
    preferred = _preferred_cache()
    try:
        preferred.mkdir(parents=True, exist_ok=True)
    except OSError:
        return _temporary_cache()
    return preferred if os.access(preferred, os.W_OK | os.X_OK) else _temporary_cache()


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that other processes see it whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _preferred_cache() -> Path:
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    if base and os.path.isabs(base):
        return Path(base) / "smtir"
    home = Path(os.path.expanduser("~"))
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "smtir"


@functools.cache
def _temporary_cache() -> Path:
    directory = tempfile.mkdtemp(prefix="smtir-cache-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return Path(directory)


def _named_by(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        return ""
    found = shutil.which(value)
    if found is None:
        raise MissingToolError(
            f"{variable} is {value!r}, which is not a program",
            hint=f"set {variable} to a program, or unset it",
        )
    return found


def _on_path(*names: str, purpose: str, hint: str) -> str:
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    raise MissingToolError(purpose, hint=hint)
