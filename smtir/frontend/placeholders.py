r"""Turns the placeholder calls in libtriton's text into ``xsmt`` operations.

The language functions write an operation that libtriton does not know as a call::

    %v = tt.call @smt_placeholder_2(%acc, %q, %c0) {smt.fields = "{\22shape\22: [32, 64], ...}",
           smt.op = "xsmt.pack"} : (tensor<64x64xf32>, i32, i32) -> tensor<4x4x8x16xf32> loc(#loc45)

which becomes the operation in MLIR's generic form, on the same line and with the same location::

    %v = "xsmt.pack"(%acc, %q, %c0) {operandSegmentSizes = array<i32: 1, 2, 0>,
           packed_size = array<i32: 8, 16>, shape = array<i32: 32, 64>}
           : (tensor<64x64xf32>, i32, i32) -> tensor<4x4x8x16xf32> loc(#loc45)

Working on the text keeps every location as Triton wrote it, and needs no operation built.
"""

from __future__ import annotations

import json
import re

from smtir.language.emit import FIELDS_ATTRIBUTE, OP_ATTRIBUTE, PLACEHOLDER_PREFIX

_CALL = re.compile(
    rf"tt\.call @{PLACEHOLDER_PREFIX}\d+\((?P<operands>[^)]*)\) "
    rf'\{{{re.escape(FIELDS_ATTRIBUTE)} = "(?P<fields>[^"]*)", {re.escape(OP_ATTRIBUTE)} = "(?P<op>[^"]*)"\}}'
)
_DECLARATION = re.compile(rf"^ *tt\.func private @{PLACEHOLDER_PREFIX}\d+\(.*\n", re.MULTILINE)

OPTIONAL_DESTINATION = ("xsmt.pack", "xsmt.unpack", "xsmt.repack")
"""Operations with the operands: one base, two offsets, an optional destination."""


def replace_placeholders(text: str) -> str:
    """``text`` with ``xsmt`` operations for the calls, and without the functions called."""
    return _DECLARATION.sub("", _CALL.sub(_operation, text))


def _operation(call: re.Match[str]) -> str:
    op, operands = call["op"], call["operands"]
    fields = json.loads(call["fields"].replace(r"\22", '"'))
    attributes = {name: _attribute(value) for name, value in fields.items()}
    if op in OPTIONAL_DESTINATION:
        destinations = operands.count(",") - 2
        attributes["operandSegmentSizes"] = f"array<i32: 1, 2, {destinations}>"
    listed = ", ".join(f"{name} = {value}" for name, value in sorted(attributes.items()))
    return f'"{op}"({operands})' + (f" {{{listed}}}" if listed else "")


def _attribute(value: list[int] | str) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    return f"array<i32: {', '.join(map(str, value))}>"
