from __future__ import annotations

import os
from pathlib import Path

import pytest

from smtir.errors import MissingToolError
from smtir.targets import tools


def test_a_missing_emulator_is_an_error_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("SMTIR_QEMU", raising=False)
    with pytest.raises(MissingToolError, match="qemu-riscv64") as caught:
        tools.find_qemu()
    assert "apt-get install qemu-user" in caught.value.hint
    assert caught.value.exit_code == 3


def test_a_missing_zig_is_an_error_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("SMTIR_ZIG", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingToolError, match="zig") as caught:
        tools.find_zig()
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize("variable", ["SMTIR_QEMU", "SMTIR_ZIG"])
def test_a_variable_that_names_no_program_is_an_error(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "/no/such/program")
    find = tools.find_qemu if variable == "SMTIR_QEMU" else tools.find_zig
    with pytest.raises(MissingToolError, match=f"{variable} is '/no/such/program'"):
        find()


def test_a_variable_names_the_program_to_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "my-qemu"
    program.write_text("#!/bin/sh\necho 'qemu-riscv64 version 9.2.1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("SMTIR_QEMU", str(program))
    assert tools.find_qemu() == str(program)
    assert tools.qemu_version(str(program)) == (9, 2)


def test_the_cache_directory_follows_the_variable_then_the_platform(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SMTIR_CACHE_DIR", str(tmp_path / "mine"))
    assert tools.cache_directory() == tmp_path / "mine"
    monkeypatch.delenv("SMTIR_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert tools.cache_directory() == tmp_path / "xdg" / "smtir"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert tools.cache_directory() == tmp_path / ".cache" / "smtir"


def test_an_unusable_cache_directory_is_replaced_by_a_temporary_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SMTIR_CACHE_DIR", str(tmp_path / "file" / "below"))
    found = tools.cache_directory()
    assert found.is_dir()
    assert found != tmp_path / "file" / "below"


def test_files_appear_whole_and_leave_nothing_else_behind(tmp_path: Path) -> None:
    tools.write_atomically(tmp_path / "x.o", b"old")
    tools.write_atomically(tmp_path / "x.o", b"new")
    assert (tmp_path / "x.o").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["x.o"]
