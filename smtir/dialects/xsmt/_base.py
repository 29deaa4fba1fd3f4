"""The ``xsmt`` dialect itself and the rules that its operations share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smtir.asm import typetext
from smtir.asm.operation import ForeignOp
from smtir.asm.typecache import type_text
from smtir.mlir import cext, ir


@cext.register_dialect
class _Dialect(ir.Dialect):
    DIALECT_NAMESPACE = "xsmt"


def shape_text(shape: Sequence[int | None]) -> str:
    """A shape for messages: ``4x4x8x16``."""
    return "x".join("?" if size is None else str(size) for size in shape)


def packed_shape(shape: Sequence[int], tile: Sequence[int]) -> tuple[int, ...]:
    """``[ceil(s0/p0), ceil(s1/p1), p0, p1]``: a window of ``shape`` elements in tiles."""
    return (*(-(-size // part) for size, part in zip(shape, tile, strict=True)), *tile)


def packed_type(base: str, shape: Sequence[int], tile: Sequence[int]) -> str:
    """The packed tensor type for a window on ``base`` (a tensor or block pointer, as text)."""
    block = typetext.scalar_pointee(base) or base
    sizes = "".join(f"{size}x" for size in packed_shape(shape, tile))
    return f"tensor<{sizes}{typetext.element(block)}>"


def pointer_like(base: str, block: str) -> str:
    """The pointer to ``block`` in the address space of ``base``."""
    return typetext.pointer_to(block, typetext.address_space(base))


def infer_packed(base: str, given: Mapping[str, Any], tile_name: str) -> dict[str, Any]:
    """What ``infer`` returns for an operation whose result is a packed tensor."""
    return {"result": packed_type(base, given["shape"], given[tile_name])}


def check_window(
    op: ForeignOp,
    base: ir.Value,
    offsets: Sequence[ir.Value],
    shape: Sequence[int],
    tile: Sequence[int] | None = None,
) -> None:
    """Check that a window has two offsets, two positive sizes and a tile of two positive sizes."""
    if len(offsets) != 2:
        op.fail(f"expected 2 offsets, got {len(offsets)}")
    for name, sizes in (("shape", shape), ("tile", (1, 1) if tile is None else tile)):
        if len(sizes) != 2:
            op.fail(f"expected 2 sizes in the {name}, got {len(sizes)}")
        if min(sizes) < 1:
            op.fail(f"the sizes of the {name} must be positive, got {list(sizes)}")
    text = type_text(base.type)
    extent = logical_shape(typetext.scalar_pointee(text) or text)
    if len(extent) != 2:
        op.fail(f"base must have 2 dimensions, or 4 if it is packed, got {text}")


def check_start(op: ForeignOp, base: ir.Value, offsets: Sequence[ir.Value]) -> None:
    """Check that a window begins inside of its base, as far as constant offsets tell."""
    text = type_text(base.type)
    extent = logical_shape(typetext.scalar_pointee(text) or text)
    for dim, (offset, size) in enumerate(zip(offsets, extent, strict=True)):
        known = constant_value(offset)
        if known is not None and size is not None and not 0 <= known < size:
            op.fail(
                f"the window is outside of its base: offset {known} in dimension {dim}, "
                f"the base is {shape_text(extent)}",
                hint=f"offsets in dimension {dim} run from 0 to {size - 1}",
            )


def check_number(op: ForeignOp, number: ir.Value, count: int) -> None:
    """A constant number of one of several copies is in range."""
    known = constant_value(number)
    if known is not None and not 0 <= known < count:
        op.fail(f"the index {known} is out of range: there are {count} copies")


def check_divides(op: ForeignOp, shape: Sequence[int], tile: Sequence[int]) -> None:
    """The tile divides the window."""
    for dim, (size, part) in enumerate(zip(shape, tile, strict=True)):
        if size % part:
            op.fail(
                f"the micro tile {list(tile)} does not divide the view {list(shape)}: "
                f"{size} is no multiple of {part} in dimension {dim}",
                hint=f"choose a tile size that divides {size}, or a view size that is a multiple of {part}",
            )


def check_result(op: ForeignOp, expected: str, found: str) -> None:
    """The result has the type that the other fields imply."""
    if found != expected:
        op.fail(f"expected the result {expected}, got {found}")


def logical_shape(text: str) -> tuple[int | None, ...]:
    """The 2D shape of a tensor type; of a packed 4D one, the shape it had before packing."""
    shape = typetext.shape(text)
    if len(shape) != 4:
        return shape
    rows, columns, height, width = (size or 0 for size in shape)
    return (rows * height, columns * width)


def constant_value(value: ir.Value) -> int | None:
    """The number that ``value`` always is, if it is an ``arith.constant``."""
    if not isinstance(value, ir.OpResult) or value.owner.operation.name != "arith.constant":
        return None
    attribute = value.owner.operation.attributes["value"]
    return attribute.value if isinstance(attribute, ir.IntegerAttr) else None
