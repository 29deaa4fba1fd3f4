"""The region of a linalg operation, applied to scalars or to vectors of lanes.

Values stay scalar as long as all that they are computed from is the same in every lane, so an
expression of scalars is computed once and broadcast where it meets a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, Index, create, element_bits, value_of
from smtir.rewrite.values import attributes_of, defining_operation, is_used
from smtir.rewrite.view import Lanes, is_picked, picked

MEMORY_ACCESS = ("memref.load", "memref.store")
EXTENSIONS = ("arith.index_cast", "arith.extsi")
"""Casts of an address, which is taken not to overflow."""
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
        return next(filter(None, map(_not_lane_wise, self.operations)), "")

    @property
    def stores(self) -> bool:
        """Whether the payload writes memory itself; then its elements are taken in order."""
        return not self.yielded

    @property
    def computes_functions(self) -> bool:
        """Whether there are elementary functions in it, which take many registers and cycles."""
        return any(op.name.startswith("math.") for op in self.operations)

    def reads(self, argument: int) -> bool:
        """Whether block argument number ``argument`` is used."""
        return is_used(self.block.arguments[argument])

    def apply(
        self,
        emitter: Emitter,
        arguments: Sequence[ir.Value | None],
        index_of: Callable[[int], Index | ir.Value],
        lanes: Lanes | None,
        only: Sequence[ir.Operation] | None = None,
        first_lane: Callable[[int], Index | None] = lambda dim: None,
        given: Mapping[ir.Value, ir.Value] | None = None,
        holding: Sequence[ir.Value] = (),
    ) -> Environment:
        """Build the payload for ``arguments`` (None for one that is not read).

        ``index_of`` gives the value of ``linalg.index``, ``first_lane`` that of the first lane where
        the index counts up along the lanes (else None).  ``given``: what stands for some of its values;
        ``holding``: conditions that are true in all lanes.
        """
        environment = Environment(emitter, lanes, holding)
        for known, stands_for in (given or {}).items():
            environment.bind(known, stands_for)
        for argument, value in zip(self.block.arguments, arguments, strict=True):
            if value is not None:
                environment.bind(argument, value)
        for op in self.operations if only is None else only:
            if len(op.results) and environment.knows(op.results[0]):
                continue
            if op.name == "linalg.index":
                dim = ir.IntegerAttr(op.attributes["dim"]).value
                environment.bind(op.results[0], emitter.value(index_of(dim)))
                first = first_lane(dim)
                if first is not None:
                    environment.counts_from(op.results[0], emitter.value(first))
            else:
                environment.build(op)
        return environment


def _not_lane_wise(op: ir.Operation) -> str:
    """Why ``op`` cannot run on vectors, or ``""``."""
    if op.name in ("linalg.index", "scf.yield"):
        return ""
    if op.name in MEMORY_ACCESS:
        type_ = ir.MemRefType(op.operands[op.name == "memref.store"].type)
        strides, _ = type_.get_strides_and_offset()
        element = type_.element_type
        if list(strides) != [1] or not isinstance(element, ir.FloatType | ir.IntegerType):
            return f"{op.name} of {type_} is no run of numbers"
        return f"{op.name} of {element} is packed in memory" if element_bits(element) < 8 else ""
    if op.name == "scf.if":
        inner = (found.operation for region in op.regions for block in region for found in block)
        return next(filter(None, map(_not_lane_wise, inner)), "")
    if not op.name.startswith(LANE_WISE_DIALECTS) or op.name in NOT_LANE_WISE or len(op.regions):
        return f"{op.name} has no vector form"
    for value in (*op.operands, *op.results):
        if not isinstance(value.type, ir.FloatType | ir.IntegerType | ir.IndexType):
            return f"{op.name} works on {value.type}, not on numbers"
    return ""


class Environment:
    """What each value of a payload stands for in the code being built.

    Where a payload reads or writes memory itself, under conditions or not, lanes for which a
    condition is false, or which are no elements, do not touch memory.  Addresses that count up
    along the lanes become one access to a run of elements, others a gather or scatter.
    """

    def __init__(self, emitter: Emitter, lanes: Lanes | None, holding: Sequence[ir.Value] = ()) -> None:
        self.emitter = emitter
        self._holding = set(holding)
        self.lanes = None if lanes is None else lanes.count
        self._mask = None if lanes is None else lanes.mask
        self._bound: dict[ir.Value, ir.Value] = {}
        self._broadcast: dict[ir.Value, ir.Value] = {}
        self._runs: dict[ir.Value, tuple[int, ir.Value] | None] = {}

    def bind(self, value: ir.Value, stands_for: ir.Value) -> None:
        self._bound[value] = stands_for

    def knows(self, value: ir.Value) -> bool:
        """Whether something stands for ``value``."""
        return value in self._bound

    def _takes_for_granted(self, op: ir.Operation) -> bool:
        """Whether there is nothing to compute for ``op``: it is a condition that holds, or depends on one."""
        if op.name == "arith.cmpi" and op.results[0] in self._holding:
            self._bound[op.results[0]] = self.emitter.number(1, self.emitter.i1)
            return True
        if op.name == "arith.select" and op.operands[0] in self._holding:
            self._bound[op.results[0]] = self.get(op.operands[1])
            return True
        if op.name == "arith.andi":
            held = [value in self._holding for value in op.operands]
            if all(held):
                self._holding.add(op.results[0])
            if any(held):
                self._bound[op.results[0]] = self.get(op.operands[held[0]])
            return any(held)
        return False

    def counts_from(self, value: ir.Value, first: ir.Value) -> None:
        """``value`` is ``first`` in the first lane and one more in each following one."""
        self._runs[value] = (1, first)

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
        if self._takes_for_granted(op):
            return
        if self.lanes is None and len(op.regions):
            self._build_with_regions(op)
            return
        if self.lanes is not None and op.name in ("scf.if", *MEMORY_ACCESS):
            with op.location:
                self._build_in_lanes(op)
            return
        if op.name == "arith.index_cast" and (counted := self._counted(op)) is not None:
            self._bound[op.results[0]] = counted
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

    def _counted(self, op: ir.Operation) -> ir.Value | None:
        """A loop index as numbers of a narrower type: vectors of indices take twice the registers or more."""
        index, result = op.operands[0], op.results[0].type
        run = self._runs.get(index)
        if self.lanes is None or run is None or defining_operation(index, "linalg.index") is None:
            return None
        numbers = self.emitter.lane_numbers(self.lanes, result)
        first = value_of("vector.broadcast", [value_of("arith.index_cast", [run[1]], result)], numbers.type)
        return value_of("arith.addi", [numbers, first], numbers.type)

    def _build_in_lanes(self, op: ir.Operation) -> None:
        if op.name == "scf.if" and op.operands[0] in self._holding:
            self._build_then(op)
        elif op.name == "scf.if":
            self._build_both_branches(op)
        elif op.name == "memref.load":
            self._bound[op.results[0]] = self._load(op)
        else:
            self._store(op)

    def _build_then(self, op: ir.Operation) -> None:
        """The branch of a condition that holds in all lanes."""
        *inner, last = (found.operation for found in op.regions[0].blocks[0].operations)
        for found in inner:
            self.build(found)
        for result, value in zip(op.results, last.operands, strict=True):
            self._bound[result] = self.get(value)

    def _build_both_branches(self, op: ir.Operation) -> None:
        """Both branches, each for its lanes, and a choice between their results."""
        outer, condition = self._mask, self.vector(op.operands[0])
        yielded: list[list[ir.Value]] = []
        for region, holds in zip(op.regions, (True, False), strict=True):
            if not len(region.blocks):
                continue
            self._mask = self._both(outer, condition if holds else self._negated(condition))
            *inner, last = (found.operation for found in region.blocks[0].operations)
            for found in inner:
                self.build(found)
            yielded.append([self.vector(value) for value in last.operands])
        self._mask = outer
        for result, then, otherwise in zip(op.results, *yielded[: 2 if len(op.results) else 0], strict=True):
            self._bound[result] = value_of("arith.select", [condition, then, otherwise], then.type)

    def _both(self, mask: ir.Value | None, condition: ir.Value) -> ir.Value:
        return condition if mask is None else value_of("arith.andi", [mask, condition], condition.type)

    def _negated(self, condition: ir.Value) -> ir.Value:
        ones = self.emitter.splat(1, self.emitter.i1, self.lanes or 1)
        return value_of("arith.xori", [condition, ones], condition.type)

    def _load(self, op: ir.Operation) -> ir.Value:
        memory, address = self.get(op.operands[0]), op.operands[1]
        lanes, emitter = self.lanes or 1, self.emitter
        element = op.results[0].type
        type_ = ir.VectorType.get([lanes], element)
        run = self._run(address)
        if run is not None and run[0] == 1:
            if self._mask is None:
                return value_of("vector.load", [memory, run[1]], type_)
            through = emitter.splat(0, element, lanes)
            return value_of("vector.maskedload", [memory, run[1], self._mask, through], type_)
        if run is not None and self._mask is None and is_picked(emitter, run[0]):
            lowest = run[1] if run[0] > 0 else emitter.add(run[1], (lanes - 1) * run[0])
            return picked(emitter, memory, lowest, run[0], type_)
        if run is not None and run[0] == 0 and self._mask is None:
            return value_of("memref.load", [memory, run[1]], element)
        mask = emitter.splat(1, emitter.i1, lanes) if self._mask is None else self._mask
        operands = [memory, emitter.value(0), self.vector(address), mask, emitter.splat(0, element, lanes)]
        return value_of("vector.gather", operands, type_)

    def _store(self, op: ir.Operation) -> None:
        value, memory, address = op.operands
        vector, memory = self.vector(value), self.get(memory)
        run = self._run(address)
        if run is not None and run[0] == 1:
            if self._mask is None:
                create("vector.store", [vector, memory, run[1]])
            else:
                create("vector.maskedstore", [memory, run[1], self._mask, vector])
            return
        emitter = self.emitter
        mask = emitter.splat(1, emitter.i1, self.lanes or 1) if self._mask is None else self._mask
        create("vector.scatter", [memory, emitter.value(0), self.vector(address), mask, vector])

    def _run(self, value: ir.Value) -> tuple[int, ir.Value] | None:
        """How an integer changes from lane to lane, and what it is in the first; None if not evenly."""
        if value not in self._runs:
            self._runs[value] = self._find_run(value)
        return self._runs[value]

    def _find_run(self, value: ir.Value) -> tuple[int, ir.Value] | None:
        bound = self.get(value)
        if not isinstance(bound.type, ir.VectorType):
            return 0, bound
        op = defining_operation(value)
        if op is None or op.name not in ("arith.addi", "arith.subi", "arith.muli", *EXTENSIONS):
            return None
        parts = [self._run(operand) for operand in op.operands]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        steps = [step for step, _ in known]
        if op.name == "arith.muli":
            factors = [_constant(operand) for operand in op.operands]
            if 0 not in steps or (steps != [0, 0] and factors[steps.index(0)] is None):
                return None
            step = (steps[1] * (factors[0] or 0)) if steps[0] == 0 else steps[0] * (factors[1] or 0)
        elif op.name in EXTENSIONS:
            step = steps[0]
        else:
            step = steps[0] + steps[1] if op.name == "arith.addi" else steps[0] - steps[1]
        firsts = [first for _, first in known]
        return step, value_of(op.name, firsts, op.results[0].type, attributes_of(op))

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


def _constant(value: ir.Value) -> int | None:
    op = defining_operation(value, "arith.constant")
    attribute = None if op is None else op.attributes["value"]
    return attribute.value if isinstance(attribute, ir.IntegerAttr) else None
