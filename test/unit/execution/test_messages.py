"""What a running kernel prints, and assertions that fail in it."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
from plugin import check_script, run_script

import smtir
from smtir.errors import LaunchError
from smtir.runtime.messages import FAILED, PRINTED, RECORD, Failure, first_of, lines_of, read_records

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


@triton.jit
def prints(x_ptr, h_ptr, i_ptr, u_ptr, b_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    x = tl.load(x_ptr + i)
    tl.device_print("x", x)
    tl.device_print("bits", x, hex=True)
    tl.device_print("wide", x.to(tl.float64))
    tl.device_print("half", tl.load(h_ptr + i), tl.load(b_ptr + i))
    tl.device_print("i8", tl.load(i_ptr + i), tl.load(u_ptr + i), tl.load(i_ptr + i) < 0)
    tl.device_print("", tl.program_id(0))
    tl.device_print("square", tl.reshape(tl.load(i_ptr + i), [2, N // 2]).to(tl.int64))
    tl.device_print("nothing more")


SQUARE = """\
pid (1, 0, 0) idx (0, 0) square: -128
pid (1, 0, 0) idx (0, 1) square: 127
pid (1, 0, 0) idx (1, 0) square: 0
pid (1, 0, 0) idx (1, 1) square: -1
"""


@pytest.mark.parametrize("target", TARGETS)
def test_values_are_printed_as_triton_prints_them(target: str, capfd: Any) -> None:
    types = {"x_ptr": "*fp32", "h_ptr": "*fp16", "i_ptr": "*i8", "u_ptr": "*u8", "b_ptr": "*bf16"}
    x = np.array([1.5, np.nan, -np.inf, -0.0], np.float32)
    small = np.array([-128, 127, 0, -1], np.int8)
    bf16 = (np.array([1, 2, -4, 0.5], np.float32).view(np.uint32) >> 16).astype(np.uint16)
    compiled = smtir.compile(prints, signature=types, constexprs={"N": 4}, target=target)
    compiled.run(x, x.astype(np.float16), small, small.view(np.uint8), bf16, grid=(2,), threads=1)
    printed = capfd.readouterr().out
    values = ["1.500000", "nan", "-inf", "-0.000000"]
    bits = ["0x3fc00000", "0x7fc00000", "0xff800000", "0x80000000"]
    named = [("x", values), ("bits", bits), ("wide", values)]
    expected = [f"pid (0, 0, 0) idx ({n}) {name}: {v}" for name, vs in named for n, v in enumerate(vs)]
    brains = ["1.000000", "2.000000", "-4.000000", "0.500000"]
    flags = ["1", "0", "0", "1"]
    signed, unsigned = small.astype(str), small.view(np.uint8).astype(str)
    for name, operands in (("half", [values, brains]), ("i8", [signed, unsigned, flags])):
        expected += [
            f"pid (0, 0, 0) idx ({n}) {name}: (operand {number}) {v}"
            for number, vs in enumerate(operands)
            for n, v in enumerate(vs)
        ]
    expected.append("pid (0, 0, 0) idx (): 0")
    expected += SQUARE.replace("pid (1", "pid (0").splitlines()
    expected.append("pid (0, 0, 0) nothing more")
    lines = printed.splitlines()
    assert lines[: len(lines) // 2] == expected
    assert printed.endswith(SQUARE + "pid (1, 0, 0) nothing more\n")


@triton.jit
def prints_pointers(x_ptr, N: tl.constexpr):
    tl.device_print("ptr", x_ptr + tl.arange(0, N))
    tl.device_print("mixed", N, x_ptr + 1)


@pytest.mark.parametrize("target", TARGETS)
def test_of_pointers_the_addresses_are_printed(target: str, capfd: Any) -> None:
    x = np.zeros(4, np.int16)
    smtir.compile(prints_pointers, {"x_ptr": "*i16"}, {"N": 4}, target=target).run(x, grid=(1,))
    lines = capfd.readouterr().out.splitlines()
    first = int(lines[0].removeprefix("pid (0, 0, 0) idx (0) ptr: "), 16)
    assert target == "k1" or first == x.ctypes.data
    assert lines[:4] == [f"pid (0, 0, 0) idx ({n}) ptr: {first + 2 * n:#018x}" for n in range(4)]
    assert lines[4] == "pid (0, 0, 0) idx () mixed: (operand 0) 4"
    assert lines[5] == f"pid (0, 0, 0) idx () mixed: (operand 1) {first + 2:#018x}"


@triton.jit
def rows(N: tl.constexpr):
    tl.device_print("row", tl.arange(0, N) + tl.program_id(0) * N)


@pytest.mark.parametrize("target", TARGETS)
def test_lines_of_programs_on_threads_are_whole(target: str, capfd: Any) -> None:
    smtir.compile(rows, signature={}, constexprs={"N": 128}, target=target).run(grid=(32,), threads=2)
    expected = {f"pid ({p}, 0, 0) idx ({n:3}) row: {p * 128 + n}" for p in range(32) for n in range(128)}
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == len(expected)
    assert set(lines) == expected


@triton.jit
def checked(x_ptr, n, rounds, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    for _ in range(rounds):
        if rounds > 1:
            tl.device_assert(i < n, "index in range")
        tl.store(x_ptr + i, tl.load(x_ptr + i) + 1)


@pytest.mark.parametrize("target", TARGETS)
def test_a_failed_assertion_is_an_error_with_its_line_and_program(target: str) -> None:
    compiled = smtir.compile(
        checked,
        signature={"x_ptr": "*fp32", "n": "i32", "rounds": "i32"},
        constexprs={"N": 16},
        target=target,
        debug=True,
    )
    x = np.zeros(64, np.float32)
    with pytest.raises(
        LaunchError, match=r"checked: an assertion failed in program \(2, 0, 0\): index in"
    ) as error:
        compiled.run(x, 40, 2, grid=(4,), threads=1)
    assert error.value.location is not None
    assert error.value.location.file == __file__
    source = Path(__file__).read_text().splitlines()
    assert "tl.device_assert(i < n" in source[error.value.location.line - 1]
    assert x[:32].tolist() == [2] * 32  # the programs before it
    assert x[32:48].tolist() == [0] * 16  # nothing behind the assertion
    compiled.run(x, 64, 2, grid=(4,))
    assert x[63] >= 2


def test_a_failed_launch_is_a_runtime_error_as_scripts_expect() -> None:
    types = {"x_ptr": "*fp32", "n": "i32", "rounds": "i32"}
    compiled = smtir.compile(checked, signature=types, constexprs={"N": 16}, debug=True)
    with pytest.raises(RuntimeError, match="an assertion failed"):
        compiled.run(np.zeros(16, np.float32), 3, 2, grid=(1,))


def test_without_debug_nothing_is_checked(monkeypatch) -> None:
    types = {"x_ptr": "*fp32", "n": "i32", "rounds": "i32"}
    x = np.zeros(16, np.float32)
    smtir.compile(checked, signature=types, constexprs={"N": 16}).run(x, 3, 2, grid=(1,))
    assert x[15] == 2
    monkeypatch.setattr(triton.knobs.runtime, "debug", True)  # TRITON_DEBUG, which is read on import
    with pytest.raises(LaunchError, match="an assertion failed"):
        smtir.compile(checked, signature=types, constexprs={"N": 16}).run(x, 3, 2, grid=(1,))


@triton.jit
def masked(x_ptr, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.device_assert(tl.load(x_ptr + i) > 0, "positive", mask=i < n)


def test_an_assertion_is_only_about_what_its_mask_lets_through() -> None:
    types = {"x_ptr": "*fp32", "n": "i32"}
    compiled = smtir.compile(masked, signature=types, constexprs={"N": 16}, debug=True)
    x = np.ones(16, np.float32)
    x[9] = 0
    compiled.run(x, 9, grid=(1,))
    with pytest.raises(LaunchError, match="positive"):
        compiled.run(x, 10, grid=(1,))


@triton.jit
def adds(x_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(x_ptr + i, tl.load(x_ptr + i) + 1)


def test_integer_overflow_is_found_in_debug_mode() -> None:
    compiled = smtir.compile(adds, signature={"x_ptr": "*i32"}, constexprs={"N": 4}, debug=True)
    compiled.run(np.zeros(4, np.int32), grid=(1,))
    with pytest.raises(LaunchError, match="int32 overflow detected for operation add"):
        compiled.run(np.array([0, 2**31 - 1, 0, 0], np.int32), grid=(1,))


SCRIPT = """\
import numpy as np
import triton
import triton.language as tl

@triton.jit
def kernel(x, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.device_print("i", i)
    tl.device_assert(i < n, "small")
    tl.store(x + i, i)

"""


def test_kernels_of_a_script_print_and_check(tmp_path: Path) -> None:
    launch = "x = np.zeros(4, np.int32)\nkernel[(1,)](x, 2, N=4{})\nprint(x.tolist())\n"
    lines = [f"pid (0, 0, 0) idx ({n}) i: {n}" for n in range(4)]
    printed = check_script(tmp_path, SCRIPT + "print('first')\n" + launch.format(""))
    assert printed.splitlines() == ["first", *lines, "[0, 1, 2, 3]"]
    for variables, text in (({"TRITON_DEBUG": "1"}, launch.format("")), ({}, launch.format(", debug=True"))):
        done = run_script(tmp_path, SCRIPT + text, **variables)
        assert done.returncode == 1
        assert "an assertion failed in program (0, 0, 0): small" in done.stderr
        assert "script.py:9" in done.stderr


def test_a_record_that_ends_too_early_is_dropped(capsys) -> None:
    def record(kind: int, description: bytes, data: bytes = b"") -> bytes:
        return RECORD.pack(kind, len(description), 1, 2, 3, len(data)) + description + data

    failures: list[Failure] = []
    text = b'{"prefix": " here"}'
    whole = record(PRINTED, text) + record(FAILED, b'{"message": "", "file": ""}')
    read_records(io.BytesIO(whole + record(PRINTED, text)[:-1]), failures)
    assert capsys.readouterr().out == "pid (1, 2, 3) here\n"
    error = failures[0].error("k")
    assert str(error) == "kernel k: an assertion failed in program (1, 2, 3)"
    read_records(io.BytesIO(whole[:10]), failures)
    assert len(failures) == 1


def test_the_first_failure_is_that_of_the_first_program() -> None:
    places = [(0, 0, 1), (3, 1, 0), (2, 1, 0)]
    assert first_of([Failure(place, b"") for place in places], (4, 2, 2)).place == (2, 1, 0)


def test_indices_are_as_wide_as_the_largest() -> None:
    told = b'{"prefix": " x: ", "operand": null, "shape": [1, 11], "kind": "i", "bits": 16, "hex": false}'
    lines = list(lines_of(told, np.arange(11, dtype=np.int16).tobytes(), (0, 0, 0)))
    assert lines[3] == "pid (0, 0, 0) idx (0,  3) x: 3"


def test_a_message_waits_for_no_other_thread() -> None:
    compiled = smtir.compile(rows, signature={}, constexprs={"N": 4})
    threads = [threading.Thread(target=compiled.run, kwargs={"grid": (8,), "threads": 1}) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
