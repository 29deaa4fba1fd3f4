"""Random programs give what Triton's interpreter gives, on the host and on emulated RISC-V."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from interpreted import Interpreter
from random_programs import programs

import smtir

SIGNATURE = {
    "x_ptr": "*fp32",
    "y_ptr": "*fp32",
    "i_ptr": "*i32",
    "scratch_ptr": "*fp32",
    "out_ptr": "*fp32",
    "outi_ptr": "*i64",
    "m": "i32",
    "n": "i32",
}


@pytest.fixture(scope="module")
def interpreter() -> Iterator[Interpreter]:
    with Interpreter() as process:
        yield process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


def arguments(m: int, n: int, scratch: int) -> list[Any]:
    rng = np.random.default_rng(1)
    x, y = (rng.integers(-16, 17, (2, m, n)) / 4).astype(np.float32)
    i = rng.integers(-100, 101, (m, n)).astype(np.int32)
    outputs = [np.zeros((3, m, n), kind) for kind in (np.float32, np.int64)]
    return [x, y, i, np.zeros(scratch, np.float32), *outputs, m, n]


def load(path: Path) -> Any:
    """The module; Triton reads a kernel's source, so it has to stand in a file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def check(interpreter: Interpreter, folder: Path, program: tuple[str, int, int, int], target: str) -> None:
    text, M, N, cut = program
    path = folder / f"program_{hashlib.sha256(text.encode()).hexdigest()[:16]}.py"
    path.write_text(text)
    m, n, constexprs = max(1, M - cut), max(1, N - 2 * cut), {"M": M, "N": N}
    given_arguments = arguments(m, n, M * N)
    compiled = smtir.compile(load(path).kernel, SIGNATURE, constexprs, target=target)
    compiled.run(*given_arguments, grid=(1,))
    expected = interpreter.run(path, arguments(m, n, M * N), constexprs, (1,))
    np.testing.assert_allclose(given_arguments[3], expected[3], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(given_arguments[4], expected[4], rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(given_arguments[5], expected[5])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(program=programs())
def test_a_random_program_equals_the_interpreter(
    interpreter: Interpreter, folder: Path, program: tuple[str, int, int, int]
) -> None:
    check(interpreter, folder, program, "host")


@pytest.mark.qemu
@pytest.mark.zig
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(program=programs())
def test_a_random_program_equals_the_interpreter_on_emulated_riscv(
    interpreter: Interpreter, folder: Path, program: tuple[str, int, int, int]
) -> None:
    check(interpreter, folder, program, "k1")
