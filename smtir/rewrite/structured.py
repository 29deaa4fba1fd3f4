"""A linalg operation on buffers, read once: loop dimensions, their sizes, and who accesses what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from smtir.mlir import ir, linalg
from smtir.rewrite.emitter import Emitter, Index, element_bits
from smtir.rewrite.lane_bounds import CountedLanes
from smtir.rewrite.payload import Payload
from smtir.rewrite.view import Lanes, View


@dataclass
class Operand:
    """One input or output: a scalar value, or a buffer and the loop dimension of each of its own.

    ``dims[i]`` is the loop dimension that indexes dimension ``i``, or None where the map has
    the constant 0 there.
    """

    value: ir.Value
    view: View | None
    dims: list[int | None]

    def position(self, dim: int) -> int | None:
        """The operand's dimension that loop dimension ``dim`` runs along."""
        return self.dims.index(dim) if dim in self.dims else None

    def strided_along(self, dim: int) -> bool:
        """Whether a step of ``dim`` moves by anything but one element."""
        at = self.position(dim)
        if at is None or self.view is None:
            return False
        return not (self.view.is_unit_stride(at) and at == len(self.dims) - 1)

    def load(self, at: Sequence[Index], vector_dim: int | None, lanes: Lanes | None) -> ir.Value:
        """The element at loop indices ``at``, or the lanes that start there along ``vector_dim``."""
        if self.view is None:
            return self.value
        indices = [0 if dim is None else at[dim] for dim in self.dims]
        position = None if vector_dim is None else self.position(vector_dim)
        if position is None or lanes is None:
            return self.view.load_scalar(indices)
        return self.view.load(indices, position, lanes)

    def store(
        self, value: ir.Value, at: Sequence[Index], vector_dim: int | None, lanes: Lanes | None
    ) -> None:
        assert self.view is not None
        indices = [0 if dim is None else at[dim] for dim in self.dims]
        position = None if vector_dim is None else self.position(vector_dim)
        if position is None or lanes is None:
            self.view.store_scalar(value, indices)
        else:
            self.view.store(value, indices, position, lanes)


class Structured:
    """A linalg operation on buffers whose maps are projected permutations (and constants 0)."""

    def __init__(self, emitter: Emitter, op: ir.Operation) -> None:
        self.op = op
        self.payload = Payload(op)
        self.operands: list[Operand] = []
        maps = indexing_maps(op)
        self.rank = maps[0].n_dims
        for value, map_ in zip(op.operands, maps, strict=True):
            view = View(emitter, value) if isinstance(value.type, ir.MemRefType) else None
            dims = [result_dim(expression) for expression in map_.results]
            self.operands.append(Operand(value, view, dims))
        inputs = len(self.operands) - output_count(op)
        self.inputs, self.outputs = self.operands[:inputs], self.operands[inputs:]
        written = {dim for output in self.outputs for dim in output.dims}
        if not self.outputs:  # the payload stores
            written = set(range(self.rank))
        self.parallel = [dim for dim in range(self.rank) if dim in written]
        self.reduction = [dim for dim in range(self.rank) if dim not in written]
        self.sizes = [self._size(dim) for dim in range(self.rank)]

    def _size(self, dim: int) -> Index:
        found: list[Index] = []
        for operand in self.operands:
            position = operand.position(dim)
            if position is not None and operand.view is not None:
                if not operand.view.type.is_dynamic_dim(position):
                    return operand.view.type.shape[position]
                if not found:
                    found.append(operand.view.size(position))
        return found[0]

    def counted(self, dim: int, around: Collection[int]) -> CountedLanes:
        """What the payload computes of the number of a lane along ``dim``, inside loops over ``around``."""
        arguments = zip(self.payload.block.arguments, self.operands, strict=True)
        scalars = {argument: operand.value for argument, operand in arguments if operand.view is None}
        return CountedLanes(self.payload, dim, around, scalars)

    def widest(self, counted: CountedLanes) -> int:
        """Bits of the widest element type that a vector of this operation has."""
        types = [operand.view.element if operand.view else operand.value.type for operand in self.operands]
        for op in self.payload.operations:
            types += [result.type for result in op.results if counted.is_in_vectors(result)]
        return max(element_bits(type_) for type_ in types)


def indexing_maps(op: ir.Operation) -> list[ir.AffineMap]:
    """The indexing map of each operand of any linalg operation."""
    return [found.value for found in linalg.get_indexing_maps(op)]


def output_count(op: ir.Operation) -> int:
    """How many of the last operands are outputs."""
    if "operandSegmentSizes" in op.attributes:
        return ir.DenseI32ArrayAttr(op.attributes["operandSegmentSizes"])[1]
    if op.name in ("linalg.reduce", "linalg.map"):
        return len(op.operands) // 2 if op.name == "linalg.reduce" else 1
    return 1


def result_dim(expression: ir.AffineExpr) -> int | None:
    """The loop dimension of one result of an indexing map; None for the constant 0."""
    if isinstance(expression, ir.AffineDimExpr):
        return expression.position
    return None


def why_not_structured(op: ir.Operation) -> str:
    """Why ``op`` cannot be read as ``Structured``, or ``""``."""
    for map_ in indexing_maps(op):
        seen: set[int] = set()
        for expression in map_.results:
            if isinstance(expression, ir.AffineDimExpr):
                if expression.position in seen:
                    return f"the map {map_} uses a dimension twice"
                seen.add(expression.position)
            elif not (isinstance(expression, ir.AffineConstantExpr) and expression.value == 0):
                return f"the map {map_} computes {expression}"
    covered = {
        expression.position
        for value, map_ in zip(op.operands, indexing_maps(op), strict=True)
        if isinstance(value.type, ir.MemRefType)
        for expression in map_.results
        if isinstance(expression, ir.AffineDimExpr)
    }
    if len(covered) != indexing_maps(op)[0].n_dims:
        return "a loop dimension indexes no operand"
    for value in op.operands:
        if isinstance(value.type, ir.MemRefType):
            element = value.type.element_type
            if not isinstance(element, ir.FloatType | ir.IntegerType | ir.IndexType):
                return f"elements of type {element} have no vector form"
            if isinstance(element, ir.IntegerType) and element.width < 8:
                return f"a vector of {element} is packed in memory, the buffer is not"
        elif isinstance(value.type, ir.ShapedType):
            return f"an operand is {value.type}, neither a buffer nor a number"
    return ""
