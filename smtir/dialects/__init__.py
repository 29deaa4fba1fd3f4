"""Reading, printing and verifying IR, foreign dialects included.

Inside a parsed module, ``tt`` and ``xsmt`` operations have the classes of ``smtir.dialects.tt``
and ``smtir.dialects.xsmt``, pointers are opaque types, and ``tt.func`` and ``tt.return`` are
``func.func`` and ``func.return``, so that upstream's passes work on them.  ``print_module``
gives ``tt.func`` back while the module still is TTIR.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from smtir.asm.cursor import error_at, line_and_column
from smtir.asm.operation import ForeignOp, did_you_mean, operations
from smtir.asm.printer import has_foreign_parts, restore
from smtir.asm.reader import Translation, canonical_types, translate
from smtir.asm.verification import NOT_TTIR
from smtir.dialects import tle, tt, xsmt, xsmt_async
from smtir.dialects.tt.former import modernize
from smtir.errors import Note, ParseError, SourceLocation, VerifyError
from smtir.mlir import MLIRError, cext, context, func, ir, source_location

__all__ = [
    "parse_module",
    "print_module",
    "tle",
    "tt",
    "verify_foreign",
    "verify_module",
    "xsmt",
    "xsmt_async",
]

FOREIGN_DIALECTS = ("tle", "tt", "xsmt", "xsmt_async")

_FOR_GPUS = re.compile(r"'(?:ttg|triton_gpu|ttng|triton_nvidia_gpu|nvws|amdg|amdgpu)\.")
_NOT_ONE = "source must contain a single top-level operation"

cext.globals.append_dialect_search_prefix("smtir.dialects")


def parse_module(text: str, source_name: str = "<string>") -> ir.Module:
    """Read a module: TTIR as Triton prints it, generic form, or any upstream MLIR.

    ``source_name`` is the file name in locations and errors.  Foreign operations are not
    verified, see ``verify_module``.

    Raises:
        ParseError: with file, line, column, and a message that shows the line and a caret.
    """
    translation = translate(canonical_types(text), source_name)
    with context():
        try:
            module = _parse(translation.text, source_name)
        except MLIRError as error:
            raise _parse_error(error.error_diagnostics, translation) from None
        modernize(module, translation.text)
    return module


def _parse(text: str, source_name: str) -> ir.Module:
    """Only ``Operation.parse`` takes a file name, and it takes only one operation."""
    try:
        parsed = ir.Operation.parse(text, source_name=source_name).operation
    except MLIRError as error:
        if not error.error_diagnostics or not error.error_diagnostics[0].message.startswith(_NOT_ONE):
            raise
        module = ir.Module.parse(text)
        _rename_file(module, source_name)
        return module
    if parsed.name != "builtin.module":
        module = ir.Module.create(ir.Location.file(source_name, 1, 1))
        module.body.append(parsed)
        return module
    module = ir.Module.create(parsed.location)
    for name in parsed.attributes:
        module.operation.attributes[name] = parsed.attributes[name]
    for op in list(parsed.regions[0].blocks[0].operations):
        module.body.append(op)
    return module


def _rename_file(module: ir.Module, source_name: str) -> None:
    """``Module.parse`` calls every file ``-``."""

    def renamed(loc: ir.Location) -> ir.Location:
        if loc.is_a_file() and loc.filename == "-":
            return ir.Location.file(source_name, loc.start_line, loc.start_col)
        return loc

    def rename(op: ir.Operation) -> ir.WalkResult:
        operation = op.operation
        operation.location = renamed(operation.location)
        for region in operation.regions:
            for block in region.blocks:
                for argument in block.arguments:
                    argument.set_location(renamed(argument.location))
        return ir.WalkResult.ADVANCE

    module.operation.walk(rename, ir.WalkOrder.PRE_ORDER)


def _parse_error(diagnostics: Sequence[ir.DiagnosticInfo], translation: Translation) -> ParseError:
    if not diagnostics:
        return ParseError("this is no MLIR", location=SourceLocation(translation.source_name))
    first = diagnostics[0]
    place = source_location(first.location)
    notes = tuple(_mapped(note, translation) for note in _notes(first))
    if place is None or place.file not in (translation.source_name, "-") or not place.line:
        return ParseError(first.message, location=place, notes=notes)
    made = error_at(
        translation.source,
        translation.source_position(place.line, place.column),
        first.message,
        source_name=translation.source_name,
    )
    made.notes = notes
    if _FOR_GPUS.search(first.message):
        made.hint = NOT_TTIR
    return made


def _mapped(note: Note, translation: Translation) -> Note:
    """A note with its place in the source instead of the translated text."""
    place = note.location
    if place is None or place.file not in (translation.source_name, "-") or not place.line:
        return note
    position = translation.source_position(place.line, place.column)
    line, column = line_and_column(translation.source, position)
    return Note(note.message, SourceLocation(translation.source_name, line, column))


def _notes(diagnostic: ir.DiagnosticInfo) -> tuple[Note, ...]:
    """Its notes without MLIR's dump of the operation, which the location says, and its list of dialects."""
    return tuple(
        Note(note.message, source_location(note.location))
        for note in diagnostic.notes
        if not note.message.startswith(("see current operation", "Available dialects"))
    )


def print_module(module: ir.Module, *, generic: bool = False, locations: bool = False) -> str:
    """The module as text: TTIR in Triton's own syntax, all else as MLIR prints it.

    Args:
        generic: print every operation in generic form.
        locations: print ``loc(...)`` on everything; variable names are kept either way.
    """
    text = str(
        module.operation.get_asm(
            enable_debug_info=locations,
            print_generic_op_form=generic,
            assume_verified=True,
            use_name_loc_as_prefix=True,
        )
    )
    if not text.endswith("\n"):
        text += "\n"
    return restore(text, custom=not generic, triton_functions=_is_ttir(module, text))


def _is_ttir(module: ir.Module, text: str) -> bool:
    """Whether functions are Triton's.

    Something foreign is in the module, or a function carries Triton's ``noinline`` and takes no
    memref: a helper function may have nothing else that tells.
    """
    if has_foreign_parts(text):
        return True
    if "noinline" not in text:
        return False
    functions = [op for op in module.body.operations if isinstance(op, func.FuncOp)]
    return any(
        "noinline" in op.operation.attributes
        and not any(isinstance(input_type, ir.MemRefType) for input_type in op.type.inputs)
        for op in functions
    )


def verify_module(module: ir.Module) -> None:
    """Verify every operation, foreign ones included.

    Raises:
        VerifyError: about the first operation that breaks a rule.
    """
    with module.context:
        try:
            module.operation.verify()
        except MLIRError as error:
            raise _verify_error(error.error_diagnostics) from None
    verify_foreign(module)


def verify_foreign(module: ir.Module) -> int:
    """Verify the operations that MLIR does not know; how many there are.

    Raises:
        VerifyError: about the first operation that breaks a rule.
    """
    known = operations()
    names: dict[str, bool] = {}
    foreign: list[ir.Operation] = []

    def collect(op: ir.Operation) -> ir.WalkResult:
        name = op.name
        wanted = names.get(name)
        if wanted is None:
            wanted = names[name] = name.partition(".")[0] in FOREIGN_DIALECTS
        if wanted:
            foreign.append(op)
        return ir.WalkResult.ADVANCE

    with module.context:
        module.operation.walk(collect, ir.WalkOrder.PRE_ORDER)
        for operation in foreign:
            if operation.name not in known:
                raise VerifyError(
                    f"unknown operation {operation.name}",
                    location=source_location(operation.location),
                    op=operation.name,
                    hint=did_you_mean(operation.name),
                )
            op = operation.opview
            assert isinstance(op, ForeignOp)
            op.verify_rules()
    return len(foreign)


def _verify_error(diagnostics: Sequence[ir.DiagnosticInfo]) -> VerifyError:
    if not diagnostics:
        return VerifyError("the module does not verify")
    first = diagnostics[0]
    name = first.message.split("'")[1] if first.message.startswith("'") else ""
    notes = _notes(first)
    return VerifyError(first.message, location=source_location(first.location), op=name, notes=notes)
