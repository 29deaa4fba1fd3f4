"""From Triton's assembly to text that MLIR's parser takes.

Only foreign operations are touched: ``tt.load %p : !tt.ptr<f32>`` becomes
``"tt.load"(%p) : (!tt.ptr<f32>) -> f32``, ``tt.func`` and ``tt.return`` become ``func.func``
and ``func.return``.  All else, trailing ``loc(...)`` included, is copied.  Every line keeps its
number, and ``Translation`` maps a place in the result back to the place in the source.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from smtir.asm.cursor import Cursor, offset_of, without_default_space
from smtir.asm.directives import OpText, type_list
from smtir.asm.fields import ValueField
from smtir.asm.memo import Memo
from smtir.asm.operation import SEGMENTS, ForeignOp, did_you_mean, find_operation
from smtir.errors import ParseError

RENAMED = {"tt.func": "func.func", "tt.return": "func.return"}
"""Operations that upstream's func dialect stands in for, so that its tools work on them."""

# The branches begin with plain characters: re then skips ahead without trying each position.
_SCAN = re.compile(
    r"//[^\n]*"
    r'|"(?:[^"\\\n]|\\.)*"(?=\()?'
    r"|t(?<![\w.$!#@%^\-]t)t\.(?P<tt>[\w.$]+)"
    r"|t(?<![\w.$!#@%^\-]t)le\.(?P<tle>[\w.$]+)"
    r"|x(?<![\w.$!#@%^\-]x)smt(?P<async>_async)?\.(?P<xsmt>[\w.$]+)"
)
_SCAN_IN_REGION = re.compile(_SCAN.pattern + r"|[{}]")
_AFTER_KEY = re.compile(r"\s*[=,}\])]")
_EQUALS = re.compile(r"\s*=")
_ALIAS = re.compile(r"^(![\w.$]+)\s*=\s*([^\n]+?)\s*$", re.MULTILINE)
_DEFINED = re.compile(r"(%[\w$.\-]+)(?::\d+)?(?:\s*=(?P<op>[^=\n][^\n]*)|:\s*(?P<type>i\d+))")
_LAST_TYPE = re.compile(r"\bto (i\d+)\b|: (i\d+)\b|-> (i\d+)\b")
_BLANKS = re.compile(r"!(?:tt|xsmt)\.[\w.]+<[^\n]*?(?:\s[,<>x]|[<,]\s\s|<\s)")
_FOREIGN_TYPE = re.compile(r"!(?:tt|xsmt)\.[\w.]+<")


@dataclass
class _Region:
    """A foreign operation in generic form whose region is being read."""

    op_name: str
    start: int
    properties: str
    depth: int = 0


@dataclass
class Translation:
    """The text for MLIR's parser, and where its pieces come from."""

    source: str
    source_name: str
    text: str = ""
    starts: list[int] = field(default_factory=list)
    """Where in ``text`` each changed piece begins, in order."""
    spans: list[tuple[int, int, int]] = field(default_factory=list)
    """For each changed piece: its end in ``text``, begin and end in ``source``."""

    def source_position(self, line: int, column: int) -> int:
        """The position in the source of a line and column (from 1) of the translated text."""
        position = offset_of(self.text, line, column)
        index = bisect_right(self.starts, position) - 1
        if index < 0:
            return min(position, len(self.source))
        end, source_start, source_end = self.spans[index]
        if position >= end:
            return min(source_end + position - end, len(self.source))
        # Inside a rewritten operation: look for the token that MLIR points at.
        token = re.compile(r"[%@!#]?[\w$.#\-]+").match(self.text, position)
        if token:
            found = re.compile(re.escape(token[0]) + r"(?![\w$.\-])").search(
                self.source, source_start, source_end
            )
            if found:
                return found.start()
        return source_start


def translate(source: str, source_name: str = "<string>") -> Translation:
    """Turn ``source`` into text for MLIR's parser.  Raises ``ParseError``."""
    return _Reader(source, source_name).run()


_MEMO = Memo()


class _Reader:
    def __init__(self, source: str, source_name: str) -> None:
        self.source = source
        self.cursor = Cursor(source, 0, source_name)
        self.translation = Translation(source, source_name)
        self.pieces: list[str] = []
        self.length = 0
        self.copied = 0
        self.regions: list[_Region] = []
        self.aliases: dict[str, str] = dict(_ALIAS.findall(source))
        self._definitions: dict[str, list[tuple[int, str]]] | None = None

    def run(self) -> Translation:
        source, pos = self.source, 0
        while True:
            match = (_SCAN_IN_REGION if self.regions else _SCAN).search(source, pos)
            if not match:
                break
            token, pos = match[0], match.end()
            first = token[0]
            if first in "tx":
                pos = self.bare_name(match.start(), token)
            elif first == '"':
                if source.startswith("(", pos):
                    pos = self.quoted_name(match.start(), token[1:-1], pos)
            elif first == "{":
                self.regions[-1].depth += 1
            elif first == "}":
                pos = self.close_brace(pos)
        if self.regions:
            region = self.regions[-1]
            raise self.cursor.error(f"a region of {region.op_name} is never closed", region.start)
        self.pieces.append(source[self.copied :])
        self.translation.text = "".join(self.pieces)
        return self.translation

    def replace(self, start: int, end: int, text: str) -> None:
        """Put ``text`` in place of ``source[start:end]``, with as many line breaks."""
        source = self.source
        breaks = source.count("\n", start, end) - text.count("\n")
        if breaks:
            text += "\n" * breaks
        self.pieces.append(source[self.copied : start])
        self.pieces.append(text)
        begin = self.length + start - self.copied
        self.length = begin + len(text)
        self.translation.starts.append(begin)
        self.translation.spans.append((self.length, start, end))
        self.copied = end

    def bare_name(self, start: int, name: str) -> int:
        """A foreign operation in custom form, or an attribute name."""
        end = start + len(name)
        cls = find_operation(name)
        if name in RENAMED or cls:
            if _EQUALS.match(self.source, end):
                return end
        elif _AFTER_KEY.match(self.source, end):
            return end
        if name in RENAMED:
            self.replace(start, end, RENAMED[name])
            return end
        if cls is None:
            raise self.cursor.error(f"unknown operation '{name}'", start, op=name, hint=did_you_mean(name))
        if cls.format is None:
            raise self.cursor.error(
                f"{name} has no custom assembly",
                start,
                op=name,
                hint=f'write it as "{name}"(...) ({{...}}) : ...',
            )
        if not self.aliases and not cls.looks_up_types:
            known = _MEMO.apply(self.source, end, cls.OPERATION_NAME, lambda line: _rewrite_line(cls, line))
            if known:
                self.replace(start, known[1], known[0])
                return known[1]
        cursor = self.cursor
        cursor.pos = end
        op = cls.format.parse(cursor)
        self.replace(start, cursor.pos, self.generic(cls, op, start))
        return cursor.pos

    def generic(self, cls: type[ForeignOp], op: OpText, start: int) -> str:
        """The generic form of an operation."""
        operands: list[str] = []
        types: list[str] = []
        sizes: list[int] = []
        for made in cls.operand_fields:
            values = op.operands.get(made.name, [])
            operands += values
            sizes.append(len(values))
            if values:
                types += self.types_of(cls, made, op, values, start)
        results = [text for made in cls.result_fields for text in self.types_of(cls, made, op, [], start)]
        if cls.has_segments:
            op.attributes[SEGMENTS] = f"array<i32: {', '.join(map(str, sizes))}>"
        head = f'"{cls.OPERATION_NAME}"({", ".join(operands)}){_dictionary(op.attributes)}'
        return f"{head} : ({', '.join(types)}) -> {type_list(results)}"

    def types_of(
        self, cls: type[ForeignOp], made: ValueField, op: OpText, values: list[str], start: int
    ) -> list[str]:
        """The types of one field: spelled, found at the definitions, or derived from another field."""
        found = op.types.get(made.name)
        if found is None:
            if made.from_definition:
                return [self.type_at_definition(value, start, made.from_definition) for value in values]
            if made.derive is None:
                raise self.cursor.error(f"the type of {made.name} is missing", start, op=cls.OPERATION_NAME)
            source, relation = made.derive
            given = op.types[source][0] if source else ""
            text = relation(self.aliases.get(given, given))
            if text is None:
                raise self.cursor.error(
                    f"cannot tell the type of {made.name} from {given}, the type of {source}",
                    start,
                    op=cls.OPERATION_NAME,
                )
            return [text] * max(len(values), 1)
        if values and len(found) != len(values):
            raise self.cursor.error(
                f"{made.name} has {len(values)} values and {len(found)} types", start, op=cls.OPERATION_NAME
            )
        return found

    def type_at_definition(self, value: str, start: int, usual: str) -> str:
        """The integer type of ``value``, from the line that defines it; ``usual`` if that is not plain."""
        if self._definitions is None:
            self._definitions = {}
            for match in _DEFINED.finditer(self.source):
                name, text = match[1], match["type"]
                if text is None:
                    body = match["op"].split(" loc(")[0]
                    types = _LAST_TYPE.findall(body)
                    text = next((one for one in types[-1] if one), "") if types else ""
                if text:
                    self._definitions.setdefault(name, []).append((match.start(), text))
        best = usual
        for at, text in self._definitions.get(value.partition("#")[0], ()):
            if at >= start:
                break
            best = text
        return best

    def quoted_name(self, start: int, name: str, end: int) -> int:
        """``"tt.reduce"(...)``: sink properties into the attributes, look for its regions."""
        if "\\" in name and self.at_operation(start):
            # A name that is no UTF-8 aborts the process when the bindings read it.
            raise self.cursor.error("the name of an operation must not have escapes", start)
        if name in RENAMED:
            self.replace(start, end, f'"{RENAMED[name]}"')
            return end
        if not name.startswith(("tt.", "xsmt.", "xsmt_async.", "tle.")):
            return end
        cls = find_operation(name)
        if cls and name != cls.OPERATION_NAME:
            self.replace(start, end, f'"{cls.OPERATION_NAME}"')
        cursor = self.cursor
        cursor.pos = end
        cursor.bracketed()
        operands_end = cursor.pos
        properties = ""
        if cursor.accept("<{"):
            cursor.pos -= 1
            properties = cursor.bracketed()[1:-1].strip()
            cursor.expect(">")
            self.replace(operands_end, cursor.pos, "")
            if not cursor.at("("):
                self.sink(properties)
                return cursor.pos
        if cursor.accept("("):
            if not cursor.at("{"):
                return cursor.pos
            self.regions.append(_Region(name, start, properties))
        return cursor.pos

    def at_operation(self, pos: int) -> bool:
        """Whether a string at ``pos`` is an operation's name; names of locations look the same."""
        before = self.source[self.source.rfind("\n", 0, pos) + 1 : pos].rstrip()
        return not before or before[-1] in "={}"

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
        if region.properties:
            self.sink(region.properties)
        return cursor.pos

    def sink(self, properties: str) -> None:
        """Write ``properties`` into the attribute dictionary at the cursor, or make one."""
        cursor = self.cursor
        if cursor.at("{"):
            cursor.skip_space()
            start = cursor.pos
            inner = cursor.bracketed()[1:-1].strip()
            self.replace(start, cursor.pos, "{" + properties + (", " + inner if inner else "") + "}")
        else:
            self.replace(cursor.pos, cursor.pos, " {" + properties + "}")


def _rewrite_line(cls: type[ForeignOp], line: str) -> tuple[str, int] | None:
    """The generic form of an operation that stands on one line; ``None`` if it does not parse."""
    reader = _Reader(line, "")
    assert cls.format
    try:
        op = cls.format.parse(reader.cursor)
        return reader.generic(cls, op, 0), reader.cursor.pos
    except ParseError:
        return None  # the long way finds it again, with the right position


def _dictionary(attributes: Mapping[str, str | None]) -> str:
    if not attributes:
        return ""
    shown = [
        name if text is None or text == "unit" else f"{name} = {text}" for name, text in attributes.items()
    ]
    return " {" + ", ".join(shown) + "}"


def canonical_types(source: str) -> str:
    """Spell ``!tt`` and ``!xsmt`` types as Triton prints them, since MLIR compares them as text.

    They have no extra blanks, and the address space of a pointer is left out where it is 1.
    """
    return without_default_space(_canonical_blanks(source))


def _canonical_blanks(source: str) -> str:
    if not _BLANKS.search(source):
        return source
    pieces, copied = [], 0
    cursor = Cursor(source)
    for match in _FOREIGN_TYPE.finditer(source):
        if match.start() < copied:
            continue
        cursor.pos = match.end() - 1
        inner = cursor.bracketed()
        if '"' in inner or "\n" in inner:
            continue
        inner = re.sub(r"\s*,\s*", ", ", re.sub(r"\s*([<>x])\s*(?=\S)", _tight, inner))
        pieces += [source[copied : match.end() - 1], inner]
        copied = cursor.pos
    return "".join([*pieces, source[copied:]])


def _tight(match: re.Match[str]) -> str:
    return match[1]
