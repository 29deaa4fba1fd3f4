"""Scratch memory: ``alloc``."""

from __future__ import annotations

from typing import Any

from triton import language as tl
from triton.language.core import builtin

from smtir.errors import FrontendError
from smtir.language.arguments import check_tiles, static, static_sizes
from smtir.language.emit import emit
from smtir.language.session import session_of
from smtir.language.window import packed_shape


@builtin
def alloc(
    shape: Any,
    micro_size: Any = None,
    dtype: Any = None,
    type: Any = None,
    storage: Any = "l2",
    _semantic: Any = None,
) -> tl.tensor:
    """Allocate scratch memory for the lifetime of the program.

    Old API: ``alloc(shape, micro_size, dtype)`` gives a packed 4D tensor of unspecified content.
    Current API: ``alloc(shape, type=tl.float32, storage="l2")`` gives a block pointer, for
    ``tl.load``, ``tl.store`` and ``smt.view``.

    Args:
        shape: two constexpr sizes in elements.
        micro_size: old API: tile that divides ``shape``; current API: position of ``type``.
        dtype: element type (old API's name).
        type: element type, float32 where none is given.
        storage: memory level, ``"l2"`` or ``"tcm"``; for the backend to use.

    Returns:
        A tensor (old API) or a block pointer (current API).

    Raises:
        FrontendError: sizes that are not constexpr, a tile that does not divide, no element type.
    """
    op = "smt.alloc"
    sizes = static_sizes(shape, "shape", op)
    second, element_ty = static(micro_size), static(dtype) or static(type)
    if session_of(_semantic).api == "old":
        if second is None:
            raise FrontendError(
                "the old smt API needs alloc(shape, micro_size, dtype)", op=op, hint="add the micro tile"
            )
        tile = static_sizes(second, "micro_size", op)
        check_tiles(sizes, tile, "micro_size", op)
        result = tl.core.block_type(_element_type(element_ty), list(packed_shape(sizes, tile)))
        return emit(_semantic, "xsmt.alloc", [], result, shape=sizes, micro_size=tile)
    if second is not None and not isinstance(second, tl.core.dtype):
        raise FrontendError(
            "micro_size belongs to the old smt API",
            op=op,
            hint='pass smt_api="old", or take a packed smt.view of the buffer',
        )
    level = static(storage)
    if not isinstance(level, str):
        raise FrontendError(f"storage must be a string, got {level!r}", op=op, hint='write "l2" or "tcm"')
    buffer = tl.core.pointer_type(tl.core.block_type(_element_type(second or element_ty), sizes))
    return emit(_semantic, "xsmt.alloc", [], buffer, shape=sizes, storage=level)


def _element_type(element_ty: Any) -> tl.core.dtype:
    if element_ty is None:
        return tl.float32
    if not isinstance(element_ty, tl.core.dtype):
        raise FrontendError(
            f"the element type must be a Triton type, got {element_ty!r}",
            op="smt.alloc",
            hint="write tl.float32, tl.float16, ...",
        )
    return element_ty
