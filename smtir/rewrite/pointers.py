"""What a pointer addresses: a strided block of one of the kernel's buffers.

A tensor of pointers is read as ``base + start + sum(strides[d] * i[d])`` where its arithmetic allows.
Guards raise ``NoMatch`` with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from smtir.dialects import tt
from smtir.dialects.types import pointee
from smtir.mlir import arith, builtin, func, ir, memref
from smtir.rewrite import index
from smtir.rewrite.addresses import (
    CAST,
    address_type,
    addresses_of,
    element_bytes,
    memory_at,
    memory_type,
    pointee_element,
)
from smtir.rewrite.builders import splat_value
from smtir.rewrite.index import Index
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.values import defining_block, defining_op, element_of, shape_of


@dataclass(frozen=True)
class Base:
    """Memory: a memref of rank 0 (or an allocation) and an element offset into it."""

    buffer: ir.Value
    offset: Index


@dataclass(frozen=True)
class Wrap:
    """A term ``stride * ((start + i) % modulus)`` of dimension ``axis``; the sign is the dividend's."""

    axis: int
    start: Index
    modulus: Index
    stride: Index


@dataclass(frozen=True)
class Strided:
    """An integer tensor ``start + sum(strides[d] * i[d])``, plus the terms that wrap around.

    A dim of size 1 has stride 0, and so has one that wraps.
    """

    start: Index
    strides: tuple[Index, ...]
    shape: tuple[int, ...]
    wraps: tuple[Wrap, ...] = ()

    def is_uniform(self) -> bool:
        """Whether all elements are equal."""
        return not self.wraps and not self.varying_axes()

    def varying_axes(self) -> list[int]:
        """The dims along which the elements differ, those that wrap aside."""
        return [axis for axis, stride in enumerate(self.strides) if isinstance(stride, ir.Value) or stride]

    def strides_between_wraps(self) -> tuple[Index, ...]:
        """The strides, those of dimensions that wrap too."""
        strides = list(self.strides)
        for wrap in self.wraps:
            strides[wrap.axis] = wrap.stride
        return tuple(strides)

    def permuted(self, order: Sequence[int]) -> Strided:
        """Dimension ``i`` is dimension ``order[i]`` of this one."""
        wraps = tuple(replace(wrap, axis=list(order).index(wrap.axis)) for wrap in self.wraps)
        shape, strides = (tuple(parts[axis] for axis in order) for parts in (self.shape, self.strides))
        return Strided(self.start, strides, shape, wraps)


@dataclass(frozen=True)
class StridedPointer:
    """A tensor of pointers ``base + addresses``."""

    base: Base
    addresses: Strided


def resolve_base(pointer: ir.Value, element: ir.Type | None = None) -> Base:
    """The memory that a scalar pointer points into, as elements of its pointee or of ``element``.

    That is a kernel argument and an offset, or else the memory at the pointer's address.
    """
    offset: Index = 0
    wanted = memory_type(element or pointee(pointer.type))
    while (op := defining_op(pointer)) is not None:
        if element_bytes(pointee(pointer.type)) != element_bytes(wanted):
            break
        if isinstance(op, tt.AddPtrOp):
            offset = index.add(index.as_index(op.offset), offset)
            pointer = op.ptr
        elif isinstance(op, tt.BitcastOp):
            pointer = op.src
        elif op.operation.name == CAST and element_of(op.operands[0]) == wanted:
            return Base(op.operands[0], offset)
        else:
            break
    block = defining_block(pointer)
    if block is None:
        return Base(memory_at(addresses_of(pointer), wanted), offset)
    if not isinstance(block.owner, func.FuncOp):
        raise NoMatch("the pointer is carried by control flow in a way that is not understood")
    if element_bytes(pointee(pointer.type)) != element_bytes(wanted):
        return Base(memory_at(addresses_of(pointer), wanted), offset)
    return Base(buffer_of(pointer, wanted), offset)


def chosen_base(condition: ir.Value, one: Base, other: Base) -> Base:
    """``one`` where ``condition`` is true, ``other`` where it is false."""
    if one.buffer == other.buffer:
        (offset,) = index.selected(condition, [one.offset], [other.offset])
        return Base(one.buffer, offset)
    element = element_of(one.buffer)
    addresses = [_address_in(base, element) for base in (one, other)]
    return Base(memory_at(arith.select(condition, *addresses), element), 0)


def _address_in(base: Base, element: ir.Type) -> ir.Value:
    """The address of the first element of ``base``."""
    start = memref.extract_aligned_pointer_as_index(base.buffer)
    moved = index.add(start, index.mul(base.offset, element_bytes(element)))
    return arith.index_cast(address_type(), index.materialize(moved))


def buffer_of(argument: ir.Value, element: ir.Type) -> ir.Value:
    """The rank-0 memref of ``element`` that stands for a pointer argument of the kernel.

    A cast at the function's start, made on first use; the pass ``triton-func-to-func`` gives the
    argument its new type and removes it.
    """
    wanted = ir.MemRefType.get([], memory_type(element))
    for use in argument.uses:
        user = use.owner
        if user.operation.name == CAST and user.operation.results[0].type == wanted:
            return user.operation.results[0]
    with ir.InsertionPoint.at_block_begin(cast("ir.Block", argument.owner)), argument.location:
        made: ir.Value = builtin.UnrealizedConversionCastOp([wanted], [argument]).results[0]
        return made


def resolve_pointers(pointers: ir.Value, element: ir.Type | None = None) -> StridedPointer:
    """Read a tensor of pointers as a base and strided addresses, in elements of ``element`` if given."""
    op = _defining(pointers)
    shape = tuple(shape_of(pointers))
    if isinstance(op, tt.SplatOp):
        return StridedPointer(resolve_base(op.src, element), Strided(0, (0,) * len(shape), shape))
    if isinstance(op, tt.AddPtrOp):
        inner = resolve_pointers(op.ptr, element)
        return StridedPointer(inner.base, _sum(inner.addresses, strided(op.offset), 1))
    if isinstance(op, tt.BitcastOp):
        return resolve_pointers(op.src, element_after_cast(op, element))
    if isinstance(op, tt.BroadcastOp | tt.ExpandDimsOp | tt.TransOp):
        inner = resolve_pointers(op.src, element)
        return StridedPointer(inner.base, _reshaped(op, inner.addresses))
    raise NoMatch(f"the pointers are computed by {op.operation.name}")


def element_after_cast(op: tt.BitcastOp, element: ir.Type | None) -> ir.Type:
    """What a cast of pointers makes them point to, if its elements have the size of those before.

    Args:
        op: the cast.
        element: what later casts make them point to, if there are any.
    """
    wanted = element or pointee_element(op.result.type)
    if element_bytes(pointee_element(op.src.type)) != element_bytes(wanted):
        raise NoMatch(f"the pointers are cast from {op.src.type} to elements of another size")
    return wanted


def strided(value: ir.Value) -> Strided:
    """Read an integer tensor as an affine function of its indices."""
    shape = tuple(shape_of(value))
    flat = (0,) * len(shape)
    scalar = splat_value(value)
    if scalar is not None:
        return Strided(index.as_index(scalar), flat, shape)
    op = _defining(value)
    if isinstance(op, tt.MakeRangeOp):
        return Strided(op.start, (1 if shape[0] > 1 else 0,), shape)
    if isinstance(op, tt.BroadcastOp | tt.ExpandDimsOp | tt.TransOp):
        return _reshaped(op, strided(op.src))
    if isinstance(op, arith.ExtSIOp):
        return strided(op.operands[0])
    if isinstance(op, arith.AddIOp):
        return _sum(strided(op.lhs), strided(op.rhs), 1)
    if isinstance(op, arith.SubIOp):
        return _sum(strided(op.lhs), strided(op.rhs), -1)
    if isinstance(op, arith.MulIOp):
        left, right = strided(op.lhs), strided(op.rhs)
        if left.is_uniform():
            left, right = right, left
        if not right.is_uniform():
            raise NoMatch("two index tensors are multiplied with each other")
        factor = right.start
        return Strided(
            index.mul(left.start, factor),
            tuple(index.mul(stride, factor) for stride in left.strides),
            shape,
            tuple(replace(wrap, stride=index.mul(wrap.stride, factor)) for wrap in left.wraps),
        )
    if isinstance(op, arith.RemSIOp):
        return _wrapped(strided(op.lhs), strided(op.rhs))
    raise NoMatch(f"the offsets are computed by {op.operation.name}, which is not affine in the indices")


def _wrapped(dividend: Strided, divisor: Strided) -> Strided:
    """``(start + i) % modulus`` along one dim."""
    axes = dividend.varying_axes()
    if not divisor.is_uniform() or dividend.wraps or len(axes) != 1 or dividend.strides[axes[0]] != 1:
        raise NoMatch("a remainder is taken of offsets that do not count up one by one")
    wrap = Wrap(axes[0], dividend.start, divisor.start, 1)
    return Strided(0, (0,) * len(dividend.shape), dividend.shape, (wrap,))


def _defining(value: ir.Value) -> Any:
    op = defining_op(value)
    if op is None:
        raise NoMatch("the offsets are carried by control flow and do not advance uniformly")
    return op


def _sum(left: Strided, right: Strided, sign: int) -> Strided:
    combine = index.add if sign > 0 else index.sub
    negated = tuple(replace(wrap, stride=index.sub(0, wrap.stride)) for wrap in right.wraps)
    return Strided(
        combine(left.start, right.start),
        tuple(combine(one, other) for one, other in zip(left.strides, right.strides, strict=True)),
        left.shape,
        left.wraps + (right.wraps if sign > 0 else negated),
    )


def _reshaped(op: ir.OpView, source: Strided) -> Strided:
    shape = tuple(shape_of(op.result))
    if isinstance(op, tt.ExpandDimsOp):
        strides = list(source.strides)
        strides.insert(op.axis, 0)
        wraps = tuple(
            replace(wrap, axis=wrap.axis + 1) if wrap.axis >= op.axis else wrap for wrap in source.wraps
        )
        return Strided(source.start, tuple(strides), shape, wraps)
    if isinstance(op, tt.TransOp):
        return source.permuted(list(op.order))
    return Strided(source.start, source.strides, shape, source.wraps)


@dataclass(frozen=True)
class Bounds:
    """Where a mask is true: indices from ``lower`` to below ``upper`` in each dimension."""

    lower: tuple[Index, ...]
    upper: tuple[Index, ...]

    def intersect(self, other: Bounds) -> Bounds:
        return Bounds(
            tuple(map(index.maximum, self.lower, other.lower)),
            tuple(map(index.minimum, self.upper, other.upper)),
        )


def mask_bounds(mask: ir.Value) -> Bounds:
    """Read a mask as a box; its bounds may lie outside the tensor."""
    shape = tuple(shape_of(mask))
    scalar = splat_value(mask)
    if scalar is not None:
        return _when(scalar, shape)
    op = _defining(mask)
    if isinstance(op, arith.AndIOp):
        return mask_bounds(op.lhs).intersect(mask_bounds(op.rhs))
    if isinstance(op, tt.BroadcastOp):
        source = op.src
        inner = mask_bounds(source)
        grown = [size != old for size, old in zip(shape, shape_of(source), strict=True)]
        return Bounds(
            tuple(_grown_lower(low, grow) for low, grow in zip(inner.lower, grown, strict=True)),
            tuple(
                index.mul(_clamp(high, 0, 1), size) if grow else high
                for high, grow, size in zip(inner.upper, grown, shape, strict=True)
            ),
        )
    if isinstance(op, tt.ExpandDimsOp):
        inner = mask_bounds(op.src)
        lower, upper = list(inner.lower), list(inner.upper)
        lower.insert(op.axis, 0)
        upper.insert(op.axis, 1)
        return Bounds(tuple(lower), tuple(upper))
    if isinstance(op, tt.TransOp):
        inner = mask_bounds(op.src)
        order = list(op.order)
        return Bounds(tuple(inner.lower[axis] for axis in order), tuple(inner.upper[axis] for axis in order))
    if isinstance(op, arith.CmpIOp):
        return _compare_bounds(op, shape)
    raise NoMatch(f"the mask is computed by {op.operation.name}, which is not a box of indices")


def _grown_lower(low: Index, grow: bool) -> Index:
    if not grow:
        return low
    if isinstance(low, int) and low <= 0:
        return 0
    raise NoMatch("the mask has a lower bound in a broadcast dimension")


def _clamp(value: Index, low: int, high: int) -> Index:
    return index.minimum(index.maximum(value, low), high)


def _when(condition: ir.Value, shape: tuple[int, ...]) -> Bounds:
    known = index.constant_int(condition)
    if known is not None:
        return Bounds((0,) * len(shape), shape if known else (0,) * len(shape))
    extent = arith.select(condition, index.materialize(shape[0]), index.materialize(0))
    return Bounds((0,) * len(shape), (extent, *shape[1:]))


_SIGNED = {2: (0, 0), 3: (0, 1), 4: (1, 0), 5: (1, 1)}
"""Signed predicates (slt, sle, sgt, sge) as (swap the operands, add one)."""


def _compare_bounds(op: arith.CmpIOp, shape: tuple[int, ...]) -> Bounds:
    """``start + stride * i < 0`` in one dimension, ``stride`` 1 or -1."""
    predicate = int(op.predicate.value)
    if predicate not in _SIGNED:
        raise NoMatch("the mask compares for equality or unsigned")
    swap, inclusive = _SIGNED[predicate]
    left, right = strided(op.lhs), strided(op.rhs)
    if swap:
        left, right = right, left
    difference, limit = _sum(left, right, -1), index.sub(right.start, left.start)
    if difference.wraps:
        raise NoMatch("the mask compares indices that wrap around")
    axes = difference.varying_axes()
    lower: list[Index] = [0] * len(shape)
    upper: list[Index] = list(shape)
    if not axes:
        upper[0] = index.mul(_clamp(index.add(limit, inclusive), 0, 1), shape[0])
        return Bounds(tuple(lower), tuple(upper))
    if len(axes) > 1:
        raise NoMatch("the mask compares indices of two dimensions with each other")
    axis = axes[0]
    stride = difference.strides[axis]
    if stride == 1:
        upper[axis] = index.add(limit, inclusive)
    elif stride == -1:
        lower[axis] = index.add(difference.start, 1 - inclusive)
    else:
        raise NoMatch("the mask compares a scaled index")
    return Bounds(tuple(lower), tuple(upper))
