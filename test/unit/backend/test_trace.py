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


SEVERAL = """\
import numpy as np
import triton
import triton.language as tl
from smtir.errors import LoweringError

@triton.autotune(configs=[triton.Config({"BLOCK": size}) for size in (32, 64)], key=["n"])
@triton.jit
def tuned(x, out, n, BLOCK: tl.constexpr):
    where = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + where, tl.load(x + where, mask=where < n) * 2, mask=where < n)

@triton.jit
def refused(x):
    value = tl.inline_asm_elementwise("nop", "=r,r", [tl.load(x)], dtype=tl.float32, is_pure=True, pack=1)
    tl.store(x, value)

@triton.jit
def strided(x, out, pair, row, column, none, SIZE: tl.constexpr):
    where = tl.arange(0, SIZE)
    if none is None:
        at = where[:, None] * row + where[None, :] * column
        tl.store(out + where[:, None] * SIZE + where[None, :], tl.load(x + at) + pair[1])

x, out = np.arange(100, dtype=np.float32), np.zeros(100, np.float32)
tuned[lambda meta: (triton.cdiv(100, meta["BLOCK"]),)](x, out, 100)
assert (out == 2 * x).all()
try:
    refused[(3,)](x)
except Exception as error:
    assert type(error) is LoweringError
else:
    raise AssertionError("no error")
view = np.arange(8 * 20, dtype=np.float32).reshape(8, 20)[:, ::2][:, :8].T
out = np.zeros((8, 8), np.float32)
strided[(1, 1, 1)](view, out, (x, 2.5), 2, 20, None, SIZE=8)
assert (out == view + 2.5).all()
"""


def test_one_kernel_of_several_fails_in_a_later_pass(tmp_path: Path, capsys) -> None:
    (tmp_path / "script.py").write_text(SEVERAL)
    done = trace(tmp_path, sys.executable, "script.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "out/refused: failed, never launched",
        f"  {tmp_path / 'script.py'}:14: inline assembly is for GPUs and cannot run on this machine: 'nop'",
        "out/strided: ok, grid 1x1x1",
        "out/tuned: ok, grid 4x1x1",
        "out/tuned.2: ok, grid 2x1x1",
    ]
    records = tmp_path / "out"
    failed = read_record(records / "refused").manifest
    assert [stage["name"] for stage in failed["stages"]] == ["ttir"]
    assert len(failed["passes"]) > 3
    assert failed["passes"][-1]["stage"] == "linalg"
    assert failed["error"]["op"] == "tt.elementwise_inline_asm"
    into_the_failing_pass = failed["passes"][-2]["file"]
    assert "tt.elementwise_inline_asm" in (records / "refused" / into_the_failing_pass).read_text()
    strided = read_record(records / "strided").manifest
    assert strided["signature"] == {
        "x": "*fp32",
        "out": "*fp32",
        "pair.0": "*fp32",
        "pair.1": "fp32",
        "row": "i32",
        "column": "i32",
    }
    assert strided["constexprs"] == {"none": None, "SIZE": 8}
    assert [read_record(records / name).manifest["constexprs"] for name in ("tuned", "tuned.2")] == [
        {"BLOCK": 32},
        {"BLOCK": 64},
    ]


def test_commands_take_records_of_a_trace(tmp_path: Path, capsys, monkeypatch) -> None:
    (tmp_path / "script.py").write_text(SEVERAL)
    trace(tmp_path, sys.executable, "script.py")
    monkeypatch.chdir(tmp_path / "out")

    def output(*words: str, code: int = 0) -> str:
        assert run_command(list(words)) == code
        captured = capsys.readouterr()
        return captured.out + captured.err

    assert "tensor<64xi32>" in output("diff", "tuned", "tuned.2")
    assert "-    tt.store" in output("diff", "strided", "--from", "ttir", "--to", "linalg")
    assert "memref.reinterpret_cast" in output("dump", "strided", "--stage", "linalg")
    assert "every operation lowers" in output("explain", "strided")
    assert "nothing found" in output("lint", "tuned")
    assert "inline assembly is for GPUs" in output("explain", "refused", code=1)
    assert "tt.elementwise_inline_asm" in output("dump", "refused", "--stage", "ttir")
    assert "inline assembly is for GPUs" in output(
        "run", "refused", "--arg", "x=1xf32", "--grid", "1", code=1
    )
    sizes = ("x=100xf32:ones", "out=100xf32:zeros", "n=100")
    assert "grid 2x1x1" in output("run", "tuned.2", *(word for size in sizes for word in ("--arg", size)))
