"""Findings as JSON and as SARIF 2.1.0, for editors and code-scanning services."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from smtir.errors import Note, SourceLocation
from smtir.inspect.lint.model import SEVERITIES, Finding
from smtir.inspect.lint.registry import Rule

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_json(kernel: str, target: str, findings: Sequence[Finding]) -> str:
    """An object with ``kernel``, ``target``, ``findings`` and ``summary`` (count by severity)."""
    shown = {
        "kernel": kernel,
        "target": target,
        "findings": [
            {
                "rule": one.rule,
                "severity": one.severity,
                "message": one.message,
                "fix": one.fix,
                "op": one.op,
                "location": _place(one.place),
                "notes": [{"message": note.message, "location": _place(note.location)} for note in one.notes],
            }
            for one in findings
        ],
        "summary": {name: sum(one.severity == name for one in findings) for name in SEVERITIES},
    }
    return json.dumps(shown, indent=2) + "\n"


def to_sarif(findings: Sequence[Finding], rules: Sequence[Rule], version: str) -> str:
    """A SARIF log of one run; a file below the working directory has a relative address."""
    order = {one.id: index for index, one in enumerate(rules)}
    log = {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "smtir", "version": version, "rules": [_rule(one) for one in rules]}
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, order[one.rule]) for one in findings],
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _place(place: SourceLocation | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "column": place.column, "name": place.name}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.documentation},
        "help": {"text": rule.documentation, "markdown": rule.documentation},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{finding.message}. Fix: {finding.fix}."},
        "locations": [_location(finding.place)] if finding.place and finding.place.file else [],
    }
    related = [_related(note, number) for number, note in enumerate(finding.notes, 1)]
    if related:
        made["relatedLocations"] = related
    return made


def _related(note: Note, number: int) -> dict[str, Any]:
    place = _location(note.location) if note.location and note.location.file else {}
    return {"id": number, "message": {"text": note.message}, **place}


def _location(place: SourceLocation) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line:
        physical["region"] = {"startLine": place.line}
        if place.column:
            physical["region"]["startColumn"] = place.column
    return {"physicalLocation": physical}


def _uri(file: str) -> str:
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
