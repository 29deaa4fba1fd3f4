"""Bad input: one SmtirError with a position for each, and never a crash, a hang or a huge allocation."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from smtir.dialects import parse_module, verify_module
from smtir.errors import SmtirError
from smtir.inspect.opt import load, read_input

ARGUMENTS = (
    "%x: tensor<64x64xf32>, %v: tensor<64xf32>, %t: tensor<4x8x8x8xf32>, %u: tensor<8x4x8x16xf32>, "
    "%h: tensor<8x4x8x16xf16>, %i: i32, %l: i64, %p: !tt.ptr<f32>, %b: !tt.ptr<tensor<64x64xf32>>, "
    "%q: tensor<64x!tt.ptr<f32>>, %m: tensor<64xi1>"
)
MATRIX, TILES = "tensor<64x64xf32>", "tensor<8x4x8x16xf32>"
PACKED = f"{MATRIX} -> {TILES}"

WRONG = {
    # rank
    "pack of a vector": f"%0 = xsmt.pack %v, [%i, %i], [64, 64], [8, 16] : {PACKED.replace('64x64', '64')}",
    "product of matrices": f"%0 = xsmt.mmt4d %x, %x : {MATRIX}, {MATRIX} -> {MATRIX}",
    "reduction along no axis": '%0 = "tt.reduce"(%v) <{axis = 1 : i32}> ({\n^bb0(%a: f32, %c: f32):\n'
    "  tt.reduce.return %a : f32\n}) : (tensor<64xf32>) -> f32",
    "broadcast to another rank": "%0 = tt.broadcast %v : tensor<64xf32> -> tensor<64x64xf32>",
    "order of another rank": f"%0 = tt.trans %x {{order = array<i32: 0>}} : {MATRIX} -> {MATRIX}",
    # count
    "one offset": f"%0 = xsmt.pack %x, [%i], [64, 64], [8, 16] : {PACKED}",
    "three sizes": f"%0 = xsmt.pack %x, [%i, %i], [64, 64, 1], [8, 16] : {PACKED}",
    "no operand": '%0 = "tt.splat"() : () -> tensor<64xf32>',
    "too many operands": '%0 = "tt.splat"(%i, %i) : (i32, i32) -> tensor<64xi32>',
    "two results": '%0, %1 = "tt.splat"(%i) : (i32) -> (tensor<64xi32>, tensor<64xi32>)',
    "a missing operand": "%0 = tt.addptr %p : !tt.ptr<f32>, i32",
    "segments that do not add up": '%0 = "tt.load"(%p) <{operandSegmentSizes = array<i32: 1, 1, 1>}>'
    " : (!tt.ptr<f32>) -> f32",
    "negative segments": '%0 = "tt.load"(%p) <{operandSegmentSizes = array<i32: 2, -1, 0>}>'
    " : (!tt.ptr<f32>) -> f32",
    "a region too many": '%0 = "tt.splat"(%i) ({\n}) : (i32) -> tensor<64xi32>',
    # type
    "offsets of another type": '%0 = "xsmt.pack"(%x, %l, %l) {operandSegmentSizes = array<i32: 1, 2, 0>, '
    f"packed_size = array<i32: 8, 16>, shape = array<i32: 64, 64>}} : ({MATRIX}, i64, i64) -> {TILES}",
    "elements of two types": "%0 = xsmt.mmt4d %t, %h : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf16>"
    " -> tensor<4x4x8x16xf32>",
    "a load of a number": '%0 = "tt.load"(%i) : (i32) -> i32',
    "a mask of another shape": '%0 = "tt.load"(%q, %i) <{operandSegmentSizes = array<i32: 1, 1, 0>}>'
    " : (tensor<64x!tt.ptr<f32>>, i32) -> tensor<64xf32>",
    "a string for a number": '%0 = tt.expand_dims %v {axis = "one"} : tensor<64xf32> -> tensor<64x1xf32>',
    "a number of 64 bits": "%0 = tt.expand_dims %v {axis = 1 : i64} : tensor<64xf32> -> tensor<64x1xf32>",
    "a missing attribute": "%0 = tt.expand_dims %v : tensor<64xf32> -> tensor<64x1xf32>",
    "no type": "%0 = tt.splat %i :  -> tensor<64xi32>",
    "an unclosed type": "%0 = tt.splat %i : i32 -> tensor<64xi32",
    # tiles
    "a tile of zero": f"%0 = xsmt.pack %x, [%i, %i], [64, 64], [0, 16] : {PACKED}",
    "a negative tile": f"%0 = xsmt.pack %x, [%i, %i], [64, 64], [8, -16] : {PACKED}",
    "a negative shape": f"%0 = xsmt.pack %x, [%i, %i], [-64, 64], [8, 16] : {PACKED}",
    "an old tile of zero": "%0 = xsmt.view %x, [%i, %i], [[64, 64]], [[8, 0]] : " + PACKED,
    "a buffer of no size": '%0 = xsmt.alloc[[0, 64]] storage("l2") : <tensor<0x64xf32>>',
    # huge
    "a huge shape": f"%0 = xsmt.pack %x, [%i, %i], [2147483647, 2147483647], [1, 1] : {PACKED}",
    "a shape over 32 bits": f"%0 = xsmt.pack %x, [%i, %i], [4294967296, 64], [8, 16] : {PACKED}",
    "a dimension over 64 bits": "%0 = tt.splat %i : i32 -> tensor<99999999999999999999x64xi32>",
    "a huge range": "%0 = tt.make_range {start = 0 : i32, end = 2147483647 : i32} : tensor<64xi32>",
    "a huge reshape": "%0 = tt.reshape %x : tensor<64x64xf32> -> tensor<4611686018427387904x4xf32>",
    "a huge concatenation": "%0 = tt.cat %v, %v : tensor<64xf32> -> tensor<9223372036854775807xf32>",
    "a huge buffer": '%0 = xsmt.alloc_copies[[9223372036854775807, 64]] storage("l2") : '
    '!xsmt.buffer<shape=[2, 64], elementType=f32, copies=2, storageKind="l2">',
    # unknown operations
    "an unknown operation": "%0 = tt.lode %p : !tt.ptr<f32>",
    "an unknown operation in generic form": '%0 = "tt.lode"(%p) : (!tt.ptr<f32>) -> f32',
    "an unknown window": f"%0 = xsmt.packk %x, [%i, %i], [64, 64], [8, 16] : {PACKED}",
    "an unknown barrier": '%0 = "xsmt_async.mbarrier_aloc"(%l) : (i64) -> i64',
    # GPU encodings
    "an encoding": "%0 = tt.splat %i : i32 -> tensor<64xi32, #ttg.blocked<{order = [0]}>>",
    "an old encoding": "%0 = tt.splat %i : i32 -> tensor<64xi32, #triton_gpu.blocked<{order = [0]}>>",
    "an operation for GPUs": "%0 = ttg.convert_layout %v : tensor<64xf32> -> tensor<64xf32>",
}


def function(body: str) -> str:
    return f"tt.func @f({ARGUMENTS}) {{\n  {body}\n  tt.return\n}}\n"


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_operation_gives_one_error_at_its_place(case: str) -> None:
    text = function(WRONG[case])
    begin = time.perf_counter()
    with pytest.raises(SmtirError) as caught:
        verify_module(parse_module(text, "k.ttir"))
    assert time.perf_counter() - begin < 2
    place = caught.value.location
    assert place is not None
    assert place.file == "k.ttir"
    assert 2 <= place.line <= text.count("\n")
    assert caught.value.message
    if "unknown" in case:
        assert caught.value.hint.startswith("did you mean ")


SOUND = function(f"%0 = xsmt.pack %x, [%i, %i], [64, 64], [8, 16] : {PACKED}") + function(
    '%0 = "tt.reduce"(%v) <{axis = 0 : i32}> ({\n  ^bb0(%a: f32, %c: f32):\n'
    "    %d = arith.addf %a, %c : f32\n"
    "    tt.reduce.return %d : f32\n  }) : (tensor<64xf32>) -> f32"
).replace("@f", "@g")


def test_a_file_cut_anywhere_gives_one_error_inside_of_it() -> None:
    verify_module(parse_module(SOUND, "k.ttir"))
    for stop in range(len("tt.func @f("), len(SOUND) - 2, 7):
        text = SOUND[:stop]
        if text.count("{") == text.count("}") and text.rstrip().endswith("}"):
            continue  # between the two functions
        with pytest.raises(SmtirError) as caught:
            verify_module(parse_module(text, "k.ttir"))
        assert caught.value.location is not None, text
        assert 1 <= caught.value.location.line <= text.count("\n") + 1


NO_IR = {
    "prose": "Dear kernel,\nplease be fast.\n",
    "python": "import triton\n\n@triton.jit\ndef kernel(x):\n    pass\n",
    "json": '{"a": [1, 2, {"tt.load": "%x"}]}\n',
    "a stray bracket": "}\n",
    "a stray quote": 'module {\n  "tt.load\n}\n',
    "a lone percent": "%\n",
}


@pytest.mark.parametrize("case", NO_IR)
def test_text_that_is_no_ir_gives_one_error_with_a_position(case: str) -> None:
    with pytest.raises(SmtirError) as caught:
        verify_module(parse_module(NO_IR[case], "k.ttir"))
    assert caught.value.location is not None
    assert caught.value.location.line >= 1


@pytest.mark.parametrize(
    "data",
    [b"\x7fELF\x02\x01\x01\0\xff\xfe", b"\x89PNG\r\n\x1a\n\0\0", b"ML\xefR", b"ML\xefR\x0d\xff\xff\xff\xff"],
)
def test_binary_files_give_one_error(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "k.ttir"
    file.write_bytes(data)
    with pytest.raises(SmtirError, match=r"k\.ttir|bytecode"):
        load(*read_input(str(file)))
