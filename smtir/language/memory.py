"""Scratch memory: ``alloc``, ``alloc_copies``, and hints about it."""

from __future__ import annotations

from typing import Any

from triton import language as tl
from triton.language.core import builtin

from smtir.errors import FrontendError
from smtir.language.arguments import check_tiles, describe, elements, static, static_sizes
from smtir.language.copies import Copies, CopiesType
from smtir.language.emit import emit, emit_effect
from smtir.language.session import session_of
from smtir.language.window import packed_shape

STORAGES = ("l2", "tcm", "global", "fragment")
"""The memory levels that spine-triton knows."""


@builtin
def alloc(
    shape: Any,
    micro_size: Any = None,
    dtype: Any = None,
    type: Any = None,
    storage: Any = None,
    scope: Any = None,
    _semantic: Any = None,
) -> tl.tensor:
    """Allocate scratch memory for the lifetime of the program; it begins without contents.

    Old API: ``alloc(shape, micro_size, dtype)`` gives a packed 4D tensor, whose tiles are assigned
    with ``scratch[i, j] = tile``.  Current API: ``alloc(shape, type=tl.float32, storage="l2")``
    gives a block pointer, for ``tl.load``, ``tl.store`` and ``smt.view``.

    Args:
        shape: constexpr sizes in elements; two where the buffer is viewed in tiles.
        micro_size: old API: tile that divides ``shape``; current API: position of ``type``.
        dtype: element type (old API's name); current API: position of ``storage``.  Some versions
            of the old API have it before ``micro_size``: both orders are understood.
        type: element type, float32 where none is given.
        storage: memory level, ``"l2"`` or ``"tcm"``; for the backend to use.
        scope: another name of ``storage``, which spine-triton used for a time.

    Returns:
        A tensor (old API) or a block pointer (current API).

    Raises:
        FrontendError: sizes that are not constexpr, a tile that does not divide, no element type,
            an unknown storage.
    """
    op = "smt.alloc"
    second, third = static(micro_size), static(dtype)
    if isinstance(second, tl.core.dtype) and third is not None and not isinstance(third, str):
        second, third = third, second
    if session_of(_semantic).api == "old":
        sizes = static_sizes(shape, "shape", op)
        if second is None:
            raise FrontendError(
                "the old smt API needs alloc(shape, micro_size, dtype)", op=op, hint="add the micro tile"
            )
        tile = static_sizes(second, "micro_size", op)
        check_tiles(sizes, tile, "micro_size", op)
        element_ty = _element_type(third or static(type), op)
        result = tl.core.block_type(element_ty, list(packed_shape(sizes, tile)))
        return emit(_semantic, "xsmt.alloc", [], result, shape=sizes, micro_size=tile)
    sizes = _sizes(shape, op)
    if second is not None and not isinstance(second, tl.core.dtype):
        raise FrontendError(
            "micro_size belongs to the old smt API",
            op=op,
            hint='pass smt_api="old", or take a packed smt.view of the buffer',
        )
    if isinstance(third, str):
        storage, third = third, None
    level = _storage(storage, scope, op)
    element_ty = _element_type(second or third or static(type), op)
    buffer = tl.core.pointer_type(tl.core.block_type(element_ty, sizes))
    return emit(_semantic, "xsmt.alloc", [], buffer, shape=sizes, storage=level)


@builtin
def alloc_copies(
    shape: Any,
    dtype: Any = None,
    storage: Any = None,
    copies: Any = 1,
    scope: Any = None,
    type: Any = None,
    _semantic: Any = None,
) -> Copies:
    """Allocate several buffers of one shape, such as the two of a double buffer.

    ``buffers[i]`` is the block pointer of one of them, ``i`` constexpr or run-time.  A run-time
    ``i`` that is out of range ends the launch with an error.

    Args:
        shape: constexpr sizes of one buffer, in elements.
        dtype: element type, float32 where none is given.
        storage: memory level, ``"l2"`` or ``"tcm"``.
        copies: how many, constexpr.
        scope: another name of ``storage``.
        type: another name of ``dtype``.

    Raises:
        FrontendError: sizes or a number that are not constexpr or not positive, an unknown storage.
    """
    op = "smt.alloc_copies"
    sizes = _sizes(shape, op)
    element_ty = _element_type(static(dtype) or static(type), op)
    level = _storage(storage, scope, op)
    count = copies_count(copies, op)
    whole = [count, *sizes]
    buffer = (
        f"!xsmt.buffer<shape={whole}, elementType={element_ty.to_ir(_semantic.builder)}, "
        f'copies={count}, storageKind="{level}">'
    )
    made = emit(
        _semantic, "xsmt.alloc_copies", [], tl.int64, result_type=buffer, shape64=whole, storage=level
    )
    pointer = tl.core.pointer_type(tl.core.block_type(element_ty, sizes))
    return Copies(CopiesType(made.handle, count, "xsmt.buffer_tensor_view", buffer, pointer), _semantic)


@builtin
def compile_hint(ptr: Any, hint_name: Any, hint_val: Any = None, _semantic: Any = None) -> None:
    """Attach a hint to a value, for a backend that knows it; it never changes a result.

    Args:
        ptr: the value: a tensor, pointer or scalar.
        hint_name: name of the hint, a constexpr string that is a Python identifier.
        hint_val: an integer or a bool, constexpr; without it the hint is just there.

    Raises:
        FrontendError: a name or value of another type.
    """
    op = "smt.compile_hint"
    name, value = static(hint_name), static(hint_val)
    if not isinstance(ptr, tl.tensor):
        raise FrontendError(f"a hint needs a run-time value, got {describe(ptr)}", op=op)
    if not isinstance(name, str) or not name.isidentifier():
        raise FrontendError(f"the name of a hint must be a string such as 'pipeline', got {name!r}", op=op)
    if value is not None and not isinstance(value, int):
        raise FrontendError(f"the value of a hint must be an integer or a bool, got {value!r}", op=op)
    hint = "unit" if value is None else str(value).lower() if isinstance(value, bool) else f"{value} : i32"
    emit_effect(_semantic, "xsmt.annotation", [ptr.handle], raw_hint=f"{name}={hint}")


def copies_count(copies: Any, op: str) -> int:
    """The number of copies.

    Raises:
        FrontendError: it is no positive compile-time integer.
    """
    count = static(copies)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise FrontendError(
            f"copies must be a positive compile-time integer, got {describe(copies)}",
            op=op,
            hint="make it a tl.constexpr parameter of the kernel",
        )
    return count


def _sizes(shape: Any, op: str) -> list[int]:
    rank = len(elements(shape, "shape", op))
    if not rank:
        raise FrontendError("shape must have at least 1 element, got 0", op=op)
    return static_sizes(shape, "shape", op, rank)


def _storage(storage: Any, scope: Any, op: str) -> str:
    given = static(storage) if static(storage) is not None else static(scope)
    level = "l2" if given is None else given
    if level not in STORAGES:
        raise FrontendError(
            f"storage must be one of {', '.join(STORAGES)}, got {level!r}", op=op, hint='write "l2" or "tcm"'
        )
    return str(level)


def _element_type(element_ty: Any, op: str) -> tl.core.dtype:
    if element_ty is None:
        return tl.float32
    if not isinstance(element_ty, tl.core.dtype):
        raise FrontendError(
            f"the element type must be a Triton type, got {element_ty!r}",
            op=op,
            hint="write tl.float32, tl.float16, ...",
        )
    return element_ty
