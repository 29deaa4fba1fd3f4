"""Where an array's elements begin, found ten times as fast as NumPy says it.

``array.__array_interface__`` and ``array.ctypes`` build a dictionary or an object at each call:
2 to 4 us, more than all else of an argument.  In CPython the pointer to the elements is the first
field behind an array's object head; that this holds is tried once, on the first array.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

_HEAD = object.__basicsize__
_pointer_at = ctypes.c_size_t.from_address


def address_of(array: Any) -> int:
    """Address of the first element of a NumPy array (strides may go down from there)."""
    if _is_behind_head():
        return int(_pointer_at(id(array) + _HEAD).value)
    return int(array.__array_interface__["data"][0])


@functools.cache
def _is_behind_head() -> bool:
    import numpy as np

    base = np.arange(4)
    samples = (base, base[2:], base[::-1], np.empty(0))
    return all(
        _pointer_at(id(sample) + _HEAD).value == sample.__array_interface__["data"][0] for sample in samples
    )
