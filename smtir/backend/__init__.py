"""The Triton plug-in: runs unmodified Triton scripts through smtir's compiler, on this machine or on k1.

Triton finds it through the entry point ``smtir`` of the group ``triton.backends`` and imports
``smtir.backend.compiler`` and ``smtir.backend.driver`` during ``import triton``.  So these two
import nothing heavy: the compiler, NumPy and LLVM come in when the first kernel is compiled.
"""

from __future__ import annotations

PACKAGE = "smtir.backend"
ENTRY_POINT_GROUP = "triton.backends"
NAME = "smtir"
"""Name of the entry point."""
BACKEND = "cpu"
"""Triton's name of the kind of target."""
HOST = "host"
TARGET_VARIABLE = "SMTIR_TARGET"
TRACE_VARIABLE = "SMTIR_TRACE"
"""Directory to write a record of every compiled kernel to."""
