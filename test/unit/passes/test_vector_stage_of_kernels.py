"""What the kernels look like behind the passes from linalg to vector, and as assembly."""

from __future__ import annotations

import re

import pytest

import smtir
from smtir import kernels

NAMES = ["qk", "qk_v2", "attention_hybrid", "attention_smt", "attention_v2"]


@pytest.fixture(scope="module", params=NAMES)
def compilation(request: pytest.FixtureRequest) -> smtir.Compilation:
    spec = kernels.get(request.param)
    return smtir.compile(
        spec.fn, signature=spec.signature_for("f32"), constexprs=spec.constexprs, target="k1"
    )


def loops(assembly: str) -> list[list[str]]:
    """The instructions of each innermost loop: from a label to the branch back to it."""
    lines = [line.split("#")[0].strip() for line in assembly.splitlines()]
    lines = [line for line in lines if line and not line.startswith((".loc", ".cfi", ".Ltmp"))]
    starts = {line[:-1]: number for number, line in enumerate(lines) if line.endswith(":")}
    found = []
    for end, line in enumerate(lines):
        target = re.match(r"b\w+\s.*?(\.LBB\w+)$", line)
        if target and starts.get(target[1], end) < end:
            body = lines[starts[target[1]] + 1 : end + 1]
            if not any(inner.endswith(":") for inner in body):
                found.append(body)
    return found


def test_no_loop_copies_or_allocates_blocks(compilation: smtir.Compilation) -> None:
    text = compilation.stages["vector"]
    assert "memref.copy" not in text
    assert "memref.alloc(" not in text
    assert "linalg." not in text
    assert not re.search(r"^ {6,}.*memref\.alloca", text, re.MULTILINE)


def test_the_k_loop_keeps_its_accumulators_in_registers(compilation: smtir.Compilation) -> None:
    products = [
        body for body in loops(compilation.stages["asm"]) if any("vfmacc.vf" in line for line in body)
    ]
    deep = [
        body for body in products if sum(line.startswith(("vfmacc.vf", "vfmadd.vf")) for line in body) == 64
    ]
    assert deep
    for body in deep:
        assert not [line for line in body if re.match(r"vs\w*e\d|vs\dr", line)]
        assert sum(line.startswith("vle32.v") for line in body) == 8
        assert len(body) < 160
    assembly = compilation.stages["asm"]
    first = assembly.index("vfmacc.vf")
    assert re.findall(r"vset\w+.*", assembly[:first])[-1].split()[-3:] == ["m2,", "ta,", "ma"]


def test_assembly_calls_nothing(compilation: smtir.Compilation) -> None:
    name = re.search(r"\.globl\s+(\w+)", compilation.stages["asm"])
    assert name
    called = set(re.findall(r"^\s+(?:call|tail)\s+(\S+)", compilation.stages["asm"], re.MULTILINE))
    assert called <= {name[1]}


def test_python_lines_reach_the_assembly(compilation: smtir.Compilation) -> None:
    assembly = compilation.stages["asm"]
    assert re.search(r'\.file\s+1 ".*smtir.kernels" "\w+\.py"', assembly)
    assert len(set(re.findall(r"\.loc\s+1 (\d+)", assembly))) > 5
