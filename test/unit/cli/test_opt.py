from __future__ import annotations

from pathlib import Path

import pytest

from smtir.cli.entry import run_command

GOOD = "func.func @good(%a: i32) -> i32 {\n  return %a : i32\n}\n"
BAD = "func.func @bad() -> i32 {\n  return %missing : i32\n}\n"


@pytest.fixture
def opt(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def run(text: str, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "input.mlir"
        file.write_text(text)
        code = run_command(["opt", str(file), *options])
        out, err = capsys.readouterr()
        return code, out, err.replace(str(tmp_path), "DIR")

    return run


def test_malformed_ir_is_shown_with_its_position_and_a_caret(opt):
    code, out, err = opt(BAD)
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "DIR/input.mlir:2:10: error: use of undeclared SSA value name",
        "  return %missing : i32",
        "         ^",
    ]


def test_an_unknown_pass_is_a_usage_error_with_a_hint(opt):
    code, _, err = opt(GOOD, "--passes=canonicalise")
    assert code == 2
    assert "error: unknown pass or bad options in 'canonicalise'" in err
    assert "hint: 'smtir opt --list-passes'" in err


def test_unbalanced_brackets_in_a_pipeline_are_a_usage_error(opt):
    code, _, err = opt(GOOD, "--passes=func.func(cse")
    assert code == 2
    assert "unbalanced brackets in the pipeline 'func.func(cse'" in err


def test_an_unknown_option_is_a_usage_error(opt):
    code, _, err = opt(GOOD, "--no-such-option")
    assert code == 2
    assert "No such option" in err


def test_a_missing_file_is_a_usage_error(capsys):
    assert run_command(["opt", "no/such/file.mlir"]) == 2
    assert "cannot read no/such/file.mlir: No such file or directory" in capsys.readouterr().err


def test_bytes_that_are_no_text_are_refused(tmp_path, capsys):
    file = tmp_path / "input.mlir"
    file.write_bytes(b"\xff\xfe\x00")
    assert run_command(["opt", str(file)]) == 1
    assert "is neither text nor MLIR bytecode: byte 0 is no UTF-8" in capsys.readouterr().err


def test_broken_bytecode_is_refused(tmp_path, capsys):
    file = tmp_path / "input.mlirbc"
    file.write_bytes(b"ML\xefR\x00\x01")
    assert run_command(["opt", str(file)]) == 1
    assert "error:" in capsys.readouterr().err


def test_a_good_part_is_printed_although_another_part_fails(opt):
    code, out, err = opt(GOOD + "// -----\n" + BAD, "--split-input-file")
    assert code == 1
    assert "@good" in out
    assert "input.mlir:6:10: error:" in err


def test_the_result_goes_to_the_named_file(opt, tmp_path):
    target = tmp_path / "result.mlir"
    code, out, _ = opt(GOOD, "-o", str(target))
    assert (code, out) == (0, "")
    assert "@good" in target.read_text()


def test_passes_are_listed_with_their_options(capsys):
    assert run_command(["opt", "--list-passes"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("", "input.mlir:3:10: unexpected error: use of undeclared SSA value name"),
        (
            "// expected-error @+1 {{something else}}",
            'input.mlir:3: expected error "something else" was not produced',
        ),
        ("// expected-warning @+1 {{undeclared}}", "unexpected error"),
        ("// expected-error @below {undeclared}", "input.mlir:2: malformed expectation"),
        (
            "// expected-error @+2 {{undeclared}}",
            'input.mlir:4: expected error "undeclared" was not produced',
        ),
    ],
)
def test_verify_diagnostics_reports_what_differs(opt, comment, problem):
    text = BAD.replace("  return", f"{comment}\n  return")
    code, out, err = opt(text, "--verify-diagnostics")
    assert (code, out) == (1, "")
    assert problem in err


@pytest.mark.parametrize("place", ["@+1", "@below"])
def test_verify_diagnostics_accepts_an_expected_error(opt, place):
    text = BAD.replace("  return", f"// expected-error {place} {{{{undeclared}}}}\n  return")
    assert opt(text, "--verify-diagnostics") == (0, "", "")


def test_verify_diagnostics_finds_errors_on_its_own_line_and_above(opt):
    same = BAD.replace(": i32\n}", ": i32 // expected-error {{undeclared}}\n}")
    assert opt(same, "--verify-diagnostics")[0] == 0
    above = BAD.replace("\n}", "\n  // expected-error @above {{undeclared}}\n}")
    assert opt(above, "--verify-diagnostics")[0] == 0
