"""Let vectors of bf16 be moved as vectors of integers of the same bits.

Most processors have no registers for vectors of bf16.  LLVM takes those apart, lane by lane, and for a
masked load or store of 64 of them makes code that takes a second to generate.  All that is done with
them by now is to move them (see ``emulate-bf16``), which is the same for their bits.

Before::

    %v = llvm.intr.masked.load %p, %mask, %zeros {alignment = 2 : i32} : (...) -> vector<64xbf16>
    %bits = llvm.bitcast %v : vector<64xbf16> to vector<64xi16>

After::

    %bits = llvm.intr.masked.load %p, %mask, %zeros {alignment = 2 : i32} : (...) -> vector<64xi16>

What does more than move them gets them by ``llvm.bitcast``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from smtir.mlir import ir
from smtir.rewrite.emitter import value_of
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import operations_below

MOVES = frozenset(
    {
        *("llvm.load", "llvm.store", "llvm.intr.masked.load", "llvm.intr.masked.store"),
        *("llvm.intr.masked.gather", "llvm.intr.masked.scatter", "llvm.bitcast", "llvm.shufflevector"),
        *("llvm.br", "llvm.cond_br", "llvm.select", "llvm.mlir.poison", "llvm.mlir.undef"),
    }
)
"""Operations that are the same for the bits."""
_ACCESSES = frozenset(name for name in MOVES if name.endswith(("load", "store", "gather", "scatter")))


@define_pass
def run(module: ir.Module) -> None:
    """Change the types of vectors of bf16 in every function that has any."""
    for function in module.body.operations:
        if function.operation.name == "llvm.func" and _accesses_any(function.operation):
            _change(function.operation)


def _accesses_any(function: ir.Operation) -> bool:
    """Whether vectors of bf16 are read or written: all that there are go through memory.

    Most kernels have none, and looking at every operand of every operation takes as long as LLVM's part.
    """
    accesses = operations_below(function, _ACCESSES)
    return any(_is_bf16((op.results[0] if len(op.results) else op.operands[0]).type) for op in accesses)


def _change(function: ir.Operation) -> None:
    operations = operations_below(function)
    changed = {value: value.type for value in _moved(function, operations) if _is_bf16(value.type)}
    for value, type_ in changed.items():
        value.set_type(_bits_of(type_))
    for op in operations:
        if op.name == "llvm.mlir.constant" and op.results[0] in changed:
            op.attributes["value"] = _bits_of_constant(op.attributes["value"])
        for number, operand in enumerate(op.operands):
            if op.name in MOVES and _is_bf16(operand.type):
                op.operands[number] = _cast(op, operand, _bits_of(operand.type))
            elif op.name not in MOVES and operand in changed:
                op.operands[number] = _cast(op, operand, changed[operand])
    for op in operations:
        if op.name == "llvm.bitcast" and op.operands[0].type == op.results[0].type:
            op.results[0].replace_all_uses_with(op.operands[0])
            op.erase()


def _moved(function: ir.Operation, operations: list[ir.Operation]) -> Iterator[ir.Value]:
    """Values that may hold bits instead: what moves give, constants, and arguments of inner blocks."""
    for block in list(function.regions[0].blocks)[1:]:
        yield from block.arguments
    for op in operations:
        if op.name in MOVES or (op.name == "llvm.mlir.constant" and _is_splat(op.attributes["value"])):
            yield from op.results


def _is_bf16(type_: ir.Type) -> bool:
    return isinstance(type_, ir.VectorType) and isinstance(type_.element_type, ir.BF16Type)


def _is_splat(value: ir.Attribute) -> bool:
    return isinstance(value, ir.DenseElementsAttr) and value.is_splat


def _bits_of(type_: ir.Type) -> ir.Type:
    return ir.VectorType.get(ir.VectorType(type_).shape, ir.IntegerType.get_signless(16))


def _bits_of_constant(value: ir.Attribute) -> ir.Attribute:
    splat = ir.DenseElementsAttr(value)
    number = ir.FloatAttr(splat.get_splat_value()).value
    (bits,) = struct.unpack("<I", struct.pack("<f", number))
    type_ = _bits_of(splat.type)
    return ir.DenseElementsAttr.get_splat(
        type_, ir.IntegerAttr.get(ir.VectorType(type_).element_type, bits >> 16)
    )


def _cast(op: ir.Operation, value: ir.Value, type_: ir.Type) -> ir.Value:
    with ir.InsertionPoint(op), op.location:
        return value_of("llvm.bitcast", [value], type_)
