"""The page: outcomes as tables, with the reasons below them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tools.coverage import cases_libdevice, registry
from tools.coverage.case import Case, Table
from tools.coverage.elements import ELEMENTS
from tools.coverage.measure import TARGETS, UNDEFINED, WORKS, WRONG, Outcome, Outcomes
from tools.pages import ROOT, table

PAGE: Path = ROOT / "docs" / "reference" / "coverage.md"

YES, HOST_ONLY, NO, NOT_DEFINED, NOT_MEASURED = "yes", "host", "no", "-", "."

_HEAD = """\
<!-- Written by `make coverage`, which compiles and runs every cell; it takes some minutes. -->

# Coverage of `triton.language`

Every public function of `triton.language`, and every one that Triton's `libdevice` names, by element type,
as measured: a kernel that uses the function is compiled for `host` and for `k1` (emulated RISC-V), run on 64
elements, and compared with NumPy or mpmath. Among the 64 are the hard ones: zeros of both signs, infinities,
NaN, the largest, the smallest normal and the smallest subnormal number; 0, 1, -1 and the ends of the range of
integers. Results are exact but for divisions and elementary functions (2 units in the last place; `sigmoid`
and `softmax` 4, `tgamma` and `lgamma` 8, other special functions of f64 6, Box and Muller's transform 64; of
f64, `lgamma` and the Bessel functions `j0` to `yn` 256, for numbers close to where they cross zero).

| cell | meaning |
| --- | --- |
| yes | gives the right results on `host` and on `k1` |
| host | right on `host`; the note says what happens on `k1` |
| no | refused, or wrong; see the note |
| - | Triton itself does not define the function for the type |
| . | not measured: the function does not depend on the type |

A row with several uses of a function (keyword arguments, shapes) says `yes` only if all of them work. As on
GPUs, conversions to 8-bit floats saturate, and those of a float to an integer that does not hold it are not
defined. fp8e4b15 is 8 bits without arithmetic to Triton: only conversions and moves are defined for it.

"""


def page_text(outcomes: Outcomes) -> str:
    """The whole page."""
    parts = [_HEAD]
    for one in registry.tables():
        parts.append(_section(one, outcomes))
    return "".join(parts).rstrip() + "\n"


def _section(one: Table, outcomes: Outcomes) -> str:
    notes: dict[str, int] = {}
    rows = []
    for function, cases in sorted(one.rows().items(), key=lambda row: _order(one, row[0])):
        if one.columns:
            cells = [cell_text(cases, name, outcomes, notes) for name in one.columns]
        else:
            cells = [cell_text(cases, cases[0].elements()[0].name, outcomes, notes)]
        rows.append([f"`{function}`", *cells])
    if one.title == "libdevice":
        known = one.rows()
        rows += [
            [f"`{name}`", *[f"{NO} [{_number(notes, _NOT_PROVIDED)}]"] * len(one.columns)]
            for name in cases_libdevice.names()
            if name not in known
        ]
    header = (
        ["function", *(ELEMENTS[name].language for name in one.columns)] if one.columns else ["function", ""]
    )
    listed = "".join(f"{number}. {reason}\n" for reason, number in notes.items())
    return f"## {one.title}\n\n{table(header, rows)}\n" + (f"{listed}\n" if listed else "")


_NOT_PROVIDED = "`libdevice` of smtir has no such function; calling it is an error with its line"


def _order(one: Table, function: str) -> tuple[int, str]:
    """Functions by name, operators and casts as listed."""
    if function.isidentifier():
        return 0, function
    return list(one.rows()).index(function), ""


def cell_text(cases: Sequence[Case], name: str, outcomes: Outcomes, notes: dict[str, int]) -> str:
    """One cell; reasons that are new get a number in ``notes``."""
    found = {
        target: [(case, outcomes[case, name, target]) for case in cases if (case, name, target) in outcomes]
        for target in TARGETS
    }
    if not any(found.values()):
        return NOT_MEASURED
    host, board = (found[target] for target in TARGETS)
    if all(outcome.status == UNDEFINED for _, outcome in host):
        return NOT_DEFINED
    failing = _first_failing(host)
    if failing is not None:
        return f"{NO} [{_number(notes, failing)}]"
    failing = _first_failing(board)
    if failing is not None:
        return f"{HOST_ONLY} [{_number(notes, failing)}]"
    return YES


def _first_failing(measured: Sequence[tuple[Case, Outcome]]) -> str | None:
    for _, outcome in measured:
        if outcome.status not in (WORKS, UNDEFINED):
            return f"wrong: {outcome.reason}" if outcome.status == WRONG else outcome.reason
    return None


def _number(notes: dict[str, int], reason: str) -> int:
    return notes.setdefault(reason, len(notes) + 1)


def cells_of(text: str) -> dict[str, dict[str, str]]:
    """What a page says: cell without its note, by function and element type ("" without columns)."""
    found: dict[str, dict[str, str]] = {}
    columns: list[str] = []
    languages = {element.language: element.name for element in ELEMENTS.values()}
    for line in text.splitlines():
        cells = [cell.strip().replace("&#124;", "|") for cell in line.strip("|").split(" | ")]
        if line.startswith("| function |"):
            columns = [languages.get(cell.strip(), "") for cell in cells[1:]]
        elif line.startswith("| `") and columns:
            function = cells[0].strip("`")
            values = [cell.partition(" ")[0] for cell in cells[1:]]
            found.setdefault(function, {}).update(zip(columns, values, strict=True))
    return found
