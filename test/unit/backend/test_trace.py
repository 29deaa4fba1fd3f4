"""``smtir trace`` records what a script compiles, and its records are kernels for other commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from plugin import environment

from smtir.cli.entry import run_command
from smtir.compiler.record import read_record

SCRIPT = """\
import sys
import numpy as np
import triton
import triton.language as tl

@triton.jit
def fill(out, n, VALUE: tl.constexpr, BLOCK: tl.constexpr):
    where = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + where, tl.full((BLOCK,), VALUE, tl.float32), mask=where < n)

@triton.jit
def wrong(out):
    tl.store(out, out.nothing)

out = np.zeros(100, np.float32)
fill[(4,)](out, 100, VALUE=2, BLOCK=32)
assert (out == 2).all()
fill[(2, 1, 1)](out, 100, VALUE=3.5, BLOCK=64)
fill[(4,)](out, 100, VALUE=2, BLOCK=32)
try:
    wrong[(1,)](out)
except Exception:
    pass
sys.exit(7)
"""


def trace(directory: Path, *program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smtir", "trace", "-o", "out", "--", *program],
        cwd=directory,
        env=environment(directory),
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_every_kernel_is_recorded_also_one_that_fails(tmp_path: Path, capsys) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = trace(tmp_path, sys.executable, "script.py")
    assert done.returncode == 7, done.stderr
    assert done.stderr.splitlines() == [
        "out/fill: ok, grid 4x1x1",
        "out/fill.2: ok, grid 2x1x1",
        "out/wrong: failed, never launched",
        f"  {tmp_path / 'script.py'}:13: 'tensor' object has no attribute 'nothing'",
    ]
    first = read_record(tmp_path / "out" / "fill")
    assert first.manifest["signature"] == {"out": "*fp32", "n": "i32"}
    assert first.manifest["constexprs"] == {"VALUE": 2, "BLOCK": 32}
    assert first.manifest["kernel"]["source"] == f"{tmp_path / 'script.py'}:fill"
    assert [stage["name"] for stage in first.manifest["stages"]][-1] == "object"
    failed = read_record(tmp_path / "out" / "wrong")
    assert failed.manifest["error"]["location"]["line"] == 13

    assert run_command(["dump", str(tmp_path / "out" / "fill.2"), "--stage", "linalg"]) == 0
    assert "linalg.fill" in capsys.readouterr().out
    assert (
        run_command(["run", str(tmp_path / "out" / "fill"), "--arg", "out=100xf32:zeros", "--arg", "n=100"])
        == 0
    )
    assert "grid 4x1x1" in capsys.readouterr().out

    again = trace(tmp_path, sys.executable, "script.py")
    assert "out/fill.3: ok, grid 4x1x1" in again.stderr


def test_a_script_without_kernels_gets_a_hint(tmp_path: Path) -> None:
    done = trace(tmp_path, sys.executable, "-c", "print('nothing')")
    assert (done.returncode, done.stdout) == (0, "nothing\n")
    assert "no kernel was compiled through smtir" in done.stderr
    assert "smtir doctor" in done.stderr


def test_an_unknown_program_is_named(tmp_path: Path) -> None:
    done = trace(tmp_path, "no-such-program")
    assert done.returncode == 2
    assert "no program 'no-such-program'" in done.stderr
