from __future__ import annotations

import subprocess
import sys

import pytest

import smtir
from smtir.compiler.stages import detect_stage, get_stage
from smtir.errors import LoweringError, ParseError, UsageError, VerifyError
from smtir.mlir import ir
from smtir.rewrite.lowering import LoweringRules, NoMatch

LOCATED = """\
func.func @k(%a: memref<64xf32>) {
  %c = arith.constant 1.0 : f32
  linalg.fill ins(%c : f32) outs(%a : memref<64xf32>) loc("acc"("kernel.py":12:9))
  return
}
"""
ADD = """\
func.func @k() -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.addi %0, %0 : i32
  return %1 : i32
}
"""


@pytest.mark.parametrize(
    ("body", "stage"),
    [
        ("func.func @k(%a: memref<4xf32>) { return }", "vector"),
        ("func.func @k(%a: tensor<4xf32>) { %0 = tensor.dim %a, %c : tensor<4xf32>\n return }", "linalg"),
        ("llvm.func @k() { llvm.return }", "llvm"),
        ('func.func @k(%a: !tt.ptr<f32>) { %0 = "tt.load"(%a) : (!tt.ptr<f32>) -> f32\n return }', "ttir"),
        ("func.func @k(%a: !tt.ptr<f32>) { return }", "ttir"),
    ],
)
def test_the_stage_of_a_module_is_found_from_its_dialects(body, stage):
    body = body.replace("{ %0 = tensor", "{ %c = arith.constant 0 : index\n %0 = tensor")
    assert detect_stage(smtir.parse(body + "\n")) is get_stage(stage)


def test_a_module_of_an_unknown_dialect_has_no_stage():
    module = smtir.parse('func.func @k() { "weird.op"() : () -> () loc("k.py":3:4)\n return }\n')
    with pytest.raises(LoweringError, match=r"weird\.op belongs to no stage") as caught:
        detect_stage(module)
    assert str(caught.value.location) == "k.py:3:4"


def test_a_module_between_two_stages_has_no_stage():
    text = "func.func @k() { return }\nllvm.func @l(%v: vector<4xf32>) { llvm.return }\n"
    with pytest.raises(LoweringError, match="mixes dialects of several stages: builtin, func, llvm"):
        detect_stage(smtir.parse(text))


def test_an_unknown_stage_is_an_error_that_lists_the_stages():
    with pytest.raises(UsageError, match="unknown stage 'lnalg'") as caught:
        get_stage("lnalg")
    assert caught.value.hint == "the stages are ttir, linalg, vector, llvm, llvmir, asm, object"


def test_a_left_over_operation_is_named_with_its_python_line(upstream_pipelines, target):
    upstream_pipelines["LINALG_TO_VECTOR"].clear()
    with pytest.raises(LoweringError) as caught:
        smtir.compile(LOCATED, target=target)
    error = caught.value
    assert error.message == "linalg.fill is left at the end of the stage vector"
    assert (str(error.location), error.location.name) == ("kernel.py:12:9", "acc")
    assert error.op == "linalg.fill"
    assert [note.message for note in error.notes] == [
        "no pass that leads to the stage vector has a rule for linalg.fill"
    ]


def test_a_left_over_operation_comes_with_the_reason_of_each_guard(
    upstream_pipelines, target, define_test_pass
):
    rules = LoweringRules("never-fills")

    @rules.lower("linalg.fill")
    def lower_fill(op: ir.OpView) -> None:
        raise NoMatch("the buffer has 64, 65 are needed")

    try:
        upstream_pipelines["LINALG_TO_VECTOR"][:] = [
            define_test_pass("never-fills", lambda module: rules.apply(module.operation))
        ]
        with pytest.raises(LoweringError) as caught:
            smtir.compile(LOCATED, target=target)
    finally:
        del LoweringRules.registry["never-fills"]
    assert [note.message for note in caught.value.notes] == [
        "the pass never-fills should have lowered it; lower_fill left it: the buffer has 64, 65 are needed"
    ]


def test_many_left_over_operations_are_counted(upstream_pipelines, target):
    upstream_pipelines["LINALG_TO_VECTOR"].clear()
    fill = "  linalg.fill ins(%c : f32) outs(%a : memref<64xf32>)\n"
    text = f"func.func @k(%a: memref<64xf32>) {{\n  %c = arith.constant 1.0 : f32\n{fill * 7}  return\n}}\n"
    with pytest.raises(LoweringError) as caught:
        smtir.compile(text, target=target)
    assert [note.message for note in caught.value.notes][-2:] == [
        "and so is linalg.fill",
        "and 2 more operations",
    ]


def test_invalid_ir_after_a_pass_of_ours_names_the_pass(define_test_pass):
    def break_it(module: ir.Module) -> None:
        function = module.body.operations[0]
        function.attributes["function_type"] = ir.TypeAttr.parse("() -> i32")

    name = define_test_pass("break-the-signature", break_it)
    with pytest.raises(VerifyError, match="has 0 operands, but enclosing function") as caught:
        smtir.run_pipeline(smtir.parse("func.func @k() { return }\n"), name)
    assert caught.value.pass_name == "break-the-signature"
    assert "in the pass break-the-signature" in str(caught.value)


def test_an_error_of_mlir_keeps_its_place(define_test_pass):
    module = smtir.parse('func.func @k(%a: i32) { "test.x"(%a) : (i32) -> () loc("k.py":5:6)\n return }\n')

    def fail(module: ir.Module) -> None:
        with module.context, ir.Location.file("k.py", 5, 6):
            ir.Type.parse("not a type")

    with pytest.raises(LoweringError) as caught:
        smtir.run_pipeline(module, define_test_pass("fail-to-parse", fail))
    assert "expected" in caught.value.message


def test_other_exceptions_of_a_pass_are_not_disguised(define_test_pass):
    def fail(module: ir.Module) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        smtir.run_pipeline(smtir.parse("func.func @k() { return }\n"), define_test_pass("divides", fail))


def test_run_pipeline_gives_a_snapshot_a_pass():
    module = smtir.parse(ADD)
    first, second = smtir.run_pipeline(module, "cse,canonicalize")
    assert (first.changed, second.changed) == (False, True)
    assert "arith.addi" in second.before
    assert "arith.addi" not in second.text
    assert second.seconds > 0
    assert "arith.addi" not in str(module)


def test_snapshots_of_a_compilation_are_made_on_demand(upstream_pipelines, fill, target):
    compilation = smtir.compile(fill, target=target)
    names = [(snapshot.index, snapshot.stage, snapshot.name) for snapshot in compilation.snapshots]
    assert names[0] == (1, "vector", "convert-linalg-to-loops")
    assert len(names) == 5
    assert compilation.snapshots[-1].text == compilation.stages["llvm"]


def test_stages_come_in_order_and_codegen_is_lazy(upstream_pipelines, fill, target):
    compilation = smtir.compile(fill, target=target)
    assert list(compilation.stages) == ["linalg", "vector", "llvm", "llvmir", "asm"]
    assert compilation.stages["asm"] == "# assembly\n"
    assert compilation.object.startswith(b"\x7fELF")
    assert "define void @fill" in compilation.stages["llvmir"]
    with pytest.raises(KeyError, match="ttir"):
        compilation.stages["ttir"]


def test_until_stops_at_a_stage(upstream_pipelines, fill, target):
    assert list(smtir.compile(fill, target=target, until="vector").stages) == ["linalg", "vector"]


def test_passes_only_go_forward(upstream_pipelines, fill, target):
    with pytest.raises(UsageError, match="is at the stage linalg, which comes after ttir"):
        smtir.compile(fill, target=target, until="ttir")


def test_types_for_ir_are_refused(fill):
    with pytest.raises(UsageError, match="is IR already: types and constexprs are fixed in it"):
        smtir.compile(fill, signature={"a": "*fp32"})


def test_a_module_without_a_function_is_refused():
    with pytest.raises(ParseError, match="has no function to compile"):
        smtir.compile("module {\n}\n")


def test_parse_names_a_missing_file():
    with pytest.raises(UsageError, match=r"cannot read no/such\.mlir"):
        smtir.parse("no/such.mlir")


def test_parse_reads_bytecode(tmp_path, fill):
    file = tmp_path / "k.mlirbc"
    with file.open("wb") as out:
        smtir.parse(fill).operation.write_bytecode(out)
    assert "linalg.fill" in str(smtir.parse(file))


def test_importing_smtir_does_not_import_the_bindings():
    check = "import smtir, sys; sys.exit('mlir' in sys.modules or 'triton' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_of_several_operations_left_over_the_one_that_a_rule_refused_is_named_first() -> None:
    text = """
    tt.func @k(%c: i1, %q: !tt.ptr<f32>) {
      %i = arith.constant 0 : i32
      %a = xsmt.alloc [[8, 4]] storage("l2") : !tt.ptr<tensor<8x4xf32>>
      %p = scf.if %c -> (!tt.ptr<tensor<4x4xf32>>) {
        %v = xsmt.subview %a, [%i, %i], [[4, 4]] : !tt.ptr<tensor<8x4xf32>> -> !tt.ptr<tensor<4x4xf32>>
        scf.yield %v : !tt.ptr<tensor<4x4xf32>>
      } else {
        %v = xsmt.subview %a, [%i, %i], [[4, 4]] : !tt.ptr<tensor<8x4xf32>> -> !tt.ptr<tensor<4x4xf32>>
        scf.yield %v : !tt.ptr<tensor<4x4xf32>>
      }
      %x = tt.load %p : !tt.ptr<tensor<4x4xf32>>
      tt.store %p, %x : !tt.ptr<tensor<4x4xf32>>
      tt.return
    }
    """
    with pytest.raises(LoweringError) as caught:
        smtir.compile(text)
    assert caught.value.op == "tt.load"
    assert "the block pointer is made by scf.if" in str(caught.value)
    assert "and so is xsmt.subview" in str(caught.value)
