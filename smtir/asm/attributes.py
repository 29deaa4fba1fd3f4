"""Kinds of attributes: the Python value, MLIR's attribute, and the text between them.

Each kind knows both assembly forms.  ``parse`` reads what stands at ``$name`` in a custom format
and gives the generic text (``ca`` gives ``2 : i32``); ``show`` is its inverse.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from smtir.asm.cursor import Cursor
from smtir.mlir import ir

T = TypeVar("T")
_NUMBER = re.compile(r"-?\d+")


class AttributeKind(ABC, Generic[T]):
    """What an attribute field holds; ``what`` names it in messages."""

    what: str

    @abstractmethod
    def parse(self, cursor: Cursor) -> str:
        """Read the custom form, return the generic text."""

    @abstractmethod
    def show(self, text: str) -> str:
        """The custom form of generic ``text``."""

    @abstractmethod
    def get(self, attribute: ir.Attribute) -> T:
        """The Python value.  Raises ``ValueError`` if ``attribute`` is of another kind."""

    def check(self, attribute: ir.Attribute) -> None:
        """Raise ``ValueError`` unless ``attribute`` is of this kind, its type included."""
        self.get(attribute)

    @abstractmethod
    def make(self, value: T) -> ir.Attribute:
        """The attribute for a Python value, in the current context."""

    @abstractmethod
    def text_of(self, value: T) -> str:
        """The generic text of a Python value, as the MLIR printer writes it."""


class Int(AttributeKind[int]):
    """A signless integer of ``width`` bits: ``3 : i32``; in custom assembly ``3``."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.what = f"an i{width} integer"

    def parse(self, cursor: Cursor) -> str:
        return f"{cursor.integer()} : i{self.width}"

    def show(self, text: str) -> str:
        return text.partition(" ")[0]

    def get(self, attribute: ir.Attribute) -> int:
        return int(ir.IntegerAttr(attribute).value)

    def check(self, attribute: ir.Attribute) -> None:
        _check_width(ir.IntegerAttr(attribute), self.width)

    def make(self, value: int) -> ir.Attribute:
        return ir.IntegerAttr.get(ir.IntegerType.get_signless(self.width), value)

    def text_of(self, value: int) -> str:
        return f"{value} : i{self.width}"


class Bool(AttributeKind[bool]):
    """``true`` or ``false``."""

    what = "true or false"

    def parse(self, cursor: Cursor) -> str:
        word = cursor.word("true or false")
        if word not in ("true", "false"):
            raise cursor.error(f"expected true or false, got '{word}'", cursor.pos - len(word))
        return word

    def show(self, text: str) -> str:
        return text

    def get(self, attribute: ir.Attribute) -> bool:
        return bool(ir.BoolAttr(attribute).value)

    def make(self, value: bool) -> ir.Attribute:
        return ir.BoolAttr.get(value)

    def text_of(self, value: bool) -> str:
        return "true" if value else "false"


class Unit(AttributeKind[bool]):
    """Present or not; the value of an absent one is ``False``."""

    what = "a unit attribute"

    def parse(self, cursor: Cursor) -> str:
        return "unit"

    def show(self, text: str) -> str:
        return ""

    def get(self, attribute: ir.Attribute) -> bool:
        ir.UnitAttr(attribute)
        return True

    def make(self, value: bool) -> ir.Attribute:
        return ir.UnitAttr.get()

    def text_of(self, value: bool) -> str:
        return "unit"


class Str(AttributeKind[str]):
    """A string."""

    what = "a string"

    def parse(self, cursor: Cursor) -> str:
        return cursor.string()

    def show(self, text: str) -> str:
        return text

    def get(self, attribute: ir.Attribute) -> str:
        return str(ir.StringAttr(attribute).value)

    def make(self, value: str) -> ir.Attribute:
        return ir.StringAttr.get(value)

    def text_of(self, value: str) -> str:
        return f'"{value}"'


class Symbol(AttributeKind[str]):
    """A reference to a function: ``@name``; the Python value has no ``@``."""

    what = "a symbol reference"

    def parse(self, cursor: Cursor) -> str:
        return cursor.symbol()

    def show(self, text: str) -> str:
        return text

    def get(self, attribute: ir.Attribute) -> str:
        return str(ir.FlatSymbolRefAttr(attribute).value)

    def make(self, value: str) -> ir.Attribute:
        return ir.FlatSymbolRefAttr.get(value)

    def text_of(self, value: str) -> str:
        return f"@{value}"


class IntArray(AttributeKind[Sequence[int]]):
    """Integers of ``width`` bits: ``array<i32: 8, 16>``; in custom assembly ``[8, 16]``.

    Upstream's formats put brackets around ``$shape``, whose own form has brackets already, so
    ``[[8, 16]]`` is what it prints.  Single brackets are read as well in either place.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.what = f"an array of i{width} integers"

    def parse(self, cursor: Cursor) -> str:
        if not cursor.accept("["):  # the format's own bracket was taken already
            numbers = [] if cursor.at("]") else [cursor.integer()]
            while numbers and cursor.accept(","):
                numbers.append(cursor.integer())
        elif cursor.accept("["):
            numbers = cursor.separated(cursor.integer, "]")
            cursor.expect("]")
        else:
            numbers = cursor.separated(cursor.integer, "]")
        return self.text_of([int(number, 0) for number in numbers])

    def show(self, text: str) -> str:
        return f"[{text.partition(': ')[2][:-1]}]"

    def get(self, attribute: ir.Attribute) -> Sequence[int]:
        array = ir.DenseI32ArrayAttr if self.width == 32 else ir.DenseI64ArrayAttr
        return list(array(attribute))

    def make(self, value: Sequence[int]) -> ir.Attribute:
        array = ir.DenseI32ArrayAttr if self.width == 32 else ir.DenseI64ArrayAttr
        return array.get(list(value))

    def text_of(self, value: Sequence[int]) -> str:
        return f"array<i{self.width}: {', '.join(map(str, value))}>" if value else f"array<i{self.width}>"


class Enum(AttributeKind[str]):
    """A keyword in custom assembly, its number as ``i32`` in the generic form."""

    def __init__(self, what: str, cases: Mapping[str, int]) -> None:
        self.what = f"a {what} ({', '.join(cases)})"
        self.name = what
        self.numbers = dict(cases)
        self.words = {number: word for word, number in cases.items()}

    def parse(self, cursor: Cursor) -> str:
        word = cursor.word(self.what)
        if word not in self.numbers:
            raise cursor.error(
                f"'{word}' is no {self.name}",
                cursor.pos - len(word),
                hint=f"one of {', '.join(self.numbers)}",
            )
        return f"{self.numbers[word]} : i32"

    def show(self, text: str) -> str:
        number = _NUMBER.match(text)
        word = self.words.get(int(number[0])) if number else None
        if word is None:
            raise ValueError(f"{text} is no {self.name}")
        return word

    def get(self, attribute: ir.Attribute) -> str:
        number = ir.IntegerAttr(attribute).value
        if number not in self.words:
            raise ValueError(f"{number} is no {self.name}")
        return self.words[number]

    def check(self, attribute: ir.Attribute) -> None:
        _check_width(ir.IntegerAttr(attribute), 32)
        self.get(attribute)

    def make(self, value: str) -> ir.Attribute:
        if value not in self.numbers:
            raise ValueError(f"'{value}' is no {self.name}: one of {', '.join(self.numbers)}")
        return ir.IntegerAttr.get(ir.IntegerType.get_signless(32), self.numbers[value])

    def text_of(self, value: str) -> str:
        return f"{self.numbers[value]} : i32"


def _check_width(attribute: ir.IntegerAttr, width: int) -> None:
    if attribute.type != ir.IntegerType.get_signless(width):
        raise ValueError(f"expected an i{width}, got {attribute}")
