"""Assembly format strings: from text to directives, checked against the operation's fields.

The syntax is that of ``assemblyFormat`` in MLIR's ODS, as far as Triton's dialects use it::

    $ptr (`,` $mask^)? oilist(`cacheModifier` `=` $cache) attr-dict `:` type($ptr)

A format is compiled when the class of its operation is defined; ``FormatError`` says what is
wrong with it: an unknown field, a field that is never read, a type that nothing tells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from smtir.asm.cursor import Cursor
from smtir.asm.directives import (
    AnyOrder,
    AttributeDict,
    AttributeRef,
    Directive,
    FunctionalType,
    Literal,
    OperandRef,
    OpText,
    OptionalGroup,
    Spacer,
    TypeOf,
)
from smtir.asm.fields import Attribute, Field, OptionalAttribute, ValueField

_TOKEN = re.compile(
    r"\s*(?:`(?P<literal>[^`\s]+)`|\$(?P<field>\w+)|(?P<word>[a-z]+(?:-[a-z]+)*)|(?P<mark>\)\?|[(),|^]))"
)


class FormatError(Exception):
    """A format string that does not fit its operation: a mistake in smtir, not in the input."""


class Format:
    """The compiled format of one operation."""

    def __init__(self, op_name: str, text: str, fields: Mapping[str, Field]) -> None:
        self.op_name = op_name
        compiler = _Compiler(op_name, text, fields)
        self.directives: tuple[Directive, ...] = compiler.compile()
        self.spelled_types = frozenset(compiler.typed)

    def parse(self, cursor: Cursor) -> OpText:
        """Read everything after the operation's name.  Raises ``ParseError``."""
        op = OpText()
        for directive in self.directives:
            directive.parse(cursor, op)
        return op

    def print(self, op: OpText) -> str:
        """Everything after the operation's name, the blank before it included."""
        out = Spacer()
        for directive in self.directives:
            directive.print(op, out)
        return "".join(out.pieces)


class _Compiler:
    def __init__(self, op_name: str, text: str, fields: Mapping[str, Field]) -> None:
        self.op_name = op_name
        self.text = text
        self.fields = fields
        self.tokens: list[tuple[str, str]] = []
        pos = 0
        while text[pos:].strip():
            match = _TOKEN.match(text, pos)
            if not match:
                raise self.error(f"cannot read {text[pos:].strip()!r}")
            assert match.lastgroup
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            pos = match.end()
        self.next = 0
        self.refs: set[str] = set()
        self.typed: set[str] = set()
        self.has_dict = False
        self.pending_dict: list[AttributeDict] = []

    def error(self, message: str) -> FormatError:
        return FormatError(f"format of {self.op_name}: {message}")

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.next] if self.next < len(self.tokens) else ("end", "end of format")

    def take(self, kind: str = "", value: str = "") -> str:
        found_kind, found = self.peek()
        if (kind and found_kind != kind) or (value and found != value):
            raise self.error(f"expected {value or kind}, got {found!r}")
        self.next += 1
        return found

    def compile(self) -> tuple[Directive, ...]:
        directives: list[Directive] = []
        while self.peek()[0] != "end":
            directive, anchored = self.directive()
            if anchored:
                raise self.error("^ outside of an optional group")
            directives.append(directive)
        self.check_complete()
        elsewhere = frozenset(self.refs | {"operandSegmentSizes"})
        defaults = {
            name: made.kind.text_of(made.default)
            for name, made in self.fields.items()
            if isinstance(made, Attribute) and made.default is not None
        }
        for attribute_dict in self.pending_dict:
            attribute_dict.elsewhere = elsewhere
            attribute_dict.defaults = defaults
        return tuple(directives)

    def check_complete(self) -> None:
        for name, made in self.fields.items():
            if isinstance(made, ValueField):
                if not made.is_result and name not in self.refs:
                    raise self.error(f"the operand {name} is never read")
                if name not in self.typed and made.derive is None and not made.from_definition:
                    raise self.error(f"nothing tells the type of {name}")
            elif name not in self.refs and not self.has_dict:
                raise self.error(f"the attribute {name} is never read")
        if not self.has_dict:
            raise self.error("attr-dict is missing")

    def field(self, name: str) -> Field:
        if name not in self.fields:
            raise self.error(f"there is no field {name}")
        return self.fields[name]

    def value_field(self, name: str) -> ValueField:
        found = self.field(name)
        if not isinstance(found, ValueField):
            raise self.error(f"{name} is an attribute and has no type")
        return found

    def directive(self) -> tuple[Directive, bool]:
        """One directive, and whether it carries the anchor mark ``^``."""
        kind, token = self.peek()
        made: Directive
        if kind == "literal":
            self.next += 1
            made = Literal(token)
        elif kind == "field":
            self.next += 1
            made = self.reference(token)
        elif (kind, token) == ("mark", "("):
            made = self.group()
        elif token == "attr-dict":
            self.next += 1
            self.has_dict = True
            made = AttributeDict(frozenset(), {})
            self.pending_dict.append(made)
        elif token == "type":
            made = self.type_of(qualified=False)
        elif token == "qualified":
            self.next += 1
            self.take("mark", "(")
            made = self.type_of(qualified=True)
            self.take("mark", ")")
        elif token == "functional-type":
            made = self.functional_type()
        elif token == "oilist":
            made = self.any_order()
        else:
            raise self.error(f"unknown directive {token!r}")
        anchored = self.peek() == ("mark", "^")
        if anchored:
            self.next += 1
        return made, anchored

    def reference(self, name: str) -> Directive:
        found = self.field(name)
        if name in self.refs:
            raise self.error(f"{name} is read twice")
        self.refs.add(name)
        if isinstance(found, Attribute | OptionalAttribute):
            return AttributeRef(found)
        if not isinstance(found, ValueField) or found.is_result:
            raise self.error(f"{name} is a result, only its type can be read")
        return OperandRef(found)

    def type_of(self, *, qualified: bool) -> Directive:
        self.take("word", "type")
        self.take("mark", "(")
        found = self.value_field(self.take("field"))
        self.take("mark", ")")
        self.typed.add(found.name)
        return TypeOf(found, qualified=qualified)

    def group(self) -> Directive:
        self.take("mark", "(")
        elements: list[Directive] = []
        anchor: Directive | None = None
        while self.peek()[1] != ")?":
            directive, anchored = self.directive()
            elements.append(directive)
            if anchored:
                anchor = directive
        self.take("mark", ")?")
        if anchor is None:
            raise self.error("an optional group needs an anchor ^")
        if type(elements[0]).starts is Directive.starts or type(anchor).present is Directive.present:
            raise self.error("an optional group must begin with a literal or a field")
        return OptionalGroup(elements, anchor)

    def any_order(self) -> Directive:
        self.take("word", "oilist")
        self.take("mark", "(")
        clauses: list[list[Directive]] = [[]]
        while self.peek()[1] != ")":
            if self.peek() == ("mark", "|"):
                self.next += 1
                clauses.append([])
            else:
                clauses[-1].append(self.directive()[0])
        self.take("mark", ")")
        for clause in clauses:
            if not clause or not isinstance(clause[0], Literal) or not isinstance(clause[-1], AttributeRef):
                raise self.error("each clause of oilist is a keyword, then an attribute")
        return AnyOrder(clauses)

    def functional_type(self) -> Directive:
        self.take("word", "functional-type")
        self.take("mark", "(")
        operands = self.value_fields(results=False)
        self.take("mark", ",")
        results = self.value_fields(results=True)
        self.take("mark", ")")
        self.typed.update(found.name for found in (*operands, *results))
        return FunctionalType(operands, results)

    def value_fields(self, *, results: bool) -> list[ValueField]:
        """``operands`` or ``results`` (all of them), or one named field."""
        if self.peek() == ("word", "results" if results else "operands"):
            self.next += 1
            return [
                found
                for found in self.fields.values()
                if isinstance(found, ValueField) and found.is_result == results
            ]
        return [self.value_field(self.take("field"))]
