"""Functions that a module only declares: the run time has them."""

from __future__ import annotations

from collections.abc import Sequence

from smtir.mlir import func, ir


def module_of(op: ir.Operation) -> ir.Operation:
    """The module that ``op`` is in."""
    while op.parent is not None:
        op = op.parent.operation
    return op


def symbol_of(op: ir.Operation) -> str:
    """The name that ``op`` defines in its module; empty for an operation without one."""
    return ir.StringAttr(op.attributes["sym_name"]).value if "sym_name" in op.attributes else ""


def declare(
    module: ir.Operation, name: str, parameters: Sequence[ir.Type], results: Sequence[ir.Type] = ()
) -> None:
    """Declare the function ``name`` at the start of ``module``, unless something there has the name."""
    block = module.regions[0].blocks[0]
    if not any(symbol_of(op.operation) == name for op in block.operations):
        with ir.InsertionPoint.at_block_begin(block), ir.Location.unknown():
            func.FuncOp(name, (list(parameters), list(results)), visibility="private")
