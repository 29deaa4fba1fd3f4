"""Write docs/reference/tt.md and xsmt.md from the classes of the operations.

Run it as `python -m tools.dialect_docs [--check]`.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import smtir.dialects
from smtir.asm.fields import Attribute, ValueField
from smtir.asm.operation import ForeignOp, operations
from tools.pages import ROOT, table, write_or_check

FOLDER = ROOT / "docs" / "reference"


@dataclass(frozen=True)
class Page:
    """A page: its title, what stands before the operations, and its dialects."""

    title: str
    introduction: str
    dialects: tuple[str, ...]


_TT = """\
Triton's dialect as Triton 3.6 and 3.7 print it. What 3.2 to 3.9 print otherwise is read as well and becomes
the present form: former names, former attributes, and descriptor types without `tensor`. `tt.func` and
`tt.return` are `func.func` and `func.return` inside of smtir. IR for GPUs (encodings, operations of `ttg`) is
refused.
"""
_XSMT = """\
SpacemiT's dialects as spine-triton declares them, all generations together: `xsmt` for tiles, windows,
buffers and barriers, `xsmt_async` for barriers at run time, `tle` for the tile language. `xsmt.insert` is
smtir's own.
"""
_NOTATION = """\
In the assembly, words in backticks are written as they are, `(...)?` may be left out, and `attr-dict` is
`{name = value, ...}` with the attributes that the assembly does not name. How each operation is lowered and
tested is in [ops.md](ops.md).
"""

PAGES: Mapping[str, Page] = {
    "tt.md": Page("The `tt` dialect", _TT, ("tt",)),
    "xsmt.md": Page("The `xsmt` dialects", _XSMT, ("xsmt", "xsmt_async", "tle")),
}

_CODE = re.compile(r"(?<!`)``(?!`)")
"""What encloses code in a docstring."""
_HEAD = "<!-- Written by `python -m tools.dialect_docs`; run `make docs` after a change of an operation. -->"


def page_text(page: Page) -> str:
    """The whole page."""
    parts = [f"{_HEAD}\n\n# {page.title}\n\n{page.introduction}\n{_NOTATION}"]
    for dialect in page.dialects:
        parts.append(f"\n## {dialect}\n")
        classes = [one for name, one in sorted(operations().items()) if name.partition(".")[0] == dialect]
        parts += [f"\n{_section(one)}" for one in classes]
    return "".join(parts)


def _section(op: type[ForeignOp]) -> str:
    parts = [f"### `{op.OPERATION_NAME}`\n", f"{_CODE.sub('`', inspect.getdoc(op) or '')}\n"]
    if op.former_names:
        parts.append(f"Formerly {', '.join(f'`{name}`' for name in op.former_names)}.\n")
    if op.assembly_format is None:
        parts.append("Generic form only.\n")
    else:
        assembly = re.sub(r"\s+", " ", op.assembly_format).strip()
        parts.append(f"```text\n{op.OPERATION_NAME} {assembly}\n```\n")
    rows = [
        *(_value_row("operand", one) for one in op.operand_fields),
        *_attribute_rows(op),
        *(_value_row("result", one) for one in op.result_fields),
    ]
    if op.region_count:
        rows.append(["region", "", f"{op.region_count}"])
    if rows:
        parts.append(table(["", "name", "what"], rows))
    return "\n".join(parts)


def _value_row(kind: str, field: ValueField) -> list[str]:
    number = ", any number of them" if field.variadic else ", optional" if field.optional else ""
    return [kind, f"`{field.name}`", f"{field.constraint.what}{number}"]


def _attribute_rows(op: type[ForeignOp]) -> Sequence[list[str]]:
    rows = []
    for field in op.attribute_fields:
        if not isinstance(field, Attribute):
            absence = ", optional"
        elif field.default is None:
            absence = ""
        else:
            absence = f", by default `{field.kind.text_of(field.default)}`"
        rows.append(["attribute", f"`{field.name}`", f"{field.kind.what}{absence}"])
    return rows


def pages() -> Mapping[Path, str]:
    """The text of each page by its path."""
    known = {dialect for page in PAGES.values() for dialect in page.dialects}
    missing = set(smtir.dialects.FOREIGN_DIALECTS) - known
    if missing:
        raise ValueError(f"no page documents {', '.join(sorted(missing))}: name it in PAGES")
    return {FOLDER / name: page_text(page) for name, page in PAGES.items()}


def main() -> int:
    """Write the pages, or check them."""
    description = "Write docs/reference/tt.md and xsmt.md."
    results = [
        write_or_check(path, partial(str, text), description, sys.argv[1:]) for path, text in pages().items()
    ]
    return max(results)


if __name__ == "__main__":
    sys.exit(main())
