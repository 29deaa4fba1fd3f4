"""Versions of installed packages, without importing them."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

UNKNOWN = "unknown"
_PACKAGES = {
    "smtir": "smtir",
    "triton": "triton",
    "mlir": "xtc-mlir-python-bindings",
    "llvm": "llvmlite",
}


def installed_version(distribution: str) -> str:
    """Version of an installed distribution, or ``UNKNOWN``."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return UNKNOWN


def versions() -> dict[str, str]:
    """Versions of Python and of what a compilation depends on."""
    found = {name: installed_version(distribution) for name, distribution in _PACKAGES.items()}
    return {"python": platform.python_version(), **found}
