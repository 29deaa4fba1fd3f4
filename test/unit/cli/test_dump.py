from __future__ import annotations

from pathlib import Path

import pytest

from smtir.cli.entry import run_command

pytestmark = pytest.mark.usefixtures("upstream_pipelines", "target")


@pytest.fixture
def file(tmp_path: Path, fill: str) -> str:
    (tmp_path / "fill.mlir").write_text(fill)
    return str(tmp_path / "fill.mlir")


def test_a_stage_is_printed(file, capsys):
    assert run_command(["dump", file, "--stage", "vector"]) == 0
    assert "memref.store" in capsys.readouterr().out


def test_locations_are_printed_on_request(file, capsys):
    run_command(["dump", file, "--stage", "linalg"])
    assert "loc(" not in capsys.readouterr().out
    run_command(["dump", file, "--stage", "linalg", "--locations"])
    assert "loc(" in capsys.readouterr().out


def test_assembly_and_object_files_are_written(file, tmp_path, capsysbinary):
    assert run_command(["dump", file, "-s", "asm"]) == 0
    assert capsysbinary.readouterr().out == b"# assembly\n"
    assert run_command(["dump", file, "-s", "object", "-o", str(tmp_path / "k.o")]) == 0
    assert (tmp_path / "k.o").read_bytes() == b"\x7fELF"


def test_all_stages_need_a_directory(file, capsys):
    assert run_command(["dump", file, "--stage", "all"]) == 2
    assert "hint: name it with -o DIR" in capsys.readouterr().err


def test_a_record_can_be_dumped_again(file, tmp_path, capsys):
    record = str(tmp_path / "rec")
    assert run_command(["dump", file, "--stage", "all", "-o", record]) == 0
    assert capsys.readouterr().err == f"{record}: 6 stages of fill\n"
    assert run_command(["dump", record, "--stage", "llvm"]) == 0
    assert "llvm.func @fill" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["FILE", "--stage", "lnalg"], 2, "unknown stage 'lnalg'"),
        (["FILE", "--stage", "ttir"], 2, "is at the stage linalg, which comes after ttir"),
        (["FILE", "-a", "a=*fp32"], 2, "is IR already: types and constexprs are fixed in it"),
        (["FILE", "-a", "a"], 2, "-a 'a' is not of the form NAME=VALUE"),
        (["FILE", "-c", "1=2"], 2, "-c '1=2' is not of the form NAME=VALUE"),
        (["absent.mlir"], 2, "no kernel 'absent.mlir': no file, record or kernel has that name"),
        (["absent.py:kernel"], 2, "no such file: absent.py"),
        (["absent.module:kernel"], 2, "no Python file or module 'absent.module'"),
        (["DIR/kernels.py"], 2, "kernels.py may hold several kernels"),
        (["DIR/kernels.py:nothing"], 2, "has no kernel 'nothing'"),
        (["DIR/kernels.py:plain"], 2, "'plain' in DIR/kernels.py is no kernel but a function"),
        (["DIR/broken.py:kernel"], 1, "DIR/broken.py:2:5: error: DIR/broken.py is not valid Python"),
        (
            ["DIR/fails.py:kernel"],
            1,
            "DIR/fails.py:1: error: importing DIR/fails.py failed: ZeroDivisionError",
        ),
    ],
)
def test_a_wrong_kernel_or_option_is_one_message(file, tmp_path, capsys, arguments, code, message):
    (tmp_path / "kernels.py").write_text("def plain():\n    pass\n")
    (tmp_path / "broken.py").write_text("def kernel(:\n    (\n")
    (tmp_path / "broken.py").write_text("x = 1\ny = (\n")
    (tmp_path / "fails.py").write_text("1 / 0\n")
    given = [word.replace("FILE", file).replace("DIR", str(tmp_path)) for word in arguments]
    assert run_command(["dump", *given]) == code
    err = capsys.readouterr().err.replace(str(tmp_path), "DIR")
    assert message in err
    assert err.count("error:") == 1


def test_an_operation_without_a_lowering_is_shown_with_its_line(file, capsys, upstream_pipelines):
    upstream_pipelines["LINALG_TO_VECTOR"].clear()
    assert run_command(["dump", file, "--stage", "llvm"]) == 1
    err = capsys.readouterr().err
    assert "error: linalg.fill is left at the end of the stage vector" in err
    assert "note: no pass that leads to the stage vector has a rule for linalg.fill" in err
