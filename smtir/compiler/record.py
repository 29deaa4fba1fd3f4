"""A compilation on disk: ``manifest.json`` and one IR file a pass, written as the passes run.

Every file appears at once (it is written under another name and renamed), and the manifest is
rewritten before and after each pass.  So whatever stops the process, the directory is a valid
record that ends with the IR which went into the pass that was running.  ``docs/record.md``
describes the format.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smtir.compiler.diagnostics import Diagnostic
from smtir.compiler.runner import Observer, Outcome, Step
from smtir.compiler.schema import faults, manifest_schema
from smtir.compiler.snapshots import Image
from smtir.compiler.stages import Stage, get_stage
from smtir.compiler.versions import versions
from smtir.errors import Note, SmtirError, SourceLocation, UsageError
from smtir.mlir import ir

MANIFEST = "manifest.json"
MANIFEST_VERSION = 1


@dataclass(frozen=True)
class KernelInfo:
    """What a compilation is of.

    Attributes:
        name: of the kernel function.
        source: what the user named: ``file.py:function``, ``smtir.kernels:NAME`` or a file.
        signature: type by parameter, in Triton's names (``"*fp32"``, ``"i32"``).
        constexprs: value by parameter.
        target: name of the target.
    """

    name: str
    source: str
    signature: Mapping[str, str]
    constexprs: Mapping[str, Any]
    target: str


class RecordWriter(Observer):
    """Writes the record of one compilation into ``directory`` (made if absent)."""

    def __init__(self, directory: str | os.PathLike[str], kernel: KernelInfo) -> None:
        self.directory = Path(directory)
        self.kernel = kernel
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot make the record {self.directory}: {error.strerror}") from None
        for old in _files_of_a_record(self.directory):
            old.unlink()
        self._last: Image | None = None
        self._last_file = ""
        self._encoded: list[str] = []
        self._manifest: dict[str, Any] = {
            "version": MANIFEST_VERSION,
            "status": "running",
            "kernel": {"name": kernel.name, "source": kernel.source},
            "signature": dict(kernel.signature),
            "constexprs": {name: _as_json(value) for name, value in kernel.constexprs.items()},
            "target": kernel.target,
            "versions": versions(),
            "entry": None,
            "passes": [],
            "stages": [],
            "error": None,
        }
        self._write_manifest()

    def entered(self, stage: str, module: ir.Module) -> None:
        if self._last_file and not self._manifest["passes"]:
            self._last = Image(module)
            self._write(self._last_file, self._last.located_text)

    def before(self, step: Step, module: ir.Module) -> None:
        if self._last is None:
            self._enter_image(step.stage, Image(module))
        self._manifest["passes"].append(
            {
                "index": step.index,
                "stage": step.stage,
                "name": step.element.name,
                "pipeline": step.element.text,
                "options": dict(step.element.options),
                "status": "running",
                "seconds": None,
                "changed": None,
                "input": self._last_file,
                "file": None,
                "diagnostics": [],
            }
        )
        self._write_manifest()

    def after(self, step: Step, module: ir.Module, outcome: Outcome) -> None:
        entry = self._manifest["passes"][-1]
        entry["seconds"] = round(outcome.seconds, 6)
        entry["diagnostics"] = [_message(one) for top in outcome.diagnostics for one in top.flatten()]
        entry["status"] = "failed" if outcome.error else "ok"
        if outcome.error is None:
            image = Image(module)
            assert self._last is not None
            entry["changed"] = not image.same_as(self._last)
            entry["file"] = f"{step.index:03d}-{step.stage or 'opt'}-{_slug(step.element.text)}.mlir"
            self._write(entry["file"], image.located_text)
            self._last, self._last_file = image, entry["file"]
        self._write_manifest()

    def stage_done(self, stage: Stage, content: Image | str | bytes) -> None:
        """Write the stage's file: IR text without locations, assembly, or an object file."""
        if self._last is None and isinstance(content, Image):
            self._enter_image(stage.name, content)
        name = f"{_slug(self.kernel.name)}{stage.suffix}"
        self._write(name, content.text if isinstance(content, Image) else content)
        self._manifest["stages"].append({"name": stage.name, "file": name})
        self._write_manifest()

    def finish(self, error: Exception | None = None) -> None:
        """Close the record; ``error`` is what ended the compilation early."""
        self._manifest["status"] = "failed" if error else "ok"
        self._manifest["error"] = _error(error) if error else None
        self._write_manifest()

    def _enter_image(self, stage: str, image: Image) -> None:
        self._last, self._last_file = image, f"000-{stage or 'input'}.mlir"
        self._write(self._last_file, image.located_text)
        self._manifest["entry"] = {"stage": stage, "file": self._last_file}

    def _write_manifest(self) -> None:
        """Write all but the last pass as encoded before: otherwise the work grows with their square."""
        passes = self._manifest["passes"]
        while len(self._encoded) < len(passes) - 1:
            self._encoded.append(json.dumps(passes[len(self._encoded)], allow_nan=False))
        lines = [*self._encoded, *(json.dumps(entry, allow_nan=False) for entry in passes[-1:])]
        head = {key: value for key, value in self._manifest.items() if key != "passes"}
        text = json.dumps(head, indent=1, allow_nan=False).removesuffix("\n}")
        self._write(MANIFEST, text + ',\n "passes": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n")

    def _write(self, name: str, content: str | bytes) -> None:
        write_atomically(self.directory / name, content)


@dataclass(frozen=True)
class Record:
    """A record read back; ``manifest`` is checked against the schema."""

    directory: Path
    manifest: Mapping[str, Any]

    @property
    def kernel(self) -> KernelInfo:
        data = self.manifest
        return KernelInfo(
            data["kernel"]["name"],
            data["kernel"]["source"],
            data["signature"],
            data["constexprs"],
            data["target"],
        )

    def read(self, file: str) -> str:
        """Text of one of the record's files.  Raises ``UsageError`` when it is gone."""
        try:
            return (self.directory / file).read_text()
        except OSError as error:
            raise UsageError(f"the record {self.directory} lacks {file}: {error.strerror}") from None

    def stage_file(self, stage: str) -> str:
        """Name of the file of ``stage``.  Raises ``UsageError`` when the record has none."""
        get_stage(stage)
        for entry in self.manifest["stages"]:
            if entry["name"] == stage:
                return str(entry["file"])
        have = ", ".join(entry["name"] for entry in self.manifest["stages"]) or "none"
        raise UsageError(f"the record {self.directory} has no stage {stage}", hint=f"its stages: {have}")


def is_record(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a directory with a manifest."""
    return (Path(path) / MANIFEST).is_file()


def read_record(directory: str | os.PathLike[str]) -> Record:
    """Read and check a record.  Raises ``UsageError`` with the first fault."""
    path = Path(directory)
    try:
        manifest = json.loads((path / MANIFEST).read_text())
    except OSError as error:
        raise UsageError(f"{path} is no record: {MANIFEST}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path / MANIFEST} is not JSON: {error}") from None
    found = manifest.get("version") if isinstance(manifest, dict) else None
    if found != MANIFEST_VERSION:
        raise UsageError(
            f"{path} is a record of version {found}, this smtir reads version {MANIFEST_VERSION}"
        )
    schema = manifest_schema()
    if problems := faults(manifest, schema, schema):
        raise UsageError(f"{path / MANIFEST} breaks the schema: {problems[0]}")
    return Record(path, manifest)


def add_grid(directory: str | os.PathLike[str], grid: Sequence[int]) -> None:
    """Note in a finished record how many programs (x, y, z) its kernel was first launched with."""
    manifest = dict(read_record(directory).manifest)
    manifest["grid"] = [int(size) for size in grid]
    write_atomically(Path(directory) / MANIFEST, json.dumps(manifest, indent=1, allow_nan=False) + "\n")


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write ``path`` so that it is never seen half done.  Raises ``UsageError``."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(part, path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _files_of_a_record(directory: Path) -> list[Path]:
    """What an earlier record left in ``directory``; nothing if there is no valid one."""
    if not is_record(directory):
        return []
    try:
        old = read_record(directory).manifest
    except UsageError:
        return []
    names = [entry["file"] for entry in (*old["passes"], *old["stages"], old["entry"] or {"file": None})]
    return [directory / name for name in names if name and "/" not in name and (directory / name).is_file()]


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")[:60] or "kernel"


def _as_json(value: Any) -> int | float | str | bool | None:
    if isinstance(value, float) and not abs(value) < float("inf"):
        return str(value)
    return value if value is None or isinstance(value, int | float | str | bool) else str(value)


def _location(place: SourceLocation | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "column": place.column, "name": place.name}


def _message(entry: Diagnostic | Note) -> dict[str, Any]:
    severity = entry.severity if isinstance(entry, Diagnostic) else "note"
    return {"severity": severity, "message": entry.message, "location": _location(entry.location)}


def _error(error: Exception) -> dict[str, Any]:
    known = error if isinstance(error, SmtirError) else SmtirError(f"{type(error).__name__}: {error}")
    return {
        "kind": type(error).__name__,
        "message": known.message,
        "location": _location(known.location),
        "op": known.op,
        "hint": known.hint,
        "notes": [_message(note) for note in known.notes],
    }
