"""Loading and multiplying matrices: ``descriptor_load``, ``dot``.

Shapes are in elements.  A packed tensor of a ``[S0, S1]`` slice with the tile ``[p0, p1]`` has
the shape ``[ceil(S0/p0), ceil(S1/p1), p0, p1]``.
"""

from __future__ import annotations

from typing import Any

from triton import language as tl
from triton.language.core import builtin

from smtir.errors import FrontendError
from smtir.language.arguments import (
    also_called,
    check_tiles,
    describe,
    is_block,
    is_block_pointer,
    offset_values,
    static,
    static_offsets,
    static_sizes,
)
from smtir.language.emit import emit
from smtir.language.session import session_of
from smtir.language.views import read_window, write_destination, write_window
from smtir.language.window import Window, packed_shape


@builtin
def descriptor_load(
    base: Any,
    offsets: Any,
    shape: Any = None,
    micro_size: Any = None,
    destination: Any = None,
    _semantic: Any = None,
    _generator: Any = None,
) -> tl.tensor:
    """Load a block through a block pointer.

    Old API: ``descriptor_load(base, offsets, shape, micro_size)`` loads the ``shape`` elements at
    ``offsets`` from the block pointer and packs them; what lies outside the pointer's tensor
    is zero.  Current API: ``descriptor_load(base, offsets)`` advances the pointer by
    ``offsets`` and loads its whole block, zero padded, not packed.

    Args:
        base: block pointer to a 2D block, from ``tl.make_block_ptr``.
        offsets: two integers, constexpr or run-time, in elements from the block's corner.
        shape: old API: two constexpr sizes.
        micro_size: old API: the tile, two constexpr sizes that divide ``shape``.
        destination: where the result is written besides: a block pointer, a tensor whose variables
            hold the result then, or (old API) a window; in the current API also the third argument.

    Returns:
        The packed 4D tensor (old) or the 2D block (current), of the pointer's element type.

    Raises:
        FrontendError: an argument of the other API, or one that breaks the rules above.
    """
    op = "smt.descriptor_load"
    old = session_of(_semantic).api == "old"
    if not is_block_pointer(base):
        raise FrontendError(
            f"the base must be a block pointer, got {describe(base)}",
            op=op,
            hint="make one with tl.make_block_ptr",
        )
    block = base.type.element_ty
    if len(block.shape) != 2:
        raise FrontendError(
            f"the base must point to a 2D block, got {describe(base)}",
            op=op,
            hint="give tl.make_block_ptr a block_shape of two sizes",
        )
    if not old:
        if destination is None and (is_block(shape) or is_block_pointer(shape)):
            shape, destination = None, shape
        if micro_size is not None or shape is not None:
            raise FrontendError(
                "shape and micro_size belong to the old smt API",
                op=op,
                hint='pass smt_api="old", or pack the loaded block with smt.view',
            )
        where = offset_values(offsets, _semantic, tl.int32, op)
        moved = tl.advance(base, tl.tuple(where), _semantic=_semantic)
        loaded = tl.load(moved, boundary_check=(0, 1), padding_option="zero", _semantic=_semantic)
        if destination is not None:
            write_destination(destination, destination, loaded, op, _semantic, _generator)
        return loaded
    if shape is None or micro_size is None:
        raise FrontendError(
            "the old smt API needs descriptor_load(base, offsets, shape, micro_size)",
            op=op,
            hint='pass smt_api="current" if the kernel is written in the current API',
        )
    view_shape = static_sizes(shape, "shape", op)
    tile = static_sizes(micro_size, "micro_size", op)
    check_tiles(view_shape, tile, "micro_size", op)
    if any(offset is not None and offset < 0 for offset in static_offsets(offsets, op)):
        raise FrontendError(
            f"offsets must not be negative, got {static_offsets(offsets, op)}",
            op=op,
            hint="put the block's corner into the offsets of tl.make_block_ptr",
        )
    where = offset_values(offsets, _semantic, tl.int64, op)
    result = tl.core.block_type(block.element_ty, list(packed_shape(view_shape, tile)))
    operands = [base.handle, *(offset.handle for offset in where)]
    packed = emit(_semantic, "xsmt.descriptor_load", operands, result, shape=view_shape, micro_size=tile)
    if static(destination) is not None:
        write_destination(destination, destination, packed, op, _semantic, _generator)
    return packed


@builtin
@also_called(a_packed="a", b_packed="b", out_unpacked="out")
def dot(
    a: Any, b: Any, out: Any = None, out_dtype: Any = None, _semantic: Any = None, _generator: Any = None
) -> Any:
    """Multiply packed matrices, ``a @ b`` or ``a @ b + out``.

    Args:
        a: ``[M1, K1, m0, k0]``.
        b: ``[K1, N1, k0, n0]`` or ``[N1, K1, n0, k0]``; the first where both fit.
        out: accumulator ``[M1, N1, m0, n0]``; in the old API possibly a window, which is updated.
        out_dtype: element type of the result where no ``out`` gives it.

    spine-triton calls the first three ``a_packed``, ``b_packed`` and ``out_unpacked``.

    Returns:
        ``[M1, N1, m0, n0]`` of ``out``'s element type, else ``out_dtype``, else ``a``'s element
        type (i32 for int8).  With a window as ``out``: the window.

    Raises:
        FrontendError: operands that are not packed, whose K differs, or whose types do not go
            together; a result that nothing uses.
    """
    op = "smt.dot"
    window = out if isinstance(out, Window) else None
    a, b = _read(a, _semantic, _generator), _read(b, _semantic, _generator)
    shape = _product_shape(a, b)
    given_dtype = static(out_dtype)
    out = static(out)
    if out is None:
        element_ty = given_dtype or _default_product_type(a.type.element_ty)
    else:
        element_ty = out.type.element_ty if window or is_block(out) else None
        if element_ty is None or list(out.type.shape) != shape:
            raise FrontendError(
                f"the accumulator must have the shape {shape}, got {describe(out)}",
                op=op,
                hint="its view needs the rows of a, the columns of b and their tiles",
            )
        if given_dtype not in (None, element_ty):
            raise FrontendError(
                f"out_dtype is {given_dtype}, the accumulator holds {element_ty}",
                op=op,
                hint="leave out_dtype away: the result has the accumulator's element type",
            )
    _check_product_types(a.type.element_ty, b.type.element_ty, element_ty)
    _check_used(window, out, _generator)
    result = tl.core.block_type(element_ty, shape)
    operands = [a.handle, b.handle]
    if window:
        operands.append(read_window(window, _semantic, _generator.accumulators).handle)
    elif out is not None:
        operands.append(out.handle)
    product = emit(_semantic, "xsmt.mmt4d", operands, result)
    if window is None:
        return product
    write_window(window, product, _semantic, _generator.accumulators)
    return window


def _read(value: Any, semantic: Any, generator: Any) -> tl.tensor:
    if isinstance(value, Window):
        return read_window(value, semantic, generator.accumulators)
    if not is_block(value) or len(value.type.shape) != 4:
        raise FrontendError(
            f"smt.dot multiplies packed 4D tensors, got {describe(value)}",
            op="smt.dot",
            hint="pack it with smt.view or smt.descriptor_load, or use tl.dot on 2D tensors",
        )
    return value


def _product_shape(a: tl.tensor, b: tl.tensor) -> list[int]:
    outer_m, outer_k, tile_m, tile_k = a.type.shape
    k, n = [outer_k, tile_k], None
    for candidate_k, candidate_n in (((0, 2), (1, 3)), ((1, 3), (0, 2))):
        if [b.type.shape[dim] for dim in candidate_k] == k:
            n = [b.type.shape[dim] for dim in candidate_n]
            break
    if n is None:
        raise FrontendError(
            f"K differs: a {list(a.type.shape)} has {outer_k} tiles of {tile_k} in K, "
            f"b {list(b.type.shape)} has neither [K1, N1, k0, n0] nor [N1, K1, n0, k0] with these",
            op="smt.dot",
            hint="load both operands with the same K extent and the same MICRO_K",
        )
    return [outer_m, n[0], tile_m, n[1]]


def _default_product_type(element_ty: tl.core.dtype) -> tl.core.dtype:
    return tl.int32 if element_ty.is_int() else element_ty


def _check_product_types(a: tl.core.dtype, b: tl.core.dtype, result: tl.core.dtype) -> None:
    op = "smt.dot"
    both_int8 = a == b == tl.int8
    if not both_int8 and (a != b or not a.is_floating()):
        raise FrontendError(
            f"operands of {a} and {b} cannot be multiplied",
            op=op,
            hint="smt.dot takes two int8 operands or two operands of one float type",
        )
    if both_int8 and result != tl.int32:
        raise FrontendError(
            f"int8 operands accumulate in int32, got {result}",
            op=op,
            hint="make the accumulator with dtype=tl.int32",
        )
    if not both_int8 and not result.is_floating():
        raise FrontendError(
            f"operands of {a} cannot accumulate in {result}",
            op=op,
            hint="make the accumulator with dtype=tl.float32",
        )


def _check_used(window: Window | None, out: Any, generator: Any) -> None:
    if window is None and getattr(generator.cur_node, "_is_unused", False):
        hint = "assign the result"
        if out is not None:
            hint += ", or pass a view of the accumulator (old smt API), which dot updates"
        raise FrontendError("the product is not used: smt.dot returns a new value", op="smt.dot", hint=hint)
