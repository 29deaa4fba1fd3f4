"""A buffer as vectors see it: shape, strides, and loads and stores of one run of lanes.

A run of lanes along a dimension of stride 1 is ``vector.load`` / ``vector.store``; along any
other stride it is a gather or scatter whose indices are ``[0, 1, 2, ...] * stride``, which LLVM
turns into a strided load or store (``vlse32.v``) where the target has them.  Where it has none, lanes
with a small known stride are picked out of all elements between the first and the last.  A stride that
is known at run time only mostly is 1 (libraries hand over the strides of whole tensors), so the code asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from smtir.mlir import ir
from smtir.rewrite.emitter import Emitter, Index, create, shuffled, value_of
from smtir.rewrite.values import defining_operation

PICKED_STRIDES = frozenset({-4, -3, -2, -1, 2, 3, 4})
"""Strides at which a load of everything and a shuffle beat a gather."""


@dataclass
class Lanes:
    """How many lanes a vector has and which of them count.

    ``mask`` is None when all do; else lanes where it is 0 are not touched in memory.
    """

    count: int
    mask: ir.Value | None = None

    @classmethod
    def below(cls, emitter: Emitter, count: int, limit: Index) -> Lanes:
        """The first ``limit`` of ``count`` lanes; none if that is negative."""
        # 32 bit lane numbers: a compare of index vectors needs twice the registers.
        numbers = emitter.lane_numbers(count, emitter.i32)
        bounded = emitter.minimum(emitter.maximum(limit, 0), count)
        limit_i32 = value_of("arith.index_cast", [emitter.value(bounded)], emitter.i32)
        limits = value_of("vector.broadcast", [limit_i32], numbers.type)
        predicate = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 2)
        type_ = ir.VectorType.get([count], emitter.i1)
        return cls(count, value_of("arith.cmpi", [numbers, limits], type_, {"predicate": predicate}))

    def as_vector(self, emitter: Emitter) -> ir.Value:
        """The i1 vector of the lanes that count."""
        return emitter.splat(1, emitter.i1, self.count) if self.mask is None else self.mask


class View:
    """One memref value, with what its type says and the rest read at run time on demand."""

    def __init__(self, emitter: Emitter, buffer: ir.Value) -> None:
        self.emitter = emitter
        self.buffer = _without_casts(buffer)
        self.type = ir.MemRefType(self.buffer.type)
        self.element = self.type.element_type
        self.static_strides, _ = self.type.get_strides_and_offset()
        self._place = _place_of(self.buffer)
        # Read here, in front of the loops that will use it, where strided access is certain.
        strided = self.type.rank > 0 and not self.is_unit_stride(self.type.rank - 1)
        self._metadata = self._read_metadata() if strided else None

    def size(self, dimension: int) -> Index:
        """Elements along ``dimension``."""
        if not self.type.is_dynamic_dim(dimension):
            return self.type.shape[dimension]
        at = self.emitter.value(dimension)
        return value_of("memref.dim", [self.buffer, at], self.emitter.index)

    def is_unit_stride(self, dimension: int) -> bool:
        """Whether neighbours along ``dimension`` are known to be neighbours in memory."""
        return self.static_strides[dimension] == 1

    def is_spread(self) -> bool:
        """Whether lines of the last dimension are so far apart as is known only at run time."""
        return ir.ShapedType.get_dynamic_stride_or_offset() in self.static_strides[:-1]

    def _read_metadata(self) -> ir.Operation:
        rank, index = self.type.rank, self.emitter.index
        base = ir.MemRefType.get([], self.element, memory_space=self.type.memory_space)
        return create("memref.extract_strided_metadata", [self.buffer], [base] + [index] * (1 + 2 * rank))

    def load_scalar(self, at: Sequence[Index]) -> ir.Value:
        return value_of("memref.load", [self.buffer, *map(self.emitter.value, at)], self.element)

    def store_scalar(self, value: ir.Value, at: Sequence[Index]) -> None:
        create("memref.store", [value, self.buffer, *map(self.emitter.value, at)])

    def load(
        self, at: Sequence[Index], dimension: int, lanes: Lanes, padding: ir.Value | None = None
    ) -> ir.Value:
        """Elements ``at[dimension], at[dimension] + 1, ...`` as a vector.

        ``padding`` (a scalar; default zero) fills the lanes that do not count.
        """
        with self._place:
            return self._load(at, dimension, lanes, padding)

    def _load(self, at: Sequence[Index], dimension: int, lanes: Lanes, padding: ir.Value | None) -> ir.Value:
        emitter = self.emitter
        type_ = ir.VectorType.get([lanes.count], self.element)
        unit = self.is_unit_stride(dimension)
        if unit and lanes.mask is None and self._is_last_dimension(dimension):
            return value_of("vector.load", [self.buffer, *map(emitter.value, at)], type_)
        stride = self.static_strides[dimension]
        if lanes.mask is None and is_picked(emitter, stride):
            lowest = list(at)
            if stride < 0:
                lowest[dimension] = emitter.add(at[dimension], lanes.count - 1)
            return picked(emitter, self.line(lowest, lanes.count), 0, stride, type_)
        if padding is None or lanes.mask is None:
            through = emitter.splat(0, self.element, lanes.count)
        else:
            through = value_of("vector.broadcast", [padding], type_)
        mask = lanes.as_vector(emitter)
        if unit and self._is_last_dimension(dimension):
            operands = [self.buffer, *map(emitter.value, at), mask, through]
            return value_of("vector.maskedload", operands, type_)
        line, step = self.line(at, lanes.count), self._step(dimension)
        here = [line, emitter.value(0)]

        def run() -> ir.Value:
            if lanes.mask is None:
                return value_of("vector.load", here, type_)
            return value_of("vector.maskedload", [*here, mask, through], type_)

        def gather() -> ir.Value:
            return value_of("vector.gather", [*here, self._places(step, lanes.count), mask, through], type_)

        if isinstance(step, int):
            return gather()
        return emitter.choice(emitter.equal(step, 1), type_, run, gather)

    def load_line(self, at: Sequence[Index], lanes: int) -> ir.Value:
        """``lanes`` elements that follow each other in memory, from ``at`` on."""
        with self._place:
            operands = [self.line(at, lanes), self.emitter.value(0)]
            return value_of("vector.load", operands, ir.VectorType.get([lanes], self.element))

    def store_line(self, vector: ir.Value, at: Sequence[Index]) -> None:
        """Write ``vector`` to elements that follow each other in memory, from ``at`` on."""
        with self._place:
            line = self.line(at, ir.VectorType(vector.type).shape[0])
            create("vector.store", [vector, line, self.emitter.value(0)])

    def store(self, vector: ir.Value, at: Sequence[Index], dimension: int, lanes: Lanes) -> None:
        """Write ``vector`` to elements ``at[dimension], at[dimension] + 1, ...``."""
        with self._place:
            self._store(vector, at, dimension, lanes)

    def _store(self, vector: ir.Value, at: Sequence[Index], dimension: int, lanes: Lanes) -> None:
        emitter = self.emitter
        unit = self.is_unit_stride(dimension) and self._is_last_dimension(dimension)
        if unit and lanes.mask is None:
            create("vector.store", [vector, self.buffer, *map(emitter.value, at)])
        elif unit:
            create(
                "vector.maskedstore", [self.buffer, *map(emitter.value, at), lanes.as_vector(emitter), vector]
            )
        else:
            self._store_along(vector, self.line(at, lanes.count), self._step(dimension), lanes)

    def _store_along(self, vector: ir.Value, line: ir.Value, step: Index, lanes: Lanes) -> None:
        emitter = self.emitter
        here, mask = [line, emitter.value(0)], lanes.as_vector(emitter)

        def run() -> None:
            if lanes.mask is None:
                create("vector.store", [vector, *here])
            else:
                create("vector.maskedstore", [*here, mask, vector])

        def scatter() -> None:
            create("vector.scatter", [*here, self._places(step, lanes.count), mask, vector])

        if isinstance(step, int):
            scatter()
        else:
            emitter.branch(emitter.equal(step, 1), run, scatter)

    def _is_last_dimension(self, dimension: int) -> bool:
        return dimension == self.type.rank - 1

    def line(self, at: Sequence[Index], lanes: int) -> ir.Value:
        """A 1-D view that starts at element ``at``."""
        emitter = self.emitter
        dynamic = ir.ShapedType.get_dynamic_stride_or_offset()
        metadata = self._metadata or self._read_metadata()
        rank = self.type.rank
        start: Index = metadata.results[1]
        for number, index in enumerate(at):
            static: int = self.static_strides[number]
            stride = static if static != dynamic else metadata.results[2 + rank + number]
            start = emitter.add(start, emitter.mul(index, stride))
        layout = ir.StridedLayoutAttr.get(dynamic, [1])
        type_ = ir.MemRefType.get([lanes], self.element, layout, self.type.memory_space)
        return value_of(
            "memref.reinterpret_cast",
            [metadata.results[0], emitter.value(start)],
            type_,
            {
                "static_offsets": ir.DenseI64ArrayAttr.get([dynamic]),
                "static_sizes": ir.DenseI64ArrayAttr.get([lanes]),
                "static_strides": ir.DenseI64ArrayAttr.get([1]),
                "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 1, 0, 0]),
            },
        )

    def _step(self, dimension: int) -> Index:
        """How far apart in elements neighbours along ``dimension`` are."""
        static: int = self.static_strides[dimension]
        if static != ir.ShapedType.get_dynamic_stride_or_offset():
            return static
        stride: ir.Value = (self._metadata or self._read_metadata()).results[2 + self.type.rank + dimension]
        return stride

    def _places(self, step: Index, lanes: int) -> ir.Value:
        """Where the lanes are, ``step`` apart."""
        emitter = self.emitter
        numbers = emitter.lane_numbers(lanes, emitter.index)
        steps = value_of("vector.broadcast", [emitter.value(step)], numbers.type)
        return value_of("arith.muli", [numbers, steps], numbers.type)


def _place_of(buffer: ir.Value) -> AbstractContextManager[object]:
    """The line an access to ``buffer`` is of: to a part of an argument that of its load or store.

    A loop of vectors is made where the values are computed with, which is another line.
    """
    part = defining_operation(buffer, "memref.reinterpret_cast") or defining_operation(
        buffer, "memref.subview"
    )
    return nullcontext() if part is None else part.location


def is_picked(emitter: Emitter, stride: int) -> bool:
    """Whether lanes so far apart are loaded with all between them: where there are no strided loads."""
    return stride in PICKED_STRIDES and emitter.machine.register_group == 1


def picked(emitter: Emitter, memory: ir.Value, lowest: Index, stride: int, type_: ir.VectorType) -> ir.Value:
    """Elements of a buffer in one dimension, ``stride`` apart: from ``lowest`` up, if negative down to it.

    Nothing outside of the first to the last is touched.
    """
    count, apart = type_.shape[0], abs(stride)
    reach = (count - 1) * apart
    whole = ir.VectorType.get([count * apart], type_.element_type)
    operands = [memory, emitter.value(lowest)]
    if apart == 1:
        everything = value_of("vector.load", operands, whole)
    else:
        flags = emitter.flags([lane <= reach for lane in range(count * apart)])
        through = emitter.splat(0, type_.element_type, count * apart)
        everything = value_of("vector.maskedload", [*operands, flags, through], whole)
    places = list(range(0, reach + 1, apart))
    return shuffled(everything, everything, places[:: -1 if stride < 0 else 1])


def _without_casts(buffer: ir.Value) -> ir.Value:
    """``buffer`` as it was before ``memref.cast`` forgot part of its type."""
    while (cast_op := defining_operation(buffer, "memref.cast")) is not None:
        source = cast_op.operands[0]
        if not isinstance(source.type, ir.MemRefType) or _unknowns(source.type) > _unknowns(buffer.type):
            break
        buffer = source
    return buffer


def _unknowns(type_: ir.Type) -> int:
    """How many sizes and strides the type leaves open."""
    memref = ir.MemRefType(type_)
    strides, _ = memref.get_strides_and_offset()
    dynamic = ir.ShapedType.get_dynamic_stride_or_offset()
    return sum(memref.is_dynamic_dim(d) for d in range(memref.rank)) + list(strides).count(dynamic)
