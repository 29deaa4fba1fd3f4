"""Which tensor a tensor is built on: the questions that in-place updates raise.

A value's *root* is the tensor whose buffer it would take over if every operation on the way wrote
in place: through outputs of linalg operations, destinations of insertions, initial values of
loops, and reshapes.
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.structured import indexing_maps, output_count
from smtir.rewrite.values import ancestor_in, defining_operation, is_used

RESHAPES = frozenset({"tensor.expand_shape", "tensor.collapse_shape", "tensor.cast"})
ALIASES = RESHAPES | {"tensor.extract_slice"}


def root_of(value: ir.Value, block: ir.Block) -> ir.Value:
    """The tensor inside ``block`` (or from outside) that ``value`` is built on.

    It stops at an operation whose output need not be what it is: a lane-wise one that does not
    read it.
    """
    while True:
        before = _built_on(value, block)
        if before is None:
            return value
        value = before


def _built_on(value: ir.Value, block: ir.Block) -> ir.Value | None:
    op = defining_operation(value)
    if op is None or ancestor_in(op, block) is None:
        return None
    number = list(op.results).index(value)
    if op.name.startswith("linalg.") and len(op.regions):
        outputs = output_count(op)
        if is_lane_wise(op) and not is_used(
            op.regions[0].blocks[0].arguments[len(op.operands) - outputs + number]
        ):
            return None
        return op.operands[len(op.operands) - outputs + number]
    if op.name in ("tensor.insert_slice",):
        return op.operands[1]
    if op.name in RESHAPES:
        return op.operands[0]
    if op.name == "scf.for":
        return op.operands[3 + number]
    if op.name == "scf.while":
        return op.operands[number] if number < len(op.operands) else None
    if op.name == "scf.forall":
        return op.operands[len(op.operands) - len(op.results) + number]
    if op.name == "scf.if":
        return _built_on_in_branches(op, number, block)
    return None


def _built_on_in_branches(op: ir.Operation, number: int, block: ir.Block) -> ir.Value | None:
    """The root that both branches of an ``scf.if`` agree on, if it is defined before it."""
    roots: list[ir.Value] = []
    for region in op.regions:
        if not len(region.blocks):
            return None
        yielded = list(region.blocks[0].operations)[-1].operation.operands[number]
        roots.append(root_of(yielded, block))
    owner = defining_operation(roots[0])
    inside = owner is not None and ancestor_in(owner, block) == op
    return roots[0] if roots[0] == roots[1] and not inside else None


def updated_safely(value: ir.Value, root: ir.Value, block: ir.Block) -> bool:
    """Whether nothing reads an old value of the chain from ``root`` to ``value`` after its update."""
    while value != root:
        op = defining_operation(value)
        before = _built_on(value, block)
        if op is None or before is None:
            return False
        update = ancestor_in(op, block)
        if update is None or (op.name not in RESHAPES and not _last_user(before, update, block)):
            return False
        value = before
    return True


def _last_user(value: ir.Value, update: ir.Operation, block: ir.Block) -> bool:
    """Whether all reads of ``value``, through aliases too, come before ``update``, or are its own."""
    if sum(operand == value for operand in update.operands) > 1 and not is_lane_wise(update):
        return False
    for use in value.uses:
        user = use.owner.operation
        place = ancestor_in(user, block)
        if place is None:
            return False
        if user.name in ALIASES and place != update:
            if not _last_user(user.results[0], update, block):
                return False
        elif place == update:
            if user != update:
                return False
        elif not place.is_before_in_block(update):
            return False
    return True


def is_lane_wise(op: ir.Operation) -> bool:
    """Whether ``op`` is a linalg operation on tensors with one output, computed element by element."""
    if (
        not op.name.startswith("linalg.")
        or not len(op.regions)
        or len(op.results) != 1
        or output_count(op) != 1
    ):
        return False
    output = indexing_maps(op)[-1]
    return output == ir.AffineMap.get_identity(output.n_dims)


def reuse_as_output(op: ir.Operation, tensor: ir.Value) -> bool:
    """Make the lane-wise ``op`` write over ``tensor``; False if it reads it in another order.

    Inputs that are ``tensor`` are read through the output instead: bufferization then knows that
    each element is read before it is written.
    """
    if op.name != "linalg.generic":
        return False
    block = op.regions[0].blocks[0]
    maps = indexing_maps(op)
    inputs = len(op.operands) - 1
    if is_used(block.arguments[inputs]):
        return False
    same = [number for number in range(inputs) if op.operands[number] == tensor]
    if any(maps[number] != maps[-1] for number in same):
        return False
    op.operands[inputs] = tensor
    for number in same:
        block.arguments[number].replace_all_uses_with(block.arguments[inputs])
    return True
