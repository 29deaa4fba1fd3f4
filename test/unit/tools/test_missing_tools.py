"""What happens to tests whose external tool is absent: skipped with the reason, failed in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

QEMU_TEST = """
import pytest

@pytest.mark.qemu
def test_needs_qemu():
    pass
"""
LIT = ["-c", "from lit.main import main; main()"]
LIT_TEST = """// REQUIRES: qemu
// RUN: qemu-riscv64 %s
"""


def run(arguments: list[str], directory: Path, ci: str) -> subprocess.CompletedProcess[str]:
    """Run Python with an empty PATH."""
    environment = os.environ | {"PATH": str(directory / "nothing"), "CI": ci}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def suite(tmp_path: Path, root: Path) -> Path:
    shutil.copy(root / "test/conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text(
        f"[pytest]\npythonpath = {root / 'test'}\nmarkers =\n    qemu: needs qemu\n"
    )
    (tmp_path / "test_one.py").write_text(QEMU_TEST)
    (tmp_path / "one.mlir").write_text(LIT_TEST)
    configuration = (root / "test/lit/lit.cfg.py").read_text()
    configuration = configuration.replace("Path(__file__).resolve().parents[2]", f"Path({str(root)!r})")
    configuration += (
        f"config.test_source_root = {str(tmp_path)!r}\nconfig.test_exec_root = {str(tmp_path)!r}\n"
    )
    (tmp_path / "lit.cfg.py").write_text(configuration)
    return tmp_path


def test_pytest_skips_with_the_reason(suite: Path) -> None:
    done = run(["-m", "pytest", "-rs", "test_one.py"], suite, ci="")
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert "apt-get install qemu-user" in done.stdout


def test_pytest_fails_in_ci(suite: Path) -> None:
    done = run(["-m", "pytest", "test_one.py"], suite, ci="true")
    assert done.returncode == 1, done.stdout
    assert "qemu-riscv64 is not installed" in done.stdout


def test_lit_says_why_a_test_is_unsupported(suite: Path) -> None:
    done = run([*LIT, "-v", "one.mlir"], suite, ci="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "UNSUPPORTED: smtir :: one.mlir" in done.stdout
    assert "apt-get install qemu-user" in done.stdout + done.stderr


def test_lit_fails_in_ci(suite: Path) -> None:
    done = run([*LIT, "-v", "one.mlir"], suite, ci="true")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAIL: smtir :: one.mlir" in done.stdout
    assert "unsupported here" not in done.stdout + done.stderr
