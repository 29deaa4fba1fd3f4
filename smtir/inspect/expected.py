"""``// expected-error @+1 {{text}}`` comments, as mlir-opt's ``--verify-diagnostics`` reads them.

A comment names a severity (``error``, ``warning``, ``remark``, ``note``), a line relative to its
own (``@+N``, ``@-N``, ``@below``, ``@above``, ``@unknown`` for no line at all; nothing: its own
line), and a part of the message, or with ``-re`` a text with regular expressions in ``{{}}``.
``@below`` and ``@above`` skip over neighbouring comments of this kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smtir.compiler.diagnostics import Diagnostic

_COMMENT = re.compile(
    r"expected-(?P<severity>error|warning|remark|note)(?P<regex>-re)?"
    r"\s*(?:@(?P<place>[+-]\d+|above|below|unknown))?\s*\{\{(?P<text>.*)\}\}\s*$"
)
_LOOKS_LIKE = re.compile(r"//.*expected-(error|warning|remark|note)")


@dataclass(frozen=True)
class Expectation:
    """One comment: ``line`` is where the diagnostic must be, 0 for one without a place."""

    severity: str
    line: int
    pattern: re.Pattern[str]
    text: str
    written_at: int


def expectations(text: str, name: str) -> list[Expectation]:
    """The comments in ``text``.  A malformed one is an expectation that nothing meets."""
    lines = text.splitlines()
    found: list[Expectation] = []
    for number, line in enumerate(lines, 1):
        if not _LOOKS_LIKE.search(line):
            continue
        match = _COMMENT.search(line)
        if match is None:
            found.append(Expectation("malformed", number, re.compile(r"(?!)"), line.strip(), number))
            continue
        words = match["text"]
        pattern = _regex(words) if match["regex"] else re.escape(words)
        place = _line(match["place"], number, lines)
        found.append(Expectation(match["severity"], place, re.compile(pattern), words, number))
    return found


def compare(expected: Sequence[Expectation], got: Sequence[Diagnostic], name: str) -> list[str]:
    """One message for each difference between the comments and what was reported."""
    open_ones = list(expected)
    problems: list[str] = []
    for diagnostic in (entry for top in got for entry in top.flatten()):
        place = diagnostic.location
        line = place.line if place and place.file == name else 0
        for candidate in open_ones:
            meets = candidate.severity == diagnostic.severity and candidate.line == line
            if meets and candidate.pattern.search(diagnostic.message):
                open_ones.remove(candidate)
                break
        else:
            where = str(place) if place else name
            problems.append(f"{where}: unexpected {diagnostic.severity}: {diagnostic.message}")
    for candidate in open_ones:
        if candidate.severity == "malformed":
            problems.append(f"{name}:{candidate.written_at}: malformed expectation: {candidate.text}")
        else:
            problems.append(
                f'{name}:{candidate.line}: expected {candidate.severity} "{candidate.text}" was not produced'
            )
    return problems


def _regex(text: str) -> str:
    """``text`` with ``{{...}}`` as regular expressions and the rest literal."""
    pieces = re.split(r"\{\{(.*?)\}\}", text)
    return "".join(piece if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))


def _line(place: str | None, number: int, lines: Sequence[str]) -> int:
    if place is None:
        return number
    if place == "unknown":
        return 0
    if place in ("above", "below"):
        step = 1 if place == "below" else -1
        number += step
        while 1 <= number <= len(lines) and _LOOKS_LIKE.search(lines[number - 1]):
            number += step
        return number
    return number + int(place)
