"""From MLIR's printed text back to Triton's assembly: the inverse of ``reader``.

MLIR prints foreign operations in generic form, ``"tt.load"(%p) : (!tt.ptr<f32>) -> f32``; each
becomes its custom form.  Where a module is at the TTIR stage, ``func.func`` and its ``return``
become ``tt.func`` and ``tt.return``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from smtir.asm.cursor import Cursor
from smtir.asm.directives import OpText
from smtir.asm.memo import Memo
from smtir.asm.operation import SEGMENTS, ForeignOp, operations, split_operands
from smtir.errors import ParseError

_SCAN = re.compile(
    r'"(?P<name>[^"\\\n]*)"(?P<call>\()?|"(?:[^"\\\n]|\\.)*"'
    r"|\n[ \t]*(?P<return>(?:func\.)?return)(?![\w.$\-])"
    r"|f(?<![\w.$!#@%^\-]f)unc\.func(?![\w.$\-])"
)
_SCAN_IN_REGION = re.compile(_SCAN.pattern + r"|[{}]")
# Without xsmt_async, whose operations stand among those of linalg.
_FOREIGN = re.compile(r'"(?:tt|xsmt|tle)\.[\w.]+"\(|!tt\.|!xsmt\.')
_STRINGS = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_ARRAY = re.compile(r"-?\d+")


@dataclass
class _Region:
    """A foreign operation with a region: where its properties belong in the output."""

    cls: type[ForeignOp] | None
    slot: int
    depth: int = 0


def has_foreign_parts(text: str) -> bool:
    """Whether printed IR has an operation or a type of Triton's dialects."""
    for match in _FOREIGN.finditer(text):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if '"' not in _STRINGS.sub("", before):  # else it is inside of a string
            return True
    return False


def restore(text: str, *, custom: bool, triton_functions: bool) -> str:
    """Rewrite printed IR.

    Args:
        text: a module as MLIR prints it, in its default or its generic form.
        custom: give foreign operations their custom assembly.
        triton_functions: print functions and their returns as ``tt.func`` and ``tt.return``.
    """
    return _Printer(text, custom, triton_functions).run()


_MEMO = Memo()


class _Printer:
    def __init__(self, text: str, custom: bool, triton_functions: bool) -> None:
        self.text = text
        self.custom = custom
        self.triton_functions = triton_functions
        self.cursor = Cursor(text)
        self.pieces: list[str] = []
        self.copied = 0
        self.regions: list[_Region] = []

    def run(self) -> str:
        text, pos = self.text, 0
        while True:
            match = (_SCAN_IN_REGION if self.regions else _SCAN).search(text, pos)
            if not match:
                break
            pos = match.end()
            token = match[0]
            if token == "{":
                self.regions[-1].depth += 1
            elif token == "}":
                pos = self.close_brace(pos)
            elif match["call"]:
                pos = self.quoted(match.start(), match["name"], pos - 1)
            elif token[0] == '"':
                continue
            elif self.triton_functions and self.custom:
                start = match.start("return") if match["return"] else match.start()
                self.replace(start, pos, "tt.return" if match["return"] else "tt.func")
        self.pieces.append(text[self.copied :])
        return "".join(self.pieces)

    def replace(self, start: int, end: int, text: str) -> None:
        self.pieces.append(self.text[self.copied : start])
        self.pieces.append(text)
        self.copied = end

    def quoted(self, start: int, name: str, pos: int) -> int:
        """An operation in generic form; ``pos`` is at the parenthesis after its name."""
        if name in ("func.func", "func.return") and self.triton_functions:
            self.replace(start, pos, f'"tt.{name.partition(".")[2]}"')
            return pos
        cls = operations().get(name)
        if not self.custom or cls is None or not (cls.format or cls.region_count):
            return pos
        cursor = self.cursor
        cursor.pos = pos
        if cls.region_count:
            cursor.bracketed()
            if not self.text.startswith(" ({", cursor.pos):
                return pos
            self.replace(cursor.pos, cursor.pos, "")
            self.regions.append(_Region(cls, len(self.pieces) - 1))
            return cursor.pos
        assert cls.format
        known = _MEMO.apply(self.text, pos, name, lambda line: _rewrite_line(cls, line))
        if known is None:
            try:
                op = self.read_generic(cls)
            except ParseError:  # a region where none belongs
                op = None
            if op is None:  # it breaks the rules of its class: leave it in generic form, as Triton does
                return pos
            known = cls.OPERATION_NAME + cls.format.print(op), cursor.pos
        self.replace(start, known[1], known[0])
        return known[1]

    def read_generic(self, cls: type[ForeignOp]) -> OpText | None:
        """The fields of the operation at the cursor, or ``None`` if it does not fit its class."""
        cursor = self.cursor
        cursor.expect("(")
        values = cursor.values()
        cursor.expect(")")
        attributes = cursor.attribute_dict() if cursor.at("{") else {}
        cursor.expect(":")
        types = cursor.type_list()
        cursor.expect("->")
        results = cursor.type_list()
        segments = attributes.pop(SEGMENTS, None) if cls.has_segments else None
        declared = (
            None if segments is None else [int(size) for size in _ARRAY.findall(segments.partition(":")[2])]
        )
        sizes = split_operands(cls, len(values), declared)
        if sizes is None or len(types) != len(values):
            return None
        op = OpText(attributes=attributes)
        taken = 0
        for made, size in zip(cls.operand_fields, sizes, strict=True):
            op.operands[made.name] = values[taken : taken + size]
            op.types[made.name] = types[taken : taken + size]
            taken += size
        if cls.result_fields and cls.result_fields[0].variadic:
            op.types[cls.result_fields[0].name] = results
        elif len(results) != len(cls.result_fields):
            return None
        else:
            for made, text in zip(cls.result_fields, results, strict=True):
                op.types[made.name] = [text]
        return op if self.expressible(cls, op) else None

    def expressible(self, cls: type[ForeignOp], op: OpText) -> bool:
        """Whether the custom form says all there is: required attributes, derivable types."""
        for attribute in cls.attribute_fields:
            if attribute.required and attribute.name not in op.attributes:
                return False
        for made in (*cls.operand_fields, *cls.result_fields):
            if made.name in cls.spelled_types or not made.derive or not op.types[made.name]:
                continue
            source, relation = made.derive
            given = op.types[source] if source else [""]
            if not given or any(text != relation(given[0]) for text in op.types[made.name]):
                return False
        return True

    def close_brace(self, pos: int) -> int:
        region = self.regions[-1]
        region.depth -= 1
        if region.depth:
            return pos
        cursor = self.cursor
        cursor.pos = pos
        if cursor.accept(","):
            return cursor.pos
        cursor.expect(")")
        self.regions.pop()
        end = cursor.pos
        if region.cls and cursor.at("{"):
            attributes = cursor.attribute_dict()
            names = {made.name for made in region.cls.attribute_fields}
            inherent = {name: text for name, text in attributes.items() if name in names}
            rest = {name: text for name, text in attributes.items() if name not in names}
            if inherent:
                self.pieces[region.slot] = " <" + _braces(inherent) + ">"
                self.replace(end, cursor.pos, " " + _braces(rest) if rest else "")
        return cursor.pos


def _rewrite_line(cls: type[ForeignOp], line: str) -> tuple[str, int] | None:
    """The custom form of an operation in generic form that stands on one line."""
    printer = _Printer(line, custom=True, triton_functions=False)
    assert cls.format
    try:
        op = printer.read_generic(cls)
    except ParseError:
        return None
    return (cls.OPERATION_NAME + cls.format.print(op), printer.cursor.pos) if op else None


def _braces(attributes: dict[str, str | None]) -> str:
    return (
        "{"
        + ", ".join(name if text is None else f"{name} = {text}" for name, text in attributes.items())
        + "}"
    )
