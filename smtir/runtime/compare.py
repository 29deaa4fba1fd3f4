"""How far a result is from its reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from smtir.errors import UsageError


@dataclass(frozen=True)
class Comparison:
    """Difference between a result and a reference of the same shape.

    Attributes:
        error: largest absolute error over the largest absolute value of the reference, both
            taken over the finite elements of the reference; infinite where ``mismatched``.
        index: place of the worst element; ``()`` where all are equal or there is none.
        mismatched: elements where exactly one side is NaN, or an infinity has no equal.
    """

    error: float
    index: tuple[int, ...]
    mismatched: int

    def __str__(self) -> str:
        if self.mismatched:
            return f"{self.mismatched} elements differ in NaN or infinity, first at {list(self.index)}"
        return f"max error {self.error:.1e}" + (f" at {list(self.index)}" if self.index else "")

    def within(self, tolerance: float) -> bool:
        """Whether the error is at most ``tolerance``."""
        return self.error <= tolerance


def compare(result: Any, reference: Any) -> Comparison:
    """Compare arrays or CPU tensors in float64.

    NaN equals NaN and an infinity equals itself.  Where the reference is all zero the error is
    absolute.  Raises ``UsageError`` on different shapes.
    """
    got, expected = _float64(result), _float64(reference)
    if got.shape != expected.shape:
        raise UsageError(
            f"the result has shape {list(got.shape)}, its reference {list(expected.shape)}",
            hint="compare a result with the reference of the same sizes",
        )
    finite = np.isfinite(expected)
    with np.errstate(invalid="ignore"):
        wrong = np.where(finite, ~np.isfinite(got), (got != expected) & ~(np.isnan(got) & np.isnan(expected)))
        distance = np.abs(np.where(finite & ~wrong, got - expected, 0.0))
    if wrong.any():
        return Comparison(float("inf"), _place(wrong), int(wrong.sum()))
    scale = float(np.abs(np.where(finite, expected, 0.0)).max(initial=0.0))
    worst = float(distance.max(initial=0.0))
    return Comparison(worst / scale if scale else worst, _place(distance) if worst else (), 0)


def _place(array: np.ndarray) -> tuple[int, ...]:
    return tuple(int(index) for index in np.unravel_index(int(array.argmax()), array.shape))


def _float64(values: Any) -> np.ndarray:
    if hasattr(values, "data_ptr"):  # a tensor: NumPy has no bf16, so it is widened first
        values = values.detach().double().numpy()
    return np.asarray(values).astype(np.float64)
