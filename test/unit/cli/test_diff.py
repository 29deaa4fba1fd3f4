from __future__ import annotations

from pathlib import Path

import pytest

from smtir.cli.entry import run_command

pytestmark = pytest.mark.usefixtures("upstream_pipelines", "target")


@pytest.fixture
def file(tmp_path: Path, fill: str) -> str:
    (tmp_path / "fill.mlir").write_text(fill)
    return str(tmp_path / "fill.mlir")


def test_two_stages_are_compared(file, capsys):
    assert run_command(["diff", file, "--from", "linalg", "--to", "vector"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"--- {file} (linalg)\n+++ {file} (vector)\n@@ -1,7 +1,12 @@\n")
    assert "\n-    linalg.fill" in out
    assert "\n+      memref.store" in out


def test_before_and_after_a_pass_by_name_and_by_number(file, capsys):
    assert run_command(["diff", file, "--pass", "convert-linalg-to-loops"]) == 0
    by_name = capsys.readouterr().out
    assert by_name.startswith("--- before convert-linalg-to-loops\n+++ after convert-linalg-to-loops\n")
    assert run_command(["diff", file, "--pass", "1"]) == 0
    assert capsys.readouterr().out == by_name


def test_a_record_is_compared_without_compiling_it_again(file, tmp_path, capsys, upstream_pipelines):
    record = str(tmp_path / "rec")
    run_command(["dump", file, "--stage", "all", "-o", record])
    capsys.readouterr()
    upstream_pipelines["LINALG_TO_VECTOR"].clear()
    assert run_command(["diff", record, "--pass", "convert-linalg-to-loops"]) == 0
    assert "+      memref.store" in capsys.readouterr().out
    assert run_command(["diff", record, "--from", "linalg", "--to", "asm"]) == 0
    assert "+# assembly" in capsys.readouterr().out


def test_a_pass_before_a_failure_can_be_seen(file, capsys, upstream_pipelines):
    upstream_pipelines["VECTOR_TO_LLVM"].clear()
    assert run_command(["diff", file, "--pass", "convert-linalg-to-loops"]) == 0
    assert "+      memref.store" in capsys.readouterr().out
    assert run_command(["diff", file, "--pass", "convert-scf-to-cf"]) == 1
    assert "is left at the end of the stage llvm" in capsys.readouterr().err


def test_an_unknown_pass_lists_those_that_ran(file, capsys):
    assert run_command(["diff", file, "--pass", "nothing"]) == 2
    assert "hint: the passes: 1 convert-linalg-to-loops, 2 canonicalize" in capsys.readouterr().err


def test_two_files_are_compared_and_new_ssa_numbers_are_no_difference(tmp_path, capsys):
    left, right = tmp_path / "a.mlir", tmp_path / "b.mlir"
    left.write_text("%0 = arith.addi %a, %b : i32\n%1 = arith.muli %0, %0 : i32\n")
    right.write_text("%7 = arith.addi %x, %y : i32\n%9 = arith.muli %7, %7 : i32\n")
    assert run_command(["diff", str(left), str(right), "--exit-code"]) == 0
    assert capsys.readouterr().out == ""
    assert run_command(["diff", str(left), str(right), "--exit-code", "--exact"]) == 1
    assert capsys.readouterr().out.count("\n-%") == 2


def test_two_kernels_are_compared_at_a_stage(file, tmp_path, fill, capsys):
    other = tmp_path / "other.mlir"
    other.write_text(fill.replace("1.0", "2.0"))
    assert run_command(["diff", file, str(other), "--stage", "vector"]) == 0
    out = capsys.readouterr().out
    assert "-    %cst = arith.constant 1.0" in out
    assert "+    %cst = arith.constant 2.0" in out


def test_columns_stand_side_by_side(file, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert run_command(["diff", file, "--from", "linalg", "--to", "vector", "-y", "-U", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{file} (linalg)"[:40])
    assert any(" | " in line and "linalg.fill" in line for line in lines)
    assert any(" > " in line and "memref.store" in line for line in lines)
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "expected one of OTHER, --from with --to, and --pass; got none"),
        (["--from", "linalg"], "--from and --to go together"),
        (["--pass", "cse", "--from", "linalg"], "got --from/--to and --pass"),
        (["absent.mlir"], "cannot read absent.mlir"),
        (["--from", "linalg", "--to", "lvm"], "unknown stage 'lvm'"),
    ],
)
def test_a_wrong_request_is_a_usage_error(file, capsys, words, message):
    assert run_command(["diff", file, *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["diff", "run"])
def test_the_examples_in_the_help_keep_their_lines(command, capsys):
    run_command([command, "--help"])
    out = capsys.readouterr().out
    assert "\\b" not in out
    assert "\x08" not in out
    assert "\n  --arg M=128                 a number\n" in out or "\n  smtir diff A.mlir B.mlir " in out
