"""Windows of the old API: a packed view of a slice of an accumulator.

A window holds no data, only where it looks.  Which accumulator that is, and what the
accumulator holds at a given point of the program, is known to the code generator
(``smtir.frontend.generator``), so that an update through the window becomes a new value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from triton import language as tl

from smtir.errors import FrontendError


class WindowType(tl.core.base_type):
    """Type of a window: ``[s0/m0, s1/m1, m0, m1]`` elements of ``element_ty``."""

    def __init__(self, element_ty: tl.core.dtype, view: Sequence[int], micro: Sequence[int]) -> None:
        self.element_ty = element_ty
        self.view = tuple(view)
        self.micro = tuple(micro)
        self.shape = packed_shape(view, micro)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WindowType) and (self.element_ty, self.view, self.micro) == (
            other.element_ty,
            other.view,
            other.micro,
        )

    def __hash__(self) -> int:
        return hash((self.view, self.micro))

    def __str__(self) -> str:
        return f"window<{list(self.shape)}, {self.element_ty}>"

    @property
    def packed(self) -> tl.core.block_type:
        """Type of the tensor that reading the window gives."""
        return tl.core.block_type(self.element_ty, list(self.shape))

    def mangle(self) -> str:
        raise FrontendError(
            "a window cannot be passed to another @triton.jit function",
            hint="pass the accumulator, return its new value, and take the view where it is updated",
        )

    def _flatten_ir_types(self, builder: Any, out: list[Any]) -> None:
        out.extend([builder.get_int32_ty()] * 2)

    def _unflatten_ir(self, handles: list[Any], cursor: int) -> tuple[Window, int]:
        made = [tl.tensor(handle, tl.int32) for handle in handles[cursor : cursor + 2]]
        return Window(self, made), cursor + 2


class Window(tl.core.base_value):
    """A packed view of the slice at ``offsets`` (two i32 scalars) of an accumulator.

    ``cell`` is the accumulator's number with the code generator; it serves while no variable
    holds the window (``smt.dot(a, b, smt.view(...))``).
    """

    def __init__(self, type: WindowType, offsets: list[tl.tensor]) -> None:
        self.type = type
        self.offsets = offsets
        self.cell: int | None = None

    def _flatten_ir(self, handles: list[Any]) -> None:
        handles.extend(offset.handle for offset in self.offsets)


def packed_shape(shape: Sequence[int], tile: Sequence[int]) -> tuple[int, ...]:
    """``[ceil(s0/p0), ceil(s1/p1), p0, p1]``."""
    return (*(-(-size // step) for size, step in zip(shape, tile, strict=True)), *tile)
