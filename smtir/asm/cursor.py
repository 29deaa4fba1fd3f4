"""A position in IR text, and the tokens of MLIR's syntax that custom assembly is made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from smtir.errors import ParseError, SourceLocation

# A comment ends at a line break, so that no match backtracks into it.
SPACE = re.compile(r"\s*(?://[^\n]*(?:\n\s*|\Z))*")
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_NAME = re.compile(r"%[\w$.\-]+(?:#\d+)?")
_VALUE = re.compile(SPACE.pattern + r"(%(?:\d+|[A-Za-z_$.\-][\w$.\-]*)(?:#\d+)?)")
_VALUES = re.compile(_VALUE.pattern + r"(?:\s*,\s*%(?:\d+|[A-Za-z_$.\-][\w$.\-]*)(?:#\d+)?)*")
_WORD = re.compile(r"[A-Za-z_][\w$.]*")
_SYMBOL = re.compile(r'@(?:[A-Za-z_][\w$.\-]*|"(?:[^"\\\n]|\\.)*")')
_INTEGER = re.compile(r"-?(?:0x[0-9A-Fa-f]+|\d+)")
_PLAIN = r'[^<>"()\-]*'
# Up to three levels of <>, without strings, arrows and parentheses: nearly every type there is.
_TYPE = re.compile(
    SPACE.pattern
    + rf"(!?[A-Za-z_][\w$.]*(?:<{_PLAIN}(?:<{_PLAIN}(?:<{_PLAIN}>{_PLAIN})*>{_PLAIN})*>)?)(?![\w.$<])"
)
_TYPE_NAME = re.compile(r"!?[A-Za-z_][\w$.]*")
_STRIPPED = re.compile(SPACE.pattern + rf"(<{_PLAIN}(?:<{_PLAIN}(?:<{_PLAIN}>{_PLAIN})*>{_PLAIN})*>)")
_INSIDE = r"[^<>\n]*"
_DEFAULT_SPACE = re.compile(
    rf"(!tt\.ptr<{_INSIDE}(?:<{_INSIDE}(?:<{_INSIDE}>{_INSIDE})*>{_INSIDE})*?),\s*1\s*>"
)
_BRACKETS = re.compile(r'["<>(){}\[\]]|->|//')
_CLOSING = {"<": ">", "(": ")", "{": "}", "[": "]"}
_KEY = re.compile(r'[A-Za-z_][\w$.\-]*|"(?:[^"\\\n]|\\.)*"')
_ATTRIBUTE_END = re.compile(r'[,}\])<({["]|//')
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"?|[%@#!^]?[\w$.\-]+|->|.')


@lru_cache(256)
def _literal(text: str) -> re.Pattern[str]:
    """``text`` after blanks and comments; a word ends where the text ends."""
    return re.compile(SPACE.pattern + re.escape(text) + (r"(?![\w$.])" if text[-1].isalnum() else ""))


def without_default_space(text: str) -> str:
    """``text`` with ``!tt.ptr<f32>`` for ``!tt.ptr<f32, 1>``, which is the same type."""
    changed = 1
    while changed:  # a pointer to pointers has one inside of another
        text, changed = _DEFAULT_SPACE.subn(r"\1>", text)
    return text


class Cursor:
    """A reading position in ``text``; each method takes one token, or raises ``ParseError``."""

    __slots__ = ("pos", "source_name", "text")

    def __init__(self, text: str, pos: int = 0, source_name: str = "<string>") -> None:
        self.text = text
        self.pos = pos
        self.source_name = source_name

    def error(self, message: str, pos: int | None = None, *, op: str = "", hint: str = "") -> ParseError:
        """An error at ``pos`` (default: the next token) that shows the line and a caret."""
        if pos is None:
            self.skip_space()
            pos = self.pos if self.pos < len(self.text) else len(self.text.rstrip())
        return error_at(self.text, pos, message, source_name=self.source_name, op=op, hint=hint)

    def skip_space(self) -> None:
        match = SPACE.match(self.text, self.pos)
        assert match
        self.pos = match.end()

    def _found(self) -> str:
        """The next token in words, for "expected .., got ..": never empty."""
        self.skip_space()
        if self.pos >= len(self.text):
            return "the end of the text"
        match = _TOKEN.match(self.text, self.pos)
        return f"'{match[0]}'" if match else "a line break"

    def accept(self, literal: str) -> bool:
        """Take ``literal`` if it is next; a word must end where the literal ends."""
        match = _literal(literal).match(self.text, self.pos)
        if match:
            self.pos = match.end()
        return match is not None

    def at(self, literal: str) -> bool:
        """Whether ``literal`` is next."""
        pos = self.pos
        found = self.accept(literal)
        self.pos = pos
        return found

    def expect(self, literal: str) -> None:
        if not self.accept(literal):
            raise self.error(f"expected '{literal}', got {self._found()}")

    def _take(self, pattern: re.Pattern[str], what: str) -> str:
        self.skip_space()
        match = pattern.match(self.text, self.pos)
        if not match:
            raise self.error(f"expected {what}, got {self._found()}")
        self.pos = match.end()
        return match[0]

    def at_value(self) -> bool:
        """Whether an SSA value is next."""
        self.skip_space()
        return self.text.startswith("%", self.pos)

    def value(self) -> str:
        """An SSA value: ``%x``, ``%0#1``."""
        match = _VALUE.match(self.text, self.pos)
        if not match:
            raise self.error(f"expected an SSA value, got {self._found()}")
        self.pos = match.end()
        return match[1]

    def values(self) -> list[str]:
        """SSA values separated by commas, possibly none."""
        match = _VALUES.match(self.text, self.pos)
        if not match:
            self.skip_space()
            return []
        self.pos = match.end()
        found = _NAME.findall(self.text, match.start(1), match.end())
        while self.accept(","):  # after a comment
            found.append(self.value())
        return found

    def word(self, what: str = "a keyword") -> str:
        return self._take(_WORD, what)

    def symbol(self) -> str:
        return self._take(_SYMBOL, "a symbol such as @name")

    def string(self) -> str:
        """A string with its quotes."""
        return self._take(STRING, "a string")

    def integer(self) -> str:
        return self._take(_INTEGER, "an integer")

    def type(self) -> str:
        """A type in any dialect; blanks and comments inside are kept as they are."""
        match = _TYPE.match(self.text, self.pos)
        if match:
            self.pos = match.end()
            return match[1]
        self.skip_space()
        start = self.pos
        if self.text.startswith("(", start):
            self._balanced()
            self.expect("->")
            self.type()
        else:
            name = _TYPE_NAME.match(self.text, start)
            if not name:
                raise self.error(f"expected a type, got {self._found()}")
            self.pos = name.end()
            if self.text.startswith("<", self.pos):
                self._balanced()
        return self.text[start : self.pos]

    def type_or_stripped(self, prefix: str) -> str:
        """A type whose ``prefix`` (``!tt.ptr``) may be left out: ``<f32>`` is ``!tt.ptr<f32>``."""
        match = _STRIPPED.match(self.text, self.pos)
        if match:
            self.pos = match.end()
            return without_default_space(prefix + match[1])
        if self.at("<"):
            self.skip_space()
            start = self.pos
            self._balanced()
            return without_default_space(prefix + self.text[start : self.pos])
        return self.type()

    def types(self) -> list[str]:
        """One or more types separated by commas."""
        found = [self.type()]
        while self.accept(","):
            found.append(self.type())
        return found

    def type_list(self) -> list[str]:
        """Types in parentheses, or one bare type: either side of a function type."""
        if not self.accept("("):
            return [self.type()]
        if self.accept(")"):
            return []
        found = self.types()
        self.expect(")")
        return found

    def _balanced(self) -> None:
        """Move over one bracketed group; strings, comments and arrows do not count."""
        start = self.pos
        stack: list[int] = []
        while True:
            match = _BRACKETS.search(self.text, self.pos)
            if not match:
                raise self.error(f"'{self.text[start]}' is never closed", start)
            token, self.pos = match[0], match.end()
            if token == "//":
                self.pos = self._line_end()
            elif token == '"':
                string = STRING.match(self.text, match.start())
                if not string:
                    raise self.error("this string is never closed", match.start())
                self.pos = string.end()
            elif token in _CLOSING:
                stack.append(match.start())
            elif token != "->":
                opening = stack.pop()
                if _CLOSING[self.text[opening]] != token:
                    raise self.error(f"'{self.text[opening]}' is never closed", opening)
                if not stack:
                    return

    def _line_end(self) -> int:
        end = self.text.find("\n", self.pos)
        return len(self.text) if end < 0 else end

    def bracketed(self) -> str:
        """One group in brackets, brackets included."""
        self.skip_space()
        start = self.pos
        self._balanced()
        return self.text[start : self.pos]

    def attribute(self) -> str:
        """An attribute of any kind up to the ``,`` ``}`` ``]`` or ``)`` that ends it."""
        self.skip_space()
        start = self.pos
        while True:
            match = _ATTRIBUTE_END.search(self.text, self.pos)
            if not match:
                raise self.error("this attribute never ends", start)
            token, at = match[0], match.start()
            if token in "<({[":
                self.pos = at
                self._balanced()
            elif token == '"':
                self.pos = at
                self._take(STRING, "a string")
            elif token == "//":
                self.pos = at
                self.pos = self._line_end()
            else:
                self.pos = at
                found = self.text[start:at].strip()
                if not found:
                    raise self.error(f"expected an attribute, got {self._found()}")
                return found

    def attribute_dict(self) -> dict[str, str | None]:
        """``{a = 1, b}`` as text; the value of a unit attribute is ``None``."""
        self.expect("{")
        found: dict[str, str | None] = {}
        if self.accept("}"):
            return found
        while True:
            self.skip_space()
            at = self.pos
            key = self._take(_KEY, "an attribute name")
            if key in found:
                raise self.error(f"attribute '{key}' is given twice", at)
            found[key] = self.attribute() if self.accept("=") else None
            if self.accept("}"):
                return found
            if not self.accept(","):
                raise self.error(f"expected ',' or '}}' after attribute '{key}', got {self._found()}")

    def separated(self, item: Callable[[], str], closing: str) -> list[str]:
        """Items separated by commas up to ``closing``, which is taken; possibly none."""
        if self.accept(closing):
            return []
        found = [item()]
        while self.accept(","):
            found.append(item())
        self.expect(closing)
        return found


def line_and_column(text: str, pos: int) -> tuple[int, int]:
    """Line and column of ``pos``, both from 1."""
    start = text.rfind("\n", 0, pos) + 1
    return text.count("\n", 0, pos) + 1, pos - start + 1


def offset_of(text: str, line: int, column: int) -> int:
    """The position of a line and column that count from 1, clamped to the text."""
    start = 0
    for _ in range(line - 1):
        end = text.find("\n", start)
        if end < 0:
            return len(text)
        start = end + 1
    return min(start + column - 1, len(text))


def error_at(
    text: str, pos: int, message: str, *, source_name: str, op: str = "", hint: str = ""
) -> ParseError:
    """A ``ParseError`` at ``pos`` whose message shows the line and a caret under the place."""
    line, column = line_and_column(text, pos)
    start = pos - column + 1
    end = text.find("\n", start)
    shown = text[start : len(text) if end < 0 else end].replace("\t", " ")
    return ParseError(
        f"{message}\n{shown}\n{' ' * (column - 1)}^",
        location=SourceLocation(source_name, line, column),
        op=op,
        hint=hint,
    )
