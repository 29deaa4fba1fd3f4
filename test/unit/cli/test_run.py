from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from smtir.cli.entry import run_command
from smtir.cli.supervisor import supervise

ADD = """\
func.func @add(%x: memref<f32> loc("x"("k.py":1:1)), %n: f32 loc("n"("k.py":1:1)),
               %gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32) {
  %i = arith.index_cast %px : i32 to index
  %far = arith.constant STEP : index
  %at = arith.muli %i, %far : index
  %r = memref.reinterpret_cast %x to offset: [%at], sizes: [1], strides: [1]
       : memref<f32> to memref<1xf32, strided<[1], offset: ?>>
  %c = arith.constant 0 : index
  %v = memref.load %r[%c] : memref<1xf32, strided<[1], offset: ?>>
  %s = arith.addf %v, %n : f32
  memref.store %s, %r[%c] : memref<1xf32, strided<[1], offset: ?>>
  return
}
"""
TRITON = """\
import triton
import triton.language as tl


@triton.jit
def scale(x_ptr, factor, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < n
    tl.store(x_ptr + offsets, tl.load(x_ptr + offsets, mask=inside) * factor, mask=inside)
"""


@pytest.fixture
def add(tmp_path: Path) -> str:
    file = tmp_path / "add.mlir"
    file.write_text(ADD.replace("STEP", "1"))
    return str(file)


@pytest.fixture
def scale(tmp_path: Path) -> str:
    file = tmp_path / "scaling.py"
    file.write_text(TRITON)
    return f"{file}:scale"


def test_a_kernel_of_smtir_is_checked_against_its_reference(capsys):
    assert run_command(["run", "smtir.kernels:qk", "--size", "M=100", "--size", "N=77"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("qk on host, grid 2x2x1: compiled in ")
    row = out.splitlines()[2].split()
    assert row[:3] == ["out_ptr", "100x77", "float32"]
    assert row[-1] == "ok"


def test_f16_matrices_are_chosen_by_dtype(capsys):
    assert run_command(["run", "smtir.kernels:qk", "--dtype", "f16", "--size", "M=64", "--size", "N=64"]) == 0
    assert "float16" in capsys.readouterr().out


def test_a_result_out_of_tolerance_is_a_failure(capsys):
    assert (
        run_command(["run", "smtir.kernels:qk", "--tolerance", "0", "--size", "M=64", "--size", "N=64"]) == 1
    )
    out = capsys.readouterr().out
    assert "WRONG (tolerance 0)" in out
    assert "out_ptr: max error" in out


@pytest.mark.qemu
@pytest.mark.zig
def test_the_same_kernel_runs_as_risc_v_code(capsys):
    assert run_command(["run", "smtir.kernels:qk", "-t", "k1", "--size", "M=64", "--size", "N=64"]) == 0
    assert capsys.readouterr().out.startswith("qk on k1, grid 1x1x1")


def test_without_the_emulator_the_exit_code_is_3_and_the_hint_says_how_to_get_it(capsys, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("SMTIR_QEMU", raising=False)
    assert run_command(["run", "smtir.kernels:qk", "-t", "k1", "--size", "M=64", "--size", "N=64"]) == 3
    err = capsys.readouterr().err
    assert "needs the emulator qemu-riscv64, which is not installed" in err
    assert "hint: apt-get install qemu-user" in err


def test_arguments_are_made_from_descriptions_and_saved(add, tmp_path, capsys):
    saved = tmp_path / "x.npy"
    code = run_command(
        ["run", add, "--arg", "x=6xf32:arange", "--arg", "n=2.5", "--grid", "6", "--save", f"x={saved}"]
    )
    assert code == 0
    assert np.array_equal(np.load(saved), np.arange(6, dtype=np.float32) + 2.5)
    assert capsys.readouterr().out.splitlines()[2].split() == ["x", "6", "float32", "2.5", "7.5", "-"]


def test_types_are_taken_from_the_arguments(scale, tmp_path, capsys):
    np.save(tmp_path / "x.npy", np.ones(100, np.float32))
    saved = tmp_path / "out.npy"
    words = ["--arg", f"x_ptr={tmp_path / 'x.npy'}", "--arg", "factor=3.0", "--arg", "n=70"]
    assert (
        run_command(["run", scale, *words, "-c", "BLOCK=32", "--grid", "4", "--save", f"x_ptr={saved}"]) == 0
    )
    assert np.array_equal(np.load(saved), np.where(np.arange(100) < 70, 3.0, 1.0))


def test_the_same_seed_makes_the_same_arguments(add, tmp_path):
    results = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        file = tmp_path / f"{name}.npy"
        words = ["--arg", "x=64xf32", "--arg", "n=0", "--arg", "n=0.0", "--grid", "1", "--seed", seed]
        assert run_command(["run", add, *words, "--save", f"x={file}"]) == 0
        results.append(np.load(file))
    assert np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--arg", "n=1.0", "--grid", "1"], 2, "add: no value for x"),
        (["--arg", "x=4xf32", "--arg", "n=1.0"], 2, "add: the grid is not known"),
        (["--arg", "x=4xf32", "--arg", "n=1.0", "--arg", "z=1", "--grid", "1"], 2, "no run-time parameter z"),
        (["--arg", "x=4xf31", "--arg", "n=1.0", "--grid", "1"], 2, "unknown element type 'f31'"),
        (["--arg", "x=4xf32:gamma", "--arg", "n=1.0", "--grid", "1"], 2, "unknown fill 'gamma'"),
        (["--arg", "x=999999999999xf32", "--arg", "n=1.0", "--grid", "1"], 2, "does not fit into memory"),
        (["--arg", "x=4xi32:normal", "--arg", "n=1.0", "--grid", "1"], 2, "normal makes no integers"),
        (["--arg", "x=none.npy", "--arg", "n=1.0", "--grid", "1"], 2, "cannot read the array none.npy"),
        (
            ["--arg", "x=4xf16", "--arg", "n=1.0", "--grid", "1"],
            1,
            "expected an array of float32 (*fp32), got float16",
        ),
        (["--arg", "x=4xf32", "--arg", "n=1.0", "--grid", "a"], 2, "--grid: 'a' is not an integer"),
        (["--arg", "x=4xf32", "--arg", "n=what", "--grid", "1"], 2, "'what' describes no argument"),
        (["--arg", "x", "--grid", "1"], 2, "--arg 'x' is not of the form NAME=VALUE"),
        (["--arg", "x=4xf32", "--arg", "n=1.0", "--grid", "1", "-t", "k7"], 2, "unknown target 'k7'"),
        (
            ["--arg", "x=4xf32", "--arg", "n=1.0", "--grid", "1", "--save", "y=y.npy"],
            2,
            "add has no array 'y'",
        ),
    ],
)
def test_a_wrong_argument_is_one_message(add, capsys, words, code, message):
    assert run_command(["run", add, *words]) == code
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            ["--arg", "x_ptr=64xf32", "--arg", "factor=2.0", "--arg", "n=64", "--grid", "1"],
            1,
            "missing constexpr BLOCK",
        ),
        (
            ["-c", "BLOCK=32", "--arg", "x_ptr=64xf32", "--arg", "n=64", "--grid", "1"],
            1,
            "missing type of factor",
        ),
        (["-c", "BLOK=32", "--grid", "1"], 1, "scale has no parameter 'BLOK'"),
        (["-c", "BLOCK=32", "-a", "x_ptr=*f33", "--grid", "1"], 1, "x_ptr has the unknown type '*f33'"),
    ],
)
def test_a_wrong_signature_is_one_message_with_the_kernels_line(scale, capsys, words, code, message):
    assert run_command(["run", scale, *words]) == code
    err = capsys.readouterr().err
    assert message in err
    assert "scaling.py:6:1: error:" in err


def test_an_unknown_kernel_of_smtir_is_a_usage_error(capsys):
    assert run_command(["run", "smtir.kernels:qkk"]) == 2
    assert "there is no kernel 'qkk' in smtir.kernels" in capsys.readouterr().err


def test_an_unknown_size_is_a_usage_error(capsys):
    assert run_command(["run", "smtir.kernels:qk", "--size", "K=3"]) == 2
    assert "unknown size K" in capsys.readouterr().err


def test_a_kernel_that_crashes_is_named(tmp_path, capfd, monkeypatch):
    file = tmp_path / "wild.mlir"
    file.write_text(ADD.replace("STEP", str(1 << 40)).replace("@add", "@wild"))
    arguments = ["run", str(file), "--arg", "x=4xf32", "--arg", "n=1.0", "--grid", "4", "--threads", "1"]
    monkeypatch.setattr(sys, "argv", ["smtir", *arguments])
    assert supervise(lambda board: run_command(arguments, board)) == 1
    err = capfd.readouterr().err
    assert "smtir: error: wild crashed in compiled code: SIGSEGV" in err
