"""Differences between two IR texts, in lines.

SSA numbers change with every inserted operation, so lines are matched by a key in which a value
is known by the operation that defines it (``%12`` defined by ``arith.addi`` is ``%arith.addi``)
and an alias (``#map3``) by what it stands for.  Two lines with equal keys count as the same.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["same", "removed", "added", "hunk"]
_VALUE = re.compile(r"%[\w$.-]+")
_DEFINITION = re.compile(r"^\s*(?P<names>%[\w$.-]+(?::\d+)?(?:,\s*%[\w$.-]+(?::\d+)?)*) = \"?(?P<op>[\w.]+)")
_ALIAS = re.compile(r"[#!][A-Za-z_][\w$]*\b(?![\w.<]*<)")
_ALIAS_DEFINITION = re.compile(r"^(?P<name>[#!][\w$]+) = (?P<body>.*)$")
_BLOCK = re.compile(r"\^bb\d+")


@dataclass(frozen=True)
class Line:
    """One line of a difference; ``left`` and ``right`` are line numbers from 1, 0 for none."""

    kind: Kind
    text: str
    left: int = 0
    right: int = 0


@dataclass(frozen=True)
class Row:
    """One row side by side; None where a side has no line."""

    left: str | None
    right: str | None
    same: bool


def keys(text: str) -> list[str]:
    """What each line of ``text`` is compared by."""
    aliases: dict[str, str] = {}
    lines = text.splitlines()
    for line in lines:
        if match := _ALIAS_DEFINITION.match(line):
            aliases[match["name"]] = match["body"]
    makers: dict[str, str] = {}
    return [_key(line, aliases, makers) for line in lines]


def _key(line: str, aliases: dict[str, str], makers: dict[str, str]) -> str:
    definition = _DEFINITION.match(line)
    alias = _ALIAS_DEFINITION.match(line)
    if alias:
        line = alias["body"]
    key = _VALUE.sub(lambda match: "%" + makers.get(match[0], "arg"), line)
    if definition:
        # The value itself is not known by its own name: the line is what defines it.
        count = definition["names"].count("%")
        key = f"{'%,' * count} = " + key.partition(" = ")[2]
        for name in _VALUE.findall(definition["names"]):
            makers[name.partition(":")[0]] = definition["op"]
    key = _BLOCK.sub("^", key)
    return _ALIAS.sub(lambda match: aliases.get(match[0], match[0]), key)


def _matcher(left: Sequence[str], right: Sequence[str]) -> difflib.SequenceMatcher[str]:
    return difflib.SequenceMatcher(None, left, right, autojunk=False)


def unified(left: str, right: str, *, context: int = 3, exact: bool = False) -> Iterator[Line]:
    """The differences with ``context`` lines around them, a ``hunk`` line before each group.

    ``exact`` compares the text itself.
    """
    old, new = left.splitlines(), right.splitlines()
    matcher = _matcher(old, new) if exact else _matcher(keys(left), keys(right))
    for group in matcher.get_grouped_opcodes(context):
        first, last = group[0], group[-1]
        yield Line("hunk", f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                for offset in range(i2 - i1):
                    yield Line("same", new[j1 + offset], i1 + offset + 1, j1 + offset + 1)
                continue
            for i in range(i1, i2):
                yield Line("removed", old[i], left=i + 1)
            for j in range(j1, j2):
                yield Line("added", new[j], right=j + 1)


def side_by_side(
    left: str, right: str, *, context: int | None = 3, exact: bool = False
) -> Iterator[Row | None]:
    """Rows of both texts; None stands for lines left out because they are the same."""
    old, new = left.splitlines(), right.splitlines()
    matcher = _matcher(old, new) if exact else _matcher(keys(left), keys(right))
    groups = [matcher.get_opcodes()] if context is None else matcher.get_grouped_opcodes(context)
    at = 0
    for group in groups:
        if group[0][1] > at:
            yield None
        for tag, i1, i2, j1, j2 in group:
            for offset in range(max(i2 - i1, j2 - j1)):
                yield Row(
                    old[i1 + offset] if i1 + offset < i2 else None,
                    new[j1 + offset] if j1 + offset < j2 else None,
                    tag == "equal",
                )
            at = i2
    if at < len(old):
        yield None


def _span(start: int, stop: int) -> str:
    return f"{start + 1},{stop - start}" if stop - start != 1 else str(start + 1)
