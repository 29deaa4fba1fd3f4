"""Removes ``xsmt`` operations whose result nobody uses.

Triton's passes saw calls in their place and kept them.
"""

from __future__ import annotations

from smtir.mlir import ir

VALUE_OPERATIONS = frozenset(
    {"xsmt.pack", "xsmt.unpack", "xsmt.repack", "xsmt.mmt4d", "xsmt.insert", "xsmt.descriptor_load"}
    | {"tle.extract_tile", "tle.insert_tile"}
)
"""Operations that only compute a value (or read memory)."""


def erase_unused(module: ir.Module) -> None:
    """Erase the value operations without uses, and then those that only fed them."""
    candidates: list[ir.Operation] = []

    def collect(op: ir.Operation) -> ir.WalkResult:
        if op.name in VALUE_OPERATIONS:
            candidates.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(collect, ir.WalkOrder.PRE_ORDER)
    # Uses follow definitions, so that one pass backwards meets every user first.
    for op in reversed(candidates):
        if not any(True for _ in op.results[0].uses):
            op.erase()
