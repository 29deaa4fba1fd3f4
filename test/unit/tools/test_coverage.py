"""The page on coverage: complete, what its data say, and its data what a new measurement gives."""

from __future__ import annotations

import numpy as np
import pytest

from tools.coverage import cases_libdevice, measure, page, registry, results
from tools.coverage.case import Case
from tools.coverage.elements import ELEMENTS, inputs

SAMPLE = {
    "abs": ("fp8e4nv", "bf16", "i8"),
    "exp": ("fp32", "i32"),
    "x + y": ("i1", "fp16", "u64"),
    "sum": ("i8", "fp32"),
    "argmax": ("i16",),
    "flip": ("fp64",),
    "dot": ("i8", "bf16"),
    "atomic_add": ("i32", "fp32", "i8"),
    "x.to(tl.float8e4b15)": ("fp32", "fp16"),
    'x.to(tl.float8e5, fp_downcast_rounding="rtz")': ("fp64",),
    "randint": ("fp32",),
    "pow": ("fp32", "fp16"),
    "atan2": ("fp32", "fp64"),
}
"""Functions and element types that are measured anew."""


def test_every_public_function_has_a_row() -> None:
    rows = page.cells_of(page.PAGE.read_text())
    assert registry.public_functions() <= set(rows), "add a case to tools/coverage, then run 'make coverage'"
    assert set(cases_libdevice.names()) <= set(rows)


def test_the_page_is_what_the_data_say() -> None:
    assert page.PAGE.read_text() == page.page_text(results.load()), "run 'make coverage'"


def test_no_cell_is_empty_and_none_is_missing() -> None:
    loaded = results.load()
    missing = {
        case.function
        for case in registry.every_case()
        for element in case.elements()
        for target in measure.TARGETS
        if (case, element.name, target) not in loaded
    }
    assert not missing, "run 'make coverage'"
    assert all(cell for row in page.cells_of(page.PAGE.read_text()).values() for cell in row.values())


@pytest.mark.slow
@pytest.mark.parametrize("function", SAMPLE)
def test_a_sample_of_cells_is_up_to_date(function: str) -> None:
    known = results.load()
    for case in registry.every_case():
        if case.function == function:
            names = [e for e in case.elements() if e.name in SAMPLE[function]]
            found = measure.outcomes(case, names, ["host"])
            for (name, target), outcome in found.items():
                assert outcome.status == known[case, name, target].status, (case.body, name, outcome)


@pytest.mark.qemu
@pytest.mark.zig
@pytest.mark.parametrize("function", ["x * y", "x.to(tl.int32)", "acos"])
def test_a_sample_of_cells_on_k1_is_up_to_date(function: str) -> None:
    known = results.load()
    case = next(case for case in registry.every_case() if case.function == function)
    elements = [element for element in case.elements() if element.name in ("fp32", "fp8e5")]
    found = measure.outcomes(case, elements, ["k1"])
    for (name, target), outcome in found.items():
        assert outcome.status == known[case, name, target].status, (name, outcome)


def test_a_wrong_result_is_found() -> None:
    case = Case("wrong", "x + 1", lambda x: x + 2, names=("i32", "fp32"))
    found = measure.outcomes(case, [ELEMENTS["i32"], ELEMENTS["fp32"]], ["host"])
    assert {outcome.status for outcome in found.values()} == {measure.WRONG}
    assert found["i32", "host"].reason == "element 0 is 1 instead of 2"


def test_what_triton_does_not_define_is_told_from_what_is_refused() -> None:
    case = Case("either", "tl.exp(x)", lambda x: np.exp(x), ulps=2)
    found = measure.outcomes(case, [ELEMENTS["i32"], ELEMENTS["fp32"]], ["host"])
    assert found["i32", "host"].status == measure.UNDEFINED
    assert found["fp32", "host"].status == measure.WORKS


@pytest.mark.parametrize("name", ELEMENTS)
def test_storage_and_values_are_inverse(name: str) -> None:
    element = ELEMENTS[name]
    stored = inputs(element, 0)
    values = element.decode(stored)
    again = element.decode(element.encode(values)) if element.is_float else values.astype(element.storage)
    np.testing.assert_array_equal(again, values)


@pytest.mark.parametrize("name", ["fp8e5", "fp8e4nv", "fp8e4b8", "fp8e5b16", "bf16", "fp16"])
def test_a_value_between_two_numbers_is_rounded_to_the_even_one_or_cut(name: str) -> None:
    element = ELEMENTS[name]
    unit = 2.0**-element.mantissa
    between = np.array([1 + unit / 2, 1 + 3 * unit / 2, -(1 + 3 * unit / 2)])
    nearest = element.decode(element.encode(between))
    np.testing.assert_array_equal(nearest, [1, 1 + 2 * unit, -(1 + 2 * unit)])
    cut = element.decode(element.encode(between, towards_zero=True))
    np.testing.assert_array_equal(cut, [1, 1 + unit, -(1 + unit)])
