"""The functions of ``libdevice`` on NumPy arrays, for ``TRITON_INTERPRET=1``.

Triton's interpreter has no ``tt.extern_elementwise``.  Floats are computed in f64 and rounded once, so that
results differ from those of compiled kernels in their last places only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
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


def _fused_wide(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """``x * y + z`` of f64, rounded once."""
    x, y, z = np.broadcast_arrays(x, y, z)
    plain = x * y + z
    product = np.abs(x * y)
    usual = (product > 1e-250) & (np.abs(x) < 1e150) & (np.abs(y) < 1e150) & (np.abs(z) < 1e290)
    sums = np.add(*_exact_sum(*_exact_product(x, y), z))
    rest = np.isfinite(x) & np.isfinite(y) & np.isfinite(z) & ~usual & (x != 0) & (y != 0)
    found = np.where(usual, sums, plain)
    found[rest] = [_fused_scalar(*values) for values in zip(x[rest], y[rest], z[rest], strict=True)]
    return found


def _exact_product(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rounded product of f64 and what it lacks (Dekker)."""
    product = x * y
    x_high, y_high = (value * 134217729.0 - (value * 134217729.0 - value) for value in (x, y))
    x_low, y_low = x - x_high, y - y_high
    return product, ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low


def _exact_sum(high: np.ndarray, low: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two numbers with the sum ``high + low + z``, the second small."""
    total = high + z
    part = total - high
    return total, ((high - (total - part)) + (z - part)) + low


def _fused_scalar(x: Any, y: Any, z: Any) -> float:
    exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
    try:
        return float(exact) if exact else float(x * y + z)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def _fused_narrow(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """As ``_fused_wide``, of numbers whose products f64 holds: the last bit is odd if the sum is inexact."""
    product = x * y
    total, error = _exact_sum(product, np.zeros_like(product), z)
    bits = total.view(np.int64)
    inexact = np.isfinite(total) & np.isfinite(error) & (error != 0) & (bits & 1 == 0)
    moved = np.where((error > 0) == (total > 0), bits + 1, bits - 1).view(np.float64)
    return np.where(inexact, moved, total)


_FUNCTIONS: dict[str, Function] = {
    **{name: getattr(np, name) for name in _SAME_NAME.split()},
    **{name: getattr(np, other) for name, other in _OTHER_NAME.items()},
    "erf": np.vectorize(math.erf, otypes=[float]),
    "erfc": np.vectorize(math.erfc, otypes=[float]),
    "round": _round,
    "rsqrt": lambda x: 1 / np.sqrt(x),
}


def _function(symbol: str, kind: np.dtype[Any]) -> Function:
    if symbol == "fma":
        return _fused_wide if kind == np.float64 else _fused_narrow
    return _FUNCTIONS[symbol]


def evaluate(symbol: str, arrays: Sequence[np.ndarray]) -> np.ndarray:
    """The function ``symbol`` of each element, in the type of the arguments.

    Raises:
        FrontendError: a function that is not known.
    """
    kind = arrays[0].dtype
    if symbol in ("clz", "popc"):
        return _counted(symbol, arrays[0])
    if symbol not in _FUNCTIONS and symbol != "fma":
        raise FrontendError(
            f"the function {symbol!r} cannot be interpreted",
            op="tt.extern_elementwise",
            hint="run the kernel without TRITON_INTERPRET=1",
        )
    with np.errstate(all="ignore"):
        wide = [array.astype(np.float64) for array in arrays]
        found = _function(symbol, kind)(*wide)
        rounded: np.ndarray = np.asarray(found).astype(kind)
    return rounded


def _counted(symbol: str, values: np.ndarray) -> np.ndarray:
    bits = values.dtype.itemsize * 8
    patterns = values.astype(f"u{values.dtype.itemsize}")
    texts = [f"{int(pattern):0{bits}b}" for pattern in patterns.reshape(-1)]
    counts = [text.count("1") if symbol == "popc" else (text + "1").index("1") for text in texts]
    return np.array(counts, values.dtype).reshape(values.shape)
