"""The directives of assembly formats: each class reads and prints one construct.

``parse`` takes the construct from the cursor into an ``OpText``; ``print`` is its inverse and
hands pieces to a ``Spacer``, which puts blanks where MLIR's own printer would.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from smtir.asm.attributes import Unit
from smtir.asm.cursor import Cursor
from smtir.asm.fields import AttributeField, ValueField


@dataclass(slots=True)
class OpText:
    """One operation as text: what a format reads into and prints from.

    ``attributes`` has the generic text of each attribute, ``None`` for a unit attribute.
    """

    operands: dict[str, list[str]] = field(default_factory=dict)
    types: dict[str, list[str]] = field(default_factory=dict)
    attributes: dict[str, str | None] = field(default_factory=dict)


class Spacer:
    """Output pieces with the blanks that MLIR's format printer puts between them."""

    __slots__ = ("_after_opening", "_after_punctuation", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._after_opening = False
        self._after_punctuation = False

    def literal(self, text: str) -> None:
        if not self._after_opening:
            if len(text) != 1:
                space = True
            elif self._after_punctuation:
                space = text not in ">)}],"
            else:
                space = text not in "<>(){}[],"
            if space:
                self.pieces.append(" ")
        self.pieces.append(text)
        self._after_opening = text in "<({["
        self._after_punctuation = not (text[0].isalpha() or text[0] == "_")

    def element(self, text: str) -> None:
        self.pieces.append(text if self._after_opening else " " + text)
        self._after_opening = self._after_punctuation = False


class Directive(ABC):
    """One construct of a format."""

    @abstractmethod
    def parse(self, cursor: Cursor, op: OpText) -> None:
        """Take the construct from ``cursor``.  Raises ``ParseError``."""

    @abstractmethod
    def print(self, op: OpText, out: Spacer) -> None:
        """Print the construct."""

    def starts(self, cursor: Cursor) -> bool:
        """Whether the construct is next; asked of the first directive of an optional group."""
        raise NotImplementedError

    def present(self, op: OpText) -> bool:
        """Whether there is something to print; asked of the anchor of an optional group."""
        raise NotImplementedError


class Literal(Directive):
    """Punctuation or a keyword."""

    def __init__(self, text: str) -> None:
        self.text = text

    def parse(self, cursor: Cursor, op: OpText) -> None:
        cursor.expect(self.text)

    def print(self, op: OpText, out: Spacer) -> None:
        out.literal(self.text)

    def starts(self, cursor: Cursor) -> bool:
        return cursor.at(self.text)


class OperandRef(Directive):
    """``$ptr``: the SSA values of one operand field, or of several with ``operands``."""

    def __init__(self, operand: ValueField) -> None:
        self.name = operand.name
        self.variadic = operand.variadic

    def parse(self, cursor: Cursor, op: OpText) -> None:
        op.operands[self.name] = cursor.values() if self.variadic else [cursor.value()]

    def print(self, op: OpText, out: Spacer) -> None:
        values = op.operands.get(self.name)
        if values:
            out.element(", ".join(values))

    def starts(self, cursor: Cursor) -> bool:
        return cursor.at_value()

    def present(self, op: OpText) -> bool:
        return bool(op.operands.get(self.name))


class AttributeRef(Directive):
    """``$axis``: an attribute in the custom form of its kind."""

    def __init__(self, attribute: AttributeField) -> None:
        self.name = attribute.name
        self.kind = attribute.kind
        self.default = None if attribute.default is None else attribute.kind.text_of(attribute.default)

    def parse(self, cursor: Cursor, op: OpText) -> None:
        op.attributes[self.name] = None if isinstance(self.kind, Unit) else self.kind.parse(cursor)

    def print(self, op: OpText, out: Spacer) -> None:
        text = op.attributes.get(self.name, self.default)
        if text is not None:
            out.element(self.kind.show(text))

    def starts(self, cursor: Cursor) -> bool:
        return not cursor.at(":") and not cursor.at("{")

    def present(self, op: OpText) -> bool:
        return self.name in op.attributes and op.attributes[self.name] != self.default


class TypeOf(Directive):
    """``type($ptr)``: the types of one field; the known prefix is left out unless ``qualified``."""

    def __init__(self, value: ValueField, *, qualified: bool) -> None:
        self.name = value.name
        self.variadic = value.variadic
        self.prefix = value.constraint.prefix
        self.qualified = qualified

    def parse(self, cursor: Cursor, op: OpText) -> None:
        if self.variadic:
            op.types[self.name] = cursor.types()
        else:
            op.types[self.name] = [cursor.type_or_stripped(self.prefix) if self.prefix else cursor.type()]

    def print(self, op: OpText, out: Spacer) -> None:
        types = op.types.get(self.name)
        if not types:
            return
        prefix = self.prefix
        if prefix and not self.qualified:
            types = [text[len(prefix) :] if text.startswith(prefix + "<") else text for text in types]
        out.element(", ".join(types))

    def present(self, op: OpText) -> bool:
        return bool(op.types.get(self.name))


class AttributeDict(Directive):
    """``attr-dict``: every attribute that the format does not name and that is not its default."""

    def __init__(self, elsewhere: frozenset[str], defaults: dict[str, str]) -> None:
        self.elsewhere = elsewhere
        self.defaults = defaults

    def parse(self, cursor: Cursor, op: OpText) -> None:
        if cursor.at("{"):
            cursor.skip_space()
            at = cursor.pos
            found = cursor.attribute_dict()
            for name in found.keys() & op.attributes.keys():
                raise cursor.error(f"attribute '{name}' is given twice", at)
            op.attributes.update(found)

    def print(self, op: OpText, out: Spacer) -> None:
        shown = []
        for name, text in op.attributes.items():
            if name not in self.elsewhere and (name not in self.defaults or self.defaults[name] != text):
                shown.append(name if text is None else f"{name} = {text}")
        if shown:
            out.element("{" + ", ".join(shown) + "}")


class FunctionalType(Directive):
    """``functional-type(operands, results)``: ``(a, b) -> c``, in the order of the fields."""

    def __init__(self, operands: Sequence[ValueField], results: Sequence[ValueField]) -> None:
        self.operands = operands
        self.results = results

    def parse(self, cursor: Cursor, op: OpText) -> None:
        cursor.skip_space()
        at = cursor.pos
        found = cursor.type_list()
        taken = 0
        for operand in self.operands:
            count = len(op.operands.get(operand.name, ()))
            op.types[operand.name] = found[taken : taken + count]
            taken += count
        if taken != len(found):
            raise cursor.error(f"expected types of {taken} operands, got {len(found)}", at)
        cursor.expect("->")
        cursor.skip_space()
        at = cursor.pos
        found = cursor.type_list()
        if self.results and self.results[0].variadic:
            op.types[self.results[0].name] = found
            return
        if len(found) != len(self.results):
            raise cursor.error(f"expected types of {len(self.results)} results, got {len(found)}", at)
        for result, text in zip(self.results, found, strict=True):
            op.types[result.name] = [text]

    def print(self, op: OpText, out: Spacer) -> None:
        operands = [text for operand in self.operands for text in op.types.get(operand.name, ())]
        results = [text for result in self.results for text in op.types.get(result.name, ())]
        out.element(f"({', '.join(operands)}) -> {type_list(results)}")


class OptionalGroup(Directive):
    """``(`,` $mask^)?``: read if its first directive is next, printed if its anchor is there."""

    def __init__(self, elements: Sequence[Directive], anchor: Directive) -> None:
        self.elements = elements
        self.anchor = anchor

    def parse(self, cursor: Cursor, op: OpText) -> None:
        if self.elements[0].starts(cursor):
            for directive in self.elements:
                directive.parse(cursor, op)

    def print(self, op: OpText, out: Spacer) -> None:
        if self.anchor.present(op):
            for directive in self.elements:
                directive.print(op, out)


class AnyOrder(Directive):
    """``oilist(`a` `=` $a | `b` `=` $b)``: clauses in any order, each at most once."""

    def __init__(self, clauses: Sequence[Sequence[Directive]]) -> None:
        self.clauses = clauses

    def parse(self, cursor: Cursor, op: OpText) -> None:
        left = list(self.clauses)
        while True:
            for clause in left:
                if clause[0].starts(cursor):
                    for directive in clause:
                        directive.parse(cursor, op)
                    left.remove(clause)
                    break
            else:
                return

    def print(self, op: OpText, out: Spacer) -> None:
        for clause in self.clauses:
            if clause[-1].present(op):
                for directive in clause:
                    directive.print(op, out)


def type_list(types: Sequence[str]) -> str:
    """Result types as MLIR writes them: bare if there is exactly one (and it is no function)."""
    if len(types) == 1 and not types[0].startswith("("):
        return types[0]
    return f"({', '.join(types)})"
