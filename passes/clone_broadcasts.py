"""Make a broadcast once for each lane-wise operation that reads it, so that it can be fused there.

Fusion leaves a value with several uses alone, because it would be computed several times.  A
broadcast computes nothing: fused, its users read the smaller tensor, and the larger one is never
in memory.  Runs between ``cse``, which merges equal broadcasts, and the fusion.

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
from smtir.rewrite.values import operations_below


@define_pass
def run(module: ir.Module) -> None:
    # Users first: a broadcast of a broadcast is then cloned for each clone.
    for op in reversed(operations_below(module.operation, ("linalg.generic",))):
        if _is_broadcast(op):
            _clone_for_users(op)


def _is_broadcast(op: ir.Operation) -> bool:
    """Whether ``op`` only repeats the elements of its one input along new dimensions."""
    if len(op.operands) != 2 or len(op.results) != 1 or not is_lane_wise(op):
        return False
    source, result = (ir.RankedTensorType(value.type) for value in (op.operands[0], op.results[0]))
    block = op.regions[0].blocks[0]
    (end, *others) = list(block.operations)
    return source.rank < result.rank and not others and end.operation.operands[0] == block.arguments[0]


def _clone_for_users(broadcast: ir.Operation) -> None:
    uses = list(broadcast.results[0].uses)
    readers = [(use.owner.operation, use.operand_number) for use in uses]
    fusible = [(user, number) for user, number in readers if _reads(user, number)]
    for user, number in fusible[len(fusible) == len(uses) :]:
        with ir.InsertionPoint(user):
            user.operands[number] = broadcast.clone().results[0]


def _reads(user: ir.Operation, number: int) -> bool:
    """Whether operand ``number`` is an input of a lane-wise operation, where a producer can be fused."""
    if user.name != "linalg.generic" or not is_lane_wise(user):
        return False
    return number < len(user.operands) - output_count(user)
