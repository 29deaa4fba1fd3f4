"""Rules that several ``tt`` operations share."""

from __future__ import annotations

from collections.abc import Sequence

from smtir.asm import typetext
from smtir.asm.operation import ForeignOp
from smtir.asm.typecache import type_text
from smtir.mlir import ir


def shape_text(shape: Sequence[int | None]) -> str:
    """A shape in words for messages: ``64x32``, or ``scalar``."""
    return "x".join("?" if size is None else str(size) for size in shape) or "scalar"


def check_same_shape(op: ForeignOp, first: ir.Value, *others: ir.Value) -> None:
    """All values have the shape of the first, or are all scalars."""
    expected = typetext.shape(type_text(first.type))
    for other in others:
        found = typetext.shape(type_text(other.type))
        if found != expected:
            op.fail(f"expected the same shape everywhere, got {first.type} and {other.type}")


def check_same_element(op: ForeignOp, first: ir.Value, *others: ir.Value) -> None:
    """All values have the element type of the first."""
    expected = typetext.element(type_text(first.type))
    for other in others:
        found = typetext.element(type_text(other.type))
        if found != expected:
            op.fail(f"expected element type {expected}, got {found}")


def check_permutation(op: ForeignOp, name: str, order: Sequence[int], rank: int) -> None:
    """``order`` names each of ``rank`` dimensions once."""
    if sorted(order) != list(range(rank)):
        op.fail(f"{name} must name each of the {rank} dimensions once, got {list(order)}")


def check_axis(op: ForeignOp, axis: int, rank: int) -> None:
    """``axis`` is one of ``rank`` dimensions."""
    if not 0 <= axis < rank:
        op.fail(f"axis must be from 0 to {rank - 1}, got {axis}")


def check_boundary(op: ForeignOp, ptr: ir.Value, dims: Sequence[int], *, masked: bool) -> None:
    """``boundaryCheck`` fits the block; masks and boundary checks exclude each other."""
    block = typetext.scalar_pointee(type_text(ptr.type))
    found = typetext.tensor(block) if block else None
    if found is None:
        if dims:
            op.fail(
                f"boundaryCheck needs a block pointer, got {ptr.type}",
                hint="use a mask with plain pointers",
            )
        return
    if masked:
        op.fail("a block pointer takes no mask", hint="use boundaryCheck")
    rank = len(found.shape)
    if len(set(dims)) != len(dims) or any(not 0 <= dim < rank for dim in dims):
        op.fail(f"boundaryCheck must list dimensions from 0 to {rank - 1}, each once, got {list(dims)}")


def check_padding(op: ForeignOp, padding: str | None, element: str) -> None:
    """Only elements with a fraction can be NaN or infinite."""
    if padding not in (None, "zero") and element.startswith(("i", "u")):
        op.fail(f"padding {padding} needs elements of a floating-point type, got {element}")
