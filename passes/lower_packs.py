"""Turn ``linalg.pack`` and ``linalg.unpack``, which upstream cannot bufferize, into buffer code.

The result becomes a buffer of its own, filled where the operation stood; one that is only stored
fills the memory that it is stored to.  The filling is a
``smtir.pack`` / ``smtir.unpack`` on buffers, which bufferization leaves alone and
``vectorize-linalg`` turns into loops: by then the layout of the source is known.

Before::

    %p = linalg.pack %t padding_value(%z : f32) outer_dims_perm = [1, 0] inner_dims_pos = [1, 0]
        inner_tiles = [16, 8] into %e : tensor<?x?xf32> -> tensor<4x8x16x8xf32>

After::

    %a = memref.alloc() : memref<4x8x16x8xf32>
    %s = bufferization.to_buffer %t read_only : tensor<?x?xf32> to memref<?x?xf32, strided<[?, ?], offset: ?>>
    "smtir.pack"(%s, %a, %z) {inner_dims_pos = [1, 0], outer_dims_perm = [1, 0], static_inner_tiles = [16, 8]}
    %p = bufferization.to_tensor %a restrict writable : memref<4x8x16x8xf32> to tensor<4x8x16x8xf32>
"""

from __future__ import annotations

from smtir.errors import LoweringError
from smtir.mlir import ir, source_location
from smtir.rewrite.emitter import create, value_of
from smtir.rewrite.lowering import replace_op
from smtir.rewrite.pack_loops import TileLayout
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import defining_operation, operations_below

STORE = "bufferization.materialize_in_destination"


@define_pass
def run(module: ir.Module) -> None:
    """Lower every pack and unpack; raises ``LoweringError`` for a packed side of unknown size."""
    for op in operations_below(module.operation, ("linalg.pack", "linalg.unpack")):
        with ir.InsertionPoint(op), op.location:
            _lower(op)


def _lower(op: ir.Operation) -> None:
    result = ir.RankedTensorType(op.results[0].type)
    packs = op.name == "linalg.pack"
    if not result.has_static_shape or (not packs and not ir.ShapedType(op.operands[0].type).has_static_shape):
        raise LoweringError(
            f"{op.name} of {op.operands[0].type} into {result}: expected a static shape on the packed side"
            + ("" if packs else " and in the result"),
            location=source_location(op.location),
            op=op.name,
            hint="the block and tile sizes must be constexpr",
        )
    flat_rank = (ir.RankedTensorType(op.operands[0].type) if packs else result).rank
    layout = TileLayout.of(op, flat_rank)
    if any(tile <= 0 for tile in layout.tiles):
        raise LoweringError(
            f"{op.name} with tiles {list(layout.tiles)}: expected static positive sizes",
            location=source_location(op.location),
            op=op.name,
            hint="the tile sizes must be constexpr",
        )
    store = _store_of(op)
    if store is not None:
        with ir.InsertionPoint(store):
            _fill(op, store.operands[1], layout)
        store.erase()
        op.erase()
        return
    buffer_type = ir.MemRefType.get(result.shape, result.element_type)
    buffer = ir.Operation.create(
        "memref.alloc",
        results=[buffer_type],
        attributes={"operandSegmentSizes": ir.DenseI32ArrayAttr.get([0, 0])},
    ).results[0]
    _fill(op, buffer, layout)
    unit = ir.UnitAttr.get()
    replace_op(
        op, [value_of("bufferization.to_tensor", [buffer], result, {"restrict": unit, "writable": unit})]
    )


def _fill(op: ir.Operation, buffer: ir.Value, layout: TileLayout) -> None:
    packs = op.name == "linalg.pack"
    operands = [read_buffer(op.operands[0]), buffer]
    if packs and len(op.operands) > 2:
        operands.append(op.operands[2])
    create("smtir.pack" if packs else "smtir.unpack", operands, attributes=layout.attributes())


def _store_of(op: ir.Operation) -> ir.Operation | None:
    """The store of all that ``op`` makes, if nothing else uses it."""
    uses = list(op.results[0].uses)
    if len(uses) != 1 or uses[0].owner.operation.name != STORE or uses[0].operand_number != 0:
        return None
    store = uses[0].owner.operation
    return store if store.block == op.block and isinstance(store.operands[1].type, ir.MemRefType) else None


def read_buffer(tensor: ir.Value) -> ir.Value:
    """A buffer with the contents of ``tensor``, for reading: the one it was loaded from if any."""
    load = defining_operation(tensor, "bufferization.to_tensor")
    if load is not None and isinstance(load.operands[0].type, ir.MemRefType):
        return load.operands[0]
    type_ = ir.RankedTensorType(tensor.type)
    dynamic = ir.ShapedType.get_dynamic_stride_or_offset()
    layout = ir.StridedLayoutAttr.get(dynamic, [dynamic] * type_.rank)
    buffer = ir.MemRefType.get(type_.shape, type_.element_type, layout)
    return value_of("bufferization.to_buffer", [tensor], buffer, {"read_only": ir.UnitAttr.get()})
