"""Scripts that know nothing of smtir run through the plug-in."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugin import ADD, check_script, install_other_backend, run_script


def test_a_script_runs_on_arrays_with_a_grid_of_either_kind(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        ADD
        + """
import sys
assert "numpy" in sys.modules and "smtir.api" not in sys.modules
for dtype in ("float32", "float64", "float16", "int8", "int32", "int64", "uint8"):
    x, y, out = arrays(1000, dtype)
    add[(triton.cdiv(1000, 256),)](x, y, out, 1000, BLOCK=256)
    assert np.array_equal(out, x + y), dtype
x, y, out = arrays(1000)
add[lambda meta: (triton.cdiv(1000, meta["BLOCK"]),)](
    x, y, out, np.int64(1000), BLOCK=128, num_warps=8, num_stages=2, num_ctas=1, waves_per_eu=2)
assert np.array_equal(out, x + y)
""",
    )


def test_empty_grids_strides_and_none_are_no_special_cases(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        ADD
        + """
x, y, out = arrays(100)
before = out.copy()
add[(0,)](x, y, out, 100, BLOCK=128)
assert np.array_equal(out, before)
empty = np.empty(0, np.float32)
add[(1,)](empty, empty, empty, 0, BLOCK=128)

@triton.jit
def rows(x, bias, out, n, stride_row, stride_column, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    where = tl.arange(0, BLOCK)
    value = tl.load(x + row * stride_row + where * stride_column, mask=where < n)
    if bias is not None:
        value += tl.load(bias + where, mask=where < n)
    tl.store(out + row * n + where, value, mask=where < n)

table = np.arange(60, dtype=np.float32).reshape(5, 12)
for view in (table[::2, ::3], table.T[1::3], table[::-1, ::-2]):
    out = np.zeros(view.shape, np.float32)
    strides = [step // 4 for step in view.strides]
    rows[(view.shape[0],)](view, None, out, view.shape[1], *strides, BLOCK=16)
    assert np.array_equal(out, view)
    rows[(view.shape[0],)](view, np.ones(view.shape[1], np.float32), out, view.shape[1], *strides, BLOCK=16)
    assert np.array_equal(out, view + 1)
""",
    )


def test_names_of_spine_triton_stand_for_the_plug_in(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        ADD
        + """
import triton.language.extra.smt as smt
from triton.backends.spine_triton.driver import CPUDriver
from triton.backends.triton_shared import driver as shared
from triton.language.extra import libdevice, tle

assert shared.CPUDriver is CPUDriver
assert type(triton.runtime.driver.active) is CPUDriver
triton.runtime.driver.set_active(CPUDriver())
driver = CPUDriver()
driver.set_current_arch_id("0xA03C")
triton.runtime.driver.set_active(driver)
assert triton.runtime.driver.active.current_arch_id == "0xA03C"
assert triton.runtime.driver.active.get_current_target().backend == "cpu"

@triton.jit
def product(a, b, out, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    left = tl.make_block_ptr(a, (M, K), (K, 1), (0, 0), (M, K), (1, 0))
    right = tl.make_block_ptr(b, (K, N), (N, 1), (0, 0), (K, N), (1, 0))
    packed = smt.view(smt.descriptor_load(left, (0, 0)), (0, 0), (M, K), (8, 8))
    other = smt.view(smt.descriptor_load(right, (0, 0)), (0, 0), (K, N), (8, 16))
    result = smt.view(smt.dot(packed, other), (0, 0), (M, N), (1, 1))
    tl.store(tl.make_block_ptr(out, (M, N), (N, 1), (0, 0), (M, N), (1, 0)), result)

rng = np.random.default_rng(0)
a, b = rng.standard_normal((32, 64), np.float32), rng.standard_normal((64, 16), np.float32)
out = np.zeros((32, 16), np.float32)
product[(1,)](a, b, out, 32, 16, 64)
assert np.allclose(out, a @ b, atol=1e-4)
""",
    )


def test_the_disk_cache_is_used_and_depends_on_the_target(tmp_path: Path) -> None:
    script = (
        ADD
        + """
import sys
x, y, out = arrays(1000)
kernel = add[(4,)](x, y, out, 1000, BLOCK=256)
assert np.array_equal(out, x + y)
print("compiled" if "smtir.frontend" in sys.modules else "cached", kernel.hash)
"""
    )
    first, second = check_script(tmp_path, script).split(), check_script(tmp_path, script).split()
    assert [first[0], second[0]] == ["compiled", "cached"]
    assert first[1] == second[1]


@pytest.mark.qemu
@pytest.mark.zig
def test_the_same_script_runs_on_emulated_risc_v(tmp_path: Path) -> None:
    printed = check_script(
        tmp_path,
        ADD
        + """
x, y, out = arrays(1000)
kernel = add[(4,)](x, y, out, 1000, BLOCK=256)
assert np.array_equal(out, x + y)
print(kernel.metadata.target.arch, kernel.asm["o"][18])
""",
        SMTIR_TARGET="k1",
    )
    assert printed.split() == ["0x503C", "243"]  # EM_RISCV


def test_programs_run_on_threads(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        ADD
        + """
x, y, out = arrays(100_000)
add[(triton.cdiv(100_000, 64),)](x, y, out, 100_000, BLOCK=64)
assert np.array_equal(out, x + y)
""",
        SMTIR_NUM_THREADS="3",
    )


def test_another_backend_for_the_cpu_is_no_conflict(tmp_path: Path) -> None:
    install_other_backend(tmp_path, "other_cpu")
    script = (
        ADD
        + """
import os
from triton.backends.spine_triton.driver import CPUDriver
print(type(triton.runtime.driver.active).__name__)
from triton.backends.compiler import GPUTarget
from triton.compiler import make_backend
foreign = make_backend(GPUTarget("cpu", "theirs", 1))
assert type(foreign).__name__ == "Other"
if os.environ["OTHER_ACTIVE"] == "1":
    triton.runtime.driver.set_active(CPUDriver())
x, y, out = arrays(100)
add[(1,)](x, y, out, 100, BLOCK=128)
assert np.array_equal(out, x + y)
assert type(make_backend(GPUTarget("cpu", "theirs", 1))).__name__ == "Other"
"""
    )
    assert check_script(tmp_path, script, OTHER_ACTIVE="0").split() == ["CPUDriver"]
    assert check_script(tmp_path, script, OTHER_ACTIVE="1").split() == ["OtherDriver"]


def test_triton_s_other_ways_to_compile_and_launch_work(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        ADD
        + """
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

x, y, out = arrays(100)
types = {"x": "*fp32", "y": "*fp32", "out": "*fp32", "n": "i32", "BLOCK": "constexpr"}
compiled = triton.compile(triton.compiler.ASTSource(fn=add, signature=types, constexprs={"BLOCK": 128}))
compiled[(1, 1, 1)](x, y, out, 100, 128)
assert np.array_equal(out, x + y)
out[:] = 0
compiled[(1, 1, 1)](x, y, out, 100)
assert np.array_equal(out, x + y)
try:
    compiled[(1, 1, 1)](x, y, out)
except Exception as error:
    assert "expected 5 arguments, or 4 without the constexprs, got 3" in str(error), error
else:
    raise AssertionError("launched without its length")
Path("add.ttir").write_text(compiled.asm["ttir"])
out[:] = 0
triton.compile("add.ttir")[(1, 1, 1)](x, y, out, 100)
assert np.array_equal(out, x + y)

def closure(factor):
    @triton.jit(repr=lambda given: f"scaled_by_{given.constants['FACTOR']}")
    def kernel(pair, out, FACTOR: tl.constexpr):
        where = tl.arange(0, 8)
        tl.store(out + where, tl.load(pair[0] + where) * FACTOR + pair[1])
    return kernel

kernel = closure(2)[(1,)]((x, 5), out, FACTOR=2)
assert np.allclose(out[:8], x[:8] * 2 + 5) and kernel.name == "scaled_by_2"
closure(2)[(1,)]((x, 1), out, FACTOR=2)
assert np.allclose(out[:8], x[:8] * 2 + 1)

with triton.AsyncCompileMode(ThreadPoolExecutor(2)):
    for block in (16, 32):
        add.warmup(x, y, out, 100, BLOCK=block, grid=(7,))
failed = []
""",
        TRITON_STORE_BINARY_ONLY="1",
    )


def test_threads_may_launch_first(tmp_path: Path) -> None:
    printed = check_script(
        tmp_path,
        ADD
        + """
import sys
import threading

sys.setswitchinterval(1e-5)
x, y, out = arrays(100)
def work(block):
    mine = np.zeros(100, np.float32)
    add[(triton.cdiv(100, block),)](x, y, mine, 100, BLOCK=block)
    equal.append(np.array_equal(mine, x + y))
equal = []
threads = [threading.Thread(target=work, args=(8 << n % 2,)) for n in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(*equal)
""",
    )
    assert printed.split() == ["True"] * 6


def test_importing_triton_does_not_import_the_compiler(tmp_path: Path) -> None:
    printed = check_script(
        tmp_path,
        """
import sys
import triton
print(sorted(name for name in ("numpy", "llvmlite", "mlir", "smtir.api") if name in sys.modules))
""",
    )
    assert printed.strip() == "[]"


def test_an_unknown_target_is_named(tmp_path: Path) -> None:
    done = run_script(tmp_path, ADD + "add[(1,)](*arrays(8), 8, BLOCK=8)\n", SMTIR_TARGET="nothing")
    assert done.returncode
    assert "unknown target 'nothing'" in done.stderr
