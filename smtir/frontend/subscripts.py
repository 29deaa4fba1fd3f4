"""``x[a:b, c:d]`` and ``scratch[i, j]`` on tensors, in kernels that use smt.

Stock Triton knows only ``x[:, None]``.  A slice has a compile-time size; where it begins may be
known at run time only, as in ``x[m : m + MICRO_M, :]``.  A packed tensor has one tile at each
pair of indices.  An assignment makes a new value of the tensor, which every variable that holds
the tensor gets (see ``smtir.frontend.accumulators``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from triton import language as tl

from smtir.errors import FrontendError
from smtir.language.arguments import describe, static
from smtir.language.emit import emit
from smtir.language.tiles import tile_number
from smtir.language.views import insert_slice, slice_of

OP = "smt subscript"
Visit = Callable[[ast.AST], Any]


@dataclass(frozen=True)
class Box:
    """A slice: where it begins in each dimension, constexpr or run-time, and its sizes."""

    begins: list[Any]
    sizes: list[int]


def is_ours(base: Any, subscript: ast.expr) -> bool:
    """Whether stock Triton has no meaning for the subscript of the tensor ``base``."""
    if not isinstance(base, tl.tensor) or not base.type.is_block():
        return False
    return any(
        part.lower is not None or part.upper is not None or part.step is not None
        if isinstance(part, ast.Slice)
        else not (isinstance(part, ast.Constant) and part.value is None)
        for part in _parts(subscript)
    )


def load(base: tl.tensor, subscript: ast.expr, visit: Visit, semantic: Any) -> tl.tensor:
    """The slice or tile of ``base``.

    Raises:
        FrontendError: a size that is not known, a slice outside of the tensor, a wrong number of indices.
    """
    if len(base.type.shape) == 4:
        outer, tile = list(base.type.shape[:2]), list(base.type.shape[2:])
        number = tile_number([*outer, 1, 1], [1, 1, 1, 1], _tile_index(base, subscript, visit), OP, semantic)
        whole = [1, 1, *tile]
        found = emit(
            semantic,
            "tle.extract_tile",
            [base.handle, number.handle],
            tl.core.block_type(base.type.element_ty, whole),
            tile_shape64=whole,
        )
        return tl.reshape(found, tl.tuple(tile), _semantic=semantic)
    box = _box(base, subscript, visit)
    return slice_of(base, box.begins, box.sizes, semantic)


def store(base: tl.tensor, subscript: ast.expr, value: Any, visit: Visit, semantic: Any) -> tl.tensor:
    """``base`` with the slice or tile replaced by ``value``.

    Raises:
        FrontendError: as ``load``, and a value of another shape.
    """
    if len(base.type.shape) == 4:
        tile = list(base.type.shape[2:])
        number = tile_number(
            [*base.type.shape[:2], 1, 1], [1, 1, 1, 1], _tile_index(base, subscript, visit), OP, semantic
        )
        given = _of_shape(value, tile, base, semantic)
        whole = tl.reshape(given, tl.tuple([1, 1, *tile]), _semantic=semantic)
        return emit(semantic, "tle.insert_tile", [base.handle, whole.handle, number.handle], base.type)
    box = _box(base, subscript, visit)
    return insert_slice(base, box.begins, _of_shape(value, box.sizes, base, semantic), semantic)


def _of_shape(value: Any, shape: list[int], base: tl.tensor, semantic: Any) -> tl.tensor:
    """``value`` with ``shape``, a scalar repeated, converted to the tensor's element type."""
    value = static(value)
    if isinstance(value, int | float):
        value = semantic.to_tensor(value)
    if not isinstance(value, tl.tensor) or (value.type.is_block() and list(value.type.shape) != shape):
        raise FrontendError(
            f"what is assigned must have the shape {shape}, got {describe(value)}",
            op=OP,
            hint="take a slice of this size, or one tile of a packed tensor",
        )
    value = semantic.cast(value, base.type.element_ty)
    return value if value.type.is_block() else semantic.splat(value, shape)


def _parts(subscript: ast.expr) -> list[ast.expr]:
    return list(subscript.elts) if isinstance(subscript, ast.Tuple) else [subscript]


def _tile_index(base: tl.tensor, subscript: ast.expr, visit: Visit) -> tl.tuple:
    parts = _parts(subscript)
    if len(parts) != 2 or any(isinstance(part, ast.Slice) for part in parts):
        raise FrontendError(
            f"a packed tensor has one tile at each pair of indices, got {ast.unparse(subscript)}",
            op=OP,
            hint="write scratch[i, j]; for other parts of it take an smt.view",
        )
    grid = base.type.shape[:2]
    indices = [static(visit(part)) for part in parts]
    counted = [
        index + size if isinstance(index, int) and index < 0 else index
        for index, size in zip(indices, grid, strict=True)
    ]
    return tl.tuple([*counted, 0, 0])


def _box(base: tl.tensor, subscript: ast.expr, visit: Visit) -> Box:
    parts, shape = _parts(subscript), list(base.type.shape)
    if len(shape) != 2 or len(parts) > 2 or not all(isinstance(part, ast.Slice) for part in parts):
        raise FrontendError(
            f"a slice of {describe(base)} must be written with two ranges, got [{ast.unparse(subscript)}]",
            op=OP,
            hint="write x[a:b, c:d]; only 2D tensors can be sliced",
        )
    begins: list[Any] = []
    sizes: list[int] = []
    for dim, size in enumerate(shape):
        part = parts[dim] if dim < len(parts) else ast.Slice()
        assert isinstance(part, ast.Slice)
        begin, length = _range(part, dim, size, visit)
        begins.append(begin)
        sizes.append(length)
    return Box(begins, sizes)


def _range(part: ast.Slice, dim: int, size: int, visit: Visit) -> tuple[Any, int]:
    """Where a range begins, and how long it is."""
    if part.step is not None and static(visit(part.step)) != 1:
        raise FrontendError("a slice of a tensor has the step 1", op=OP, hint="leave the step out")
    lower = 0 if part.lower is None else static(visit(part.lower))
    upper = size if part.upper is None else static(visit(part.upper))
    if isinstance(lower, int) and isinstance(upper, int):
        begin, end = (bound + size if bound < 0 else bound for bound in (lower, upper))
        length = end - begin
    else:
        length = _added(part, visit)
        begin = lower
    if length < 1 or length & (length - 1):
        raise FrontendError(
            f"the slice has {length} elements in dimension {dim}: sizes of Triton tensors are powers of two",
            op=OP,
            hint="choose a size of 1, 2, 4, 8, ...",
        )
    return begin, length


def _added(part: ast.Slice, visit: Visit) -> int:
    """``SIZE`` of a range written as ``a : a + SIZE``."""
    upper = part.upper
    if part.lower is not None and isinstance(upper, ast.BinOp) and isinstance(upper.op, ast.Add):
        for same, other in ((upper.left, upper.right), (upper.right, upper.left)):
            length = static(visit(other)) if ast.dump(same) == ast.dump(part.lower) else None
            if isinstance(length, int):
                return length
    raise FrontendError(
        f"the size of the slice {ast.unparse(part)} is not known at compile time",
        op=OP,
        hint="write it as a : a + SIZE with a constexpr SIZE",
    )
