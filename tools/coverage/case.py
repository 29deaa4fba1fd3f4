"""What a cell of the tables is measured with: a few lines of Triton, and what they should compute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.coverage.elements import ELEMENTS, LANES, Array, Element

Reference = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """A function of ``triton.language`` in use.

    Attributes:
        function: its row in the table.
        body: statements of a kernel.  Its pointers are ``x_ptr``, ``y_ptr``, ``z_ptr`` to 64 elements
            each and ``out_ptr``; ``i`` is 0, ..., 63; ``x``, ``y``, ``z`` are loaded.  A body without an
            assignment is an expression; what it gives, or what ``out`` is assigned, is stored.
        reference: the expected ``out`` of the values of ``x``, ``y``, ``z`` (as many as it takes), before
            they are rounded to the result's element type.
        result: element type of ``out`` by that of the inputs; None for the same.
        size: elements of ``out``.
        domain: changes the inputs (arrays in storage) to what the function is defined for; takes the
            element type first.
        bits: the reference is about the bits of the inputs, not their values.
        towards_zero: the result is cut, not rounded, to its element type.
        ulps: error allowed in units of the last place; 0 wants every bit, signs of zeros included.
        ulps_of_f64: the same for f64, where that is another; 0 otherwise.
        zeros: whether zeros of either sign are the same.
        kinds: element types to measure by kind; others are out of the question ("not defined").
        names: the only element types to measure; empty for all.
        elementless: whether the function has nothing to do with an element type: one cell for all.
        grid: programs.
        stores: whether the body stores its results itself.
        keeps: initial ``out`` as values, for what reads it; 0 by default.
        prints: the lines that the kernel writes, of the same values as ``reference`` takes.
        debug: compile with ``debug=True``.
        given: extra module-level source, such as combine functions.
    """

    function: str
    body: str
    reference: Reference
    result: Callable[[Element], str] | None = None
    size: int = LANES
    domain: Callable[..., Sequence[Array]] | None = None
    towards_zero: bool = False
    bits: bool = False
    ulps: float = 0
    ulps_of_f64: float = 0
    zeros: bool = False
    kinds: str = "bool int uint float"
    names: tuple[str, ...] = ()
    elementless: bool = False
    grid: tuple[int, ...] = (1,)
    stores: bool = False
    keeps: Callable[[Element], Array] | None = None
    prints: Callable[..., list[str]] | None = None
    debug: bool = False
    given: str = ""

    def elements(self) -> list[Element]:
        """The element types to measure."""
        if self.elementless:
            return [ELEMENTS[self.names[0] if self.names else "fp32"]]
        chosen = [ELEMENTS[name] for name in self.names] or list(ELEMENTS.values())
        return [element for element in chosen if element.kind in self.kinds.split()]

    def result_element(self, element: Element) -> Element:
        """The element type of ``out``."""
        return ELEMENTS[self.result(element)] if self.result else element

    def ulps_for(self, element: Element) -> float:
        """The error allowed for inputs of ``element``'s type."""
        return self.ulps_of_f64 or self.ulps if element.name == "fp64" else self.ulps

    @property
    def arity(self) -> int:
        """How many inputs the reference takes."""
        return int(self.reference.__code__.co_argcount)


@dataclass(frozen=True)
class Table:
    """A table of the page: its title, the element types that are its columns, and its cases.

    Without columns, one cell says it all.  Several cases of one function share its row.
    """

    title: str
    columns: tuple[str, ...]
    cases: Sequence[Case]

    def rows(self) -> Mapping[str, list[Case]]:
        """Cases by function."""
        rows: dict[str, list[Case]] = {}
        for case in self.cases:
            rows.setdefault(case.function, []).append(case)
        return rows


def i32(_: Element) -> str:
    """The result is i32."""
    return "i32"


def i1(_: Element) -> str:
    """The result is i1."""
    return "i1"


def summed(element: Element) -> str:
    """What ``tl.sum`` gives: integers below 32 bits are added in 32."""
    if element.is_float or element.bits >= 32:
        return element.name
    return "u32" if element.kind in ("uint", "bool") else "i32"


def widened(element: Element) -> str:
    """What ``tl.max`` gives: nothing narrower than 32 bits."""
    if element.bits >= 32:
        return element.name
    return "fp32" if element.is_float else "i32"


def in_f32(element: Element) -> str:
    """A quotient: of integers and 16-bit floats f32."""
    return element.name if element.name == "fp64" or element.name.startswith("fp8") else "fp32"


def unequal_to_zero(element: Element, *arrays: Array) -> list[Array]:
    """Inputs for a division of integers: the second has no zeros, and is not -1, which overflows."""
    x, y, *rest = arrays
    if element.is_float:
        return list(arrays)
    y = np.where(y == 0, np.array(3, y.dtype), y)
    if element.kind == "int":
        y = np.where(y == -1, np.array(5, y.dtype), y)
    return [x, y, *rest]
