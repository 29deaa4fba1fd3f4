"""Records of the kernels that a script compiles: ``smtir trace``.

With ``SMTIR_TRACE`` set to a directory, every compilation writes its record there, one directory
a kernel and specialization, also when it fails; the first launch adds its grid.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from smtir.backend import TRACE_VARIABLE

_records: dict[str, Path] = {}


def trace_directory() -> Path | None:
    """Where records go; None when nothing is traced."""
    named = os.environ.get(TRACE_VARIABLE)
    return Path(named) if named else None


def new_record(kernel: str) -> Path | None:
    """A directory for the next compilation of ``kernel``, made; None when nothing is traced.

    The first is called after the kernel, others ``kernel.2``, ``kernel.3`` and so on, also when
    several processes trace into one directory.
    """
    parent = trace_directory()
    if parent is None:
        return None
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = parent / (kernel if number == 1 else f"{kernel}.{number}")
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
            continue
        return path


def compiled(key: str, record: Path | None) -> None:
    """Remember the record of the kernel with Triton's hash ``key``."""
    if record is not None:
        _records[key] = record


def launched(key: str, grid: Sequence[int]) -> None:
    """Add the grid of the first launch to the record of the kernel with Triton's hash ``key``."""
    record = _records.pop(key, None)
    if record is not None:
        from smtir.compiler.record import add_grid

        add_grid(record, grid)
