"""Each kernel on both targets, against NumPy."""

from __future__ import annotations

import llvm_kernels
import numpy as np
import pytest
from tensors import Tensor

from smtir.errors import LaunchError, LoweringError, UsageError
from smtir.runtime import Executable, load

SIGNATURE = {"x": "*{0}", "y": "*{0}", "out": "*{0}", "n": "i32"}
TARGETS = [pytest.param("host"), pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


def loaded(function: str, target: str, **signature: str) -> Executable:
    return load(llvm_kernels.image(function, signature, target))


def add(target: str, kind: str = "f32", triton: str = "fp32") -> Executable:
    pointer = f"*{triton}"
    return loaded(llvm_kernels.add(kind), target, x=pointer, y=pointer, out=pointer, n="i32")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("kind", "triton", "dtype"),
    [
        ("f32", "fp32", "f4"),
        ("f16", "fp16", "f2"),
        ("f64", "fp64", "f8"),
        ("i8", "i8", "i1"),
        ("i64", "i64", "i8"),
    ],
)
def test_vector_addition_is_that_of_numpy(target: str, kind: str, triton: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    x, y = (rng.integers(-100, 100, 77).astype(dtype) for _ in "xy")
    out = np.full(80, 99, dtype)
    add(target, kind, triton)(x, y, out, 77, grid=(10,))
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(out[:77], x + y)
    np.testing.assert_array_equal(out[77:], 99)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("grid", [(1,), (7, 1, 1), (3, 4, 5), (1, 1, 9), (130, 2)])
def test_every_program_runs_once_with_its_own_place(target: str, threads: int, grid: tuple[int, ...]) -> None:
    gx, gy, gz = (*grid, 1, 1)[:3]
    out = np.full((gx * gy * gz, 6), -1, np.int32)
    loaded(llvm_kernels.PROGRAM_IDS, target, out="*i32")(out, grid=grid, threads=threads)
    pz, py, px = (index.ravel() for index in np.indices((gz, gy, gx)))
    sizes = [np.full(px.size, size) for size in (gx, gy, gz)]
    np.testing.assert_array_equal(out, np.stack([*sizes, px, py, pz], axis=1))


@pytest.mark.parametrize("target", TARGETS)
def test_a_grid_with_a_zero_runs_nothing_but_checks_its_arguments(target: str) -> None:
    kernel = loaded(llvm_kernels.NULL_STORE, target)
    kernel(grid=(4, 0, 2))
    with pytest.raises(LaunchError, match="takes 0 arguments, got 1"):
        kernel(1, grid=(0,))


@pytest.mark.parametrize("target", TARGETS)
def test_numbers_of_every_type_arrive_as_they_were(target: str) -> None:
    types = {"i1": "i1", "i8": "i8", "i16": "i16", "i32": "i32", "i64": "i64", "u32": "i32"}
    types |= {"fp16": "f16", "bf16": "bf16", "fp32": "f32", "fp64": "f64"}
    body = "".join(
        f"%p{n} = llvm.getelementptr %out[{8 * n}] : (!llvm.ptr) -> !llvm.ptr, i8\n"
        f"llvm.store %a{n}, %p{n} : {kind}, !llvm.ptr\n"
        for n, kind in enumerate(types.values())
    )
    parameters = "%out: !llvm.ptr," + "".join(f"%a{n}: {kind}," for n, kind in enumerate(types.values()))
    kernel = loaded(
        llvm_kernels.simple("store", body, parameters), target, out="*u8", **{t: t for t in types}
    )
    out = np.zeros((len(types), 8), np.uint8)
    kernel(out, True, -2, -300, -70000, -(2**40), 2**32 - 1, 1.5, -2.5, 3.25, 1e300, grid=1)
    views = ["?", "i1", "i2", "i4", "i8", "u4", "f2", "u2", "f4", "f8"]
    got = [row.view(view)[0] for row, view in zip(out, views, strict=True)]
    assert got == [True, -2, -300, -70000, -(2**40), 2**32 - 1, 1.5, 0xC020, 3.25, 1e300]


@pytest.mark.parametrize("target", TARGETS)
def test_views_and_overlapping_arrays_are_worked_on_in_place(target: str) -> None:
    buffer = np.arange(40, dtype=np.float32)
    before = buffer.copy()
    kernel = add(target)
    kernel(buffer[:16], buffer[8:24], buffer[24:], 16, grid=(2,))
    np.testing.assert_array_equal(buffer[24:], before[:16] + before[8:24])
    kernel(buffer, buffer, buffer, 24, grid=(3,))
    np.testing.assert_array_equal(buffer[:24], 2 * before[:24])


@pytest.mark.parametrize("target", TARGETS)
def test_a_kernel_reaches_the_storage_of_its_tensors(target: str) -> None:
    buffer, out = np.arange(40, dtype=np.float32), np.zeros((5, 8), np.float32)
    views = [Tensor(array[:1], "float32", storage=buffer) for array in (buffer[4:], buffer[20:])]
    add(target)(*views, Tensor(out[1, :1], "float32", storage=out), 16, grid=(2,))
    np.testing.assert_array_equal(out[1:3].ravel(), buffer[4:20] + buffer[20:36])
    assert not out[0].any()
    assert not out[3:].any()


@pytest.mark.parametrize("target", TARGETS)
def test_read_only_inputs_are_fine_and_read_only_outputs_are_not(target: str) -> None:
    x, out = np.ones(8, np.float32), np.zeros(8, np.float32)
    x.flags.writeable = False
    kernel = add(target)
    kernel(x, x, out, 8, grid=1)
    np.testing.assert_array_equal(out, 2)
    out.flags.writeable = False
    with pytest.raises(
        LaunchError, match="argument out: the kernel writes to it, but the array is read-only"
    ):
        kernel(x, x, out, 8, grid=1)


def _bf16(values: np.ndarray) -> np.ndarray:
    """Bits of normal numbers rounded to 8 significant bits, ties to even."""
    fraction, exponent = np.frexp(values.astype(np.float64))
    rounded = np.ldexp(np.rint(fraction * 256) / 256, exponent).astype(np.float32)
    return (rounded.view(np.uint32) >> 16).astype(np.uint16)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("source", "result"), [("f32", "bf16"), ("f64", "bf16"), ("f64", "f16")])
def test_narrowing_rounds_to_nearest_even(target: str, source: str, result: str) -> None:
    x = np.random.default_rng(1).normal(size=400).astype({"f32": "f4", "f64": "f8"}[source])
    ties = np.array([1 + 2.0**-8, 1 + 3 * 2.0**-8, 1 + 2.0**-11, 1 + 2.0**-8 + 2.0**-40], x.dtype)
    x[:4], x[4:8] = ties, -ties
    triton = {"f32": "*fp32", "f64": "*fp64", "f16": "*fp16", "bf16": "*bf16"}
    function = llvm_kernels.elementwise(
        "narrow", source, result, f"%r = llvm.fptrunc %x : {source} to {result}"
    )
    kernel = loaded(function, target, x=triton[source], y=triton[source], out=triton[result], n="i32")
    out = np.zeros(400, np.uint16)
    kernel(x, x, out if result == "bf16" else out.view(np.float16), 400, grid=50)
    expected = _bf16(x) if result == "bf16" else x.astype(np.float16).view(np.uint16)
    np.testing.assert_array_equal(out, expected)


def test_wrong_thread_counts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = loaded(llvm_kernels.PROGRAM_IDS, "host", out="*i32")
    out = np.zeros(6, np.int32)
    for threads in (0, -1, 1.5, True):
        with pytest.raises(UsageError, match="threads is a count of at least 1"):
            kernel(out, grid=1, threads=threads)
    monkeypatch.setenv("SMTIR_NUM_THREADS", "many")
    with pytest.raises(UsageError, match="SMTIR_NUM_THREADS is a count of at least 1, got 'many'"):
        kernel(out, grid=1)


def test_a_call_to_an_unknown_function_cannot_be_linked_into_this_process() -> None:
    function = "llvm.func @no_such_function()\n" + llvm_kernels.simple(
        "f", "llvm.call @no_such_function() : () -> ()"
    )
    ir = llvm_kernels.llvm_ir(function)
    image = llvm_kernels.KernelImage("f", {}, llvm_kernels.get_target("host"), ir)
    with pytest.raises(LoweringError, match="kernel f cannot be linked into this process: no_such_function"):
        load(image)
