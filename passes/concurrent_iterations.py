"""concurrent-iterations: parallel loops in which something waits run all their iterations at once.

Iterations that wait for one another must all have begun before any can be relied on to end.  The
loop that is left starts them in order, and ends where they have ended; ``barriers-to-coroutines``
takes what stands between the two marks of an iteration out of it.

Before::

    scf.forall (%i) = (0) to (4) step (1) {
      func.call @smtir_barrier_wait(%bar, %c0) : (i64, i64) -> ()
    }

After::

    %loop = func.call @smtir_parallel_begin() : () -> i64
    scf.for %i = %c0 to %c4 step %c1 {
      func.call @smtir_iteration_begin(%loop) : (i64) -> ()
      func.call @smtir_barrier_wait(%bar, %c0) : (i64, i64) -> ()
      func.call @smtir_iteration_end(%loop) : (i64) -> ()
    }
    func.call @smtir_parallel_end(%loop) : (i64) -> ()
"""

from __future__ import annotations

from smtir.mlir import ir, scf
from smtir.rewrite import barriers, index
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import operations_below


@define_pass
def run(module: ir.Module) -> None:
    for op in operations_below(module.operation, ("scf.forall",), inner_first=True):
        if barriers.waits(op):
            with op.location:
                _run_at_once(op.opview, module.operation)


def _run_at_once(forall: scf.ForallOp, module: ir.Operation) -> None:
    assert not len(forall.operation.results), "tensors are buffers by now"
    old = forall.operation.regions[0].blocks[0]
    (lower,), (upper,), (step,) = (_bounds(forall, name) for name in ("LowerBound", "UpperBound", "Step"))
    with ir.InsertionPoint(forall):
        (handle,) = barriers.call(barriers.LOOP_BEGIN, [], module)
        loop = scf.ForOp(index.materialize(lower), index.materialize(upper), index.materialize(step))
        barriers.call(barriers.LOOP_END, [handle], module)
    new = loop.body
    old.operations[len(old.operations) - 1].operation.erase()
    for op in list(old.operations):
        new.append(op)
    old.arguments[0].replace_all_uses_with(new.arguments[0])
    with ir.InsertionPoint.at_block_begin(new):
        barriers.call(barriers.ITERATION_BEGIN, [handle], module)
    with ir.InsertionPoint(new):
        barriers.call(barriers.ITERATION_END, [handle], module)
        scf.YieldOp([])
    forall.operation.erase()


def _bounds(forall: scf.ForallOp, name: str) -> list[index.Index]:
    """The lower or upper bounds or steps of a loop, constants as numbers."""
    place = ("LowerBound", "UpperBound", "Step").index(name)
    segments = list(ir.DenseI32ArrayAttr(forall.operation.attributes["operandSegmentSizes"]))
    dynamic = iter(list(forall.operation.operands)[sum(segments[:place]) :][: segments[place]])
    unknown = ir.ShapedType.get_dynamic_size()
    static = ir.DenseI64ArrayAttr(forall.operation.attributes[f"static{name}"])
    return [next(dynamic) if bound == unknown else bound for bound in static]
