"""Compute lane-wise results right where they are stored, and only the part that is.

Before::

    %p = tensor.insert_slice %x into %padding[0] [%n] [1] : tensor<?xf32> into tensor<256xf32>
    %r = linalg.generic ... ins(%p : tensor<256xf32>) outs(%e : tensor<256xf32>) { ... }
    %s = tensor.extract_slice %r[0] [%n] [1] : tensor<256xf32> to tensor<?xf32>
    bufferization.materialize_in_destination %s in restrict writable %memory

After::

    %o = bufferization.to_tensor %memory restrict writable : memref<?xf32, ...> to tensor<?xf32>
    %r = linalg.generic ... ins(%x : tensor<?xf32>) outs(%o : tensor<?xf32>) { ... }
    bufferization.materialize_in_destination %r in restrict writable %memory

No block is computed in scratch memory and copied, and no padding is made that nothing reads.  An
element is then written before the next ones are read: right, because a load that such a store may
overtake has been copied by the passes before the linalg stage, unless both have the same
addresses; so memory is read directly only where it is read in the order of the store.
"""

from __future__ import annotations

from collections.abc import Sequence

from smtir.mlir import ir
from smtir.rewrite.destinations import is_lane_wise
from smtir.rewrite.emitter import create, value_of
from smtir.rewrite.passes import define_pass
from smtir.rewrite.structured import indexing_maps
from smtir.rewrite.values import attributes_of, defining_operation, is_used, operations_below

TENSOR_CODE = ("tensor.", "linalg.", "bufferization.to_tensor")
STORE = "bufferization.materialize_in_destination"


@define_pass
def run(module: ir.Module) -> None:
    """Rewrite every store of a lane-wise result that nothing else uses."""
    for store in operations_below(module.operation, (STORE,)):
        _rewrite(store)


def _rewrite(store: ir.Operation) -> None:
    value, memory = store.operands
    cut = defining_operation(value, "tensor.extract_slice")
    result = value if cut is None else cut.operands[0]
    op = defining_operation(result, "linalg.generic")
    if (
        op is None
        or not is_lane_wise(op)
        or op.block != store.block
        or not isinstance(memory.type, ir.MemRefType)
    ):
        return
    if len(list(result.uses)) != 1 or len(list(value.uses)) != 1:
        return
    if cut is not None and not _at_start(cut):
        return
    if is_used(op.regions[0].blocks[0].arguments[len(op.operands) - 1]):
        return
    if not all(
        _may_be_read(operand, map_) for operand, map_ in zip(op.operands, indexing_maps(op), strict=True)
    ):
        return
    with ir.InsertionPoint(store), op.location:
        inputs = [
            _part(operand, map_, cut)
            for operand, map_ in zip(list(op.operands)[:-1], indexing_maps(op), strict=False)
        ]
        unit = ir.UnitAttr.get()
        flags: dict[str, ir.Attribute] = {"restrict": unit, "writable": unit}
        output = value_of("bufferization.to_tensor", [memory], value.type, flags)
        made = ir.Operation.create(
            "linalg.generic",
            results=[value.type],
            operands=[*inputs, output],
            attributes=attributes_of(op),
            regions=1,
        )
        op.regions[0].blocks[0].append_to(made.regions[0])
        store.operands[0] = made.results[0]
    if cut is not None:
        cut.erase()
    # Without its region the old operation may not stay.
    _erase(op)


def _erase(op: ir.Operation) -> None:
    """Erase ``op`` and the tensors that only it was computed from."""
    pending = [op]
    for found in pending:  # grows while it is walked
        for operand in found.operands:
            source = defining_operation(operand)
            if source is not None and source.name.startswith(TENSOR_CODE) and source not in pending:
                pending.append(source)
    while unused := [found for found in pending if not any(is_used(result) for result in found.results)]:
        pending = [found for found in pending if found not in unused]
        for found in unused:
            found.erase()


def _at_start(cut: ir.Operation) -> bool:
    """Whether a slice starts at 0 and has steps of 1 in all dimensions, and keeps its rank."""
    offsets = list(ir.DenseI64ArrayAttr(cut.attributes["static_offsets"]))
    strides = list(ir.DenseI64ArrayAttr(cut.attributes["static_strides"]))
    same_rank = ir.RankedTensorType(cut.results[0].type).rank == len(offsets) if len(cut.results) else True
    return not any(offsets) and all(stride == 1 for stride in strides) and same_rank


def _may_be_read(operand: ir.Value, map_: ir.AffineMap) -> bool:
    """Whether ``operand`` may be read while the result is being stored."""
    if not isinstance(operand.type, ir.RankedTensorType):
        return True
    if map_ == ir.AffineMap.get_identity(map_.n_dims):
        return True
    if any(not isinstance(expression, ir.AffineDimExpr) for expression in map_.results):
        return False
    source = operand
    while (op := defining_operation(source)) is not None and op.name in (
        "tensor.insert_slice",
        "tensor.extract_slice",
        "tensor.expand_shape",
        "tensor.collapse_shape",
        "tensor.cast",
    ):
        source = op.operands[0]
    return defining_operation(source, "bufferization.to_tensor") is None


def _part(operand: ir.Value, map_: ir.AffineMap, cut: ir.Operation | None) -> ir.Value:
    """What the stored part of the result is computed from."""
    if cut is None or not isinstance(operand.type, ir.RankedTensorType):
        return operand
    dims = [ir.AffineDimExpr(expression).position for expression in map_.results]
    sizes = _sizes(cut, 1)
    wanted = [sizes[dim] for dim in dims]
    padded = defining_operation(operand, "tensor.insert_slice")
    if padded is not None and _at_start(padded) and _sizes(padded, 2) == wanted:
        source = ir.RankedTensorType(padded.operands[0].type)
        if source.rank == len(wanted):
            return padded.operands[0]
    return _slice(operand, wanted)


def _sizes(op: ir.Operation, first: int) -> list[int | ir.Value]:
    """The sizes of a slice operation whose offsets start at operand ``first``."""
    segments = list(ir.DenseI32ArrayAttr(op.attributes["operandSegmentSizes"]))
    start = first + segments[-3]
    dynamic = iter(list(op.operands)[start : start + segments[-2]])
    unknown = ir.ShapedType.get_dynamic_size()
    static = list(ir.DenseI64ArrayAttr(op.attributes["static_sizes"]))
    return [next(dynamic) if size == unknown else size for size in static]


def _slice(tensor: ir.Value, sizes: Sequence[int | ir.Value]) -> ir.Value:
    type_ = ir.RankedTensorType(tensor.type)
    if all(isinstance(size, int) for size in sizes) and list(sizes) == list(type_.shape):
        return tensor
    unknown = ir.ShapedType.get_dynamic_size()
    static = [size if isinstance(size, int) else unknown for size in sizes]
    dynamic = [size for size in sizes if not isinstance(size, int)]
    made = create(
        "tensor.extract_slice",
        [tensor, *dynamic],
        [ir.RankedTensorType.get(static, type_.element_type)],
        {
            "static_offsets": ir.DenseI64ArrayAttr.get([0] * type_.rank),
            "static_sizes": ir.DenseI64ArrayAttr.get(static),
            "static_strides": ir.DenseI64ArrayAttr.get([1] * type_.rank),
            "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 0, len(dynamic), 0]),
        },
    )
    return made.results[0]
