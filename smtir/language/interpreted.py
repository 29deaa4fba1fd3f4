"""NumPy implementations of the ``xsmt`` operations, for ``TRITON_INTERPRET=1``.

The language functions are the same as for the compiler, arguments' checks included; only
``smtir.language.emit`` hands the operation to ``execute`` instead of writing IR.  A tensor of
libtriton's is then a ``TensorHandle`` of Triton's interpreter, a block pointer a
``BlockPointerHandle``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from triton import language as tl

from smtir.errors import FrontendError
from smtir.language.session import Session

Fields = Mapping[str, Any]
Operation = Callable[["Interpreter", Sequence[Any], tl.core.dtype, Fields], Any]
_OPERATIONS: dict[str, Operation] = {}


def implements(*names: str) -> Callable[[Operation], Operation]:
    """Register a function as the meaning of operations."""

    def register(operation: Operation) -> Operation:
        for name in names:
            assert name not in _OPERATIONS, f"{name} has two implementations"
            _OPERATIONS[name] = operation
        return operation

    return register


class Interpreter:
    """Executes operations on the values of one interpreted kernel.

    Attributes:
        triton: the module ``triton.runtime.interpreter``.
        builder: its builder, which reads and writes memory.
        barriers: the barriers made so far.
        shared: those of the grid, by their numbers in the kernel.
    """

    def __init__(self, triton: Any, builder: Any) -> None:
        self.triton = triton
        self.builder = builder
        self.barriers: list[Any] = []
        self.shared: dict[int, Any] = {}

    def execute(self, op: str, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
        """The handle of the result of ``op``.

        Raises:
            FrontendError: an operation without an implementation here.
        """
        operation = _OPERATIONS.get(op)
        if operation is None:
            raise FrontendError(
                f"{op} cannot be interpreted", op=op, hint="run the kernel without TRITON_INTERPRET=1"
            )
        return operation(self, operands, result, fields)

    def handle(self, data: np.ndarray, result: tl.core.dtype) -> Any:
        """A value of type ``result``."""
        return self.triton.TensorHandle(data, result.scalar)

    def number(self, value: int) -> Any:
        """A 64-bit integer."""
        return self.triton.TensorHandle(np.array([value], np.int64), tl.int64)

    def dtype(self, element: tl.core.dtype) -> np.dtype[Any]:
        """How the interpreter stores ``element``: bf16 as the bits, for example."""
        found: np.dtype[Any] = self.triton._get_np_dtype(element)
        return found

    def load(self, pointer: Any) -> Any:
        """The block that a block pointer looks at, zero outside of its tensor."""
        pointers, inside = pointer.materialize_pointers(range(len(pointer.block_shape)))
        mask = self.triton.TensorHandle(inside, tl.int1)
        return self.builder.create_masked_load(pointers, mask, None, None, None, False)

    def numbers(self, handle: Any) -> np.ndarray:
        """Elements in a type that NumPy computes in: f32 for smaller floats, i64 for integers."""
        element = handle.get_element_ty()
        if element.is_int():
            return np.asarray(handle.data, np.int64)
        if element == tl.float64:
            return np.asarray(handle.data)
        if element in (tl.float16, tl.float32):
            return np.asarray(handle.data, np.float32)
        return np.asarray(self.builder.create_fp_to_fp(handle, tl.float32, None).data)

    def rounded(self, values: np.ndarray, result: tl.core.dtype) -> Any:
        """``values`` as elements of ``result``'s type."""
        element = result.scalar
        if element in (tl.float16, tl.float32, tl.float64) or element.is_int():
            return self.handle(values.astype(self.dtype(element)), result)
        wide = self.triton.TensorHandle(values.astype(np.float32), tl.float32)
        return self.builder.create_fp_to_fp(wide, element, None)


class Keeper:
    """Windows of the old API: each looks at a Python tensor, whose value ``update`` replaces."""

    def open(self, window: Any, base: Any) -> None:
        window.looks_at = base

    def base(self, window: Any) -> Any:
        return window.looks_at

    def name_reading(self, window: Any, value: Any) -> None:
        """Names are for the compiler."""

    def assign(self, base: Any, value: Any, op: str, *, must_be_held: bool = True) -> None:
        base.handle = value.handle

    def update(self, window: Any, value: Any) -> None:
        window.looks_at.handle = value.handle


class Generator:
    """Stands for the code generator."""

    def __init__(self) -> None:
        self.accumulators = Keeper()
        self.cur_node = None


def options_with(options: Any, session: Session) -> Any:
    """A copy of the interpreter's options that carries the session."""
    made = copy.copy(options)
    object.__setattr__(made, "smt_session", session)
    return made


def pack(block: np.ndarray, tile: Sequence[int]) -> np.ndarray:
    """``[s0, s1]`` as ``[ceil(s0/p0), ceil(s1/p1), p0, p1]``, zero padded."""
    (rows, columns), (p0, p1) = block.shape, tile
    outer = -(-rows // p0), -(-columns // p1)
    padded = np.zeros((outer[0] * p0, outer[1] * p1), block.dtype)
    padded[:rows, :columns] = block
    return np.ascontiguousarray(padded.reshape(outer[0], p0, outer[1], p1).transpose(0, 2, 1, 3))


def unpack(tiles: np.ndarray) -> np.ndarray:
    """The inverse of ``pack``; padding stays."""
    m, n, p0, p1 = tiles.shape
    return np.ascontiguousarray(tiles.transpose(0, 2, 1, 3).reshape(m * p0, n * p1))


def scalar(handle: Any) -> int:
    """The integer that a scalar is."""
    return int(np.asarray(handle.data).reshape(-1)[0])


def _slice(base: np.ndarray, offsets: Sequence[Any], shape: Sequence[int]) -> np.ndarray:
    """``shape`` elements at ``offsets``, clamped to the base and zero padded."""
    made = np.zeros(shape, base.dtype)
    rows, columns = (scalar(offset) for offset in offsets)
    part = base[rows : rows + shape[0], columns : columns + shape[1]]
    made[: part.shape[0], : part.shape[1]] = part
    return made


@implements("xsmt.descriptor_load")
def _descriptor_load(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    pointer = _moved(run, operands[0], operands[1:3], fields["shape"])
    return run.handle(pack(run.load(pointer).data, fields["micro_size"]), result)


@implements("xsmt.pack")
def _pack(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    block = _slice(operands[0].data, operands[1:3], fields["shape"])
    return run.handle(pack(block, fields["packed_size"]), result)


@implements("xsmt.unpack")
def _unpack(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    return run.handle(_slice(unpack(operands[0].data), operands[1:3], fields["shape"]), result)


@implements("xsmt.repack")
def _repack(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    block = _slice(unpack(operands[0].data), operands[1:3], fields["shape"])
    return run.handle(pack(block, fields["packed_size"]), result)


@implements("xsmt.insert")
def _insert(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    tile, base = unpack(operands[0].data), operands[1].data.copy()
    rows, columns = (scalar(offset) for offset in operands[2:4])
    part = base[rows : rows + tile.shape[0], columns : columns + tile.shape[1]]
    part[:] = tile[: part.shape[0], : part.shape[1]]
    return run.handle(base, result)


@implements("xsmt.mmt4d")
def _mmt4d(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    a, b = (run.numbers(operand) for operand in operands[:2])
    left = unpack(a)
    inner = b.shape[0], b.shape[2]
    # B is [K1, N1, k0, n0] where that fits, as in the compiler.
    right = unpack(b) if inner == (a.shape[1], a.shape[3]) else unpack(b.transpose(1, 0, 3, 2))
    product = left @ right
    if len(operands) > 2:
        product = product + unpack(run.numbers(operands[2]))
    m0, n0 = result.shape[2:]
    return run.rounded(pack(product, (m0, n0)), result)


@implements("xsmt.alloc")
def _alloc(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    if not result.is_ptr():
        return run.handle(np.zeros(result.shape, run.dtype(result.scalar)), result)
    return allocated(run, result)


def allocated(run: Interpreter, result: tl.core.dtype) -> Any:
    """A block pointer of type ``result`` to memory of its own."""
    block = result.element_ty
    memory = np.zeros(block.shape, run.dtype(block.element_ty))
    base = run.triton.TensorHandle(
        np.array([memory.ctypes.data], np.uint64), tl.core.pointer_type(block.element_ty)
    )
    base.memory = memory  # lives as long as a pointer into it
    sizes = [run.number(size) for size in block.shape]
    steps = [run.number(step // memory.itemsize) for step in memory.strides]
    zeros = [run.number(0) for _ in block.shape]
    order = list(reversed(range(len(block.shape))))
    return run.triton.BlockPointerHandle(base, sizes, steps, zeros, list(block.shape), order)


@implements("xsmt.subview")
def _subview(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    pointer, offsets, shape = operands[0], operands[1:3], fields["shape"]
    if len(pointer.block_shape) == 2:
        return _moved(run, pointer, offsets, shape)
    tile = pointer.block_shape[2:]
    starts = [scalar(offset) for offset in offsets]
    if any(start % size for start, size in zip(starts, tile, strict=True)):
        raise FrontendError(f"offsets {starts} are not on tiles of {list(tile)}", op="smt.view")
    outer = [start // size for start, size in zip(starts, tile, strict=True)]
    moves = [run.number(start) for start in (*outer, 0, 0)]
    return _moved(run, pointer, moves, result.element_ty.shape)


@implements("xsmt.subview_pack")
def _subview_pack(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    pointer, tile = operands[0], fields["packed_size"]
    shape = list(result.element_ty.shape)
    start = [scalar(old) + scalar(new) for old, new in zip(pointer.offsets, operands[1:3], strict=True)]
    steps = [scalar(step) for step in pointer.strides]
    size = pointer.base.get_element_ty().primitive_bitwidth // 8
    distance = size * sum(first * step for first, step in zip(start, steps, strict=True))
    base = run.triton.TensorHandle(pointer.base.data + np.uint64(distance), pointer.base.dtype)
    base.memory = getattr(pointer.base, "memory", None)
    strides = [tile[0] * steps[0], tile[1] * steps[1], *steps]
    return run.triton.BlockPointerHandle(
        base,
        [run.number(extent) for extent in shape],
        [run.number(step) for step in strides],
        [run.number(0) for _ in shape],
        shape,
        [3, 2, 1, 0],
    )


@implements("xsmt.annotation")
def _annotation(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    return run.number(0)


def _moved(run: Interpreter, pointer: Any, offsets: Sequence[Any], shape: Sequence[int]) -> Any:
    """The pointer to the block of ``shape`` at ``offsets`` from the corner of ``pointer``'s."""
    start = [scalar(old) + scalar(new) for old, new in zip(pointer.offsets, offsets, strict=True)]
    return run.triton.BlockPointerHandle(
        pointer.base,
        pointer.shape,
        pointer.strides,
        [run.number(first) for first in start],
        list(shape),
        pointer.order,
    )
