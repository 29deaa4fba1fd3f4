from __future__ import annotations

from smtir.frontend.aliases import CALLER, Aliases, merge, new_cell


def scope(**cells: int) -> Aliases:
    return Aliases({(name,): cell for name, cell in cells.items()})


def test_an_assignment_moves_all_places_of_the_variable() -> None:
    aliases = Aliases({("t", 0): 1, ("t", 1): 2, ("a",): 1})
    aliases.assign("t", {("t",): (3, None)})
    assert aliases.cells == {("a",): 1, ("t",): 3}
    assert aliases.members(1) == [("a",)]


def test_places_together_on_both_paths_stay_together() -> None:
    merged = merge(scope(a=1, b=1, c=2), scope(a=5, b=5, c=6), {"a", "b", "c"})
    assert merged.cells[("a",)] == merged.cells[("b",)] != merged.cells[("c",)]
    assert not merged.unsure


def test_an_unchanged_cell_keeps_its_number() -> None:
    assert merge(scope(a=1, b=2), scope(a=1, b=3), {"a", "b"}).cells[("a",)] == 1


def test_places_together_on_one_path_are_unsure() -> None:
    merged = merge(scope(a=1, b=1), scope(a=1, b=2), {"a", "b"})
    assert merged.unsure == {frozenset({("a",), ("b",)})}
    assert merged.unsure_partner(merged.cells[("a",)]) == (("a",), ("b",))


def test_a_copy_of_an_unsure_place_is_unsure_too() -> None:
    merged = merge(scope(a=1, b=1), scope(a=1, b=2), {"a", "b"})
    merged.assign("c", {("c",): (merged.cells[("b",)], ("b",))})
    assert frozenset({("c",), ("a",)}) in merged.unsure
    merged.assign("a", {("a",): (new_cell(), None)})
    assert not merged.unsure


def test_variables_out_of_scope_are_dropped_and_the_callers_are_kept() -> None:
    one = Aliases({("a",): 1, (CALLER, "a"): 1, ("gone",): 4})
    assert set(merge(one, one.copy(), {"a"}).cells) == {("a",), (CALLER, "a")}
