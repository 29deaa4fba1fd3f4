"""smtir: lower Triton kernels with spine-triton's smt primitives to RISC-V, and look at every step."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from smtir.errors import (
    FrontendError,
    LaunchError,
    LoweringError,
    MissingToolError,
    Note,
    ParseError,
    SmtirError,
    SourceLocation,
    UsageError,
    VerifyError,
)
from smtir.smt_import import install as _install_smt_language

if TYPE_CHECKING:
    from smtir.api import Compilation, compile, parse, run_pipeline  # noqa: A004  (the public name)

__all__ = [
    "Compilation",
    "FrontendError",
    "LaunchError",
    "LoweringError",
    "MissingToolError",
    "Note",
    "ParseError",
    "SmtirError",
    "SourceLocation",
    "UsageError",
    "VerifyError",
    "compile",
    "parse",
    "run_pipeline",
]

_install_smt_language()

_FROM_API = ("Compilation", "compile", "parse", "run_pipeline")


def __getattr__(name: str) -> Any:
    """The compiler, imported on first use: with the MLIR bindings it takes 0.2 s."""
    if name not in _FROM_API:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("smtir.api"), name)
