"""triton-carry-offsets: loops and branches carry integers instead of pointers.

A pointer that a loop carries is its initial value plus what was added since.  This pass
carries only the sum: one integer a dimension for a block pointer, one integer for a pointer or
a tensor of pointers (and for an integer tensor) that advances uniformly, an offset tensor for
one that does not.  A pointer that is replaced by a different one is carried as the numbers it
consists of, its address first.  The pointer is made again where it is used, so that every load and
store can be read back to its base without looking through control flow.  The result is legal TTIR.

Before::

    %r = scf.for %i = %lo to %hi step %c iter_args(%p = %init) -> (!tt.ptr<tensor<32x16xf32>>) {
      %x = tt.load %p : !tt.ptr<tensor<32x16xf32>>
      %q = tt.advance %p, [%c0, %c16] : <tensor<32x16xf32>>
      scf.yield %q : !tt.ptr<tensor<32x16xf32>>
    }

After::

    %r:2 = scf.for %i = %lo to %hi step %c iter_args(%d0 = %c0, %d1 = %c0) -> (i32, i32) {
      %p = tt.advance %init, [%d0, %d1] : <tensor<32x16xf32>>
      %x = tt.load %p : !tt.ptr<tensor<32x16xf32>>
      %e0 = arith.addi %d0, %c0 : i32
      %e1 = arith.addi %d1, %c16 : i32
      scf.yield %e0, %e1 : i32, i32
    }
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smtir.dialects.types import is_pointer_like
from smtir.mlir import ir, scf
from smtir.rewrite.carried import Carried, plan_carried
from smtir.rewrite.dead_code import erase_dead
from smtir.rewrite.lowering import NoMatch, record_miss
from smtir.rewrite.passes import define_pass
from smtir.rewrite.pointer_parts import CarriedParts, resolve_parts
from smtir.rewrite.values import attributes_of, operations_below
from smtir.rewrite.while_loops import hand_all_on

PASS = "triton-carry-offsets"


@define_pass
def run(module: ir.Module) -> None:
    rewrites = {"scf.for": rewrite_for, "scf.if": rewrite_if, "scf.while": rewrite_while}
    for op in operations_below(module.operation, rewrites, inner_first=True):
        rewrite = rewrites[op.name]
        try:
            with op.location:
                rewrite(op.opview)
        except NoMatch as miss:
            record_miss(PASS, rewrite.__name__, op, str(miss))
    resolve_parts(module.operation)
    erase_dead(module.operation)


def rewrite_for(loop: scf.ForOp) -> None:
    """Carry sums in a ``scf.for``."""
    body = loop.regions[0].blocks[0]
    end = _terminator(body)
    plans = [
        plan_carried(init, [(argument, last)])
        for init, argument, last in zip(loop.initArgs, list(body.arguments)[1:], end.operands, strict=True)
    ]
    if not any(plans):
        return
    with ir.InsertionPoint(loop):
        inits = _flatten(plans, list(loop.initArgs), lambda plan: plan.initial())
    carried = _add_arguments(body, plans, [value.type for value in inits], first=1)
    with ir.InsertionPoint(end), end.location:
        scf.YieldOp(_advance(plans, carried, list(end.operands), path=0))
    end.erase()
    _replace_arguments(body, plans, carried, first=1)
    bounds = list(loop.operands)[:3]
    _replace(loop, [body], [*bounds, *inits], [value.type for value in inits], plans)


def rewrite_if(branch: scf.IfOp) -> None:
    """Give sums out of a ``scf.if``, from the pointer that both branches start from."""
    if not len(branch.results):
        return
    blocks = [region.blocks[0] for region in branch.regions]
    ends = [_terminator(block) for block in blocks]
    plans = [
        plan_carried(None, [(None, end.operands[position]) for end in ends])
        for position in range(len(branch.results))
    ]
    if not any(plans):
        return
    results: list[ir.Type] = []
    for path, end in enumerate(ends):
        with ir.InsertionPoint(end), end.location:
            zeros = [plan.initial() if plan else [] for plan in plans]
            values = _advance(plans, zeros, list(end.operands), path=path)
            scf.YieldOp(values)
        results = [value.type for value in values]
        end.erase()
    _replace(branch, blocks, list(branch.operands), results, plans)


def rewrite_while(loop: scf.WhileOp) -> None:
    """Carry sums in a ``scf.while`` whose condition hands on what is carried, and nothing else."""
    if any(is_pointer_like(init.type) for init in loop.inits):
        loop = hand_all_on(loop.operation).opview
    before, after = (region.blocks[0] for region in loop.regions)
    condition, end = _terminator(before), _terminator(after)
    passed = list(condition.operands)[1:]
    if passed != list(before.arguments):
        if any(is_pointer_like(value.type) for value in [*loop.inits, *passed]):
            raise NoMatch("the loop's condition changes the carried values")
        return
    plans = [
        plan_carried(init, [(argument, last)])
        for init, argument, last in zip(loop.inits, after.arguments, end.operands, strict=True)
    ]
    if not any(plans):
        return
    with ir.InsertionPoint(loop):
        inits = _flatten(plans, list(loop.inits), lambda plan: plan.initial())
    types = [value.type for value in inits]
    entering = _add_arguments(before, plans, types, first=0)
    with ir.InsertionPoint(condition), condition.location:
        scf.ConditionOp(condition.operands[0], [value for group in entering for value in group])
    condition.erase()
    _replace_arguments(before, plans, entering, first=0)
    carried = _add_arguments(after, plans, types, first=0)
    with ir.InsertionPoint(end), end.location:
        scf.YieldOp(_advance(plans, carried, list(end.operands), path=0))
    end.erase()
    _replace_arguments(after, plans, carried, first=0)
    _replace(loop, [before, after], inits, types, plans)


Plan = Carried | CarriedParts
Plans = Sequence[Plan | None]


def _terminator(block: ir.Block) -> ir.Operation:
    return block.operations[len(block.operations) - 1].operation


def _flatten(
    plans: Plans, values: Sequence[ir.Value], sums: Callable[[Plan], list[ir.Value]]
) -> list[ir.Value]:
    """``values`` with each planned one replaced by its sums."""
    groups = [sums(plan) if plan else [value] for plan, value in zip(plans, values, strict=True)]
    return [value for group in groups for value in group]


def _advance(
    plans: Plans, carried: Sequence[Sequence[ir.Value]], ends: Sequence[ir.Value], path: int
) -> list[ir.Value]:
    """What to yield: sums at the end of ``path`` for planned values, ``ends`` for the others."""
    groups = [
        plan.advanced(path, sums, end) if plan else [end]
        for plan, sums, end in zip(plans, carried, ends, strict=True)
    ]
    return [value for group in groups for value in group]


def _add_arguments(
    block: ir.Block, plans: Plans, types: Sequence[ir.Type], first: int
) -> list[list[ir.Value]]:
    """Append arguments of ``types`` to ``block`` for those from ``first`` on, grouped as these are.

    The old ones stay until the end of the block is built anew: what a value moves by may be
    another carried value.
    """
    old = list(block.arguments)[first:]
    counts = [len(plan.types) if plan else 1 for plan in plans]
    locations = [argument.location for argument, count in zip(old, counts, strict=True) for _ in range(count)]
    made = iter([block.add_argument(type_, loc) for type_, loc in zip(types, locations, strict=True)])
    return [[next(made) for _ in range(count)] for count in counts]


def _replace_arguments(
    block: ir.Block, plans: Plans, groups: Sequence[Sequence[ir.Value]], first: int
) -> None:
    """Put what ``groups`` make in the place of the arguments from ``first`` on."""
    old = list(block.arguments)[first : first + len(plans)]
    for argument, plan, sums in zip(old, plans, groups, strict=True):
        with ir.InsertionPoint.at_block_begin(block), argument.location:
            argument.replace_all_uses_with(plan.remake(sums) if plan else sums[0])
    for _ in old:
        block.erase_argument(first)


def _replace(
    old: ir.OpView, blocks: Sequence[ir.Block], operands: list[ir.Value], types: list[ir.Type], plans: Plans
) -> None:
    """Put an operation with ``operands`` and ``types`` and the given bodies in the place of ``old``."""
    with ir.InsertionPoint(old):
        new = ir.Operation.create(
            old.operation.name,
            results=types,
            operands=operands,
            attributes=attributes_of(old.operation),
            regions=len(blocks),
            loc=old.operation.location,
        )
    for block, region in zip(blocks, new.regions, strict=True):
        block.append_to(region)
    results = iter(new.results)
    for plan, result in zip(plans, old.results, strict=True):
        sums = [next(results) for _ in range(len(plan.types) if plan else 1)]
        with ir.InsertionPoint.after(new), new.location:
            result.replace_all_uses_with(plan.remake(sums) if plan else sums[0])
    old.operation.erase()
