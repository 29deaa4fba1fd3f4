"""Machines that kernels are compiled for, and code generation for them.

``get_target("k1").emit_assembly(llvm_ir)`` is all that the compiler needs; it runs in process.
"""

from __future__ import annotations

from smtir.targets.target import MicroTile, Target, get_target, host_target, target_names

__all__ = ["MicroTile", "Target", "get_target", "host_target", "target_names"]
