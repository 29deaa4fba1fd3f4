"""When a buffer holds something that is needed: buffers of disjoint lifetimes can share their memory."""

from __future__ import annotations

from dataclasses import dataclass

from smtir.mlir import ir
from smtir.rewrite.values import ancestor_in

_ACCESSES = frozenset({"memref.load", "memref.store", "memref.copy", "memref.dealloc", "vector.load"})


@dataclass(frozen=True)
class Lifetime:
    """From the first to the last operation that uses a buffer, both included, in program order."""

    first: int
    last: int

    def overlaps(self, other: Lifetime) -> bool:
        return self.first <= other.last and other.first <= self.last


class Lifetimes:
    """The lifetimes of the buffers of a function."""

    def __init__(self, function: ir.Operation) -> None:
        self._first: dict[ir.Operation, int] = {}
        self._last: dict[ir.Operation, int] = {}
        self._number(function)

    def _number(self, op: ir.Operation) -> None:
        self._first[op] = len(self._first)
        for region in op.regions:
            for block in region.blocks:
                for inner in block.operations:
                    self._number(inner.operation)
        self._last[op] = len(self._first) - 1

    def of(self, allocation: ir.Operation) -> Lifetime | None:
        """The lifetime of an allocation; None where the buffer is handed on, so that it never ends.

        A buffer is needed in each iteration of a loop that it was made outside of.
        """
        users = _users(allocation)
        if users is None:
            return None
        places = [ancestor_in(user, allocation.block) for user in users]
        inside = [place for place in places if place is not None]
        if len(inside) < len(places):
            return None
        if not inside:
            return Lifetime(self._first[allocation], self._first[allocation])
        return Lifetime(
            min(self._first[place] for place in inside), max(self._last[place] for place in inside)
        )


def _users(allocation: ir.Operation) -> list[ir.Operation] | None:
    """The operations that read or write the buffer, through views too; None if not all are known."""
    found: list[ir.Operation] = []
    values: list[ir.Value] = [allocation.results[0]]
    for value in values:  # grows while it is walked
        for use in value.uses:
            op = use.owner.operation
            found.append(op)
            if op.name in _ACCESSES or op.name.startswith(("linalg.", "smtir.")):
                continue
            if op.name == "scf.yield" and op.parent is not None and op.parent.operation.name == "scf.if":
                values.append(op.parent.operation.results[use.operand_number])
                continue
            if not op.name.startswith("memref.") or any(
                not isinstance(result.type, ir.MemRefType | ir.IndexType) for result in op.results
            ):
                return None
            if op.name == "memref.extract_aligned_pointer_as_index":
                return None
            values.extend(result for result in op.results if isinstance(result.type, ir.MemRefType))
    return found
