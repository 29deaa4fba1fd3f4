"""Compiling and running the cells of a table, and comparing with what they should give.

The element types of one case are compiled into one kernel; where that fails, in smaller groups.  Kernels
run in other processes, since a wrong one may end its process.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import smtir
from smtir.errors import FrontendError, SmtirError
from tools.coverage.case import Case
from tools.coverage.elements import Array, Element, inputs
from tools.coverage.source import Cell, kernel_of

TARGETS = ("host", "k1")
TIME_LIMIT = 120.0
"""Seconds for the kernels of one case on one target."""

WORKS, UNDEFINED, REFUSED, WRONG = "works", "undefined", "refused", "wrong"


@dataclass(frozen=True)
class Outcome:
    """What became of a cell on a target, and why if it does not work."""

    status: str
    reason: str = ""


Outcomes = dict[tuple[Case, str, str], Outcome]
"""By case, element type's name and target."""


def measure(cases: Sequence[Case], targets: Sequence[str] = TARGETS, jobs: int | None = None) -> Outcomes:
    """Measure ``cases``, ``jobs`` processes at a time (by default one a processor)."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tools.coverage.preloaded"])
    left = list(reversed(cases))
    found: Outcomes = {}

    def work() -> None:
        while left:
            with _Worker(context, targets) as worker:
                while left and worker.alive:
                    _measure_one(worker, context, left.pop(), targets, found)

    with ThreadPoolExecutor(jobs or len(os.sched_getaffinity(0))) as pool:
        for done in [pool.submit(work) for _ in range(pool._max_workers)]:
            done.result()
    return found


def _measure_one(worker: _Worker, context: Any, case: Case, targets: Sequence[str], found: Outcomes) -> None:
    names = [element.name for element in case.elements()]
    answer = worker.ask(case, names)
    if answer is None:  # it died: each element type in a process of its own
        answer = {}
        for name in names:
            with _Worker(context, targets) as single:
                crashed = {(name, target): Outcome(WRONG, "the process died") for target in targets}
                answer |= single.ask(case, [name]) or crashed
    for (name, target), outcome in answer.items():
        found[case, name, target] = outcome


class _Worker:
    """A process that measures one case after another, until one ends it."""

    def __init__(self, context: Any, targets: Sequence[str]) -> None:
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_work, args=(other, list(targets)))
        self._process.start()
        other.close()
        self.alive = True

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def ask(self, case: Case, names: Sequence[str]) -> dict[tuple[str, str], Outcome] | None:
        """Outcomes by element type and target; None if the process died or took too long."""
        from tools.coverage import registry

        try:
            self._pipe.send((registry.number_of(case), names))
            if self._pipe.poll(TIME_LIMIT):
                answer: dict[tuple[str, str], Outcome] = self._pipe.recv()
                return answer
        except (EOFError, OSError):
            pass
        self.alive = False
        return None


def _work(pipe: Any, targets: Sequence[str]) -> None:
    from tools.coverage import registry
    from tools.coverage.elements import ELEMENTS

    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # MLIR and Triton write whole modules there
    os.dup2(2, 1)
    while True:
        number, names = pipe.recv()
        case = registry.every_case()[number]
        pipe.send(outcomes(case, [ELEMENTS[name] for name in names], targets))


def outcomes(
    case: Case, elements: Sequence[Element], targets: Sequence[str]
) -> dict[tuple[str, str], Outcome]:
    """Measure ``case`` in this process.  A kernel that crashes on the host ends it."""
    found: dict[tuple[str, str], Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="smtir-coverage-") as name:
        folder = Path(name)
        defined = []
        for element in elements:
            outcome = _frontend((case, element), folder)
            if outcome is None:
                defined.append(element)
            found |= {(element.name, target): outcome for target in targets if outcome is not None}
        for target in targets:
            for element_name, outcome in _on_target(case, defined, target, folder).items():
                found[element_name, target] = outcome
    return found


def _on_target(case: Case, elements: Sequence[Element], target: str, folder: Path) -> dict[str, Outcome]:
    """All element types in one kernel; where that fails, in halves."""
    if not elements:
        return {}
    together = _run([(case, element) for element in elements], target, folder)
    if together is not None:
        return together
    half = len(elements) // 2
    return {
        name: outcome
        for part in (elements[:half], elements[half:])
        for name, outcome in _on_target(case, part, target, folder).items()
    }


def _frontend(cell: Cell, folder: Path) -> Outcome | None:
    """Whether Triton refuses to make TTIR of the cell: then it is not defined for the type."""
    kernel, signature = kernel_of([cell], folder)
    try:
        smtir.compile(kernel, signature=signature, until="ttir", debug=cell[0].debug)
    except FrontendError as error:
        ours = isinstance(_cause(error), FrontendError)
        return Outcome(REFUSED if ours else UNDEFINED, _short(error))
    except SmtirError as error:
        return Outcome(REFUSED, _short(error))
    return None


def _cause(error: BaseException) -> BaseException:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def _run(cells: Sequence[Cell], target: str, folder: Path) -> dict[str, Outcome] | None:
    """Outcomes by element type; None where several were compiled and that failed."""
    alone = len(cells) == 1
    try:
        kernel, signature = kernel_of(cells, folder)
        compiled = smtir.compile(kernel, signature=signature, target=target, debug=cells[0][0].debug)
        arrays = [_arrays(case, element) for case, element in cells]
        with _captured_output() as output:
            compiled.run(*[array for each in arrays for array in each], grid=cells[0][0].grid)
    except Exception as error:
        if not alone:
            return None
        name = cells[0][1].name
        return {name: Outcome(REFUSED, _short(error))}
    return {
        element.name: _judged(case, element, each, output.getvalue(), alone)
        for (case, element), each in zip(cells, arrays, strict=True)
    }


@contextmanager
def _captured_output() -> Iterator[io.StringIO]:
    """What the kernel writes to the standard output."""
    text = io.StringIO()
    with tempfile.TemporaryFile() as file:
        sys.stdout.flush()
        saved = os.dup(1)
        os.dup2(file.fileno(), 1)
        try:
            yield text
        finally:
            os.dup2(saved, 1)
            os.close(saved)
            file.seek(0)
            text.write(file.read().decode(errors="replace"))


def _arrays(case: Case, element: Element) -> list[Array]:
    given = [inputs(element, which) for which in range(3)]
    if case.domain is not None:
        count = case.arity
        given[:count] = [
            np.ascontiguousarray(array, element.storage) for array in case.domain(element, *given[:count])
        ]
    result = case.result_element(element)
    if case.keeps is None:
        out = np.zeros(max(case.size, 1), result.storage)
    else:
        out = np.ascontiguousarray(case.keeps(result), result.storage)
    return [*given, out]


def _judged(case: Case, element: Element, arrays: Sequence[Array], output: str, alone: bool) -> Outcome:
    *given, out = arrays
    result = case.result_element(element)
    if case.bits:
        values = [array.view(f"u{array.dtype.itemsize}") for array in given]
    else:
        values = [element.decode(array) for array in given]
    with np.errstate(all="ignore"):
        expected = np.atleast_1d(np.asarray(case.reference(*values[: case.arity]))).ravel()
    if case.bits and expected.dtype == values[0].dtype:
        differs = out.view(expected.dtype) != expected
        wrong = f"element {int(np.argmax(differs))} has other bits" if differs.any() else ""
    else:
        wrong = difference(result, out, expected, case)
    if wrong:
        return Outcome(WRONG, wrong)
    if case.prints is not None:
        # Triton knows fp8e4b15 as 8 bits only, and prints these.
        shown = given if element.name == "fp8e4b15" else [element.decode(array) for array in given]
        lines = case.prints(*shown[: case.arity])
        printed = output.splitlines()
        if (alone and printed != lines) or not set(lines) <= set(printed):
            missing = next((line for line in lines if line not in printed), "another order")
            return Outcome(WRONG, f"no line {missing!r} in the output")
    return Outcome(WORKS)


def difference(element: Element, found: Array, expected: Array, case: Case) -> str:
    """Where ``found`` (in storage) is not ``expected`` (values); "" where it is."""
    if not element.is_float:
        differs = found != expected.astype(found.dtype)
    else:
        stored = element.encode(expected, towards_zero=case.towards_zero)
        got, want = element.decode(found), element.decode(stored)
        differs = ~((got == want) | (np.isnan(got) & np.isnan(want)))
        if case.ulps:
            differs &= ~_close(element, got, want, expected, case.ulps_for(element))
        if not case.zeros:
            differs |= (got == 0) & (want == 0) & (np.signbit(got) != np.signbit(want))
        found, expected = got, want
    if not differs.any():
        return ""
    at = int(np.argmax(differs))
    return f"element {at} is {_text(found[at])} instead of {_text(expected[at])}"


def _close(element: Element, got: Array, want: Array, exact: Array, ulps: float) -> Array:
    with np.errstate(all="ignore"):
        _, exponent = np.frexp(np.where(np.isfinite(exact), exact, 1.0))
        unit = np.ldexp(
            np.ones_like(got), np.maximum(exponent - 1, element.smallest_normal_exponent) - element.mantissa
        )
        near = np.abs(got - exact) <= ulps * unit
    return near & np.isfinite(got) & np.isfinite(want)


def _text(value: Any) -> str:
    return f"{value:.9g}" if isinstance(value, np.floating) else str(value)


_PATH = re.compile(r"(?:/[^\s:'\"]+)+\.py(?::\d+)*:? ?")


def _short(error: BaseException) -> str:
    """The first line of the message, without what differs from run to run."""
    text = error.message if isinstance(error, SmtirError) else f"{type(error).__name__}: {error}"
    first = next(iter(text.strip().splitlines()), type(error).__name__)
    return re.sub(r"case\d+|kernel_\w+", "the kernel", _PATH.sub("", first))[:160]
