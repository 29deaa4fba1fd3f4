"""Outcomes as a file: what was measured last of each case, so that a change needs only its cases anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tools.coverage import registry
from tools.coverage.case import Case
from tools.coverage.measure import Outcome, Outcomes
from tools.pages import ROOT

FILE: Path = ROOT / "docs" / "reference" / "coverage.json"
"""By function, what is called, target and outcome: the element types."""

Data = dict[str, dict[str, dict[str, dict[str, str]]]]


def load(path: Path = FILE) -> Outcomes:
    """The outcomes of all cases that are in the file."""
    if not path.exists():
        return {}
    data: Data = json.loads(path.read_text())
    found: Outcomes = {}
    for case in registry.every_case():
        for target, by_outcome in data.get(case.function, {}).get(key_of(case), {}).items():
            for text, names in by_outcome.items():
                status, _, reason = text.partition(": ")
                found |= {(case, name, target): Outcome(status, reason) for name in names.split()}
    return found


def save(outcomes: Mapping[tuple[Case, str, str], Outcome], path: Path = FILE) -> None:
    """Write the outcomes, in the order of the cases."""
    data: Data = {}
    place = {id(case): number for number, case in enumerate(registry.every_case())}
    names = {name: number for number, name in enumerate(registry.ALL)}
    ordered = sorted(
        outcomes.items(), key=lambda item: (place[id(item[0][0])], item[0][2], names[item[0][1]])
    )
    for (case, name, target), outcome in ordered:
        # What Triton says of a type that it does not define is long, and not of interest.
        reason = f": {outcome.reason}" if outcome.reason and outcome.status != "undefined" else ""
        by_outcome = data.setdefault(case.function, {}).setdefault(key_of(case), {}).setdefault(target, {})
        text = outcome.status + reason
        by_outcome[text] = f"{by_outcome[text]} {name}" if text in by_outcome else name
    path.write_text(json.dumps(data, indent=1) + "\n")


def key_of(case: Case) -> str:
    """What tells the cases of one function apart."""
    return case.body
