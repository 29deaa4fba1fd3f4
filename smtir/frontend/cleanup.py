"""Removes operations without effect: ``xsmt`` ones whose result nobody uses, and barriers.

Triton's passes saw calls in the place of the first and kept them.  The second
(``tl.debug_barrier``) are for the threads of a GPU's block; here one thread runs a program.
"""

from __future__ import annotations

from smtir.mlir import ir

VALUE_OPERATIONS = frozenset(
    {"xsmt.pack", "xsmt.unpack", "xsmt.repack", "xsmt.mmt4d", "xsmt.insert", "xsmt.descriptor_load"}
    | {"tle.extract_tile", "tle.insert_tile"}
)
"""Operations that only compute a value (or read memory)."""
BARRIER = "gpu.barrier"


def erase_unused(module: ir.Module) -> None:
    """Erase the barriers, the value operations without uses, and then those that only fed them."""
    candidates: list[ir.Operation] = []

    def collect(op: ir.Operation) -> ir.WalkResult:
        if op.name in VALUE_OPERATIONS or op.name == BARRIER:
            candidates.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(collect, ir.WalkOrder.PRE_ORDER)
    # Uses follow definitions, so that one pass backwards meets every user first.
    for op in reversed(candidates):
        if op.name == BARRIER or not any(True for _ in op.results[0].uses):
            op.erase()
