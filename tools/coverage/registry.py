"""All tables, in the order of the page."""

from __future__ import annotations

import functools

from tools.coverage import cases_libdevice
from tools.coverage.case import Case, Table
from tools.coverage.cases_elementwise import FUNCTIONS, OPERATORS, bitcasts, casts
from tools.coverage.cases_memory import ATOMICS, MEMORY
from tools.coverage.cases_other import CONTROL, PRINTS, RANDOM
from tools.coverage.cases_products import DOTS
from tools.coverage.cases_tensors import MAKES, MOVES, ORDER, REDUCTIONS
from tools.coverage.elements import ELEMENTS

ALL = tuple(ELEMENTS)


@functools.cache
def tables() -> tuple[Table, ...]:
    """Every table."""
    return (
        Table("Mathematics", ALL, FUNCTIONS),
        Table("Operators", ALL, OPERATORS),
        Table("Reductions and scans", ALL, REDUCTIONS),
        Table("Order", ALL, ORDER),
        Table("Shapes and moves", ALL, MOVES),
        Table("Products", ALL, DOTS),
        Table("Memory", ALL, MEMORY),
        Table("Atomic operations", ALL, ATOMICS),
        Table("Output", ALL, PRINTS),
        Table("Without an element type", (), [*MAKES, *RANDOM, *CONTROL]),
        Table("Casts", ALL, casts()),
        Table("Casts of bits", ALL, bitcasts()),
        Table("libdevice", cases_libdevice.COLUMNS, cases_libdevice.cases()),
    )


@functools.cache
def every_case() -> tuple[Case, ...]:
    """The cases of all tables."""
    return tuple(case for table in tables() for case in table.cases)


@functools.cache
def _numbers() -> dict[int, int]:
    return {id(case): number for number, case in enumerate(every_case())}


def number_of(case: Case) -> int:
    """The position of ``case`` in ``every_case``: how another process knows it."""
    return _numbers()[id(case)]


NOT_FUNCTIONS = frozenset(
    """
    PropagateNan TRITON_MAX_TENSOR_NUMEL block_type constexpr_type dtype extra math pi32_t pointer_type
    target_info tensor tensor_descriptor void
    """.split()  # noqa: SIM905  (readable as words)
) | {element.language for element in ELEMENTS.values()}
"""Names of ``triton.language`` that are types, modules and constants."""


def public_functions() -> set[str]:
    """The functions of ``triton.language``, those that its ``__all__`` does not list included."""
    import triton.language as tl

    names = set(tl.__all__)
    for module in (tl.math, tl.standard, tl.random):
        names |= {
            name
            for name, value in vars(module).items()
            if not name.startswith("_") and _own(value, module.__name__) and hasattr(tl, name)
        }
    return names - NOT_FUNCTIONS


def _own(value: object, module: str) -> bool:
    return callable(value) and getattr(value, "__module__", "") == module
