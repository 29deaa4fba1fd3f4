"""``view``: slices of tensors and buffers in other layouts, and windows (old API)."""

from __future__ import annotations

from typing import Any

from triton import language as tl
from triton.language.core import builtin

from smtir.errors import FrontendError
from smtir.language.arguments import (
    check_inside,
    check_tiles,
    describe,
    describe_type,
    is_block,
    is_block_pointer,
    offset_values,
    static,
    static_offsets,
    static_sizes,
)
from smtir.language.emit import emit
from smtir.language.session import WindowKeeper, session_of
from smtir.language.window import Window, WindowType, packed_shape


@builtin
def view(
    base: Any,
    offsets: Any,
    shape: Any,
    packed_size: Any = None,
    destination: Any = None,
    micro_size: Any = None,
    _semantic: Any = None,
    _generator: Any = None,
) -> Any:
    """A slice of a tensor or block pointer, in another layout.

    Old API: ``view(tensor, offsets, shape, micro_size)`` is a window on the tensor: ``dot``
    updates the tensor through it, and reading it packs what the tensor holds then.

    Current API: a value of a tensor (2D packed; 4D unpacked with ``packed_size=(1, 1)``,
    repacked with another tile), or an aliasing pointer of a block pointer.  A slice that sticks
    out is clamped to the base and zero padded.

    Args:
        base: 2D or 4D tensor, or a block pointer (current API).
        offsets: two integers, constexpr or run-time, in unpacked elements.
        shape: two constexpr sizes of the unpacked slice.
        packed_size: the tile; None keeps the layout.
        destination: where the result is written besides (old API: what the window shows now): a
            tensor of its type, whose variables hold the result then, a block pointer, or (old API)
            another window.
        micro_size: old name of ``packed_size``.

    Returns:
        A window (old API), a tensor or a block pointer.

    Raises:
        FrontendError: static offsets outside the base, or (old API) a tile that does not divide
            the shape.
    """
    op = "smt.view"
    if packed_size is None:
        packed_size = micro_size
    view_shape = static_sizes(shape, "shape", op)
    where = offset_values(offsets, _semantic, tl.int32, op)
    tile = None if static(packed_size) is None else static_sizes(packed_size, "packed_size", op)
    if session_of(_semantic).api == "old":
        window = _window(base, offsets, where, view_shape, tile, _generator.accumulators)
        if static(destination) is not None:
            shown = read_window(window, _semantic, _generator.accumulators)
            write_destination(destination, destination, shown, op, _semantic, _generator)
        return window
    destination = static(destination)
    if is_block_pointer(base):
        if destination is not None:
            raise FrontendError(
                "a view of a block pointer aliases it and is written nowhere",
                op=op,
                hint="load the view, and store what it shows to the destination",
            )
        return _pointer_view(base, offsets, where, view_shape, tile, _semantic)
    if not is_block(base) or len(base.type.shape) not in (2, 4):
        raise FrontendError(
            f"the base must be a 2D or 4D tensor or a block pointer, got {describe(base)}",
            op=op,
            hint="load the block first, or make a block pointer with tl.make_block_ptr",
        )
    check_inside(_unpacked(base.type.shape), offsets, view_shape, op, clamp=True)
    if not is_block_pointer(destination):
        made = _tensor_view(base, offsets, where, view_shape, tile, destination, _semantic)
        written = destination
    else:
        made = written = _tensor_view(base, offsets, where, view_shape, tile, None, _semantic)
    if destination is not None:
        write_destination(destination, written, made, op, _semantic, _generator)
    return made


def write_destination(
    destination: Any, written: Any, made: tl.tensor, op: str, semantic: Any, generator: Any
) -> None:
    """Let ``destination`` hold ``made``: memory is stored to, a tensor's variables are given it, and a
    window's accumulator is updated.

    Raises:
        FrontendError: a destination of another type than ``made``.
    """
    if is_block_pointer(destination):
        held = destination.type.element_ty
    elif isinstance(destination, Window):
        held = destination.type.packed
    else:
        held = getattr(written, "type", None)
    if held != made.type:
        raise FrontendError(
            f"the destination must hold {describe_type(made.type)}, got {describe(destination)}",
            op=op,
            hint="the destination has the type of the result",
        )
    if is_block_pointer(destination):
        tl.store(destination, made, _semantic=semantic)
    elif isinstance(destination, Window):
        write_window(destination, made, semantic, generator.accumulators)
    elif hasattr(generator, "accumulators"):
        generator.accumulators.assign(destination, made, op, must_be_held=False)


def _window(
    base: Any,
    given: Any,
    where: list[tl.tensor],
    shape: list[int],
    tile: list[int] | None,
    keeper: WindowKeeper,
) -> Window:
    op = "smt.view"
    if isinstance(base, Window):
        raise FrontendError(
            "a window on a window is not supported", op=op, hint="take both views of the accumulator itself"
        )
    if not is_block(base) or len(base.type.shape) != 2:
        raise FrontendError(
            f"the base of a view must be a 2D tensor in the old smt API, got {describe(base)}",
            op=op,
            hint="load a block pointer with smt.descriptor_load",
        )
    if tile is None:
        raise FrontendError(
            "the old smt API needs view(base, offsets, shape, micro_size)", op=op, hint="add the micro tile"
        )
    check_tiles(shape, tile, "micro_size", op)
    check_inside(base.type.shape, given, shape, op, clamp=False)
    window = Window(WindowType(base.type.element_ty, shape, tile), where)
    keeper.open(window, base)
    return window


def _unpacked(shape: Any) -> list[int]:
    return [shape[0] * shape[2], shape[1] * shape[3]] if len(shape) == 4 else list(shape)


def _pointer_view(
    base: tl.tensor,
    given: Any,
    where: list[tl.tensor],
    shape: list[int],
    tile: list[int] | None,
    semantic: Any,
) -> tl.tensor:
    block = base.type.element_ty
    if len(block.shape) not in (2, 4):
        raise FrontendError(
            f"the base must be a 2D or 4D tensor or a block pointer to one, got {describe(base)}",
            op="smt.view",
            hint="a view has two offsets and two sizes",
        )
    if tile is not None:
        check_tiles(shape, tile, "packed_size", "smt.view")
    operands = [base.handle, *(offset.handle for offset in where)]
    check_inside(_unpacked(block.shape), given, shape, "smt.view", clamp=True)
    held = list(block.shape[2:])
    if tile is None or tile == held:
        result_shape = list(packed_shape(shape, held)) if held else shape
        result = tl.core.pointer_type(tl.core.block_type(block.element_ty, result_shape))
        return emit(semantic, "xsmt.subview", operands, result, shape=shape)
    result = tl.core.pointer_type(tl.core.block_type(block.element_ty, list(packed_shape(shape, tile))))
    return emit(semantic, "xsmt.subview_pack", operands, result, shape=shape, packed_size=tile)


def _tensor_view(
    base: tl.tensor,
    given: Any,
    where: list[tl.tensor],
    shape: list[int],
    tile: list[int] | None,
    destination: Any,
    semantic: Any,
) -> tl.tensor:
    op = "smt.view"
    element_ty = base.type.element_ty
    held = list(base.type.shape[2:])
    whole = static_offsets(given, op) == [0, 0] and shape == _unpacked(base.type.shape)
    to_2d = tile == [1, 1] or (tile is None and not held)
    same_layout = to_2d if not held else tile in (None, held)
    if same_layout and whole and destination is None:
        return base
    if to_2d and not held:
        # There is no operation for a 2D slice: pack it as one tile and unpack that.
        packed = _emit_view("xsmt.pack", base, where, element_ty, shape, shape, None, semantic)
        zero = [tl.tensor(semantic.builder.get_int32(0), tl.int32)] * 2
        return _emit_view("xsmt.unpack", packed, zero, element_ty, shape, None, destination, semantic)
    if to_2d:
        return _emit_view("xsmt.unpack", base, where, element_ty, shape, None, destination, semantic)
    name = "xsmt.repack" if held else "xsmt.pack"
    return _emit_view(name, base, where, element_ty, shape, tile or held, destination, semantic)


def _emit_view(
    name: str,
    base: tl.tensor,
    where: list[tl.tensor],
    element_ty: tl.core.dtype,
    shape: list[int],
    tile: list[int] | None,
    destination: Any,
    semantic: Any,
) -> tl.tensor:
    result = tl.core.block_type(element_ty, list(packed_shape(shape, tile)) if tile else shape)
    operands = [base.handle, *(offset.handle for offset in where)]
    destination = static(destination)
    if destination is not None:
        if not is_block(destination) or destination.type != result:
            raise FrontendError(
                f"the destination must be {describe_type(result)}, got {describe(destination)}",
                op="smt.view",
                hint="the destination has the type of the result",
            )
        operands.append(destination.handle)
    fields: dict[str, list[int] | str] = {"shape": shape}
    if tile:
        fields["packed_size"] = tile
    return emit(semantic, name, operands, result, **fields)


def slice_of(base: tl.tensor, begins: list[Any], shape: list[int], semantic: Any) -> tl.tensor:
    """The ``shape`` elements of a 2D tensor from ``begins`` on, constexpr or run-time."""
    check_inside(base.type.shape, begins, shape, "smt.view", clamp=False)
    where = offset_values(begins, semantic, tl.int32, "smt.view")
    return _tensor_view(base, begins, where, shape, None, None, semantic)


def insert_slice(base: tl.tensor, begins: list[Any], value: tl.tensor, semantic: Any) -> tl.tensor:
    """The 2D tensor ``base`` with ``value`` in it from ``begins`` on."""
    shape = list(value.type.shape)
    check_inside(base.type.shape, begins, shape, "smt.view", clamp=False)
    where = offset_values(begins, semantic, tl.int32, "smt.view")
    zero = [tl.tensor(semantic.builder.get_int32(0), tl.int32)] * 2
    packed = _emit_view("xsmt.pack", value, zero, base.type.element_ty, shape, shape, None, semantic)
    operands = [packed.handle, base.handle, *(offset.handle for offset in where)]
    return emit(semantic, "xsmt.insert", operands, base.type)


def read_window(window: Window, semantic: Any, keeper: WindowKeeper) -> tl.tensor:
    """What the window shows at this point of the program, packed."""
    base = keeper.base(window)
    operands = [base.handle, *(offset.handle for offset in window.offsets)]
    fields = {"shape": list(window.type.view), "packed_size": list(window.type.micro)}
    shown = emit(semantic, "xsmt.pack", operands, window.type.packed, **fields)
    keeper.name_reading(window, shown)
    return shown


def write_window(window: Window, value: tl.tensor, semantic: Any, keeper: WindowKeeper) -> None:
    """Insert ``value`` where the window looks, as the accumulator's new value."""
    base = keeper.base(window)
    operands = [value.handle, base.handle, *(offset.handle for offset in window.offsets)]
    keeper.update(window, emit(semantic, "xsmt.insert", operands, base.type))
