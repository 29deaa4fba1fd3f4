"""Run pipeline elements one by one on a module, verify after each, and tell observers.

Without observers the cost over MLIR's own pass manager is one diagnostic handler and one
clock reading a pass.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtir.compiler.activity import announce
from smtir.compiler.diagnostics import Diagnostic, collect_diagnostics, convert_mlir_error
from smtir.dialects import verify_foreign
from smtir.errors import LoweringError, SmtirError, VerifyError
from smtir.mlir import MLIRError, ir
from smtir.rewrite.passes import PipelineElement

if TYPE_CHECKING:
    from smtir.compiler.snapshots import Image
    from smtir.compiler.stages import Stage

FOREIGN_DIALECTS = frozenset({"tt", "xsmt", "xsmt_async", "tle"})
"""Dialects that MLIR does not know: their operations are verified by ``smtir.dialects``."""


@dataclass(frozen=True)
class Step:
    """One element of a pipeline in its place: ``index`` counts from 1 over all stages."""

    index: int
    stage: str
    element: PipelineElement


@dataclass(frozen=True)
class Outcome:
    """How a step went; ``error`` is what it raised, if it did."""

    seconds: float
    diagnostics: Sequence[Diagnostic]
    error: Exception | None = None


class Observer:
    """Hears of every pass.  The base class does nothing."""

    def entered(self, stage: str, module: ir.Module) -> None:
        """``module`` is what the passes to ``stage`` begin with; something else than a pass changed it."""

    def before(self, step: Step, module: ir.Module) -> None:
        """``step`` is about to run on ``module``."""

    def after(self, step: Step, module: ir.Module, outcome: Outcome) -> None:
        """``step`` is over.  After an error ``module`` may be half rewritten."""

    def stage_done(self, stage: Stage, content: Image | str | bytes) -> None:
        """A stage is reached: its IR, or LLVM IR or assembly as text, or an object file."""


def run_steps(
    module: ir.Module,
    elements: Sequence[PipelineElement],
    *,
    stage: str,
    kernel: str = "",
    first_index: int = 1,
    observers: Sequence[Observer] = (),
) -> int:
    """Run ``elements`` on ``module`` in place; the index after the last step.

    Raises ``LoweringError`` when a pass fails, ``VerifyError`` when it leaves invalid IR, and
    whatever else a pass of ours raises.
    """
    foreign = contains_dialects(module, FOREIGN_DIALECTS)
    for index, element in enumerate(elements, first_index):
        step = Step(index, stage, element)
        announce("pass", kernel=kernel, stage=stage, detail=element.text, module=module)
        for observer in observers:
            observer.before(step, module)
        start = time.perf_counter()
        with collect_diagnostics(module.context) as diagnostics:
            try:
                foreign = _run_one(module, element, foreign)
            except Exception as error:
                outcome = Outcome(time.perf_counter() - start, diagnostics, error)
                for observer in observers:
                    observer.after(step, module, outcome)
                raise
        outcome = Outcome(time.perf_counter() - start, diagnostics)
        for observer in observers:
            observer.after(step, module, outcome)
    return first_index + len(elements)


def _run_one(module: ir.Module, element: PipelineElement, foreign: bool) -> bool:
    """Run and verify; whether foreign operations are left, of which there were some if ``foreign``."""
    try:
        return _run_and_verify(module, element, foreign)
    except SmtirError as error:
        error.pass_name = element.name
        raise


def _run_and_verify(module: ir.Module, element: PipelineElement, foreign: bool) -> bool:
    try:
        element.run(module)
    except MLIRError as error:
        raise convert_mlir_error(error, LoweringError, f"the pass {element.name} failed") from error
    if element.own:  # MLIR's pass manager verifies after its own passes
        try:
            module.operation.verify()
        except MLIRError as error:
            message = f"the pass {element.name} left invalid IR"
            raise convert_mlir_error(error, VerifyError, message) from error
    return foreign and verify_foreign(module) > 0


def contains_dialects(module: ir.Module, dialects: frozenset[str]) -> bool:
    """Whether an operation of one of ``dialects`` is left in ``module``."""
    found = False

    def look(op: ir.Operation) -> ir.WalkResult:
        nonlocal found
        if op.name.partition(".")[0] in dialects:
            found = True
            return ir.WalkResult.INTERRUPT
        return ir.WalkResult.ADVANCE

    module.operation.walk(look, ir.WalkOrder.PRE_ORDER)
    return found
