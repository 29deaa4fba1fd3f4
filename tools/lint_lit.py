"""Reject lit tests that cannot fail: `python -m tools.lint_lit DIRECTORY...`.

Prints one line a fault (``file:line: rule: message``) and exits 1 if there is any.

| rule | what is wrong |
|---|---|
| no-run | a test file without a RUN line |
| run-input | a RUN line that does not read the test: no ``%s`` |
| run-check | a RUN line whose output nothing checks |
| check-word | a word that looks like a check and is none: ``CHECK ;``, ``CHEKC:``, ``CHECK-NXT:`` |
| check-empty | a check with an empty pattern |
| no-check | a prefix that FileCheck is told of and the file never uses, or a file without any check |
| unused-prefix | a check whose prefix no RUN line uses |
| orphan | a file that no test reads: unknown suffix, or unnamed in an ``Inputs`` folder |
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEST_SUFFIXES = {".mlir", ".ttir", ".py", ".test"}
NOT_TESTS = {"lit.cfg.py", "lit.local.cfg", "lit.site.cfg.py"}
INPUTS = "Inputs"

DIRECTIVE_SUFFIXES = ("NEXT", "SAME", "NOT", "DAG", "LABEL", "EMPTY")
_COMMENT = re.compile(r"^\s*(?://|#|;)\s?(?P<text>.*)$")
_RUN = re.compile(r"\bRUN:\s*(?P<command>.*)$")
_CHECK = re.compile(
    r"^\s*(?P<prefix>[A-Z][A-Z0-9_-]*?)(?P<suffix>-(?:NEXT|SAME|NOT|DAG|LABEL|EMPTY|COUNT-\d+))?"
    r"(?:\{(?P<modifier>LITERAL)\})?:(?P<pattern>.*)$"
)
_WORD = re.compile(
    r"^\s*(?P<word>[A-Za-z][A-Za-z0-9_-]*)(?P<between>\{LITERAL\})?(?P<end>\s*[:;.,=]|\s+\S|\s*$)"
)
_PREFIX_OPTION = re.compile(r"--?check-prefix(?:es)?[= ](\S+)")
_EXPECTED = re.compile(r"\bexpected-(?:error|warning|note|remark)(?:-re)?\b")
_OTHER_KEYWORDS = {"RUN", "REQUIRES", "UNSUPPORTED", "XFAIL", "DEFINE", "REDEFINE", "END", "NOTE", "END."}


@dataclass(frozen=True, order=True)
class Fault:
    """One broken rule, and where."""

    file: Path
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class RunLine:
    """A RUN command, its continuation lines joined."""

    line: int
    command: str

    @property
    def prefixes(self) -> set[str]:
        """Prefixes that the FileCheck calls of this command look for."""
        found: set[str] = set()
        for call in re.split(r"\||&&|;", self.command):
            if re.search(r"\bfilecheck\b", call, re.IGNORECASE):
                given = [name for names in _PREFIX_OPTION.findall(call) for name in names.split(",")]
                found |= set(given or ["CHECK"])
        return found

    @property
    def checks(self) -> bool:
        """Whether a failure of the thing under test fails the command."""
        last = self.command.rpartition("|")[2]
        return bool(
            re.search(r"\bfilecheck\b|--verify-diagnostics\b", self.command, re.IGNORECASE)
            or re.match(r"\s*(?:diff|cmp)\b", last)
        )


def run_lines(text: str) -> list[RunLine]:
    """The RUN commands of a test, backslash continuations joined."""
    runs: list[RunLine] = []
    pending: RunLine | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not (match := _RUN.search(line)):
            continue
        command = match["command"].strip()
        if pending:
            pending = RunLine(pending.line, f"{pending.command} {command}")
        else:
            pending = RunLine(number, command)
        if pending.command.endswith("\\"):
            pending = RunLine(pending.line, pending.command[:-1].rstrip())
        else:
            runs.append(pending)
            pending = None
    if pending:
        runs.append(pending)
    return runs


def lint_text(file: Path, text: str) -> Iterator[Fault]:
    """The faults of one test."""
    runs = run_lines(text)
    if not runs:
        yield Fault(file, 1, "no-run", "no RUN line: lit would never run this file")
        return
    for run in runs:
        if "%s" not in run.command and "%S" not in run.command:
            yield Fault(file, run.line, "run-input", "the RUN line does not read the test (%s)")
        if not run.checks:
            yield Fault(file, run.line, "run-check", "nothing checks the output: pipe it into filecheck")
    prefixes = set().union(*(run.prefixes for run in runs))
    used: set[str] = set()
    diagnostics = False
    for number, line in enumerate(text.splitlines(), 1):
        diagnostics = diagnostics or bool(_EXPECTED.search(line))
        comment = _COMMENT.match(line)
        if not comment or "RUN:" in line:
            continue
        yield from _lint_comment(file, number, comment["text"], prefixes, used)
    for prefix in sorted(prefixes - used):
        yield Fault(
            file, runs[0].line, "no-check", f"filecheck looks for {prefix} and the file has no {prefix}: line"
        )
    verifies = any("--verify-diagnostics" in run.command for run in runs)
    if verifies and not diagnostics:
        yield Fault(file, runs[0].line, "no-check", "--verify-diagnostics without an expected-error line")
    if diagnostics and not verifies:
        yield Fault(file, runs[0].line, "no-check", "expected-error lines that no RUN line verifies")


def _lint_comment(file: Path, line: int, text: str, prefixes: set[str], used: set[str]) -> Iterator[Fault]:
    match = _CHECK.match(text)
    if match and match["prefix"] in prefixes:
        if match["suffix"] != "-NOT":
            used.add(match["prefix"])
        if not match["pattern"].strip() and match["suffix"] != "-EMPTY":
            yield Fault(file, line, "check-empty", f"{text.split(':')[0].strip()}: has no pattern")
        return
    word = _WORD.match(text)
    if not word or word["word"] in _OTHER_KEYWORDS:
        return
    name, end = word["word"], word["end"].strip()
    base = _base(name)
    if name in prefixes or base in prefixes:
        # "CHECK ;" or "CHECK lines below": prose may start with the word, a directive may not.
        if end[:1] in {":", ";", ".", ",", "="} or end == "":
            yield Fault(file, line, "check-word", f"{name!r} must be followed by ':' at once")
        return
    if end[:1] not in {":", ";", "="}:
        return
    if any(
        _close(part, prefix) or name.startswith(f"{prefix}-") for prefix in prefixes for part in (name, base)
    ):
        meant = ", ".join(sorted(prefixes))
        yield Fault(file, line, "check-word", f"{name!r} is no check; one of {meant} was meant?")
    elif match and (match["suffix"] or "CHECK" in match["prefix"]):
        yield Fault(file, line, "unused-prefix", f"no RUN line looks for the prefix {match['prefix']!r}")


def _base(name: str) -> str:
    for suffix in DIRECTIVE_SUFFIXES:
        if name.endswith(f"-{suffix}"):
            return name.removesuffix(f"-{suffix}")
    return re.sub(r"-COUNT-\d+$", "", name)


def _close(word: str, prefix: str) -> bool:
    """Whether ``word`` is ``prefix`` mistyped: case, or one letter wrong, missing, extra or swapped."""
    if word == prefix:
        return False
    one, two = word.upper(), prefix.upper()
    if one == two:
        return True
    if abs(len(one) - len(two)) > 1 or len(two) < 4:
        return False
    start = 0
    while start < min(len(one), len(two)) and one[start] == two[start]:
        start += 1
    tails = {
        (one[start + 1 :], two[start + 1 :]),
        (one[start:], two[start + 1 :]),
        (one[start + 1 :], two[start:]),
    }
    if any(left == right for left, right in tails):
        return True
    return one[start : start + 2] == two[start : start + 2][::-1] and one[start + 2 :] == two[start + 2 :]


def lint_tree(top: Path) -> list[Fault]:
    """The faults of every file below ``top``, orphans included."""
    faults: list[Fault] = []
    files = sorted(file for file in top.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    tests: dict[Path, str] = {}
    for file in files:
        if INPUTS in file.relative_to(top).parts or file.name in NOT_TESTS or "Output" in file.parts:
            continue
        if file.suffix in TEST_SUFFIXES:
            tests[file] = file.read_text()
        elif file.name != ".lit_test_times.txt":
            faults.append(
                Fault(file, 1, "orphan", f"lit does not run {file.suffix or 'such'} files: use {INPUTS}/")
            )
    for file, text in tests.items():
        faults += lint_text(file, text)
    for file in files:
        if INPUTS in file.relative_to(top).parts and not any(
            file.name in text for test, text in tests.items() if file.is_relative_to(test.parent)
        ):
            faults.append(Fault(file, 1, "orphan", "no test names this input"))
    return sorted(faults)


def main(arguments: list[str]) -> int:
    """Lint the directories in ``arguments``; returns the exit code."""
    if not arguments:
        print("usage: lint_lit.py DIRECTORY...", file=sys.stderr)
        return 2
    faults: list[Fault] = []
    for name in arguments:
        if not Path(name).is_dir():
            print(f"lint_lit.py: {name} is not a directory", file=sys.stderr)
            return 2
        faults += lint_tree(Path(name))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
