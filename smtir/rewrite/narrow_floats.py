"""Computing with floats that no processor has: in f32, widened before and rounded after each operation."""

from __future__ import annotations

from collections.abc import Sequence

from smtir.mlir import ir, passmanager
from smtir.rewrite.builders import with_element
from smtir.rewrite.destinations import is_lane_wise
from smtir.rewrite.emitter import value_of
from smtir.rewrite.lowering import replace_op
from smtir.rewrite.structured import output_count
from smtir.rewrite.values import element_type, operations_below
from smtir.rewrite.widening import widen_input

# Named operations verify their payload, which emulation changes.
_GENERALIZE = "func.func(linalg-generalize-named-ops),"


def has_values(module: ir.Module, names: Sequence[str]) -> bool:
    """Whether any operation computes values of the element types ``names``."""
    return any(
        _is_one(result.type, names) for op in operations_below(module.operation) for result in op.results
    )


def compute_in_f32(module: ir.Module, names: Sequence[str], then: str = "") -> None:
    """Emulate the element types ``names``, then run the passes ``then``.

    Operands of products are widened once, as whole tensors.
    """
    named = False
    for op in operations_below(module.operation):
        if op.name.startswith("linalg.") and len(op.results) and len(op.regions):
            if not is_lane_wise(op):
                for number in range(len(op.operands) - output_count(op)):
                    if _is_one(op.operands[number].type, names):
                        widen_input(op, number)
            named |= op.name != "linalg.generic" and _computes(op, names)
    for op in operations_below(module.operation, ("math.fma",)):
        if _is_one(op.results[0].type, names):
            _in_f32(op)
    supported = ",".join(name for name in ("f16", "bf16") if name not in names)
    pipeline = (
        f"func.func(math-extend-to-supported-types{{extra-types={supported}}}),"
        f"arith-emulate-unsupported-floats{{source-types={','.join(names)} target-type=f32}}"
    )
    whole = (_GENERALIZE if named else "") + pipeline + (f",{then}" if then else "")
    passmanager.PassManager.parse(f"builtin.module({whole})").run(module.operation)


def _in_f32(op: ir.Operation) -> None:
    """``op`` on widened operands, its result rounded; upstream leaves fma alone."""
    narrow = op.results[0].type
    wide = with_element(narrow, ir.F32Type.get())
    with ir.InsertionPoint(op), op.location:
        operands = [value_of("arith.extf", [operand], wide) for operand in op.operands]
        result = value_of("arith.truncf", [value_of(op.name, operands, wide)], narrow)
    replace_op(op, [result])


def _is_one(type_: ir.Type, names: Sequence[str]) -> bool:
    return str(element_type(type_)) in names


def _computes(op: ir.Operation, names: Sequence[str]) -> bool:
    return any(
        _is_one(result.type, names)
        for inner in op.regions[0].blocks[0].operations
        for result in inner.results
    )
