"""Reduce the location of an inlined operation to one place: the line of the kernel.

LLVM's debug information describes a chain of calls only with a scope for each callee, which
operations do not carry; upstream's pass that adds scopes crashes on chains of three.  What is kept
is the innermost place outside Triton's own library, as in error messages.

Before::

    %r = arith.addi %a, %b : i32 loc(callsite("random.py":84:20 at "kernel.py":7:3))

After::

    %r = arith.addi %a, %b : i32 loc("kernel.py":7:3)
"""

from __future__ import annotations

from smtir.mlir import ir, source_location
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import functions_of, operations_below


@define_pass
def run(module: ir.Module) -> None:
    """Flatten the location of every operation that comes from an inlined function."""
    flat: dict[ir.Location, ir.Location] = {}
    for function in functions_of(module):
        for op in operations_below(function):
            location = op.location
            if location not in flat:
                flat[location] = _flattened(location)
            if flat[location] != location:
                op.location = flat[location]


def _flattened(location: ir.Location) -> ir.Location:
    inner = location.child_loc if location.is_a_name() else location
    if not inner.is_a_callsite() and not inner.is_a_fused():
        return location
    place = source_location(location)
    if place is None or not place.file:
        return ir.Location.unknown()
    file = ir.Location.file(place.file, place.line, place.column)
    return ir.Location.name(place.name, file) if place.name else file
