"""Matrices that memory holds in tiles, accessed where a block does not begin and end with a tile."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from smtir.mlir import arith, ir, memref, scf, tensor
from smtir.rewrite import builders, index
from smtir.rewrite.block_pointers import BlockPointer
from smtir.rewrite.index import Index
from smtir.rewrite.scattered import ADDRESSABLE, loop_nest
from smtir.rewrite.values import element_of, shape_of


def load_elements(pointer: BlockPointer, shape: Sequence[int], padding: float) -> ir.Value:
    """The block element by element as a tensor of ``shape``, ``padding`` where it does not exist."""
    memory = _flat(pointer)
    element = element_of(memory)
    buffer = memref.alloc(ir.MemRefType.get(list(shape), element), [], [])

    def read(position: list[ir.Value]) -> None:
        place = _place(pointer, position)
        guarded = scf.IfOp(_exists(pointer, place), [element], has_else=True)
        with ir.InsertionPoint(guarded.then_block):
            scf.YieldOp([memref.load(memory, [_address(pointer, place)])])
        with ir.InsertionPoint(guarded.else_block):
            scf.YieldOp([builders.constant(element, padding)])
        memref.store(guarded.results[0], buffer, position)

    loop_nest(list(shape), [], read)
    return builders.to_tensor(buffer, writable=True)


def store_elements(pointer: BlockPointer, value: ir.Value) -> None:
    """Write ``value`` element by element where the block exists."""
    memory = _flat(pointer)

    def write(position: list[ir.Value]) -> None:
        place = _place(pointer, position)
        guarded = scf.IfOp(_exists(pointer, place))
        with ir.InsertionPoint(guarded.then_block):
            memref.store(tensor.extract(value, position), memory, [_address(pointer, place)])
            scf.YieldOp([])

    loop_nest(list(shape_of(value)), [], write)


def _flat(pointer: BlockPointer) -> ir.Value:
    """The buffer as one long row of elements."""
    return builders.reinterpret_cast(pointer.base.buffer, pointer.base.offset, [ADDRESSABLE], [1])


def _place(pointer: BlockPointer, position: Sequence[Index]) -> list[Index]:
    """Row and column in the matrix of the element at ``position`` of what the pointer shows."""
    inner = position
    if pointer.tile:
        inner = [
            index.add(index.mul(outer, size), rest)
            for outer, size, rest in zip(position[:2], pointer.tile, position[2:], strict=True)
        ]
    return [index.add(offset, step) for offset, step in zip(pointer.offsets, inner, strict=True)]


def _exists(pointer: BlockPointer, place: Sequence[Index]) -> ir.Value:
    tests = [
        arith.cmpi(arith.CmpIPredicate.sge, index.materialize(at), index.materialize(low))
        for at, low in zip(place, pointer.lower or (0, 0), strict=True)
    ] + [
        arith.cmpi(arith.CmpIPredicate.slt, index.materialize(at), index.materialize(end))
        for at, end in zip(place, pointer.shape, strict=True)
    ]
    *_, every = itertools.accumulate(tests, arith.andi)
    return every


def _address(pointer: BlockPointer, place: Sequence[Index]) -> ir.Value:
    """Elements from the base to row and column ``place``, which exist and so are not negative."""
    pairs = [
        (index.materialize(at), index.materialize(by)) for at, by in zip(place, pointer.stored, strict=True)
    ]
    numbers = [arith.divsi(*pair) for pair in pairs] + [arith.remsi(*pair) for pair in pairs]
    total: Index = 0
    for number, stride in zip(numbers, pointer.strides, strict=True):
        total = index.add(total, index.mul(number, stride))
    return index.materialize(total)
