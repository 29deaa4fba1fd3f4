from __future__ import annotations

import gc
import os
import time
from pathlib import Path

import llvm_kernels
import numpy as np
import pytest

from smtir.errors import LaunchError, LoweringError, MissingToolError, UsageError
from smtir.runtime import Executable, count_instructions, load

pytestmark = [pytest.mark.qemu, pytest.mark.zig]
ADD = {"x": "*fp32", "y": "*fp32", "out": "*fp32", "n": "i32"}


def loaded(function: str, signature: dict[str, str] | None = None, **options: float) -> Executable:
    return load(llvm_kernels.image(function, signature or {}, "k1"), **options)


def test_a_store_to_null_is_reported_with_kernel_and_program() -> None:
    with pytest.raises(
        LaunchError, match=r"null_store crashed on k1 in program \(0, 0, 0\): SIGSEGV"
    ) as caught:
        loaded(llvm_kernels.NULL_STORE)(grid=(2, 3))
    assert "boundary_check" in caught.value.hint


def test_a_trap_is_reported() -> None:
    with pytest.raises(LaunchError, match=r"trap crashed on k1 .*SIGILL"):
        loaded(llvm_kernels.TRAP)(grid=1)


def test_running_over_the_end_of_an_array_is_a_crash_in_the_right_program() -> None:
    x = np.zeros(64, np.float32)
    with pytest.raises(LaunchError, match=r"add crashed on k1 in program \(8, 0, 0\): SIGSEGV"):
        loaded(llvm_kernels.add("f32"), ADD)(x, x, x, 96, grid=12, threads=1)


def test_atomics_of_many_programs_add_up() -> None:
    function = llvm_kernels.simple(
        "count",
        """
  %one = llvm.mlir.constant(1 : i32) : i32
  %old = llvm.atomicrmw add %p, %one monotonic : !llvm.ptr, i32""",
        "%p: !llvm.ptr,",
    )
    count = np.zeros(1, np.int32)
    loaded(function, {"p": "*i32"})(count, grid=20000, threads=4)
    assert count[0] == 20000


def test_division_by_zero_gives_what_riscv_gives() -> None:
    function = llvm_kernels.elementwise("divide", "i32", "i32", "%r = llvm.sdiv %x, %y : i32")
    x, out = np.arange(8, dtype=np.int32), np.zeros(8, np.int32)
    loaded(function, {name: kind.replace("fp32", "i32") for name, kind in ADD.items()})(
        x, 0 * x, out, 8, grid=1
    )
    np.testing.assert_array_equal(out, -1)


def test_a_kernel_that_does_not_end_is_stopped() -> None:
    start = time.monotonic()
    with pytest.raises(
        LaunchError, match=r"forever did not finish on k1 in 0.5 seconds; .* program \(0, 0, 0\)"
    ):
        loaded(llvm_kernels.FOREVER, time_limit=0.5)(grid=4)
    assert time.monotonic() - start < 20


def test_results_of_a_crashed_kernel_are_not_copied_back() -> None:
    x, out = np.ones(64, np.float32), np.zeros(64, np.float32)
    with pytest.raises(LaunchError):
        loaded(llvm_kernels.add("f32"), ADD)(x, x, out, 96, grid=12, threads=1)
    assert not out.any()


def test_no_file_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    kernel = loaded(llvm_kernels.add("f32"), ADD)
    x = np.ones(8, np.float32)
    kernel(x, x, x, 8, grid=1)
    assert os.listdir(tmp_path) == []
    del kernel
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_missing_emulator_is_reported_when_the_kernel_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    image = llvm_kernels.image(llvm_kernels.TRAP, {}, "k1")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingToolError, match="qemu-riscv64"):
        load(image)


def test_executed_instructions_are_the_same_in_every_run_and_leave_the_harness_out() -> None:
    kernel = loaded(llvm_kernels.add("f32"), ADD)
    x, out = np.ones(80, np.float32), np.zeros(80, np.float32)
    ten = count_instructions(kernel, (x, x, out, 80), grid=10)
    again = count_instructions(kernel, (x, x, out, 80), grid=10)
    one = count_instructions(kernel, (x, x, out, 80), grid=1)
    np.testing.assert_array_equal(out, 2)
    assert ten == again
    assert ten.total == 10 * one.total
    assert set(ten.by_function) == {"add", "add__grid"}
    assert sum(ten.by_function.values()) == sum(ten.by_address.values()) == ten.total
    assert 8 * 4 <= one.by_function["add"] <= 8 * 20
    assert count_instructions(kernel, (x, x, out, 80), grid=0).total == 0


def test_counting_reports_crashes_and_refuses_the_host() -> None:
    with pytest.raises(LaunchError, match="null_store crashed on k1"):
        count_instructions(loaded(llvm_kernels.NULL_STORE), (), grid=1)
    with pytest.raises(LaunchError, match=r"did not finish on k1 in 0.5 seconds"):
        count_instructions(loaded(llvm_kernels.FOREVER, time_limit=0.5), (), grid=1)
    host = load(llvm_kernels.image(llvm_kernels.TRAP, {}, "host"))
    with pytest.raises(UsageError, match="trap is loaded for the host"):
        count_instructions(host, (), grid=1)


def test_memory_from_malloc_can_be_used_and_is_reused() -> None:
    function = """
llvm.func @malloc(i64) -> !llvm.ptr
llvm.func @free(!llvm.ptr)
""" + llvm_kernels.simple(
        "scratch",
        """
  %size = llvm.mlir.constant(100000 : i64) : i64
  %a = llvm.call @malloc(%size) : (i64) -> !llvm.ptr
  %b = llvm.call @malloc(%size) : (i64) -> !llvm.ptr
  "llvm.intr.memcpy"(%a, %out, %size) <{isVolatile = true}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  "llvm.intr.memcpy"(%b, %a, %size) <{isVolatile = true}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  %half = llvm.getelementptr %out[100000] : (!llvm.ptr) -> !llvm.ptr, i8
  "llvm.intr.memmove"(%half, %b, %size) <{isVolatile = true}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  llvm.call @free(%a) : (!llvm.ptr) -> ()
  llvm.call @free(%b) : (!llvm.ptr) -> ()""",
        "%out: !llvm.ptr,",
    )
    image = llvm_kernels.KernelImage(
        "scratch", {"out": "*u8"}, llvm_kernels.get_target("k1"), llvm_kernels.llvm_ir(function)
    )
    out = np.random.default_rng(0).integers(0, 256, 200000).astype(np.uint8)
    expected = np.tile(out[:100000], 2)
    load(image)(out, grid=50, threads=1)
    np.testing.assert_array_equal(out, expected)


@pytest.mark.slow
def test_functions_of_the_c_library_come_from_musl(caplog: pytest.LogCaptureFixture) -> None:
    function = "llvm.func @expf(f32) -> f32\n" + llvm_kernels.elementwise(
        "exp", "f32", "f32", "%r = llvm.call @expf(%x) : (f32) -> f32"
    )
    image = llvm_kernels.KernelImage(
        "exp", ADD, llvm_kernels.get_target("k1"), llvm_kernels.llvm_ir(function)
    )
    x, out = np.linspace(-3, 3, 16, dtype=np.float32), np.zeros(16, np.float32)
    kernel = load(image)
    kernel(x, x, out, 16, grid=2)
    np.testing.assert_allclose(out, np.exp(x), rtol=1e-6)
    functions = set(count_instructions(kernel, (x, x, out, 16), grid=2).by_function)
    assert functions > {"exp", "exp__grid"}
    assert not any("start" in name for name in functions)
    assert "kernel exp calls expf: linking with musl" in caplog.text


@pytest.mark.slow
def test_a_function_that_nobody_has_is_an_error_with_its_name() -> None:
    function = "llvm.func @no_such_function()\n" + llvm_kernels.simple(
        "f", "llvm.call @no_such_function() : () -> ()"
    )
    image = llvm_kernels.KernelImage("f", {}, llvm_kernels.get_target("k1"), llvm_kernels.llvm_ir(function))
    with pytest.raises(LoweringError, match="kernel f calls no_such_function, which cannot be linked for k1"):
        load(image)
