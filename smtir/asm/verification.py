"""Whether an operation is what its fields say: the types of operands and results, and the attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smtir.asm.typecache import type_text

if TYPE_CHECKING:
    from smtir.asm.operation import ForeignOp

GPU_ENCODING = re.compile(r"#(?:ttg|triton_gpu|ttng|triton_nvidia_gpu|amdg|amdgpu)\.")
NOT_TTIR = "this is TTGIR, for a GPU; give the TTIR from before it, the .ttir file in Triton's cache or dump"


def signature(op: ForeignOp) -> tuple[Any, ...] | None:
    """All that a rule about ``op`` alone may look at; ``None`` if the bindings cannot read an attribute."""
    operation = op.operation
    attributes = operation.attributes
    try:
        given = [(name, attributes[name]) for name in attributes]
    except (ValueError, TypeError):
        return None
    return (
        op.OPERATION_NAME,
        len(operation.regions),
        *given,
        *[value.type for value in operation.operands],
        None,
        *[value.type for value in operation.results],
    )


def check_fields(op: ForeignOp) -> None:
    """Fail ``op`` on the first value, attribute or region that is not as its fields say."""
    cls, operation = type(op), op.operation
    types: dict[str, list[str]] = {}
    operands, start = operation.operands, 0
    for made, size in zip(cls.operand_fields, op.segment_sizes(), strict=True):
        types[made.name] = [type_text(operands[index].type) for index in range(start, start + size)]
        start += size
    results = [type_text(result.type) for result in operation.results]
    if cls.result_fields and cls.result_fields[0].variadic:
        types[cls.result_fields[0].name] = results
    elif len(results) != len(cls.result_fields):
        op.fail(f"expected {len(cls.result_fields)} results, got {len(results)}")
    else:
        types.update((made.name, [text]) for made, text in zip(cls.result_fields, results, strict=True))
    _check_types(op, types)
    _check_attributes(op)
    if len(operation.regions) != cls.region_count:
        op.fail(f"expected {cls.region_count} regions, got {len(operation.regions)}")


def _check_types(op: ForeignOp, types: Mapping[str, list[str]]) -> None:
    for made in (*type(op).operand_fields, *type(op).result_fields):
        for text in types[made.name]:
            if not made.constraint.test(text):
                if GPU_ENCODING.search(text):
                    op.fail(f"{made.name} has an encoding for a GPU, got {text}", hint=NOT_TTIR)
                op.fail(f"{made.name} must be {made.constraint.what}, got {text}")
        if made.derive:
            source, relation = made.derive
            given = types[source] if source else [""]
            expected = relation(given[0]) if given else None
            for text in types[made.name]:
                if text != expected and expected is not None:
                    op.fail(
                        f"{made.name} must be {expected}, got {text}",
                        hint=f"the type follows from {source}, which is {given[0]}" if source else "",
                    )


def _check_attributes(op: ForeignOp) -> None:
    attributes = op.operation.attributes
    for attribute in type(op).attribute_fields:
        if attribute.name not in attributes:
            if attribute.required:
                op.fail(f"attribute {attribute.name} is missing: expected {attribute.kind.what}")
            continue
        value: object = "something that MLIR's bindings cannot read"
        try:
            value = attributes[attribute.name]
            attribute.kind.check(attributes[attribute.name])
        except (ValueError, TypeError):
            op.fail(f"attribute {attribute.name} must be {attribute.kind.what}, got {value}")
