"""Barriers, and iterations of ``smt.parallel`` that wait for them, for ``TRITON_INTERPRET=1``.

Each iteration is a thread of its own, but only one of all runs at a time, in the same order as
compiled iterations do: to its end or to a wait that it may not pass, and round after round.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from smtir.errors import LaunchError


@dataclass
class Barrier:
    """``expected`` is None where that has not been said."""

    arrived: int
    expected: int | None
    pending: int = 0
    phases: int = 0

    def __post_init__(self) -> None:
        self.pending = self.arrived
        self.settle()

    def arrive(self) -> None:
        """Count one arrival."""
        self.arrived += 1
        self.pending += 1
        self.settle()

    def expect(self, count: int) -> None:
        """Let ``count`` arrivals end a phase."""
        self.expected = count
        self.settle()

    def settle(self) -> None:
        """End the phases that have their arrivals."""
        if self.expected:
            ended, self.pending = divmod(self.pending, self.expected)
            self.phases += ended

    def wait(self, count: int) -> None:
        """Return when ``count`` arrivals were made in all, or for 0 when the next phase has ended.

        Raises:
            LaunchError: nobody is left who could arrive.
        """
        task = _current()
        while not self._lets_pass(task, count):
            if not isinstance(task, _Iteration):
                raise self.stuck(count)
            task.waits_for = functools.partial(self.stuck, count)
            task.pause()
        if isinstance(task, _Iteration):
            task.note_progress()

    def stuck(self, count: int) -> LaunchError:
        """The error of a wait for ``count`` arrivals, or the next phase, that cannot end."""
        arrived, needed = (self.arrived, count) if count else (self.pending, self.expected)
        return LaunchError(
            "the kernel waits for ever at a barrier that has"
            f" {arrived} of {'an unknown number of' if needed is None else needed} arrivals",
            op="smt.barrier_wait",
            hint="programs of a grid are interpreted one by one: only compiled ones can wait for others",
        )

    def _lets_pass(self, task: _Task, count: int) -> bool:
        if count:
            return self.arrived >= count
        if self.expected == 0:
            return True
        seen = task.phases_of(self)
        if self.phases > seen:
            task.seen[id(self)] = seen + 1
            return True
        return False


class _Task:
    """Whoever waits: the program, or an iteration."""

    def __init__(self, outer: _Task | None = None) -> None:
        self.outer = outer
        self.seen: dict[int, int] = {}

    def phases_of(self, barrier: Barrier) -> int:
        """The phases that were waited for here, or else further out."""
        found = self.seen.get(id(barrier))
        if found is not None:
            return found
        return 0 if self.outer is None else self.outer.phases_of(barrier)


@dataclass
class _Loop:
    progress: int = 0


class _Cancelled(BaseException):
    """Ends the thread of an iteration after another one has failed."""


class _Iteration(_Task):
    def __init__(self, loop: _Loop, outer: _Task, body: Callable[[Any], None], number: Any) -> None:
        super().__init__(outer)
        self.loop = loop
        self.done = False
        self.error: BaseException | None = None
        self.waits_for: Callable[[], LaunchError] | None = None
        self._cancelled = False
        self._go, self._paused = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(body, number), daemon=True)
        self._thread.start()

    def resume(self) -> None:
        """Let the iteration run until it ends or pauses.  Raises what it raised."""
        self._go.release()
        self._paused.acquire()
        if self.error is not None:
            raise self.error

    def pause(self) -> None:
        """Called in the iteration's thread: wait for the next ``resume``."""
        self._paused.release()
        self._go.acquire()
        if self._cancelled:
            raise _Cancelled

    def cancel(self) -> None:
        """End it where it is."""
        if not self.done:
            self._cancelled = True
            self._go.release()
            self._paused.acquire()

    def note_progress(self) -> None:
        """Say in all loops around that somebody went on."""
        task: _Task | None = self
        while isinstance(task, _Iteration):
            task.loop.progress += 1
            task = task.outer

    def _run(self, body: Callable[[Any], None], number: Any) -> None:
        self._go.acquire()
        _running.task = self
        try:
            if not self._cancelled:
                body(number)
        except _Cancelled:
            pass
        except BaseException as error:
            self.error = error
        finally:
            self.done = True
            self.loop.progress += 1
            self._paused.release()


@dataclass
class _Running(threading.local):
    task: _Task = field(default_factory=_Task)


_running = _Running()


def _current() -> _Task:
    return _running.task


def new_program() -> None:
    """Forget which phases this thread has waited for: another program begins."""
    _running.task = _Task()


def run_at_once(numbers: Iterable[Any], body: Callable[[Any], None]) -> None:
    """Run ``body`` for each of ``numbers``, with waits of one for another."""
    outer, loop = _current(), _Loop()
    iterations: list[_Iteration] = []
    try:
        for number in numbers:
            iterations.append(_Iteration(loop, outer, body, number))
            iterations[-1].resume()
        while waiting := [one for one in iterations if not one.done]:
            before = loop.progress
            for one in waiting:
                one.resume()
            if loop.progress != before:
                continue
            if not isinstance(outer, _Iteration):
                assert waiting[0].waits_for is not None
                raise waiting[0].waits_for()
            outer.waits_for = waiting[0].waits_for
            outer.pause()
    finally:
        for one in iterations:
            one.cancel()
    for one in iterations:
        for barrier, phases in one.seen.items():
            outer.seen[barrier] = max(outer.seen.get(barrier, 0), phases)
