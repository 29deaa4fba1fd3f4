"""The kernels that come with smtir, each with its sizes, its arguments and the right answer."""

from __future__ import annotations

import difflib
import importlib

from smtir.errors import UsageError
from smtir.kernels.spec import KernelSpec

__all__ = ["KernelSpec", "get", "names"]

_NAMES = (
    "qk",
    "attention_hybrid",
    "attention_smt",
    "attention_scratch",
    "qk_v2",
    "attention_v2",
    "matmul",
)


def names() -> tuple[str, ...]:
    """The names that ``get`` knows."""
    return _NAMES


def get(name: str) -> KernelSpec:
    """The kernel called ``name``.

    Raises:
        UsageError: there is none.
    """
    if name not in _NAMES:
        close = difflib.get_close_matches(name, _NAMES, 1)
        raise UsageError(
            f"there is no kernel {name!r} in smtir.kernels",
            hint=f"did you mean {close[0]!r}?" if close else f"the kernels: {', '.join(_NAMES)}",
        )
    spec: KernelSpec = importlib.import_module(f"smtir.kernels.{name}").SPEC
    return spec
