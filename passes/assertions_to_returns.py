"""An assertion that fails ends the program, which says so first.

Before::

    cf.assert %ok, "index in range"
    %x = memref.load %a[%i] : memref<?xf32>

After::

      cf.cond_br %ok, ^on, ^failed
    ^failed:
      func.call @smtir_harness_fail(%text, %bytes, %zero, %zero, %x, %y, %z)
      func.return
    ^on:
      %x = memref.load %a[%i] : memref<?xf32>

The text names the assertion's message and the line of the kernel.  Loops and branches are gone by now, so
that whatever stands around the assertion is left at once.
"""

from __future__ import annotations

from smtir.mlir import ir, source_location
from smtir.rewrite import messages
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import functions_of, operations_below

_PLACE = 3


@define_pass
def run(module: ir.Module) -> None:
    for function in functions_of(module):
        for op in operations_below(function, ("cf.assert",)):
            with op.location:
                _end_at(module, function, op)


def _end_at(module: ir.Module, function: ir.Operation, op: ir.Operation) -> None:
    block = op.block
    on, failed = block.create_after(), block.create_after()
    following = False
    for other in list(block.operations):
        if following:
            on.append(other)
        following = following or other.operation == op
    place = source_location(op.location)
    description = {
        "message": ir.StringAttr(op.attributes["msg"]).value,
        "file": place.file if place else "",
        "line": place.line if place else 0,
        "column": place.column if place else 0,
    }
    arguments = list(function.regions[0].blocks[0].arguments)
    with ir.InsertionPoint(failed):
        messages.call(messages.FAIL, description, None, 0, arguments[-_PLACE:], module.operation)
        ir.Operation.create("func.return")
    segments = {"operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 0, 0])}
    with ir.InsertionPoint(block):
        ir.Operation.create(
            "cf.cond_br", operands=[op.operands[0]], attributes=segments, successors=[on, failed]
        )
    op.erase()
