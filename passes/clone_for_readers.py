"""Make what costs next to nothing once for each operation that reads it, so that it can be fused there.

Fusion leaves a value with several uses alone, because it would be computed several times.  A
broadcast computes nothing: fused, its users read the smaller tensor, and the larger one is never
in memory.  The same holds for a run of elements read from memory, under a mask or not: what may be read
where it is used is not copied first (smtir.rewrite.hazards sees to that).  Runs between ``cse``, which
merges equal operations, and the fusion.

Before::

    %b = linalg.generic ... ins(%row : tensor<8xf32>) outs(%e : tensor<4x8xf32>) { linalg.yield %in }
    %x = linalg.generic ... ins(%b, %l) ...
    %y = linalg.generic ... ins(%b, %m) ...

After::

    %b = linalg.generic ... ins(%row : tensor<8xf32>) outs(%e : tensor<4x8xf32>) { linalg.yield %in }
    %x = linalg.generic ... ins(%b, %l) ...
    %c = linalg.generic ... ins(%row : tensor<8xf32>) outs(%e : tensor<4x8xf32>) { linalg.yield %in }
    %y = linalg.generic ... ins(%c, %m) ...
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.destinations import is_lane_wise
from smtir.rewrite.passes import define_pass
from smtir.rewrite.structured import output_count
from smtir.rewrite.values import defining_operation, is_inside, operations_below

_COUNTING = ("arith.index_cast", "arith.extsi", "arith.addi", "arith.subi", "arith.muli", "linalg.index")
"""What the address of an element is computed with that is read in a run; not data, not divisions."""
_MASKING = ("arith.cmpi", "arith.andi", "scf.if", "scf.yield")


@define_pass
def run(module: ir.Module) -> None:
    # Users first: a broadcast of a broadcast is then cloned for each clone.
    for op in reversed(operations_below(module.operation, ("linalg.generic",))):
        if _is_broadcast(op) or _is_read(op):
            _clone_for_users(op)


def _is_broadcast(op: ir.Operation) -> bool:
    """Whether ``op`` only repeats the elements of its one input along new dimensions."""
    if len(op.operands) != 2 or len(op.results) != 1 or not is_lane_wise(op):
        return False
    source, result = (ir.RankedTensorType(value.type) for value in (op.operands[0], op.results[0]))
    block = op.regions[0].blocks[0]
    (end, *others) = list(block.operations)
    return source.rank < result.rank and not others and end.operation.operands[0] == block.arguments[0]


def _is_read(op: ir.Operation) -> bool:
    """Whether ``op`` reads elements of memory and computes nothing but their addresses and a mask."""
    if any(isinstance(operand.type, ir.ShapedType) for operand in list(op.operands)[:-1]) or not is_lane_wise(
        op
    ):
        return False
    inner = operations_below(op)
    loads = [found for found in inner if found.name == "memref.load"]
    others = [found for found in inner if found.name not in (*_COUNTING, "memref.load", "linalg.yield")]
    if len(loads) != 1 or any(found.name not in _MASKING for found in others):
        return False
    pending = list(loads[0].operands)[1:]
    while pending:
        found = defining_operation(pending.pop())
        if found is not None and is_inside(found, op):
            if found.name not in _COUNTING:
                return False
            pending.extend(found.operands)
    return True


def _clone_for_users(producer: ir.Operation) -> None:
    uses = list(producer.results[0].uses)
    readers = [(use.owner.operation, use.operand_number) for use in uses]
    fusible = [(user, number) for user, number in readers if _reads(user, number)]
    for user, number in fusible[len(fusible) == len(uses) :]:
        with ir.InsertionPoint(user):
            user.operands[number] = producer.clone().results[0]


def _reads(user: ir.Operation, number: int) -> bool:
    """Whether operand ``number`` is an input of an operation that a producer can be fused into."""
    return user.name in ("linalg.generic", "linalg.reduce") and number < len(user.operands) - output_count(
        user
    )
