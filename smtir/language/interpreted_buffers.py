"""Several buffers, the tile language and barriers for ``TRITON_INTERPRET=1``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from triton import language as tl

from smtir.errors import FrontendError, LaunchError
from smtir.language.interpreted import Fields, Interpreter, allocated, implements, scalar
from smtir.language.iterations import Barrier

_COUNTS = ("arriveCount", "expectCount")
_COUNT_LIMIT = 1 << 16
"""Counts of barriers have 16 bits."""
_OF_THE_SCRIPT = 1 << 48
"""No barrier of a script has a smaller number: its upper halfwords are the expected and the made arrivals."""


@dataclass
class _Copies:
    """Buffers or barriers made at once; each buffer is allocated when it is first asked for."""

    count: int
    made: dict[int, Any]

    def number(self, handle: Any, op: str) -> int:
        index = scalar(handle)
        if not 0 <= index < self.count:
            raise FrontendError(
                f"the index {index} is out of range: there are {self.count} copies",
                op=op,
                hint=f"the copies are numbered from 0 to {self.count - 1}",
            )
        return index


@implements("xsmt.alloc_copies")
def _alloc_copies(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    return _Copies(fields["shape64"][0], {})


@implements("xsmt.buffer_tensor_view")
def _one_buffer(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    copies, number = operands
    index = copies.number(number, "smt.alloc_copies")
    if index not in copies.made:
        copies.made[index] = allocated(run, result)
    return copies.made[index]


@implements("tle.extract_tile")
def _extract_tile(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    source, number = operands
    place = _tile(source.data, result.shape, number, "tle.extract_tile")
    return run.handle(source.data[place].copy(), result)


@implements("tle.insert_tile")
def _insert_tile(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    source, tile, number = operands
    made = source.data.copy()
    made[_tile(made, tile.data.shape, number, "tle.insert_tile")] = tile.data
    return run.handle(made, result)


def _tile(whole: np.ndarray, tile: Sequence[int], number: Any, op: str) -> tuple[slice, ...]:
    """The place of a tile by its number, counted row by row."""
    grid = [size // int(part) for size, part in zip(whole.shape, tile, strict=True)]
    index, count = scalar(number), int(np.prod(grid))
    if not 0 <= index < count:
        raise FrontendError(f"the index {index} is out of range: there are {count} tiles", op=op)
    starts = np.unravel_index(index, grid)
    return tuple(
        slice(int(start) * int(part), (int(start) + 1) * int(part))
        for start, part in zip(starts, tile, strict=True)
    )


@implements("tle.local_ptr")
def _local_ptr(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    buffer, *indices = operands
    places = [index.data for index in indices] or list(np.indices(buffer.block_shape))
    distance = sum(
        (place.astype(np.int64) + scalar(offset)) * scalar(stride)
        for place, offset, stride in zip(places, buffer.offsets, buffer.strides, strict=True)
    )
    size = buffer.base.get_element_ty().primitive_bitwidth // 8
    addresses = buffer.base.data + np.asarray(distance * size).astype(np.uint64)
    made = run.triton.TensorHandle(addresses, result.scalar)
    made.memory = getattr(buffer.base, "memory", None)
    return made


@implements("tle.to_tensor")
def _to_tensor(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    return run.load(operands[0])


@implements("tle.to_buffer")
def _to_buffer(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    tensor, buffer = operands
    pointers, inside = buffer.materialize_pointers(range(len(buffer.block_shape)))
    run.builder.create_masked_store(pointers, tensor, run.triton.TensorHandle(inside, tl.int1), None, None)
    return buffer


@implements("xsmt.mbarrier_create")
def _barrier(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    _, arrived, _, expected = map(scalar, operands)
    return _kept(run, Barrier(arrived, expected))


@implements("xsmt.mbarrier_copies")
def _barriers(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    count, arrived, expected = (int(fields[f"i64_{name}"]) for name in ("numCopies", *_COUNTS))
    return _Copies(count, {index: _kept(run, Barrier(arrived, expected)) for index in range(count)})


@implements("xsmt.mbarrier_subview")
def _one_barrier(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    copies, number = operands
    return copies.made[copies.number(number, "smt.mbarrier_copies")]


@implements("xsmt.global_mbarrier_init")
def _shared(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    number = scalar(operands[0])
    if number not in run.shared:
        run.shared[number] = _kept(run, Barrier(0, None))
    return run.shared[number]


def _kept(run: Interpreter, barrier: Barrier) -> Any:
    run.barriers.append(barrier)
    return run.number(len(run.barriers) - 1)


def _at(run: Interpreter, handle: Any) -> Barrier:
    number = scalar(handle)
    if number >= _OF_THE_SCRIPT:
        if number not in run.shared:
            run.shared[number] = _kept(run, Barrier((number >> 32) % _COUNT_LIMIT, number >> 48))
        number = scalar(run.shared[number])
    if not 0 <= number < len(run.barriers):
        raise LaunchError(
            f"{number} is no barrier", hint="smt.mbarrier makes one, and in a script alloc_mbarrier does"
        )
    barrier: Barrier = run.barriers[number]
    return barrier


@implements("xsmt.barrier_arrive")
def _arrive(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    _at(run, operands[0]).arrive()
    return run.number(0)


@implements("xsmt.barrier_set_expect")
def _expect(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    _at(run, operands[0]).expect(scalar(operands[1]) % _COUNT_LIMIT)
    return run.number(0)


@implements("xsmt.barrier_wait")
def _wait(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    _at(run, operands[0]).wait(scalar(operands[2]) % _COUNT_LIMIT)
    return run.number(0)


@implements("xsmt.get_num_of_thread")
def _threads(run: Interpreter, operands: Sequence[Any], result: tl.core.dtype, fields: Fields) -> Any:
    return run.handle(np.array([1], np.int32), result)
