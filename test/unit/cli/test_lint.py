from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import smtir.kernels
from smtir.cli.entry import run_command
from smtir.inspect.lint import all_rules

SEED = Path(__file__).parents[1] / "inspect" / "inputs" / "seed_failure.ttir"
KERNEL = """\
import triton
import triton.language as tl
import triton.language.extra.smt as smt


@triton.jit
def square(x_ptr, out_ptr, M, K: tl.constexpr):
    x_block = tl.make_block_ptr(x_ptr, [M, K], [K, 1], [0, 0], [64, K], [1, 0])
    x = tl.load(x_block)
    a = smt.view(x, (0, 0), (64, K), (8, 8))
    out_block = tl.make_block_ptr(out_ptr, [M, K], [K, 1], [0, 0], [64, K], [1, 0])
    tl.store(out_block, smt.view(smt.dot(a, a), (0, 0), (64, K), (1, 1)), boundary_check=(0,))
"""

LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "minLength": 1}},
                    "additionalProperties": False,
                },
                "region": {
                    "type": "object",
                    "properties": {
                        "startLine": {"type": "integer", "minimum": 1},
                        "startColumn": {"type": "integer", "minimum": 1},
                    },
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
        "id": {"type": "integer", "minimum": 0},
        "message": {"type": "object", "required": ["text"]},
    },
    "additionalProperties": False,
}
TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}, "markdown": {"type": "string"}},
    "additionalProperties": False,
}
LEVEL = {"enum": ["error", "warning", "note"]}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "pattern": "^https://.*sarif.*2\\.1\\.0"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "additionalProperties": False,
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": TEXT,
                                                "fullDescription": TEXT,
                                                "help": TEXT,
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "properties": {"level": LEVEL},
                                                    "additionalProperties": False,
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL,
                                "message": TEXT,
                                "locations": {"type": "array", "items": LOCATION},
                                "relatedLocations": {"type": "array", "items": LOCATION},
                            },
                        },
                    },
                },
            },
        },
    },
}
"""The part of the SARIF 2.1.0 schema that smtir writes; ``additionalProperties`` as there."""


@pytest.fixture
def kernel(tmp_path: Path) -> str:
    file = tmp_path / "square.py"
    file.write_text(KERNEL)
    return f"{file}:square"


ARGUMENTS = ["-a", "x_ptr=*fp32", "-a", "out_ptr=*fp32", "-a", "M=i32", "-c", "K=64"]


UNCHECKED = (
    "square.py:9:9: warning: dimension 0 of this load is not checked, but a store checks a dimension of "
    "the same size: where the block sticks out, this reads what is behind it [boundary-check]"
)
AMBIGUOUS = (
    "square.py:12:34: warning: b is [8, 8, 8, 8], which fits as [KB, NB, kb, nb] and as "
    "[NB, KB, nb, kb]; it is read as the first [ambiguous-b]"
)
CHOOSE = (
    "fix: if that is meant, nothing is wrong; else choose MICRO_N and MICRO_K, or BLOCK_N and BLOCK_K, "
    "that differ"
)


def test_findings_of_a_kernel_show_its_python_line_a_caret_and_a_fix(kernel, capsys):
    assert run_command(["lint", kernel, *ARGUMENTS, "--select", "boundary-check,ambiguous-b"]) == 0
    out = capsys.readouterr().out.replace(kernel.removesuffix(":square"), "square.py")
    assert out.splitlines() == [
        UNCHECKED,
        "    x = tl.load(x_block)",
        "        ^",
        "square.py:12:5: note: this store is checked",
        "    tl.store(out_block, smt.view(smt.dot(a, a), (0, 0), (64, K), (1, 1)), boundary_check=(0,))",
        "    ^",
        "fix: boundary_check with 0 in it, and a padding_option",
        AMBIGUOUS,
        "    tl.store(out_block, smt.view(smt.dot(a, a), (0, 0), (64, K), (1, 1)), boundary_check=(0,))",
        "                                 ^",
        CHOOSE,
        "square for 0xA03C, 2 rules: 2 warnings",
    ]


def test_an_error_exits_with_1_and_ignoring_its_rule_with_0(capsys):
    assert run_command(["lint", str(SEED)]) == 1
    out = capsys.readouterr().out
    assert "attention_smt.py:119:12: error: the update of 'acc'" in out
    assert out.endswith("smt_qk_kernel for 0x503C, 10 rules: 1 error, 1 warning\n")
    assert run_command(["lint", str(SEED), "--ignore", "window-on-constant"]) == 0
    assert "1 warning" in capsys.readouterr().out


def test_the_target_decides_about_tiles(capsys):
    assert run_command(["lint", str(SEED), "--select", "micro-tile-table", "--target", "0xA03C"]) == 0
    assert capsys.readouterr().out == "smt_qk_kernel for 0xA03C, 1 rules: nothing found\n"


def test_json_has_every_field(capsys):
    assert run_command(["lint", str(SEED), "--format", "json", "--select", "window-on-constant"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert (shown["kernel"], shown["target"]) == ("smt_qk_kernel", "0x503C")
    assert shown["summary"] == {"error": 1, "warning": 0, "note": 0}
    (finding,) = shown["findings"]
    assert finding["rule"] == "window-on-constant"
    assert finding["location"] == {"file": "attention_smt.py", "line": 119, "column": 12, "name": "acc_view"}
    assert finding["op"] == "xsmt.view"
    assert finding["notes"][0]["location"]["line"] == 123


@pytest.mark.parametrize("source", ["seed", "kernel", "clean"])
def test_sarif_follows_the_schema_and_points_at_its_rules(source, kernel, capsys):
    words = {"seed": [str(SEED)], "kernel": [kernel, *ARGUMENTS], "clean": ["smtir.kernels:qk"]}[source]
    run_command(["lint", *words, "--format", "sarif"])
    log = json.loads(capsys.readouterr().out)
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == list(all_rules())
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert len(run["results"]) == {"seed": 2, "kernel": 3, "clean": 0}[source]


def test_sarif_addresses_files_below_the_working_directory_relatively(kernel, capsys, monkeypatch):
    place = Path(kernel.removesuffix(":square"))
    monkeypatch.chdir(place.parent)
    run_command(["lint", kernel, *ARGUMENTS, "--format", "sarif"])
    first, *_ = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    physical = first["locations"][0]["physicalLocation"]
    assert physical == {
        "artifactLocation": {"uri": "square.py"},
        "region": {"startLine": 9, "startColumn": 9},
    }
    monkeypatch.chdir("/")
    run_command(["lint", kernel, *ARGUMENTS, "--format", "sarif"])
    first, *_ = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("/square.py")


def test_rules_are_listed(capsys):
    assert run_command(["lint", "--list-rules"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) == len(all_rules())
    assert "ambiguous-b (warning): The second operand of `smt.dot` may be B or its transpose" in out


@pytest.mark.parametrize("kernel_name", smtir.kernels.names())
def test_negative_our_kernels_are_clean(kernel_name, capsys):
    assert run_command(["lint", f"smtir.kernels:{kernel_name}"]) == 0
    assert capsys.readouterr().out.endswith("rules: nothing found\n")


def test_a_kernel_that_accumulates_in_f16_is_warned_of(tmp_path, capsys):
    file = tmp_path / "narrow.py"
    file.write_text(
        KERNEL.replace("def square", "def narrow").replace(
            "    tl.store(out_block, smt.view(smt.dot(a, a), (0, 0), (64, K), (1, 1)), boundary_check=(0,))",
            "    acc = tl.zeros((64, K), dtype=tl.float16)\n"
            "    for i in range(M):\n"
            "        acc += smt.view(smt.dot(a, a), (0, 0), (64, K), (1, 1))\n"
            "    tl.store(out_block, acc, boundary_check=(0,))",
        )
    )
    arguments = [word.replace("fp32", "fp16") for word in ARGUMENTS]
    assert run_command(["lint", f"{file}:narrow", *arguments, "--select", "narrow-accumulation"]) == 0
    out = capsys.readouterr().out
    assert "narrow.py:14:9: warning: each iteration rounds the sum to f16" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--select", "no-such-rule"], "there is no lint rule 'no-such-rule'"),
        (
            ["--ignore", "ambiguous-b,,"],
            "--ignore: expected rule ids separated by commas, got 'ambiguous-b,,'",
        ),
        (["--target", "k7"], "unknown target 'k7'"),
        (["--format", "xml"], "'xml' is not one of 'text', 'json', 'sarif'"),
    ],
)
def test_a_wrong_request_is_a_usage_error(words, message, capsys):
    assert run_command(["lint", str(SEED), *words]) == 2
    assert message in capsys.readouterr().err


def test_ir_of_a_later_stage_is_refused(tmp_path, capsys):
    file = tmp_path / "k.mlir"
    file.write_text("func.func @k(%a: memref<4xf32>) {\n  return\n}\n")
    assert run_command(["lint", str(file)]) == 2
    assert "lint reads kernels and TTIR" in capsys.readouterr().err


def test_text_that_is_no_ir_is_the_inputs_fault(tmp_path, capsys):
    file = tmp_path / "k.ttir"
    file.write_text("tt.func @k(%p: !tt.ptr<f32>) {\n  %0 = tt.lode %p : !tt.ptr<f32>\n  tt.return\n}\n")
    assert run_command(["lint", str(file)]) == 1
    assert f"{file}:2:8: error:" in capsys.readouterr().err
