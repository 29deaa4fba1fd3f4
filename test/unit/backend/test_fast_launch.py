"""A second launch takes a short way, and means what the first one meant."""

from __future__ import annotations

from pathlib import Path

from plugin import check_script

PRELUDE = """\
import numpy as np
import triton
import triton.language as tl

def watched(fn):
    "Triton's own binder of fn, counted: what is launched fast does not ask it."
    device = triton.runtime.driver.active.get_current_device()
    caches, asked = fn.device_caches[device], []
    binder = caches[4]
    def count(*args, **kwargs):
        asked.append(1)
        return binder(*args, **kwargs)
    fn.device_caches[device] = (*caches[:4], count)
    return asked

SIZE = tl.constexpr(64)

@triton.jit
def mix(x, out, n, scale, flag, TIMES: tl.constexpr = 1.0, BLOCK: tl.constexpr = 64):
    where = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + where) * scale
    if flag:
        value += n
    tl.store(out + where, value * TIMES)

x, out = np.arange(1, 65, dtype=np.float32), np.zeros(64, np.float32)
"""


def test_values_types_and_alignment_choose_the_kernel_as_ever(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        PRELUDE
        + """
asked = watched(mix)
for round in range(3):
    for n in (1, 2, 16, 17, -5, 2**40, True):
        mix[(1,)](x, out, n, 2.0, True)
        assert np.array_equal(out, (2 * x + n).astype(np.float32)), n
    for scale in (0.5, 3, np.float32(1.5), np.int64(2)):
        mix[(1,)](x, out, 4, scale, flag=True)
        assert np.array_equal(out, x * scale + 4), scale
    for dtype in (np.float64, np.int32, np.int8):
        mix[(1,)](x.astype(dtype), out, 1, 2, False)
        assert np.array_equal(out, 2 * x)
    odd = np.arange(65, dtype=np.float32)[1:]
    mix[(1,)](odd, out, 1, 1.0, False)
    assert np.array_equal(out, odd)
    mix[(1,)](x, out, 0, float("nan"), False)
    assert np.isnan(out).all()
    for scale in (0.0, -0.0):
        mix[(1,)](x, out, 0, scale, False)
        assert (np.signbit(out) == np.signbit(scale)).all(), scale
    for times in (0.5, 1.5):
        mix[(1,)](x, out, 0, 1.0, False, TIMES=times)
        assert np.array_equal(out, x * times)
    mix[(2,)](x, out, 0, 1.0, None, BLOCK=32, num_warps=8)
    assert np.array_equal(out, x)
    if round == 0:
        first = len(asked)
        assert first
assert len(asked) == first, "everything was launched fast from the second round on"
""",
    )


def test_grids_and_options_of_any_kind(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        PRELUDE
        + """
launch = lambda grid, block=16: mix[grid](x, out, 0, 1.0, False, BLOCK=block)
for round in range(2):
    for grid in ((4,), [4, 1], (4, 1, 1), (np.int64(4),), lambda meta: (64 // meta["BLOCK"],)):
        out[:] = 0
        launch(grid)
        assert np.array_equal(out, x), grid
    out[:] = 0
    launch((0,))
    launch((4, 0))
    assert not out.any()
    for wrong in ((-1,), (2**31,), ("4",)):
        try:
            launch(wrong)
        except Exception as error:
            assert "the grid is 1 to 3 integers" in str(error), error
        else:
            raise AssertionError(wrong)
    kernel = launch((4,))
    assert kernel.metadata.name == "mix"
""",
    )


def test_hooks_globals_and_read_only_arrays_are_seen(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        PRELUDE
        + """
FACTOR = tl.constexpr(2)

@triton.jit
def scaled(x, out):
    where = tl.arange(0, 64)
    tl.store(out + where, tl.load(x + where) * FACTOR)

for _ in range(3):
    scaled[(1,)](x, out)
fixed = x.copy()
fixed.flags.writeable = False
for _ in range(2):
    scaled[(1,)](fixed, out)
    assert np.array_equal(out, 2 * x)
    try:
        scaled[(1,)](x, fixed)
    except Exception as error:
        assert "read-only" in str(error)
    else:
        raise AssertionError("wrote to a read-only array")
seen = []
scaled.pre_run_hooks.append(lambda *args, **kwargs: seen.append(len(args)))
scaled[(1,)](x, out)
assert seen == [2]
scaled.pre_run_hooks.clear()
FACTOR = tl.constexpr(3)
try:
    scaled[(1,)](x, out)
except RuntimeError as error:
    assert "FACTOR has changed" in str(error)
else:
    raise AssertionError("a global has changed")
FACTOR = tl.constexpr(2)
for cache in [cache for caches in scaled.device_caches.values() for cache in caches[:2]]:
    cache.clear()
assert scaled[(1,)](x, out) is scaled[(1,)](x, out)
before = scaled[(1,)](x, out)
scaled.device_caches.clear()
assert scaled[(1,)](x, out) is not before
assert len(scaled.device_caches) == 1
""",
    )


def test_arrays_that_partly_overlap_are_read_before_they_are_written(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        PRELUDE
        + """
@triton.jit
def doubled(x, out, n, BLOCK: tl.constexpr):
    where = tl.arange(0, BLOCK)
    tl.store(out + where, 2 * tl.load(x + where, mask=where < n), mask=where < n)

def check(x, out):
    wanted = 2 * x
    doubled[(1,)](x, out, x.size, BLOCK=256)
    assert np.array_equal(out, wanted)

for _ in range(2):
    check(np.arange(200.0), np.zeros(200))
    for shift in (1, 3, 31, 199, 200, 201):
        memory = np.arange(500.0)
        check(memory[:200], memory[shift : shift + 200])
        memory = np.arange(500.0)
        check(memory[shift : shift + 200], memory[:200])
    memory = np.arange(500.0)
    check(memory[:200], memory[:200])

@triton.jit
def upwards(x, out, n, step_x, step_out, BLOCK: tl.constexpr):
    where = tl.arange(0, BLOCK)
    tl.store(out + where * step_out, 2 * tl.load(x + where * step_x, mask=where < n), mask=where < n)

for _ in range(2):
    for view in (lambda memory: memory[::2], lambda memory: memory[::-1], lambda memory: memory[1:101][::-2]):
        memory = np.arange(101.0)
        x, out = view(memory), memory[7:57]
        n = min(x.size, out.size)
        wanted = 2 * x[:n]
        upwards[(1,)](x, out, n, x.strides[0] // 8, 1, BLOCK=128)
        assert np.array_equal(out[:n], wanted)
""",
    )


def test_one_array_for_two_parameters_is_read_before_it_is_written(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        PRELUDE
        + """
@triton.jit
def exchange(a, b, BLOCK: tl.constexpr):
    where = tl.arange(0, BLOCK)
    old_a = tl.load(a + where)
    old_b = tl.load(b + where)
    tl.store(a + where, old_b + 1)
    tl.store(b + where, old_a * 2)

def check(a, b):
    wanted_a, wanted_b = b + 1, a * 2
    exchange[(1,)](a, b, BLOCK=64)
    assert np.array_equal(b, wanted_b)
    assert a is b or np.array_equal(a, wanted_a)

for _ in range(3):
    check(np.arange(64.0), np.ones(64))
    same = np.arange(64.0)
    check(same, same)

class Bare:
    "A tensor of a library that says no more than its address and type."
    def __init__(self, array):
        self.array, self.dtype = array, "float64"
    def data_ptr(self):
        return self.array.ctypes.data

same = np.arange(64.0)
exchange[(1,)](Bare(same), Bare(same), BLOCK=64)
assert np.array_equal(same, 2 * np.arange(64))
""",
    )


def test_a_second_process_finds_the_kernel_for_one_array_in_the_cache(tmp_path: Path) -> None:
    script = (
        PRELUDE
        + """
import sys

@triton.jit
def backwards(a, b, BLOCK: tl.constexpr):
    where = tl.arange(0, BLOCK)
    tl.store(a + BLOCK - 1 - where, tl.load(b + where))

x = np.arange(64.0)
backwards[(1,)](x, x, BLOCK=64)
assert np.array_equal(x, np.arange(64.0)[::-1])
print("compiler:", "smtir.api" in sys.modules)
"""
    )
    for compiles in (True, False):
        assert f"compiler: {compiles}" in check_script(tmp_path, script)
