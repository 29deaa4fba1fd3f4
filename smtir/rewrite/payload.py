"""The region of a linalg operation, applied to scalars or to vectors of lanes.

Values stay scalar as long as all that they are computed from is the same in every lane, so an
expression of scalars is computed once and broadcast where it meets a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, Index, create, value_of
from smtir.rewrite.values import attributes_of, defining_operation, is_used

DIVISIONS = frozenset({"arith.divsi", "arith.divui", "arith.remsi", "arith.remui"})
LANE_WISE_DIALECTS = ("arith.", "math.")
# Not lane-wise although in the dialects above: results of another shape than the operands.
NOT_LANE_WISE = frozenset({"arith.mului_extended", "arith.mulsi_extended", "arith.addui_extended"})


class Payload:
    """The scalar operations between the arguments and the ``linalg.yield`` of one region."""

    def __init__(self, op: ir.Operation) -> None:
        self.block = op.regions[0].blocks[0]
        operations = [inner.operation for inner in self.block.operations]
        self.operations = operations[:-1]
        self.yielded = list(operations[-1].operands)

    def not_vectorizable(self) -> str:
        """Why the payload cannot run on vectors, or ``""``."""
        for op in self.operations:
            if op.name == "linalg.index":
                continue
            if not op.name.startswith(LANE_WISE_DIALECTS) or op.name in NOT_LANE_WISE or len(op.regions):
                return f"{op.name} has no vector form"
            for value in (*op.operands, *op.results):
                if not isinstance(value.type, ir.FloatType | ir.IntegerType | ir.IndexType):
                    return f"{op.name} works on {value.type}, not on numbers"
        return ""

    def reads(self, argument: int) -> bool:
        """Whether block argument number ``argument`` is used."""
        return is_used(self.block.arguments[argument])

    def apply(
        self,
        emitter: Emitter,
        arguments: Sequence[ir.Value | None],
        index_of: Callable[[int], Index | ir.Value],
        lanes: int | None,
        only: Sequence[ir.Operation] | None = None,
    ) -> Environment:
        """Build the payload for ``arguments`` (None for one that is not read).

        ``index_of`` gives the value of ``linalg.index``; ``lanes`` is the length of the vectors.
        """
        environment = Environment(emitter, lanes)
        for argument, value in zip(self.block.arguments, arguments, strict=True):
            if value is not None:
                environment.bind(argument, value)
        for op in self.operations if only is None else only:
            if op.name == "linalg.index":
                found = index_of(ir.IntegerAttr(op.attributes["dim"]).value)
                environment.bind(op.results[0], emitter.value(found))
            else:
                environment.build(op)
        return environment


class Environment:
    """What each value of a payload stands for in the code being built."""

    def __init__(self, emitter: Emitter, lanes: int | None) -> None:
        self.emitter = emitter
        self.lanes = lanes
        self._bound: dict[ir.Value, ir.Value] = {}
        self._broadcast: dict[ir.Value, ir.Value] = {}

    def bind(self, value: ir.Value, stands_for: ir.Value) -> None:
        self._bound[value] = stands_for

    def get(self, value: ir.Value) -> ir.Value:
        """The value in the new code: a scalar or a vector; itself when defined outside."""
        return self._bound.get(value, value)

    def vector(self, value: ir.Value) -> ir.Value:
        """The value in the new code, broadcast to all lanes."""
        return self.lanes_of(self.get(value))

    def lanes_of(self, value: ir.Value) -> ir.Value:
        if self.lanes is None or isinstance(value.type, ir.VectorType):
            return value
        found = self._broadcast.get(value)
        if found is None:
            type_ = ir.VectorType.get([self.lanes], value.type)
            found = self._broadcast[value] = value_of("vector.broadcast", [value], type_)
        return found

    def _not_zero(self, divisor: ir.Value) -> ir.Value:
        """``divisor`` with 1 for 0: lanes that are padding must not trap."""
        emitter, type_ = self.emitter, divisor.type
        if isinstance(type_, ir.VectorType):
            lanes = type_.shape[0]
            zero, one = (emitter.splat(number, type_.element_type, lanes) for number in (0, 1))
            flag: ir.Type = ir.VectorType.get([lanes], emitter.i1)
        else:
            zero, one = (emitter.number(number, type_) for number in (0, 1))
            flag = emitter.i1
        equal: dict[str, ir.Attribute] = {"predicate": ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 0)}
        is_zero = value_of("arith.cmpi", [divisor, zero], flag, equal)
        return value_of("arith.select", [is_zero, one, divisor], type_)

    def build(self, op: ir.Operation) -> None:
        """Build ``op`` for the values that its operands stand for."""
        if len(op.regions):
            self._build_with_regions(op)
            return
        operands = [self.get(operand) for operand in op.operands]
        attributes = attributes_of(op)
        types = [result.type for result in op.results]
        if any(isinstance(operand.type, ir.VectorType) for operand in operands):
            operands = [self.lanes_of(operand) for operand in operands]
            types = [ir.VectorType.get([self.lanes or 1], type_) for type_ in types]
        if op.name in DIVISIONS and defining_operation(op.operands[1], "arith.constant") is None:
            operands[1] = self._not_zero(operands[1])
        with op.location:
            made = create(op.name, operands, types, attributes)
        for old, new in zip(op.results, made.results, strict=True):
            self._bound[old] = new

    def _build_with_regions(self, op: ir.Operation) -> None:
        """A copy of ``op`` (``scf.if``, say), on scalars only."""
        made = op.clone()

        def rename(inner: ir.Operation) -> ir.WalkResult:
            for position, operand in enumerate(inner.operation.operands):
                inner.operation.operands[position] = self.get(operand)
            return ir.WalkResult.ADVANCE

        made.operation.walk(rename, ir.WalkOrder.PRE_ORDER)
        for old, new in zip(op.results, made.operation.results, strict=True):
            self._bound[old] = new
