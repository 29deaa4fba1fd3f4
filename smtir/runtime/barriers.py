"""What a launch must know of barriers: who runs at once, and which wait could never end.

``smtir/targets/barriers.ll`` keeps a record of the wait that a program was given up at.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

from smtir.errors import LaunchError, SourceLocation
from smtir.runtime.arguments import Grid

FAILURE = "smtir_failure"
"""The record of the run time: 8 words of 64 bits."""
_VALID = 2
_WORDS = 8
_HINT = (
    "as many smt.barrier_arrive as expect_count of the barrier (or arrive_count of the wait) says must be"
    " reached in each phase: by iterations of the same smt.parallel, by programs of the grid, or before"
)


def waits_for_barriers(code: bytes) -> bool:
    """Whether the object code needs the run time of barriers."""
    return b"smtir_program_begin" in code or b"smtir_barrier_init" in code


def runs_at_once(code: bytes) -> bool:
    """Whether the programs of a grid wait for one another, so that one call must run them all."""
    return b"smtir_grid_begin" in code


@dataclass(frozen=True)
class Stuck:
    """A wait that cannot end.

    Attributes:
        program: number of the program in the order of the grid, x fastest.
        line: ``FILE:LINE:COLUMN`` of the wait, or empty.
        arrived: arrivals that it has: in its phase, or in all.
        needed: arrivals that it needs; -1 where the barrier was never told.
        iteration: number of the iteration of the innermost ``smt.parallel`` around it, from 0 in the
            order of the loop; -1 for none.
        phase: the phase that it waits for, from 1; 0 where it waits for a total.
    """

    program: int
    line: str
    arrived: int
    needed: int
    iteration: int
    phase: int

    def error(self, kernel: str, grid: Grid) -> LaunchError:
        """The error that says so."""
        row, x = divmod(self.program, grid[0])
        where = f"program ({x}, {row % grid[1]}, {row // grid[1]})"
        if self.iteration >= 0:
            where += f", iteration {self.iteration} of smt.parallel"
        if self.needed < 0:
            count = f"{self.arrived} arrivals, and smt.barrier_set_expect never said how many it expects"
        else:
            which = f" in phase {self.phase}" if self.phase > 1 else " in all" if self.phase == 0 else ""
            count = f"{self.arrived} of {self.needed} arrivals{which}"
        return LaunchError(
            f"kernel {kernel} waits for ever at a barrier that has {count}: nobody is left who could arrive"
            f" ({where})",
            location=_location(self.line),
            op="smt.barrier_wait",
            hint=_HINT,
        )


class Failure:
    """The record of a kernel that is linked into this process."""

    def __init__(self, words: ctypes.Array[ctypes.c_int64]) -> None:
        self._words = words

    @staticmethod
    def at(address: int) -> Failure:
        """The record at ``address``."""
        return Failure((ctypes.c_int64 * _WORDS).from_address(address))

    @property
    def happened(self) -> bool:
        """Whether a program was given up."""
        return self._words[0] == _VALID

    def taken(self) -> Stuck:
        """What it says; the next launch finds it empty."""
        _, program, line, *numbers = list(self._words)
        self._words[0] = 0
        text = ctypes.string_at(line).decode(errors="replace") if line else ""
        return Stuck(program, text, *numbers[:4])


def stuck_from_text(words: Sequence[str]) -> Stuck:
    """The record as a program for k1 prints it: five numbers, and the line last."""
    program, arrived, needed, iteration, phase = (int(word) for word in words[:5])
    return Stuck(program, " ".join(words[5:]), arrived, needed, iteration, phase)


def _location(line: str) -> SourceLocation | None:
    file, _, rest = line.rpartition(":")
    file, _, number = file.rpartition(":")
    return SourceLocation(file, int(number), int(rest)) if file else None
