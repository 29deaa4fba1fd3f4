"""Which optional external tools this machine has; shared by lit and pytest.

A test that needs an absent tool is skipped with the reason given here.  Under ``CI=true`` it
fails instead, so that a machine without the tools cannot pass by skipping.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil


def _have_zig() -> bool:
    return importlib.util.find_spec("ziglang") is not None


def _have_qemu() -> bool:
    return shutil.which("qemu-riscv64") is not None


def _have_llvm_mca() -> bool:
    return shutil.which("llvm-mca-22") is not None


_TOOLS = {
    "qemu": (_have_qemu, "qemu-riscv64 is not installed (apt-get install qemu-user)"),
    "zig": (_have_zig, "ziglang is not installed (pip install ziglang)"),
    "llvm_mca": (_have_llvm_mca, "llvm-mca 22 is not installed (apt-get install llvm-22)"),
}


@functools.cache
def missing_tools() -> dict[str, str]:
    """Reason by tool name, for each optional tool that is absent."""
    return {name: reason for name, (have, reason) in _TOOLS.items() if not have()}


def tool_names() -> list[str]:
    """Every optional tool: lit features (with ``-`` for ``_``) and pytest markers."""
    return list(_TOOLS)


def in_ci() -> bool:
    """Whether skipping for want of a tool counts as a failure."""
    return os.environ.get("CI", "").lower() in {"1", "true"}
