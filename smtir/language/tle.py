"""The ``tle`` language: what ``from triton.language.extra import tle`` gives.

Names that spine-triton offers beside ``smt`` for scratch memory, pointers into it and copies, and
FlagTree's tiles.
"""

from __future__ import annotations

from typing import Any

from triton import language as tl
from triton.language.core import builtin

from smtir.errors import FrontendError
from smtir.language.arguments import describe, describe_type, elements, is_block, is_block_pointer, static
from smtir.language.emit import emit
from smtir.language.memory import alloc as smt_alloc
from smtir.language.tiles import extract_tile, insert_tile

__all__ = ["alloc", "copy", "extract_tile", "insert_tile", "load", "local_ptr", "to_buffer", "to_tensor"]


@builtin
def alloc(
    shape: Any, dtype: Any = None, type: Any = None, scope: Any = "l2", _semantic: Any = None
) -> tl.tensor:
    """Allocate scratch memory: ``smt.alloc`` of the current API, as a block pointer.

    Args:
        shape: constexpr sizes in elements.
        dtype: element type, float32 where none is given.
        type: another name of ``dtype``.
        scope: memory level, ``"l2"`` or ``"tcm"``.

    Raises:
        FrontendError: two element types that differ, and what ``smt.alloc`` refuses.
    """
    first, second = static(dtype), static(type)
    if first is not None and second is not None and first != second:
        raise FrontendError(
            f"dtype and type are two names of one thing, got {first} and {second}",
            op="tle.alloc",
            hint="give one of them",
        )
    return smt_alloc(shape, type=second if first is None else first, storage=scope, _semantic=_semantic)


@builtin
def local_ptr(buffer: Any, indices: Any = None, _semantic: Any = None) -> tl.tensor:
    """Pointers into a buffer, for ``tl.load`` and ``tl.store``.

    Args:
        buffer: a block pointer, as ``alloc`` gives it.
        indices: one for each dimension of the buffer: all integer scalars, or all integer tensors
            of one shape; without them, each element of the buffer.  They must lie inside.

    Returns:
        A pointer for scalar indices, else a tensor of pointers.

    Raises:
        FrontendError: no block pointer, a wrong number of indices, scalars beside tensors, or
            tensors of several shapes.
    """
    op = "tle.local_ptr"
    _check_buffer(buffer, op)
    block = buffer.type.element_ty
    element = tl.core.pointer_type(block.element_ty)
    if static(indices) is None:
        return emit(_semantic, op, [buffer.handle], tl.core.block_type(element, list(block.shape)))
    given = elements(indices, "indices", op)
    if len(given) != len(block.shape):
        raise FrontendError(
            f"indices must have {len(block.shape)} elements, got {len(given)}",
            op=op,
            hint="one for each dimension of the buffer",
        )
    numbers = [_semantic.to_tensor(static(index)) for index in given]
    shapes = {tuple(number.type.shape) if is_block(number) else None for number in numbers}
    if len(shapes) > 1 or not all(number.type.scalar.is_int() for number in numbers):
        raise FrontendError(
            f"indices must be integers of one shape, got {', '.join(map(describe, given))}",
            op=op,
            hint="make them one shape with tl.broadcast_to",
        )
    shape = shapes.pop()
    handles = [_semantic.cast(number, tl.int32).handle for number in numbers]
    result = element if shape is None else tl.core.block_type(element, list(shape))
    return emit(_semantic, op, [buffer.handle, *handles], result)


@builtin
def copy(src: Any, dst: Any, shape: Any = None, offsets: Any = None, _semantic: Any = None) -> None:
    """Load all that ``src`` points to and store it where ``dst`` points to.

    Args:
        src: pointers or a block pointer.
        dst: pointers or a block pointer to as many elements.
        shape: as spine-triton takes it; the pointers say it already.
        offsets: likewise.
    """
    tl.store(dst, tl.load(src, _semantic=_semantic), _semantic=_semantic)


@builtin
def to_tensor(buf: Any, _semantic: Any = None) -> tl.tensor:
    """What a buffer holds now; anything but a block pointer is a tensor already."""
    if not is_block_pointer(buf):
        return _semantic.to_tensor(static(buf))
    return emit(_semantic, "tle.to_tensor", [buf.handle], buf.type.element_ty)


@builtin
def to_buffer(tensor: Any, dst: Any = None, _semantic: Any = None) -> tl.tensor:
    """Write ``tensor`` to the buffer ``dst``, and return that.

    Args:
        tensor: a tensor, or without ``dst`` a block pointer, which is returned.
        dst: a block pointer to a tensor of the same type.

    Raises:
        FrontendError: no block pointer, or one to another type.
    """
    op = "tle.to_buffer"
    if static(dst) is None:
        _check_buffer(tensor, op)
        return tensor
    _check_buffer(dst, op)
    if not is_block(tensor) or tensor.type != dst.type.element_ty:
        raise FrontendError(
            f"the buffer holds {describe_type(dst.type.element_ty)}, got {describe(tensor)}",
            op=op,
            hint="convert the tensor with .to(...), or take an smt.view of the buffer",
        )
    return emit(_semantic, op, [tensor.handle, dst.handle], dst.type)


@builtin
def load(
    pointer: Any,
    mask: Any = None,
    other: Any = None,
    boundary_check: Any = (),
    padding_option: Any = "",
    cache_modifier: Any = "",
    eviction_policy: Any = "",
    volatile: Any = False,
    is_async: Any = False,
    _semantic: Any = None,
) -> tl.tensor:
    """``tl.load``; ``is_async`` allows it to be done later, which changes no result."""
    return tl.load(
        pointer,
        mask=mask,
        other=other,
        boundary_check=boundary_check,
        padding_option=padding_option,
        cache_modifier=cache_modifier,
        eviction_policy=eviction_policy,
        volatile=volatile,
        _semantic=_semantic,
    )


def _check_buffer(value: Any, op: str) -> None:
    if not is_block_pointer(value):
        raise FrontendError(
            f"expected a buffer, got {describe(value)}", op=op, hint="make one with tle.alloc or smt.alloc"
        )
