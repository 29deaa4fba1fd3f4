"""Quotients and maxima of f16 that are f16, as in spine-triton's own Triton.

Triton computes ``/``, ``%``, ``tl.max`` and ``tl.min`` of f16 in f32 and gives f32.  spine-triton has changed
this, and kernels written for it count on f16: an f16 variable that a loop gives a quotient, say, which
Triton refuses.  A kernel that is refused because f16 met f32 is generated once more by spine-triton's rules.
What Triton accepts means what it means to Triton.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import triton.language as tl

_NARROWED = (tl.max, tl.min)


def met_wider(error: BaseException) -> bool:
    """Whether Triton has refused a kernel because f16 met f32."""
    return any("fp16" in text and "fp32" in text for text in map(str, _chain(error)))


def keep_quotients(semantic: Any) -> None:
    """Let ``semantic`` divide f16 in f16."""
    known = semantic.computation_type_impl

    def computation_type(a: Any, a_is_scalar: bool, b: Any, b_is_scalar: bool, div_or_mod: bool) -> Any:
        found = known(a, a_is_scalar, b, b_is_scalar, div_or_mod)
        is_wider = div_or_mod and found == tl.float32
        if is_wider and known(a, a_is_scalar, b, b_is_scalar, False) == tl.float16:
            return tl.float16
        return found

    semantic.computation_type_impl = computation_type


def kept(function: Any, args: Sequence[Any], result: Any, semantic: Any) -> Any:
    """``result`` of ``function``, as f16 if it is one of those that Triton widens: nothing is lost."""
    if not any(function is one for one in _NARROWED) or not args or not isinstance(result, tl.tensor):
        return result
    source = args[0]
    is_half = isinstance(source, tl.tensor) and source.dtype == tl.float16
    return semantic.cast(result, tl.float16) if is_half else result


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
