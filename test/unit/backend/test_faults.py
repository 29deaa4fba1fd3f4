"""Launches that cannot work: each says what is wrong, and the script's other kernels run."""

from __future__ import annotations

from pathlib import Path

from plugin import ADD, check_script

TENSOR = """
class Device:
    type = "cpu"

class Tensor:
    '''What Triton and a launch ask of a tensor.'''
    def __init__(self, array, device="cpu"):
        self.array, self.dtype, self.shape = array, f"torch.{array.dtype}", array.shape
        self.device = Device()
        self.device.type = device
    def data_ptr(self):
        return self.array.ctypes.data
"""


def test_faults_of_a_launch_are_named(tmp_path: Path) -> None:
    check_script(
        tmp_path,
        ADD
        + TENSOR
        + """
def message(*arguments, grid=(1,)):
    try:
        add[grid](*arguments, BLOCK=128)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("no error")

x, y, out = arrays(100)
add[(1,)](Tensor(x), Tensor(y), Tensor(out), 100, BLOCK=128)
assert np.array_equal(out, x + y)
assert "TypeError: no Triton type" in message(x.astype(complex), y, out, 100)
assert "TypeError: no Triton type" in message(x.astype(">f4"), y, out, 100)
assert "argument y: expected a CPU tensor" in message(Tensor(x), Tensor(y, "cuda"), Tensor(out), 100)
assert "argument y: a tensor on meta has no memory" in message(Tensor(x), Tensor(y, "meta"), Tensor(out), 100)
assert "no Triton type has the layout of torch.complex128" in message(Tensor(x.astype(complex)), y, out, 100)
out.flags.writeable = False
assert "argument out: the kernel writes to it, but the array is read-only" in message(x, y, out, 100)
x.flags.writeable = False
out.flags.writeable = True
add[(1,)](x, y, out, 100, BLOCK=128)
assert "the grid is 1 to 3 integers" in message(x, y, out, 100, grid=(-1,))
assert "failed to specialize" in message([1.0], y, out, 100)
try:
    add[(1,)](x, y, out, 100, BLOCK=128, num_warps=3)
except AssertionError as error:
    assert str(error) == "num_warps must be a power of 2, got 3"
else:
    raise SystemExit("no error")
# As torch.cpu.current_device() says it; tools look kernels up by it.
assert triton.runtime.driver.active.get_current_device() == "cpu"
assert len(add.device_caches["cpu"][0]) >= 1
""",
    )


def test_a_kernel_that_does_not_compile_leaves_the_others_alone(tmp_path: Path) -> None:
    printed = check_script(
        tmp_path,
        ADD
        + """
from triton.compiler.errors import CompilationError

@triton.jit
def wrong(x, out):
    value = tl.load(x)
    tl.store(out, value.nothing)

@triton.jit
def refused(x, BLOCK: tl.constexpr):
    tl.static_assert(BLOCK < 8, "too large")

x, y, out = arrays(100)
for kernel, arguments in ((wrong, (x, out)), (refused, (x, 16))):
    try:
        kernel[(1,)](*arguments)
    except CompilationError as error:
        print(type(error).__name__, str(error).splitlines()[0])
    else:
        raise AssertionError("no error")
add[(1,)](x, y, out, 100, BLOCK=128)
assert np.array_equal(out, x + y)
""",
    )
    assert printed.splitlines()[0].startswith("CompilationError at 3:")
    assert printed.splitlines()[1].startswith("CompileTimeAssertionFailure at 2:")


def test_an_exception_inside_a_kernel_is_a_compilation_error_with_its_line(tmp_path: Path) -> None:
    printed = check_script(
        tmp_path,
        """
import numpy as np
import triton
import triton.language as tl
from triton.compiler.errors import CompilationError

@triton.jit
def name(x):
    tl.store(x, missing)

@triton.jit
def shapes(x):
    tl.store(x + tl.arange(0, 16), tl.arange(0, 8) + tl.arange(0, 16))

@triton.jit
def none(x, y):
    tl.store(x, tl.load(y))

@triton.jit
def branches(x):
    if tl.load(x) > 0:
        value = 1
    else:
        value = 1.5
    tl.store(x, value)

@triton.jit
def callee(y):
    return y.missing

@triton.jit
def caller(x):
    tl.store(x, callee(tl.load(x)))

x = np.zeros(16, np.float32)
for kernel, arguments in ((name, (x,)), (shapes, (x,)), (none, (x, None)), (branches, (x,)), (caller, (x,))):
    try:
        kernel[(1,)](*arguments)
    except CompilationError as error:
        print(kernel.__name__, str(error).splitlines()[0])
""",
    )
    assert printed.splitlines() == [
        "name at 2:16:",
        "shapes at 2:35:",
        "none at 2:16:",
        "branches at 2:4:",
        "caller at 2:16:",
    ]
