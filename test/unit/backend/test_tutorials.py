"""Scripts like Triton's tutorials run as they are and agree with NumPy."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugin import check_script

NAMES = [
    "vector_addition",
    "softmax",
    "matrix_multiplication",
    "layer_norm",
    "fused_attention",
    "grouped_matmul",
    "dropout",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_tutorial_agrees_with_numpy(name: str, root: Path, tmp_path: Path) -> None:
    check_script(tmp_path, (root / "test" / "scripts" / f"{name}.py").read_text())


@pytest.mark.qemu
@pytest.mark.zig
@pytest.mark.parametrize(
    "arguments", [["softmax"], ["layer_norm"], ["fused_attention", "kernel"]], ids="-".join
)
def test_a_tutorial_agrees_with_numpy_on_k1(arguments: list[str], root: Path, tmp_path: Path) -> None:
    name, *rest = arguments
    check_script(tmp_path, (root / "test" / "scripts" / f"{name}.py").read_text(), *rest, SMTIR_TARGET="k1")
