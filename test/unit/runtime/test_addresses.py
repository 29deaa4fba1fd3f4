from __future__ import annotations

import numpy as np
import pytest

from smtir.runtime import addresses
from smtir.runtime.addresses import address_of

BASE = np.arange(60.0).reshape(5, 12)


@pytest.mark.parametrize(
    "array", [BASE, BASE[1:, ::3], BASE[::-1, ::-2], BASE.T, np.array(3), np.empty((0, 3))]
)
def test_the_address_is_that_which_numpy_gives(array: np.ndarray, monkeypatch) -> None:
    assert address_of(array) == array.ctypes.data
    monkeypatch.setattr(addresses, "_is_behind_head", lambda: False)
    assert address_of(array) == array.ctypes.data
