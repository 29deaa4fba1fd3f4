"""Associative scans: a loop along the scanned dim, whole slices at a time.

Along lines in memory that is element after element; such a loop is marked, so that ``vectorize-linalg`` may
take the elements in another way (smtir.rewrite.line_scans).
"""

from __future__ import annotations

from collections.abc import Sequence

from smtir.mlir import ir, scf, tensor
from smtir.rewrite import builders, index
from smtir.rewrite.index import Index
from smtir.rewrite.values import clone_block, element_of, shape_of

ORDER = "smtir.scan"
"""Attribute of a loop over the elements of lines whose combination is associative: which come first."""
FORWARD, REVERSE = "forward", "reverse"


def scanned(sources: Sequence[ir.Value], axis: int, reverse: bool, combine: ir.Block) -> list[ir.Value]:
    """The running combinations of ``sources`` along ``axis``, from the last one if ``reverse``."""
    shape = shape_of(sources[0])
    last = shape[axis] - 1
    first = last if reverse else 0
    outs = [
        builders.insert_slice(
            _slice(source, axis, first), builders.empty(shape, element_of(source)), *_box(shape, axis, first)
        )
        for source in sources
    ]
    loop = scf.ForOp(*[index.materialize(bound) for bound in (1, shape[axis], 1)], outs)
    if axis == len(shape) - 1:
        loop.attributes[ORDER] = ir.StringAttr.get(REVERSE if reverse else FORWARD)
    with ir.InsertionPoint(loop.body):
        step = loop.induction_variable
        here = index.sub(last, step) if reverse else step
        before = index.add(here, 1) if reverse else index.sub(here, 1)
        running = [_slice(out, axis, before) for out in loop.inner_iter_args]
        current = [_slice(source, axis, here) for source in sources]
        combined = _combined(running, current, combine)
        scf.YieldOp(
            [
                builders.insert_slice(value, out, *_box(shape, axis, here))
                for value, out in zip(combined, loop.inner_iter_args, strict=True)
            ]
        )
    return list(loop.results)


def combined_halves(source: ir.Value, axis: int, combine: ir.Block) -> list[ir.Value]:
    """The combinations of the two elements that ``source`` has along ``axis``."""
    shape, element = shape_of(source), element_of(source)
    kept = [size for dim, size in enumerate(shape) if dim != axis]
    halves = [
        tensor.extract_slice(
            builders.tensor_type(kept, element), source, [], [], [], offsets, sizes, [1] * len(shape)
        )
        for offsets, sizes in (_box(shape, axis, position) for position in (0, 1))
    ]
    return _combined([halves[0]], [halves[1]], combine)


def _box(shape: Sequence[int], axis: int, position: Index) -> tuple[list[Index], list[int]]:
    """Offsets and sizes of the slice at ``position`` along ``axis``."""
    offsets: list[Index] = [position if dim == axis else 0 for dim in range(len(shape))]
    return offsets, [1 if dim == axis else size for dim, size in enumerate(shape)]


def _slice(value: ir.Value, axis: int, position: Index) -> ir.Value:
    return builders.extract_slice(value, *_box(shape_of(value), axis, position))


def _combined(left: Sequence[ir.Value], right: Sequence[ir.Value], combine: ir.Block) -> list[ir.Value]:
    shape = shape_of(left[0])
    identity = ir.AffineMap.get_identity(len(shape))
    outs = [builders.empty(shape, element_of(value)) for value in left]
    count = len(left)
    made = builders.generic(
        [*left, *right],
        outs,
        [identity] * (3 * count),
        lambda *scalars: clone_block(combine, scalars[: 2 * count]),
    )
    return [made] if count == 1 else list(made)
