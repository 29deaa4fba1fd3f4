"""Machines that kernels are compiled for, and code generation for them.

``get_target("k1").emit_assembly(llvm_ir)`` is all that the compiler needs; it runs in process.
"""

from __future__ import annotations

from smtir.targets.micro_tiles import KNOWN_TILES, KnownTile, MicroTile, known_tiles
from smtir.targets.target import Target, get_target, host_target, target_names

__all__ = [
    "KNOWN_TILES",
    "KnownTile",
    "MicroTile",
    "Target",
    "get_target",
    "host_target",
    "known_tiles",
    "target_names",
]
