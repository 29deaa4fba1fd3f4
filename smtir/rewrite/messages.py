"""Calls by which a running kernel says something: what it prints, and that an assertion failed.

Both are ``void FUNCTION(i64 description, i64 bytes, i64 data, i64 bytes, i32 x, i32 y, i32 z)``: the address
and length of a constant text in JSON, those of the numbers it is about, and the program's place in the grid.
``smtir.runtime.messages`` has the other end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from smtir.mlir import arith, func, ir, memref
from smtir.rewrite import builders, index
from smtir.rewrite.declarations import declare, symbol_of
from smtir.rewrite.values import bit_width, element_of, is_tensor, shape_of

PRINT = "smtir_harness_print"
FAIL = "smtir_harness_fail"
ADDRESSES = "smtir.addresses"
"""Attribute of ``tt.print``: which of its operands have been pointers."""


def print_value(
    value: ir.Value, prefix: str, operand: int | None, *, is_signed: bool, as_hex: bool, module: ir.Operation
) -> None:
    """Print a number or every element of a tensor.

    ``operand``: its number among several that are printed, or None.
    """
    kind, value = _printable(value, is_signed=is_signed, as_hex=as_hex)
    shape = shape_of(value) if is_tensor(value) else []
    bits = bit_width(element_of(value))
    description = {
        "prefix": prefix, "operand": operand, "shape": shape, "kind": kind, "bits": bits, "hex": as_hex,
    }  # fmt: skip
    buffer = memref.alloc(ir.MemRefType.get(shape, element_of(value)), [], [])
    if is_tensor(value):
        builders.write_to(value, buffer)
    else:
        memref.store(value, buffer, [])
    call(PRINT, description, _address(buffer), prod(shape) * bits // 8, program_place(), module)


def print_text(text: str, module: ir.Operation) -> None:
    """Print a line without a value."""
    call(PRINT, {"prefix": text}, None, 0, program_place(), module)


def _printable(value: ir.Value, *, is_signed: bool, as_hex: bool) -> tuple[str, ir.Value]:
    """``value`` in a type of whole bytes that every machine has, and its kind: ``i``, ``u`` or ``f``."""
    element = element_of(value)
    if builders.is_float(element):
        if as_hex:
            bits = ir.IntegerType.get_signless(bit_width(element))
            return "u", arith.bitcast(builders.with_element(value.type, bits), value)
        if bit_width(element) < 32:
            value = arith.extf(builders.with_element(value.type, ir.F32Type.get()), value)
        return "f", value
    if bit_width(element) == 1:
        return "u", arith.extui(builders.with_element(value.type, ir.IntegerType.get_signless(8)), value)
    return "i" if is_signed and not as_hex else "u", value


def program_place() -> list[ir.Value]:
    """The program's place in the grid, in a kernel that is still Triton's."""
    i32 = ir.IntegerType.get_signless(32)
    return [
        ir.Operation.create(
            "tt.get_program_id", results=[i32], attributes={"axis": ir.IntegerAttr.get(i32, axis)}
        ).results[0]
        for axis in range(3)
    ]


def call(
    function: str,
    description: Mapping[str, Any],
    data: ir.Value | None,
    data_bytes: int,
    place: Sequence[ir.Value],
    module: ir.Operation,
) -> None:
    """Call ``function`` at the insertion point; it is declared in ``module`` on first use."""
    text = json.dumps(description).encode()
    i64, i32 = ir.IntegerType.get_signless(64), ir.IntegerType.get_signless(32)
    declare(module, function, [i64] * 4 + [i32] * 3)
    numbers = [_text_address(module, text), builders.constant(i64, len(text))]
    numbers += [builders.constant(i64, 0) if data is None else data, builders.constant(i64, data_bytes)]
    func.CallOp([], function, [*numbers, *place])


def _text_address(module: ir.Operation, text: bytes) -> ir.Value:
    """The address of ``text``, kept as a constant of the module."""
    i8 = ir.IntegerType.get_signless(8)
    type_ = ir.MemRefType.get([len(text)], i8)
    block = module.regions[0].blocks[0]
    taken = {symbol_of(op.operation) for op in block.operations}
    name = next(name for n in range(len(taken) + 1) if (name := f"message_{n}") not in taken)
    values = [ir.IntegerAttr.get(i8, byte - 256 if byte > 127 else byte) for byte in text]
    initial = ir.DenseElementsAttr.get(values, ir.RankedTensorType.get([len(text)], i8))
    with ir.InsertionPoint.at_block_begin(block), ir.Location.unknown():
        memref.GlobalOp(
            name,
            ir.TypeAttr.get(type_),
            sym_visibility=ir.StringAttr.get("private"),
            initial_value=initial,
            constant=True,
        )
    return _address(memref.GetGlobalOp(type_, name).result)


def _address(buffer: ir.Value) -> ir.Value:
    pointer = memref.extract_aligned_pointer_as_index(buffer)
    return arith.index_cast(ir.IntegerType.get_signless(64), index.materialize(pointer))
