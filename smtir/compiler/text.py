"""IR text in and out.  Until ``smtir.dialects`` is there, only upstream's dialects."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
from typing import Any

from smtir.compiler.diagnostics import convert_mlir_error
from smtir.errors import ParseError
from smtir.mlir import MLIRError, context, ir


def _dialects() -> Any:
    return importlib.import_module("smtir.dialects") if importlib.util.find_spec("smtir.dialects") else None


def parse_module(text: str, source_name: str = "<string>") -> ir.Module:
    """The module in ``text``.  Raises ``ParseError``."""
    if dialects := _dialects():
        module: ir.Module = dialects.parse_module(text, source_name)
        return module
    try:
        return ir.Module.parse(text, context())
    except MLIRError as error:
        converted = convert_mlir_error(error, ParseError, f"cannot parse {source_name}")
        if converted.location and converted.location.file == "-":
            converted.location = dataclasses.replace(converted.location, file=source_name)
        raise converted from None


def print_module(module: ir.Module, *, generic: bool = False, locations: bool = False) -> str:
    """``module`` as text."""
    if dialects := _dialects():
        return str(dialects.print_module(module, generic=generic, locations=locations))
    asm = module.operation.get_asm(
        print_generic_op_form=generic,
        enable_debug_info=locations,
        assume_verified=True,
        use_name_loc_as_prefix=True,
    )
    return str(asm)


def verify_module(module: ir.Module) -> None:
    """Check the rules of the ``tt`` and ``xsmt`` dialects.  Raises ``VerifyError``."""
    if dialects := _dialects():
        dialects.verify_module(module)
