"""Keeps the variable names of loop variables and of values that loops carry.

Triton's text gives every operation its location, but not the arguments of loop bodies: their
variables survive only in the names of the values (``%acc_10`` for the variable ``acc``).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from smtir.mlir import ir

_FOR = re.compile(r"\bscf\.for %(?P<induction>\w+) = [^\n]*?(?:iter_args\((?P<carried>[^)]*)\)|: i\d+ \{)")
_ARGUMENT = re.compile(r"%(\w+) =")
_NUMBER = re.compile(r"_\d+$")


def name_loop_arguments(module: ir.Module, text: str, variables: Collection[str]) -> None:
    """Give the arguments of each ``scf.for`` the location of the loop under the variable's name.

    Args:
        module: the module parsed from ``text``.
        text: TTIR as Triton printed it.
        variables: every name in the kernel's source; others are Triton's own and not kept.
    """
    loops: list[ir.Operation] = []

    def collect(op: ir.Operation) -> ir.WalkResult:
        if op.name == "scf.for":
            loops.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(collect, ir.WalkOrder.PRE_ORDER)
    with module.context:
        for loop, written in zip(loops, _FOR.finditer(text), strict=True):
            names = [written["induction"], *_ARGUMENT.findall(written["carried"] or "")]
            for argument, name in zip(loop.regions[0].blocks[0].arguments, names, strict=True):
                variable = name if name in variables else _NUMBER.sub("", name)
                place = _place_of(loop.location)
                argument.set_location(ir.Location.name(variable, place) if variable in variables else place)


def _place_of(location: ir.Location) -> ir.Location:
    """The location without the variable name around it, which is that of the loop's results."""
    while location.is_a_name():
        location = location.child_loc
    return location
