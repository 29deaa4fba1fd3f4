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
    rf"(?P<result>%\w+ = )?tt\.call @{PLACEHOLDER_PREFIX}\d+\((?P<operands>[^)]*)\) "
    rf'\{{{re.escape(FIELDS_ATTRIBUTE)} = "(?P<fields>[^"]*)", {re.escape(OP_ATTRIBUTE)} = "(?P<op>[^"]*)"\}}'
    r" : \((?P<types>[^\n]*?)\) -> (?P<type>[^\n]*?)(?P<location> loc\(|$)",
    re.MULTILINE,
)
_DECLARATION = re.compile(rf"^ *tt\.func private @{PLACEHOLDER_PREFIX}\d+\(.*\n", re.MULTILINE)

OPTIONAL_DESTINATION = ("xsmt.pack", "xsmt.unpack", "xsmt.repack")
"""Operations with the operands: one base, two offsets, an optional destination."""


def replace_placeholders(text: str) -> str:
    """``text`` with ``xsmt`` operations for the calls, and without the functions called."""
    return _DECLARATION.sub("", _CALL.sub(_operation, text))


def _operation(call: re.Match[str]) -> str:
    """Besides attributes, the fields say what libtriton cannot.

    ``result_type`` and ``first_type`` are types that it does not know, of the result and of the
    first operand; ``no_result`` marks an operation without a result; ``NAME64`` is an array
    of i64, ``i64_NAME`` one such integer, and ``raw_hint`` an attribute ``name=value``.
    """
    op, operands = call["op"], call["operands"]
    fields = json.loads(call["fields"].replace(r"\22", '"').replace("\\\\", "\\"))
    result, type_, types = call["result"] or "", call["type"], call["types"]
    if fields.pop("no_result", ""):
        result, type_ = "", "()"
    type_ = fields.pop("result_type", type_)
    if first := fields.pop("first_type", ""):
        types = ", ".join([first, *types.split(", ")[1:]])
    attributes = dict(_attribute(name, value) for name, value in fields.items())
    if op in OPTIONAL_DESTINATION:
        destinations = operands.count(",") - 2
        attributes["operandSegmentSizes"] = f"array<i32: 1, 2, {destinations}>"
    listed = ", ".join(f"{name} = {value}" if value else name for name, value in sorted(attributes.items()))
    braced = f" {{{listed}}}" if listed else ""
    return f'{result}"{op}"({operands}){braced} : ({types}) -> {type_}{call["location"]}'


def _attribute(name: str, value: list[int] | str) -> tuple[str, str]:
    if name.endswith("64"):
        return name.removesuffix("64"), f"array<i64: {', '.join(map(str, value))}>"
    if name.startswith("i64_"):
        return name.removeprefix("i64_"), f"{value} : i64"
    if name == "raw_hint":
        hint, _, given = str(value).partition("=")
        return hint, "" if given == "unit" else given
    if isinstance(value, str):
        return name, json.dumps(value)
    return name, f"array<i32: {', '.join(map(str, value))}>"
