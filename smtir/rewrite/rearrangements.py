"""Tensors put together, taken apart and indexed by tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from smtir.mlir import arith, ir, linalg, scf, tensor
from smtir.rewrite import builders, index
from smtir.rewrite.values import clone_block, element_of, element_type, rank_of, shape_of


def joined(left: ir.Value, right: ir.Value) -> ir.Value:
    """``[..., 2]``: ``left`` at ``[..., 0]`` and ``right`` at ``[..., 1]``."""
    shape = shape_of(left)
    whole = builders.empty([*shape, 2], element_of(left))
    for position, part in enumerate((left, right)):
        whole = builders.insert_slice(part, whole, [*[0] * len(shape), position], [*shape, 1])
    return whole


def halves(value: ir.Value) -> list[ir.Value]:
    """``[..., 0]`` and ``[..., 1]`` of a tensor whose last dim has size 2."""
    *shape, _ = shape_of(value)
    return [
        builders.extract_slice(value, [*[0] * len(shape), position], [*shape, 1], rank=len(shape))
        for position in range(2)
    ]


def concatenated(left: ir.Value, right: ir.Value) -> ir.Value:
    """Two 1D tensors, one after the other."""
    sizes = [shape_of(part)[0] for part in (left, right)]
    whole = builders.empty([sum(sizes)], element_of(left))
    for start, size, part in zip((0, sizes[0]), sizes, (left, right), strict=True):
        whole = builders.insert_slice(part, whole, [start], [size])
    return whole


def gathered(source: ir.Value, positions: ir.Value, axis: int) -> ir.Value:
    """``source`` at ``positions`` along ``axis``, at the result's own index along the others."""
    shape = shape_of(positions)
    size = index.materialize(shape_of(source)[axis])
    identity = ir.AffineMap.get_identity(len(shape))

    def body(position: ir.Value, _: ir.Value) -> ir.Value:
        at: list[ir.Value] = [linalg.IndexOp(dim).result for dim in range(len(shape))]
        at[axis] = _wrapped(position, size)
        return tensor.extract(source, at)

    destination = builders.empty(shape, element_of(source))
    return builders.generic([positions], [destination], [identity, identity], body)


def _wrapped(number: ir.Value, size: ir.Value) -> ir.Value:
    """``number`` modulo ``size``: kernels have numbers that are none in lanes whose result they drop."""
    return arith.remui(arith.index_castui(builders.index_type(), number), size)


def mapped(
    sources: Sequence[ir.Value], results: Sequence[ir.Type], function: ir.Block, pack: int
) -> list[ir.Value]:
    """``function`` of each element of ``sources``, or of ``pack`` neighbours of the last dim at a time.

    Args:
        sources: tensors of one shape.
        results: types of the results.
        function: takes ``pack`` elements of each source, and hands on as many of each result.
        pack: divides the size of the last dim.
    """
    *outer, columns = shape_of(sources[0])
    shape = [*outer, columns // pack]
    inputs = [_every(source, start, pack, shape) for source in sources for start in range(pack)]
    outputs = [builders.empty(shape, element_type(type_)) for type_ in results for _ in range(pack)]
    maps = [ir.AffineMap.get_identity(len(shape))] * (len(inputs) + len(outputs))
    made = builders.generic(inputs, outputs, maps, lambda *given: clone_block(function, given[: len(inputs)]))
    parts = [made] if len(outputs) == 1 else list(cast("Sequence[ir.Value]", made))
    if pack == 1:
        return parts
    last = len(outer)
    return [interleaved(parts[first : first + pack], last) for first in range(0, len(parts), pack)]


def interleaved(parts: Sequence[ir.Value], axis: int) -> ir.Value:
    """The elements of tensors of one shape and type in turns along ``axis``."""
    shape = shape_of(parts[0])
    sizes = [size * (len(parts) if dim == axis else 1) for dim, size in enumerate(shape)]
    whole = builders.empty(sizes, element_of(parts[0]))
    for start, part in enumerate(parts):
        whole = tensor.insert_slice(part, whole, [], [], [], *_comb(start, len(parts), shape, axis))
    return whole


def _every(source: ir.Value, start: int, step: int, shape: Sequence[int]) -> ir.Value:
    """Every ``step``-th column of ``source`` from ``start`` on, a tensor of ``shape``."""
    if step == 1:
        return source
    type_ = builders.tensor_type(shape, element_of(source))
    return tensor.extract_slice(type_, source, [], [], [], *_comb(start, step, shape, len(shape) - 1))


def _comb(start: int, step: int, shape: Sequence[int], axis: int) -> tuple[list[int], list[int], list[int]]:
    """Offsets, sizes and strides of every ``step``-th index along ``axis``."""
    offsets, steps = [0] * len(shape), [1] * len(shape)
    offsets[axis], steps[axis] = start, step
    return offsets, list(shape), steps


def counted(source: ir.Value, mask: ir.Value | None, like: ir.Value) -> ir.Value:
    """How often each bin's number occurs in the 1D ``source``, where ``mask`` is true.

    A number that is no bin's, such as one that the mask hides, is taken modulo their count, as on GPUs.
    """
    element = element_of(like)
    zeros = builders.filled(builders.constant(element, 0), shape_of(like))
    one = builders.constant(element, 1)
    bounds = [index.materialize(bound) for bound in (0, shape_of(source)[0], 1)]
    bins = index.materialize(shape_of(like)[0])
    loop = scf.ForOp(*bounds, [zeros])
    with ir.InsertionPoint(loop.body):
        position, counts = loop.induction_variable, loop.inner_iter_args[0]
        number = _wrapped(tensor.extract(source, [position]), bins)
        more = one
        if mask is not None:
            nothing = builders.constant(element, 0)
            more = arith.select(tensor.extract(mask, [position]), one, nothing)
        count = arith.addi(tensor.extract(counts, [number]), more)
        scf.YieldOp([tensor.insert(count, counts, [number])])
    return loop.results[0]


def without_unit_dims(source: ir.Value, kept: Sequence[int]) -> ir.Value:
    """``source`` with only the dims ``kept``; all others have size 1."""
    rank = rank_of(source)
    if len(kept) == rank:
        return source
    shape = [shape_of(source)[axis] for axis in kept]
    groups: list[list[int]] = []
    for axis in range(rank):
        if not groups or (axis in kept and any(member in kept for member in groups[-1])):
            groups.append([axis])
        else:
            groups[-1].append(axis)
    target = builders.tensor_type(shape, element_of(source))
    return tensor.collapse_shape(target, source, groups if kept else [])


def with_unit_dim(source: ir.Value, target: Sequence[int], axis: int) -> ir.Value:
    """``source`` with a dim of size 1 inserted at ``axis``."""
    rank = rank_of(source)
    groups = [[old if old < axis else old + 1] for old in range(rank)]
    if rank:
        groups[max(axis - 1, 0)].append(axis)
        groups = [sorted(group) for group in groups]
    wanted = builders.tensor_type(target, element_of(source))
    return tensor.expand_shape(wanted, source, groups, [], list(target))
