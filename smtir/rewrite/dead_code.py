"""Dead code elimination that knows tt and xsmt operations; upstream's leaves them alone."""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.values import is_used

_EFFECTS = frozenset(
    {
        "tt.store",
        "tt.atomic_rmw",
        "tt.atomic_cas",
        "tt.call",
        "tt.print",
        "tt.assert",
        "tt.descriptor_store",
        "tt.descriptor_reduce",
        "tt.descriptor_scatter",
        "tt.reduce.return",
        "tt.scan.return",
        "tt.elementwise_inline_asm",
        "tt.extern_elementwise",
        "tle.to_buffer",
    }
)
_PURE_VECTOR = frozenset({"vector.broadcast"})
_PURE_DIALECTS = ("tt.", "arith.", "math.", "tensor.", "xsmt.", "tle.")
_PURE_XSMT = frozenset(
    f"xsmt.{name}"
    for name in (
        "pack",
        "unpack",
        "repack",
        "subview",
        "subview_pack",
        "view",
        "viewptr",
        "bind",
        "descriptor_load",
        "descriptor_load_view",
        "mmt4d",
        "insert",
        "get_num_of_thread",
        "buffer_tensor_view",
    )
)


def erase_dead(root: ir.Operation) -> None:
    """Erase operations below ``root`` whose results nobody uses and that have no side effect.

    Loads count as free of effects, as in Triton.
    """
    found: list[ir.Operation] = []

    def collect(op: ir.Operation) -> ir.WalkResult:
        if not _is_pure(op.operation.name):
            return ir.WalkResult.ADVANCE
        found.append(op.operation)
        return ir.WalkResult.SKIP

    root.walk(collect, ir.WalkOrder.PRE_ORDER)
    for op in reversed(found):
        if not any(is_used(result) for result in op.results):
            op.erase()


def _is_pure(name: str) -> bool:
    if name.startswith("xsmt."):
        return name in _PURE_XSMT
    return name in _PURE_VECTOR or (name.startswith(_PURE_DIALECTS) and name not in _EFFECTS)
