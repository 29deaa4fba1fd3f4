"""Explaining a kernel; the work of ``smtir explain``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtir.api.compiling import DEFAULT_TARGET
from smtir.api.sources import resolve
from smtir.compiler.stages import get_stage
from smtir.errors import SmtirError, UsageError
from smtir.inspect.explain import Finding, explain, explain_error
from smtir.targets import get_target


def explain_kernel(
    source: Any,
    signature: Mapping[str, str] | None = None,
    constexprs: Mapping[str, Any] | None = None,
    target: str | None = None,
    smt_api: str = "auto",
    *,
    until: str = "llvm",
) -> tuple[str, list[Finding]]:
    """Name of the kernel, and what keeps it from reaching ``until`` or makes it wrong.

    Raises ``UsageError`` for a source, stage or target that is none.
    """
    stop = get_stage(until)
    if not stop.is_mlir:
        raise UsageError(f"{until} is made of LLVM IR, of which there is nothing to explain")
    chosen = get_target(target or DEFAULT_TARGET)
    resolved = resolve(source, signature or None, constexprs or None, smt_api)
    if resolved.make_module is None:
        raise UsageError(f"{resolved.origin} is LLVM IR, of which there is nothing to explain")
    try:
        module = resolved.make_module()
    except SmtirError as error:
        return resolved.name, [explain_error(error)]
    return resolved.name, explain(module, resolved.stage, stop, chosen, resolved.name)
