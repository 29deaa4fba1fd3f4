"""Atomic read-modify-write of memory, one element at a time.

Programs of a grid run on threads, so these are real atomic operations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smtir.dialects.types import descriptor_block, is_unsigned_descriptor
from smtir.mlir import arith, ir, memref, scf, tensor
from smtir.rewrite import builders, index
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.pointers import resolve_base
from smtir.rewrite.scattered import loop_nest, places_of
from smtir.rewrite.values import element_of, element_type, shape_of

_KINDS = {
    "and": arith.AtomicRMWKind.andi,
    "or": arith.AtomicRMWKind.ori,
    "xor": arith.AtomicRMWKind.xori,
    "add": arith.AtomicRMWKind.addi,
    "fadd": arith.AtomicRMWKind.addf,
    "max": arith.AtomicRMWKind.maxs,
    "min": arith.AtomicRMWKind.mins,
    "umax": arith.AtomicRMWKind.maxu,
    "umin": arith.AtomicRMWKind.minu,
    "fmax": arith.AtomicRMWKind.maximumf,
    "fmin": arith.AtomicRMWKind.minimumf,
    "exch": arith.AtomicRMWKind.assign,
}

Update = Callable[[ir.Value, list[ir.Value], list[ir.Value]], ir.Value]
"""Builds one atomic operation on ``(memory, [address], scalar operands)``; gives the old value."""


def read_modify_write(kind: str) -> Update:
    """``tt.atomic_rmw``: combine memory with the first operand."""

    def update(memory: ir.Value, address: list[ir.Value], operands: list[ir.Value]) -> ir.Value:
        return memref.AtomicRMWOp(_KINDS[kind], operands[0], memory, address).result

    return update


def descriptor_update(kind: str, descriptor: ir.Type) -> str:
    """The update of ``tt.atomic_rmw`` that a descriptor's reduction of ``kind`` does to each element."""
    element = element_type(descriptor_block(descriptor))
    if isinstance(element, ir.FloatType):
        kind = {"add": "fadd", "min": "fmin", "max": "fmax"}.get(kind, kind)
    elif kind in ("min", "max") and is_unsigned_descriptor(descriptor):
        kind = f"u{kind}"
    if kind not in _KINDS:
        raise NoMatch(f"elements of type {element} have no atomic {kind}")
    return kind


def compare_and_swap(memory: ir.Value, address: list[ir.Value], operands: list[ir.Value]) -> ir.Value:
    """``tt.atomic_cas`` of integers: write the second operand where memory equals the first."""
    expected, wanted = operands
    op = memref.GenericAtomicRMWOp(expected.type, memory, address)
    block = op.regions[0].blocks.append(expected.type, arg_locs=[ir.Location.current])
    with ir.InsertionPoint(block):
        old = block.arguments[0]
        same = arith.cmpi(arith.CmpIPredicate.eq, old, expected)
        memref.AtomicYieldOp(arith.select(same, wanted, old))
    return op.result


def observe(memory: ir.Value, address: list[ir.Value], operands: list[ir.Value]) -> ir.Value:
    """A volatile load: what memory holds now, as an update that leaves it as it is.

    A plain load has no effect on memory, so that a loop which waits for another program with
    nothing in its body would be erased, and the load be moved out of any other loop.
    """
    element = ir.MemRefType(memory.type).element_type
    kind, unit = (
        (arith.AtomicRMWKind.ori, 0)
        if isinstance(element, ir.IntegerType)
        else (arith.AtomicRMWKind.addf, -0.0)
    )
    return memref.AtomicRMWOp(kind, builders.constant(element, unit), memory, address).result


def atomic(
    pointer: ir.Value, operands: list[ir.Value], mask: ir.Value | None, update: Update, result: ir.Value
) -> ir.Value:
    """Apply ``update`` at ``pointer`` (a scalar or a tensor) where ``mask`` is true.

    The result is the old value; where ``mask`` is false it is 0.
    """
    if not isinstance(pointer.type, ir.RankedTensorType):
        memory = builders.reinterpret_cast(*_place(pointer), [1], [1])
        return _guarded(mask, result.type, lambda: update(memory, [index.materialize(0)], operands))
    places = places_of(pointer)
    element = element_of(result)
    buffer = memref.alloc(ir.MemRefType.get(shape_of(result), element), [], [])

    def body(position: list[ir.Value]) -> None:
        memory, at = places.at(tensor.extract(places.offsets, position))
        valid = None if mask is None else tensor.extract(mask, position)
        scalars = [tensor.extract(operand, position) for operand in operands]
        old = _guarded(valid, element, lambda: update(memory, at, scalars))
        memref.store(old, buffer, position)

    loop_nest(shape_of(result), [], body)
    return builders.to_tensor(buffer, writable=True)


def _place(pointer: ir.Value) -> tuple[Any, Any]:
    base = resolve_base(pointer)
    return base.buffer, base.offset


def _guarded(mask: ir.Value | None, type_: ir.Type, build: Callable[[], ir.Value]) -> ir.Value:
    if mask is None:
        return build()
    guarded = scf.IfOp(mask, [type_], has_else=True)
    with ir.InsertionPoint(guarded.then_block):
        scf.YieldOp([build()])
    with ir.InsertionPoint(guarded.else_block):
        scf.YieldOp([builders.constant(element_type(type_), 0)])
    return guarded.results[0]
