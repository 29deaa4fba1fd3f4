"""The classes of operations: documented examples, constructors, properties, formats."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from smtir.asm import fields
from smtir.asm.attributes import Int
from smtir.asm.format import Format, FormatError
from smtir.asm.operation import ForeignOp, operations, register
from smtir.asm.reader import translate
from smtir.asm.typetext import split_top_level
from smtir.dialects import constraints, parse_module, print_module, tt, types, verify_module, xsmt
from smtir.errors import VerifyError
from smtir.mlir import context, func, ir

_EXAMPLE = re.compile(r"```mlir\n(.*?)```", re.DOTALL)
_OPERANDS = re.compile(r'"[\w.]+"\(([^)]*)\)')
_TYPES = re.compile(r" : \((.*)\) -> ")


def statements(example: str) -> list[str]:
    """The operations of an example: each begins at the left margin."""
    return re.split(r"\n(?=[%\w])", example.strip())


def wrapped(example: str) -> str:
    """A function around the example that takes its operands as arguments."""
    arguments: dict[str, str] = {}
    for statement in statements(example):
        generic = translate(statement).text
        names = _OPERANDS.findall(generic)[0]
        if names:
            arguments |= zip(names.split(", "), split_top_level(_TYPES.findall(generic)[-1]), strict=True)
    signature = ", ".join(f"{name}: {text}" for name, text in arguments.items())
    return f"tt.func @example({signature}) {{\n{example}\ntt.return\n}}"


def spelled(text: str) -> str:
    """``text`` on one line, every value called ``%``."""
    return re.sub(r"\s+", " ", re.sub(r"%[\w#]+", "%", text)).strip()


@pytest.mark.parametrize("name", sorted(operations()))
def test_every_class_documents_an_example_that_verifies_and_prints_as_written(name: str) -> None:
    doc = inspect.getdoc(operations()[name]) or ""
    examples = _EXAMPLE.findall(doc)
    assert examples, f"{name} has no example"
    example = examples[0]
    if name.endswith(".return"):
        assert spelled(example).startswith(name)
        return
    if name == "tt.call":
        text = f"tt.func private @helper(i32) -> i32\ntt.func @example(%x: i32) {{\n{example}\ntt.return\n}}"
    else:
        text = wrapped(example)
    module = parse_module(text)
    verify_module(module)
    body = spelled(print_module(module).split("@example", 1)[1])
    for statement in statements(example):
        assert re.sub(r"^[%, ]*= ", "", spelled(statement)) in body


def build(*argument_types: str) -> tuple[ir.Module, list[ir.Value]]:
    """A module with one function of these arguments; use inside ``with context()``."""
    module = ir.Module.create()
    with ir.InsertionPoint(module.body):
        made = func.FuncOp("f", ([ir.Type.parse(text) for text in argument_types], []))
        made.add_entry_block()
        with ir.InsertionPoint(made.entry_block):
            func.ReturnOp([])
    return module, list(made.arguments)


def before_return(module: ir.Module) -> ir.InsertionPoint:
    return ir.InsertionPoint.at_block_terminator(module.body.operations[0].regions[0].blocks[0])


def test_constructors_infer_the_result_type() -> None:
    with context(), ir.Location.unknown():
        module, (x, i, t, p, q) = build(
            "tensor<64x64xf32>",
            "i32",
            "tensor<4x4x8x16xf32>",
            "!tt.ptr<tensor<64x64xf32>>",
            "tensor<8x!tt.ptr<f16>>",
        )
        with before_return(module):
            packed = xsmt.PackOp(x, [i, i], shape=[32, 24], packed_size=[16, 8])
            assert str(packed.result.type) == "tensor<2x3x16x8xf32>"
            assert str(xsmt.UnpackOp(packed, [i, i], shape=[32, 24]).result.type) == "tensor<32x24xf32>"
            assert str(xsmt.InsertOp(t, x, [i, i]).result.type) == "tensor<64x64xf32>"
            view = xsmt.SubviewPackOp(p, [i, i], shape=[32, 32], packed_size=[8, 16])
            assert str(view.result.type) == "!tt.ptr<tensor<4x2x8x16xf32>>"
            assert str(tt.LoadOp(p, boundaryCheck=[0, 1], padding="zero").result.type) == "tensor<64x64xf32>"
            assert str(tt.LoadOp(q).result.type) == "tensor<8xf16>"
            assert str(tt.MakeRangeOp(start=0, end=8).result.type) == "tensor<8xi32>"
            assert str(tt.ExpandDimsOp(x, axis=1).result.type) == "tensor<64x1x64xf32>"
            assert str(tt.TransOp(x, order=[1, 0]).result.type) == "tensor<64x64xf32>"
            assert str(tt.GetProgramIdOp(axis="y").result.type) == "i32"
        verify_module(module)
        text = print_module(module)
    assert "xsmt.pack %arg0, [%arg1, %arg1], [32, 24], [16, 8] : tensor<64x64xf32>" in text
    assert "tt.load %arg3 {boundaryCheck = array<i32: 0, 1>, padding = 1 : i32}" in text


def test_properties_are_python_values() -> None:
    with context():
        module = parse_module(
            "tt.func @f(%p: tensor<4x!tt.ptr<f32>>, %m: tensor<4xi1>) {\n"
            "  %0 = tt.load %p, %m cacheModifier = ca {isVolatile = true} : tensor<4x!tt.ptr<f32>>\n"
            "  tt.return\n}"
        )
        function = module.body.operations[0]
        load = function.regions[0].blocks[0].operations[0]
        assert isinstance(load, tt.LoadOp)
        assert load.ptr == function.regions[0].blocks[0].arguments[0]
        assert load.mask == function.regions[0].blocks[0].arguments[1]
        assert load.other is None
        assert (load.cache, load.evict, load.isVolatile) == ("ca", "evict_normal", True)
        assert list(load.boundaryCheck) == []
        assert load.padding is None
        assert load.result == load.operation.results[0]


def test_mmt4d_tells_the_order_of_b() -> None:
    cases = [
        ("4x8x8x8", "8x4x8x16", "4x4x8x16", False),  # [K1, N1, k0, n0]
        ("4x8x8x8", "4x8x16x8", "4x4x8x16", True),  # [N1, K1, n0, k0]
        ("4x4x8x8", "4x4x8x8", "4x4x8x8", False),  # both fit: upstream takes the first
        ("2x4x8x16", "4x4x16x16", "2x4x8x16", False),
    ]
    for a, b, c, transposed in cases:
        module = parse_module(
            f"tt.func @f(%a: tensor<{a}xf32>, %b: tensor<{b}xf32>) {{\n"
            f"  %0 = xsmt.mmt4d %a, %b : tensor<{a}xf32>, tensor<{b}xf32> -> tensor<{c}xf32>\n  tt.return\n}}"
        )
        verify_module(module)
        op = module.body.operations[0].regions[0].blocks[0].operations[0]
        assert isinstance(op, xsmt.MMT4DOp)
        assert op.b_is_transposed is transposed


def test_wrong_constructor_calls_say_which_field() -> None:
    with context(), ir.Location.unknown():
        module, (x, i) = build("tensor<64x64xf32>", "i32")
        with before_return(module):
            with pytest.raises(TypeError, match=r"xsmt\.pack: attribute packed_size is missing"):
                xsmt.PackOp(x, [i, i], shape=[32, 24], result=x.type)
            with pytest.raises(TypeError, match=r"tt\.splat: operand src is missing"):
                tt.SplatOp(result=x.type)
            with pytest.raises(TypeError, match="the type of result is missing and cannot be inferred"):
                tt.SplatOp(i)
            with pytest.raises(TypeError, match=r"tt\.splat has no field source"):
                tt.SplatOp(source=i, result=x.type)
            with pytest.raises(TypeError, match=r"tt\.splat: src is given twice"):
                tt.SplatOp(i, src=i, result=x.type)
            with pytest.raises(TypeError, match=r"tt\.splat takes 1 operands, got 2"):
                tt.SplatOp(i, i, result=x.type)
            with pytest.raises(ValueError, match="'w' is no program axis: one of x, y, z"):
                tt.GetProgramIdOp(axis="w")


def test_helpers_for_types() -> None:
    with context():
        pointer = ir.Type.parse("!tt.ptr<f32>")
        block = ir.Type.parse("!tt.ptr<tensor<8x4xf16>, 3>")
        lanes = ir.Type.parse("tensor<8x!tt.ptr<f32>>")
        plain = ir.Type.parse("tensor<8xf32>")
        descriptor = ir.Type.parse("!tt.tensordesc<tensor<8x4xf16>>")
        assert [types.is_pointer(t) for t in (pointer, block, lanes, plain)] == [True, True, False, False]
        assert [types.is_block_pointer(t) for t in (pointer, block, lanes)] == [False, True, False]
        assert [types.is_pointer_tensor(t) for t in (pointer, lanes, plain)] == [False, True, False]
        assert types.is_descriptor(descriptor)
        assert str(types.pointee(pointer)) == "f32"
        assert str(types.pointee(lanes)) == "tensor<8xf32>"
        assert str(types.pointee(block)) == str(types.descriptor_block(descriptor)) == "tensor<8x4xf16>"
        assert (types.address_space(pointer), types.address_space(block)) == (1, 3)
        assert types.pointer_type(types.pointee(block), 3) == block
        with pytest.raises(ValueError, match="tensor<8xf32> is no pointer"):
            types.pointee(plain)
        with pytest.raises(ValueError, match="is no tensor descriptor"):
            types.descriptor_block(pointer)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$a attr-dict `:` type($b)", "there is no field b"),
        ("$a $n `:` type($a)", "attr-dict is missing"),
        ("attr-dict `:` type($a)", "the operand a is never read"),
        ("$a attr-dict", "nothing tells the type of a"),
        ("$a $a attr-dict `:` type($a)", "a is read twice"),
        ("$a attr-dict `:` type($n)", "n is an attribute and has no type"),
        ("$a ($n)? attr-dict `:` type($a)", r"an optional group needs an anchor \^"),
        ("$a^ attr-dict `:` type($a)", r"\^ outside of an optional group"),
        ("$a (type($a)^)? attr-dict", "an optional group must begin with a literal or a field"),
        ("$a oilist($n | $n) attr-dict `:` type($a)", "n is read twice"),
        ("$a oilist($n) attr-dict `:` type($a)", "each clause of oilist is a keyword, then an attribute"),
        ("$a regions attr-dict `:` type($a)", "unknown directive 'regions'"),
        ("$a ? attr-dict", "cannot read"),
        ("$a attr-dict `:` type(a)", "expected field, got 'a'"),
    ],
)
def test_a_format_that_does_not_fit_is_refused_when_the_class_is_defined(text: str, message: str) -> None:
    made: dict[str, Any] = {"a": fields.Operand(constraints.ANY), "n": fields.Attribute(Int(32))}
    for name, one in made.items():
        one.name = name
    with pytest.raises(FormatError, match=f"format of test.op: {message}"):
        Format("test.op", text, made)


def test_a_second_class_for_an_operation_is_refused() -> None:
    class Second(ForeignOp):
        OPERATION_NAME = "tt.splat"
        src = fields.Operand(constraints.ANY)
        assembly_format = "$src attr-dict `:` type($src)"

    with pytest.raises(ValueError, match=r"two classes for tt\.splat"):
        register(ir.Dialect)(Second)


def test_a_verify_error_has_place_operation_and_hint() -> None:
    module = parse_module(
        "tt.func @f(%a: tensor<4x8x8x8xf32>, %b: tensor<6x4x8x16xf32>) {\n"
        "  %0 = xsmt.mmt4d %a, %b : tensor<4x8x8x8xf32>, tensor<6x4x8x16xf32> -> tensor<4x4x8x16xf32>"
        ' loc("acc"("kernel.py":12:8))\n'
        "  tt.return\n}"
    )
    with pytest.raises(VerifyError) as caught:
        verify_module(module)
    error = caught.value
    assert error.op == "xsmt.mmt4d"
    assert error.location is not None
    assert (str(error.location), error.location.name) == ("kernel.py:12:8", "acc")
    assert error.hint == "b must be [8, N, 8, n] or [N, 8, n, 8]"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('%0 = "tt.splat"(%x) : (f32) -> !tt.ptr<>', "result must be a tensor of static shape"),
        (
            '%0 = "tt.trans"(%t) {order = array<i312>} : (tensor<4xf32>) -> tensor<4xf32>',
            "order must be an array of i32 integers, got something that MLIR's bindings cannot read",
        ),
        (
            '"tt.load"(%p) {operandSegmentSizes = "a"} : (!tt.ptr<f32>) -> f32',
            "attribute operandSegmentSizes must be an array of i32 integers",
        ),
        ('"tt.assert"(%x) {message = "m"} : (f32) -> f32', "expected 0 results, got 1"),
        (
            '"tt.assert"(%x, %x) {message = "m"} : (f32, f32) -> ()',
            "2 operands do not fit the fields",
        ),
        ('"tt.splat"(%x) ({}) : (f32) -> tensor<4xf32>', "expected 0 regions, got 1"),
        ('"tt.reduce"(%t) {axis = 0 : i32} : (tensor<4xf32>) -> f32', "expected 1 regions, got 0"),
    ],
)
def test_broken_generic_form_is_a_verify_error(line: str, message: str) -> None:
    arguments = "%x: f32, %t: tensor<4xf32>, %p: !tt.ptr<f32>"
    results = "" if line.endswith("-> ()") or line.startswith("%") else "%0 = "
    module = parse_module(f"tt.func @f({arguments}) {{\n  {results}{line}\n  tt.return\n}}", "in.mlir")
    with pytest.raises(VerifyError, match=re.escape(message)) as caught:
        verify_module(module)
    assert caught.value.location is not None
    assert caught.value.location.line == 2
    print_module(module)


def test_an_upstream_operation_that_does_not_verify_is_a_verify_error() -> None:
    module = parse_module("func.func @f(%a: i32) {\n  %0 = arith.addi %a, %a : i32\n  return\n}", "in.mlir")
    add = module.body.operations[0].regions[0].blocks[0].operations[0]
    with context():
        add.operation.results[0].set_type(ir.Type.parse("i64"))
    with pytest.raises(VerifyError, match=r"requires the same type for all operands and results") as caught:
        verify_module(module)
    assert caught.value.op == "arith.addi"
    assert str(caught.value.location) == "in.mlir:2:8"
