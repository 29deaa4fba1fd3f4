"""What the process is doing right now, for progress lines and for the story of a crash.

A crash in native code leaves no Python traceback, so whoever wants to know where it happened
(the command line's supervisor) must be told before each step.  Without listeners an
``announce`` costs one truth test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from smtir.mlir import ir

Phase = Literal["frontend", "parse", "pass", "codegen", "run", "done"]


@dataclass(frozen=True)
class Activity:
    """One step: ``detail`` is the pass, target or kernel that the phase is about.

    ``module`` is the IR that goes into the step, where there is one.
    """

    phase: Phase
    kernel: str = ""
    stage: str = ""
    detail: str = ""
    module: ir.Module | None = None


Listener = Callable[[Activity], None]
_listeners: list[Listener] = []


def announce(
    phase: Phase, *, kernel: str = "", stage: str = "", detail: str = "", module: ir.Module | None = None
) -> None:
    """Tell every listener that a step begins."""
    if _listeners:
        activity = Activity(phase, kernel, stage, detail, module)
        for listener in _listeners:
            listener(activity)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send every activity inside the block to ``listener``."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
