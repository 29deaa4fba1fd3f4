"""What a launch must know of barriers: who runs at once, and what a wait that could never end says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smtir.errors import LaunchError, SourceLocation

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
        arrived: arrivals that it has: in its phase, or in all.
        needed: arrivals that it needs; -1 where the barrier was never told.
        iteration: number of the iteration of the innermost ``smt.parallel`` around it, from 0 in the
            order of the loop; -1 for none.
        phase: the phase that it waits for, from 1; 0 where it waits for a total.
    """

    arrived: int
    needed: int
    iteration: int
    phase: int

    def error(self, kernel: str, place: tuple[int, int, int], told: Mapping[str, Any]) -> LaunchError:
        """The error of the program at ``place``; ``told`` has the file, line and column of the wait."""
        where = f"program {place}"
        if self.iteration >= 0:
            where += f", iteration {self.iteration} of smt.parallel"
        if self.needed < 0:
            count = f"{self.arrived} arrivals, and smt.barrier_set_expect never said how many it expects"
        else:
            which = f" in phase {self.phase}" if self.phase > 1 else " in all" if self.phase == 0 else ""
            count = f"{self.arrived} of {self.needed} arrivals{which}"
        location = SourceLocation(told["file"], told["line"], told["column"]) if told["file"] else None
        return LaunchError(
            f"kernel {kernel} waits for ever at a barrier that has {count}: nobody is left who could arrive"
            f" ({where})",
            location=location,
            op="smt.barrier_wait",
            hint=_HINT,
        )
