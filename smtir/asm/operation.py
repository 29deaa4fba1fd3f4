"""The base class of foreign operations, and the table of all of them.

MLIR knows ``tt`` and ``xsmt`` only as unregistered dialects.  A subclass of ``ForeignOp`` gives
one operation its fields, its assembly format, a constructor and a verifier::

    @register(_Dialect)
    class SplatOp(ForeignOp):
        \"\"\"Fill a tensor with one value.\"\"\"

        OPERATION_NAME = "tt.splat"
        src = Operand(ANY)
        result = Result(TENSOR)
        assembly_format = "$src attr-dict `:` type($src) `->` type($result)"

        def check(self) -> None: ...
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NoReturn, TypeVar

from smtir.asm.fields import (
    Attribute,
    Field,
    OptionalAttribute,
    ValueField,
    VariadicResults,
)
from smtir.asm.format import Format
from smtir.asm.typecache import parse_type
from smtir.asm.verification import check_fields, signature
from smtir.errors import VerifyError
from smtir.mlir import cext, ir, source_location

SEGMENTS = "operandSegmentSizes"
"""The attribute that tells the operands of several optional or variadic fields apart."""

Op = TypeVar("Op", bound="type[ForeignOp]")

_OPERATIONS: dict[str, type[ForeignOp]] = {}
_FORMER: dict[str, type[ForeignOp]] = {}
_VERIFIED: set[tuple[Any, ...]] = set()
_VERIFIED_LIMIT = 16384


def operations() -> Mapping[str, type[ForeignOp]]:
    """All foreign operations by name."""
    return _OPERATIONS


def find_operation(name: str) -> type[ForeignOp] | None:
    """The class of the operation called ``name`` now or in an earlier version; None if there is none."""
    return _OPERATIONS.get(name) or _FORMER.get(name)


def did_you_mean(name: str) -> str:
    """A hint that names the known operation closest to ``name``; empty if none is close."""
    near = difflib.get_close_matches(name, _OPERATIONS, 1)
    return f"did you mean {near[0]}?" if near else ""


def register(dialect: type[ir.Dialect]) -> Callable[[Op], Op]:
    """Class decorator: make the class the Python face of its operation in ``dialect``."""
    add = cext.register_operation(dialect)

    def apply(cls: Op) -> Op:
        name = cls.OPERATION_NAME
        if name in _OPERATIONS:
            raise ValueError(f"two classes for {name}")
        add(cls)
        _OPERATIONS[name] = cls
        _FORMER.update(dict.fromkeys(cls.former_names, cls))
        return cls

    return apply


class ForeignOp(ir.OpView):
    """An operation that upstream MLIR does not know.

    The constructor takes operands (by position in the order of the fields, or by name),
    attributes by name as Python values, and result types by name where ``infer`` and the
    fields' derivations do not give them.  It inserts at the current insertion point unless
    ``ip`` says otherwise.
    """

    OPERATION_NAME: ClassVar[str]
    assembly_format: ClassVar[str | None] = None
    """The custom assembly; ``None`` for operations with regions, which Triton prints generically."""
    same_variadic_size: ClassVar[bool] = False
    """Whether all variadic operand fields have the same number of values."""
    former_names: ClassVar[tuple[str, ...]] = ()
    """What earlier versions called it: read, never printed."""
    operand_forms: ClassVar[tuple[tuple[int, ...], ...]] = ()
    """The numbers of operands of each field, where only their sum tells the forms apart."""
    region_count: ClassVar[int] = 0

    fields: ClassVar[dict[str, Field]]
    operand_fields: ClassVar[tuple[ValueField, ...]]
    result_fields: ClassVar[tuple[ValueField, ...]]
    attribute_fields: ClassVar[tuple[Attribute[Any] | OptionalAttribute[Any], ...]]
    operand_index: ClassVar[dict[str, int]]
    """Where each operand field is, if each has exactly one value; else empty."""
    has_segments: ClassVar[bool]
    looks_up_types: ClassVar[bool]
    """Whether the assembly leaves types to the definitions of the operands."""
    format: ClassVar[Format | None]
    spelled_types: ClassVar[frozenset[str]]
    """The fields whose types the custom assembly spells."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "OPERATION_NAME" not in vars(cls):
            return
        cls.fields = {
            name: value
            for owner in reversed(cls.__mro__)
            for name, value in vars(owner).items()
            if isinstance(value, Field)
        }
        values = [made for made in cls.fields.values() if isinstance(made, ValueField)]
        cls.operand_fields = tuple(made for made in values if not made.is_result)
        cls.result_fields = tuple(made for made in values if made.is_result)
        cls.attribute_fields = tuple(
            made for made in cls.fields.values() if isinstance(made, Attribute | OptionalAttribute)
        )
        cls.looks_up_types = any(made.from_definition for made in cls.operand_fields)
        single = all(made.single for made in cls.operand_fields)
        cls.operand_index = {made.name: at for at, made in enumerate(cls.operand_fields)} if single else {}
        loose = sum(not made.single for made in cls.operand_fields)
        cls.has_segments = loose > 1 and not cls.same_variadic_size and not cls.operand_forms
        cls.format = (
            None
            if cls.assembly_format is None
            else Format(cls.OPERATION_NAME, cls.assembly_format, cls.fields)
        )
        cls.spelled_types = cls.format.spelled_types if cls.format else frozenset()

    def __init__(
        self,
        *args: Any,
        loc: ir.Location | None = None,
        ip: ir.InsertionPoint | None = None,
        **kwargs: Any,
    ) -> None:
        # OpView also wraps an existing operation through this constructor.
        if (
            len(args) == 1
            and not kwargs
            and isinstance(args[0], ir.Operation)
            and args[0].name == self.OPERATION_NAME
        ):
            super().__init__(args[0])
            return
        made = self._create(args, kwargs, loc, ip)
        super().__init__(made)

    @classmethod
    def _create(
        cls,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        loc: ir.Location | None,
        ip: ir.InsertionPoint | None,
    ) -> ir.Operation:
        name = cls.OPERATION_NAME
        given = dict(kwargs)
        if len(args) > len(cls.operand_fields):
            raise TypeError(f"{name} takes {len(cls.operand_fields)} operands, got {len(args)}")
        for made, value in zip(cls.operand_fields, args, strict=False):
            if made.name in given:
                raise TypeError(f"{name}: {made.name} is given twice")
            given[made.name] = value
        unknown = given.keys() - cls.fields.keys()
        if unknown:
            raise TypeError(
                f"{name} has no field {', '.join(sorted(unknown))}; it has {', '.join(cls.fields)}"
            )
        operands = {made.name: _values(name, made, given.get(made.name)) for made in cls.operand_fields}
        attributes = cls._attributes(given)
        if cls.has_segments:
            attributes[SEGMENTS] = ir.DenseI32ArrayAttr.get([len(values) for values in operands.values()])
        types = cls._result_types(given, operands)
        flat = [value for values in operands.values() for value in values]
        return ir.Operation.create(
            name, types, flat, attributes, regions=cls.region_count, loc=loc, ip=ip, infer_type=False
        )

    @classmethod
    def _attributes(cls, given: Mapping[str, Any]) -> dict[str, ir.Attribute]:
        made: dict[str, ir.Attribute] = {}
        for attribute in cls.attribute_fields:
            value = given.get(attribute.name)
            if value is None:
                if attribute.required:
                    raise TypeError(f"{cls.OPERATION_NAME}: attribute {attribute.name} is missing")
            elif (tuple(value) if isinstance(attribute.default, tuple) else value) != attribute.default:
                made[attribute.name] = (
                    value if isinstance(value, ir.Attribute) else attribute.kind.make(value)
                )
        return made

    @classmethod
    def _result_types(cls, given: Mapping[str, Any], operands: Mapping[str, list[ir.Value]]) -> list[ir.Type]:
        inferred: dict[str, Any] | None = None
        types: list[ir.Type] = []
        for result in cls.result_fields:
            found = given.get(result.name)
            if found is None and result.derive:
                source, relation = result.derive
                values = operands.get(source)
                text = relation(str(values[0].type)) if values else None if source else relation("")
                found = parse_type(text) if text else None
            if found is None:
                if inferred is None:
                    texts = {name: [str(value.type) for value in values] for name, values in operands.items()}
                    inferred = cls.infer(texts, given)
                found = inferred.get(result.name)
            if found is None:
                raise TypeError(
                    f"{cls.OPERATION_NAME}: the type of {result.name} is missing and cannot be inferred"
                )
            many = list(found) if isinstance(result, VariadicResults) else [found]
            types += [parse_type(one) if isinstance(one, str) else one for one in many]
        return types

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        """Result types by field name, as text, from operand types and the given attributes."""
        return {}

    # Access.

    def segment(self, name: str) -> slice:
        """Where the operands of field ``name`` are."""
        start, sizes = 0, self.segment_sizes()
        for made, size in zip(type(self).operand_fields, sizes, strict=True):
            if made.name == name:
                return slice(start, start + size)
            start += size
        raise KeyError(name)

    def segment_sizes(self) -> list[int]:
        """The number of operands of each operand field, in order."""
        cls, operation = type(self), self.operation
        if cls.operand_index and len(operation.operands) == len(cls.operand_index):
            return [1] * len(cls.operand_index)
        declared: list[int] | None = None
        if cls.has_segments and SEGMENTS in operation.attributes:
            try:
                declared = list(ir.DenseI32ArrayAttr(operation.attributes[SEGMENTS]))
            except (ValueError, TypeError):
                self.fail(f"attribute {SEGMENTS} must be an array of i32 integers")
        sizes = split_operands(cls, len(operation.operands), declared)
        if sizes is None:
            self.fail(
                f"{len(operation.operands)} operands do not fit the fields {_describe(cls.operand_fields)}"
            )
        return sizes

    def field_values(self, name: str) -> list[ir.Value]:
        """The operands of field ``name``."""
        operands = self.operation.operands
        index = type(self).operand_index
        if index:
            return [operands[index[name]]]
        found = self.segment(name)
        return [operands[index] for index in range(found.start, found.stop)]

    # Verification.

    def check(self) -> None:
        """What the fields do not say.  Calls ``fail`` on the first broken rule.

        It may look at the types and attributes of this operation only, since it is not called
        again for another one with the same types and attributes.
        """

    def check_context(self) -> None:
        """Rules about other operations: definitions of operands, regions, parents, symbols."""

    def fail(self, message: str, *, hint: str = "") -> NoReturn:
        """Raise ``VerifyError`` about this operation."""
        name = self.OPERATION_NAME
        raise VerifyError(
            f"{name}: {message}", location=source_location(self.operation.location), op=name, hint=hint
        )

    def verify_rules(self) -> None:
        """Check operands, results and attributes against the fields, then ``check``, ``check_context``.

        Raises ``VerifyError``.  The passes of a compilation verify the same operations again and
        again: what holds for these types and attributes is remembered, which took 100 us an
        operation to 20.
        """
        key = signature(self)
        if key is None or key not in _VERIFIED:
            check_fields(self)
            self.check()
            if len(_VERIFIED) >= _VERIFIED_LIMIT:
                _VERIFIED.clear()
            if key is not None:
                _VERIFIED.add(key)
        self.check_context()


def split_operands(cls: type[ForeignOp], count: int, declared: Sequence[int] | None) -> list[int] | None:
    """How many of ``count`` operands each operand field has; ``None`` if they do not fit.

    ``declared`` is the value of ``operandSegmentSizes``.  Without it, optional operands are
    taken from left to right, and equally long variadic ones share what is left.
    """
    made = cls.operand_fields
    if declared is not None:
        fits = len(declared) == len(made) and sum(declared) == count and all(size >= 0 for size in declared)
        for one, size in zip(made, declared, strict=False):
            fits = fits and (one.variadic or size == 1 or (one.optional and size == 0))
        return list(declared) if fits else None
    if cls.operand_forms:
        return next((list(form) for form in cls.operand_forms if sum(form) == count), None)
    left = count - sum(one.single for one in made)
    variadic = sum(one.variadic for one in made)
    sizes = []
    for one in made:
        if one.single:
            sizes.append(1)
        elif one.optional:
            taken = min(1, max(left, 0))
            sizes.append(taken)
            left -= taken
        else:
            sizes.append(max(left, 0) // variadic)
    return sizes if sum(sizes) == count else None


def _values(op_name: str, made: ValueField, given: Any) -> list[ir.Value]:
    """The values of one operand field as the constructor got them."""
    if given is None:
        if made.single:
            raise TypeError(f"{op_name}: operand {made.name} is missing")
        return []
    if made.variadic:
        return [_value(one) for one in given]
    return [_value(given)]


def _value(given: Any) -> ir.Value:
    if isinstance(given, ir.Value):
        return given
    result: ir.Value = given.result
    return result


def _describe(made: Sequence[ValueField]) -> str:
    return (
        ", ".join(one.name + ("?" if one.optional else "..." if one.variadic else "") for one in made)
        or "(none)"
    )
