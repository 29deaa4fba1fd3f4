"""Which loads are copied at once: the answer for kernels written out without loops, and the work it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir
from smtir.rewrite import hazards

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]


@triton.jit
def running_sums(x_ptr, out_ptr, N: tl.constexpr):
    for i in tl.static_range(N):
        tl.store(out_ptr + i, tl.load(x_ptr + i))
    for i in tl.static_range(1, N):
        total = tl.load(out_ptr + i - 1) + tl.load(out_ptr + i)
        tl.store(out_ptr + i, total)
        tl.store(out_ptr + i - 1, tl.load(out_ptr + i - 1) * 2)


def compiled(n: int, target: str = "host") -> Any:
    signature = {"x_ptr": "*fp32", "out_ptr": "*fp32"}
    return smtir.compile(running_sums, signature=signature, constexprs={"N": n}, target=target)


@pytest.mark.parametrize("target", TARGETS)
def test_each_load_of_an_unrolled_loop_sees_the_stores_before_it(target: str) -> None:
    x, out = np.arange(12, dtype=np.float32), np.zeros(12, np.float32)
    compiled(12, target).run(x, out, grid=1)
    expected = np.cumsum(x)
    expected[:-1] *= 2
    np.testing.assert_array_equal(out, expected)


def test_twice_the_loads_and_stores_are_twice_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, original = [0], hazards.defining_op

    def counted(value: Any) -> Any:
        calls[0] += 1
        return original(value)

    monkeypatch.setattr(hazards, "defining_op", counted)
    work = []
    for n in (8, 16):
        calls[0] = 0
        compiled(n)
        work.append(calls[0])
    assert 0 < work[1] < 3 * work[0]
