"""Puts back the locations that Triton's text does not have.

These are the arguments of loop bodies, whose variables survive only in the names of the values
(``%acc_10`` for the variable ``acc``), and the terminators that the text leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from smtir.mlir import ir

_FOR = re.compile(
    r"\bscf\.for (?:unsigned )?%(?P<induction>\w+) = [^\n]*?(?:iter_args\((?P<carried>[^)]*)\)|: i\d+ \{)"
)
_ARGUMENT = re.compile(r"%(\w+) =")
_NUMBER = re.compile(r"_\d+$")


def restore_locations(module: ir.Module, text: str, variables: Collection[str]) -> None:
    """Give loop arguments and implicit terminators the location of their loop or branch.

    Args:
        module: the module parsed from ``text``.
        text: TTIR as Triton printed it.
        variables: every name in the kernel's source; a loop argument called otherwise was named
            by Triton itself and gets no name.
    """
    loops: list[ir.Operation] = []
    branches: list[ir.Operation] = []

    def collect(op: ir.Operation) -> ir.WalkResult:
        if op.name == "scf.for":
            loops.append(op)
        elif op.name == "scf.if":
            branches.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(collect, ir.WalkOrder.PRE_ORDER)
    with module.context:
        for op in (*loops, *branches):
            for block in (block for region in op.regions for block in region.blocks):
                end = block.operations[len(block.operations) - 1].operation
                if not end.operands:
                    end.location = _place_of(op.location)
        for loop, written in zip(loops, _FOR.finditer(text), strict=True):
            names = [written["induction"], *_ARGUMENT.findall(written["carried"] or "")]
            place = _place_of(loop.location)
            for argument, name in zip(loop.regions[0].blocks[0].arguments, names, strict=True):
                variable = name if name in variables else _NUMBER.sub("", name)
                argument.set_location(ir.Location.name(variable, place) if variable in variables else place)


def _place_of(location: ir.Location) -> ir.Location:
    """The location without the variable name around it, which is that of the loop's results."""
    while location.is_a_name():
        location = location.child_loc
    return location
