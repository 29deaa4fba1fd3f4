"""Which pointer parameters a kernel may write through, read off its LLVM IR.

A conservative answer from the text: every value computed from the parameter counts as pointing
into its memory, and every use other than a load or a comparison counts as a write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

_VALUE = re.compile(r'%(?:"[^"]+"|[\w.$-]+)')
_RESULT = re.compile(r'\s*(%(?:"[^"]+"|[\w.$-]+)) = (?:tail call|musttail call|notail call|\w+)')
_HARMLESS = (" = load ", " = icmp ")
_READING_CALLS = ("@llvm.masked.load", "@llvm.masked.gather", "@llvm.masked.expandload", "@llvm.vp.load",
                  "@llvm.vp.gather", "@llvm.experimental.vp.strided.load", "@llvm.assume",
                  "@llvm.prefetch", "@llvm.riscv.vle", "@llvm.riscv.vlse", "@llvm.riscv.vlux",
                  "@llvm.riscv.vlox")  # fmt: skip
_COPYING_CALLS = ("@llvm.memcpy", "@llvm.memmove")


class Writes:
    """``writes(n)``: whether ``function`` may write through its ``n``-th parameter; True when in doubt.

    The text is read once, at the first question.
    """

    def __init__(self, llvm_ir: str, function: str) -> None:
        self._llvm_ir, self._function = llvm_ir, function

    def __call__(self, parameter: int) -> bool:
        answers = self._answers
        return parameter >= len(answers) or answers[parameter]

    @cached_property
    def _answers(self) -> list[bool]:
        """For each parameter; none for a function that is not there."""
        text = self._llvm_ir
        start = re.search(rf'^define [^\n]*@"?{re.escape(self._function)}"?\(', text, re.MULTILINE)
        if start is None:
            return []
        head, *body = text[start.end() : text.find("\n}", start.end())].split("\n")
        uses: dict[str, list[str]] = {}
        for line in body:
            for value in set(_VALUE.findall(line)):
                uses.setdefault(value, []).append(line)
        return [_is_written(name, uses) for name in _VALUE.findall(re.sub(r"\([^()]*\)", "", head))]


def _is_written(parameter: str, uses: Mapping[str, Sequence[str]]) -> bool:
    derived, pending = {parameter}, [parameter]
    while pending:
        for line in uses.get(pending.pop(), ()):
            if _writes(line, derived):
                return True
            result = _RESULT.match(line)
            harmless = " call " in line or any(word in line for word in _HARMLESS)
            if result and not harmless and result[1] not in derived:
                derived.add(result[1])
                pending.append(result[1])
    return False


def _writes(line: str, derived: set[str]) -> bool:
    text = line.lstrip()
    if text.startswith(("store ", "ret ")) or " = atomicrmw " in line or " = cmpxchg " in line:
        return True
    if "call " not in line:
        return False
    if any(name in line for name in _READING_CALLS):
        return False
    if any(name in line for name in _COPYING_CALLS):
        destination = _VALUE.search(line, line.index("("))
        return destination is None or destination[0] in derived
    return True
