"""The lines of the kernel that vector code keeps, down to LLVM's debug information."""

from __future__ import annotations

import inspect
import re

import triton
import triton.language as tl

import smtir


@triton.jit
def doubled(x_ptr, out_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    x = tl.load(x_ptr + i)
    y = x + x
    tl.store(out_ptr + i, y)


def test_loads_and_stores_of_vectors_are_of_their_own_lines() -> None:
    llvmir = smtir.compile(doubled, {"x_ptr": "*fp32", "out_ptr": "*fp32"}, {"N": 64}).stages["llvmir"]
    lines = dict(re.findall(r"(!\d+) = !DILocation\(line: (\d+)", llvmir))
    first = inspect.getsourcelines(doubled.fn)[1]
    for operation, line in (("load <", first + 3), ("fadd <", first + 4), ("store <", first + 5)):
        found = re.findall(rf"{operation}.*!dbg (!\d+)", llvmir)
        assert found
        assert {int(lines[name]) for name in found} == {line}, operation
