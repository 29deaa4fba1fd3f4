"""IR texts by stage or by pass, of a kernel that is compiled for it or of a record as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smtir.api.compiling import compile  # noqa: A004  (the public name)
from smtir.api.sources import Source, resolve
from smtir.compiler.record import Record
from smtir.compiler.snapshots import Image, SnapshotTaker
from smtir.compiler.stages import get_stage
from smtir.dialects import parse_module
from smtir.errors import SmtirError, UsageError


@dataclass(frozen=True)
class View:
    """IR text under a title."""

    title: str
    text: str


@dataclass(frozen=True)
class _PassTexts:
    index: int
    pipeline: str
    before: View
    after: View


def open_source(
    name: str,
    signature: Mapping[str, str] | None = None,
    constexprs: Mapping[str, Any] | None = None,
    smt_api: str = "auto",
) -> Source:
    """The kernel, record or file called ``name``; see ``resolve``."""
    return resolve(name, signature or None, constexprs or None, smt_api)


def stage_view(source: Source, stage: str, target: str | None = None) -> View:
    """``source`` at ``stage``: from the record if it is one and has the stage, else compiled."""
    get_stage(stage)
    if source.record is not None and target is None:
        for entry in source.record.manifest["stages"]:
            if entry["name"] == stage:
                return View(f"{source.origin} ({stage})", source.record.read(entry["file"]))
    compilation = compile(source, target=target, until=stage)
    return View(f"{source.origin} ({stage})", compilation.content(stage).decode(errors="replace"))


def file_view(path: str) -> View:
    """A file as it is."""
    try:
        return View(path, Path(path).read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from None


def pass_views(source: Source, wanted: str, target: str | None = None) -> tuple[View, View]:
    """The IR before and after a pass.

    ``wanted`` is the pass's number, its name, or ``name#2`` for the second time it runs.
    Raises ``UsageError`` listing the passes when none fits, and what the compilation raised when
    that ended before the pass.
    """
    failure: SmtirError | None = None
    if source.record is not None and target is None:
        passes = _recorded(source.record)
    else:
        taker = SnapshotTaker()
        try:
            compile(source, target=target, observers=[taker])
        except SmtirError as error:
            failure = error
        passes = [
            _PassTexts(
                one.index,
                one.pipeline,
                View(f"before {one.pipeline}", one.before),
                View(f"after {one.pipeline}", one.text),
            )
            for one in taker.snapshots
        ]
    found = _select(passes, wanted)
    if found is not None:
        return found.before, found.after
    if failure is not None:
        raise failure
    known = ", ".join(f"{one.index} {one.pipeline}" for one in passes)
    raise UsageError(f"no pass {wanted!r} ran on {source.origin}", hint=f"the passes: {known or 'none'}")


def _select(passes: list[_PassTexts], wanted: str) -> _PassTexts | None:
    if wanted.isdigit():
        return next((one for one in passes if one.index == int(wanted)), None)
    name, _, number = wanted.partition("#")
    fitting = [one for one in passes if one.pipeline == name or one.pipeline.partition("{")[0] == name]
    place = int(number) - 1 if number.isdigit() else 0
    return fitting[place] if 0 <= place < len(fitting) else None


def _recorded(record: Record) -> list[_PassTexts]:
    def view(file: str, word: str, pipeline: str) -> View:
        return View(f"{word} {pipeline}", Image(parse_module(record.read(file), file)).text)

    return [
        _PassTexts(
            entry["index"],
            entry["pipeline"],
            view(entry["input"], "before", entry["pipeline"]),
            view(entry["file"], "after", entry["pipeline"]),
        )
        for entry in record.manifest["passes"]
        if entry["file"]
    ]
