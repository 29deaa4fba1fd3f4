"""The functions of ``libdevice`` on NumPy arrays, for ``TRITON_INTERPRET=1``.

Triton's interpreter has no ``tt.extern_elementwise``.  Floats are computed in f64 and rounded once, so that
results differ from those of compiled kernels in their last places only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from smtir.errors import FrontendError

Function = Callable[..., Any]
_SAME_NAME = """
cbrt ceil copysign cos cosh exp exp2 expm1 floor fmod log log10 log1p log2 rint sin sinh sqrt tan tanh trunc
"""
_OTHER_NAME = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "div": "true_divide",
    "pow": "power",
}


def _round(x: Any) -> Any:
    """Halves go away from zero."""
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(1, x), whole)


_FUNCTIONS: dict[str, Function] = {
    **{name: getattr(np, name) for name in _SAME_NAME.split()},
    **{name: getattr(np, other) for name, other in _OTHER_NAME.items()},
    "erf": np.vectorize(math.erf, otypes=[float]),
    "erfc": np.vectorize(math.erfc, otypes=[float]),
    "fma": lambda x, y, z: x * y + z,
    "round": _round,
    "rsqrt": lambda x: 1 / np.sqrt(x),
}


def evaluate(symbol: str, arrays: Sequence[np.ndarray]) -> np.ndarray:
    """The function ``symbol`` of each element, in the type of the arguments.

    Raises:
        FrontendError: a function that is not known.
    """
    kind = arrays[0].dtype
    if symbol in ("clz", "popc"):
        return _counted(symbol, arrays[0])
    if symbol not in _FUNCTIONS:
        raise FrontendError(
            f"the function {symbol!r} cannot be interpreted",
            op="tt.extern_elementwise",
            hint="run the kernel without TRITON_INTERPRET=1",
        )
    with np.errstate(all="ignore"):
        found = _FUNCTIONS[symbol](*(array.astype(np.float64) for array in arrays))
        rounded: np.ndarray = np.asarray(found).astype(kind)
    return rounded


def _counted(symbol: str, values: np.ndarray) -> np.ndarray:
    bits = values.dtype.itemsize * 8
    patterns = values.astype(f"u{values.dtype.itemsize}")
    texts = [f"{int(pattern):0{bits}b}" for pattern in patterns.reshape(-1)]
    counts = [text.count("1") if symbol == "popc" else (text + "1").index("1") for text in texts]
    return np.array(counts, values.dtype).reshape(values.shape)
