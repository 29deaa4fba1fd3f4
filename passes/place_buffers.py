"""Give every scratch buffer one place for the whole program: the stack, or one allocation.

Before::

    scf.for %i = %c0 to %c2 step %c1 {
      %a = memref.alloc() : memref<4x8x8x8xf32>
      ...
    }

After, while the buffers of the function together fit ``stack-bytes``::

    %a = memref.alloca() {alignment = 64 : i64} : memref<4x8x8x8xf32>
    scf.for %i = %c0 to %c2 step %c1 { ... }

Beyond that the largest buffers become views of one ``memref.alloc`` at the function's entry,
freed at its exits: the default of 192 KB leaves a thread of 512 KB its own frames.  A buffer of
dynamic size gets the largest one that its clamps allow; where nothing bounds it, it stays an
allocation where it is, freed at the end of its block.

Buffers that are never needed at the same time share a place.

Iterations that run at once have their buffers to themselves, at the begin of the iteration, and so
have programs that share barriers.  Those all are ``memref.alloca``: they live in a coroutine, whose
frame is on the heap and is freed however it ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from smtir.mlir import ir
from smtir.rewrite import barriers
from smtir.rewrite.emitter import Emitter, create, element_bits, value_of
from smtir.rewrite.lifetimes import Lifetime, Lifetimes
from smtir.rewrite.lowering import replace_op
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import ancestor_in, defining_operation, functions_of, operations_below

ALIGNMENT = 64
_UNLIMITED = 1 << 62


@define_pass
def run(module: ir.Module, *, stack_bytes: int = 192 * 1024) -> None:
    """Place the buffers of every function."""
    for function in functions_of(module):
        _place(function, stack_bytes)


@dataclass
class _Buffer:
    op: ir.Operation
    type: ir.MemRefType
    bytes: int
    lifetime: Lifetime | None


@dataclass
class _Slot:
    """A place that buffers have one after the other; the first is the largest."""

    buffers: list[_Buffer] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return self.buffers[0].bytes

    @property
    def only_type(self) -> ir.MemRefType | None:
        """The static type of all its buffers, if they have one."""
        first = self.buffers[0].type
        same = first.has_static_shape and all(buffer.type == first for buffer in self.buffers)
        return first if same else None


@dataclass
class _Scope:
    """What has its buffers to itself: a function, or an iteration between its two marks."""

    emitter: Emitter
    begin: ir.Operation | None
    ends: list[ir.Operation]

    def entry_point(self) -> ir.InsertionPoint:
        if self.begin is None:
            return ir.InsertionPoint.at_block_begin(self.emitter.entry)
        return ir.InsertionPoint.after(self.begin)


def _place(function: ir.Operation, stack_bytes: int) -> None:
    emitter = Emitter(function)
    lifetimes = Lifetimes(function)
    allocations = operations_below(function, ("memref.alloc",))
    freed = operations_below(function, ("memref.dealloc",))
    for begin in reversed(barriers.calls_below(function, (barriers.ITERATION_BEGIN,))):  # inner ones first
        inside = [op for op in allocations if ancestor_in(op, begin.block) is not None]
        allocations = [op for op in allocations if op not in inside]
        end = list(begin.block.operations)[-2].operation  # in front of the loop's yield
        _place_in(_Scope(emitter, begin, [end]), inside, freed, lifetimes, _UNLIMITED)
    scope = _Scope(emitter, None, operations_below(function, ("func.return",)))
    shared = barriers.calls_below(function, (barriers.GLOBAL,))
    _place_in(scope, allocations, freed, lifetimes, _UNLIMITED if shared else stack_bytes)


def _place_in(
    scope: _Scope,
    allocations: list[ir.Operation],
    freed: list[ir.Operation],
    lifetimes: Lifetimes,
    stack_bytes: int,
) -> None:
    buffers: list[_Buffer] = []
    for op in allocations:
        shape = _bounded_shape(op)
        type_ = ir.MemRefType(op.results[0].type)
        if shape is None or type_.layout != ir.AffineMapAttr.get(ir.AffineMap.get_identity(type_.rank)):
            _free_at_end_of_block(op)
            continue
        size = max(1, prod(shape)) * max(1, element_bits(type_.element_type) // 8)
        buffers.append(_Buffer(op, type_, -(-size // ALIGNMENT) * ALIGNMENT, lifetimes.of(op)))
    for op in [op for op in freed if any(op.operands[0] == buffer.op.results[0] for buffer in buffers)]:
        freed.remove(op)
        op.erase()
    on_stack, in_arena = _divide(_shared(buffers), stack_bytes)
    for slot in on_stack:
        _put_on_stack(scope, slot)
    if in_arena:
        _put_in_arena(scope, in_arena)


def _shared(buffers: list[_Buffer]) -> list[_Slot]:
    """The fewest places found by giving each buffer, largest first, the first that is free for it."""
    slots: list[_Slot] = []
    for buffer in sorted(buffers, key=lambda found: -found.bytes):
        free = next((slot for slot in slots if _is_free(slot, buffer)), None)
        if free is None:
            slots.append(free := _Slot())
        free.buffers.append(buffer)
    return slots


def _is_free(slot: _Slot, buffer: _Buffer) -> bool:
    lifetime = buffer.lifetime
    return lifetime is not None and all(
        other.lifetime is not None and not other.lifetime.overlaps(lifetime) for other in slot.buffers
    )


def _divide(slots: list[_Slot], stack_bytes: int) -> tuple[list[_Slot], list[_Slot]]:
    """The places on the stack, smallest first as long as they fit, and the rest."""
    left = stack_bytes
    on_stack: list[_Slot] = []
    in_arena: list[_Slot] = []
    for slot in sorted(slots, key=lambda found: found.bytes):
        (on_stack if slot.bytes <= left else in_arena).append(slot)
        left -= slot.bytes
    return on_stack, in_arena


def _put_on_stack(scope: _Scope, slot: _Slot) -> None:
    no_operands = ir.DenseI32ArrayAttr.get([0, 0])
    alignment = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), ALIGNMENT)
    attributes = {"operandSegmentSizes": no_operands, "alignment": alignment}
    type_ = slot.only_type
    with scope.entry_point(), slot.buffers[0].op.location:
        place = value_of("memref.alloca", [], type_ or _bytes_type(slot.bytes), attributes)
    for buffer in slot.buffers:
        replace_op(buffer.op, [place if type_ else _view(scope.emitter, buffer, place, 0)])


def _put_in_arena(scope: _Scope, slots: list[_Slot]) -> None:
    attributes = {
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([0, 0]),
        "alignment": ir.IntegerAttr.get(ir.IntegerType.get_signless(64), ALIGNMENT),
    }
    with scope.entry_point(), ir.Location.unknown():
        total = sum(slot.bytes for slot in slots)
        arena = value_of("memref.alloc", [], _bytes_type(total), attributes)
    offset = 0
    for slot in slots:
        for buffer in slot.buffers:
            replace_op(buffer.op, [_view(scope.emitter, buffer, arena, offset)])
        offset += slot.bytes
    for end in scope.ends:
        with ir.InsertionPoint(end), ir.Location.unknown():
            create("memref.dealloc", [arena])


def _bytes_type(size: int) -> ir.MemRefType:
    return ir.MemRefType.get([size], ir.IntegerType.get_signless(8))


def _view(emitter: Emitter, buffer: _Buffer, place: ir.Value, offset: int) -> ir.Value:
    """``buffer`` as a piece of ``place``, made where it was allocated."""
    with ir.InsertionPoint(buffer.op), buffer.op.location:
        return value_of("memref.view", [place, emitter.value(offset), *buffer.op.operands], buffer.type)


def _bounded_shape(op: ir.Operation) -> list[int] | None:
    """The largest shape that the buffer of ``op`` can have, or None."""
    type_ = ir.MemRefType(op.results[0].type)
    dynamic = iter(op.operands)
    shape: list[int] = []
    for dimension in range(type_.rank):
        if not type_.is_dynamic_dim(dimension):
            shape.append(type_.shape[dimension])
            continue
        bound = upper_bound(next(dynamic))
        if bound is None:
            return None
        shape.append(max(bound, 0))
    return shape


def upper_bound(value: ir.Value) -> int | None:
    """The largest that an integer or index value can be as its own expression tells, or None."""
    op = defining_operation(value)
    if op is None:
        return None
    if op.name == "arith.constant":
        return ir.IntegerAttr(op.attributes["value"]).value
    if op.name in ("arith.index_cast", "arith.extsi"):
        return upper_bound(op.operands[0])
    if op.name in ("arith.minsi", "arith.maxsi", "arith.select"):
        bounds = [upper_bound(operand) for operand in list(op.operands)[-2:]]
        known = [bound for bound in bounds if bound is not None]
        if op.name == "arith.minsi":
            return min(known, default=None)
        return max(known) if len(known) == 2 else None
    if op.name == "affine.min":
        constants = [
            expression.value
            for expression in ir.AffineMapAttr(op.attributes["map"]).value.results
            if isinstance(expression, ir.AffineConstantExpr)
        ]
        return min(constants, default=None)
    return None


def _free_at_end_of_block(op: ir.Operation) -> None:
    """Free an allocation where its block ends, unless that hands it on or it is freed already."""
    block = op.operation.block
    terminator = list(block.operations)[-1].operation
    if any(use.owner.operation.name in ("memref.dealloc", terminator.name) for use in op.results[0].uses):
        return
    with ir.InsertionPoint(terminator), op.location:
        create("memref.dealloc", [op.results[0]])
