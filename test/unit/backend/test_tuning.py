"""Autotuning, heuristics, warm-up and measuring, on NumPy arrays."""

from __future__ import annotations

from pathlib import Path

from plugin import ADD, check_script


def test_autotune_heuristics_and_warmup_work(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        ADD
        + """
configs = [triton.Config({"BLOCK": size}, num_warps=warps) for size, warps in ((64, 1), (256, 4))]
tuned = triton.autotune(configs=configs, key=["n"])(add)
x, y, out = arrays(1000)
tuned[lambda meta: (triton.cdiv(1000, meta["BLOCK"]),)](x, y, out, 1000)
assert np.array_equal(out, x + y)
assert tuned.best_config.kwargs["BLOCK"] in (64, 256)

guessed = triton.heuristics({"BLOCK": lambda given: triton.next_power_of_2(given["n"])})(add)
out[:] = 0
guessed[(1,)](x, y, out, 1000)
assert np.array_equal(out, x + y)

kernel = add.warmup(x, y, out, 1000, BLOCK=32, grid=(1,))
assert "linalg" in kernel.asm["linalg"] and "define" in kernel.asm["llir"] and "tt.func" in kernel.asm["ttir"]
milliseconds = triton.testing.do_bench(lambda: add[(4,)](x, y, out, 1000, BLOCK=256), warmup=1, rep=5)
assert milliseconds > 0
launch = lambda: add[(4,)](x, y, out, 1000, BLOCK=256)
middle, low, high = triton.testing.do_bench(launch, rep=20, quantiles=[0.5, 0.2, 0.8])
assert 0 < low <= middle <= high
""",
    )


TUNED = """
import numpy as np
import triton
import triton.language as tl

configs = [triton.Config({"BLOCK": size}) for size in (32, 64)]

def tuned(**options):
    @triton.autotune(configs=configs, key=["n"], **options)
    @triton.jit
    def accumulate(x, out, n, BLOCK: tl.constexpr):
        where = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
        inside = where < n
        total = tl.load(out + where, mask=inside) + tl.load(x + where, mask=inside)
        tl.store(out + where, total, mask=inside)

    x, out = np.ones(100, np.float32), np.full(100, 5, np.float32)
    for _ in range(2):
        accumulate[lambda meta: (triton.cdiv(100, meta["BLOCK"]),)](x, out, 100)
    assert (out == out[0]).all()
    return out[0], accumulate.best_config.kwargs["BLOCK"]
"""


def test_arrays_are_reset_and_restored_between_measurements(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        TUNED
        + """
assert tuned(reset_to_zero=["out"])[0] == 2
assert tuned(restore_value=["out"])[0] == 7
assert tuned(restore_value=["out"], use_cuda_graph=True)[0] == 7
assert tuned(restore_value=["out"], warmup=1, rep=2)[0] == 7
calls = []
own = dict(pre_hook=lambda given, reset_only=False: calls.append(type(given["out"])))
assert tuned(**own)[0] > 7 and set(calls) == {np.ndarray}
""",
    )


def test_configurations_are_pruned_and_measured_as_the_script_says(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        TUNED
        + """
def measure(kernel_call, quantiles):
    kernel_call()
    times.append(len(times))
    return [-times[-1]] * 3

times = []
assert tuned(do_bench=measure, restore_value=["out"]) == (7, 64)
assert times == [0, 1]
large = lambda found, given, **meta: [each for each in found if each.kwargs["BLOCK"] > 32]
assert tuned(prune_configs_by={"early_config_prune": large}, restore_value=["out"]) == (7, 64)
model = {"perf_model": lambda **given: given["BLOCK"], "top_k": 1}
assert tuned(prune_configs_by=model, restore_value=["out"]) == (7, 32)

@triton.autotune(configs=configs, key=["n"])
@triton.heuristics({"EVEN": lambda given: given["n"] % given["BLOCK"] == 0})
@triton.jit
def twice(x, out, n, BLOCK: tl.constexpr, EVEN: tl.constexpr):
    where = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if EVEN:
        tl.store(out + where, tl.load(x + where) * 2)
    else:
        tl.store(out + where, tl.load(x + where, mask=where < n) * 2, mask=where < n)

for n in (100, 128):
    x, out = np.arange(n, dtype=np.float32), np.zeros(n, np.float32)
    twice[lambda meta: (triton.cdiv(n, meta["BLOCK"]),)](x, out, n)
    assert np.array_equal(out, x * 2)
""",
    )


def test_a_kernel_is_compiled_for_types_without_arrays(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        ADD
        + """
mock = triton.MockTensor(tl.float32)
for given in (np.float32, np.dtype("float32"), mock):
    kernel = add.warmup(given, given, given, 1000, BLOCK=64, grid=(1,))
    assert "memref<f32>" in kernel.asm["linalg"]
x, y, out = arrays(1000)
assert add[(16,)](x, y, out, 1000, BLOCK=64).hash == kernel.hash
kernel._init_handles()
assert kernel.n_regs >= 1 and kernel.metadata.shared >= 1
kernel[(16, 1, 1)](x, y, out, 1000, 64)
assert np.array_equal(out, x + y)
try:
    add.warmup(np.complex64, x, out, 1000, BLOCK=64, grid=(1,))
except TypeError as error:
    assert "no Triton type has the layout of NumPy's dtype('complex64')" in str(error)
else:
    raise AssertionError("no error")
""",
    )
