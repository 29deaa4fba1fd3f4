"""Running compiled kernels: on this machine in process, on k1 under an emulator.

::

    kernel = KernelImage("add", {"x": "*fp32", "n": "i32"}, get_target("host"), llvm_ir)
    add = load(kernel)
    add(x, 100, grid=(4,))

``llvm_ir`` defines ``void add(ptr, i32, i32 gx, gy, gz, px, py, pz)`` and ``add__grid`` as the
pass ``add-grid-entry`` makes it.
"""

from __future__ import annotations

from smtir.runtime.compare import Comparison, compare
from smtir.runtime.executable import Executable, KernelImage, load
from smtir.runtime.instructions import InstructionCount, count_instructions

__all__ = [
    "Comparison",
    "Executable",
    "InstructionCount",
    "KernelImage",
    "compare",
    "count_instructions",
    "load",
]
