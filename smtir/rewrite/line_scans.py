"""Scans along lines in memory, in vectors instead of element by element.

Each block of lanes is scanned in rounds, in which every lane is combined with the one 1, 2, 4, ... before it
(Hillis and Steele, Data parallel algorithms, 1986), then with the result of the block before, of which one
lane is handed on.  The order of the elements is kept, so the combination need not be commutative; sums are
associated in another way than one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, Index, element_bits, lane_of, shuffled, value_of
from smtir.rewrite.payload import Payload
from smtir.rewrite.pointer_parts import BOUNDS
from smtir.rewrite.scans import ORDER, REVERSE
from smtir.rewrite.structured import output_count
from smtir.rewrite.values import ancestor_in, defining_operation, shape_of
from smtir.rewrite.vector_loops import REGISTERS_A_VECTOR, nest
from smtir.rewrite.view import Lanes, View

POISON = -1
"""What a lane that nobody reads is taken from."""
_AROUND = ("arith.", "memref.subview", "memref.copy", "scf.yield")


@dataclass(frozen=True)
class LineScan:
    """A loop over the elements of lines, each of which is combined with the result for the one before.

    Attributes:
        payload: the combination.
        sources: the buffers that are scanned, all of one shape; the last dim is along the lines.
        results: the buffers for the results.
        roles: for each input of ``payload`` the number of a result, or that of a source after them.
        order: for each result the number of what ``payload`` yields for it.
    """

    payload: Payload
    sources: list[ir.Value]
    results: list[ir.Value]
    roles: list[int]
    order: list[int]
    reverse: bool


def match_line_scan(loop: ir.Operation) -> LineScan | None:
    """What ``loop`` (``scf.for``, on buffers) scans, if it is marked as a scan and still looks like one."""
    if ORDER not in loop.attributes:
        return None
    body = loop.regions[0].blocks[0]
    operations = [view.operation for view in body.operations]
    combining = [op for op in operations if op.name == "linalg.generic"]
    if len(combining) != 1 or not all(op in combining or op.name.startswith(_AROUND) for op in operations):
        return None
    (combine,) = combining
    payload = Payload(combine)
    carried = list(body.arguments)[1:]
    if payload.not_vectorizable() or list(operations[-1].operands) != carried:
        return None
    results = list(loop.operands)[BOUNDS:]
    inputs = len(combine.operands) - output_count(combine)
    targets = [_target(operand, body) for operand in list(combine.operands)[inputs:]]
    if sorted(map(carried.index, filter(carried.__contains__, targets))) != list(range(len(carried))):
        return None
    sources: list[ir.Value] = []
    roles: list[int] = []
    for operand in list(combine.operands)[:inputs]:
        whole = _whole(operand, body)
        if whole in carried:
            roles.append(carried.index(whole))
            continue
        if not isinstance(whole.type, ir.MemRefType) or shape_of(whole) != shape_of(results[0]):
            return None
        roles.append(len(results) + len(sources))
        sources.append(whole)
    order = [targets.index(argument) for argument in carried]
    reverse = ir.StringAttr(loop.attributes[ORDER]).value == REVERSE
    return LineScan(payload, sources, results, roles, order, reverse)


def _whole(part: ir.Value, body: ir.Block) -> ir.Value:
    """The buffer that ``part`` is a slice of, made in ``body``."""
    view = defining_operation(part, "memref.subview")
    return view.operands[0] if view is not None and ancestor_in(view, body) is not None else part


def _target(result: ir.Value, body: ir.Block) -> ir.Value:
    """The buffer that a result is written to, or copied to after it was written."""
    for use in result.uses:
        op = use.owner.operation
        if op.name == "memref.copy" and op.operands[0] == result and ancestor_in(op, body) is not None:
            return _whole(op.operands[1], body)
    return _whole(result, body)


class LineScanLoops:
    """The loops of one scan."""

    def __init__(self, emitter: Emitter, scan: LineScan) -> None:
        self.emitter, self.scan = emitter, scan
        self.shape = shape_of(scan.results[0])
        self.axis = len(self.shape) - 1
        views = [View(emitter, buffer) for buffer in (*scan.results, *scan.sources)]
        self.results, self.sources = views[: len(scan.results)], views[len(scan.results) :]
        widest = max(element_bits(view.element) for view in views)
        lanes = max(1, REGISTERS_A_VECTOR * emitter.machine.vector_bits // widest)
        self.lanes = Lanes(min(self.shape[self.axis], 1 << lanes.bit_length() - 1))

    def can_be_emitted(self) -> bool:
        """Whether whole vectors make up a line."""
        return self.shape[self.axis] % self.lanes.count == 0

    def emit(self) -> None:
        start: list[Index] = [0] * len(self.shape)
        nest(self.emitter, range(self.axis), self.shape, start, [], self._line)

    def _line(self, at: list[Index], _: list[ir.Value]) -> Sequence[ir.Value]:
        length, count = self.shape[self.axis], self.lanes.count

        def block(first: Index, before: list[ir.Value]) -> Sequence[ir.Value]:
            return self._block(at, first, before)

        last = self._block(at, 0, [])
        self.emitter.loop(count, length, count, last, block)
        return []

    def _block(self, at: list[Index], first: Index, before: Sequence[ir.Value]) -> list[ir.Value]:
        """Scan a block and combine it with what comes ``before`` it; gives what the next one needs."""
        count, reverse = self.lanes.count, self.scan.reverse
        here = list(at)
        here[self.axis] = self.emitter.sub(self.shape[self.axis] - count, first) if reverse else first
        current = [view.load(here, self.axis, self.lanes) for view in self.sources]
        apart = 1
        while apart < count:
            current = self._round(current, apart)
            apart *= 2
        if before:
            current = self._combined(before, current)
        for view, vector in zip(self.results, current, strict=True):
            view.store(vector, here, self.axis, self.lanes)
        return [lane_of(vector, 0 if reverse else count - 1) for vector in current]

    def _round(self, current: Sequence[ir.Value], apart: int) -> list[ir.Value]:
        count, reverse = self.lanes.count, self.scan.reverse
        neighbours = [lane + apart if reverse else lane - apart for lane in range(count)]
        has_one = [0 <= neighbour < count for neighbour in neighbours]
        places = [place if has else POISON for place, has in zip(neighbours, has_one, strict=True)]
        shifted = [shuffled(vector, vector, places) for vector in current]
        flags = self.emitter.flags(has_one)
        return [
            value_of("arith.select", [flags, new, old], old.type)
            for new, old in zip(self._combined(shifted, current), current, strict=True)
        ]

    def _combined(self, before: Sequence[ir.Value], here: Sequence[ir.Value]) -> list[ir.Value]:
        payload, values = self.scan.payload, [*before, *here]
        arguments = [*(values[role] for role in self.scan.roles), *([None] * len(self.results))]
        environment = payload.apply(self.emitter, arguments, lambda dim: dim, self.lanes)
        return [environment.vector(payload.yielded[number]) for number in self.scan.order]
