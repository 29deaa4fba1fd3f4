"""Every command that README.md and docs/ show is run, and prints what they say it prints.

A fenced ``console`` block has ``$ command`` lines, each followed by what it prints.  A line ``...``
stands for any lines, ``...`` inside a line for any text, and a number with a fraction or before ``ms`` for
any number of that kind.  Blanks count as one.  Commands of one file share a directory; a ``python`` block
whose first line is ``# NAME.py`` is written to it first, and an ``mlir`` block that begins ``// NAME.ttir``.
A command may fail only if the block's fence says ``console exit=N``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import plugin
import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^```(?P<language>\w+)(?P<options>[^\n]*)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = {
    "python": re.compile(r"^# (?P<name>[\w/]+\.py)\n"),
    "mlir": re.compile(r"^// (?P<name>[\w/]+\.(?:ttir|mlir))\n"),
}
_MEASURED = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?(?=\s*ms\b)|\d+\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+")


@dataclass(frozen=True)
class Command:
    """One command line of a page, and what the page says it prints."""

    page: Path
    line: int
    command: str
    shown: str
    exit_code: int


def commands(page: Path) -> list[Command]:
    found: list[Command] = []
    text = page.read_text()
    for fence in _FENCE.finditer(text):
        if fence["language"] != "console":
            continue
        line = text.count("\n", 0, fence.start("body")) + 1
        code = re.search(r"exit=(\d+)", fence["options"])
        for number, shown in enumerate(fence["body"].splitlines()):
            if shown.startswith("$ "):
                found.append(Command(page, line + number, shown[2:], "", int(code[1]) if code else 0))
            elif found and found[-1].line >= line:
                last = found[-1]
                found[-1] = Command(page, last.line, last.command, f"{last.shown}{shown}\n", last.exit_code)
            else:
                raise ValueError(f"{page}:{line + number}: a console block starts with '$ '")
    return found


def matches(shown: str, printed: str) -> bool:
    """Whether ``printed`` is what ``shown`` stands for; an empty ``shown`` stands for anything."""
    if not shown.strip():
        return True
    pieces: list[str] = []
    for line in shown.strip().splitlines():
        words = " ".join(line.split())
        if words == "...":
            pieces.append(r"(?:.*\n)*?")
            continue
        parts = [_MEASURED.split(part) for part in words.split("...")]
        numbers = r"[\d.e+-]+"
        pieces.append("[^\n]*?".join(numbers.join(map(re.escape, part)) for part in parts) + "\n")
    flat = "".join(" ".join(line.split()) + "\n" for line in printed.strip().splitlines())
    return re.fullmatch("".join(pieces), flat) is not None


def pages_with_commands() -> list[Path]:
    return [page for page in PAGES if commands(page)]


@pytest.mark.parametrize("page", pages_with_commands(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_print_what_it_shows(page: Path, tmp_path: Path) -> None:
    for fence in _FENCE.finditer(page.read_text()):
        begins = _FILE.get(fence["language"])
        name = begins.match(fence["body"]) if begins else None
        if name:
            (tmp_path / name["name"]).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name["name"]).write_text(fence["body"])
    tools = tmp_path / ".bin"
    tools.mkdir()
    for tool, module in (("smtir", "-m smtir"), ("python", "")):
        (tools / tool).write_text(f'#!/bin/sh\nexec {sys.executable} {module} "$@"\n')
        (tools / tool).chmod(0o755)
    environment = plugin.environment(tmp_path / ".plugin") | {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "120",
        "NO_COLOR": "1",
    }
    for command in commands(page):
        if command.command.startswith("make "):
            assert command.command.split()[1] in (ROOT / "Makefile").read_text()
            continue
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command.command],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        printed = done.stdout + done.stderr
        where = f"{page.name}:{command.line}: $ {command.command}"
        assert done.returncode == command.exit_code, f"{where}: exit code {done.returncode}\n{printed}"
        assert matches(command.shown, printed), f"{where}\nshown:\n{command.shown}\nprinted:\n{printed}"


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("", "anything"),
        ("a  b", "a b\n"),
        ("a\n...\nd", "a\nb\nc\nd"),
        ("a\n...\nd", "a\nd"),
        ("x ... z", "x y z"),
        ("took 12 ms, error 1.2e-07", "took 3.4 ms, error 9.9e-08"),
    ],
)
def test_elisions_and_measured_numbers_match(shown: str, printed: str) -> None:
    assert matches(shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [("a", "b"), ("a\nb", "a"), ("count 3", "count 4"), ("a\n...", "b\nc"), ("a", "a\nb")],
)
def test_other_output_does_not_match(shown: str, printed: str) -> None:
    assert not matches(shown, printed)


def test_each_command_of_a_block_gets_the_output_below_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n```console exit=2\n$ one\nfirst\n$ two\n```\n```console\n$ three\n```\n")
    found = [(entry.line, entry.command, entry.shown, entry.exit_code) for entry in commands(page)]
    assert found == [(3, "one", "first\n", 2), (5, "two", "", 2), (8, "three", "", 0)]
