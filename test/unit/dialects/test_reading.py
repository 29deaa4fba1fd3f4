"""What the reader takes, what it leaves alone, and where its errors point."""

from __future__ import annotations

import random
import sys

import pytest

from smtir.asm.reader import translate
from smtir.dialects import parse_module, print_module, verify_module
from smtir.errors import ParseError, SmtirError
from smtir.mlir import func

LOAD = "tt.func @f(%p: !tt.ptr<f32>) {{\n  %0 = tt.load {} : !tt.ptr<f32>\n  tt.return\n}}\n"


def caught(text: str) -> ParseError:
    with pytest.raises(ParseError) as error:
        parse_module(text, "in.mlir")
    return error.value


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("tt.func @f(%p: i32) {\n  %0 = tt.addptr %p %p : i32, i32\n}", "2:21", "expected ',', got '%p'"),
        (LOAD.format("%q"), "2:16", "use of undeclared SSA value name"),
        (LOAD.format("%p {a = 1"), "4:2", "expected ':', got the end of the text"),
        (LOAD.format("%p cacheModifier = zz"), "2:35", "'zz' is no cache modifier"),
        (LOAD.format("%p {a = 1, a = 2}"), "2:27", "attribute 'a' is given twice"),
        (LOAD.format("%p cacheModifier = ca {cache = 2 : i32}"), "2:38", "attribute 'cache' is given twice"),
        (
            "tt.func @f(%p: f32) {\n  %0 = tt.load %p : f32\n}",
            "2:8",
            "cannot tell the type of result from f32",
        ),
        (
            "tt.func @f(%p: f32) {\n  %0 = tt.splat %p : f32 -> tensor<4xf32\n}",
            "2:35",
            "'<' is never closed",
        ),
        ("tt.func @f() {\n  tt.laod %p : f32\n}", "2:3", "unknown operation 'tt.laod'"),
        ("tt.func @f() {\n  xsmt.mmt5d %p : f32\n}", "2:3", "unknown operation 'xsmt.mmt5d'"),
        ("tt.func @f() {\n  %0 = tt.reduce %x : f32\n}", "2:8", "tt.reduce has no custom assembly"),
        ('%0 = "tt.reduce"(%x) ({\n^bb0:\n', "1:6", "a region of tt.reduce is never closed"),
        ('tt.func @f() {\n  tt.print "abc {hex\n}', "2:12", "expected a string, got '\"abc {hex'"),
        (
            "tt.func @f(%x: i32) {\n  tt.call @g(%x) : () -> ()\n}",
            "2:20",
            "expected types of 1 operands, got 0",
        ),
        ("tt.func @f() {\n  %0 = tt.load", "2:15", "expected an SSA value, got the end of the text"),
        (
            "tt.func @f() {\n  %0 = xsmt.mmt4d %a, %b, %c : t, t -> t\n}",
            "2:8",
            "the type of c is missing",
        ),
        ('func.func @f() {\n  "tt.s\\edat"() : () -> ()\n}', "2:3", "the name of an operation must not have"),
        ("hello world", "1:1", "custom op 'hello' is unknown"),
        ("func.func @f(%p: i32) -> f32 {\n  return %p : i32\n}", "2:3", "type of return operand 0"),
    ],
)
def test_an_error_names_line_column_and_shows_a_caret(text: str, place: str, message: str) -> None:
    error = caught(text)
    assert str(error.location) == f"in.mlir:{place}"
    assert error.message.startswith(message)
    line, column = (int(number) for number in place.split(":"))
    shown, caret = error.message.splitlines()[-2:]
    assert shown == text.split("\n")[line - 1]
    assert caret == " " * (column - 1) + "^"


def test_an_error_suggests_the_operation_that_was_meant() -> None:
    assert caught("tt.func @f() {\n  tt.laod %p : f32\n}").hint == "did you mean tt.load?"


def test_errors_of_mlir_point_into_the_source_after_rewritten_operations() -> None:
    text = (
        "tt.func @f(%p: !tt.ptr<f32>) {\n  %0 = tt.load\n    %p // here: tt.load {\n    : !tt.ptr<f32>\n"
        "  %1 = tt.load %p : !tt.ptr<f32> %nonsense\n  tt.return\n}"
    )
    error = caught(text)
    assert str(error.location) == "in.mlir:5:43"


def test_notes_point_into_the_source_too() -> None:
    error = caught("tt.func @f(%p: !tt.ptr<f32>) {\n  %0 = tt.load %p : !tt.ptr<f16>\n  tt.return\n}")
    (note,) = error.notes
    assert (note.message, str(note.location)) == ("prior use here", "in.mlir:1:12")


def test_locations_without_loc_are_file_positions() -> None:
    text = "tt.func @f(%p: !tt.ptr<f32>) {\n\n  %0 = tt.load %p : !tt.ptr<f32>\n  tt.return\n}"
    for source in (text, f"module {{\n{text}\n}}", f"{text}\n{text.replace('@f', '@g')}"):
        printed = print_module(parse_module(source, "some.mlir"), locations=True)
        line = source.splitlines().index("  %0 = tt.load %p : !tt.ptr<f32>") + 1
        assert f'loc("some.mlir":{line}:8)' in printed


KEPT = [
    '%0 = "foo.op"() {a = "tt.load %x : ", b = #tt.fake<x>, tt.unit, xsmt.key = 1 : i32} : () -> i32',
    '%0 = "foo.op"() : () -> tensor<4x!tt.ptr<f32>, #ttg.blocked<{sizePerThread = [1], order = [0]}>>',
    "%0 = arith.constant dense_resource<blob> : tensor<2xi32>",
    "%0 = memref.alloc() : memref<4x4xf32, affine_map<(d0, d1) -> (d1, d0)>>",
    '%0 = "foo.op"() {f = (i32, f32) -> (tensor<2xf32>), m = affine_map<(d0) -> (d0 * 2)>} : () -> i32',
    '%0 = "ttg.convert"(%x) : (i32) -> tensor<4xf32, #ttg.slice<{dim = 0, parent = #ttg.x<{}>}>>',
    '%0 = llvm.mlir.constant("a \\22tt.load\\22 // not a comment") : !llvm.array<28 x i8>',
]


@pytest.mark.parametrize("line", KEPT)
def test_what_is_not_ours_passes_through_unharmed(line: str) -> None:
    resource = "{-#\n  dialect_resources: {\n    builtin: {\n"
    resource += '      blob: "0x040000000100000002000000"\n    }\n  }\n#-}\n'
    text = f"func.func @f(%x: i32) {{\n  {line}\n  return\n}}\n"
    if "blob" in line:
        text += resource
    assert translate(text).text == text
    printed = print_module(parse_module(text))
    for word in (
        "#ttg",
        "affine_map",
        "dense_resource",
        "(i32, f32) -> tensor<2xf32>",
        "#tt.fake<x>",
        "blob:",
    ):
        assert (word in text.replace("(tensor<2xf32>)", "tensor<2xf32>")) == (word in printed)


def test_encodings_and_attributes_of_foreign_operations_pass_through() -> None:
    text = (
        "#blocked = #ttg.blocked<{sizePerThread = [1], order = [0]}>\n"
        'module attributes {"ttg.num-warps" = 4 : i32} {\n'
        "  tt.func @f(%x: f32 {tt.divisibility = 16 : i32}) {\n"
        '    %0 = tt.splat %x {tt.latency = 3 : i32, s = "a, b}"} : f32 -> tensor<64xf32, #blocked>\n'
        "    tt.return\n  }\n}\n"
    )
    printed = print_module(parse_module(text))
    assert '"ttg.num-warps" = 4 : i32' in printed or "ttg.num-warps" in printed
    assert '{s = "a, b}", tt.latency = 3 : i32}' in printed
    assert "tensor<64xf32, #ttg.blocked<{sizePerThread = [1], order = [0]}>>" in printed
    assert "%arg0: f32 {tt.divisibility = 16 : i32}" in printed


def test_extra_blanks_in_foreign_types_make_no_difference() -> None:
    text = (
        "tt.func @f(%p: !tt.ptr< f32 ,3>, %b: !tt.ptr< tensor<8 x 4 x f32> >) {\n"
        "  %0 = tt.load %p : !tt.ptr<f32, 3>\n  %1 = tt.load %b : !tt.ptr<tensor<8x4xf32>>\n  tt.return\n}"
    )
    module = parse_module(text)
    verify_module(module)
    assert "(%arg0: !tt.ptr<f32, 3>, %arg1: !tt.ptr<tensor<8x4xf32>>)" in print_module(module)


def test_the_address_space_of_a_pointer_is_kept_and_the_default_one_is_left_out() -> None:
    text = (
        "!g = !tt.ptr<f32, 1>\n"
        "tt.func @f(%p: !tt.ptr<f32, 1>, %q: !g, %r: tensor<8x!tt.ptr<!tt.ptr<f16,1>, 1>>, %i: i32) {\n"
        "  %0 = tt.load %p : !tt.ptr<f32>\n  %1 = tt.load %q : !tt.ptr<f32>\n"
        "  %2 = tt.load %r : tensor<8x!tt.ptr<!tt.ptr<f16>>>\n"
        '  %3 = xsmt.alloc[[64, 64]] storage("l2") : <tensor<64x64xf32>, 12>\n'
        "  %4 = xsmt.subview %3, [%i, %i], [[8, 8]] : <tensor<64x64xf32>, 12> -> <tensor<8x8xf32>, 12>\n"
        "  %5 = tt.load %4 {boundaryCheck = array<i32: 0, 1>} : !tt.ptr<tensor<8x8xf32>, 12>\n"
        '  %6 = xsmt.alloc[[64, 64]] storage("l2") : <tensor<64x64xf32>, 1>\n'
        "  tt.return\n}"
    )
    module = parse_module(text)
    verify_module(module)
    printed = print_module(module)
    assert "(%arg0: !tt.ptr<f32>, %arg1: !tt.ptr<f32>, %arg2: tensor<8x!tt.ptr<!tt.ptr<f16>>>" in printed
    assert '%3 = xsmt.alloc[[64, 64]] storage("l2") : <tensor<64x64xf32>, 12>' in printed
    assert "-> <tensor<8x8xf32>, 12>" in printed
    assert "{boundaryCheck = array<i32: 0, 1>} : !tt.ptr<tensor<8x8xf32>, 12>" in printed
    assert '%6 = xsmt.alloc[[64, 64]] storage("l2") : <tensor<64x64xf32>>\n' in printed
    assert print_module(parse_module(printed)) == printed
    generic = print_module(module, generic=True)
    assert '{shape = array<i32: 64, 64>, storage = "l2"} : () -> !tt.ptr<tensor<64x64xf32>, 12>' in generic
    assert print_module(parse_module(generic)) == printed


@pytest.mark.parametrize(
    "line",
    [
        "xsmt.subview %b, [%i, %i], [[8, 8]] : <tensor<64x64xf32>, 12> -> <tensor<8x8xf32>>",
        "tt.addptr %p, %i : !tt.ptr<f32, 12>, i32",
        "tt.advance %b, [%i, %i] : <tensor<64x64xf32>>",
    ],
)
def test_a_pointer_stays_in_its_address_space(line: str) -> None:
    head = "tt.func @f(%p: !tt.ptr<f32, 3>, %b: !tt.ptr<tensor<64x64xf32>, 12>, %i: i32) {"
    with pytest.raises(SmtirError, match="12>"):
        verify_module(parse_module(f"{head}\n{line}\ntt.return\n}}"))


def test_type_aliases_are_resolved() -> None:
    text = "!p = !tt.ptr<f32>\ntt.func @f(%p: !p) {\n  %0 = tt.load %p : !p\n  tt.return\n}"
    assert "tt.load %arg0 : !tt.ptr<f32>" in print_module(parse_module(text))


def test_comments_line_breaks_and_carriage_returns_are_taken() -> None:
    text = (
        "// tt.load is here\r\ntt.func @f(%p: !tt.ptr<f32>) { // tt.func\r\n"
        "  %0 = tt.load %p // comment : f32, { %x\r\n"
        "    : !tt.ptr<f32>\r\n  tt.return\r\n}\r\n"
    )
    assert "tt.load %arg0 : !tt.ptr<f32>" in print_module(parse_module(text))


def test_every_line_keeps_its_number() -> None:
    text = "tt.func @f(%p: !tt.ptr<f32>) {\n  %0 = tt.load\n\n    %p\n  : !tt.ptr<f32>\n  tt.return\n}\n"
    assert translate(text).text.count("\n") == text.count("\n")
    assert translate(text).text.split("\n")[5].strip() == "func.return"


def test_functions_stay_upstream_where_nothing_is_tritons() -> None:
    text = (
        'func.func @f(%x: i32) -> i32 {\n  %0 = "foo.op"() {a = "!tt.ptr"} : () -> i32\n  return %0 : i32\n}'
    )
    module = parse_module(text)
    printed = print_module(module)
    assert "func.func @f" in printed
    assert "tt." not in printed.replace('"!tt.ptr"', "")


def test_a_helper_without_foreign_operations_is_tritons_if_it_says_noinline() -> None:
    text = "tt.func private @f(%x: i32) -> i32 attributes {noinline = true} {\n  tt.return %x : i32\n}"
    module = parse_module(text)
    assert isinstance(module.body.operations[0], func.FuncOp)
    assert "tt.func private @f" in print_module(module)
    assert "tt.return %arg0 : i32" in print_module(module)
    lowered = (
        text.replace("tt.func", "func.func")
        .replace("tt.return", "return")
        .replace("(%x", "(%m: memref<f32>, %x")
    )
    assert "func.func private @f" in print_module(parse_module(lowered))


def test_a_broken_operation_is_printed_in_generic_form() -> None:
    store = '"tt.store"(%p, %x) : (!tt.ptr<f32>, f16) -> ()'
    text = f"tt.func @f(%p: !tt.ptr<f32>, %x: f16) {{\n  {store}\n  tt.return\n}}"
    printed = print_module(parse_module(text))
    assert '"tt.store"(%arg0, %arg1) : (!tt.ptr<f32>, f16) -> ()' in printed
    assert print_module(parse_module(printed)) == printed


def test_the_old_dump_of_the_first_generation_reads() -> None:
    text = (
        "tt.func @f(%x: tensor<64x64xf32>, %i: i64) {\n"
        '  %109 = "xsmt.view"(%x, %i, %i) <{micro_size = array<i32: 8, 16>, shape = array<i32: 32, 64>}>'
        " : (tensor<64x64xf32>, i64, i64) -> tensor<4x4x8x16xf32>\n  tt.return\n}"
    )
    module = parse_module(text)
    verify_module(module)
    op = module.body.operations[0].regions[0].blocks[0].operations[0]
    assert (list(op.shape), list(op.micro_size)) == ([32, 64], [8, 16])
    assert "xsmt.view %arg0, [%arg1, %arg1], [[32, 64]], [[8, 16]]" in print_module(module)


def test_offsets_of_old_views_have_the_type_of_their_definition() -> None:
    text = (
        "tt.func @f(%x: tensor<64x64xf32>, %i: i32, %l: i64) {\n"
        "  %a = arith.extsi %i : i32 to i64\n  %b = arith.addi %i, %i : i32 loc(#loc)\n"
        "  %0 = xsmt.view %x, [%a, %l], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>\n"
        "  %1 = xsmt.view %x, [%b, %i], [32, 64], [8, 16] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>\n"
        '  tt.return\n}\n#loc = loc("k.py":1:1)'
    )
    generic = print_module(parse_module(text), generic=True)
    assert ": (tensor<64x64xf32>, i64, i64)" in generic
    assert ": (tensor<64x64xf32>, i32, i32)" in generic


GOOD = """\
module {
  tt.func @k(%p: !tt.ptr<tensor<8x4xf32>> {tt.align = 16 : i32}, %q: tensor<8x!tt.ptr<f32>>, %i: i32) {
    %x = tt.load %p {boundaryCheck = array<i32: 0>, padding = 1 : i32} : !tt.ptr<tensor<8x4xf32>> loc(#loc)
    %s = "tt.reduce"(%x) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %c = arith.addf %a, %b : f32
      tt.reduce.return %c : f32
    }) {note = "a } b"} : (tensor<8x4xf32>) -> tensor<8xf32>
    %t = xsmt.pack %x, [%i, %i], [8, 4], [4, 2] : tensor<8x4xf32> -> tensor<2x2x4x2xf32>
    scf.for %n = %i to %i step %i : i32 {
      tt.store %q, %s evictionPolicy = evict_first : tensor<8x!tt.ptr<f32>>
    }
    tt.return
  }
}
#loc = loc("k.py":1:1)
"""


def test_damaged_text_gives_an_error_inside_of_the_text_and_nothing_else() -> None:
    random.seed(7)
    parse_module(GOOD)
    for _ in range(400):
        start = random.randrange(len(GOOD))
        damaged = random.choice(
            [
                GOOD[:start] + GOOD[start + random.randrange(1, 12) :],
                GOOD[:start],
                GOOD[:start] + random.choice('"<>(){}[],:=%@#!\\ \n\0é') + GOOD[start:],
            ]
        )
        place = None
        try:
            module = parse_module(damaged, "in.mlir")
            verify_module(module)
            print_module(module, locations=True)
        except SmtirError as error:
            place = error.location
        if place is not None and place.file == "in.mlir":
            assert 0 < place.line <= damaged.count("\n") + 1


def test_work_grows_with_the_number_of_lines_only() -> None:
    body = GOOD.split("\n", 1)[1].rsplit("}\n#loc", 1)[0]

    def calls(count: int) -> int:
        """Python functions that reading ``count`` kernels calls."""
        text = (
            "module {\n"
            + "".join(body.replace("@k", f"@k{n}") for n in range(count))
            + "}\n"
            + GOOD[GOOD.rindex("#loc") :]
        )
        made = 0

        def note(frame: object, event: str, argument: object) -> None:
            nonlocal made
            made += event == "call"

        sys.setprofile(note)
        try:
            translate(text)
        finally:
            sys.setprofile(None)
        return made

    calls(1)  # fills the caches
    assert calls(400) < 4.1 * calls(100)
