"""The accumulators of a function under generation, and the windows that look into them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from triton import language as tl

from smtir.errors import FrontendError
from smtir.frontend.aliases import CALLER, Aliases, Place, new_cell
from smtir.language.window import Window


class Accumulators:
    """Which variables hold which accumulator; what the windows of the old API ask.

    Attributes:
        aliases: the cells of the scope at the point of generation.
        updates: how many updates through windows have been generated.
    """

    def __init__(self, generator: Any) -> None:
        self._generator = generator
        self._temporaries = 0
        self.aliases = Aliases()
        self.updates = 0

    def open(self, window: Window, base: tl.tensor) -> None:
        """Let ``window`` look into the accumulator that holds ``base``.

        A base that no variable holds gets one that only the window knows.
        """
        self.number_new_places()
        place = self._place_of(base)
        if place is None:
            self._temporaries += 1
            place = (f"view.{self._temporaries}",)
            self._generator.set_value(place[0], base)
            self.aliases.assign(place[0], {place: (new_cell(), None)})
        window.cell = self.aliases.cells[place]

    def base(self, window: Window) -> tl.tensor:
        """The tensor that the window's accumulator holds now.

        Raises:
            FrontendError: no variable holds the accumulator any more, or which one it is depends
                on the path taken.
        """
        for _, held in self._held_tensors(self._cell_of(window)):
            return held
        raise FrontendError(
            "the window's accumulator is not held by a variable any more, or not on every path",
            op="smt.view",
            hint="take the view again after the accumulator is assigned",
        )

    def name_reading(self, window: Window, value: tl.tensor) -> None:
        """Name ``value``, what the window shows, after the window's variable."""
        place = self._place_of(window)
        if place is not None:
            self._generator.name_value(value, spell(place))

    def update(self, window: Window, value: tl.tensor) -> None:
        """Make ``value`` the accumulator's new value under every name that holds it.

        Raises:
            FrontendError: the update cannot reach every variable that may hold the accumulator.
        """
        self._update(self._cell_of(window), value, "smt.dot")

    def assign(self, base: tl.tensor, value: tl.tensor, op: str, *, must_be_held: bool = True) -> None:
        """Make ``value`` what every variable holds that holds the tensor ``base``.

        Raises:
            FrontendError: no variable holds it though one must, or not every one can be reached.
        """
        self.number_new_places()
        place = self._place_of(base)
        if place is None and not must_be_held:
            return
        if place is None:
            raise FrontendError(
                "what is written to must be held by a variable: no one could read the update",
                op=op,
                hint="assign the tensor to a variable first",
            )
        self._update(self.aliases.cells[place], value, op)

    def _update(self, cell: int, value: tl.tensor, op: str) -> None:
        caller = next((place for place in self.aliases.members(cell) if place[0] == CALLER), None)
        if caller:
            how = "is updated through a window" if op == "smt.dot" else "is updated"
            raise FrontendError(
                f"the argument {caller[1]!r} {how}, which the caller cannot see",
                op=op,
                hint="update it in the kernel itself, or copy it first and return the result",
            )
        partners = self.aliases.unsure_partner(cell)
        if partners:
            one, two = (spell(place) for place in partners)
            raise FrontendError(
                f"{one} and {two} hold the same accumulator on some paths only: its update cannot reach both",
                op=op,
                hint="use one variable for the accumulator",
            )
        self.updates += 1
        held = self._held_tensors(cell)
        self._generator.name_value(value, spell(held[0][0]))
        for place, _ in held:
            name = str(place[0])
            self._generator.set_value(name, _replaced(self._generator.lscope[name], place[1:], value))

    def _held_tensors(self, cell: int) -> list[tuple[Place, tl.tensor]]:
        found = []
        for place in self.aliases.members(cell):
            value = self._value_at(place)
            if isinstance(value, tl.tensor):
                found.append((place, value))
        return found

    def _cell_of(self, window: Window) -> int:
        self.number_new_places()
        place = self._place_of(window)
        if place is not None:
            return self.aliases.cells[place]
        assert window.cell is not None, "a window outside all variables has just been opened"
        return window.cell

    def _value_at(self, place: Place) -> Any:
        value = self._generator.lscope.get(place[0])
        for index in place[1:]:
            value = value.values[index] if isinstance(value, tl.tuple) else None
        return value

    def _place_of(self, leaf: Any) -> Place | None:
        for place in self.aliases.cells:
            held = self._value_at(place)
            if held is leaf:
                return place
            # Triton clones the wrapper when it enters a region, and keeps the handle.
            if isinstance(held, tl.tensor) and isinstance(leaf, tl.tensor) and held.handle is leaf.handle:
                return place
        return None

    def number_new_places(self) -> None:
        """Give a cell to what came into scope by other ways than an assignment."""
        known = {place[0] for place in self.aliases.cells}
        for name, value in self._generator.lscope.items():
            if isinstance(value, tl.core.base_value) and name not in known and any(leaves(value)):
                self.aliases.assign(name, self._known_sources(name, value))

    def sources(self, name: str, value: Any) -> dict[Place, tuple[int, Place | None]]:
        if any(leaves(value)):
            self.number_new_places()
        return self._known_sources(name, value)

    def _known_sources(self, name: str, value: Any) -> dict[Place, tuple[int, Place | None]]:
        sources: dict[Place, tuple[int, Place | None]] = {}
        for path, leaf in leaves(value):
            source = self._place_of(leaf)
            if source is not None:
                cell = self.aliases.cells[source]
            elif isinstance(leaf, Window) and leaf.cell is not None:
                cell = leaf.cell
            else:
                cell = new_cell()
            place: Place = (name, *path)
            sources[place] = (cell, source)
        return sources


def leaves(value: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """The tensors and windows in a value, with the tuple indices that lead to them."""
    if isinstance(value, tl.tuple):
        for index, element in enumerate(value.values):
            yield from leaves(element, (*path, index))
    elif isinstance(value, Window) or (isinstance(value, tl.tensor) and value.type.is_block()):
        yield path, value


def assigned(target: ast.expr, value: Any) -> Iterator[tuple[str, Any]]:
    """The names that an assignment binds, with what each of them gets."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, tl.tuple):
        for element, held in zip(target.elts, value.values, strict=False):
            yield from assigned(element, held)


def _replaced(value: Any, path: Place, new: Any) -> Any:
    """``value`` with the element at ``path`` replaced."""
    if not path:
        return new
    elements = list(value.values)
    elements[int(path[0])] = _replaced(elements[int(path[0])], path[1:], new)
    return tl.tuple(elements, value.type)


def spell(place: Place) -> str:
    """The place as Python spells it."""
    return str(place[0]) + "".join(f"[{index}]" for index in place[1:])
