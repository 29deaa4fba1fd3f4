"""Checking the signature and constexprs of a compilation against the kernel's parameters."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triton.runtime.jit import JITFunction, get_jit_fn_file_line

from smtir.errors import FrontendError, SourceLocation
from smtir.host_descriptors import element_of, is_descriptor_type

ELEMENT_TYPES = (
    *("i1", "i8", "i16", "i32", "i64", "u1", "u8", "u16", "u32", "u64"),
    *("fp16", "bf16", "fp32", "fp64", "fp8e4nv", "fp8e5", "fp8e4b8", "fp8e4b15", "fp8e5b16"),
)
"""Triton's names of element types in a signature."""

_OTHER_NAMES = {
    "f16": "fp16", "f32": "fp32", "f64": "fp64", "float16": "fp16", "float32": "fp32", "float64": "fp64",
    "bfloat16": "bf16", "half": "fp16", "float": "fp32", "double": "fp64", "bool": "i1", "int": "i32",
    "int1": "i1", "int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64",
    "uint8": "u8", "uint16": "u16", "uint32": "u32", "uint64": "u64",
}  # fmt: skip
DIVISIBILITY = 16


@dataclass(frozen=True)
class Specialization:
    """What Triton's code generation needs to know about each parameter.

    Attributes:
        signature: type of every parameter in order; ``"constexpr"`` for compile-time ones, a
            tuple of types for a tuple.
        constants: value of each compile-time parameter, by name or by position (of one in a
            tuple: the positions on the way to it).
        attributes: Triton's attributes by parameter position, such as ``tt.divisibility``.
    """

    signature: Mapping[str, Any]
    constants: Mapping[Any, Any]
    attributes: dict[tuple[int, ...], list[list[Any]]]


def function_location(fn: JITFunction) -> SourceLocation:
    """Where the function's ``def`` stands."""
    file, line = get_jit_fn_file_line(fn)
    return SourceLocation(file, line, 1, fn.__name__)


def specialize(
    fn: JITFunction, signature: Mapping[str, str], constexprs: Mapping[str, Any]
) -> Specialization:
    """Pair each parameter of ``fn`` with a type or a value.

    A type may end in ``:16`` (divisible by 16) or ``:1`` (the integer 1, made a constexpr), as
    Triton spells its specializations.

    Raises:
        FrontendError: an unknown, missing or doubly given parameter, or a type that is none.
    """
    where = function_location(fn)
    parameters = {parameter.name: parameter for parameter in fn.params}
    _refuse_unknown(fn, where, parameters, signature, constexprs)
    types: dict[str, str] = {}
    constants: dict[str, Any] = {}
    attributes: dict[tuple[int, ...], list[list[Any]]] = {}
    missing: list[str] = []
    for position, (name, parameter) in enumerate(parameters.items()):
        given = signature.get(name)
        if given is not None and given.strip() != "constexpr":
            if parameter.is_constexpr:
                raise FrontendError(
                    f"{fn.__name__}: the parameter {name} is a tl.constexpr, its type was given as {given!r}",
                    location=where,
                    hint=f"pass constexprs={{{name!r}: value}}",
                )
            if name in constexprs:
                raise FrontendError(
                    f"{fn.__name__}: the parameter {name} has a type in the signature and a constexpr value",
                    location=where,
                    hint="leave it out of one of them",
                )
            types[name], hint = _parse_type(fn, where, name, given)
            if hint == 1:
                types[name], constants[name] = "constexpr", 1
            elif hint:
                attributes[position,] = [["tt.divisibility", hint]]
            continue
        types[name] = "constexpr"
        if name in constexprs:
            constants[name] = constexprs[name]
        elif parameter.has_default:
            constants[name] = parameter.default
        else:
            missing.append(name)
    if missing:
        raise _missing(fn, where, missing, parameters)
    return Specialization(types, constants, attributes)


def _refuse_unknown(
    fn: JITFunction,
    where: SourceLocation,
    parameters: Mapping[str, Any],
    signature: Mapping[str, str],
    constexprs: Mapping[str, Any],
) -> None:
    for name in (*signature, *constexprs):
        if name not in parameters:
            close = difflib.get_close_matches(name, parameters, 1)
            raise FrontendError(
                f"{fn.__name__} has no parameter {name!r}; its {len(parameters)} are {', '.join(parameters)}",
                location=where,
                hint=f"did you mean {close[0]!r}?" if close else "",
            )


def _missing(
    fn: JITFunction, where: SourceLocation, missing: list[str], parameters: Mapping[str, Any]
) -> FrontendError:
    values = [name for name in missing if parameters[name].is_constexpr]
    types = [name for name in missing if not parameters[name].is_constexpr]
    wanted = []
    if values:
        wanted.append(f"constexpr{'s' * (len(values) > 1)} {', '.join(values)}")
    if types:
        wanted.append(f"type{'s' * (len(types) > 1)} of {', '.join(types)}")
    hints = [f"constexprs={{{name!r}: value}}" for name in values[:1]]
    hints += [f'signature={{{name!r}: "i32"}}' for name in types[:1]]
    return FrontendError(
        f"{fn.__name__}: missing {' and '.join(wanted)}", location=where, hint=f"pass {', '.join(hints)}"
    )


def _parse_type(fn: JITFunction, where: SourceLocation, name: str, given: str) -> tuple[str, int]:
    """The type without its specialization, and the specialization or 0."""
    if is_descriptor_type(given.strip()):
        _parse_type(fn, where, name, f"*{element_of(given.strip())}")
        return given.strip(), 0
    text, colon, hint = given.strip().partition(":")
    element = text.removeprefix("*").removeprefix("k")
    is_pointer = text.startswith("*")
    if element not in ELEMENT_TYPES or (not is_pointer and element != text):
        known = _OTHER_NAMES.get(element)
        close = [known] if known else difflib.get_close_matches(element, ELEMENT_TYPES, 1)
        star = "*" * is_pointer
        known_types = ", ".join(ELEMENT_TYPES)
        raise FrontendError(
            f"{fn.__name__}: the parameter {name} has the unknown type {given!r}",
            location=where,
            hint=f"did you mean {star + close[0]!r}?" if close else f"the element types: {known_types}",
        )
    is_integer = not is_pointer and element[0] in "iu"
    allowed = {str(DIVISIBILITY): DIVISIBILITY} if is_pointer or is_integer else {}
    if is_integer:
        allowed["1"] = 1
    if colon and hint not in allowed:
        raise FrontendError(
            f"{fn.__name__}: the parameter {name} has the unknown specialization {given!r}",
            location=where,
            hint="':16' says that a pointer or integer is divisible by 16, ':1' that an integer is 1",
        )
    return text, allowed.get(hint, 0)
