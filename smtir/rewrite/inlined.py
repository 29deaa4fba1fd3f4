"""Integer tensors as scalar expressions of the loop indices, inside the region of a ``linalg.generic``.

Addresses and masks are computed from ranges, sizes and data by arithmetic that costs next to
nothing.  Written out where they are used, they need no memory, and what uses them can be seen to
run through memory element by element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smtir.dialects import tt
from smtir.mlir import arith, ir, linalg
from smtir.rewrite import builders
from smtir.rewrite.builders import splat_value
from smtir.rewrite.values import attributes_of, defining_op, element_type, shape_of

Dims = tuple[int | None, ...]
"""The loop dimension that each dimension of a tensor is indexed with; None where its index is 0."""
Place = tuple[ir.Value, Dims]


class Inlined:
    """Some tensors of one shape, as far as they are integer arithmetic; the rest are inputs."""

    def __init__(self, shape: Sequence[int], tensors: Sequence[ir.Value]) -> None:
        self._shape = list(shape)
        self._whole: Dims = tuple(range(len(shape)))
        self._inputs: list[Place] = []
        self._parts: dict[Place, list[Place] | None] = {}
        for tensor in tensors:
            self._visit((tensor, self._whole))

    def generic(
        self, outputs: Sequence[ir.Value], body: Callable[[Callable[[ir.Value], ir.Value]], object]
    ) -> ir.Value:
        """A ``linalg.generic`` over the shape; ``body`` is given what makes a tensor's element.

        It is called with that function, and returns what to yield.
        """
        rank = len(self._shape)
        maps = [self._map(dims) for _, dims in self._inputs]
        maps += [ir.AffineMap.get_identity(rank)] * len(outputs)
        inputs = [value for value, _ in self._inputs]
        # What no operand has the shape of would not say how far the loops run.
        if not outputs and not any(dims == self._whole for _, dims in self._inputs):
            inputs.append(builders.empty(self._shape, ir.IntegerType.get_signless(8)))
            maps.append(ir.AffineMap.get_identity(rank))

        def with_scalars(*arguments: ir.Value) -> ir.Value | Sequence[ir.Value]:
            known = dict(zip(self._inputs, arguments, strict=False))
            made = body(lambda tensor: self._scalar((tensor, self._whole), known))
            return [] if made is None else made  # type: ignore[return-value]

        return builders.generic(inputs, outputs, maps, with_scalars)

    def _map(self, dims: Dims) -> ir.AffineMap:
        expressions = [
            ir.AffineConstantExpr.get(0) if dim is None else ir.AffineDimExpr.get(dim) for dim in dims
        ]
        return ir.AffineMap.get(len(self._shape), 0, expressions)

    def _visit(self, place: Place) -> None:
        if place in self._parts:
            return
        parts = self._parts[place] = _parts(*place)
        if parts is None:
            self._inputs.append(place)
        for part in parts or []:
            self._visit(part)

    def _scalar(self, place: Place, known: dict[Place, ir.Value]) -> ir.Value:
        """The element of ``place`` at the current loop indices."""
        if place not in known:
            known[place] = self._made(place, known)
        return known[place]

    def _made(self, place: Place, known: dict[Place, ir.Value]) -> ir.Value:
        value, dims = place
        uniform = splat_value(value)
        if uniform is not None:
            return uniform
        op = defining_op(value)
        if isinstance(op, tt.MakeRangeOp):
            type_ = element_type(value.type)
            start = arith.constant(type_, op.start)
            if dims[0] is None:
                return start
            counted = arith.index_cast(type_, linalg.IndexOp(dims[0]).result)
            return arith.addi(counted, start) if op.start else counted
        operands = [self._scalar(part, known) for part in self._parts[place] or []]
        if isinstance(op, tt.BroadcastOp | tt.ExpandDimsOp | tt.TransOp):
            return operands[0]
        made = ir.Operation.create(
            op.operation.name,
            results=[element_type(value.type)],
            operands=operands,
            attributes=attributes_of(op.operation),
        )
        return made.results[0]


def _parts(value: ir.Value, dims: Dims) -> list[Place] | None:
    """What the elements of ``value`` are computed from; None if it is to be an input."""
    if splat_value(value) is not None:
        return []
    if not isinstance(element_type(value.type), ir.IntegerType):
        return None
    op = defining_op(value)
    if isinstance(op, tt.MakeRangeOp):
        return []
    if isinstance(op, tt.BroadcastOp):
        shapes = zip(shape_of(op.src), shape_of(value), dims, strict=True)
        return [(op.src, tuple(None if old != new else dim for old, new, dim in shapes))]
    if isinstance(op, tt.ExpandDimsOp):
        return [(op.src, dims[: op.axis] + dims[op.axis + 1 :])]
    if isinstance(op, tt.TransOp):
        order = list(op.order)
        return [(op.src, tuple(dims[order.index(axis)] for axis in range(len(order))))]
    if op is None or not op.operation.name.startswith("arith.") or len(op.operation.results) != 1:
        return None
    operands = list(op.operation.operands)
    if not operands or not all(isinstance(operand.type, ir.RankedTensorType) for operand in operands):
        return None
    return [(operand, dims) for operand in operands]
