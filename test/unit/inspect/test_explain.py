from __future__ import annotations

from pathlib import Path

import pytest

import smtir
from smtir.cli.entry import run_command
from smtir.errors import LoweringError
from smtir.rewrite.lost_windows import lost_windows

INPUT = Path(__file__).parent / "inputs" / "seed_failure.ttir"
WITH_CONSTANT_SCALE = ("%sm_scale, %zero", "%c_scale, %zero")


def test_the_folded_accumulator_is_diagnosed_from_the_ir():
    (lost,) = lost_windows(smtir.parse(INPUT))
    assert (str(lost.window), lost.window.name) == ("attention_smt.py:119:12", "acc_view")
    assert str(lost.product) == "attention_smt.py:123:51"
    assert (lost.accumulator, lost.constant) == ("acc", "0.0")
    assert lost.shape == (32, 64)
    (store,) = lost.stores
    assert (str(store.place), store.value) == ("attention_smt.py:136:26", "splat(sm_scale * 0.0)")


def test_a_constant_that_is_stored_itself_is_diagnosed_too():
    text = INPUT.read_text().replace("tt.store %out_block, %result", "tt.store %out_block, %acc")
    (lost,) = lost_windows(smtir.parse(text))
    assert [store.value for store in lost.stores] == ["0.0"]


def test_negative_a_product_that_is_stored_is_not_lost():
    text = INPUT.read_text().replace(
        "    } {bind_sub_block = true}",
        "      %part = xsmt.unpack %product, [%c0_i32, %c0_i32], [64, 64]"
        " : tensor<4x4x8x16xf32> -> tensor<64x64xf32>\n"
        "      tt.store %q_block, %part : !tt.ptr<tensor<64x64xf32>>\n"
        "    } {bind_sub_block = true}",
    )
    assert lost_windows(smtir.parse(text)) == []


@pytest.mark.parametrize("kernel", ["qk", "attention_hybrid", "attention_smt", "qk_v2", "attention_v2"])
def test_negative_the_products_of_our_kernels_are_not_lost(kernel, capsys):
    assert run_command(["explain", f"smtir.kernels:{kernel}"]) == 0
    out = capsys.readouterr().out
    assert out == f"{kernel}: every operation lowers to the stage llvm, and every product is read\n"


def test_explain_tells_the_story_and_how_to_write_the_kernel(capsys):
    assert run_command(["explain", str(INPUT)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("attention_smt.py:119:12: error: xsmt.view: the update of 'acc'")
    assert "which is the constant 0.0" in out
    assert "attention_smt.py:136:26: note: this stores splat(sm_scale * 0.0)" in out
    assert "never reads the window" in out
    assert "part = smt.view(acc, (0, 0), (32, 64), (1, 1))" in out
    assert "smtir.kernels:qk_v2" in out


def test_compiling_it_is_refused_and_points_to_explain():
    with pytest.raises(LoweringError, match="nothing reads the product into this window") as caught:
        smtir.compile(INPUT)
    assert str(caught.value.location) == "attention_smt.py:119:12"
    assert f"smtir explain {INPUT}" in caught.value.hint


def test_an_operation_that_is_none_is_shown_with_its_place(tmp_path, capsys):
    file = tmp_path / "k.ttir"
    file.write_text("tt.func @k(%p: !tt.ptr<f32>) {\n  %0 = tt.lode %p : !tt.ptr<f32>\n  tt.return\n}\n")
    assert run_command(["explain", str(file)]) == 1
    assert f"{file}:2:8: error:" in capsys.readouterr().err


def test_a_guards_reason_and_its_rule_are_shown(tmp_path, capsys, upstream_pipelines, define_test_pass):
    from smtir.rewrite.lowering import LoweringRules, NoMatch

    rules = LoweringRules("never-stores")

    @rules.lower("tt.store")
    def lower_store(op: object) -> None:
        """Write nothing at all."""
        raise NoMatch("the pointer is a riddle")

    upstream_pipelines["TTIR_TO_LINALG"][:] = [
        define_test_pass("never-stores", lambda module: rules.apply(module.operation))
    ]
    file = tmp_path / "k.ttir"
    file.write_text(
        "tt.func @k(%p: !tt.ptr<f32>, %x: f32) {\n"
        '  tt.store %p, %x : !tt.ptr<f32> loc("k.py":7:3)\n  tt.return\n}\n'
    )
    try:
        assert run_command(["explain", str(file)]) == 1
    finally:
        del LoweringRules.registry["never-stores"]
    out = capsys.readouterr().out
    assert out.startswith("k.py:7:3: error: tt.store is left at the end of the stage linalg")
    assert "lower_store left it: the pointer is a riddle" in out
    assert "note: rule lower_store of the pass never-stores: Write nothing at all." in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--stage", "asm"], "asm is made of LLVM IR, of which there is nothing to explain"),
        (["--stage", "lnalg"], "unknown stage 'lnalg'"),
        (["--target", "k7"], "unknown target 'k7'"),
    ],
)
def test_a_wrong_request_is_a_usage_error(capsys, words, message):
    assert run_command(["explain", str(INPUT), *words]) == 2
    assert message in capsys.readouterr().err
