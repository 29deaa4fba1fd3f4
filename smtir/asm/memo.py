"""Rewrites of operations, remembered by their shape.

Kernels repeat a few dozen shapes of lines (``tt.addptr %, % : T, I``).  The first of a kind goes
through its format, with the values renamed; what comes out is a template for the others.  That
took reading from 18 to 6 ms for 1,000 lines (tools/bench/read_ttir.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable

_VALUE = re.compile(r"%[\w$.\-]+(?:#\d+)?")
_RENAMED = re.compile(r"%\.(\d+)")
_CONTINUES = re.compile(r"\s*[,{(<:\[=]|\s*->")
_LIMIT = 8192
_MARK = "\0"
"""Stands for a value in the shape of a line."""


class Memo:
    """Templates by operation name and line; ``None`` for a line that cannot have one."""

    def __init__(self) -> None:
        self._templates: dict[str, tuple[str, tuple[int, ...] | None] | None] = {}

    def apply(
        self, text: str, start: int, name: str, rewrite: Callable[[str], tuple[str, int] | None]
    ) -> tuple[str, int] | None:
        """The rewritten operation and where it ends in ``text``, or ``None`` to go the long way.

        ``start`` is the position after the operation's name.  ``rewrite`` takes the rest of the
        operation's line, and returns the rewritten text and how much of the line it used.
        """
        stop = text.find("\n", start)
        if stop < 0:
            stop = len(text)
        at_location = text.find(" loc(", start, stop)
        if at_location >= 0:
            stop = at_location
        elif _CONTINUES.match(text, stop):
            return None
        line = text[start:stop]
        if _MARK in line:
            return None
        key = name + _VALUE.sub(_MARK, line)
        if key in self._templates:
            template = self._templates[key]
        else:
            if len(self._templates) >= _LIMIT:
                self._templates.clear()
            template = self._templates[key] = _make(line, rewrite)
        if template is None:
            return None
        pattern, order = template
        values = _VALUE.findall(line)
        return pattern % tuple(values if order is None else [values[index] for index in order]), stop


def _make(
    line: str, rewrite: Callable[[str], tuple[str, int] | None]
) -> tuple[str, tuple[int, ...] | None] | None:
    """A ``%``-pattern for lines like ``line``, and which value goes where (``None``: in order)."""
    count = 0

    def rename(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"%.{count - 1}"

    renamed = _VALUE.sub(rename, line)
    made = rewrite(renamed)
    if made is None or renamed[made[1] :].strip():
        return None
    order = tuple(int(number) for number in _RENAMED.findall(made[0]))
    pieces = [piece.replace("%", "%%") for piece in _RENAMED.split(made[0])[::2]]
    return "%s".join(pieces), None if order == tuple(range(count)) else order
