"""The form of ``scf.while`` in which each carried value is seen in both regions, in one order.

Canonicalization lets the condition hand on only what the body reads: a flag that the condition
alone looks at is carried, but is no argument of the body.  Then the body's arguments, the loop's
results and the values that the body yields do not go together by number any more.
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.emitter import create
from smtir.rewrite.values import attributes_of


def hand_all_on(loop: ir.Operation) -> ir.Operation:
    """Let the condition of ``loop`` hand on all carried values in order; the loop that does so.

    A condition that hands on other values, computed before it, is left as it is.
    """
    before, after = (region.blocks[0] for region in loop.regions)
    condition = before.operations[len(before.operations) - 1].operation
    passed, carried = list(condition.operands)[1:], list(before.arguments)
    if passed == carried or any(value not in carried for value in passed):
        return loop
    places = [carried.index(value) for value in passed]
    with ir.InsertionPoint(condition), condition.location:
        create("scf.condition", [condition.operands[0], *carried])
    condition.erase()
    old = list(after.arguments)
    new = [after.add_argument(argument.type, argument.location) for argument in carried]
    for argument, place in zip(old, places, strict=True):
        argument.replace_all_uses_with(new[place])
        after.erase_argument(0)
    with ir.InsertionPoint(loop):
        made = ir.Operation.create(
            loop.name,
            results=[argument.type for argument in carried],
            operands=list(loop.operands),
            attributes=attributes_of(loop),
            regions=2,
            loc=loop.location,
        )
    for block, region in zip((before, after), made.regions, strict=True):
        block.append_to(region)
    for result, place in zip(loop.results, places, strict=True):
        result.replace_all_uses_with(made.results[place])
    loop.erase()
    return made
