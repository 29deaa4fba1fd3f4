"""The threads that run programs: every program once, in order, whoever calls and however workers sleep."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from smtir.runtime.pool import pool
from smtir.targets import host_target

_ENTRY = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


def run(piece: Callable[[int, int], object], total: int, workers: int) -> int:
    """``piece(first, last)`` for each piece of the grid; how many workers helped."""
    entry = _ENTRY(lambda slots, first, last: piece(first, last) and None)
    address = ctypes.cast(entry, ctypes.c_void_p).value
    assert address is not None
    return pool(host_target())(address, b"", total, workers)


@pytest.mark.parametrize("total", [1, 2, 7, 64, 1000, 10**7])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_pieces_cover_the_grid_and_get_smaller(total: int, workers: int) -> None:
    found: list[tuple[int, int]] = []
    assert run(lambda first, last: found.append((first, last)), total, workers) < workers
    bounds = np.array(sorted(found))
    sizes = bounds[:, 1] - bounds[:, 0]
    assert bounds[0, 0] == 0
    assert bounds[-1, 1] == total
    assert (bounds[1:, 0] == bounds[:-1, 1]).all()
    # All but the last, which is what is left.
    assert (np.diff(sizes)[:-1] <= 0).all()
    assert sizes[0] <= max(1, total / (2 * workers))
    assert sizes[-1] <= max(1, total / (workers * 256))
    assert len(found) < 3000


def test_as_many_programs_run_at_a_time_as_there_are_workers() -> None:
    for workers in (2, 3, 6):
        meeting = threading.Barrier(workers)
        seen: set[int] = set()

        def piece(first: int, last: int, meeting: threading.Barrier = meeting) -> None:
            seen.add(threading.get_ident())  # noqa: B023  (called before the loop goes on)
            meeting.wait(60)

        assert run(piece, workers, workers) == workers - 1
        assert len(seen) == workers


def test_workers_that_sleep_wake_up_and_those_that_do_not_are_not_lost() -> None:
    rng = np.random.default_rng(0)
    for number in range(600):
        total, workers = int(rng.integers(1, 50)), int(rng.integers(1, 6))
        counts = np.zeros(total, int)

        def piece(first: int, last: int, counts: np.ndarray = counts) -> None:
            counts[first:last] += 1

        run(piece, total, workers)
        assert (counts == 1).all()
        if number % 7 == 0:
            time.sleep(float(rng.choice([0, 5e-5, 1e-4, 1e-3])))


def test_several_threads_and_programs_themselves_may_launch() -> None:
    done: list[int] = []

    def inner(first: int, last: int) -> None:
        done.extend(range(first, last))

    def outer(first: int, last: int) -> None:
        for _ in range(first, last):
            run(inner, 5, 3)

    callers = [threading.Thread(target=run, args=(outer, 8, 3)) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(done) == sorted([*range(5)] * 32)


ENDINGS = ["", "import os; os._exit(0)", "raise SystemExit(0)", "import time; time.sleep(0.01)"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_process_ends_well_right_after_a_launch(ending: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"""
import numpy as np
import triton
import triton.language as tl
import smtir

@triton.jit
def fill(x_ptr, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(x_ptr + at, at)

kernel = smtir.compile(fill, signature={{"x_ptr": "*i32"}}, constexprs={{"BLOCK": 256}})
x = np.zeros(256 * 4000, np.int32)
for _ in range(3):
    kernel.run(x, grid=(4000,), threads=4)
assert (x == np.arange(x.size)).all()
{ending}
"""
    )
    command = [sys.executable, str(script)]
    for _ in range(3):
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (0, "")
