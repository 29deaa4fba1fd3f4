"""xsmt-parallel-to-forall: loops of ``smt.parallel`` become scf.forall.

Iterations of such a loop are independent: a tensor that it carries may only be updated in a
window that differs from iteration to iteration.  Those tensors become the shared outputs of the
``scf.forall``; a carried value of any other kind is an error of the kernel.  A loop whose updates
are windows but not one a tensor, not in every iteration or not provably apart keeps its order:
it stays a ``scf.for``, which is right for independent iterations too, unless they wait for one
another: that is an error.

Before::

    %r = scf.for %i = %c0 to %c2 step %c1 iter_args(%acc = %init) -> (tensor<64x64xf32>) : i32 {
      ...
      %new = tensor.insert_slice %tile into %acc[%o, 0] [32, 64] [1, 1] ...
      scf.yield %new : tensor<64x64xf32>
    } {bind_sub_block = true}

After::

    %r = scf.forall (%i) = (0) to (2) step (1) shared_outs(%acc = %init) -> (tensor<64x64xf32>) {
      ...
      scf.forall.in_parallel {
        tensor.parallel_insert_slice %tile into %acc[%o, 0] [32, 64] [1, 1] ...
      }
    }
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smtir.errors import LoweringError
from smtir.mlir import arith, ir, scf, source_location, tensor
from smtir.rewrite import barriers, builders, index
from smtir.rewrite.index import Index
from smtir.rewrite.lowering import NoMatch, record_miss
from smtir.rewrite.passes import define_pass
from smtir.rewrite.ranges import linear_in
from smtir.rewrite.values import defining_op, operations_below

MARK = "bind_sub_block"
HINT = "use range() for a loop that accumulates, or give each iteration a window of its own"


@define_pass
def run(module: ir.Module) -> None:
    for op in reversed(operations_below(module.operation, ("scf.for",))):  # inner loops first
        if MARK not in op.attributes:
            continue
        loop = op.opview
        try:
            inserts = [
                _disjoint_insert(loop, number, value)
                for number, value in enumerate(_end(loop).operands, start=1)
            ]
        except NoMatch as miss:
            if barriers.waits(op):
                raise _must_run_at_once(loop, str(miss)) from None
            record_miss("xsmt-parallel-to-forall", "parallel loop", loop, str(miss))
            del loop.operation.attributes[MARK]
            continue
        with loop.location:
            _to_forall(loop, inserts)


def _must_run_at_once(loop: scf.ForOp, reason: str) -> LoweringError:
    return LoweringError(
        f"the iterations of this smt.parallel loop wait for a barrier, so they must run at once: {reason}",
        location=source_location(loop.location),
        op="scf.for",
        hint="hand what they compute on through memory: smt.alloc, or an array of the kernel's",
    )


def _end(loop: scf.ForOp) -> ir.Operation:
    return loop.body.operations[len(loop.body.operations) - 1].operation


def _disjoint_insert(loop: scf.ForOp, number: int, yielded: ir.Value) -> tensor.InsertSliceOp | None:
    """The update of carried value ``number``; None when it passes through unchanged."""
    argument = loop.body.arguments[number]
    if yielded == argument:
        return None
    location = source_location(_owner_location(yielded, loop))
    name = f"'{location.name}'" if location and location.name else "a value"

    def error(reason: str) -> LoweringError:
        return LoweringError(
            f"the smt.parallel loop carries {name} from one iteration to the next: {reason}",
            location=location,
            op="scf.for",
            hint=HINT,
        )

    if defining_op(yielded) is not None and yielded.owner.name in ("scf.if", "scf.for", "scf.forall"):
        raise NoMatch("a branch or an inner loop updates a window: the iterations keep their order")
    if defining_op(yielded) is None or yielded.owner.name != "tensor.insert_slice":
        raise error("its new value is not an update of a window")
    insert = defining_op(yielded)
    if insert.dest != argument:
        raise NoMatch("an iteration updates more than one window: the iterations keep their order")
    sizes = list(insert.static_sizes)
    step = index.constant_int(loop.step)
    unknown = False
    for offset, size in zip(_mixed(insert.offsets, insert.static_offsets), sizes, strict=True):
        scale = linear_in(offset, loop.induction_variable)
        is_static = size != ir.ShapedType.get_dynamic_size()
        if scale and step and is_static and abs(scale * step) >= size:
            break
        unknown = unknown or scale is None or (scale != 0 and not (step and is_static))
    else:
        if unknown:
            raise NoMatch("windows of different iterations are not provably apart: they keep their order")
        raise error("windows of different iterations can overlap")
    for use in argument.uses:
        if use.owner.operation != insert.operation and not _reads_same_window(use.owner.operation, insert):
            raise error("it is read outside the window that the iteration updates")
    if sum(1 for _ in yielded.uses) > 1:
        raise error("its new value is used again in the iteration")
    return insert


def _owner_location(value: ir.Value, loop: scf.ForOp) -> ir.Location:
    return loop.location if defining_op(value) is None else value.owner.location


def _reads_same_window(op: ir.Operation, insert: tensor.InsertSliceOp) -> bool:
    if op.name != "tensor.extract_slice":
        return False
    extract: Any = op.opview
    if list(extract.static_sizes) != list(insert.static_sizes):
        return False
    pairs = zip(
        _mixed(extract.offsets, extract.static_offsets),
        _mixed(insert.offsets, insert.static_offsets),
        strict=True,
    )
    return all(_same(one, other) for one, other in pairs)


def _same(one: Index, other: Index) -> bool:
    """Whether two offsets are equal: the same value, or casts of the same value."""
    if isinstance(one, int) or isinstance(other, int):
        return isinstance(one, int) and isinstance(other, int) and one == other
    if one == other:
        return True
    if defining_op(one) is None or defining_op(other) is None or one.owner.name != other.owner.name:
        return False
    operands = list(zip(one.owner.operands, other.owner.operands, strict=False))
    constants = (index.constant_int(one), index.constant_int(other))
    if None not in constants:
        return constants[0] == constants[1]
    return one.owner.name.startswith("arith.") and bool(operands) and all(_same(*pair) for pair in operands)


def _mixed(dynamic: Sequence[ir.Value], static: Sequence[int]) -> list[Index]:
    values = iter(dynamic)
    unknown = ir.ShapedType.get_dynamic_size()
    return [next(values) if entry == unknown else entry for entry in static]


def _to_forall(loop: scf.ForOp, inserts: Sequence[tensor.InsertSliceOp | None]) -> None:
    with ir.InsertionPoint(loop):
        lower, upper, step = (
            index.as_index(bound) for bound in (loop.lowerBound, loop.upperBound, loop.step)
        )
        forall = scf.ForallOp([lower], [upper], [step], list(loop.initArgs))
    old, new = loop.body, forall.body
    _end(loop).erase()
    for op in list(old.operations):
        new.append(op)
    variable, number = old.arguments[0], new.arguments[0]
    with ir.InsertionPoint.at_block_begin(new), variable.location:
        variable.replace_all_uses_with(
            number if variable.type == number.type else arith.index_cast(variable.type, number)
        )
    for before, after in zip(list(old.arguments)[1:], list(new.arguments)[1:], strict=True):
        before.replace_all_uses_with(after)
    with ir.InsertionPoint(new):
        combining = scf.InParallelOp().regions[0].blocks[0]
    for insert in inserts:
        if insert is not None:
            with ir.InsertionPoint(combining), insert.location:
                builders.parallel_insert_slice(
                    insert.source,
                    insert.dest,
                    _mixed(insert.offsets, insert.static_offsets),
                    _mixed(insert.sizes, insert.static_sizes),
                )
            insert.operation.erase()
    for before, after in zip(loop.results, forall.results, strict=True):
        before.replace_all_uses_with(after)
    loop.operation.erase()
