"""Building loops, index arithmetic and scalar code at the current insertion point.

Passes that turn whole operations into loops of vectors emit their result in its final form, so
that no clean-up is needed behind them.  Index arithmetic is on ``Index``: a Python int where
the value is known, an ``ir.Value`` of type index otherwise; the helpers fold as they build.
Operations are made with ``ir.Operation.create`` (1.8 us each; the generated classes cost 3.5
to 4.5 us).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields

from smtir.mlir import ir
from smtir.rewrite.machine import Machine

Index = int | ir.Value

TARGET_ATTRIBUTE = "smtir.target"


def machine_of(module: ir.Module) -> Machine:
    """The module's target; defaults for what the module does not say."""
    attributes = module.operation.attributes
    if TARGET_ATTRIBUTE not in attributes:
        return Machine()
    target = ir.DictAttr(attributes[TARGET_ATTRIBUTE])
    named = (field.name for field in fields(Machine))
    return Machine(**{name: ir.IntegerAttr(target[name]).value for name in named if name in target})


def target_name(op: ir.Operation) -> str:
    """Name in the ``smtir.target`` attribute of the enclosing module, or ""."""
    root = op
    while root.parent is not None:
        root = root.parent.operation
    if TARGET_ATTRIBUTE not in root.attributes:
        return ""
    target = ir.DictAttr(root.attributes[TARGET_ATTRIBUTE])
    return str(ir.StringAttr(target["name"]).value) if "name" in target else ""


def create(
    name: str,
    operands: Sequence[ir.Value] = (),
    results: Sequence[ir.Type] = (),
    attributes: dict[str, ir.Attribute] | None = None,
) -> ir.Operation:
    """Create an operation without regions at the insertion point."""
    return ir.Operation.create(name, results=results, operands=operands, attributes=attributes)


def value_of(
    name: str,
    operands: Sequence[ir.Value],
    result: ir.Type,
    attributes: dict[str, ir.Attribute] | None = None,
) -> ir.Value:
    """Create an operation with one result and return that."""
    return ir.Operation.create(name, results=[result], operands=operands, attributes=attributes).results[0]


def element_bits(element: ir.Type) -> int:
    """Width of an integer, float or index type in bits (index counts 64)."""
    return element.width if isinstance(element, ir.IntegerType | ir.FloatType) else 64


def number_attribute(element: ir.Type, number: float) -> ir.Attribute:
    """``number`` as an attribute of an integer, index or float type."""
    if isinstance(element, ir.FloatType):
        return ir.FloatAttr.get(element, number)
    return ir.IntegerAttr.get(element, int(number))


def shuffled(left: ir.Value, right: ir.Value, places: Sequence[int]) -> ir.Value:
    """The lanes of two vectors that ``places`` number, those of ``right`` after those of ``left``."""
    type_ = ir.VectorType.get([len(places)], ir.VectorType(left.type).element_type)
    chosen: dict[str, ir.Attribute] = {"mask": ir.DenseI64ArrayAttr.get(list(places))}
    return value_of("vector.shuffle", [left, right], type_, chosen)


def lane_of(vector: ir.Value, number: int) -> ir.Value:
    """One lane of a vector."""
    element = ir.VectorType(vector.type).element_type
    place: dict[str, ir.Attribute] = {"static_position": ir.DenseI64ArrayAttr.get([number])}
    return value_of("vector.extract", [vector], element, place)


@dataclass
class Emitter:
    """Builds code in one function; constants are made once, at the start of its entry block."""

    function: ir.Operation
    machine: Machine = field(default_factory=Machine)
    took_for_granted: bool = False
    """Whether conditions were left out, and with them the use of what they were computed from."""
    _constants: dict[tuple[str, ir.Type], ir.Value] = field(default_factory=dict)
    _scratch: dict[ir.Type, ir.Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.entry = self.function.regions[0].blocks[0]
        self.index = ir.IndexType.get()
        self.i1 = ir.IntegerType.get_signless(1)
        self.i32 = ir.IntegerType.get_signless(32)

    def _constant(self, key: str, type_: ir.Type, attribute: Callable[[], ir.Attribute]) -> ir.Value:
        found = self._constants.get((key, type_))
        if found is None:
            with ir.InsertionPoint.at_block_begin(self.entry), ir.Location.unknown():
                found = value_of("arith.constant", [], type_, {"value": attribute()})
            self._constants[key, type_] = found
        return found

    def number(self, number: float, type_: ir.Type) -> ir.Value:
        """A scalar constant of an integer, index or float type."""
        return self._constant(repr(number), type_, lambda: number_attribute(type_, number))

    def splat(self, number: float, element: ir.Type, lanes: int) -> ir.Value:
        """A constant vector of ``lanes`` copies of ``number``."""
        type_ = ir.VectorType.get([lanes], element)
        return self._constant(
            repr(number),
            type_,
            lambda: ir.DenseElementsAttr.get_splat(type_, number_attribute(element, number)),
        )

    def lane_numbers(self, lanes: int, element: ir.Type) -> ir.Value:
        """The constant vector ``[0, 1, ..., lanes - 1]`` of an integer or index type."""
        type_ = ir.VectorType.get([lanes], element)
        numbers = [ir.IntegerAttr.get(element, lane) for lane in range(lanes)]
        return self._constant("lanes", type_, lambda: ir.DenseElementsAttr.get(numbers, type_))

    def flags(self, flags: Sequence[bool]) -> ir.Value:
        """A constant vector of i1."""
        type_ = ir.VectorType.get([len(flags)], self.i1)
        bits = [ir.IntegerAttr.get(self.i1, int(flag)) for flag in flags]
        return self._constant(repr(flags), type_, lambda: ir.DenseElementsAttr.get(bits, type_))

    def scratch(self, shape: Sequence[int], element: ir.Type) -> ir.Value:
        """A buffer on the stack, one for all that ask for its type: they need it one after the other."""
        type_ = ir.MemRefType.get(list(shape), element)
        found = self._scratch.get(type_)
        if found is None:
            attributes = {
                "alignment": ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 64),
                "operandSegmentSizes": ir.DenseI32ArrayAttr.get([0, 0]),
            }
            with ir.InsertionPoint.at_block_begin(self.entry), ir.Location.unknown():
                found = value_of("memref.alloca", [], type_, attributes)
            self._scratch[type_] = found
        return found

    def value(self, index: Index) -> ir.Value:
        """``index`` as an SSA value."""
        return self.number(index, self.index) if isinstance(index, int) else index

    def add(self, a: Index, b: Index) -> Index:
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        if isinstance(a, int) and a == 0:
            return b
        if isinstance(b, int) and b == 0:
            return a
        return value_of("arith.addi", [self.value(a), self.value(b)], self.index)

    def sub(self, a: Index, b: Index) -> Index:
        if isinstance(a, int) and isinstance(b, int):
            return a - b
        if isinstance(b, int) and b == 0:
            return a
        return value_of("arith.subi", [self.value(a), self.value(b)], self.index)

    def mul(self, a: Index, b: Index) -> Index:
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        if isinstance(a, int):
            a, b = b, a
        if isinstance(b, int) and b in (0, 1):
            return a if b else 0
        return value_of("arith.muli", [self.value(a), self.value(b)], self.index)

    def minimum(self, a: Index, b: Index) -> Index:
        if isinstance(a, int) and isinstance(b, int):
            return min(a, b)
        return value_of("arith.minsi", [self.value(a), self.value(b)], self.index)

    def maximum(self, a: Index, b: Index) -> Index:
        if isinstance(a, int) and isinstance(b, int):
            return max(a, b)
        return value_of("arith.maxsi", [self.value(a), self.value(b)], self.index)

    def round_down(self, a: Index, step: int) -> Index:
        """The largest multiple of ``step`` that is not above ``a`` (``a`` not negative)."""
        if isinstance(a, int):
            return a - a % step
        return self.sub(a, value_of("arith.remui", [a, self.value(step)], self.index))

    def at_most(self, a: Index, b: Index) -> ir.Value:
        """The i1 ``a <= b``, signed."""
        return self._compare(3, a, b)

    def below(self, a: Index, b: Index) -> ir.Value:
        """The i1 ``a < b``, signed."""
        return self._compare(2, a, b)

    def equal(self, a: Index, b: Index) -> ir.Value:
        """The i1 ``a == b``."""
        return self._compare(0, a, b)

    def _compare(self, predicate: int, a: Index, b: Index) -> ir.Value:
        code = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), predicate)
        return value_of("arith.cmpi", [self.value(a), self.value(b)], self.i1, {"predicate": code})

    def both(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """The i1 ``a and b``."""
        return value_of("arith.andi", [a, b], self.i1)

    def select(self, condition: ir.Value, a: Index, b: Index) -> Index:
        return value_of("arith.select", [condition, self.value(a), self.value(b)], self.index)

    def loop(
        self,
        lower: Index,
        upper: Index,
        step: int,
        carried: Sequence[ir.Value],
        body: Callable[[Index, list[ir.Value]], Sequence[ir.Value]],
    ) -> list[ir.Value]:
        """``scf.for``, or its body once when the bounds say that it runs exactly once, or nothing.

        ``body`` gets the induction variable and the carried values, and returns the new ones.
        """
        if isinstance(lower, int) and isinstance(upper, int):
            if upper <= lower:
                return list(carried)
            if upper - lower <= step:
                return list(body(lower, list(carried)))
        loop = ir.Operation.create(
            "scf.for",
            results=[value.type for value in carried],
            operands=[self.value(lower), self.value(upper), self.value(step), *carried],
            regions=1,
        )
        block = loop.regions[0].blocks.append(self.index, *[value.type for value in carried])
        with ir.InsertionPoint(block):
            create("scf.yield", body(block.arguments[0], list(block.arguments)[1:]))
        return list(loop.results)

    def branch(
        self, condition: ir.Value, then: Callable[[], object], otherwise: Callable[[], object] | None = None
    ) -> None:
        """``scf.if`` without results."""
        branch = ir.Operation.create("scf.if", operands=[condition], regions=2)
        for region, body in zip(branch.regions, (then, otherwise), strict=True):
            if body is not None:
                with ir.InsertionPoint(region.blocks.append()):
                    body()
                    create("scf.yield")

    def choice(
        self,
        condition: ir.Value,
        result: ir.Type,
        then: Callable[[], ir.Value],
        otherwise: Callable[[], ir.Value],
    ) -> ir.Value:
        """``scf.if`` with one result."""
        branch = ir.Operation.create("scf.if", results=[result], operands=[condition], regions=2)
        for region, body in zip(branch.regions, (then, otherwise), strict=True):
            with ir.InsertionPoint(region.blocks.append()):
                create("scf.yield", [body()])
        return branch.results[0]
