"""Loads and stores whose addresses or masks have no structure.

Each is a ``linalg.generic`` whose region accesses memory itself, under an ``scf.if`` where there is
a mask.  Addresses and masks are written out inside, so that whatever runs through memory element by
element can be seen to do so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smtir.dialects import tt
from smtir.mlir import arith, ir, memref, scf
from smtir.rewrite import builders, index
from smtir.rewrite.addresses import addresses_of, memory_at, memory_type, pointee_element
from smtir.rewrite.inlined import Inlined
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.pointers import Base, element_after_cast, resolve_base
from smtir.rewrite.values import defining_op, shape_of

ADDRESSABLE = 1 << 62
"""Elements in the flat view of a buffer whose size is not known."""


def load_scattered(pointers: ir.Value, mask: ir.Value | None, other: ir.Value | None, copy: bool) -> ir.Value:
    """Read ``pointers`` (any shape) where ``mask`` is true, ``other`` (or 0) elsewhere."""
    places = places_of(pointers)
    offsets, element = places.offsets, places.element
    shape = list(shape_of(pointers))

    def body(scalar: Callable[[ir.Value], ir.Value]) -> ir.Value:
        offset = scalar(offsets)
        if mask is None:
            return memref.load(*places.at(offset))
        guarded = scf.IfOp(scalar(mask), [element], has_else=True)
        with ir.InsertionPoint(guarded.then_block):
            scf.YieldOp([memref.load(*places.at(offset))])
        padding = None if other is None else scalar(other)
        with ir.InsertionPoint(guarded.else_block):
            scf.YieldOp([builders.constant(element, 0) if padding is None else padding])
        return guarded.results[0]

    inlined = Inlined(shape, [tensor for tensor in (offsets, mask, other) if tensor is not None])
    loaded = inlined.generic([builders.empty(shape, element)], body)
    if not copy:
        return loaded
    buffer = memref.alloc(ir.MemRefType.get(shape, element), [], [])
    builders.write_to(loaded, buffer)
    return builders.to_tensor(buffer, writable=True)


def store_scattered(pointers: ir.Value, value: ir.Value, mask: ir.Value | None) -> None:
    """Write ``value`` to ``pointers`` where ``mask`` is true, the last element last."""
    places = places_of(pointers)

    def body(scalar: Callable[[ir.Value], ir.Value]) -> None:
        offset, stored = scalar(places.offsets), scalar(value)
        if mask is None:
            memref.store(stored, *places.at(offset))
            return
        guarded = scf.IfOp(scalar(mask))
        with ir.InsertionPoint(guarded.then_block):
            memref.store(stored, *places.at(offset))
            scf.YieldOp([])

    tensors = [tensor for tensor in (places.offsets, value, mask) if tensor is not None]
    Inlined(shape_of(pointers), tensors).generic([], body)


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


@dataclass(frozen=True)
class Places:
    """Where the elements of a tensor of pointers are.

    Attributes:
        memory: the buffer that all of them are in, as one long row; None where it is not known.
        offsets: i64 tensor of offsets into it in elements, or of addresses where it is not known.
        element: type of an element in memory.
    """

    memory: ir.Value | None
    offsets: ir.Value
    element: ir.Type

    def at(self, offset: ir.Value) -> tuple[ir.Value, list[ir.Value]]:
        """The memref and the indices of the element at ``offset``, a scalar of ``offsets``."""
        if self.memory is None:
            return memory_at(offset, self.element), []
        return self.memory, [arith.index_cast(builders.index_type(), offset)]


def places_of(pointers: ir.Value) -> Places:
    """Where ``pointers`` point: into one buffer if that can be seen, else anywhere."""
    element = memory_type(pointee_element(pointers.type))
    try:
        base, offsets = _split(pointers)
    except NoMatch:
        return Places(None, addresses_of(pointers), element)
    return Places(builders.reinterpret_cast(base.buffer, base.offset, [ADDRESSABLE], [1]), offsets, element)


def _split(pointers: ir.Value, element: ir.Type | None = None) -> tuple[Base, ir.Value]:
    """A tensor of pointers as one base and an i64 tensor of offsets, in elements of ``element`` if given."""
    if defining_op(pointers) is None:
        raise NoMatch("a tensor of pointers is carried by control flow in a way that is not understood")
    op = defining_op(pointers)
    i64 = ir.IntegerType.get_signless(64)
    wanted = builders.tensor_type(shape_of(pointers), i64)
    if isinstance(op, tt.SplatOp):
        zero = ir.DenseElementsAttr.get_splat(wanted, ir.IntegerAttr.get(i64, 0))
        return resolve_base(op.src, element), arith.constant(wanted, zero)
    if isinstance(op, tt.AddPtrOp):
        base, offsets = _split(op.ptr, element)
        step = op.offset if op.offset.type == wanted else arith.extsi(wanted, op.offset)
        return base, arith.addi(offsets, step)
    if isinstance(op, tt.BroadcastOp):
        base, offsets = _split(op.src, element)
        return base, tt.BroadcastOp(offsets, result=wanted).result
    if isinstance(op, tt.ExpandDimsOp):
        base, offsets = _split(op.src, element)
        return base, tt.ExpandDimsOp(offsets, axis=op.axis).result
    if isinstance(op, tt.BitcastOp):
        return _split(op.src, element_after_cast(op, element))
    if isinstance(op, arith.SelectOp):
        condition, left, right = op.operands
        base, offsets = _split(left, element)
        other, others = _split(right, element)
        if base.buffer != other.buffer:
            raise NoMatch("the pointers are chosen from two buffers")
        distance = index.sub(other.offset, base.offset)
        if isinstance(distance, ir.Value) or distance:
            moved = arith.index_cast(i64, index.materialize(distance))
            others = arith.addi(others, builders.splatted(moved, shape_of(others)))
        return base, arith.select(condition, offsets, others)
    raise NoMatch(f"the pointers are computed by {op.operation.name}")
