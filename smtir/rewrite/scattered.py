"""Loads and stores whose addresses or masks have no structure: one element at a time."""

from __future__ import annotations

from collections.abc import Callable

from smtir.dialects import tt
from smtir.mlir import arith, ir, memref, scf, tensor
from smtir.rewrite import builders, index
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.pointers import Base, resolve_base, same_memory
from smtir.rewrite.values import defining_op, element_of, shape_of

ADDRESSABLE = 1 << 62
"""Elements in the flat view of a buffer whose size is not known."""


def load_scattered(pointers: ir.Value, mask: ir.Value | None, other: ir.Value | None, copy: bool) -> ir.Value:
    """Read ``pointers`` (any shape) where ``mask`` is true, ``other`` (or 0) elsewhere."""
    base, offsets = split_pointers(pointers)
    memory = flat_view(base)
    element = element_of(memory)
    shape = list(shape_of(pointers))

    def read(address: ir.Value, valid: ir.Value | None, padding: ir.Value | None) -> ir.Value:
        address = arith.index_cast(builders.index_type(), address)
        if valid is None:
            return memref.load(memory, [address])
        guarded = scf.IfOp(valid, [element], has_else=True)
        with ir.InsertionPoint(guarded.then_block):
            scf.YieldOp([memref.load(memory, [address])])
        with ir.InsertionPoint(guarded.else_block):
            scf.YieldOp([builders.constant(element, 0) if padding is None else padding])
        return guarded.results[0]

    if copy:
        buffer = memref.alloc(ir.MemRefType.get(shape, element), [], [])

        def read_at(position: list[ir.Value]) -> None:
            valid, padding = (None if one is None else tensor.extract(one, position) for one in (mask, other))
            memref.store(read(tensor.extract(offsets, position), valid, padding), buffer, position)

        loop_nest(shape, [], read_at)
        return builders.to_tensor(buffer, writable=True)
    inputs = [offsets, *([mask] if mask is not None else []), *([other] if other is not None else [])]
    identity = ir.AffineMap.get_identity(len(shape))

    def body(*scalars: ir.Value) -> ir.Value:
        valid = None if mask is None else scalars[1]
        return read(scalars[0], valid, None if other is None else scalars[-2])

    maps = [identity] * (len(inputs) + 1)
    return builders.generic(inputs, [builders.empty(shape, element)], maps, body)


def store_scattered(pointers: ir.Value, value: ir.Value, mask: ir.Value | None) -> None:
    """Write ``value`` to ``pointers`` where ``mask`` is true, the last element last."""
    base, offsets = split_pointers(pointers)
    memory = flat_view(base)

    def body(position: list[ir.Value]) -> None:
        address = arith.index_cast(builders.index_type(), tensor.extract(offsets, position))
        if mask is None:
            memref.store(tensor.extract(value, position), memory, [address])
            return
        guarded = scf.IfOp(tensor.extract(mask, position))
        with ir.InsertionPoint(guarded.then_block):
            memref.store(tensor.extract(value, position), memory, [address])
            scf.YieldOp([])

    loop_nest(list(shape_of(pointers)), [], body)


def loop_nest(shape: list[int], position: list[ir.Value], body: Callable[[list[ir.Value]], None]) -> None:
    """Loops over every index of ``shape``, row-major; ``body`` takes the index so far."""
    if not shape:
        body(position)
        return
    zero, one = index.materialize(0), index.materialize(1)
    loop = scf.ForOp(zero, index.materialize(shape[0]), one)
    with ir.InsertionPoint(loop.body):
        loop_nest(shape[1:], [*position, loop.induction_variable], body)
        scf.YieldOp([])


def split_pointers(pointers: ir.Value) -> tuple[Base, ir.Value]:
    """A tensor of pointers as one base and an i64 tensor of element offsets."""
    if defining_op(pointers) is None:
        raise NoMatch("a tensor of pointers is carried by control flow in a way that is not understood")
    op = defining_op(pointers)
    i64 = ir.IntegerType.get_signless(64)
    wanted = builders.tensor_type(shape_of(pointers), i64)
    if isinstance(op, tt.SplatOp):
        zero = ir.DenseElementsAttr.get_splat(wanted, ir.IntegerAttr.get(i64, 0))
        return resolve_base(op.src), arith.constant(wanted, zero)
    if isinstance(op, tt.AddPtrOp):
        base, offsets = split_pointers(op.ptr)
        step = op.offset if op.offset.type == wanted else arith.extsi(wanted, op.offset)
        return base, arith.addi(offsets, step)
    if isinstance(op, tt.BroadcastOp):
        base, offsets = split_pointers(op.src)
        return base, tt.BroadcastOp(offsets, result=wanted).result
    if isinstance(op, tt.ExpandDimsOp):
        base, offsets = split_pointers(op.src)
        return base, tt.ExpandDimsOp(offsets, axis=op.axis).result
    if isinstance(op, tt.BitcastOp):
        return split_pointers(same_memory(op))
    if isinstance(op, arith.SelectOp):
        condition, left, right = op.operands
        base, offsets = split_pointers(left)
        other, others = split_pointers(right)
        if base.buffer != other.buffer:
            raise NoMatch("the pointers are chosen from two buffers")
        distance = index.sub(other.offset, base.offset)
        if isinstance(distance, ir.Value) or distance:
            moved = arith.index_cast(i64, index.materialize(distance))
            others = arith.addi(others, builders.splatted(moved, shape_of(others)))
        return base, arith.select(condition, offsets, others)
    raise NoMatch(f"the pointers are computed by {op.operation.name}")


def flat_view(base: Base) -> ir.Value:
    """The buffer as one long row of elements."""
    return builders.reinterpret_cast(base.buffer, base.offset, [ADDRESSABLE], [1])
