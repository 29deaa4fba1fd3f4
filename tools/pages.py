"""Pages of documentation that are generated: written, or compared with what they should be."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def write_or_check(page: Path, make: Callable[[], str], description: str, arguments: Sequence[str]) -> int:
    """The main program of a generator: write ``page``, or with ``--check`` exit with 1 if it differs."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page is old")
    options = parser.parse_args(arguments)
    text = make()
    if not options.check:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)
        return 0
    if page.exists() and page.read_text() == text:
        return 0
    sys.stderr.write(f"{page.relative_to(ROOT)} is not what its generator writes: run 'make docs'\n")
    return 1


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |\n" for row in lines)
