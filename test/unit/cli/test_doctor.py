from __future__ import annotations

import json
import subprocess
import sys

import pytest

from smtir.cli.entry import run_command
from smtir.inspect import doctor


def items(capsys: pytest.CaptureFixture[str]) -> dict[str, dict]:
    code = run_command(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert (code == 0) == report["ok"]
    return {item["name"]: item for item in report["items"]}


def test_every_item_says_what_it_is_for_and_how_to_get_it(capsys):
    found = items(capsys)
    assert found["triton"]["status"] == "ok"
    assert found["xtc-mlir-python-bindings"]["version"].startswith("22.1.8.")
    assert all(item["purpose"] for item in found.values())
    assert all(item["hint"] for item in found.values() if item["status"] != "ok")


def test_programs_are_found_by_their_variables(capsys, monkeypatch, tmp_path):
    program = tmp_path / "spine-triton-opt"
    program.write_text("#!/bin/sh\necho version 3.4.5\n")
    program.chmod(0o755)
    monkeypatch.setenv("SPINE_TRITON_OPT_PATH", str(program))
    found = items(capsys)["spine-triton-opt"]
    assert (found["status"], found["version"], found["path"]) == ("ok", "3.4.5", str(program))


def test_a_variable_that_names_no_program_is_a_fault(capsys, monkeypatch):
    monkeypatch.setenv("SMTIR_QEMU", "/no/such/emulator")
    assert run_command(["doctor"]) == 3
    assert "SMTIR_QEMU is '/no/such/emulator', which is no program" in capsys.readouterr().out


def test_absent_programs_are_optional(capsys, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("SMTIR_QEMU", raising=False)
    found = items(capsys)["qemu-riscv64"]
    assert (found["status"], found["hint"]) == ("optional", "apt-get install qemu-user")


def test_a_package_of_another_version_is_a_fault(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "installed_version", lambda name: "1.0")
    assert run_command(["doctor"]) == 3
    assert "smtir needs 3.6.* or 3.7.*" in capsys.readouterr().out


def test_a_missing_package_is_a_fault_unless_it_is_optional(monkeypatch):
    monkeypatch.setattr(doctor, "installed_version", lambda name: "unknown")
    status = {item.name: item.status for item in doctor.examine() if item.kind == "package"}
    assert status["triton"] == "missing"
    assert status["ziglang"] == "optional"


def test_doctor_works_without_the_bindings():
    program = (
        "import sys; sys.modules['mlir'] = None; from smtir.cli.entry import run_command; "
        "sys.exit(run_command(['doctor']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "xtc-mlir-python-bindings" in done.stdout


def test_the_triton_plug_in_is_found_or_a_hint_given(capsys, monkeypatch):
    class Point:
        def __init__(self, name: str, value: str) -> None:
            self.name, self.value = name, value

    both = [Point("smtir", "smtir.backend"), Point("nvidia", "triton.backends.nvidia")]
    monkeypatch.setattr(doctor, "entry_points", lambda group: both)
    found = items(capsys)["triton backend"]
    assert (found["status"], found["path"]) == ("ok", "smtir.backend")
    assert "other backends: nvidia" in found["purpose"]
    monkeypatch.setattr(doctor, "entry_points", lambda group: both[1:])
    found = items(capsys)["triton backend"]
    assert found["status"] == "optional"
    assert "its entry point is not seen" in found["hint"]
