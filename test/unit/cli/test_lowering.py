"""``smtir dump --lowering spine-triton-opt``, with programs in the place of the tool."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtir.cli.entry import run_command

KERNEL = """\
module {
  tt.func public @fill(%p: !tt.ptr<f32> loc("p"), %x: f32) {
    tt.store %p, %x : !tt.ptr<f32> loc("fill.py":7:4)
    tt.return
  }
}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "fill.mlir").write_text(KERNEL)
    return str(tmp_path / "fill.mlir")


def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    program = tmp_path / "tool"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    monkeypatch.setenv("SPINE_TRITON_OPT_PATH", str(program))


def test_the_tool_gets_the_ttir_with_its_lines_and_its_answer_is_printed(
    tmp_path, monkeypatch, file, capsys
) -> None:
    install(tmp_path, monkeypatch, 'test "$2 $3" = "--triton-to-linalg-experimental -o" && cp "$1" "$4"')
    assert run_command(["dump", file, "--lowering", "spine-triton-opt"]) == 0
    printed = capsys.readouterr().out
    assert "tt.store" in printed
    assert 'loc("fill.py":7:4)' in printed
    target = tmp_path / "theirs.mlir"
    assert run_command(["dump", file, "--lowering", "spine-triton-opt", "-o", str(target)]) == 0
    assert target.read_text() == printed


def test_a_refusal_is_an_error_at_the_line_that_the_tool_names(tmp_path, monkeypatch, file, capsys) -> None:
    said = "There are multiple users\\nfill.py:7:4: error: failed to legalize operation 'tt.store'\\nmore"
    install(tmp_path, monkeypatch, f'printf "{said}" >&2; exit 1')
    assert run_command(["dump", file, "--lowering", "spine-triton-opt"]) == 1
    printed = capsys.readouterr().err
    assert (
        "fill.py:7:4: error: spine-triton-opt refuses fill: failed to legalize operation 'tt.store'"
        in printed
    )
    assert "hint: what smtir makes of it" in printed


def test_a_crash_of_the_tool_is_told_with_its_last_words(tmp_path, monkeypatch, file, capsys) -> None:
    install(tmp_path, monkeypatch, "echo 'PLEASE submit a bug report' >&2; exit 134")
    assert run_command(["dump", file, "--lowering", "spine-triton-opt"]) == 1
    printed = capsys.readouterr().err
    assert "spine-triton-opt ended with 134 for fill: PLEASE submit a bug report" in printed


def test_a_tool_that_writes_nothing_has_failed(tmp_path, monkeypatch, file, capsys) -> None:
    install(tmp_path, monkeypatch, "exit 0")
    assert run_command(["dump", file, "--lowering", "spine-triton-opt"]) == 1
    assert "spine-triton-opt ended with 0 for fill: it said nothing" in capsys.readouterr().err


def test_without_the_tool_the_error_says_how_to_get_it(monkeypatch, file, capsys) -> None:
    monkeypatch.delenv("SPINE_TRITON_OPT_PATH", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    assert run_command(["dump", file, "--lowering", "spine-triton-opt"]) == 3
    assert "set SPINE_TRITON_OPT_PATH to the program" in capsys.readouterr().err
    monkeypatch.setenv("SPINE_TRITON_OPT_PATH", "/nowhere/spine-triton-opt")
    assert run_command(["dump", file, "--lowering", "spine-triton-opt"]) == 3
    assert (
        "SPINE_TRITON_OPT_PATH is '/nowhere/spine-triton-opt', which is not a program"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("options", [["--stage", "asm"], ["--locations"]])
def test_the_tool_makes_one_stage_only(file, options, capsys) -> None:
    assert run_command(["dump", file, "--lowering", "spine-triton-opt", *options]) == 2
    assert "hint: leave out --stage and --locations" in capsys.readouterr().err
