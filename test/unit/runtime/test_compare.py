from __future__ import annotations

import numpy as np
import pytest

from smtir.errors import UsageError
from smtir.runtime import compare

NAN, INF = float("nan"), float("inf")


def test_the_error_is_relative_to_the_largest_element_of_the_reference() -> None:
    found = compare(np.float32([[1, 2], [3, 4.5]]), np.array([[1, 2], [3, 4]]))
    assert found.error == 0.125
    assert found.index == (1, 1)
    assert found.within(0.125)
    assert not found.within(0.1)


def test_equal_arrays_have_no_worst_element() -> None:
    assert compare([1.0, NAN, INF, -INF], [1.0, NAN, INF, -INF]) == compare([], [])


@pytest.mark.parametrize(
    ("result", "reference"), [(NAN, 1.0), (1.0, NAN), (INF, 1.0), (1.0, INF), (-INF, INF), (NAN, INF)]
)
def test_a_nan_or_infinity_on_one_side_is_a_mismatch(result: float, reference: float) -> None:
    found = compare([0.0, result], [0.0, reference])
    assert (found.mismatched, found.index, found.within(1e9)) == (1, (1,), False)
    assert "1 elements differ in NaN or infinity, first at [1]" in str(found)


def test_against_zero_the_error_is_absolute() -> None:
    assert compare([0.0, 0.25], [0.0, 0.0]).error == 0.25


def test_different_shapes_are_refused() -> None:
    with pytest.raises(UsageError, match=r"shape \[2\], its reference \[3\]"):
        compare(np.zeros(2), np.zeros(3))
