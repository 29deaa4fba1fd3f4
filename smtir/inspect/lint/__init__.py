"""Lint: rules that find what is wrong, slow or fragile in a kernel, from its TTIR.

A rule is one function in ``smtir/inspect/lint/rules``, registered with ``@rule``.
"""

from __future__ import annotations

from smtir.inspect.lint.model import ERROR, NOTE, WARNING, Finding, Subject
from smtir.inspect.lint.registry import Rule, all_rules, lint_module, rule, select_rules

__all__ = [
    "ERROR",
    "NOTE",
    "WARNING",
    "Finding",
    "Rule",
    "Subject",
    "all_rules",
    "lint_module",
    "rule",
    "select_rules",
]
