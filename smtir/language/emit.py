"""Emits an operation that libtriton does not know.

The operation is written as a ``tt.call`` of a private function without a body, with its name
and attributes as string attributes of the call.  Calls survive every TTIR pass, in order and
unmerged; ``smtir.frontend.placeholders`` turns them into ``xsmt`` operations.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from triton import language as tl
from triton._C.libtriton import ir as libtriton_ir

from smtir.language.session import Session, session_of

OP_ATTRIBUTE = "smt.op"
FIELDS_ATTRIBUTE = "smt.fields"
PLACEHOLDER_PREFIX = "smt_placeholder_"


def emit(
    semantic: Any, op: str, operands: Sequence[Any], result: tl.core.dtype, **fields: list[int] | str
) -> tl.tensor:
    """Emit ``op`` at the builder's insertion point and location.

    Args:
        semantic: what Triton passes to a language function.
        op: full name, such as ``"xsmt.pack"``.
        operands: libtriton values.
        result: type of the one result.
        fields: attributes of the operation, and what ``smtir.frontend.placeholders`` knows besides.
    """
    return tl.tensor(_call(semantic, op, operands, result, fields), result)


def emit_effect(semantic: Any, op: str, operands: Sequence[Any], **fields: list[int] | str) -> None:
    """Emit ``op``, which has no result; see ``emit``."""
    # Attributes hang on a result, so that the call has one; the operation made of it has none.
    _call(semantic, op, operands, tl.int32, {**fields, "no_result": "true"})


def _call(
    semantic: Any, op: str, operands: Sequence[Any], result: tl.core.dtype, fields: dict[str, Any]
) -> Any:
    builder = semantic.builder
    session = session_of(semantic)
    if interpreter := getattr(builder, "smt_interpreter", None):
        return interpreter.execute(op, operands, result, fields)
    function_type = builder.get_function_ty(
        [operand.get_type() for operand in operands], [result.to_ir(builder)]
    )
    call = builder.call(_placeholder(session, function_type), list(operands))
    made = call.get_result(0)
    made.set_attr(OP_ATTRIBUTE, builder.get_string_attr(op))
    made.set_attr(FIELDS_ATTRIBUTE, builder.get_string_attr(json.dumps(fields)))
    return made


def _placeholder(session: Session, function_type: Any) -> Any:
    """The body-less function of this type, declared on first use."""
    key = str(function_type)
    if key not in session.placeholders:
        symbol = f"{PLACEHOLDER_PREFIX}{len(session.placeholders)}"
        # A builder without an insertion point leaves the function outside the one being generated.
        builder = libtriton_ir.builder(session.context)
        function = builder.get_or_insert_function(session.module, symbol, function_type, "private", False)
        session.module.push_back(function)
        session.placeholders[key] = symbol
    return session.module.get_function(session.placeholders[key])
