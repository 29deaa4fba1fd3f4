"""The generated pages of docs/ are what their generators write."""

from __future__ import annotations

import re

import pytest

from smtir.asm.operation import operations
from smtir.targets import KNOWN_TILES
from tools import dialect_docs, lint_docs, ops_table, pages


def test_the_page_on_lint_is_up_to_date() -> None:
    assert lint_docs.PAGE.read_text() == lint_docs.page_text(), "run 'make docs'"


def test_the_pages_on_the_dialects_are_up_to_date() -> None:
    for page, text in dialect_docs.pages().items():
        assert page.read_text() == text, "run 'make docs'"


def test_a_page_says_of_an_operation_what_its_class_says() -> None:
    page = (dialect_docs.FOLDER / "xsmt.md").read_text()
    section = page.partition("### `xsmt.pack`\n")[2].partition("\n### ")[0]
    assert section.lstrip().startswith("Cut a window out of a matrix and pack it into tiles.")
    assert "xsmt.pack $base `,` `[` $offsets `]`" in section
    assert "| operand | `destination` | a packed 4D tensor of static shape, optional |" in section
    assert "| attribute | `packed_size` | an array of i32 integers |" in section
    assert "%1 = xsmt.pack %x, [%i, %j], [32, 24], [16, 8]" in section


def test_a_dialect_without_a_page_is_an_error(monkeypatch) -> None:
    monkeypatch.setattr("smtir.dialects.FOREIGN_DIALECTS", ("tt", "xsmt", "xsmt_async", "tle", "more"))
    with pytest.raises(ValueError, match="no page documents more"):
        dialect_docs.pages()


@pytest.mark.slow
def test_the_table_of_operations_is_up_to_date() -> None:
    assert ops_table.PAGE.read_text() == ops_table.page_text(), "run 'make docs'"


def test_the_table_has_a_row_for_each_operation_and_no_empty_cell() -> None:
    rows = [line for line in ops_table.PAGE.read_text().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert sorted(row[0].strip("`") for row in cells) == sorted(operations())
    assert all(len(row) == 7 and all(row) for row in cells)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("xsmt.pack", "`xsmt-to-linalg`: lower_pack"),
        ("tt.reduce.return", "with `tt.reduce`"),
        ("tt.splat", "`triton-to-linalg`: one `linalg.fill` for each use"),
        ("tt.elementwise_inline_asm", "no: the assembly is that of a GPU"),
        ("tt.no_such_operation", "no: there is no rule yet"),
    ],
)
def test_the_table_says_how_an_operation_is_lowered_or_why_not(name: str, how: str) -> None:
    ops_table.own_passes()
    assert ops_table.lowering(name, executed=False) == how


def test_check_tells_an_old_page_from_a_new_one(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    page = tmp_path / "docs" / "page.md"
    assert pages.write_or_check(page, lambda: "new\n", "", ["--check"]) == 1
    assert "docs/page.md is not what its generator writes: run 'make docs'" in capsys.readouterr().err
    assert pages.write_or_check(page, lambda: "new\n", "", []) == 0
    assert pages.write_or_check(page, lambda: "new\n", "", ["--check"]) == 0
    assert pages.write_or_check(page, lambda: "newer\n", "", ["--check"]) == 1


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert pages.table(["a"], [["x | y"]]) == "| a |\n| --- |\n| x &#124; y |\n"


def test_the_answer_on_micro_tiles_has_every_known_tile_and_its_source() -> None:
    page = (pages.ROOT / "docs" / "questions.md").read_text()
    for row in KNOWN_TILES:
        pattern = rf"\| {row.arch_id} \| [^|]+ \| {row.element} \| {row.tile} \| {re.escape(row.source)} \|"
        assert re.search(pattern, page), row


def test_every_test_that_a_page_names_exists() -> None:
    text = "".join(path.read_text() for path in (pages.ROOT / "test" / "unit").rglob("test_*.py"))
    defined = set(re.findall(r"^def (test_\w+)\(", text, re.MULTILINE))
    for page in (pages.ROOT / "docs").rglob("*.md"):
        named = set(re.findall(r"`(test_\w+)`", page.read_text()))
        assert named <= defined, f"{page.name} names tests that are none: {sorted(named - defined)}"
