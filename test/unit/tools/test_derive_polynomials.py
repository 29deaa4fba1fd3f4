from __future__ import annotations

import pytest
from mpmath import mp

from smtir.rewrite.elementary import coefficients
from tools import derive_polynomials


@pytest.mark.parametrize("name", ["EXP_F32", "LOG_F32", "SIN_F32"])
def test_the_coefficients_in_use_are_the_derived_ones(name: str) -> None:
    with mp.workprec(derive_polynomials.PRECISION_BITS):
        (fit,) = [fit for fit in derive_polynomials.fits() if fit.name == name]
        derived, error = derive_polynomials.derive(fit)
    assert tuple(derived) == getattr(coefficients, name)
    assert error < 2**-25


def test_the_constants_in_use_are_the_derived_ones() -> None:
    with mp.workprec(derive_polynomials.PRECISION_BITS):
        for name, _, parts in derive_polynomials.constants():
            assert tuple(parts) == getattr(coefficients, name), name


@pytest.mark.slow
def test_the_whole_file_is_up_to_date() -> None:
    assert derive_polynomials.main(["--check"]) == 0
