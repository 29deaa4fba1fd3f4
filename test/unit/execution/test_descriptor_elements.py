"""Tensor descriptors of integers, their gathered and scattered rows, and their atomic updates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
ROWS, COLUMNS = 11, 20


def run(fn: Any, args: dict[str, np.ndarray], types: str, constexprs: dict[str, Any], target: str) -> None:
    """Compile ``fn`` for arguments of ``types``, separated by blanks, and run one program."""
    signature = dict(zip(args, types.split(), strict=True))
    smtir.compile(fn, signature=signature, constexprs=constexprs, target=target).run(
        *args.values(), grid=(1,)
    )


@triton.jit
def copied(x, out, M: tl.constexpr, N: tl.constexpr):
    source = tl.make_tensor_descriptor(x, [M, N], [N, 1], [8, 16])
    target = tl.make_tensor_descriptor(out, [M, N], [N, 1], [8, 16])
    for row in range(0, M, 8):
        for column in range(0, N, 16):
            target.store([row, column], source.load([row, column]) * 2)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint32", "int32"])
def test_descriptors_of_integers_load_and_store(dtype: str) -> None:
    x = np.arange(ROWS * COLUMNS).astype(dtype).reshape(ROWS, COLUMNS)
    out = np.zeros_like(x)
    name = dtype.replace("uint", "u").replace("int", "i")
    run(copied, {"x": x, "out": out}, f"*{name} *{name}", {"M": ROWS, "N": COLUMNS}, "host")
    np.testing.assert_array_equal(out, x * 2)


@triton.jit
def rows(x, numbers, gathered, scattered, M: tl.constexpr, N: tl.constexpr, COUNT: tl.constexpr):
    chosen = tl.load(numbers + tl.arange(0, COUNT))
    source = tl.make_tensor_descriptor(x, [M, N], [N, 1], [1, 16], padding_option="nan")
    target = tl.make_tensor_descriptor(scattered, [M, N], [N, 1], [1, 16])
    found = source.gather(chosen, 8)
    tl.store(gathered + tl.arange(0, COUNT)[:, None] * 16 + tl.arange(0, 16)[None, :], found)
    target.scatter(found, chosen, 8)


@pytest.mark.parametrize("target", TARGETS)
def test_rows_are_gathered_and_scattered_inside_the_tensor_only(target: str) -> None:
    x = np.random.default_rng(0).standard_normal((ROWS, COLUMNS)).astype(np.float32)
    numbers = np.array([3, 10, 11, 0, 7, -1, 5, 2], np.int32)
    gathered, scattered = np.zeros((8, 16), np.float32), np.zeros_like(x)
    args = {"x": x, "numbers": numbers, "gathered": gathered, "scattered": scattered}
    run(rows, args, "*fp32 *i32 *fp32 *fp32", {"M": ROWS, "N": COLUMNS, "COUNT": 8}, target)
    inside = (numbers >= 0) & (numbers < ROWS)
    expected = np.full((8, 16), np.nan, np.float32)
    expected[inside, : COLUMNS - 8] = x[numbers[inside], 8:]
    np.testing.assert_array_equal(gathered, expected)
    kept = np.zeros_like(x)
    kept[numbers[inside], 8:] = x[numbers[inside], 8:]
    np.testing.assert_array_equal(scattered, kept)


@triton.jit
def updated(x, values, M: tl.constexpr, N: tl.constexpr, KIND: tl.constexpr):
    target = tl.make_tensor_descriptor(x, [M, N], [N, 1], [16, 16])
    block = tl.load(values + tl.arange(0, 16)[:, None] * 16 + tl.arange(0, 16)[None, :])
    if KIND == "add":
        target.atomic_add([0, 8], block)
    elif KIND == "min":
        target.atomic_min([0, 8], block)
    elif KIND == "max":
        target.atomic_max([0, 8], block)
    elif KIND == "and":
        target.atomic_and([0, 8], block)
    elif KIND == "or":
        target.atomic_or([0, 8], block)
    else:
        target.atomic_xor([0, 8], block)


UPDATES = {
    "add": np.add,
    "min": np.minimum,
    "max": np.maximum,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [(kind, "int32") for kind in UPDATES] + [("min", "uint32"), ("add", "float32"), ("add", "float16")],
)
def test_a_block_is_updated_atomically_inside_the_tensor(kind: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    x, values = (rng.integers(-100, 100, shape).astype(dtype) for shape in ((ROWS, COLUMNS), (16, 16)))
    expected = x.copy()
    expected[:, 8:] = UPDATES[kind](x[:, 8:], values[:ROWS, : COLUMNS - 8])
    name = {"int32": "i32", "uint32": "u32", "float32": "fp32", "float16": "fp16"}[dtype]
    constexprs = {"M": ROWS, "N": COLUMNS, "KIND": kind}
    run(updated, {"x": x, "values": values}, f"*{name} *{name}", constexprs, "host")
    np.testing.assert_array_equal(x, expected)
