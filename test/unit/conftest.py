"""Fixtures that the tests of the compiler, the API and the command line share."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator

import pytest

import smtir.api.compiling
from smtir.compiler import stages
from smtir.rewrite import passes
from smtir.rewrite.machine import Machine

FILL = """\
func.func @fill(%a: memref<64xf32>) {
  %c = arith.constant 1.0 : f32
  linalg.fill ins(%c : f32) outs(%a : memref<64xf32>)
  return
}
"""


@pytest.fixture
def fill() -> str:
    """A kernel at the linalg stage that upstream's passes take down to LLVM."""
    return FILL


@pytest.fixture
def upstream_pipelines(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Short pipelines of upstream's passes in place of smtir's, so that these tests stand alone."""
    pipelines = {
        "TTIR_TO_LINALG": ["canonicalize"],
        "LINALG_TO_VECTOR": ["convert-linalg-to-loops", "canonicalize"],
        "VECTOR_TO_LLVM": [
            "convert-scf-to-cf",
            "convert-to-llvm",
            "reconcile-unrealized-casts",
        ],
    }
    fake = types.ModuleType(stages.PIPELINES)
    vars(fake).update(pipelines)
    monkeypatch.setitem(sys.modules, stages.PIPELINES, fake)
    return pipelines


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> str:
    """A target that generates nothing: code generation has tests of its own."""

    class Stub:
        name = "stub"
        machine = Machine(vector_bits=128)

        def emit_assembly(self, llvm_ir: str) -> str:
            return "# assembly\n"

        def emit_object(self, llvm_ir: str) -> bytes:
            return b"\x7fELF"

    monkeypatch.setattr(smtir.api.compiling, "get_target", lambda name: Stub())
    return "stub"


@pytest.fixture
def define_test_pass() -> Iterator[Callable[[str, Callable[..., None]], str]]:
    """A function that registers a pass for the time of the test and returns its name."""
    added: list[str] = []

    def define(name: str, function: Callable[..., None]) -> str:
        passes._PASSES[name] = passes.Pass(name, function, {}, "A pass of a test.")
        added.append(name)
        return name

    yield define
    for name in added:
        del passes._PASSES[name]
