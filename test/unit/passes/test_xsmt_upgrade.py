"""Old dumps run after xsmt-upgrade, and compute what the kernels they come from compute."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import smtir
from smtir import kernels
from smtir.api.explaining import explain_kernel
from smtir.cli.entry import run_command
from smtir.dialects import parse_module, print_module
from smtir.errors import LoweringError
from smtir.frontend import emit_ttir

PACK = re.compile(r"xsmt\.pack (%\w+), \[(%\w+), (%\w+)\], (\[32, 64\]), (\[8, 16\])")
LOOP = re.compile(r"(%\w+) = (scf\.for [^\n]*?) iter_args\((%\w+) = (%\w+)\) -> \(tensor<64x64xf32>\)")
CONSTANT = "%acc = arith.constant dense<0.000000e+00> : tensor<64x64xf32>"
SPLAT = (
    "%acc_zero = arith.constant 0.000000e+00 : f32\n    %acc = tt.splat %acc_zero : f32 -> tensor<64x64xf32>"
)


def old_dump_of_qk(offsets: str) -> str:
    """What spine-triton's first front end made of ``qk``, before any pass: windows instead of values."""
    spec = kernels.get("qk")
    text = print_module(emit_ttir(spec.fn, dict(spec.signature), dict(spec.constexprs)))
    loops = list(LOOP.finditer(text))
    assert len(loops) == 2
    text = re.sub(r"\n *(%\w+ = xsmt\.insert|scf\.yield) [^\n]*", "", text)
    row, column = PACK.search(text).group(2, 3)  # type: ignore[union-attr]
    if offsets == "i64":
        (row,) = re.findall(rf"(%\w+) = arith\.extsi {row} : i32 to i64", text)
        column = "%c0_i64"
    text = PACK.sub(rf"xsmt.view \1, [{row}, {column}], [\4], [\5]", text)
    for loop in reversed(loops):  # the inner one first: it begins with what the outer one carries
        result, head, carried, start = loop.groups()
        text = text.replace(loop[0], head)
        for name in (result, carried):
            text = re.sub(rf"{name}(?!\w)", start, text)
    assert text.count("xsmt.view") == 1
    assert "iter_args" not in text
    return text.replace(CONSTANT, SPLAT)


def run_qk(compilation: Any, size: tuple[int, int, int]) -> np.ndarray:
    spec = kernels.get("qk")
    args = spec.make_args(*size, "f32", np.random.default_rng(3))
    compilation.run(*args.values(), grid=spec.grid(args, spec.constexprs))
    return np.array(args["out_ptr"])


@pytest.mark.parametrize("offsets", ["i32", "i64"])
def test_an_upgraded_dump_equals_the_kernel_compiled_from_python(offsets: str) -> None:
    dump = smtir.compile(old_dump_of_qk(offsets))
    kernel = smtir.compile("smtir.kernels:qk")
    for size in [(128, 128, 64), (100, 77, 40)]:
        np.testing.assert_array_equal(run_qk(dump, size), run_qk(kernel, size))


def test_a_dump_that_went_through_the_passes_is_refused_unless_its_constants_are_trusted() -> None:
    text = old_dump_of_qk("i32").replace(SPLAT, CONSTANT)
    with pytest.raises(LoweringError, match=r"'acc' is the constant 0\.0 here") as caught:
        smtir.compile(re.sub(r"= (arith\.constant dense[^\n]*)", r'= \1 loc("acc"("k.py":1:1))', text))
    assert "--passes='xsmt-upgrade{trust-constants=true}'" in caught.value.hint
    module = parse_module(text)
    smtir.run_pipeline(module, "xsmt-upgrade{trust-constants=true}")
    np.testing.assert_array_equal(
        run_qk(smtir.compile(module), (128, 128, 64)),
        run_qk(smtir.compile("smtir.kernels:qk"), (128, 128, 64)),
    )


def test_the_hint_for_a_dump_with_a_constant_is_a_command_whose_output_compiles(tmp_path: Path) -> None:
    file = tmp_path / "old dump.ttir"
    file.write_text(old_dump_of_qk("i32").replace(SPLAT, CONSTANT))
    with pytest.raises(LoweringError) as caught:
        smtir.compile(str(file))
    (command,) = re.findall(r'"(smtir opt [^"]*)"', caught.value.hint)
    output = tmp_path / "upgraded.mlir"
    words = shlex.split(command.replace("upgraded.mlir", shlex.quote(str(output))))
    assert words[:3] == ["smtir", "opt", str(file)]
    assert run_command(words[1:]) == 0
    np.testing.assert_array_equal(
        run_qk(smtir.compile(str(output)), (100, 77, 40)),
        run_qk(smtir.compile("smtir.kernels:qk"), (100, 77, 40)),
    )


NESTED = (Path(__file__).parent / "inputs" / "nested_windows.ttir").read_text()


def test_products_in_nested_loops_and_branches_reach_the_store_and_each_iteration_starts_anew() -> None:
    rng = np.random.default_rng(5)
    a, b = (rng.standard_normal(shape, dtype=np.float32) for shape in ((16, 8), (8, 48)))
    out = np.zeros((16, 48), np.float32)
    smtir.compile(NESTED).run(a, b, out, 3, 48, grid=(1, 1, 1))
    np.testing.assert_allclose(out, 3 * (a @ b), rtol=1e-5, atol=1e-5)


def test_a_carried_accumulator_that_changes_between_the_products_is_followed() -> None:
    """``acc = acc * 2`` in the loop makes the loop carry it; the window is on what it is then."""
    text = NESTED
    text = text.replace(
        "scf.for %k = %c0 to %c2 step %c1 : i32 {",
        "%two = arith.constant dense<2.0> : tensor<16x16xf32>\n"
        "    %end = scf.for %k = %c0 to %c2 step %c1 iter_args(%old = %acc) -> (tensor<16x16xf32>) : i32 {\n"
        "      %now = arith.mulf %old, %two : tensor<16x16xf32>",
    )
    text = text.replace("xsmt.view %acc", "xsmt.view %now").replace(
        "tt.store %po, %acc", "tt.store %po, %end"
    )
    text = text.replace(
        "      }\n    }\n    tt.store",
        "      }\n      scf.yield %now : tensor<16x16xf32>\n    }\n    tt.store",
    )
    rng = np.random.default_rng(6)
    a, b = (rng.standard_normal(shape, dtype=np.float32) for shape in ((16, 8), (8, 48)))
    out = np.zeros((16, 48), np.float32)
    smtir.compile(text).run(a, b, out, 3, 48, grid=(1, 1, 1))
    np.testing.assert_allclose(out, 5 * (a @ b), rtol=1e-5, atol=1e-5)


def test_a_trusted_constant_that_was_hoisted_out_of_a_loop_is_refused() -> None:
    text = NESTED.replace(
        "%acc = tt.splat %zero : f32 -> tensor<16x16xf32>",
        '%acc = arith.constant dense<0.0> : tensor<16x16xf32> loc("k.py":12:1)',
    )
    constant = re.search(r" *%acc = [^\n]*\n", text)[0]  # type: ignore[index]
    text = text.replace(constant, "").replace("  %pa = ", constant + "  %pa = ")
    text = text.replace("\n  }\n  tt.return", '\n  } loc("k.py":10:1)\n  tt.return')
    module = parse_module(text)
    with pytest.raises(
        LoweringError, match="set anew in each iteration of a loop, and hoisted out"
    ) as caught:
        smtir.run_pipeline(module, "xsmt-upgrade{trust-constants=true}")
    assert str(caught.value.notes[0].location) == "k.py:10:1"


def test_an_old_dump_that_can_be_upgraded_is_explained_as_sound() -> None:
    name, findings = explain_kernel(old_dump_of_qk("i32"))
    assert (name, findings) == ("qk", [])
