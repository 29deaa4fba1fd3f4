"""Triton's compiler interface for smtir; found by the entry point, so it imports nothing heavy."""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any

from triton.backends.compiler import BaseBackend, GPUTarget

import smtir.backend.imports
from smtir.backend import BACKEND, TRACE_VARIABLE
from smtir.backend.options import Options

smtir.backend.imports.install()


class SmtirBackend(BaseBackend):
    """Compiles Triton kernels for the processor of this machine or for k1.

    The stages are smtir's own; code generation goes through smtir's frontend, which knows the
    smt language (see ``smtir.backend.hooks``).
    """

    binary_ext = "o"

    def __init__(self, target: GPUTarget) -> None:
        super().__init__(target)
        from smtir.backend import hooks

        hooks.install()
        hooks.keep_objects()
        if os.environ.get(TRACE_VARIABLE):
            hooks.compile_always()

    @staticmethod
    def supports_target(target: GPUTarget) -> bool:
        """Any CPU target, but those of another installed backend only while our driver is active."""
        if target.backend != BACKEND:
            return False
        from smtir.backend import hooks

        return hooks.is_ours(target) or not hooks.others_support(target)

    def hash(self) -> str:
        from smtir.backend.cache import fingerprint

        return fingerprint(self.target.arch)

    @staticmethod
    def parse_attr(desc: str) -> list[list[Any]]:
        """Attributes of a parameter that Triton has specialized as ``desc``."""
        from smtir.backend.hooks import NAN_PADDING

        found: list[list[Any]] = BaseBackend.parse_attr(desc)
        return [*found, ["tt.nan_padding", 1]] if NAN_PADDING in desc else found

    def parse_options(self, options: dict[str, Any]) -> Options:
        return Options.parse(options)

    def add_stages(self, stages: dict[str, Any], options: Options, language: Any = None) -> None:
        from smtir.backend import generation

        generation.add_stages(stages, options, str(self.target.arch), language)

    def load_dialects(self, context: Any) -> None:
        """Nothing: smtir reads Triton's text with dialects of its own."""

    def get_codegen_implementation(self, options: Options) -> dict[str, Any]:
        return {"min_dot_size": lambda lhs, rhs: (1, 1, 1)}

    def get_module_map(self) -> dict[str, ModuleType]:
        from smtir.smt_import import REPLACED, SERVED

        return {name: importlib.import_module(module) for name, module in (SERVED | REPLACED).items()}

    def pack_metadata(self, metadata: Any) -> Any:
        return metadata
