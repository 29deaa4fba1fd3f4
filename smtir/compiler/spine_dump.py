"""``SPINE_TRITON_DUMP_PATH``: the stages as files, under the names that spine-triton gives them.

The directory is flat and must exist, as with spine-triton; its shared library (``NAME_.so``) has
no counterpart here.
"""

from __future__ import annotations

import os
from pathlib import Path

from smtir.compiler.record import write_atomically
from smtir.compiler.runner import Observer
from smtir.compiler.snapshots import Image
from smtir.compiler.stages import Stage
from smtir.errors import UsageError

VARIABLE = "SPINE_TRITON_DUMP_PATH"
SUFFIXES = {
    "ttir": "_tt.mlir",
    "linalg": "_linalg.mlir",
    "llvm": "_ll.mlir",
    "llvmir": "_.ll",
    "asm": ".s",
    "object": "_.o",
}


class SpineDump(Observer):
    """Writes a stage when it is reached."""

    def __init__(self, directory: str, kernel: str) -> None:
        self.directory = Path(directory)
        self.kernel = kernel
        if not self.directory.is_dir():
            raise UsageError(
                f"{VARIABLE} names {directory!r}, which is no directory", hint=f"mkdir {directory}"
            )

    def stage_done(self, stage: Stage, content: Image | str | bytes) -> None:
        if suffix := SUFFIXES.get(stage.name):
            text = content.text if isinstance(content, Image) else content
            write_atomically(self.directory / f"{self.kernel}{suffix}", text)


def spine_dump(kernel: str) -> SpineDump | None:
    """The observer that the environment asks for, if it does."""
    directory = os.environ.get(VARIABLE)
    return SpineDump(directory, kernel) if directory else None
