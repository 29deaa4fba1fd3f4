from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import jsonschema
import pytest

import smtir
from smtir.compiler.record import MANIFEST, is_record, read_record
from smtir.compiler.schema import faults, manifest_schema
from smtir.errors import LoweringError, UsageError

pytestmark = pytest.mark.usefixtures("upstream_pipelines")


@pytest.fixture
def record(tmp_path: Path, fill: str, target: str) -> Path:
    smtir.compile(fill, target=target, record=tmp_path / "rec", until="object")
    return tmp_path / "rec"


def load(record: Path) -> dict:
    manifest = json.loads((record / MANIFEST).read_text())
    jsonschema.validate(manifest, manifest_schema())
    return manifest


def test_a_record_has_one_numbered_file_a_pass_and_one_a_stage(record):
    manifest = load(record)
    assert [entry["index"] for entry in manifest["passes"]] == [1, 2, 3, 4, 5]
    for entry in manifest["passes"]:
        assert entry["file"].startswith(f"{entry['index']:03d}-{entry['stage']}-")
        assert (record / entry["input"]).read_text().startswith(("module", "#loc"))
    named = {entry["file"] for entry in (*manifest["passes"], *manifest["stages"], manifest["entry"])}
    assert {file.name for file in record.iterdir()} == named | {MANIFEST}
    stages = [entry["name"] for entry in manifest["stages"]]
    assert stages == ["linalg", "vector", "llvm", "llvmir", "asm", "object"]


def test_the_manifest_says_what_was_compiled_and_with_what(record):
    manifest = load(record)
    assert manifest["version"] == 1
    assert manifest["status"] == "ok"
    assert manifest["kernel"]["name"] == "fill"
    assert manifest["signature"] == {"a": "*fp32"}
    assert manifest["target"] == "stub"
    assert manifest["versions"].keys() == {"python", "smtir", "triton", "mlir", "llvm"}
    assert manifest["error"] is None


def test_a_pass_entry_says_whether_the_pass_changed_anything(record):
    changed = {entry["pipeline"]: entry["changed"] for entry in load(record)["passes"]}
    assert changed["convert-linalg-to-loops"] is True
    assert changed["canonicalize"] is False
    assert all(entry["seconds"] > 0 for entry in load(record)["passes"])


def test_a_failing_pass_leaves_the_ir_that_went_into_it(tmp_path, fill, target, upstream_pipelines):
    upstream_pipelines["VECTOR_TO_LLVM"].insert(1, "func.func(transform-interpreter{entry-point=nothing})")
    with pytest.raises(LoweringError):
        smtir.compile(fill, target=target, record=tmp_path / "rec")
    manifest = load(tmp_path / "rec")
    assert manifest["status"] == "failed"
    assert manifest["error"]["kind"] == "LoweringError"
    last = manifest["passes"][-1]
    assert (last["status"], last["file"]) == ("failed", None)
    assert "cf.cond_br" in (tmp_path / "rec" / last["input"]).read_text()


def test_an_illegal_operation_at_the_end_of_a_stage_closes_the_record_as_failed(
    tmp_path, fill, target, upstream_pipelines
):
    upstream_pipelines["LINALG_TO_VECTOR"].clear()
    with pytest.raises(LoweringError, match=r"linalg\.fill is left at the end of the stage vector"):
        smtir.compile(fill, target=target, record=tmp_path / "rec")
    assert load(tmp_path / "rec")["error"]["op"] == "linalg.fill"


def test_a_killed_compilation_leaves_a_valid_record_that_names_the_running_pass(
    tmp_path, fill, target, upstream_pipelines, define_test_pass
):
    directory = tmp_path / "rec"

    def hang(module: object) -> None:
        time.sleep(60)

    upstream_pipelines["LINALG_TO_VECTOR"].append(define_test_pass("hang-forever", hang))
    child = os.fork()
    if child == 0:
        smtir.compile(fill, target=target, record=directory)
        os._exit(0)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if (directory / MANIFEST).exists() and "hang-forever" in (directory / MANIFEST).read_text():
            break
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    manifest = load(directory)
    assert manifest["status"] == "running"
    last = manifest["passes"][-1]
    assert (last["pipeline"], last["status"]) == ("hang-forever", "running")
    assert "memref.store" in (directory / last["input"]).read_text()
    again = smtir.compile(str(directory), target=target, until="linalg")
    assert again.kernel.name == "fill"


def test_a_record_is_compiled_again_from_its_entry(record, target):
    again = smtir.compile(str(record), target=target)
    assert again.stages["vector"] == (record / "fill.vector.mlir").read_text()


def test_writing_over_a_record_removes_its_files_and_no_others(record, fill, target):
    (record / "notes.txt").write_text("mine")
    smtir.compile(fill, target=target, record=record, until="linalg")
    assert {file.name for file in record.iterdir()} == {
        MANIFEST,
        "000-linalg.mlir",
        "fill.linalg.mlir",
        "notes.txt",
    }


def test_a_record_of_another_version_is_refused(record):
    manifest = json.loads((record / MANIFEST).read_text())
    (record / MANIFEST).write_text(json.dumps(manifest | {"version": 7}))
    with pytest.raises(UsageError, match="is a record of version 7, this smtir reads version 1"):
        read_record(record)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("status", "fine", "manifest.status is 'fine', expected one of"),
        ("passes", {}, "manifest.passes is dict, expected array"),
        ("surprise", 1, "manifest has an unknown key 'surprise'"),
        ("stages", [{"name": "asm"}], "manifest.stages[0] lacks 'file'"),
        ("signature", {"a": 1}, "manifest.signature.a is int, expected string"),
    ],
)
def test_a_manifest_that_breaks_the_schema_is_refused_with_the_place(record, key, value, message):
    manifest = json.loads((record / MANIFEST).read_text()) | {key: value}
    assert any(message in fault for fault in faults(manifest, manifest_schema(), manifest_schema()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest, manifest_schema())
    (record / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="breaks the schema"):
        read_record(record)


def test_a_manifest_that_is_no_json_is_refused(tmp_path):
    (tmp_path / MANIFEST).write_text("{")
    assert is_record(tmp_path)
    with pytest.raises(UsageError, match="is not JSON"):
        read_record(tmp_path)


def test_a_record_whose_file_is_gone_is_refused(record, target):
    (record / "000-linalg.mlir").unlink()
    with pytest.raises(UsageError, match=r"lacks 000-linalg\.mlir"):
        smtir.compile(str(record), target=target)


def test_a_record_cannot_be_made_where_a_file_is(tmp_path, fill, target):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot make the record"):
        smtir.compile(fill, target=target, record=tmp_path / "file")


def test_spine_tritons_variable_writes_its_file_names(tmp_path, fill, target, monkeypatch):
    monkeypatch.setenv("SPINE_TRITON_DUMP_PATH", str(tmp_path))
    smtir.compile(fill, target=target)
    assert {file.name for file in tmp_path.iterdir()} == {
        "fill_linalg.mlir",
        "fill_ll.mlir",
        "fill_.ll",
        "fill.s",
        "fill_.o",
    }


def test_spine_tritons_variable_must_name_a_directory(tmp_path, fill, target, monkeypatch):
    monkeypatch.setenv("SPINE_TRITON_DUMP_PATH", str(tmp_path / "absent"))
    with pytest.raises(UsageError, match=r"SPINE_TRITON_DUMP_PATH names .* which is no directory"):
        smtir.compile(fill, target=target)


def test_the_target_that_the_compiler_notes_in_the_module_is_no_change_of_the_first_pass(
    tmp_path, fill, target, upstream_pipelines
):
    upstream_pipelines["LINALG_TO_VECTOR"].insert(0, "cse")
    compilation = smtir.compile(fill, target=target, record=tmp_path / "rec")
    assert load(tmp_path / "rec")["passes"][0]["changed"] is False
    assert compilation.snapshots[0].changed is False
    assert 'smtir.target = {name = "stub"' in (tmp_path / "rec" / "000-linalg.mlir").read_text()
