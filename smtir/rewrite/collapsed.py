"""Adjacent loop dimensions of a structured operation, merged where all buffers allow it.

Two dimensions are one loop if in each buffer that they index, one follows the other without a
gap.  A block of 64x64 is a line of 4096 then, and the 2x2x2x...x2 blocks of a bitonic sort have at
most four loops a step.  Sorting 256 elements so has an eighth of the code, and vectors of more than
two lanes.
"""

from __future__ import annotations

from math import prod

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, value_of
from smtir.rewrite.structured import Operand, Structured
from smtir.rewrite.view import View


def merge_dimensions(emitter: Emitter, op: Structured) -> None:
    """Merge what can be merged of ``op``; the buffers are seen through ``memref.collapse_shape``."""
    if any(inner.name == "linalg.index" for inner in op.payload.operations):
        return
    groups = [[0]] if op.rank else []
    for dim in range(1, op.rank):
        if _one_loop(op, dim - 1, dim):
            groups[-1].append(dim)
        else:
            groups.append([dim])
    if len(groups) == op.rank:
        return
    merged = {dim: number for number, group in enumerate(groups) for dim in group}
    for operand in op.operands:
        _collapse(emitter, operand, merged)
    op.rank = len(groups)
    op.parallel = sorted({merged[dim] for dim in op.parallel})
    op.reduction = sorted({merged[dim] for dim in op.reduction})
    op.sizes = [_size(op, group) for group in groups]


def _size(op: Structured, group: list[int]) -> int | ir.Value:
    if len(group) == 1:
        return op.sizes[group[0]]
    return prod(size for dim in group if isinstance(size := op.sizes[dim], int))


def _one_loop(op: Structured, outer: int, inner: int) -> bool:
    """Whether the loops ``outer`` and ``inner`` step through every buffer as one would."""
    if (outer in op.parallel) != (inner in op.parallel):
        return False
    size = op.sizes[inner]
    if not isinstance(size, int) or not isinstance(op.sizes[outer], int):
        return False
    for operand in op.operands:
        at, after = operand.position(outer), operand.position(inner)
        if at is None and after is None:
            continue
        if at is None or after != at + 1 or operand.view is None:
            return False
        strides, dynamic = operand.view.static_strides, ir.ShapedType.get_dynamic_stride_or_offset()
        if strides[after] == dynamic or strides[at] != strides[after] * size:
            return False
    return True


def _collapse(emitter: Emitter, operand: Operand, merged: dict[int, int]) -> None:
    """Let ``operand`` have one dimension for each merged loop that indexes it."""
    if operand.view is None:
        return
    dims: list[int | None] = []
    joined: list[list[int]] = []
    for position, dim in enumerate(operand.dims):
        now = None if dim is None else merged[dim]
        if now is not None and dims and dims[-1] == now:
            joined[-1].append(position)
        else:
            dims.append(now)
            joined.append([position])
    if len(joined) < len(operand.dims):
        operand.view = View(emitter, _collapsed(operand.view, joined))
    operand.dims = dims


def _collapsed(view: View, joined: list[list[int]]) -> ir.Value:
    type_ = view.type
    shape = [prod(type_.shape[position] for position in group) for group in joined]
    layout = None
    if not isinstance(type_.layout, ir.AffineMapAttr):
        strides, offset = type_.get_strides_and_offset()
        layout = ir.StridedLayoutAttr.get(offset, [strides[group[-1]] for group in joined])
    i64 = ir.IntegerType.get_signless(64)
    reassociation = ir.ArrayAttr.get(
        [ir.ArrayAttr.get([ir.IntegerAttr.get(i64, position) for position in group]) for group in joined]
    )
    return value_of(
        "memref.collapse_shape",
        [view.buffer],
        ir.MemRefType.get(shape, view.element, layout, type_.memory_space),
        {"reassociation": reassociation},
    )
