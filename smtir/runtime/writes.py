"""Which pointer parameters a kernel may write through, read off its LLVM IR.

A conservative answer from the text: every value computed from the parameter counts as pointing
into its memory, and every use other than a load or a comparison counts as a write.
"""

from __future__ import annotations

import re

_VALUE = re.compile(r'%(?:"[^"]+"|[\w.$-]+)')
_RESULT = re.compile(r'\s*(%(?:"[^"]+"|[\w.$-]+)) = (?:tail call|musttail call|notail call|\w+)')
_HARMLESS = (" = load ", " = icmp ")
_READING_CALLS = ("@llvm.masked.load", "@llvm.masked.gather", "@llvm.masked.expandload", "@llvm.vp.load",
                  "@llvm.vp.gather", "@llvm.experimental.vp.strided.load", "@llvm.assume",
                  "@llvm.prefetch", "@llvm.riscv.vle", "@llvm.riscv.vlse", "@llvm.riscv.vlux",
                  "@llvm.riscv.vlox")  # fmt: skip
_COPYING_CALLS = ("@llvm.memcpy", "@llvm.memmove")


def may_write(llvm_ir: str, function: str, parameter: int) -> bool:
    """Whether ``function`` may write through its ``parameter``-th parameter; True when in doubt."""
    start = re.search(rf'^define [^\n]*@"?{re.escape(function)}"?\(', llvm_ir, re.MULTILINE)
    if start is None:
        return True
    end = llvm_ir.find("\n}", start.end())
    head, *body = llvm_ir[start.end() : end].split("\n")
    names = _VALUE.findall(re.sub(r"\([^()]*\)", "", head))
    if parameter >= len(names):
        return True
    derived = {names[parameter]}
    lines = [(line, set(_VALUE.findall(line))) for line in body if "%" in line]
    while True:
        before = len(derived)
        for line, values in lines:
            if values.isdisjoint(derived):
                continue
            if _writes(line, derived):
                return True
            result = _RESULT.match(line)
            if result and not any(word in line for word in _HARMLESS) and " call " not in line:
                derived.add(result[1])
        if len(derived) == before:
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
