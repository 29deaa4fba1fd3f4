"""spine-triton's own lowering from TTIR to linalg, run on the same TTIR to compare with ours."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from smtir.api.compilation import Compilation
from smtir.errors import LoweringError, SourceLocation
from smtir.targets.tools import SPINE_TRITON_OPT, find_spine_triton_opt

PASSES = "--triton-to-linalg-experimental"
TIME_LIMIT = 300.0
"""Seconds; a kernel takes the tool less than one."""
_ERROR = re.compile(
    r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?P<column>\d+): error: (?P<text>.*)$", re.MULTILINE
)


def reference_linalg(compilation: Compilation) -> str:
    """What ``spine-triton-opt`` makes of the compilation's TTIR, as it prints it.

    ``SPINE_TRITON_OPT_PATH`` names the program, else it is looked for on ``PATH``.

    Raises:
        MissingToolError: there is no such program.
        LoweringError: it refuses the TTIR, with its first error and the line that this names.
    """
    program = find_spine_triton_opt()
    name = compilation.kernel.name
    with tempfile.TemporaryDirectory(prefix="smtir-") as directory:
        source, result = Path(directory, "tt.mlir"), Path(directory, "linalg.mlir")
        source.write_bytes(compilation.content("ttir", locations=True))
        try:
            done = subprocess.run(
                [program, str(source), PASSES, "-o", str(result)],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIME_LIMIT,
            )
        except subprocess.TimeoutExpired:
            raise LoweringError(f"{SPINE_TRITON_OPT} took more than {TIME_LIMIT:.0f} s for {name}") from None
        if done.returncode or not result.is_file():
            raise _refusal(name, done.stderr.replace(str(source), f"{name}.ttir.mlir"), done.returncode)
        return result.read_text()


def _refusal(name: str, said: str, code: int) -> LoweringError:
    found = _ERROR.search(said)
    if found is None:
        lines = said.strip().splitlines() or ["it said nothing"]
        return LoweringError(f"{SPINE_TRITON_OPT} ended with {code} for {name}: {lines[-1]}")
    return LoweringError(
        f"{SPINE_TRITON_OPT} refuses {name}: {found['text']}",
        location=SourceLocation(found["file"], int(found["line"]), int(found["column"])),
        hint="what smtir makes of it: the same command without --lowering",
    )
