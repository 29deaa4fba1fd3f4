from __future__ import annotations

from pathlib import Path

import pytest

from tools import lint_lit

GOOD = "// RUN: smtir opt %s | filecheck %s\n// CHECK: arith.addf\n"


def rules(text: str) -> list[str]:
    return [fault.rule for fault in lint_lit.lint_text(Path("test.mlir"), text)]


def test_a_proper_test_has_no_fault() -> None:
    assert rules(GOOD) == []


def test_every_directive_and_a_prefix_of_its_own_are_known() -> None:
    text = (
        "// RUN: smtir opt %s \\\n// RUN:   | filecheck %s --check-prefixes=CHECK,IR-CUSTOM\n"
        "// CHECK-LABEL: func @f\n// CHECK-NEXT: a\n// CHECK-COUNT-2: b\n// CHECK-EMPTY:\n"
        "// CHECK{LITERAL}: [[c]]\n// IR-CUSTOM-SAME: d\n// CHECK-NOT: e\n"
    )
    assert rules(text) == []


def test_verify_diagnostics_counts_as_a_check() -> None:
    text = "// RUN: smtir opt %s --verify-diagnostics\n// expected-error@+1 {{no}}\n"
    assert rules(text) == []


def test_prose_that_begins_with_the_word_is_no_fault() -> None:
    assert rules(GOOD + "// CHECK lines below come from a tool\n// Check the order\n") == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("// CHECK: a\n", "no-run"),
        ("// RUN: smtir opt other.mlir | filecheck %t\n// CHECK: a\n", "run-input"),
        ("// RUN: smtir opt %s\n", "run-check"),
        (GOOD + "// CHECK ; b\n", "check-word"),
        (GOOD + "// CHECK-NEXT ; b\n", "check-word"),
        (GOOD + "// CHECK : b\n", "check-word"),
        (GOOD + "// CHEKC: b\n", "check-word"),
        (GOOD + "// CHCK-NEXT: b\n", "check-word"),
        (GOOD + "// Check: b\n", "check-word"),
        (GOOD + "// CHECK-NXT: b\n", "check-word"),
        (GOOD + "// CHECK_NEXT: b\n", "unused-prefix"),
        (GOOD + "// CHECK:\n", "check-empty"),
        (GOOD + "// VECTOR-NEXT: b\n", "unused-prefix"),
        ("// RUN: smtir opt %s | filecheck %s\n", "no-check"),
        ("// RUN: smtir opt %s | filecheck %s\n// CHECK-NOT: a\n", "no-check"),
        ("// RUN: smtir opt %s | filecheck %s --check-prefix=IR\n// CHECK: a\n", "no-check"),
        ("// RUN: smtir opt %s --verify-diagnostics\n", "no-check"),
        (GOOD + "// expected-error {{no}}\n", "no-check"),
    ],
)
def test_a_test_that_cannot_fail_is_rejected(text: str, rule: str) -> None:
    assert rule in rules(text)


def test_the_fault_names_file_line_and_rule() -> None:
    faults = list(lint_lit.lint_text(Path("a/test.mlir"), GOOD + "// CHEKC: b\n"))
    assert str(faults[0]).startswith("a/test.mlir:3: check-word: ")


def test_files_that_no_test_reads_are_orphans(tmp_path: Path) -> None:
    (tmp_path / "Inputs").mkdir()
    (tmp_path / "a.mlir").write_text(GOOD + "// uses Inputs/used.mlir\n")
    (tmp_path / "Inputs" / "used.mlir").write_text("")
    (tmp_path / "Inputs" / "golden.mlir").write_text("")
    (tmp_path / "a.expected").write_text("")
    found = {(fault.file.name, fault.rule) for fault in lint_lit.lint_tree(tmp_path)}
    assert found == {("golden.mlir", "orphan"), ("a.expected", "orphan")}


def test_the_exit_code_tells_whether_there_were_faults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.mlir").write_text(GOOD)
    assert lint_lit.main([str(tmp_path)]) == 0
    (tmp_path / "b.mlir").write_text("// RUN: smtir opt %s\n")
    assert lint_lit.main([str(tmp_path)]) == 1
    assert "b.mlir:1: run-check" in capsys.readouterr().out
    assert lint_lit.main([]) == 2
    assert lint_lit.main([str(tmp_path / "absent")]) == 2


def test_the_tests_of_this_checkout_have_no_fault(root: Path) -> None:
    assert lint_lit.lint_tree(root / "test" / "lit") == []
