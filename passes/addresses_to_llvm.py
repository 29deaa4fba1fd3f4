"""addresses-to-llvm: memory at an address that is a number becomes a descriptor of that address.

A pointer that a kernel reads from memory, or computes from integers, is an address.  Until here
a cast stands for the memory there.

Before::

    %m = builtin.unrealized_conversion_cast %address : index to memref<f32>

After::

    %i = arith.index_cast %address : index to i64
    %p = llvm.inttoptr %i : i64 to !llvm.ptr
    %d = ... llvm.insertvalue %p, ...[0] and [1], offset 0 in [2]
    %m = builtin.unrealized_conversion_cast %d : !llvm.struct<(ptr, ptr, i64)> to memref<f32>
"""

from __future__ import annotations

from smtir.mlir import arith, ir
from smtir.rewrite.addresses import CAST, address_type
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import operations_below

_DESCRIPTOR = "!llvm.struct<(ptr, ptr, i64)>"
"""What a memref of rank 0 is in LLVM: allocated and aligned pointer, offset."""


@define_pass
def run(module: ir.Module) -> None:
    for op in operations_below(module.operation, [CAST]):
        if _is_memory_at_address(op):
            with ir.InsertionPoint(op), op.location:
                op.operands[0] = _descriptor(op.operands[0])


def _is_memory_at_address(op: ir.Operation) -> bool:
    return (
        len(op.operands) == len(op.results) == 1
        and isinstance(op.operands[0].type, ir.IndexType)
        and isinstance(op.results[0].type, ir.MemRefType)
    )


def _descriptor(address: ir.Value) -> ir.Value:
    number = arith.index_cast(address_type(), address)
    pointer = _create("llvm.inttoptr", "!llvm.ptr", [number])
    zero = _create("llvm.mlir.constant", "i64", [], value=ir.IntegerAttr.get(address_type(), 0))
    made = _create("llvm.mlir.poison", _DESCRIPTOR, [])
    for position, field in enumerate((pointer, pointer, zero)):
        place = ir.DenseI64ArrayAttr.get([position])
        made = _create("llvm.insertvalue", _DESCRIPTOR, [made, field], position=place)
    return made


def _create(name: str, type_: str, operands: list[ir.Value], **attributes: ir.Attribute) -> ir.Value:
    made = ir.Operation.create(name, results=[ir.Type.parse(type_)], operands=operands, attributes=attributes)
    result: ir.Value = made.results[0]
    return result
