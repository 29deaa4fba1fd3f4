"""``TRITON_INTERPRET=1`` gives the results that the compiled kernels give."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from plugin import check_script, environment

import smtir
import smtir.kernels
from smtir.runtime import compare

SIZES = (40, 72, 48)
INTERPRET = """\
import sys
import numpy as np
import smtir.kernels

name, dtype, path = sys.argv[1:]
spec = smtir.kernels.get(name)
sizes = [int(size) for size in {sizes!r}]
args = spec.make_args(*sizes, dtype, np.random.default_rng(0))
constexprs = spec.constexprs
assert type(spec.fn).__name__ == "InterpretedFunction"
spec.fn[spec.grid(args, constexprs)](**args, **constexprs)
np.savez(path, **{{output: args[output] for output in spec.outputs}})
"""


CASES = [(name, "f32") for name in smtir.kernels.names()] + [("qk", "f16"), ("qk_v2", "f16")]


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_compiled_and_interpreted_kernels_agree(name: str, dtype: str, tmp_path: Path) -> None:
    script = tmp_path / "interpret.py"
    script.write_text(INTERPRET.format(sizes=SIZES))
    done = subprocess.run(
        [sys.executable, str(script), name, dtype, str(tmp_path / "out.npz")],
        env=environment(tmp_path, TRITON_INTERPRET="1"),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    spec = smtir.kernels.get(name)
    args = spec.make_args(*SIZES, dtype, np.random.default_rng(0))
    constexprs = spec.constexprs
    compiled = smtir.compile(spec.fn, spec.signature_for(dtype), constexprs)
    compiled.run(*args.values(), grid=spec.grid(args, constexprs))
    interpreted = np.load(tmp_path / "out.npz")
    for output in spec.outputs:
        assert compare(args[output], interpreted[output]).within(1e-5 if dtype == "f32" else 2e-3)


def test_ordinary_kernels_are_interpreted_on_arrays(tmp_path: Path) -> None:
    assert "TRITON_INTERPRET" not in os.environ
    check_script(
        tmp_path,
        """
import numpy as np
import triton
import triton.language as tl
import triton.language.extra.smt as smt
from triton.language.extra.smt import alloc, parallel, view

@triton.jit
def twice(tile):
    return tile + tile

@triton.jit
def through_scratch(x, out, M: tl.constexpr, N: tl.constexpr):
    source = tl.make_block_ptr(x, (M, N), (N, 1), (0, 0), (M, N), (1, 0))
    scratch = alloc((M, N), type=tl.float32)
    tl.store(scratch, tl.load(source))
    for part in parallel(0, 2):
        half = smt.view(scratch, (part * (M // 2), 0), (M // 2, N))
        tl.store(half, twice(tl.load(half)))
    packed = view(scratch, (0, 0), (M, N), (4, 8))
    tiles = tl.load(packed)
    plain = smt.view(tiles, (0, 0), (M, N), (1, 1))
    tl.store(tl.make_block_ptr(out, (M, N), (N, 1), (0, 0), (M, N), (1, 0)), plain)

x = np.arange(16 * 32, dtype=np.float32).reshape(16, 32)
out = np.zeros_like(x)
through_scratch[(1,)](x, out, 16, 32)
assert np.array_equal(out, x + x)
through_scratch[(1,)](x, out, M=16, N=32)
""",
        TRITON_INTERPRET="1",
    )


def test_a_float_argument_is_a_number_in_single_precision(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        """
import numpy as np
import triton
import triton.language as tl

@triton.jit
def scaled(x, out, scale, step, N: tl.constexpr):
    at = tl.arange(0, N)
    scale = scale.to(tl.float64) if step > 0 else scale * 0.0
    tl.store(out + at, tl.load(x + at) * scale + tl.full((N,), step, tl.float32))

x = np.arange(8, dtype=np.float64)
for scale in (0.1, np.float32(0.1)):
    out = np.zeros_like(x)
    scaled[(1,)](x, out, scale, np.float64(0.1), N=8)
    np.testing.assert_array_equal(out, x * float(np.float32(0.1)) + float(np.float32(0.1)))
""",
        TRITON_INTERPRET="1",
    )


def test_the_paddings_of_spine_triton_are_interpreted(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        """
import numpy as np
import triton
import triton.language as tl

@triton.jit
def padded(x, out, n, PADDING: tl.constexpr):
    at = tl.arange(0, 16)
    block = tl.make_block_ptr(x, (n,), (1,), (0,), (16,), (0,))
    tl.store(out + at, tl.load(block, boundary_check=(0,), padding_option=PADDING))
    descriptor = tl.make_tensor_descriptor(x, [n], [1], [16], padding_option=PADDING)
    tl.store(out + 16 + at, descriptor.load([0]))

x, out = np.arange(10, dtype=np.float32), np.zeros((2, 16), np.float32)
for padding, value in (("neg_inf", -np.inf), ("inf", np.inf), ("nan", np.nan), ("zero", 0)):
    padded[(1,)](x, out, 10, PADDING=padding)
    expected = np.pad(x, (0, 6), constant_values=value)
    assert np.array_equal(out, [expected, expected], equal_nan=True), padding
""",
        TRITON_INTERPRET="1",
    )


WRITTEN_IN_TRITON = """
import sys
import numpy as np
import triton
import triton.language as tl
import triton.language.extra.cpu.libdevice as of_cpu
from triton.language.extra import libdevice
from triton.language.extra.libdevice import erfinv, pow as power

@triton.jit
def deeper(x):
    return libdevice.fma(x, x, -(x * x)) + erfinv(0.5 * libdevice.tanh(x))

@triton.jit
def kernel(x_ptr, out_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    x = tl.load(x_ptr + at)
    tl.store(out_ptr + at, power(libdevice.exp(x), x))
    tl.store(out_ptr + N + at, deeper(x))
    tl.store(out_ptr + 2 * N + at, of_cpu.lgamma(x) + of_cpu.atan2(x, 2.0 * x))
    tl.store(out_ptr + 3 * N + at, libdevice.jn(3, x))
    tl.store(out_ptr + 4 * N + at, libdevice.add_ru(x, 1e-9))
    tl.store(out_ptr + 5 * N + at, libdevice.popc(libdevice.float2int_rn(x)).to(x.dtype))
    tl.store(out_ptr + 6 * N + at, tl.fma(x, x, 0.1 * x))

x = np.array([0.5, -0.7, 1.25, 3.75, -2.5, 7.1, 0.1, 11.0])
found = []
for kind in (np.float64, np.float32, np.float16):
    out = np.zeros((7, 8), kind)
    kernel[(1,)](x.astype(kind), out, N=8)
    found.append(out.astype(np.float64))
assert libdevice.exp(1) is None, "the stubs are back"
np.save(sys.argv[1], np.array(found))
"""


def test_the_functions_of_libdevice_that_are_written_in_triton_are_interpreted(tmp_path: Path) -> None:
    for name, given in (("compiled", {}), ("interpreted", {"TRITON_INTERPRET": "1"})):
        check_script(tmp_path, WRITTEN_IN_TRITON, str(tmp_path / name), **given)
    compiled, interpreted = (np.load(tmp_path / f"{name}.npy") for name in ("compiled", "interpreted"))
    for kind, left, right in zip((np.float64, np.float32, np.float16), compiled, interpreted, strict=True):
        np.testing.assert_allclose(left, right, rtol=8 * float(np.finfo(kind).eps))
        np.testing.assert_array_equal(left[[4, 6]], right[[4, 6]])  # rounded once by both


def test_several_buffers_tiles_and_pointers_into_buffers_are_interpreted(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        """
import numpy as np
import triton
import triton.language as tl
import triton.language.extra.smt as smt
from triton.language.extra import tle

@triton.jit
def kernel(x, out, n):
    source = tl.make_block_ptr(x, (16, 32), (32, 1), (0, 0), (16, 32), (1, 0))
    buffers = smt.alloc_copies((16, 32), dtype=tl.float32, copies=2)
    tl.store(buffers[0], tl.load(source))
    for i in range(n):
        tl.store(buffers[(i + 1) % 2], tl.load(buffers[i % 2]) + 1.0)
    value = tle.to_tensor(buffers[n % 2])
    value = tle.insert_tile(value, tle.extract_tile(value, (1, 3), (8, 8)), 0)
    tle.to_buffer(value, buffers[0])
    rows = tl.broadcast_to(tl.arange(0, 16)[:, None], (16, 32))
    columns = tl.broadcast_to(tl.arange(0, 32)[None, :], (16, 32))
    pointers = tle.local_ptr(buffers[0], (15 - rows, columns))
    tl.store(tle.local_ptr(buffers[0], (0, n)), -1.0)
    tl.store(out + rows * 32 + columns, tl.load(pointers))

x = np.arange(16 * 32, dtype=np.float32).reshape(16, 32)
out = np.zeros_like(x)
kernel[(1,)](x, out, 3)
expected = x + 3
expected[:8, :8] = expected[8:, 24:]
expected[0, 3] = -1
assert np.array_equal(out, expected[::-1]), out
try:
    kernel[(1,)](x, out, -1)
except Exception as error:
    assert "out of range" in str(error), error
""",
        TRITON_INTERPRET="1",
    )


def test_barriers_are_interpreted_where_a_wait_can_end(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        """
import numpy as np
import triton
import triton.language as tl
import triton.language.extra.smt as smt

@triton.jit
def kernel(out, missing):
    one = smt.mbarrier(0, 0, 0, 1)
    several = smt.mbarrier_copies(expect_count=2, copies=2)
    for i in smt.parallel(0, 2):
        smt.barrier_arrive(one)
        smt.barrier_wait(one)
        smt.barrier_arrive(several[1])
    smt.barrier_wait(several[1], arrive_count=2 + missing)
    tl.store(out, smt.get_num_of_thread())

out = np.zeros(1, np.int32)
kernel[(1,)](out, 0)
assert out[0] == 1
try:
    kernel[(1,)](out, 1)
except Exception as error:
    assert "waits for ever at a barrier that has 2 of 3 arrivals" in str(error), error
else:
    raise AssertionError("the wait ended")
""",
        TRITON_INTERPRET="1",
    )


def test_destinations_of_both_generations_are_interpreted(tmp_path: Path) -> None:
    kernels = Path(__file__).parents[1] / "execution"
    check_script(
        tmp_path,
        f"""
import sys
import numpy as np
sys.path.insert(0, {str(kernels)!r})
import test_destinations as kernels

x = np.random.default_rng(0).standard_normal((32, 32)).astype(np.float32)
for n in (1, 3):
    moved = np.zeros_like(x)
    moved[: 32 - (n - 1)] = x[n - 1 :]
    expected = {{
        kernels.into_a_tensor: (x + np.float32(n - 1)) * 2,
        kernels.into_memory: (x + np.float32(n - 1)) * 2,
        kernels.into_a_loaded_variable: moved * 2,
        kernels.of_the_first_generation: moved * 2 + 2 * (x @ x),
    }}
    for kernel, wanted in expected.items():
        out = np.full_like(x, np.nan)
        kernel[(1,)](x, out, n)
        assert np.allclose(out, wanted, rtol=1e-5, atol=1e-5), kernel
""",
        TRITON_INTERPRET="1",
    )


@pytest.mark.parametrize(
    "name",
    [
        "from triton.language.extra import libdevice",
        "from triton.language.extra.cpu import libdevice",
        "import triton.language.extra.libdevice as libdevice",
    ],
)
def test_functions_of_libdevice_are_interpreted(name: str, tmp_path: Path) -> None:
    check_script(
        tmp_path,
        f"""
import math
import numpy as np
import triton
import triton.language as tl
{name}
from triton.language.extra.libdevice import pow as power

exponential = libdevice.exp

@triton.jit
def tail(x):
    return libdevice.erfc(x)

@triton.jit
def kernel(x, n, out, counts, N: tl.constexpr):
    at = tl.arange(0, N)
    a, m = tl.load(x + at), tl.load(n + at)
    tl.store(out + at, exponential(a))
    tl.store(out + N + at, tail(a))
    tl.store(out + 2 * N + at, libdevice.atan2(a, 0.5))
    tl.store(out + 3 * N + at, power(a, 2))
    tl.store(out + 4 * N + at, libdevice.round(a))
    tl.store(out + 5 * N + at, libdevice.hypot(a, a))
    tl.store(counts + at, libdevice.clz(m))
    tl.store(counts + N + at, libdevice.popc(m))

for dtype, near in ((np.float32, 2e-7), (np.float16, 1e-3), (np.float64, 1e-15)):
    x = np.array([-2.5, -1.0, -0.5, 0.0, 0.5, 1.5, 2.5, 3.25], dtype)
    n = np.array([0, 1, -1, 2, 255, 256, 2**31 - 1, -(2**31)], np.int32)
    out, counts = np.zeros((6, 8), dtype), np.zeros((2, 8), np.int32)
    kernel[(1,)](x, n, out, counts, N=8)
    wide = x.astype(float)
    expected = [np.exp(wide), [math.erfc(v) for v in wide], np.arctan2(wide, 0.5), wide**2]
    expected += [[-3, -1, -1, 0, 1, 2, 3, 3], np.hypot(wide, wide)]
    np.testing.assert_allclose(out, expected, rtol=near, atol=near)
    assert counts.tolist() == [[32, 31, 0, 30, 24, 23, 1, 0], [0, 1, 32, 1, 8, 1, 31, 1]]
""",
        TRITON_INTERPRET="1",
    )
