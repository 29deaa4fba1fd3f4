"""Fields of a foreign operation: operands, results, attributes.

A field is declared once in the operation's class and serves four masters: the format (how it
is read and printed), the constructor, the verifier, and the property through which passes use
it (``op.ptr`` is an ``ir.Value``, ``op.order`` a ``list[int]``)::

    class LoadOp(ForeignOp):
        ptr = Operand(LOADABLE)
        mask = OptionalOperand(BOOL_LIKE, derive=("ptr", typetext.pointee_mask))
        boundaryCheck = Attribute(I32Array(), default=[])
        result = Result(ANY, derive=("ptr", typetext.pointee))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from smtir.asm.attributes import AttributeKind
from smtir.mlir import ir

if TYPE_CHECKING:
    from typing_extensions import Self

    from smtir.asm.operation import ForeignOp

T = TypeVar("T")
Derivation = tuple[str, Callable[[str], "str | None"]]
"""Another field and the function that gives this field's type from that one's; no field ("")
means that the type is always the same."""


def fixed(text: str) -> Derivation:
    """The derivation of a type that is always ``text``."""
    return ("", lambda _: text)


@dataclass(frozen=True)
class TypeConstraint:
    """A set of types: ``test`` takes the type's text; ``what`` names the set in messages.

    ``prefix`` is the part of the type that Triton leaves out where the format says ``type()``:
    with ``!tt.ptr``, the type ``!tt.ptr<f32>`` is printed as ``<f32>``.
    """

    what: str
    test: Callable[[str], object]
    prefix: str = ""


class Field:
    """What all fields have: a name, given by the class they are declared in."""

    name: str = ""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name


class ValueField(Field):
    """An operand or result field: one value, an optional one, or any number.

    Args:
        constraint: the types that are allowed, for each value.
        derive: how to find the types when the assembly does not spell them.
        from_definition: the assembly spells no type and more than one is possible, so the reader
            looks at the definition of the value; this is the type where that does not tell.
    """

    optional = False
    variadic = False
    is_result = False

    def __init__(
        self, constraint: TypeConstraint, *, derive: Derivation | None = None, from_definition: str = ""
    ) -> None:
        self.constraint = constraint
        self.derive = derive
        self.from_definition = from_definition

    @property
    def single(self) -> bool:
        return not self.optional and not self.variadic


class Operand(ValueField):
    """Exactly one operand."""

    @overload
    def __get__(self, op: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, op: ForeignOp, owner: type[Any]) -> ir.Value: ...
    def __get__(self, op: ForeignOp | None, owner: type[Any]) -> Self | ir.Value:
        return self if op is None else op.field_values(self.name)[0]


class OptionalOperand(ValueField):
    """An operand or ``None``."""

    optional = True

    @overload
    def __get__(self, op: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, op: ForeignOp, owner: type[Any]) -> ir.Value | None: ...
    def __get__(self, op: ForeignOp | None, owner: type[Any]) -> Self | ir.Value | None:
        if op is None:
            return self
        values = op.field_values(self.name)
        return values[0] if values else None


class VariadicOperands(ValueField):
    """Any number of operands."""

    variadic = True

    @overload
    def __get__(self, op: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, op: ForeignOp, owner: type[Any]) -> list[ir.Value]: ...
    def __get__(self, op: ForeignOp | None, owner: type[Any]) -> Self | list[ir.Value]:
        return self if op is None else op.field_values(self.name)


class Result(ValueField):
    """Exactly one result."""

    is_result = True

    @overload
    def __get__(self, op: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, op: ForeignOp, owner: type[Any]) -> ir.OpResult: ...
    def __get__(self, op: ForeignOp | None, owner: type[Any]) -> Self | ir.OpResult:
        return self if op is None else op.operation.results[type(op).result_fields.index(self)]


class VariadicResults(ValueField):
    """Any number of results; the only result field of its operation."""

    is_result = True
    variadic = True

    @overload
    def __get__(self, op: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, op: ForeignOp, owner: type[Any]) -> list[ir.OpResult]: ...
    def __get__(self, op: ForeignOp | None, owner: type[Any]) -> Self | list[ir.OpResult]:
        return self if op is None else list(op.operation.results)


class Attribute(Field, Generic[T]):
    """An attribute that must be there, unless a ``default`` says what its absence means."""

    def __init__(self, kind: AttributeKind[T], *, default: T | None = None) -> None:
        self.kind = kind
        self.default = default

    @property
    def required(self) -> bool:
        return self.default is None

    @overload
    def __get__(self, op: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, op: ForeignOp, owner: type[Any]) -> T: ...
    def __get__(self, op: ForeignOp | None, owner: type[Any]) -> Self | T:
        if op is None:
            return self
        attributes = op.operation.attributes
        if self.default is not None and self.name not in attributes:
            return self.default
        return self.kind.get(attributes[self.name])


class OptionalAttribute(Field, Generic[T]):
    """An attribute or ``None``."""

    default: None = None
    required = False

    def __init__(self, kind: AttributeKind[T]) -> None:
        self.kind = kind

    @overload
    def __get__(self, op: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, op: ForeignOp, owner: type[Any]) -> T | None: ...
    def __get__(self, op: ForeignOp | None, owner: type[Any]) -> Self | T | None:
        if op is None:
            return self
        attributes = op.operation.attributes
        return self.kind.get(attributes[self.name]) if self.name in attributes else None


AttributeField = Attribute[Any] | OptionalAttribute[Any]
