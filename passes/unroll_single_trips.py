"""Give a loop whose tensors are only reduced afterwards a path without a loop, for a single trip.

Kernels that work on rows of any length go through them in blocks, add up what they read lane by lane, and
reduce the sums at the end; with blocks as wide as most rows are, the loop runs once.  Without a loop the
sums need no memory: they are computed where they are reduced (``fuse-into-reductions``).

A loop gets such a path if nothing but reductions reads its tensors, directly or by way of slices and
lane-wise operations, if it stores nothing and holds no loops or products, and if it counts by more than 1
up to a bound that is not known.

Before::

    %sums = scf.for %i = %c0 to %n step %c1024 iter_args(%s = %zeros) -> (tensor<1024xf32>) {
      ...
    }
    %r = linalg.reduce { arith.addf } ins(%sums : tensor<1024xf32>) outs(%z : tensor<f32>) dimensions = [0]
    %total = tensor.extract %r[] : tensor<f32>

After::

    %once = ...  // 0 < %n and %n <= 1024
    %total = scf.if %once -> (f32) {
      ...  // the body, for %i = %c0 and %s = %zeros
      %r = linalg.reduce ...
      %t = tensor.extract %r[] : tensor<f32>
      scf.yield %t : f32
    } else {
      %sums = scf.for ...
      %r = linalg.reduce ...
      %t = tensor.extract %r[] : tensor<f32>
      scf.yield %t : f32
    }
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cmp_to_key

from smtir.mlir import arith, ir
from smtir.rewrite.destinations import is_lane_wise
from smtir.rewrite.index import constant_int
from smtir.rewrite.passes import define_pass
from smtir.rewrite.pointer_parts import BOUNDS
from smtir.rewrite.values import (
    clone_block,
    clone_renamed,
    defining_operation,
    is_tensor,
    operations_below,
    rank_of,
)

_PURE = ("arith.", "math.", "tensor.")
_IN_BODY = (
    "linalg.fill",
    "linalg.yield",
    "scf.yield",
    "memref.load",
    "memref.reinterpret_cast",
    "memref.subview",
    "bufferization.to_tensor",
)
_LARGEST_BODY = 300
"""Operations, those in regions counted too: the code is there twice."""


@define_pass
def run(module: ir.Module) -> None:
    for loop in operations_below(module.operation, ("scf.for",)):
        if not _may_run_once(loop) or not _is_simple(loop):
            continue
        reading = _reading(loop)
        if reading and _ready_before(loop, reading):
            _split(loop, reading)


def _may_run_once(loop: ir.Operation) -> bool:
    """Whether ``loop`` carries tensors over steps of more than 1 up to an unknown bound."""
    first, end, step = list(loop.operands)[:BOUNDS]
    unknown = constant_int(first) is None or constant_int(end) is None
    return (
        unknown
        and constant_int(step) != 1
        and any(is_tensor(result) for result in loop.results)
        and "unsignedCmp" not in loop.attributes
    )


def _is_simple(loop: ir.Operation) -> bool:
    """Whether the body only reads memory and computes lane by lane, in a limited number of operations."""
    for view in loop.regions[0].blocks[0].operations:
        op = view.operation
        known = op.name.startswith(_PURE) or op.name in _IN_BODY or is_lane_wise(op)
        if not known:
            return False
    return len(operations_below(loop)) <= _LARGEST_BODY


def _reading(loop: ir.Operation) -> list[ir.Operation]:
    """What leads from the tensors of ``loop`` to reductions, in order; nothing if they are read otherwise."""
    found: set[ir.Operation] = set()
    pending = [result for result in loop.results if is_tensor(result)]
    while pending:
        for use in pending.pop().uses:
            op = use.owner.operation
            if op in found:
                continue
            known = op.name in ("linalg.reduce", "tensor.extract_slice") or _is_computed(op)
            if op.block != loop.block or not known:
                return []
            found.add(op)
            if op.name != "linalg.reduce":
                pending.append(op.results[0])
    for op in [op for op in found if op.name == "linalg.reduce"]:
        found |= _extractions(op)
    return _in_order(found)


def _is_computed(op: ir.Operation) -> bool:
    """Whether ``op`` computes a tensor lane by lane, out of tensors alone."""
    return op.name == "linalg.generic" and is_lane_wise(op) and not operations_below(op, ("memref.load",))


def _extractions(reduction: ir.Operation) -> set[ir.Operation]:
    """The operations that make scalars of the results of a reduction, where nothing else reads those."""
    users: set[ir.Operation] = set()
    for result in reduction.results:
        readers = [use.owner.operation for use in result.uses]
        if rank_of(result) or any(
            user.name != "tensor.extract" or user.block != reduction.block for user in readers
        ):
            return set()
        users.update(readers)
    return users


def _ready_before(loop: ir.Operation, reading: list[ir.Operation]) -> bool:
    """See to it that what ``reading`` needs beside the loop's results is computed before the loop."""
    given = set(reading) | {loop}
    moving: list[ir.Operation] = []
    pending = list(reading)
    while pending:
        for op in _makers(pending.pop()):
            if op in given or op.block != loop.block or op.is_before_in_block(loop):
                continue
            if not (op.name.startswith(_PURE) or op.name == "linalg.fill" or _is_computed(op)):
                return False
            if not _makers(op).isdisjoint((loop, *reading)):
                return False
            given.add(op)
            moving.append(op)
            pending.append(op)
    for op in _in_order(moving):
        op.move_before(loop)
    return True


def _makers(op: ir.Operation) -> set[ir.Operation]:
    """The operations that compute what ``op`` reads, in its regions too."""
    readers = [op, *operations_below(op)]
    found = {defining_operation(operand) for reader in readers for operand in reader.operands}
    return {maker for maker in found if maker is not None}


def _in_order(operations: Iterable[ir.Operation]) -> list[ir.Operation]:
    def compare(one: ir.Operation, other: ir.Operation) -> int:
        return -1 if one.is_before_in_block(other) else 1

    return sorted(operations, key=cmp_to_key(compare))


def _split(loop: ir.Operation, reading: list[ir.Operation]) -> None:
    inner = {loop, *reading}
    results = [result for op in (loop, *reading) for result in op.results]
    handed_on = [result for result in results if any(use.owner.operation not in inner for use in result.uses)]
    with ir.InsertionPoint(loop), loop.location:
        branches = ir.Operation.create(
            "scf.if", results=[value.type for value in handed_on], operands=[_runs_once(loop)], regions=2
        )
        for region in branches.regions:
            region.blocks.append()
    body = loop.regions[0].blocks[0]
    with ir.InsertionPoint(branches.regions[0].blocks[0]), loop.location:
        computed = clone_block(body, [loop.operands[0], *list(loop.operands)[BOUNDS:]])
        _read(reading, dict(zip(loop.results, computed, strict=True)), handed_on)
    with ir.InsertionPoint(branches.regions[1].blocks[0]), loop.location:
        repeated: dict[ir.Value, ir.Value] = {}
        clone_renamed(loop, repeated)
        _read(reading, repeated, handed_on)
    for old, new in zip(handed_on, branches.results, strict=True):
        old.replace_all_uses_with(new)
    for op in reversed([loop, *reading]):
        op.erase()


def _runs_once(loop: ir.Operation) -> ir.Value:
    first, end, step = list(loop.operands)[:BOUNDS]
    length = end if constant_int(first) == 0 else arith.subi(end, first)
    # Without a sign: the length may not fit into the type, but it is not negative where it counts.
    starts = arith.cmpi(arith.CmpIPredicate.slt, first, end)
    return arith.andi(starts, arith.cmpi(arith.CmpIPredicate.ule, length, step))


def _read(reading: list[ir.Operation], mapping: dict[ir.Value, ir.Value], handed_on: list[ir.Value]) -> None:
    """Copy ``reading`` to the end of a branch, and hand on what is used after it."""
    for op in reading:
        clone_renamed(op, mapping)
    ir.Operation.create("scf.yield", operands=[mapping[value] for value in handed_on])
