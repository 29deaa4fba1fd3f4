"""Which variables of a kernel hold the same accumulator.

An update through a window must reach every variable that holds the accumulator.  Equal SSA
values do not tell: once two variables that hold one accumulator are carried by a loop, they are
two loop arguments.  So each place (a variable, or an element of a tuple variable) belongs to a
numbered *cell*, assignments copy the number, and joins of control flow merge it: places stay
together where they are together on both paths, and places that are together on one path only
are recorded, because an update could not be made a value for both.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

Place = tuple[str | int, ...]
"""A variable name, followed by tuple indices."""

CALLER = "<caller>"
"""First element of the places that stand for a function's arguments in its caller."""

_numbers = itertools.count()


def new_cell() -> int:
    """A number that no place has yet."""
    return next(_numbers)


@dataclass
class Aliases:
    """The cells of a scope.

    Attributes:
        cells: cell number of each place that holds a tensor or a window.
        unsure: pairs of places that hold the same accumulator on some paths only.
    """

    cells: dict[Place, int] = field(default_factory=dict)
    unsure: set[frozenset[Place]] = field(default_factory=set)

    def copy(self) -> Aliases:
        return Aliases(dict(self.cells), set(self.unsure))

    def members(self, cell: int) -> list[Place]:
        return [place for place, number in self.cells.items() if number == cell]

    def assign(self, name: str, sources: Mapping[Place, tuple[int, Place | None]]) -> None:
        """Let ``name`` hold new values: a cell for each of its places.

        Args:
            name: the variable.
            sources: for each place of the variable the cell, and the place it was copied from.
        """
        inherited = {
            frozenset((place, *(pair - {source})))
            for place, (_, source) in sources.items()
            for pair in self.unsure
            if source in pair
        }
        self.cells = {place: cell for place, cell in self.cells.items() if place[0] != name}
        self.unsure = {pair for pair in self.unsure if all(place[0] != name for place in pair)}
        self.cells.update({place: cell for place, (cell, _) in sources.items()})
        self.unsure |= {pair for pair in inherited if len(pair) == 2}

    def unsure_partner(self, cell: int) -> tuple[Place, Place] | None:
        """A member of the cell, and a place outside that may hold the same accumulator."""
        for place in self.members(cell):
            for pair in self.unsure:
                for other in pair - {place} if place in pair else ():
                    if self.cells.get(other) != cell:
                        return place, other
        return None


def merge(one: Aliases, two: Aliases, names: Collection[str | int]) -> Aliases:
    """The cells after two paths join, for the variables ``names``."""
    kept = {*names, CALLER}
    places = [place for place in one.cells if place in two.cells and place[0] in kept]
    joined: dict[tuple[int, int], int] = {}
    merged = Aliases()
    for place in places:
        pair = (one.cells[place], two.cells[place])
        if pair not in joined:
            joined[pair] = pair[0] if pair[0] == pair[1] else new_cell()
        merged.cells[place] = joined[pair]
    known = set(places)
    merged.unsure = {pair for pair in one.unsure | two.unsure if pair <= known}
    for left, right in itertools.combinations(places, 2):
        if (one.cells[left] == one.cells[right]) != (two.cells[left] == two.cells[right]):
            merged.unsure.add(frozenset((left, right)))
    return merged
