"""Make every tensor that a loop carries be updated in place.

Bufferization keeps a carried tensor in one buffer only if the value yielded is built on the
loop's own argument.  Four rewrites see to that; the last one always applies.

0. The condition of an ``scf.while`` hands on all that is carried, in order.
1. A fill that several operations update is made once for each of them.
2. A lane-wise operation whose result is yielded, and after which the old value is not read,
   writes over the old value.
3. Any other yielded value is copied into the loop's argument at the end of the body.

Before::

    %r:2 = scf.for %i = ... iter_args(%l = %l0, %m = %m0) -> (tensor<64xf32>, tensor<64xf32>) {
      %new_m = linalg.generic ... ins(%m, %x) outs(%e)     // %m is read again below
      %alpha = linalg.generic ... ins(%m, %new_m) outs(%e)
      %new_l = linalg.generic ... ins(%l, %alpha) outs(%e) { ^bb0(%a, %b, %o): arith.mulf %a, %b ... }
      scf.yield %new_l, %new_m

After::

      %new_l = linalg.generic ... ins(%alpha) outs(%l) { ^bb0(%b, %o): arith.mulf %o, %b ... }
      %kept = linalg.copy ins(%new_m) outs(%m)
      scf.yield %new_l, %kept
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.destinations import (
    is_lane_wise,
    reuse_as_output,
    root_of,
    updated_safely,
)
from smtir.rewrite.emitter import create, value_of
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import ancestor_in, defining_operation, is_tensor, is_used, operations_below
from smtir.rewrite.while_loops import hand_all_on


@define_pass
def run(module: ir.Module) -> None:
    """Rewrite the fills and loops of every function."""
    for fill in operations_below(module.operation, ("linalg.fill",)):
        _split_fill(fill)
    # Inner loops first: their results are what the outer ones yield.
    for loop in reversed(operations_below(module.operation, ("scf.for", "scf.while"))):
        if loop.name == "scf.while" and any(is_tensor(value) for value in loop.operands):
            loop = hand_all_on(loop)
        for region in loop.regions:
            _update_in_place(region.blocks[0])


def _split_fill(fill: ir.Operation) -> None:
    """Rewrite 1."""
    empty = defining_operation(fill.operands[-1], "tensor.empty")
    if empty is None or not len(fill.results) or len(list(fill.results[0].uses)) < 2:
        return
    updates = [(use.owner.operation, use.operand_number) for use in fill.results[0].uses]
    updates = [(user, number) for user, number in updates if _updates(user, number)]
    for user, number in updates:
        with ir.InsertionPoint(user), fill.location:
            place = value_of("tensor.empty", list(empty.operands), empty.results[0].type)
            copy = fill.clone()
            copy.operation.operands[len(fill.operands) - 1] = place
        user.operands[number] = copy.operation.results[0]
    if not is_used(fill.results[0]):
        fill.erase()


def _updates(user: ir.Operation, operand: int) -> bool:
    """Whether the operation may write over its operand."""
    if user.name in ("scf.for", "scf.forall", "scf.while"):
        return True
    if user.name == "tensor.insert_slice":
        return operand == 1
    if user.name.startswith("linalg.") and len(user.regions):
        return operand >= len(user.operands) - len(user.results)
    return False


def _update_in_place(block: ir.Block) -> None:
    """Rewrites 2 and 3 for the tensors that the terminator of a loop's ``block`` passes on."""
    end = list(block.operations)[-1].operation
    first_value = 1 if end.name == "scf.condition" else 0
    passed = list(end.operands)[first_value:]
    carried = list(block.arguments)[len(block.arguments) - len(passed) :] if _pairs(block, passed) else []
    pending: list[tuple[int, ir.Value, ir.Value]] = []
    for number, (value, argument) in enumerate(zip(passed, carried, strict=bool(carried)), start=first_value):
        if not isinstance(value.type, ir.RankedTensorType):
            continue
        if root_of(value, block) == argument and updated_safely(value, argument, block):
            continue
        if not _write_over(value, argument, block):
            pending.append((number, value, argument))
    _copy_at_end(end, pending, carried, block)


def _pairs(block: ir.Block, passed: list[ir.Value]) -> bool:
    """Whether each value passed on has an argument of its type to be kept in."""
    arguments = list(block.arguments)[len(block.arguments) - len(passed) :]
    return len(arguments) == len(passed) and all(
        value.type == argument.type for value, argument in zip(passed, arguments, strict=True)
    )


def _write_over(value: ir.Value, argument: ir.Value, block: ir.Block) -> bool:
    """Rewrite 2: let the operation at the root of ``value`` write over ``argument``."""
    root = root_of(value, block)
    op = defining_operation(root)
    if op is None or op.name in ("tensor.empty", "linalg.fill"):
        return False
    if op.block != block or not is_lane_wise(op) or op.results[0].type != argument.type:
        return False
    if not updated_safely(value, root, block):
        return False
    for use in argument.uses:
        user = ancestor_in(use.owner.operation, block)
        if user is None or (user != op and not user.is_before_in_block(op)):
            return False
    return reuse_as_output(op, argument)


def _copy_at_end(
    end: ir.Operation, pending: list[tuple[int, ir.Value, ir.Value]], carried: list[ir.Value], block: ir.Block
) -> None:
    """Rewrite 3."""
    with ir.InsertionPoint(end), end.location:
        sources: list[ir.Value] = []
        for _, value, _ in pending:
            # A value that lives in another argument must be saved before that is written over.
            if root_of(value, block) in carried:
                segments = ir.DenseI32ArrayAttr.get([0, 1, 0])
                attributes: dict[str, ir.Attribute] = {"operandSegmentSizes": segments}
                value = value_of("bufferization.alloc_tensor", [value], value.type, attributes)
            sources.append(value)
        for (number, _, argument), source in zip(pending, sources, strict=True):
            end.operands[number] = _copy(source, argument)


def _copy(source: ir.Value, target: ir.Value) -> ir.Value:
    type_ = ir.RankedTensorType(target.type)
    segments = ir.DenseI32ArrayAttr.get([1, 1])
    made = ir.Operation.create(
        "linalg.copy",
        results=[type_],
        operands=[source, target],
        attributes={"operandSegmentSizes": segments},
        regions=1,
    )
    inner = made.regions[0].blocks.append(type_.element_type, type_.element_type)
    with ir.InsertionPoint(inner):
        create("linalg.yield", [inner.arguments[0]])
    return made.results[0]
