"""Compute the elements of a reduction where they are reduced, if nothing else reads them.

A sum of products then needs no memory for the products.  Upstream's fusion does the same for
``linalg.generic``, but not for ``linalg.reduce``, nor where the producer has no operand that says how
far the loops run, as one that reads memory by index; such a reduction is given an empty operand.

Before::

    %p = linalg.generic ... ins(%x, %y) outs(%e : tensor<4x8xf32>) { arith.mulf ... }
    %s = linalg.reduce { arith.addf } ins(%p : tensor<4x8xf32>) outs(%i : tensor<4xf32>) dimensions = [1]

After::

    %s = linalg.generic {indexing_maps = [#all, #all, #rows], iterator_types = ["parallel", "reduction"]}
        ins(%x, %y) outs(%i : tensor<4xf32>) { arith.mulf ...  arith.addf ... }
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite import builders
from smtir.rewrite.destinations import is_lane_wise
from smtir.rewrite.passes import define_pass
from smtir.rewrite.structured import indexing_maps, output_count
from smtir.rewrite.values import (
    clone_block,
    defining_operation,
    element_of,
    is_used,
    operations_below,
    shape_of,
)


@define_pass
def run(module: ir.Module) -> None:
    for op in operations_below(module.operation, ("linalg.reduce",)):
        producers = [_producer(operand, op) for operand in _inputs(op)]
        if any(producers):
            _fuse(op, producers)


def _inputs(op: ir.Operation) -> list[ir.Value]:
    return list(op.operands)[: len(op.operands) - output_count(op)]


def _producer(value: ir.Value, reduction: ir.Operation) -> ir.Operation | None:
    """The lane-wise operation that computes ``value`` for ``reduction`` alone, if that is so.

    Flags become bytes later on (``widen-i1-tensors``), in which a reduction keeps its known form only
    as long as it is one.
    """
    op = defining_operation(value, "linalg.generic")
    if element_of(value) == ir.IntegerType.get_signless(1):
        return None
    if op is None or op.block != reduction.block or not is_lane_wise(op) or len(list(value.uses)) != 1:
        return None
    return None if is_used(op.regions[0].blocks[0].arguments[len(op.operands) - 1]) else op


def _fuse(op: ir.Operation, producers: list[ir.Operation | None]) -> None:
    operands, maps = _inputs(op), indexing_maps(op)
    every = maps[0]  # of all inputs
    inputs: list[ir.Value] = []
    input_maps: list[ir.AffineMap] = []
    for operand, producer in zip(operands, producers, strict=True):
        inputs += [operand] if producer is None else list(producer.operands)[:-1]
        input_maps += [every] if producer is None else indexing_maps(producer)[:-1]
    with ir.InsertionPoint(op), op.location:
        if every not in input_maps:
            inputs.append(builders.empty(shape_of(operands[0]), ir.IntegerType.get_signless(8)))
            input_maps.append(every)

        def body(*arguments: ir.Value) -> list[ir.Value]:
            given = iter(arguments)
            elements = [
                next(given)
                if producer is None
                else _element(producer, [next(given) for _ in range(len(producer.operands) - 1)])
                for producer in producers
            ]
            outputs = arguments[len(arguments) - len(op.results) :]
            return clone_block(op.regions[0].blocks[0], [*elements, *outputs])

        made = builders.generic(
            inputs,
            list(op.operands)[len(operands) :],
            [*input_maps, *maps[len(operands) :]],
            body,
            reduction_dims=list(ir.DenseI64ArrayAttr(op.attributes["dimensions"])),
        )
    results = [made] if len(op.results) == 1 else made
    for old, new in zip(op.results, results, strict=True):
        old.replace_all_uses_with(new)
    op.erase()
    for producer in filter(None, producers):
        producer.erase()


def _element(producer: ir.Operation, inputs: list[ir.Value]) -> ir.Value:
    """What ``producer`` computes of ``inputs``, built at the insertion point."""
    block = producer.regions[0].blocks[0]
    # Nothing reads what the output held before.
    (element,) = clone_block(block, [*inputs, block.arguments[len(inputs)]])
    return element
