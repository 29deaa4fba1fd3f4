"""IR as it was at one moment, kept as bytecode; text is made when someone reads it.

Writing bytecode takes a third of the time that printing takes, and its bytes tell in most
cases whether a pass changed anything.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smtir.compiler.diagnostics import Diagnostic
from smtir.compiler.runner import Observer, Outcome, Step
from smtir.dialects import print_module
from smtir.mlir import context, ir
from smtir.rewrite.passes import OptionValue


class Image:
    """A module at one moment.

    With ``final`` the caller promises not to change the module any more; then nothing is written
    until it is asked for.
    """

    def __init__(self, module: ir.Module, *, final: bool = False) -> None:
        self._module = module if final else None
        if not final:
            self.bytecode = _bytecode(module)

    @functools.cached_property
    def bytecode(self) -> bytes:
        """The IR with its locations, as MLIR bytecode."""
        assert self._module is not None
        return _bytecode(self._module)

    def module(self) -> ir.Module:
        """A fresh module, the caller's to change."""
        return ir.Module.parse(self.bytecode, context())

    @functools.cached_property
    def text(self) -> str:
        """The IR without locations."""
        return print_module(self._module or self.module())

    @functools.cached_property
    def located_text(self) -> str:
        """The IR with the location of every operation."""
        return print_module(self._module or self.module(), locations=True)

    def same_as(self, other: Image) -> bool:
        """Whether both print the same, locations included."""
        return self.bytecode == other.bytecode or self.located_text == other.located_text


def _bytecode(module: ir.Module) -> bytes:
    buffer = io.BytesIO()
    module.operation.write_bytecode(buffer)
    return buffer.getvalue()


@dataclass(frozen=True)
class Snapshot:
    """One pass that ran, with the IR before and after it.

    Attributes:
        index: place among all passes, from 1.
        stage: the stage that the pass leads to; empty outside of ``compile``.
        name: the pass, or the pipeline text for upstream's passes.
        pipeline: what to give to ``smtir opt --passes`` to run this pass alone.
        options: of a pass of ours, those given.
        seconds: time in the pass and its verification.
        diagnostics: warnings and remarks of the pass.
    """

    index: int
    stage: str
    name: str
    pipeline: str
    options: Mapping[str, OptionValue]
    seconds: float
    diagnostics: Sequence[Diagnostic]
    image_before: Image
    image_after: Image

    @property
    def text(self) -> str:
        """The IR after the pass."""
        return self.image_after.text

    @property
    def before(self) -> str:
        """The IR before the pass."""
        return self.image_before.text

    @functools.cached_property
    def changed(self) -> bool:
        """Whether the pass changed the IR or its locations."""
        return not self.image_after.same_as(self.image_before)

    def __repr__(self) -> str:
        where = f", stage {self.stage}" if self.stage else ""
        return f"<Snapshot {self.index}: {self.pipeline}{where}, {self.seconds * 1e3:.1f} ms>"


class SnapshotTaker(Observer):
    """Takes a snapshot of every pass; what went into a failing pass is ``last``."""

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self.last: Image | None = None

    def entered(self, stage: str, module: ir.Module) -> None:
        self.last = None

    def before(self, step: Step, module: ir.Module) -> None:
        if self.last is None:
            self.last = Image(module)

    def after(self, step: Step, module: ir.Module, outcome: Outcome) -> None:
        assert self.last is not None
        if outcome.error is not None:
            return
        image = Image(module)
        element = step.element
        self.snapshots.append(
            Snapshot(
                step.index,
                step.stage,
                element.name,
                element.text,
                element.options,
                outcome.seconds,
                tuple(outcome.diagnostics),
                self.last,
                image,
            )
        )
        self.last = image
