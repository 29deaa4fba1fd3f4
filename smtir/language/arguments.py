"""Reading and checking the arguments of language functions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from triton import language as tl

from smtir.errors import FrontendError
from smtir.language.window import Window


def also_called(**names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let arguments be given under other names too, as keywords: ``also_called(other="own")``."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **keywords: Any) -> Any:
            return function(*args, **{names.get(name, name): value for name, value in keywords.items()})

        own = inspect.signature(function)
        more = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in names]
        call.__signature__ = own.replace(parameters=[*own.parameters.values(), *more])  # type: ignore[attr-defined]
        return call

    return decorate


def static(value: Any) -> Any:
    """The Python value of a constexpr; anything else as it is."""
    return value.value if isinstance(value, tl.constexpr) else value


def elements(value: Any, what: str, op: str) -> list[Any]:
    """The elements of a tuple or list argument.

    Raises:
        FrontendError: ``value`` is neither.
    """
    value = static(value)
    if isinstance(value, tl.tuple):
        return list(value.values)
    if isinstance(value, tuple | list):
        return list(value)
    raise FrontendError(
        f"{what} must be a tuple, got {describe(value)}", op=op, hint=f"write {what} as (rows, columns)"
    )


def static_sizes(value: Any, what: str, op: str, rank: int = 2) -> list[int]:
    """``rank`` positive compile-time integers, each a power of two.

    Raises:
        FrontendError: another number of them, a run-time value, or a size that Triton's tensors
            cannot have.
    """
    sizes = [static(element) for element in elements(value, what, op)]
    if len(sizes) != rank:
        raise FrontendError(
            f"{what} must have {rank} elements, got {len(sizes)}",
            op=op,
            hint="one for each dimension",
        )
    for position, size in enumerate(sizes):
        if not isinstance(size, int) or isinstance(size, bool):
            raise FrontendError(
                f"{what}[{position}] must be a compile-time integer, got {describe(size)}",
                op=op,
                hint="make it a tl.constexpr parameter of the kernel",
            )
        if size <= 0 or size & (size - 1):
            raise FrontendError(
                f"{what}[{position}] is {size}: sizes of Triton tensors are powers of two",
                op=op,
                hint="take the next power of two; what lies outside the data is zero",
            )
    return sizes


def offset_values(value: Any, semantic: Any, dtype: tl.core.dtype, op: str, rank: int = 2) -> list[tl.tensor]:
    """``rank`` integer scalars of type ``dtype``, from constexprs or run-time scalars.

    Raises:
        FrontendError: another number of them, or something that is no integer scalar.
    """
    given = elements(value, "offsets", op)
    if len(given) != rank:
        raise FrontendError(
            f"offsets must have {rank} elements, got {len(given)}", op=op, hint="one for each dimension"
        )
    made = []
    for position, element in enumerate(given):
        element = static(element)
        is_scalar = isinstance(element, tl.tensor) and element.type.is_int()
        if not is_scalar and (isinstance(element, bool) or not isinstance(element, int)):
            raise FrontendError(
                f"offsets[{position}] must be an integer scalar, got {describe(element)}",
                op=op,
                hint="offsets count elements of the base",
            )
        made.append(semantic.cast(semantic.to_tensor(element), dtype))
    return made


def static_offsets(value: Any, op: str) -> list[int | None]:
    """The offsets that are known at compile time; None for the others."""
    known = [static(element) for element in elements(value, "offsets", op)]
    return [element if isinstance(element, int) else None for element in known]


def check_inside(base: Sequence[int], value: Any, shape: Sequence[int], op: str, *, clamp: bool) -> None:
    """Refuse a slice whose static offsets leave the base.

    Args:
        base: shape of the base tensor.
        value: the offsets argument.
        shape: shape of the slice.
        op: operation for the message.
        clamp: allow a slice that begins inside and sticks out, because the operation clamps it.

    Raises:
        FrontendError: the slice begins outside, or ends outside and is not clamped.
    """
    for dim, (offset, size) in enumerate(zip(static_offsets(value, op), shape, strict=True)):
        begin = offset or 0
        end = begin + size
        if begin < 0 or begin >= base[dim] or (end > base[dim] and not clamp):
            raise FrontendError(
                f"the view reaches outside its base in dimension {dim}: "
                f"[{begin}, {end}) of a base of {base[dim]} elements",
                op=op,
                hint="the offset plus the shape must not exceed the base's shape",
            )


def check_tiles(shape: Sequence[int], tile: Sequence[int], what: str, op: str) -> None:
    """Refuse a micro tile that does not divide the shape.

    Raises:
        FrontendError: with the dimension, both sizes and a hint.
    """
    for dim, (size, step) in enumerate(zip(shape, tile, strict=True)):
        if size % step:
            raise FrontendError(
                f"{what}[{dim}] = {step} does not divide shape[{dim}] = {size}",
                op=op,
                hint=f"choose a micro tile that divides the shape {list(shape)}",
            )


def describe(value: Any) -> str:
    """What a value is, for messages."""
    value = static(value)
    if isinstance(value, Window):
        return f"a window of shape {list(value.type.shape)}"
    if isinstance(value, tl.tensor):
        if value.type.is_block():
            return describe_type(value.type)
        if value.type.is_ptr() and value.type.element_ty.is_block():
            return f"a block pointer of shape {list(value.type.element_ty.shape)}"
        return f"a run-time value of type {value.type}"
    if isinstance(value, tl.core.base_value):
        return f"a value of type {value.type}"
    return repr(value)


def describe_type(type: tl.core.block_type) -> str:
    """A tensor type, for messages."""
    return f"a tensor of {type.element_ty} with shape {list(type.shape)}"


def is_block_pointer(value: Any) -> bool:
    """Whether ``value`` comes from ``tl.make_block_ptr``, ``smt.alloc`` or a view of one."""
    return isinstance(value, tl.tensor) and value.type.is_ptr() and value.type.element_ty.is_block()


def is_block(value: Any) -> bool:
    """Whether ``value`` is a tensor with dimensions."""
    return isinstance(value, tl.tensor) and value.type.is_block()
