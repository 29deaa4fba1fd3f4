"""The public functions: ``compile``, ``parse``, ``run_pipeline``; ``smtir`` itself hands them out."""

from __future__ import annotations

from smtir.api.compilation import Compilation
from smtir.api.compiling import compile, parse, run_pipeline  # noqa: A004  (the public name)
from smtir.api.reference import reference_linalg
from smtir.api.sources import Source, resolve

__all__ = ["Compilation", "Source", "compile", "parse", "reference_linalg", "resolve", "run_pipeline"]
