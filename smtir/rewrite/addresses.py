"""Pointers as 64-bit addresses, for those that are data: loaded, chosen, or made from integers.

The address of a kernel argument is left as ``tt.ptr_to_int`` of it, which the pass
``triton-kernel-signature`` reads off the memref that the argument becomes.
"""

from __future__ import annotations

from collections.abc import Callable

from smtir.dialects import tt
from smtir.dialects.types import is_pointer, is_pointer_like, pointee
from smtir.mlir import arith, builtin, ir, memref
from smtir.rewrite import builders
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.values import bit_width, defining_op, element_type, shape_of

CAST = "builtin.unrealized_conversion_cast"
"""What stands for a pointer's memory between the passes that lower it."""
ADDRESS_BITS = 64


def address_type() -> ir.Type:
    """i64, the type of an address."""
    return ir.IntegerType.get_signless(ADDRESS_BITS)


def memory_type(element: ir.Type) -> ir.Type:
    """The type an element has in memory: a byte for i1, an address for a pointer, else itself."""
    if is_pointer(element):
        return address_type()
    if isinstance(element, ir.IntegerType) and element.width == 1:
        return ir.IntegerType.get_signless(8)
    return element


def memory_at(address: ir.Value, element: ir.Type) -> ir.Value:
    """The rank-0 memref of ``element`` at ``address``, an i64."""
    place = arith.index_cast(builders.index_type(), address)
    made: ir.Value = builtin.UnrealizedConversionCastOp(
        [ir.MemRefType.get([], memory_type(element))], [place]
    ).results[0]
    return made


def addresses_of(pointer: ir.Value) -> ir.Value:
    """The address of a pointer as an i64, or those of a tensor of pointers as a tensor of i64.

    Raises ``NoMatch`` for a pointer whose value is not known to be a number here.
    """
    op = defining_op(pointer)
    if op is None:
        if isinstance(pointer.type, ir.RankedTensorType):
            raise NoMatch("a tensor of pointers is carried by control flow in a way that is not understood")
        return tt.PtrToIntOp(pointer, result=address_type()).result
    if isinstance(op, tt.IntToPtrOp):
        return op.src
    if op.operation.name == CAST and isinstance(op.operands[0].type, ir.MemRefType):
        return arith.index_cast(address_type(), memref.extract_aligned_pointer_as_index(op.operands[0]))
    if isinstance(op, tt.AddPtrOp):
        return arith.addi(addresses_of(op.ptr), _bytes(op))
    if isinstance(op, tt.BitcastOp):
        return addresses_of(op.src)
    if isinstance(op, arith.SelectOp):
        condition, left, right = op.operands
        return arith.select(condition, addresses_of(left), addresses_of(right))
    rearranged = _REARRANGED.get(op.operation.name)
    if rearranged is None:
        raise NoMatch(f"the pointers are computed by {op.operation.name}")
    result = builders.tensor_type(shape_of(pointer), address_type())
    return rearranged(op, result, *map(addresses_of, op.operands))


_REARRANGED: dict[str, Callable[..., ir.Value]] = {
    "tt.splat": lambda op, type_, source: tt.SplatOp(source, result=type_).result,
    "tt.broadcast": lambda op, type_, source: tt.BroadcastOp(source, result=type_).result,
    "tt.expand_dims": lambda op, type_, source: tt.ExpandDimsOp(source, axis=op.axis).result,
    "tt.reshape": lambda op, type_, source: tt.ReshapeOp(source, result=type_).result,
    "tt.trans": lambda op, type_, source: tt.TransOp(source, order=op.order).result,
    "tt.cat": lambda op, type_, left, right: tt.CatOp(left, right, result=type_).result,
    "tt.join": lambda op, type_, left, right: tt.JoinOp(left, right).result,
}


def pointers_at(addresses: ir.Value, type_: ir.Type) -> ir.Value:
    """The pointer, or tensor of pointers, of ``type_`` with these addresses."""
    return tt.IntToPtrOp(addresses, result=type_).result


def as_numbers(value: ir.Value) -> ir.Value:
    """``value``, or its addresses if it consists of pointers: what is stored of it."""
    return addresses_of(value) if is_pointer_like(value.type) else value


def _bytes(op: tt.AddPtrOp) -> ir.Value:
    """The step of a ``tt.addptr`` in bytes."""
    step = op.offset
    wanted = builders.with_element(step.type, address_type())
    if step.type != wanted:
        step = arith.extsi(wanted, step)
    size = element_bytes(pointee_element(op.ptr.type))
    if size == 1:
        return step
    factor = builders.constant(address_type(), size)
    if isinstance(wanted, ir.RankedTensorType):
        factor = builders.splatted(factor, wanted.shape)
    return arith.muli(step, factor)


def pointee_element(type_: ir.Type) -> ir.Type:
    """What one pointer of ``type_``, a pointer or a tensor of pointers, points to."""
    return element_type(pointee(type_))


def element_bytes(element: ir.Type) -> int:
    """Bytes of memory that an element takes."""
    return -(-bit_width(memory_type(element)) // 8)
