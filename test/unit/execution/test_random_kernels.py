"""Random kernels: expression trees with masks, reductions, broadcasts and loops, against NumPy.

A tree is built twice: as the text of a Triton kernel, and as a function of NumPy arrays.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import smtir

Array = np.ndarray
SIZES = st.sampled_from([1, 2, 4, 8, 16, 32, 64])


@dataclass(frozen=True)
class Tree:
    """An expression of the inputs ``x`` and ``y``: Triton's text, and its value."""

    text: str
    value: Callable[[dict[str, Array]], Array]


def unary(text: str, function: Callable[[Array], Array]) -> Callable[[Tree], Tree]:
    return lambda tree: Tree(text.format(tree.text), lambda inputs: function(tree.value(inputs)))


def binary(text: str, function: Callable[[Array, Array], Array]) -> Callable[[tuple[Tree, Tree]], Tree]:
    return lambda trees: Tree(
        text.format(trees[0].text, trees[1].text),
        lambda inputs: function(trees[0].value(inputs), trees[1].value(inputs)),
    )


LEAVES = st.sampled_from(
    [
        Tree("x", lambda inputs: inputs["x"]),
        Tree("y", lambda inputs: inputs["y"]),
        Tree("(x * 0 + 1.5)", lambda inputs: inputs["x"] * 0 + np.float32(1.5)),
        Tree("(x * 0 + rows[:, None])", lambda inputs: inputs["x"] * 0 + inputs["rows"]),
        Tree("(x * 0 + columns[None, :])", lambda inputs: inputs["x"] * 0 + inputs["columns"]),
    ]
)
UNARY = st.sampled_from(
    [
        unary("(-{0})", np.negative),
        unary("tl.abs({0})", np.abs),
        unary("tl.sqrt(tl.abs({0}))", lambda a: np.sqrt(np.abs(a))),
        unary("tl.exp(tl.minimum({0}, 3.0))", lambda a: np.exp(np.minimum(a, np.float32(3)))),
        unary("{0}.to(tl.float16).to(tl.float32)", lambda a: a.astype(np.float16).astype(np.float32)),
        unary("({0} * 0 + tl.max({0}, axis=1)[:, None])", lambda a: a * 0 + a.max(axis=1, keepdims=True)),
        unary("({0} * 0 + tl.min({0}, axis=0)[None, :])", lambda a: a * 0 + a.min(axis=0, keepdims=True)),
        unary("({0} * 0 + tl.max(tl.max({0}, axis=0), axis=0))", lambda a: a * 0 + a.max()),
        unary("tl.trans(tl.trans({0}) + 1.0)", lambda a: a + 1),
    ]
)
BINARY = st.sampled_from(
    [
        binary("({0} + {1})", np.add),
        binary("({0} - {1})", np.subtract),
        binary("({0} * {1})", np.multiply),
        binary("tl.maximum({0}, {1})", np.fmax),
        binary("tl.minimum({0}, {1})", np.fmin),
        binary("tl.where({0} > {1}, {0}, 2.0)", lambda a, b: np.where(a > b, a, np.float32(2))),
        binary(
            "tl.where(({0} < 1.0) & ({1} > 0.0), {1}, {0})", lambda a, b: np.where((a < 1) & (b > 0), b, a)
        ),
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda make, tree: make(tree), UNARY, inner),
        st.builds(lambda make, one, other: make((one, other)), BINARY, inner, inner),
    ),
    max_leaves=8,
)

KERNEL = """
import triton
import triton.language as tl


@triton.jit
def kernel(x_ptr, y_ptr, out_ptr, m, n, times, M: tl.constexpr, N: tl.constexpr):
    rows = tl.arange(0, M)
    columns = tl.arange(0, N)
    at = rows[:, None] * n + columns[None, :]
    mask = (rows[:, None] < m) & (columns[None, :] < n)
    x = tl.load(x_ptr + at, mask=mask, other=0.25)
    y = tl.load(y_ptr + at, mask=mask, other=-0.5)
    for _ in range(times):
        x = {tree}
    tl.store(out_ptr + at, x, mask=mask)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernels")


def kernel_of(tree: Tree, folder: Path) -> Any:
    """Triton reads a kernel's source, so it has to stand in a file."""
    name = f"random_kernel_{abs(hash(tree.text))}"
    path = folder / f"{name}.py"
    path.write_text(KERNEL.format(tree=tree.text))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.kernel


def check(folder: Path, target: str, tree: Tree, M: int, N: int, cut: int, times: int, seed: int) -> None:
    m, n = max(1, M - cut), max(1, N - 2 * cut)
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, m, n)).astype(np.float32)
    out = np.full((m, n), 9, np.float32)
    pointers = dict.fromkeys(("x_ptr", "y_ptr", "out_ptr"), "*fp32")
    compiled = smtir.compile(
        kernel_of(tree, folder),
        signature={**pointers, "m": "i32", "n": "i32", "times": "i32"},
        constexprs={"M": M, "N": N},
        target=target,
    )
    compiled.run(x, y, out, m, n, times, grid=(1,))
    rows, columns = np.indices((M, N)).astype(np.float32)
    padded = {"x": np.full((M, N), 0.25, np.float32), "y": np.full((M, N), -0.5, np.float32)}
    padded["x"][:m, :n], padded["y"][:m, :n] = x, y
    with np.errstate(all="ignore"):
        for _ in range(times):
            padded["x"] = tree.value({**padded, "rows": rows, "columns": columns})
    np.testing.assert_allclose(out, padded["x"][:m, :n], rtol=2e-5, atol=1e-5)


CASES = {
    "tree": TREES,
    "M": SIZES,
    "N": SIZES,
    "cut": st.integers(0, 3),
    "times": st.integers(0, 2),
    "seed": st.integers(0, 9),
}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(**CASES)
def test_a_random_kernel_equals_numpy(folder: Path, **case: Any) -> None:
    check(folder, "host", **case)


@pytest.mark.qemu
@pytest.mark.zig
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(**CASES)
def test_a_random_kernel_equals_numpy_on_emulated_riscv(folder: Path, **case: Any) -> None:
    check(folder, "k1", **case)
