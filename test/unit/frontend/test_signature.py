from __future__ import annotations

from typing import Any

import pytest
import triton
import triton.language as tl
from ttir_helpers import line_with

from smtir.dialects import print_module
from smtir.errors import FrontendError, UsageError
from smtir.frontend import emit_ttir
from smtir.frontend.signature import specialize
from smtir.mlir import ir


@triton.jit
def kernel(x_ptr, n, scale, SIZE: tl.constexpr, OFFSET: tl.constexpr = 3):  # here
    index = tl.arange(0, SIZE) + OFFSET
    tl.store(x_ptr + index, index * scale, mask=index < n)


SIGNATURE = {"x_ptr": "*fp32", "n": "i32", "scale": "fp32"}


def header(signature: dict[str, str], constexprs: dict[str, Any]) -> str:
    text = print_module(emit_ttir(kernel, signature, constexprs))
    (line,) = [line for line in text.splitlines() if "tt.func" in line]
    return line


def test_types_become_the_functions_arguments_and_defaults_are_taken() -> None:
    assert header(SIGNATURE, {"SIZE": 16}).startswith(
        "  tt.func public @kernel(%x_ptr: !tt.ptr<f32>, %n: i32, %scale: f32)"
    )


def test_divisibility_and_one_are_spelled_as_in_triton() -> None:
    line = header({"x_ptr": "*fp32:16", "n": "i32:16", "scale": "fp32"}, {"SIZE": 16})
    assert "%x_ptr: !tt.ptr<f32> {tt.divisibility = 16 : i32}" in line
    assert "%n: i32 {tt.divisibility = 16 : i32}" in line
    assert "%n" not in header({"x_ptr": "*fp32", "n": "i32:1", "scale": "fp32"}, {"SIZE": 16})


def test_a_parameter_without_annotation_may_be_a_constexpr() -> None:
    assert "%scale" not in header({"x_ptr": "*fp32", "n": "i32"}, {"SIZE": 16, "scale": -0.5})


def test_the_module_says_what_spine_triton_opt_asks_for() -> None:
    module = emit_ttir(kernel, SIGNATURE, {"SIZE": 16}, arch_id="0x503C", num_threads=4)
    attributes = module.operation.attributes
    assert ir.StringAttr(attributes["tt.arch_id"]).value == "0x503C"
    assert str(attributes["tt.num_threads"]) == "4 : i32"
    assert str(attributes["tt.force_vector_interleave"]) == "2 : i32"


CASES: list[tuple[dict[str, str], dict[str, Any], str, str]] = [
    (SIGNATURE, {}, "kernel: missing constexpr SIZE", "constexprs={'SIZE': value}"),
    ({"x_ptr": "*fp32"}, {"SIZE": 16}, "kernel: missing types of n, scale", "signature={'n': \"i32\"}"),
    ({}, {}, "kernel: missing constexpr SIZE and types of x_ptr, n, scale", "pass"),
    (SIGNATURE, {"SIZE": 16, "SIZ": 3}, "kernel has no parameter 'SIZ'; its 5 are x_ptr, n, scale", "'SIZE'"),
    ({**SIGNATURE, "extra": "i32"}, {"SIZE": 16}, "kernel has no parameter 'extra'", ""),
    ({**SIGNATURE, "n": "f32"}, {"SIZE": 16}, "the parameter n has the unknown type 'f32'", "'fp32'"),
    ({**SIGNATURE, "x_ptr": "*float"}, {"SIZE": 16}, "unknown type '*float'", "'*fp32'"),
    ({**SIGNATURE, "n": "tensor"}, {"SIZE": 16}, "unknown type 'tensor'", "the element types: i1"),
    ({**SIGNATURE, "scale": "fp32:16"}, {"SIZE": 16}, "unknown specialization 'fp32:16'", "divisible by 16"),
    ({**SIGNATURE, "x_ptr": "*fp32:1"}, {"SIZE": 16}, "unknown specialization '*fp32:1'", "divisible by 16"),
    ({**SIGNATURE, "n": "i32:8"}, {"SIZE": 16}, "unknown specialization 'i32:8'", "divisible by 16"),
    ({**SIGNATURE, "SIZE": "i32"}, {}, "the parameter SIZE is a tl.constexpr", "constexprs={'SIZE': value}"),
    (SIGNATURE, {"SIZE": 16, "n": 3}, "n has a type in the signature and a constexpr value", "leave it out"),
]


@pytest.mark.parametrize(("signature", "constexprs", "message", "hint"), CASES)
def test_a_wrong_signature_is_one_error_at_the_kernels_definition(
    signature: dict[str, str], constexprs: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(FrontendError) as caught:
        specialize(kernel, signature, constexprs)
    error = caught.value
    assert message in error.message
    assert hint in error.hint
    assert error.location is not None
    assert (error.location.file, error.location.line) == (__file__, line_with(kernel, "# here"))


def test_an_unknown_api_is_an_error() -> None:
    with pytest.raises(UsageError, match="smt_api must be 'auto', 'old' or 'current', got 'new'"):
        emit_ttir(kernel, SIGNATURE, {"SIZE": 16}, smt_api="new")  # type: ignore[arg-type]


def test_an_autotuned_kernel_is_compiled_without_its_tuner() -> None:
    tuned = triton.autotune(configs=[triton.Config({"SIZE": 16})], key=["n"])(kernel)
    assert "@kernel" in print_module(emit_ttir(tuned, SIGNATURE, {"SIZE": 16}))
