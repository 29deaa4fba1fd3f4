"""The ``tle`` language: what ``from triton.language.extra import tle`` gives.

Names that spine-triton offers beside ``smt`` for scratch memory and copies, and FlagTree's tiles.
"""

from __future__ import annotations

from typing import Any

from triton import language as tl
from triton.language.core import builtin

from smtir.language.memory import alloc as smt_alloc
from smtir.language.tiles import extract_tile, insert_tile

__all__ = ["alloc", "copy", "extract_tile", "insert_tile"]


@builtin
def alloc(shape: Any, dtype: Any = None, scope: Any = "l2", _semantic: Any = None) -> tl.tensor:
    """Allocate scratch memory: ``smt.alloc`` of the current API, as a block pointer.

    Args:
        shape: constexpr sizes in elements.
        dtype: element type, float32 where none is given.
        scope: memory level, ``"l2"`` or ``"tcm"``.
    """
    return smt_alloc(shape, type=dtype, storage=scope, _semantic=_semantic)


@builtin
def copy(src: Any, dst: Any, shape: Any = None, _semantic: Any = None) -> None:
    """Load all that ``src`` points to and store it where ``dst`` points to.

    Args:
        src: pointers or a block pointer.
        dst: pointers or a block pointer to as many elements.
        shape: as spine-triton takes it; the pointers say it already.
    """
    tl.store(dst, tl.load(src, _semantic=_semantic), _semantic=_semantic)
