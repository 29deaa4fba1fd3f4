"""Types and their text; parsing and printing are cached."""

from __future__ import annotations

from functools import lru_cache

from smtir.mlir import context, ir


@lru_cache(4096)
def parse_type(text: str) -> ir.Type:
    """The type that ``text`` spells, in the context of smtir; cached, since parsing costs 3 us."""
    return ir.Type.parse(text, context())


@lru_cache(4096)
def type_text(made: ir.Type) -> str:
    """``str(made)``, which takes MLIR 2 us a time."""
    return str(made)
