"""Lets loops carry an accumulator once, however many variables hold it.

Triton carries each variable by itself::

    %r:2 = scf.for ... iter_args(%acc = %zero, %alias = %zero) {
      %new:2 = scf.if %c { %t = xsmt.insert ...; scf.yield %t, %t } else { scf.yield %acc, %alias }
      scf.yield %new#0, %new#1
    }

Its canonicalization merges the copies unless a branch or a loop lies between.  What is left is
merged here: two values carried are the same if they begin the same and, supposing that they are
the same, stay so in every iteration.
"""

from __future__ import annotations

import itertools

from smtir.mlir import ir, passmanager

_FIRST_INIT = 3
_Pairs = frozenset[tuple[ir.Value, ir.Value]]


def merge_copies(module: ir.Module) -> None:
    """Replace every loop-carried copy by the value it is a copy of."""
    loops: list[ir.Operation] = []

    def collect(op: ir.Operation) -> ir.WalkResult:
        if op.name == "scf.for" and len(op.results) > 1:
            loops.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(collect, ir.WalkOrder.PRE_ORDER)
    merged = False
    for loop in loops:
        for one, two in itertools.combinations(range(len(loop.results)), 2):
            unused = not any(True for _ in _argument(loop, two).uses)
            if not unused and _carry_the_same(loop, one, two, frozenset()):
                _argument(loop, two).replace_all_uses_with(_argument(loop, one))
                loop.results[two].replace_all_uses_with(loop.results[one])
                merged = True
    if merged:
        # Drops the carried values that nothing uses any more.
        with module.context:
            passmanager.PassManager.parse("builtin.module(canonicalize)").run(module.operation)


def _argument(loop: ir.Operation, number: int) -> ir.Value:
    return loop.regions[0].blocks[0].arguments[number + 1]


def _yielded(region: ir.Region, number: int) -> ir.Value:
    operations = region.blocks[0].operations
    return operations[len(operations) - 1].operation.operands[number]


def _carry_the_same(loop: ir.Operation, one: int, two: int, supposed: _Pairs) -> bool:
    if not _same(loop.operands[_FIRST_INIT + one], loop.operands[_FIRST_INIT + two], supposed):
        return False
    supposed |= {(_argument(loop, one), _argument(loop, two))}
    return _same(_yielded(loop.regions[0], one), _yielded(loop.regions[0], two), supposed)


def _same(one: ir.Value, two: ir.Value, supposed: _Pairs) -> bool:
    """Whether the values are equal at run time, given that the ``supposed`` pairs are."""
    if one == two or (one, two) in supposed or (two, one) in supposed:
        return True
    if not isinstance(one, ir.OpResult) or not isinstance(two, ir.OpResult) or one.owner != two.owner:
        return False
    op, numbers = one.owner.operation, (one.result_number, two.result_number)
    if op.name == "scf.if":
        return all(
            _same(_yielded(region, numbers[0]), _yielded(region, numbers[1]), supposed)
            for region in op.regions
        )
    return op.name == "scf.for" and _carry_the_same(op, *numbers, supposed)
