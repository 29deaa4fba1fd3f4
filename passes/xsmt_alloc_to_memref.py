"""xsmt-alloc-to-memref: buffers of the kernel's own become memref.alloc, one for a whole program.

A buffer has no contents before its first store, so that an allocation in a loop or branch may be
made once, before it.  Only the iterations of an ``smt.parallel`` loop have one each, since they
may run at once.  A matrix that is loaded in one tile, and more often than it is stored, is stored in
that tile.  Casts stand for the pointers; ``triton-to-memref`` reads loads, stores and views back
to them.  An allocation in tiles of the first smt API is a tensor value, not memory.  The number of
one of several buffers or barriers is asserted to be in range where that is not sure.

Before::

    scf.for %i = ... {
      %p = xsmt.alloc [[64, 32]] storage("l2") : <tensor<64x32xf32>>
      %t = xsmt.alloc [[64, 32]], [[8, 16]] : tensor<8x2x8x16xf32>

After::

    %m = memref.alloc() {storage = "l2"} : memref<64x32xf32>
    scf.for %i = ... {
      %p = builtin.unrealized_conversion_cast %m : memref<64x32xf32> to !tt.ptr<tensor<64x32xf32>>
      %t = tensor.empty() : tensor<8x2x8x16xf32>
"""

from __future__ import annotations

from collections.abc import Sequence

from smtir.dialects import xsmt
from smtir.dialects.types import is_block_pointer, pointee
from smtir.mlir import builtin, ir, memref
from smtir.rewrite import builders
from smtir.rewrite.addresses import memory_type
from smtir.rewrite.block_pointers import buffer_element, copies_in
from smtir.rewrite.buffer_layout import loaded_tile
from smtir.rewrite.index_checks import assert_below
from smtir.rewrite.lowering import LoweringRules
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import element_of, element_type, operations_below, shape_of

rules = LoweringRules("xsmt-alloc-to-memref")
PARALLEL = "bind_sub_block"


@define_pass
def run(module: ir.Module) -> None:
    for view in operations_below(module.operation, ("xsmt.buffer_tensor_view", "xsmt.mbarrier_subview")):
        with ir.InsertionPoint(view), view.location:
            assert_below(view.operands[1], copies_in(view.operands[0].type), "copies")
    rules.apply(module.operation)


@rules.lower("xsmt.alloc")
def lower_alloc(op: xsmt.AllocOp) -> ir.Value:
    if not is_block_pointer(op.result.type):
        return builders.empty(shape_of(op.result), element_of(op.result))
    tile = loaded_tile([op.result], op.shape)
    return _allocated(op, element_type(pointee(op.result.type)), _stored(op.shape, tile))


@rules.lower("xsmt.alloc_copies")
def lower_alloc_copies(op: xsmt.AllocCopiesOp) -> ir.Value:
    copies, *shape = op.shape
    views = [use.owner.operation for use in op.result.uses]
    of_one = all(view.name == "xsmt.buffer_tensor_view" for view in views)
    tile = loaded_tile([view.results[0] for view in views], shape) if of_one else []
    return _allocated(op, buffer_element(op.result.type), [copies, *_stored(shape, tile)])


def _stored(shape: Sequence[int], tile: Sequence[int]) -> list[int]:
    """The sizes of memory for ``shape`` in ``tile``, or as it is where there is none."""
    return [*(size // by for size, by in zip(shape, tile, strict=True)), *tile] if tile else list(shape)


def _allocated(op: xsmt.AllocOp | xsmt.AllocCopiesOp, element: ir.Type, shape: Sequence[int]) -> ir.Value:
    type_ = ir.MemRefType.get(list(shape), memory_type(element))
    with ir.InsertionPoint(_outermost(op.operation)):
        buffer = memref.alloc(type_, [], [])
    if op.storage is not None:
        buffer.owner.attributes["storage"] = ir.StringAttr.get(op.storage)
    made: ir.Value = builtin.UnrealizedConversionCastOp([op.result.type], [buffer]).results[0]
    return made


def _outermost(op: ir.Operation) -> ir.Operation:
    """The loop or branch around ``op`` before which it can be made once for all iterations."""
    while (parent := op.parent) is not None:
        outer = parent.operation
        if not outer.name.startswith("scf.") or PARALLEL in outer.attributes:
            break
        op = outer
    return op
