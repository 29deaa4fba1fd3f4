"""Why a module does not lower: lost windows, and operations that no rule took with each guard's reason."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from smtir.compiler.driver import Target, lower
from smtir.compiler.runner import run_steps
from smtir.compiler.stages import Stage
from smtir.errors import Note, SmtirError, SourceLocation
from smtir.mlir import ir
from smtir.rewrite.lost_windows import lost_windows
from smtir.rewrite.lowering import LoweringRules
from smtir.rewrite.passes import own_passes, parse_pipeline


@dataclass(frozen=True)
class RuleInfo:
    """A lowering rule: its pass, its function, the first line of its documentation."""

    pass_name: str
    name: str
    summary: str


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        message: one sentence.
        place: the kernel's line.
        notes: details, each with its place.
        story: what happened, in paragraphs.
        rules: the rules that exist for the operation.
        advice: what to do, as text that may hold code.
    """

    message: str
    place: SourceLocation | None
    notes: tuple[Note, ...] = ()
    story: tuple[str, ...] = ()
    rules: tuple[RuleInfo, ...] = ()
    advice: str = ""


def explain(module: ir.Module, start: Stage, stop: Stage, target: Target, kernel: str) -> list[Finding]:
    """What keeps ``module`` from being lowered from ``start`` to ``stop``, or makes it wrong.

    ``module`` is lowered in place.  An empty list: all is well.
    """
    try:
        upgrade = parse_pipeline("xsmt-upgrade")
        run_steps(module, upgrade, stage=start.name, kernel=kernel)
    except SmtirError as error:
        return explain_lost_windows(module) or [explain_error(error)]
    findings = explain_lost_windows(module)
    try:
        lower(module, start=start, stop=stop, target=target, kernel=kernel)
    except SmtirError as error:
        findings.append(explain_error(error))
    return findings


def explain_lost_windows(module: ir.Module) -> list[Finding]:
    """One finding for each product that nothing reads."""
    findings = []
    for lost in lost_windows(module):
        name = f"'{lost.window.name}'" if lost.window and lost.window.name else "a window"
        base = f"'{lost.accumulator}'" if lost.accumulator else "its accumulator"
        constant = f", which is the constant {lost.constant}" if lost.constant else ""
        notes = [Note(f"the product into {name} is never read", lost.product)]
        notes += [
            Note(f"this stores {store.value}, which depends on no product", store.place)
            for store in lost.stores
        ]
        findings.append(
            Finding(
                f"{lost.window_op}: the update of {base}{constant}, through {name} is lost",
                lost.window,
                tuple(notes),
                tuple(lost.story()),
                advice=lost.advice(),
            )
        )
    return findings


def explain_error(error: SmtirError) -> Finding:
    """``error`` with the rules that exist for its operation."""
    notes = [*error.notes]
    if error.pass_name:
        notes.append(Note(f"in the pass {error.pass_name}"))
    return Finding(
        error.message, error.location, tuple(notes), rules=tuple(rules_for(error.op)), advice=error.hint
    )


def rules_for(op: str) -> list[RuleInfo]:
    """Every lowering rule for the operation called ``op``, of all passes."""
    own_passes()  # importing a pass registers its rules
    found = []
    for pass_name, rules in sorted(LoweringRules.registry.items()):
        if rule := rules.rules.get(op):
            summary = (inspect.getdoc(rule) or "").partition("\n\n")[0].replace("\n", " ")
            found.append(RuleInfo(pass_name, rule.__name__, summary))
    return found
