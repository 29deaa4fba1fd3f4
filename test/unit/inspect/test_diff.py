from __future__ import annotations

from smtir.inspect.diff import keys, side_by_side, unified


def changed(left: str, right: str, **options: bool) -> list[str]:
    signs = {"removed": "-", "added": "+"}
    return [signs[line.kind] + line.text for line in unified(left, right, **options) if line.kind in signs]


def test_an_inserted_operation_does_not_change_the_lines_after_it():
    left = "%0 = arith.addi %a, %b : i32\n%1 = arith.muli %0, %b : i32\nuse(%1)\n"
    right = (
        "%0 = arith.subi %a, %b : i32\n%1 = arith.addi %a, %b : i32\n%2 = arith.muli %1, %b : i32\nuse(%2)\n"
    )
    assert changed(left, right) == ["+%0 = arith.subi %a, %b : i32"]
    assert len(changed(left, right, exact=True)) > 1


def test_an_operand_from_another_operation_is_a_difference():
    left = "%0 = arith.addi %a, %b : i32\n%1 = arith.muli %a, %b : i32\nuse(%0)\n"
    assert changed(left, left.replace("use(%0)", "use(%1)")) == ["-use(%0)", "+use(%1)"]


def test_aliases_are_compared_by_what_they_stand_for():
    left = "#map = affine_map<(d0) -> (d0)>\nuse #map\n"
    right = "#map = affine_map<() -> ()>\n#map1 = affine_map<(d0) -> (d0)>\nuse #map1\n"
    assert changed(left, right) == ["+#map = affine_map<() -> ()>"]
    assert changed(left, right.replace("use #map1", "use #map"))[-1] == "+use #map"


def test_an_operation_with_several_results_defines_each():
    assert keys("%0:2 = scf.for x\nuse(%0#1)") == keys("%5:2 = scf.for x\nuse(%5#1)")
    assert keys("%a, %b = op.two\n") == keys("%c, %d = op.two\n")
    assert keys("%0 = op.x\n") != keys("%0 = op.y\n")


def test_equal_texts_have_no_difference():
    assert list(unified("a\nb\n", "a\nb\n")) == []
    assert list(side_by_side("a\nb\n", "a\nb\n")) == [None]


def test_rows_pair_changed_lines_and_leave_out_equal_ones():
    rows = list(side_by_side("a\nb\nc\nd\n", "a\nx\ny\nc\nd\n", context=0))
    assert rows[0] is None
    assert rows[-1] is None
    pairs = [(row.left, row.right) for row in rows if row is not None]
    assert pairs == [("b", "x"), (None, "y")]


def test_without_a_context_every_line_is_shown():
    rows = list(side_by_side("a\nb\n", "a\nc\n", context=None))
    assert [(row.left, row.right, row.same) for row in rows if row] == [("a", "a", True), ("b", "c", False)]
