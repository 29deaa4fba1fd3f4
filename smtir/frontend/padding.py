"""``padding_option="neg_inf"`` and ``"inf"``, which spine-triton adds to Triton's ``"zero"`` and ``"nan"``.

libtriton knows no such padding: the operation is made with zero padding and an attribute of ours,
and ``replace_padding`` gives it the number that spine-triton's TTIR has.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from triton._C.libtriton import ir as libtriton_ir

NUMBERS = {"neg_inf": 3, "inf": 4}
"""spine-triton's numbers, after those of zero (1) and nan (2)."""
_ATTRIBUTE = "smt.padding"
_MARKED = re.compile(
    rf"(?:padding = 1 : i32(?:, (?P<between>[^\n{{}}]*?))?, )?{re.escape(_ATTRIBUTE)} = (?P<number>\d)"
)


class Padding(str):
    """A padding that libtriton does not know, on its way through Triton's semantics."""


def padding_option(option: Any) -> Padding | None:
    """What ``option`` stands for if it is one of the two."""
    return Padding(option) if option in NUMBERS else None


def accept_padding(semantic: Any, builder: Any) -> None:
    """Let ``semantic`` and ``builder``, which makes libtriton's operations, know the two."""
    known = semantic._str_to_padding_option
    semantic._str_to_padding_option = lambda option: padding_option(option) or known(option)
    make_load, make_descriptor = builder.create_tensor_pointer_load, builder.create_make_tensor_descriptor

    def create_tensor_pointer_load(pointer: Any, boundary: Any, padding: Any, *rest: Any) -> Any:
        return marked(padding, lambda known: make_load(pointer, boundary, known, *rest))

    def create_make_tensor_descriptor(*args: Any) -> Any:
        *others, padding = args
        return marked(padding, lambda known: make_descriptor(*others, known))

    def marked(padding: Any, make: Callable[[Any], Any]) -> Any:
        if not isinstance(padding, Padding):
            return make(padding)
        made = make(libtriton_ir.PADDING_OPTION.PAD_ZERO)
        made.set_attr(_ATTRIBUTE, builder.get_int32_attr(NUMBERS[padding]))
        return made

    builder.create_tensor_pointer_load = create_tensor_pointer_load
    builder.create_make_tensor_descriptor = create_make_tensor_descriptor


def replace_padding(text: str) -> str:
    """TTIR text with the padding that the operations were marked with."""
    return _MARKED.sub(_replaced, text)


def _replaced(found: re.Match[str]) -> str:
    between = f"{found['between']}, " if found["between"] else ""
    return f"{between}padding = {found['number']}"
