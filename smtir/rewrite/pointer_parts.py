"""Pointers taken apart into numbers, for control flow that carries a different one each time.

A pointer is its address; a tensor of pointers a tensor of addresses; a block pointer is the
address of its base, then its sizes, strides and offsets; a tensor descriptor the same without offsets.
Taking apart is done in two steps, because what a loop is handed may itself be carried: first a cast
(``to_parts``) stands for the numbers, and ``resolve_parts`` reads them off once nothing carries pointers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from smtir.dialects import tt
from smtir.dialects.types import (
    address_space,
    descriptor_block,
    is_block_pointer,
    is_descriptor,
    pointee,
    pointer_type,
)
from smtir.mlir import arith, builtin, ir
from smtir.rewrite.addresses import CAST, address_type, pointers_at
from smtir.rewrite.builders import with_element
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.values import defining_block, defining_op, element_type, operations_below

BOUNDS = 3
"""Operands of a ``scf.for`` before the values that it carries."""


@dataclass(frozen=True)
class CarriedParts:
    """A pointer that is carried as the numbers it consists of.

    Attributes:
        init: its first value; None where there is none, as for the result of a branch.
        type_: type of the pointer.
        types: types of the numbers.
        order: of a block pointer.
        padding: of a tensor descriptor.
    """

    init: ir.Value | None
    type_: ir.Type
    types: tuple[ir.Type, ...]
    order: tuple[int, ...] = ()
    padding: str = ""

    def initial(self) -> list[ir.Value]:
        """The numbers of the first value."""
        return [] if self.init is None else to_parts(self.init)

    def advanced(self, path: int, carried: Sequence[ir.Value], end: ir.Value) -> list[ir.Value]:
        """The numbers of ``end``, the value at the end of any path."""
        return to_parts(end)

    def remake(self, parts: Sequence[ir.Value]) -> ir.Value:
        """The pointer itself."""
        if len(parts) == 1:
            return pointers_at(parts[0], self.type_)
        if is_descriptor(self.type_):
            base = pointers_at(parts[0], pointer_type(element_type(descriptor_block(self.type_))))
            rank = (len(parts) - 1) // 2
            shape, strides = list(parts[1 : 1 + rank]), list(parts[1 + rank :])
            return tt.MakeTensorDescOp(base, shape, strides, padding=self.padding, result=self.type_).result
        scalar = pointer_type(element_type(pointee(self.type_)), address_space(self.type_))
        base = pointers_at(parts[0], scalar)
        rank = (len(parts) - 1) // 3
        shape, strides, offsets = (list(parts[1 + rank * n : 1 + rank * (n + 1)]) for n in range(3))
        order = list(self.order)
        return tt.MakeTensorPtrOp(base, shape, strides, offsets, order=order, result=self.type_).result


def plan_parts(init: ir.Value | None, ends: Sequence[ir.Value]) -> CarriedParts:
    """How to carry a pointer that begins as ``init`` and is one of ``ends`` afterwards.

    Raises ``NoMatch`` if one of them is a view of a buffer of the kernel's own, which has no address.
    """
    type_ = ends[0].type
    types = part_types(type_)
    if len(types) == 1:
        return CarriedParts(init, type_, tuple(types))
    makers = [_maker(value) for value in (ends if init is None else (init, *ends))]
    maker = next((found for found in makers if found is not None), None)
    if maker is None:
        raise NoMatch("nowhere near can be seen how the carried pointer is made")
    if isinstance(maker, tt.MakeTensorDescOp):
        return CarriedParts(init, type_, tuple(types), padding=maker.padding)
    return CarriedParts(init, type_, tuple(types), order=tuple(maker.order))


def part_types(type_: ir.Type) -> list[ir.Type]:
    """The types of the numbers that a pointer of ``type_`` consists of."""
    address, i32 = address_type(), ir.IntegerType.get_signless(32)
    if is_descriptor(type_):
        rank = _rank(descriptor_block(type_))
        return [address, *[i32] * rank, *[address] * rank]
    if is_block_pointer(type_):
        rank = _rank(pointee(type_))
        return [address, *[address] * (2 * rank), *[i32] * rank]
    return [with_element(type_, address)]


def to_parts(pointer: ir.Value) -> list[ir.Value]:
    """The numbers that ``pointer`` consists of, behind a cast where they cannot be seen yet."""
    types = part_types(pointer.type)
    if len(types) == 1:
        return [tt.PtrToIntOp(pointer, result=types[0]).result]
    return list(builtin.UnrealizedConversionCastOp(types, [pointer]).results)


def resolve_parts(root: ir.Operation) -> None:
    """Replace every cast that ``to_parts`` left below ``root`` by the numbers themselves."""
    for op in operations_below(root, [CAST]):
        if len(op.operands) != 1 or not _is_compound(op.operands[0].type):
            continue
        with ir.InsertionPoint(op), op.location:
            parts = _read(op.operands[0])
        for result, part in zip(op.results, parts, strict=True):
            result.replace_all_uses_with(part)
        op.erase()


def _is_compound(type_: ir.Type) -> bool:
    return is_descriptor(type_) or is_block_pointer(type_)


def _read(pointer: ir.Value) -> list[ir.Value]:
    """The numbers of a block pointer or descriptor whose maker can be seen."""
    op = defining_op(pointer)
    if isinstance(op, tt.MakeTensorPtrOp):
        return [_address(op.base), *op.shape, *op.strides, *op.offsets]
    if isinstance(op, tt.MakeTensorDescOp):
        return [_address(op.base), *op.shape, *op.strides]
    if isinstance(op, tt.AdvanceOp):
        steps = list(op.offsets)
        parts = _read(op.ptr)
        kept = len(parts) - len(steps)
        moved = [arith.addi(offset, step) for offset, step in zip(parts[kept:], steps, strict=True)]
        return [*parts[:kept], *moved]
    assert isinstance(op, arith.SelectOp)  # plan_parts has refused all others
    condition, left, right = op.operands
    return [
        one if one == other else arith.select(condition, one, other)
        for one, other in zip(_read(left), _read(right), strict=True)
    ]


def _address(base: ir.Value) -> ir.Value:
    return tt.PtrToIntOp(base, result=address_type()).result


def _maker(value: ir.Value) -> Any:
    """What makes a block pointer or descriptor; None where control flow hides it."""
    op = defining_op(value)
    while isinstance(op, tt.AdvanceOp):
        value = op.ptr
        op = defining_op(value)
    if op is None:
        block = defining_block(value)
        assert block is not None
        loop = block.owner.operation
        if loop.name != "scf.for":
            return None
        return _maker(loop.operands[BOUNDS + ir.BlockArgument(value).arg_number - 1])
    if op.operation.name.startswith("scf."):
        return None
    if isinstance(op, arith.SelectOp):
        return _maker(op.operands[1]) or _maker(op.operands[2])
    if isinstance(op, tt.MakeTensorPtrOp | tt.MakeTensorDescOp):
        return op
    raise NoMatch(f"the carried pointer is made by {op.operation.name}, which has no address")


def _rank(block: ir.Type) -> int:
    return len(ir.RankedTensorType(block).shape)
