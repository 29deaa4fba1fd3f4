"""Tensor descriptors that the host makes are arguments like others."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import triton
import triton.language as tl
from plugin import check_script

import smtir
from smtir.errors import FrontendError, LaunchError


@triton.jit
def move(d, out, row):
    x = d.load([row, 0])
    at = tl.arange(0, 8)[:, None] * 16 + tl.arange(0, 16)[None, :]
    tl.store(out + at, x + d.shape[0] + d.strides[0])
    d.store([row + 8, 4], x * 2)


SCRIPT = (
    """
import numpy as np
import triton
import triton.language as tl
from dataclasses import dataclass
from triton.tools.tensor_descriptor import TensorDescriptor

@dataclass(frozen=True)
class Dtype:
    name: str
    itemsize: int = 4
    is_floating_point: bool = True
    def __str__(self):
        return "torch." + self.name

class Tensor:
    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, Dtype(array.dtype.name)
    def data_ptr(self):
        return self.array.ctypes.data
    def stride(self):
        return [step // 4 for step in self.array.strides]
"""
    + inspect.getsource(move.fn)
    + """
@triton.jit
def first_of(pair, out):
    tl.store(out + tl.arange(0, 16), pair[0].load([19, 0]).reshape(16) * pair[1])

base = np.arange(20 * 16, dtype=np.float32).reshape(20, 16)
for padding, outside in (("zero", 0), ("nan", np.nan), ("zero", 0)):
    data = base.copy()
    inside = Tensor(data[:, :12])
    d = TensorDescriptor(inside, inside.shape, inside.stride(), [8, 16], padding=padding)
    out = np.zeros((8, 16), np.float32)
    move[(1,)](d, out, 3)
    expected = np.full((8, 16), outside, np.float32)
    expected[:, :12] = base[3:11, :12]
    assert np.array_equal(out, expected + 20 + 16, equal_nan=True)
    written = base.copy()
    written[11:19, 4:12] = base[3:11, :8] * 2
    assert np.array_equal(data, written)

    row = TensorDescriptor(inside, inside.shape, inside.stride(), [1, 16], padding=padding)
    out = np.zeros(16, np.float32)
    first_of[(1,)]((row, 3), out)
    assert np.array_equal(out[:12], base[19, :12] * 3)
    assert np.array_equal(out[12:], np.full(4, outside, np.float32), equal_nan=True)
"""
)


def test_they_are_read_and_written_within_the_tensor(tmp_path: Path) -> None:
    check_script(tmp_path, SCRIPT)


def test_they_are_arguments_of_a_compilation() -> None:
    compiled = smtir.compile(move, {"d": "tensordesc<fp32[8, 16]>", "out": "*fp32", "row": "i32"}, {})
    data, out = np.ones((20, 16), np.float32), np.zeros((8, 16), np.float32)
    descriptor = SimpleNamespace(base=data, shape=(20, 16), strides=(16, 1), block_shape=[8, 16])
    compiled.run(descriptor, out, 0, grid=(1,))
    assert (out == 37).all()
    assert (data[8:16, 4:] == 2).all()
    assert data.sum() == 20 * 16 + 8 * 12
    compiled.run(data, 20, 16, 16, 1, out, 12, grid=(1,))
    assert (out[:, :4] == 37).all()
    with pytest.raises(LaunchError, match=r"takes 7 arguments, got 3"):
        compiled.run(data, out, 0, grid=(1,))
    with pytest.raises(LaunchError, match=r"argument d: expected an array of float32 .*got float64"):
        compiled.run(data.astype(np.float64), 20, 16, 16, 1, out, 12, grid=(1,))


def test_their_dump_is_a_kernel_again() -> None:
    compiled = smtir.compile(move, {"d": "tensordesc<fp32[8, 16]>", "out": "*fp32", "row": "i32"}, {})
    again = smtir.compile(compiled.stages["ttir"])
    data, out = np.ones((20, 16), np.float32), np.zeros((8, 16), np.float32)
    again.run(data, 20, 16, 16, 1, out, 0, grid=(1,))
    assert (out == 37).all()


def test_a_wrong_element_type_is_named() -> None:
    with pytest.raises(FrontendError, match="the parameter d has the unknown type") as caught:
        smtir.compile(move, {"d": "tensordesc<float32[8, 16]>", "out": "*fp32", "row": "i32"}, {})
    assert caught.value.hint == "did you mean '*fp32'?"
