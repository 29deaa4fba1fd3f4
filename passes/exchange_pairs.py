"""Sorting networks work on halves of a tensor in place, instead of on whole tensors and their partners.

``tl.sort``, ``tl.topk`` and ``tl.bitonic_merge`` are made of steps that compare each element with its partner
along a dim of two.  Triton finds the partner as ``x ^ xor_sum(x)``.  Before::

    %s = "tt.reduce"(%i) <{axis = 1 : i32}> ({... arith.xori ...}) : (tensor<4x2x8xi32>) -> tensor<4x8xi32>
    %p = (%i xor the broadcast of %s), as f32
    %g = arith.cmpf ogt, %x, %p
    %c = arith.cmpi ne, (%g as i32), (the broadcast of 0 and 1 along the dim, perhaps flipped along another)
    %y = arith.select %c, %p, %x

After, with ``%low`` and ``%high`` windows of a buffer with what ``%x`` holds::

    linalg.generic ins(%low, %high) outs(%low, %high) {compare, and exchange or not}
    %y = bufferization.to_tensor %buffer

One buffer serves all steps of which each reads nothing but the one before: bufferization takes a time that
grows with the square of a chain of tensors.  What is yielded is the same to the last bit: a NaN, of which
both comparisons say no, is dealt with as before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from smtir.mlir import arith, ir, memref
from smtir.rewrite import builders
from smtir.rewrite.dead_code import erase_dead
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import defining_operation, element_of, operations_below, shape_of

_BITCASTS = ("tt.bitcast", "arith.bitcast")


@dataclass(frozen=True)
class _Bits:
    """An i32 tensor whose elements are the exclusive or of a constant and of indices along dims of two.

    Attributes:
        constant: 0 or 1.
        ranges: the ``tt.make_range`` from 0 to 2 behind each dim.
    """

    constant: int
    ranges: dict[int, ir.Value] = field(default_factory=dict)


@dataclass(frozen=True)
class _Step:
    """An exchange along ``axis``; in the other order where ``flip`` is 1.

    Attributes:
        select: the operation that gives the result.
        own: the operations of the step that read ``source``.
    """

    select: ir.Operation
    source: ir.Value
    comparison: ir.Operation
    axis: int
    flip: _Bits
    own: tuple[ir.Operation, ...]


@define_pass
def run(module: ir.Module) -> None:
    """Rewrite every exchange of pairs in ``module``."""
    chains: list[list[_Step]] = []
    for op in operations_below(module.operation, ("arith.select",)):
        step = _step(op)
        if step is None:
            continue
        if chains and _continues(chains[-1][-1], step):
            chains[-1].append(step)
        else:
            chains.append([step])
    for chain in chains:
        _rewrite(chain)
    if chains:
        erase_dead(module.operation)


def _continues(last: _Step, step: _Step) -> bool:
    """Whether nothing but ``step`` reads what ``last`` gives."""
    result = last.select.results[0]
    readers = [use.owner.operation for use in result.uses]
    return step.source == result and all(reader in step.own for reader in readers)


def _rewrite(chain: Sequence[_Step]) -> None:
    first, last = chain[0], chain[-1]
    with ir.InsertionPoint(last.select), first.select.location:
        shape = shape_of(first.source)
        # One dim, so that it is copied, and read, in whole vectors.
        buffer = _in_memory(builders.reshaped(first.source, [math.prod(shape)]))
        ranges = [value for step in chain for value in step.flip.ranges.values()]
        range_buffer = _in_memory(ranges[0]) if ranges else None
    for step in chain:
        with ir.InsertionPoint(last.select), step.select.location:
            _exchange(step, shape, buffer, range_buffer if step.flip.ranges else None)
    with ir.InsertionPoint(last.select), last.select.location:
        result = builders.reshaped(builders.to_tensor(buffer, writable=True), shape)
        last.select.results[0].replace_all_uses_with(result)


def _in_memory(value: ir.Value) -> ir.Value:
    buffer = memref.alloc(ir.MemRefType.get(shape_of(value), element_of(value)), [], [])
    builders.write_to(value, buffer)
    return buffer


def _step(select: ir.Operation) -> _Step | None:
    condition, partner, source = select.operands
    if not isinstance(source.type, ir.RankedTensorType):
        return None
    if element_of(source) == ir.IntegerType.get_signless(1):  # has no address
        return None
    found = _partner(partner, source)
    unequal = defining_operation(condition, "arith.cmpi")
    if found is None or unequal is None or ir.IntegerAttr(unequal.attributes["predicate"]).value != 1:  # ne
        return None
    axis, readers = found
    extended = defining_operation(unequal.operands[0], "arith.extui")
    bits = _bits(unequal.operands[1])
    if extended is None or bits is None or axis not in bits.ranges or len(bits.ranges) > 2:
        return None
    comparison = defining_operation(extended.operands[0])
    if comparison is None or comparison.name not in ("arith.cmpf", "arith.cmpi"):
        return None
    if list(comparison.operands) != [source, partner]:
        return None
    others = {dim: value for dim, value in bits.ranges.items() if dim != axis}
    own = (select, comparison, *readers)
    return _Step(select, source, comparison, axis, _Bits(bits.constant, others), own)


def _partner(partner: ir.Value, source: ir.Value) -> tuple[int, list[ir.Operation]] | None:
    """The dim along which ``partner`` is ``source`` with its halves exchanged, and what reads ``source``."""
    mixed = defining_operation(_uncast(partner), "arith.xori")
    if mixed is None:
        return None
    bits, broadcast = mixed.operands
    wide = defining_operation(broadcast, "tt.broadcast")
    kept = wide and defining_operation(wide.operands[0], "tt.expand_dims")
    total = kept and defining_operation(kept.operands[0], "tt.reduce")
    if not total or not kept or len(total.operands) != 1 or total.operands[0] != bits:
        return None
    axis = ir.IntegerAttr(total.attributes["axis"]).value
    same_axis = ir.IntegerAttr(kept.attributes["axis"]).value == axis
    if _uncast(bits) != source or not same_axis or shape_of(source)[axis] != 2 or not _is_xor(total):
        return None
    cast = defining_operation(bits)
    return axis, [mixed, total] if bits == source or cast is None else [cast]


def _uncast(value: ir.Value) -> ir.Value:
    for name in _BITCASTS:
        cast = defining_operation(value, name)
        if cast is not None:
            return cast.operands[0]
    return value


def _is_xor(reduction: ir.Operation) -> bool:
    block = reduction.regions[0].blocks[0]
    body = [op.operation for op in block.operations]
    if [op.name for op in body] != ["arith.xori", "tt.reduce.return"]:
        return False
    return set(body[0].operands) == set(block.arguments) and body[1].operands[0] == body[0].results[0]


def _bits(value: ir.Value) -> _Bits | None:
    """What ``value`` is made of, if that is nothing but indices along dims of two and constants."""
    op = defining_operation(value)
    if op is None:
        return None
    if op.name == "arith.constant":
        return _constant(op)
    if op.name == "tt.make_range":
        start, end = (ir.IntegerAttr(op.attributes[name]).value for name in ("start", "end"))
        return _Bits(0, {0: value}) if (start, end) == (0, 2) else None
    if op.name == "tt.broadcast":
        return _bits(op.operands[0])
    if op.name == "tt.reshape":
        return _reshaped(op)
    if op.name == "arith.xori":
        left, right = (_bits(operand) for operand in op.operands)
        if left is None or right is None or left.ranges.keys() & right.ranges.keys():
            return None
        return _Bits(left.constant ^ right.constant, left.ranges | right.ranges)
    return None


def _constant(op: ir.Operation) -> _Bits | None:
    value = op.attributes["value"]
    if not isinstance(value, ir.DenseElementsAttr) or not value.is_splat:
        return None
    number = ir.IntegerAttr(value.get_splat_value()).value
    return _Bits(number) if number in (0, 1) else None


def _reshaped(op: ir.Operation) -> _Bits | None:
    inner = _bits(op.operands[0])
    shape = shape_of(op.results[0])
    if inner is None or len(inner.ranges) != 1 or sorted(shape) != [1] * (len(shape) - 1) + [2]:
        return None
    (leaf,) = inner.ranges.values()
    return _Bits(inner.constant, {shape.index(2): leaf})


def _exchange(step: _Step, shape: Sequence[int], buffer: ir.Value, ranges: ir.Value | None) -> None:
    """``step`` in ``buffer``, which has one dim for all of ``shape``.

    Dims before, between and after those that matter are taken together.  ``ranges`` holds 0 and 1, for a
    step with a flip.
    """
    groups = _groups(len(shape), sorted({step.axis, *step.flip.ranges}))
    sizes = [math.prod(shape[dim] for dim in group) for group in groups]
    place = groups.index([step.axis])
    if len(sizes) > 1:
        type_ = ir.MemRefType.get(sizes, element_of(buffer))
        buffer = memref.expand_shape(type_, buffer, [list(range(len(sizes)))], [], sizes)
    halves = [_half(buffer, place, position) for position in (0, 1)]
    del groups[place]
    _compare(step, halves, groups, ranges)


def _groups(rank: int, apart: Sequence[int]) -> list[list[int]]:
    """The dims in order, those ``apart`` alone and the others together."""
    groups: list[list[int]] = []
    for dim in range(rank):
        if dim in apart or not groups or groups[-1][-1] in apart:
            groups.append([dim])
        else:
            groups[-1].append(dim)
    return groups


def _half(buffer: ir.Value, place: int, position: int) -> ir.Value:
    """The window on ``position`` along the dim ``place``, without that dim."""
    sizes = shape_of(buffer)
    strides = [math.prod(sizes[dim + 1 :]) for dim in range(len(sizes))]
    others = [dim for dim in range(len(sizes)) if dim != place]
    layout = ir.StridedLayoutAttr.get(position * strides[place], [strides[dim] for dim in others])
    kept = ir.MemRefType.get([sizes[dim] for dim in others], element_of(buffer), layout)
    offsets = [position if dim == place else 0 for dim in range(len(sizes))]
    windows = [1 if dim == place else size for dim, size in enumerate(sizes)]
    half: ir.Value = memref.subview(buffer, offsets, windows, [1] * len(sizes), result_type=kept)
    return half


def _compare(
    step: _Step, halves: Sequence[ir.Value], groups: Sequence[list[int]], ranges: ir.Value | None
) -> None:
    identity = ir.AffineMap.get_identity(len(groups))
    flips = [] if ranges is None else [ranges]
    of_flips = [
        ir.AffineMap.get(len(groups), 0, [ir.AffineDimExpr.get(groups.index([dim]))])
        for dim in step.flip.ranges
    ]
    i32 = ir.IntegerType.get_signless(32)

    def body(low: ir.Value, high: ir.Value, *more: ir.Value) -> Sequence[ir.Value]:
        constant = builders.constant(i32, step.flip.constant)
        flip = arith.xori(more[0], constant) if flips else constant
        other = arith.xori(flip, builders.constant(i32, 1))
        return (
            arith.select(_differs(step, low, high, flip), high, low),
            arith.select(_differs(step, high, low, other), low, high),
        )

    builders.generic([*halves, *flips], halves, [identity, identity, *of_flips, identity, identity], body)


def _differs(step: _Step, left: ir.Value, right: ir.Value, flip: ir.Value) -> ir.Value:
    """Whether the comparison of two elements is another number than ``flip``."""
    op = step.comparison
    attributes = {name: op.attributes[name] for name in op.attributes}
    i1, i32 = (ir.IntegerType.get_signless(width) for width in (1, 32))
    compared = ir.Operation.create(op.name, [i1], [left, right], attributes)
    unequal: ir.Value = arith.cmpi(arith.CmpIPredicate.ne, arith.extui(i32, compared.result), flip)
    return unequal
