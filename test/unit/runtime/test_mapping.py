from __future__ import annotations

import numpy as np
from tensors import Tensor

from smtir.runtime.mapping import ArgumentFile


def test_what_happens_around_a_tensor_meanwhile_is_not_undone() -> None:
    whole = np.zeros(8, np.float32)
    with ArgumentFile([0], {0: Tensor(whole[2:4], "float32", storage=whole)}, 1) as file:
        whole[6] = 1
        file.copy_back()
    np.testing.assert_array_equal(whole, [0, 0, 0, 0, 0, 0, 1, 0])
