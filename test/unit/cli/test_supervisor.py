from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from smtir.cli.entry import run_command
from smtir.cli.supervisor import StatusBoard, supervise
from smtir.compiler.activity import announce, listening
from smtir.errors import MissingToolError

KERNEL = "func.func @k() {\n  return\n}\n"


@pytest.fixture
def smtir(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Run a command under supervision; exit code and stderr."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["smtir", *arguments])
        capfd.readouterr()
        code = supervise(lambda board: run_command(arguments, board))
        return code, capfd.readouterr().err

    return run


@pytest.fixture
def kernel(tmp_path: Path) -> str:
    file = tmp_path / "k.mlir"
    file.write_text(KERNEL)
    return str(file)


def reproducer(err: str) -> Path:
    found = re.search(r"reproducer: (\S+)", err)
    assert found, err
    return Path(found[1])


def test_a_finished_command_keeps_its_exit_code(smtir, kernel):
    assert smtir("opt", kernel) == (0, "")
    assert smtir("opt", kernel, "--passes=nothing-of-that-name")[0] == 2


def test_an_abort_in_a_pass_names_the_pass_and_leaves_its_input(smtir, kernel, define_test_pass):
    name = define_test_pass("abort-now", lambda module: os.abort())
    code, err = smtir("opt", kernel, f"--passes=canonicalize,{name}")
    assert code == 70
    assert "smtir: internal error: SIGABRT (Aborted) in the pass 'abort-now'" in err
    assert "This is a bug in smtir or in MLIR, not in your kernel." in err
    saved = reproducer(err) / "input.mlir"
    assert "@k" in saved.read_text()
    assert f"run again:  smtir opt {saved} --passes=abort-now" in err
    report = (reproducer(err) / "report.txt").read_text()
    assert f"command: smtir opt {kernel} --passes=canonicalize,abort-now" in report
    assert "in abort" in report or "Aborted" in report


def test_an_abort_while_compiling_names_kernel_stage_and_record(
    smtir, tmp_path, fill, target, upstream_pipelines, define_test_pass
):
    file = tmp_path / "fill.mlir"
    file.write_text(fill)
    upstream_pipelines["LINALG_TO_VECTOR"].append(define_test_pass("abort-now", lambda module: os.abort()))
    record = tmp_path / "rec"
    code, err = smtir("dump", str(file), "--stage", "all", "-o", str(record))
    assert code == 70
    assert "in the pass 'abort-now' (stage vector) while compiling fill" in err
    assert f"record:     {record}" in err
    assert (record / "002-vector-canonicalize.mlir").exists()


def test_an_unexpected_exception_is_a_bug_with_a_reproducer(smtir, kernel, define_test_pass):
    def fail(module: object) -> None:
        raise KeyError("surprise")

    code, err = smtir("opt", kernel, f"--passes={define_test_pass('raise-now', fail)}")
    assert code == 70
    assert "an unexpected Python exception in the pass 'raise-now'" in err
    assert "KeyError: 'surprise'" in err
    assert "Traceback" in (reproducer(err) / "report.txt").read_text()
    assert "@k" in (reproducer(err) / "input.mlir").read_text()


def test_a_crash_of_compiled_code_is_the_kernels_fault(capfd):
    def work(board: StatusBoard) -> int:
        with listening(board.post):
            announce("run", kernel="reads_too_far")
            os.kill(os.getpid(), signal.SIGSEGV)
        return 0

    assert supervise(work) == 1
    err = capfd.readouterr().err
    assert "smtir: error: reads_too_far crashed in compiled code: SIGSEGV (Segmentation fault)" in err
    assert "hint: a load or store without boundary_check" in err


def test_a_missing_tool_has_its_own_exit_code(smtir, kernel, define_test_pass):
    def fail(module: object) -> None:
        raise MissingToolError("qemu-riscv64 is not installed", hint="apt-get install qemu-user")

    code, err = smtir("opt", kernel, f"--passes={define_test_pass('needs-qemu', fail)}")
    assert code == 3
    assert err.splitlines() == [
        "smtir: error: qemu-riscv64 is not installed",
        "note: in the pass needs-qemu",
        "hint: apt-get install qemu-user",
    ]


def test_a_command_that_is_stopped_on_purpose_is_no_bug(kernel):
    program = "import sys; from smtir.cli import main; sys.argv = ['smtir', 'opt', '-']; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(1.0)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
    assert "bug" not in err


def test_a_reader_that_stops_early_is_no_error(kernel):
    process = subprocess.Popen(
        [sys.executable, "-m", "smtir", "opt", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert process.wait(timeout=20) == 0
    assert process.stderr.read() == b""


def test_the_status_board_ignores_a_module_that_does_not_fit(monkeypatch):
    monkeypatch.setattr("smtir.cli.supervisor._MODULE_ROOM", 16)
    board = StatusBoard()
    board._write(1 << 16, 16, b"x" * 9)
    assert board.module() == b""
    board._write(1 << 16, 16, b"x" * 8)
    assert board.module() == b"x" * 8
