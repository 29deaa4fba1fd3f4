"""The table of lint rules, and the driver that runs them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from smtir.errors import UsageError
from smtir.inspect.lint import rules as rules_package
from smtir.inspect.lint.model import SEVERITIES, Check, Finding, Subject
from smtir.mlir import ir
from smtir.targets import Target


@dataclass(frozen=True)
class Rule:
    """A rule: its stable id, the severity of its findings, and the function that finds them.

    The function's docstring is the rule's documentation: a summary line, then why it matters,
    an example, and the fix.
    """

    id: str
    severity: str
    check: Check

    @property
    def summary(self) -> str:
        """The first sentence of the documentation."""
        return self.documentation.partition("\n\n")[0].replace("\n", " ")

    @property
    def documentation(self) -> str:
        """The whole documentation, as Markdown."""
        return inspect.getdoc(self.check) or ""


_RULES: dict[str, Rule] = {}


def rule(rule_id: str, severity: str) -> Callable[[Check], Check]:
    """Register a check under ``rule_id``; a second one of that id is refused."""

    def add(check: Check) -> Check:
        if rule_id in _RULES:
            raise ValueError(f"two lint rules are called {rule_id}")
        if severity not in SEVERITIES:
            raise ValueError(f"{rule_id}: severity must be one of {', '.join(SEVERITIES)}, got {severity!r}")
        if not inspect.getdoc(check):
            raise ValueError(f"{rule_id}: a rule needs a docstring")
        _RULES[rule_id] = Rule(rule_id, severity, check)
        return check

    return add


def all_rules() -> Mapping[str, Rule]:
    """Every rule by id, in alphabetical order; importing a rule's module registers it."""
    for module in pkgutil.iter_modules(rules_package.__path__):
        importlib.import_module(f"{rules_package.__name__}.{module.name}")
    return dict(sorted(_RULES.items()))


def select_rules(select: Collection[str] = (), ignore: Collection[str] = ()) -> list[Rule]:
    """The rules in ``select`` (all if empty) but those in ``ignore``.

    Raises:
        UsageError: no rule has such an id.
    """
    known = all_rules()
    for name in (*select, *ignore):
        if name not in known:
            raise UsageError(f"there is no lint rule {name!r}", hint=f"the rules: {', '.join(known)}")
    return [one for name, one in known.items() if (not select or name in select) and name not in ignore]


def lint_module(module: ir.Module, target: Target, rules: Sequence[Rule]) -> list[Finding]:
    """What ``rules`` find in ``module``, ordered by place; the module is not changed."""
    subject = Subject(module, target)
    found = [
        replace(finding, rule=one.id, severity=finding.severity or one.severity)
        for one in rules
        for finding in one.check(subject)
    ]
    return sorted(dict.fromkeys(found), key=_order)


def _order(finding: Finding) -> tuple[str, int, int, int, str]:
    place = finding.place
    rank = SEVERITIES.index(finding.severity)
    if place is None:
        return ("", 0, 0, rank, finding.rule)
    return (place.file, place.line, place.column, rank, finding.rule)
