"""TTIR of Triton 3.2 to 3.9: what they print otherwise than 3.6 is read, and becomes what 3.6 prints."""

from __future__ import annotations

import pytest

from smtir.dialects import parse_module, print_module, verify_module
from smtir.errors import ParseError, VerifyError

ARGUMENTS = (
    "%arg0: !tt.ptr<f32>, %arg1: i32, %arg2: i64, %arg3: tensor<16x32xf32>, %arg4: tensor<16xi32>, "
    "%arg5: !tt.tensordesc<tensor<16x32xf32>>, %arg6: !tt.tensordesc<tensor<1x32xf32>>, %arg7: !tt.ptr<i8>, "
    "%arg8: !tt.tensordesc<16x32xf32>, %arg9: tensor<32x16xf32>, %arg10: tensor<16x16xf32>, "
    "%arg11: tensor<16x32xi8>, %arg12: tensor<32x16xi8>"
)
WIDE, ROW, DOT = "!tt.tensordesc<tensor<16x32xf32>>", "!tt.tensordesc<tensor<1x32xf32>>", "tensor<16x16xf32>"
PRODUCT = f"tensor<16x32xf32> * tensor<32x16xf32> -> {DOT}"
REDUCE = """%0 = "tt.reduce"(%arg3) <{axis = 1 : i32ORDER}> ({
^bb0(%a: f32, %b: f32):
  %1 = arith.addf %a, %b : f32
  tt.reduce.return %1 : f32
}) : (tensor<16x32xf32>) -> tensor<16xf32>"""
SAME = ""

CASES = {
    "3.2 make": (
        "%0 = tt.experimental_make_tensor_descriptor %arg0, [%arg1], [%arg2] : <f32>, <tensor<16xf32>>",
        "%0 = tt.make_tensor_descriptor %arg0, [%arg1], [%arg2] : <f32>, <tensor<16xf32>>",
    ),
    "3.3 load": (
        f"%0 = tt.experimental_descriptor_load %arg5[%arg1, %arg1] : {WIDE} -> tensor<16x32xf32>",
        f"%0 = tt.descriptor_load %arg5[%arg1, %arg1] : {WIDE} -> tensor<16x32xf32>",
    ),
    "3.3 generic": (
        (
            '%0 = "tt.experimental_descriptor_load"(%arg5, %arg1, %arg1) <{cache = 2 : i32, evict = 1 : i32}>'
            f" : ({WIDE}, i32, i32) -> tensor<16x32xf32>"
        ),
        f"%0 = tt.descriptor_load %arg5[%arg1, %arg1] cacheModifier = ca : {WIDE} -> tensor<16x32xf32>",
    ),
    "3.3 store": (
        f"tt.experimental_descriptor_store %arg5[%arg1, %arg1], %arg3 : {WIDE}, tensor<16x32xf32>",
        f"tt.descriptor_store %arg5[%arg1, %arg1], %arg3 : {WIDE}, tensor<16x32xf32>",
    ),
    "3.3 gather": (
        (
            f"%0 = tt.experimental_descriptor_gather %arg6[%arg4, %arg1] : ({ROW}, tensor<16xi32>, i32)"
            " -> tensor<16x32xf32>"
        ),
        f"%0 = tt.descriptor_gather %arg6[%arg4, %arg1] : ({ROW}, tensor<16xi32>, i32) -> tensor<16x32xf32>",
    ),
    "3.3 reinterpret": (f"%0 = tt.reinterpret_tensor_descriptor %arg7 : !tt.ptr<i8> to {WIDE}", SAME),
    "3.2 scaled": (
        (
            f'%0 = "tt.dot_scaled"(%arg11, %arg12, %arg10) <{{lhs_type = 4 : i32, rhs_type = 4 : i32, '
            "operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}>"
            f" : (tensor<16x32xi8>, tensor<32x16xi8>, {DOT}) -> {DOT}"
        ),
        (
            "%0 = tt.dot_scaled %arg11, %arg12, %arg10 lhs = e2m1 rhs = e2m1"
            f" : tensor<16x32xi8> * tensor<32x16xi8> -> {DOT}"
        ),
    ),
    "tf32 allowed": (
        f"%0 = tt.dot %arg3, %arg9, %arg10 {{allowTF32 = true, maxNumImpreciseAcc = 0 : i32}} : {PRODUCT}",
        f"%0 = tt.dot %arg3, %arg9, %arg10, inputPrecision = tf32 : {PRODUCT}",
    ),
    "tf32 forbidden": (
        f"%0 = tt.dot %arg3, %arg9, %arg10 {{allowTF32 = false}} : {PRODUCT}",
        f"%0 = tt.dot %arg3, %arg9, %arg10 : {PRODUCT}",
    ),
    "reorder": (
        "%0 = tt.reshape %arg3 {allow_reorder = true} : tensor<16x32xf32> -> tensor<512xf32>",
        "%0 = tt.reshape %arg3 allow_reorder : tensor<16x32xf32> -> tensor<512xf32>",
    ),
    "no reorder": (
        "%0 = tt.reshape %arg3 {allow_reorder = false} : tensor<16x32xf32> -> tensor<512xf32>",
        "%0 = tt.reshape %arg3 : tensor<16x32xf32> -> tensor<512xf32>",
    ),
    "numbers of enums": (
        "%0 = tt.load %arg0 {cache = 3 : i32, evict = 2 : i32, isVolatile = false} : !tt.ptr<f32>",
        "%0 = tt.load %arg0 cacheModifier = cg evictionPolicy = evict_first : !tt.ptr<f32>",
    ),
    "properties": (
        (
            '%0 = "tt.load"(%arg0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 3 : i32,'
            " isVolatile = true, operandSegmentSizes = array<i32: 1, 0, 0>}> : (!tt.ptr<f32>) -> f32"
        ),
        "%0 = tt.load %arg0 evictionPolicy = evict_last {isVolatile = true} : !tt.ptr<f32>",
    ),
    "print": ('tt.print "x: " {hex = false} : %arg1 : i32', SAME),
    "3.8 ordering": (REDUCE.replace("ORDER", ', reduction_ordering = "unordered"'), SAME),
    "3.8 make": ("%0 = tt.make_tensor_descriptor %arg0, [%arg1], [%arg2] : <f32>, <16xf32>", SAME),
    "3.8 load": (
        "%0 = tt.descriptor_load %arg8[%arg1, %arg1] : !tt.tensordesc<16x32xf32> -> tensor<16x32xf32>",
        SAME,
    ),
    "assembly": (
        (
            '%0 = tt.elementwise_inline_asm "mov $0, $1;" {constraints = "=r,r", packed_element = 1 : i32, '
            "pure = true} %arg4 : tensor<16xi32> -> tensor<16xi32>"
        ),
        SAME,
    ),
}


def function(body: str) -> str:
    return f"module {{\n  tt.func @f({ARGUMENTS}) {{\n{body}\n    tt.return\n  }}\n}}\n"


def words(text: str) -> list[str]:
    return text.replace("%a:", "%arg13:").replace("%b:", "%arg14:").split()


@pytest.mark.parametrize("case", CASES)
def test_other_versions_are_read_and_printed_as_today(case: str) -> None:
    text, expected = CASES[case]
    module = parse_module(function(text))
    verify_module(module)
    printed = print_module(module)
    if "reduce" in text:
        assert 'reduction_ordering = "unordered"' in printed
    else:
        assert words(expected or text) == words(printed.split(") {\n", 1)[1].split("tt.return")[0])
    for generic in (False, True):
        again = parse_module(print_module(module, generic=generic))
        assert print_module(again) == printed


def test_a_block_pointer_of_any_order_is_read() -> None:
    text = (
        "%0 = tt.make_tensor_ptr %arg0, [%arg2, %arg2], [%arg2, %arg2], [%arg1, %arg1] "
        "{order = array<i32: 0, 1>} : <tensor<16x32xf32>>"
    )
    verify_module(parse_module(function(text)))


@pytest.mark.parametrize("dialect", ["ttg", "triton_gpu"])
def test_ir_for_gpus_is_refused_with_a_hint(dialect: str) -> None:
    alias = f"#blocked = #{dialect}.blocked<{{sizePerThread = [1], order = [0]}}>\n"
    text = alias + function("%0 = tt.splat %arg1 : i32 -> tensor<64xi32, #blocked>")
    with pytest.raises(VerifyError, match=r"tt\.splat: result has an encoding for a GPU") as wrong:
        verify_module(parse_module(text, "k.ttgir"))
    assert str(wrong.value.location) == "k.ttgir:4:6"
    assert "give the TTIR from before it" in wrong.value.hint
    with pytest.raises(ParseError, match=rf"{dialect}\.convert_layout") as unknown:
        parse_module(function(f"%0 = {dialect}.convert_layout %arg1 : i32 -> i32"), "k.ttgir")
    assert str(unknown.value.location) == "k.ttgir:3:6"
    assert "give the TTIR from before it" in unknown.value.hint
    assert unknown.value.notes == ()
