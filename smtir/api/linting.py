"""Linting a kernel; the work of ``smtir lint``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from smtir.api.sources import resolve
from smtir.errors import UsageError
from smtir.inspect.lint import ERROR, Finding, Rule, lint_module, select_rules
from smtir.mlir import ir
from smtir.targets import Target, get_target

DEFAULT_LINT_TARGET = "k1"
_ARCH_ID = "tt.arch_id"


@dataclass(frozen=True)
class LintResult:
    """What was linted, for which chip, by which rules, and what they found."""

    kernel: str
    target: Target
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]

    @property
    def chip(self) -> str:
        """The architecture id, or the target's name where it has none."""
        return self.target.arch_id or self.target.name

    @property
    def has_errors(self) -> bool:
        """Whether a finding is an error."""
        return any(one.severity == ERROR for one in self.findings)


def lint_kernel(
    source: Any,
    signature: Mapping[str, str] | None = None,
    constexprs: Mapping[str, Any] | None = None,
    target: str | None = None,
    smt_api: str = "auto",
    *,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
) -> LintResult:
    """What the lint rules find in a kernel, or in TTIR that somebody has.

    Without ``target``, the chip is the one that the TTIR names (``tt.arch_id``), else k1.

    Raises:
        UsageError: a source, target or rule that is none, or IR beyond the stage ``ttir``.
        SmtirError: the kernel does not become TTIR.
    """
    rules = select_rules(select, ignore)
    if target is not None:
        get_target(target)
    resolved = resolve(source, signature or None, constexprs or None, smt_api)
    if resolved.make_module is None or resolved.stage.name != "ttir":
        raise UsageError(
            f"{resolved.origin} is at the stage {resolved.stage.name}: lint reads kernels and TTIR",
            hint="give the kernel, or its TTIR ('smtir dump KERNEL --stage ttir')",
        )
    module = resolved.make_module()
    chosen = get_target(target) if target else _named_in(module)
    return LintResult(resolved.name, chosen, tuple(rules), tuple(lint_module(module, chosen, rules)))


def _named_in(module: ir.Module) -> Target:
    """The chip that the module's attributes name, if it is known."""
    attributes = module.operation.attributes
    if _ARCH_ID in attributes:
        try:
            return get_target(str(ir.StringAttr(attributes[_ARCH_ID]).value))
        except (UsageError, ValueError):
            pass
    return get_target(DEFAULT_LINT_TARGET)
