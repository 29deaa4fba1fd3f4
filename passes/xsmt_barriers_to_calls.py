"""xsmt-barriers-to-calls: barriers become memory and calls of functions.

A barrier is 64 bytes of the program's memory, known by its address; the number of a shared one,
which the launch may give as an argument, is turned into its address by a call.  Counts are widened
to i64.  A wait whose arrivals are not there lets others run (``barriers-to-coroutines``), so that
what it means does not depend on ``flag``.

Before::

    %bar = xsmt.mbarrier_create %flag, %arrived, %bytes, %expected : <i64>
    xsmt.barrier_arrive %bar : <i64>
    xsmt.barrier_wait %bar, %flag, %count : <i64>

After::

    %memory = memref.alloc() : memref<64xi8>
    %address = memref.extract_aligned_pointer_as_index %memory : memref<64xi8> -> index
    %bar = arith.index_cast %address : index to i64
    func.call @smtir_barrier_init(%bar, %one, %arrived, %expected) : (i64, i64, i64, i64) -> ()
    func.call @smtir_barrier_arrive(%bar) : (i64) -> ()
    func.call @smtir_barrier_wait(%bar, %count) : (i64, i64) -> ()
"""

from __future__ import annotations

from collections.abc import Sequence

from smtir.dialects import xsmt, xsmt_async
from smtir.errors import LoweringError
from smtir.mlir import arith, ir, memref, source_location
from smtir.rewrite import barriers, builders
from smtir.rewrite.barriers import BARRIER_BYTES
from smtir.rewrite.declarations import module_of
from smtir.rewrite.lowering import LoweringRules
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import defining_block, defining_operation, functions_of, operations_below

rules = LoweringRules("xsmt-barriers-to-calls")
_USERS = frozenset(
    {
        *("xsmt.barrier_arrive", "xsmt.barrier_wait", "xsmt.barrier_set_expect"),
        *("xsmt_async.mbarrier_arrive", "xsmt_async.mbarrier_wait"),
    }
)


@define_pass
def run(module: ir.Module) -> None:
    for op in operations_below(module.operation, ("xsmt.mbarrier_create",)):
        _make_integer(op)
    for function in functions_of(module):
        for argument in function.regions[0].blocks[0].arguments:
            _share(function, argument)
    rules.apply(module.operation)


@rules.lower("xsmt.mbarrier_create")
def lower_mbarrier(op: xsmt.MBarrierCreateOp) -> ir.Value:
    return _made(op, 1, op.atc, op.exp)


@rules.lower("xsmt_async.mbarrier_alloc")
def lower_async_mbarrier(op: xsmt_async.MBarrierAllocOp) -> ir.Value:
    return _made(op, 1, op.arr_count, op.ex_count)


@rules.lower("xsmt.mbarrier_copies")
def lower_mbarrier_copies(op: xsmt.MBarrierCopiesOp) -> ir.Value:
    i64 = ir.IntegerType.get_signless(64)
    counts = [builders.constant(i64, count) for count in (op.arriveCount, op.expectCount)]
    first = _made(op, op.numCopies, *counts)
    # Its views are lowered next, and compute with the address.
    op.result.set_type(first.type)
    return first


@rules.lower("xsmt.mbarrier_subview")
def lower_mbarrier_subview(op: xsmt.MBarrierSubviewOp) -> ir.Value:
    i64 = ir.IntegerType.get_signless(64)
    offset = arith.muli(_wide(op.index), builders.constant(i64, BARRIER_BYTES))
    return arith.addi(op.mbarrier, offset)


@rules.lower("xsmt.global_mbarrier_init")
def lower_global_mbarrier(op: xsmt.GlobalMBarrierInitOp) -> ir.Value:
    return _call(op, barriers.GLOBAL, [_wide(op.id)])[0]


@rules.lower("xsmt.barrier_arrive")
def lower_arrive(op: xsmt.BarrierArriveOp) -> Sequence[ir.Value]:
    return _call(op, barriers.ARRIVE, [op.barrier])


@rules.lower("xsmt_async.mbarrier_arrive")
def lower_async_arrive(op: xsmt_async.MBarrierArriveOp) -> Sequence[ir.Value]:
    return _call(op, barriers.ARRIVE, [op.mbarrier])


@rules.lower("xsmt.barrier_wait")
def lower_wait(op: xsmt.BarrierWaitOp) -> Sequence[ir.Value]:
    return _call(op, barriers.WAIT, [op.barrier, _wide(op.exp)])


@rules.lower("xsmt_async.mbarrier_wait")
def lower_async_wait(op: xsmt_async.MBarrierWaitOp) -> Sequence[ir.Value]:
    return _call(op, barriers.WAIT, [op.mbarrier, _wide(op.arr_count)])


@rules.lower("xsmt.barrier_set_expect")
def lower_set_expect(op: xsmt.BarrierSetExpectOp) -> Sequence[ir.Value]:
    return _call(op, barriers.SET_EXPECT, [op.barrier, _wide(op.exp)])


@rules.lower("xsmt_async.mbarrier_release")
def lower_release(op: xsmt_async.MBarrierReleaseOp) -> Sequence[ir.Value]:
    """Its memory is the program's, and ends with it."""
    return []


def _made(op: ir.OpView, copies: int, arrived: ir.Value, expected: ir.Value) -> ir.Value:
    """The address of ``copies`` new barriers."""
    i64 = ir.IntegerType.get_signless(64)
    bytes_ = ir.MemRefType.get([copies * BARRIER_BYTES], ir.IntegerType.get_signless(8))
    memory = memref.alloc(bytes_, [], [])
    address = arith.index_cast(i64, memref.extract_aligned_pointer_as_index(memory))
    number = builders.constant(i64, copies)
    _call(op, barriers.INIT, [address, number, _wide(arrived), _wide(expected)])
    return address


def _call(op: ir.OpView, name: str, operands: Sequence[ir.Value]) -> list[ir.Value]:
    return barriers.call(name, operands, module_of(op.operation))


def _wide(value: ir.Value) -> ir.Value:
    """A count or index as an i64; counts of 16 bits are not negative."""
    i64 = ir.IntegerType.get_signless(64)
    if isinstance(value.type, ir.IndexType):
        return arith.index_cast(i64, value)
    if value.type == ir.IntegerType.get_signless(16):
        return arith.extui(i64, value)
    return value if value.type == i64 else arith.extsi(i64, value)


def _make_integer(made: ir.Operation) -> None:
    """Give a barrier that is a pointer, and all that it is handed on to, the type i64."""
    i64 = ir.IntegerType.get_signless(64)
    pending = [(made.results[0], made)]
    while pending:
        value, reason = pending.pop()
        if value.type != i64:
            value.set_type(i64)
            pending += [(other, reason) for other in _defined_with(value, reason)]
            for use in value.uses:
                user = use.owner.operation
                pending += [(other, user) for other in _handed_on(user, use.operand_number)]


def _share(function: ir.Operation, argument: ir.Value) -> None:
    """Let an integer argument that is used as a barrier be the number of one that all programs share."""
    if argument.type != ir.IntegerType.get_signless(64):
        return
    pending, seen, is_barrier = [argument], {argument}, False
    while pending:
        for use in pending.pop().uses:
            user = use.owner.operation
            is_barrier = is_barrier or user.name in _USERS
            try:
                handed_on = _handed_on(user, use.operand_number)
            except LoweringError:
                continue  # an integer may be computed with
            pending += [value for value in handed_on if value not in seen]
            seen.update(handed_on)
    if is_barrier:
        module = function.parent
        assert module is not None
        with ir.InsertionPoint.at_block_begin(function.regions[0].blocks[0]), function.location:
            (barrier,) = barriers.call(barriers.GLOBAL, [argument], module.operation)
        argument.replace_all_uses_except(barrier, barrier.owner.operation)


def _handed_on(user: ir.Operation, number: int) -> list[ir.Value]:
    """The values that are the barrier too because ``user`` has it as its operand ``number``."""
    if user.name.startswith("xsmt."):
        return []
    if user.name == "arith.select":
        return list(user.results)
    if user.name == "scf.for" and number >= 3:  # the bounds come first
        return _carried(user, number - 3)
    parent = user.parent
    if user.name == "scf.yield" and parent is not None and parent.operation.name == "scf.for":
        return _carried(parent.operation, number)
    if user.name == "scf.yield" and parent is not None and parent.operation.name == "scf.if":
        return [parent.operation.results[number]]
    raise _error(user)


def _defined_with(value: ir.Value, reason: ir.Operation) -> list[ir.Value]:
    """The values of which a barrier ``value`` is one; ``reason`` needs it to be a barrier."""
    op = defining_operation(value)
    if op is None:
        block = defining_block(value)
        owner = block.owner.operation if block is not None else reason
        if owner.name != "scf.for":
            raise _error(reason)
        return _carried(owner, list(owner.regions[0].blocks[0].arguments).index(value) - 1)
    number = list(op.results).index(value)
    if op.name == "xsmt.mbarrier_create":
        return []
    if op.name == "arith.select":
        return list(op.operands)[1:]
    if op.name == "scf.for":
        return _carried(op, number)
    if op.name == "scf.if":
        return [_end(region.blocks[0]).operands[number] for region in op.regions]
    raise _error(reason)


def _carried(loop: ir.Operation, number: int) -> list[ir.Value]:
    body = loop.regions[0].blocks[0]
    values = [loop.operands[3 + number], body.arguments[1 + number]]
    return [*values, _end(body).operands[number], loop.results[number]]


def _end(block: ir.Block) -> ir.Operation:
    return block.operations[len(block.operations) - 1].operation


def _error(op: ir.Operation) -> LoweringError:
    return LoweringError(
        f"{op.name} takes a barrier of smt.mbarrier for another pointer, or another pointer for a barrier",
        location=source_location(op.location),
        op=op.name,
        hint="choose among barriers with if or tl.where, and carry them in for loops",
    )
