"""One printer for every error: place, message, source line with a caret, notes, hint."""

from __future__ import annotations

import linecache

import click

from smtir.errors import SmtirError, SourceLocation

_COLOURS = {"error": "red", "warning": "yellow", "remark": "blue", "note": "cyan"}


def print_error(error: SmtirError) -> None:
    """Print ``error`` to stderr, coloured on a terminal."""
    click.echo(format_error(error), err=True)


def format_error(error: SmtirError) -> str:
    """``error`` as clang prints one: ``file:line:col: error: message``."""
    lines = entry_lines("error", error.message, error.location)
    for note in error.notes:
        lines += entry_lines("note", note.message, note.location)
    if error.pass_name:
        lines += entry_lines("note", f"in the pass {error.pass_name}", None)
    if error.hint:
        lines.append(f"{click.style('hint:', fg='green', bold=True)} {error.hint}")
    return "\n".join(lines)


def entry_lines(label: str, message: str, place: SourceLocation | None) -> list[str]:
    """``place: label: message``, the source line and a caret where the file can be read."""
    colour = _COLOURS[label]
    prefix = f"{place}: " if place and place.file else "" if label == "note" else "smtir: "
    has_caret = message.rstrip().endswith("^")  # then the source line is in the message already
    head = f"{click.style(prefix, bold=True)}{click.style(label + ':', fg=colour, bold=True)} {message}"
    return [head, *([] if has_caret else _source_line(place))]


def _source_line(place: SourceLocation | None) -> list[str]:
    if place is None or not place.line:
        return []
    text = linecache.getline(place.file, place.line).rstrip("\n")
    if not text:
        return []
    shown = text.expandtabs(8)
    if not place.column:
        return [shown]
    indent = len(text[: place.column - 1].expandtabs(8))
    return [shown, " " * indent + click.style("^", fg="green", bold=True)]
