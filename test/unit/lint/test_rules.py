"""Each rule finds what it is for, and is silent about the like that is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import smtir
from smtir.inspect.lint import Finding, all_rules, lint_module, rule, select_rules
from smtir.targets import get_target

ACC = "tensor<8x4x8x16xf32>"
PRODUCT = "tensor<8x8x8x8xf32>, tensor<8x4x8x16xf32> -> tensor<8x4x8x16xf32>"


def lint(rule_id: str, body: str, target: str = "0xA03C", arguments: str = "") -> list[Finding]:
    """What one rule finds in a function with ``body``."""
    given = "%p: !tt.ptr<f32>, %x: tensor<64x64xf32>, %h: tensor<64x64xf16>, %n: i32, %zero: i32"
    text = f"tt.func @k({given}{arguments}) {{\n{body}\ntt.return\n}}\n"
    return lint_module(smtir.parse(text), get_target(target), select_rules([rule_id]))


def found(rule_id: str, body: str, target: str = "0xA03C", arguments: str = "") -> list[tuple[str, str]]:
    return [(one.severity, one.message) for one in lint(rule_id, body, target, arguments)]


def packed(name: str, base: str, shape: str, tile: str, type_: str, element: str = "f32") -> str:
    return (
        f"{name} = xsmt.pack {base}, [%zero, %zero], [{shape}], [{tile}] : tensor<64x64x{element}> -> {type_}"
    )


A = packed("%a", "%x", "64, 64", "8, 8", "tensor<8x8x8x8xf32>")
B = packed("%b", "%x", "64, 64", "8, 16", "tensor<8x4x8x16xf32>")
DOT = f"%c = xsmt.mmt4d %a, %b : {PRODUCT}"
STORE = """%u = xsmt.unpack %c, [%zero, %zero], [64, 64] : tensor<8x4x8x16xf32> -> tensor<64x64xf32>
  %one = arith.constant 1 : i64
  %m = arith.extsi %n : i32 to i64
  %out = tt.make_tensor_ptr %p, [%m, %m], [%m, %one], [%zero, %zero]
    {order = array<i32: 1, 0>} : <tensor<64x64xf32>>
  tt.store %out, %u {boundaryCheck = array<i32: 0, 1>} : !tt.ptr<tensor<64x64xf32>>"""


# micro-tile-table


def test_a_tile_that_the_chips_table_lacks_is_found_with_the_tiles_it_has():
    (one,) = lint("micro-tile-table", f"{A}\n{B}\n{DOT}", target="0x503C")
    assert (one.severity, one.op) == ("warning", "xsmt.mmt4d")
    assert one.message == "the micro tile 8x16x8 (MxNxK) of f32 is not known to suit 0x503C"
    assert "8x32x32 (SpacemiT's FlagGems)" in one.fix
    assert one.place is not None
    assert one.place.line == 4


def test_negative_a_tile_in_the_chips_table_is_silent():
    assert not found("micro-tile-table", f"{A}\n{B}\n{DOT}", target="0xA03C")


def test_the_tile_of_a_transposed_b_is_read_in_its_own_order():
    b = packed("%b", "%x", "64, 64", "16, 8", "tensor<4x8x16x8xf32>")
    dot = "%c = xsmt.mmt4d %a, %b : tensor<8x8x8x8xf32>, tensor<4x8x16x8xf32> -> tensor<8x4x8x16xf32>"
    assert not found("micro-tile-table", f"{A}\n{b}\n{dot}")


def test_an_element_type_without_a_tile_names_the_ones_that_have_one():
    a = packed("%a", "%y", "64, 64", "8, 8", "tensor<8x8x8x8xbf16>", "bf16")
    b = packed("%b", "%y", "64, 64", "8, 16", "tensor<8x4x8x16xbf16>", "bf16")
    dot = "%c = xsmt.mmt4d %a, %b : tensor<8x8x8x8xbf16>, tensor<8x4x8x16xbf16> -> tensor<8x4x8x16xbf16>"
    (one,) = lint("micro-tile-table", f"{a}\n{b}\n{dot}", arguments=", %y: tensor<64x64xbf16>")
    assert one.fix == "tiles are known for f16, f32, i8"


@pytest.mark.parametrize("target", ["host", "0x5064"])
def test_negative_nothing_is_said_of_a_machine_without_known_tiles(target):
    assert not found("micro-tile-table", f"{A}\n{B}\n{DOT}", target=target)


# micro-tile-divides


def test_a_tile_that_does_not_divide_the_view_is_found_with_the_share_of_zeros():
    body = packed("%a", "%x", "20, 64", "8, 8", "tensor<3x8x8x8xf32>")
    (one,) = lint("micro-tile-divides", body)
    assert one.message == (
        "the micro tile 8x8 does not divide the view 20x64: 17% of what is multiplied are zeros"
    )
    assert one.fix == "make size 0 of the view a multiple of 8 (24), or choose a tile that divides 20"


def test_negative_a_tile_that_divides_is_silent():
    assert not found("micro-tile-divides", A)


# ambiguous-b


def test_a_b_that_is_square_in_tiles_and_elements_is_ambiguous():
    b = packed("%b", "%x", "64, 64", "8, 8", "tensor<8x8x8x8xf32>")
    dot = "%c = xsmt.mmt4d %a, %b : tensor<8x8x8x8xf32>, tensor<8x8x8x8xf32> -> tensor<8x8x8x8xf32>"
    ((severity, message),) = found("ambiguous-b", f"{A}\n{b}\n{dot}")
    assert severity == "warning"
    assert message.startswith("b is [8, 8, 8, 8], which fits as [KB, NB, kb, nb] and as [NB, KB, nb, kb]")


def test_negative_a_b_that_fits_one_order_is_silent():
    assert not found("ambiguous-b", f"{A}\n{B}\n{DOT}")


# unused-dot


def test_a_product_that_nothing_stores_is_found():
    ((severity, message),) = found("unused-dot", f"{A}\n{B}\n{DOT}")
    assert (severity, message) == ("warning", "nothing that the kernel writes depends on this product")


def test_negative_a_stored_product_is_silent():
    assert not found("unused-dot", f"{A}\n{B}\n{DOT}\n{STORE}")


def test_negative_a_product_that_decides_about_a_store_is_used():
    body = f"""{A}\n{B}\n{DOT}
  %u = xsmt.unpack %c, [%zero, %zero], [1, 1] : tensor<8x4x8x16xf32> -> tensor<1x1xf32>
  %s = tt.unsplat %u : tensor<1x1xf32>
  %f = arith.constant 0.0 : f32
  %go = arith.cmpf ogt, %s, %f : f32
  scf.if %go {{
    tt.store %p, %f : !tt.ptr<f32>
  }}"""
    assert not found("unused-dot", body)


# window-on-constant

WINDOW = """scf.for %i = %zero to %n step %n : i32 {{
    %w = xsmt.view %acc, [%zero, %zero], [[64, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<8x4x8x16xf32>
    %c = xsmt.mmt4d %a, %b, %w :
      tensor<8x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<8x4x8x16xf32> -> tensor<8x4x8x16xf32>
    {stored}
  }}"""
CONSTANT = "%acc = arith.constant dense<0.0> : tensor<64x64xf32>"


def test_a_product_into_a_window_on_a_constant_is_an_error_and_not_reported_twice():
    body = f"{CONSTANT}\n{A}\n{B}\n{WINDOW.format(stored='')}"
    ((severity, message),) = found("window-on-constant", body)
    assert severity == "error"
    assert message == "the update of the accumulator, a constant here (all 0.0), through this window is lost"
    assert not found("unused-dot", body)


def test_negative_a_product_that_is_stored_is_not_lost():
    assert not found("window-on-constant", f"{CONSTANT}\n{A}\n{B}\n{WINDOW.format(stored=STORE)}")


def test_a_lost_window_on_no_constant_is_an_unused_product():
    body = f"%acc = arith.addf %x, %x : tensor<64x64xf32>\n{A}\n{B}\n{WINDOW.format(stored='')}"
    assert not found("window-on-constant", body)
    assert len(found("unused-dot", body)) == 1


# narrow-accumulation

LOOP = """%r = scf.for %i = %zero to %n step %n iter_args(%acc = {start}) -> ({type_}) : i32 {{
    {body}
    scf.yield %next : {type_}
  }}"""


def loop(body: str, start: str = "%h", type_: str = "tensor<64x64xf16>") -> str:
    return LOOP.format(body=body, start=start, type_=type_)


def test_f16_sums_carried_by_a_loop_are_found():
    ((severity, message),) = found(
        "narrow-accumulation", loop("%next = arith.addf %acc, %h : tensor<64x64xf16>")
    )
    assert severity == "warning"
    assert message == "each iteration rounds the sum to f16 (relative error 2**-11 a step)"


def test_f16_products_carried_by_a_loop_are_found():
    body = "%next = tt.dot %h, %h, %acc : tensor<64x64xf16> * tensor<64x64xf16> -> tensor<64x64xf16>"
    assert [message[:15] for _, message in found("narrow-accumulation", loop(body))] == ["each iteration "]


def test_f16_products_added_onto_each_other_are_found():
    dot = "tt.dot %h, %h, {0} : tensor<64x64xf16> * tensor<64x64xf16> -> tensor<64x64xf16>"
    body = f"%one = {dot.format('%h')}\n%two = {dot.format('%one')}"
    ((_, message),) = found("narrow-accumulation", body)
    assert message.startswith("this adds onto another product, rounded the sum to f16")


def test_an_f16_reduction_is_found():
    body = """%r = "tt.reduce"(%h) <{axis = 1 : i32}> ({
  ^bb0(%l: f16, %m: f16):
    %s = arith.addf %l, %m : f16
    tt.reduce.return %s : f16
  }) : (tensor<64x64xf16>) -> tensor<64xf16>"""
    ((_, message),) = found("narrow-accumulation", body)
    assert message.startswith("each step of this sum rounds to f16")
    assert not found("narrow-accumulation", body.replace("arith.addf", "arith.maxnumf"))


@pytest.mark.parametrize(
    "body",
    [
        loop("%next = arith.addf %acc, %x : tensor<64x64xf32>", "%x", "tensor<64x64xf32>"),
        loop("%next = arith.addf %h, %h : tensor<64x64xf16>"),
        loop(
            "%next = tt.dot %h, %h, %acc : tensor<64x64xf16> * tensor<64x64xf16> -> tensor<64x64xf32>",
            "%x",
            "tensor<64x64xf32>",
        ),
        "%one = tt.dot %h, %h, %h : tensor<64x64xf16> * tensor<64x64xf16> -> tensor<64x64xf16>",
    ],
    ids=["f32", "not carried", "f32 accumulator", "one product"],
)
def test_negative_wide_and_single_sums_are_silent(body):
    assert not found("narrow-accumulation", body)


# hoistable-pack

LOOP_OF = "%c0 = arith.constant 0 : i32\n%c1 = arith.constant 1 : i32\n%c2 = arith.constant {trips} : i32\n"
FOR = LOOP_OF + "scf.for %i = %c0 to %c2 step %c1 : i32 {{\n{body}\n}}"


def test_a_pack_of_the_same_values_in_each_iteration_is_found_with_its_loop():
    (one,) = lint("hoistable-pack", FOR.format(trips=2, body=A))
    assert one.message == "this packs the same values in each iteration of the loop around it"
    assert [note.message for note in one.notes] == ["the loop is here"]


def test_a_pack_of_a_load_of_the_same_block_is_found_unless_something_is_stored():
    made = (
        "%one = arith.constant 1 : i64\n%m = arith.extsi %n : i32 to i64\n"
        "%q = tt.make_tensor_ptr %p, [%m, %m], [%m, %one], [%zero, %zero] {order = array<i32: 1, 0>}"
        " : <tensor<64x64xf32>>\n"
    )
    load = "%v = tt.load %q : !tt.ptr<tensor<64x64xf32>>\n" + A.replace("%x", "%v")
    write = "\ntt.store %q, %x : !tt.ptr<tensor<64x64xf32>>"
    assert len(found("hoistable-pack", made + FOR.format(trips=2, body=load))) == 1
    assert not found("hoistable-pack", made + FOR.format(trips=2, body=load + write))
    window = "[%z, %z], [[64, 64]], [[8, 8]] : <tensor<64x64xf32>> -> tensor<8x8x8x8xf32>"
    old = f"%v = xsmt.descriptor_load %q, {window}"
    made += "%z = arith.constant 0 : i64\n"
    assert len(found("hoistable-pack", made + FOR.format(trips=2, body=old))) == 1
    assert not found("hoistable-pack", made + FOR.format(trips=2, body=old + write))


def test_a_load_through_a_packed_view_of_a_buffer_is_a_pack():
    made = (
        'xsmt.alloc[[64, 64]] storage("tcm") : <tensor<64x64xf32>>\n'
        "%t = xsmt.subview_pack %s, [%zero, %zero], [[64, 64]], [[8, 8]] :"
        " <tensor<64x64xf32>> -> <tensor<8x8x8x8xf32>>\n"
    )
    load = "%v = tt.load %t : !tt.ptr<tensor<8x8x8x8xf32>>"
    flat = "%v = tt.load %s : !tt.ptr<tensor<64x64xf32>>"
    assert len(found("hoistable-pack", f"%s = {made}{FOR.format(trips=2, body=load)}")) == 1
    assert not found("hoistable-pack", f"%s = {made}{FOR.format(trips=2, body=flat)}")


@pytest.mark.parametrize(
    "body",
    [
        A,
        FOR.format(trips=2, body=A.replace("[%zero, %zero]", "[%i, %zero]")),
        FOR.format(trips=1, body=A),
        CONSTANT + "\n" + FOR.format(trips=2, body=A.replace("%x", "%acc")),
    ],
    ids=["no loop", "varies", "one iteration", "constant"],
)
def test_negative_packs_that_must_be_where_they_are(body):
    assert not found("hoistable-pack", body)


# allocation-size


def alloc(name: str, rows: int, storage: str = "tcm") -> str:
    return f'{name} = xsmt.alloc[[{rows}, 256]] storage("{storage}") : <tensor<{rows}x256xf32>>'


def test_buffers_that_do_not_fit_into_tcm_together_are_an_error():
    (one,) = lint("allocation-size", f"{alloc('%1', 400)}\n{alloc('%2', 200)}")
    assert one.severity == "error"
    assert one.message == "the kernel allocates 600 KB of tcm, 0xA03C has 512 KB"
    assert [note.message for note in one.notes] == ["another 200 KB are allocated here"]


def test_buffers_that_do_not_fit_into_l2_are_a_warning():
    ((severity, _),) = found("allocation-size", alloc("%1", 513, "l2"))
    assert severity == "warning"


def test_copies_and_buffers_of_the_first_api_count():
    copies = (
        '%1 = xsmt.alloc_copies[[3, 256, 512]] storage("tcm") : '
        '!xsmt.buffer<shape=[3, 256, 512], elementType=f16, copies=3, storageKind="tcm">'
    )
    assert found("allocation-size", copies) == [
        ("error", "the kernel allocates 768 KB of tcm, 0xA03C has 512 KB")
    ]
    first = "%1 = xsmt.alloc[[512, 512]], [[8, 16]] : tensor<64x32x8x16xf32>"
    assert found("allocation-size", first) == [
        ("warning", "the kernel allocates 1024 KB of l2, 0xA03C has 512 KB")
    ]


def test_negative_what_fits_is_silent_and_so_is_a_chip_of_unknown_size():
    assert not found("allocation-size", f"{alloc('%1', 256)}\n{alloc('%2', 256)}")
    assert not found("allocation-size", alloc("%1", 600), target="0xA064")


# barrier-in-loop

FLAGS = "%f = arith.constant 0 : i16\n%e = arith.constant 1 : i16\n"
MAKE = "%bar = xsmt.mbarrier_create %f, %f, %f, %e : <i64>\n"
WAIT = "xsmt.barrier_wait %bar, %f, %e : <i64>"


def test_a_barrier_made_in_a_loop_is_found():
    ((severity, message),) = found("barrier-in-loop", FLAGS + FOR.format(trips=2, body=MAKE))
    assert severity == "warning"
    assert message == "each iteration makes another barrier, which orders nothing between iterations"


def test_a_wait_for_one_total_in_a_loop_is_found():
    ((_, message),) = found("barrier-in-loop", FLAGS + MAKE + FOR.format(trips=2, body=WAIT))
    assert message == "this waits for the same number of arrivals in each iteration: only the first one waits"


def test_a_barrier_of_the_grid_in_a_loop_is_found():
    made = "%bar = xsmt.global_mbarrier_init %f : i64\n"
    wait = WAIT.replace("<i64>", "i64")
    ((severity, message),) = found("barrier-in-loop", FLAGS + made + FOR.format(trips=2, body=wait))
    assert (severity, message) == ("warning", "spine-triton refuses a barrier of the whole grid in a loop")


def test_negative_a_wait_in_a_parallel_loop_is_silent():
    body = FLAGS + MAKE + FOR.format(trips=2, body=WAIT) + " {bind_sub_block = true}"
    assert not found("barrier-in-loop", body)


def test_a_wait_for_the_next_phase_is_only_a_note():
    wait = WAIT.replace("%e", "%f")
    assert [
        severity for severity, _ in found("barrier-in-loop", FLAGS + MAKE + FOR.format(trips=2, body=wait))
    ] == ["note"]


def test_a_wait_for_the_iterations_total_is_only_a_note():
    wait = f"%v = arith.trunci %i : i32 to i16\n{WAIT.replace('%e', '%v')}"
    assert [
        severity for severity, _ in found("barrier-in-loop", FLAGS + MAKE + FOR.format(trips=2, body=wait))
    ] == ["note"]


def test_negative_a_barrier_outside_of_loops_is_silent():
    assert not found("barrier-in-loop", FLAGS + MAKE + WAIT)


# boundary-check


def block(offset: str = "%zero", size: str = "%m", check: str = "", access: str = "") -> str:
    """A load of a 64x64 block at ``[offset, 0]`` of a matrix of ``size`` rows and 64 columns."""
    load = f"%v = tt.load %q{check} : !tt.ptr<tensor<64x64xf32>>"
    return f"""%one = arith.constant 1 : i64
  %c64 = arith.constant 64 : i64
  %c100 = arith.constant 100 : i64
  %far = arith.constant 37 : i32
  %near = arith.constant 36 : i32
  %minus = arith.constant -1 : i32
  %m = arith.extsi %n : i32 to i64
  %q = tt.make_tensor_ptr %p, [{size}, %c64], [%c64, %one], [{offset}, %zero32]
    {{order = array<i32: 1, 0>}} : <tensor<64x64xf32>>
  {access or load}"""


ZERO = "%zero32 = arith.constant 0 : i32\n"


@pytest.mark.parametrize(
    ("offset", "where"),
    [("%far", "elements 37 to 100 of 100"), ("%minus", "elements from -1 on")],
)
def test_a_block_that_certainly_sticks_out_is_an_error(offset, where):
    ((severity, message),) = found("boundary-check", ZERO + block(offset, "%c100"))
    assert (severity, message) == (
        "error",
        f"dimension 0 of this block is certainly outside of its tensor: {where}",
    )


def test_a_store_that_certainly_sticks_out_is_an_error_too():
    store = "tt.store %q, %x : !tt.ptr<tensor<64x64xf32>>"
    assert [
        severity for severity, _ in found("boundary-check", ZERO + block("%far", "%c100", access=store))
    ] == ["error"]


def test_the_last_block_of_a_loop_certainly_sticks_out():
    body = f"%c64i = arith.constant 64 : i32\n%row = arith.muli %i, %c64i : i32\n{block('%row', '%c100')}"
    ((_, message),) = found("boundary-check", ZERO + FOR.format(trips=2, body=body))
    assert message.endswith("elements 64 to 127 of 100 at the end of the loop")


def test_a_pointer_advanced_by_a_loop_certainly_sticks_out():
    pointer = "!tt.ptr<tensor<64x64xf32>>"
    body = f"""{block("%zero32", "%c100", access="")}
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %c64i = arith.constant 64 : i32
  %last = scf.for %i = %c0 to %c2 step %c1 iter_args(%at = %q) -> ({pointer}) : i32 {{
    %w = tt.load %at : {pointer}
    %next = tt.advance %at, [%c64i, %c0] : <tensor<64x64xf32>>
    scf.yield %next : {pointer}
  }}"""
    ((severity, message),) = found("boundary-check", ZERO + body)
    assert severity == "error"
    assert message.endswith("elements 64 to 127 of 100 at the end of the loop")


@pytest.mark.parametrize(
    "body",
    [
        block("%near", "%c100"),
        block("%far", "%c100", " {boundaryCheck = array<i32: 0>}"),
        block("%far", "%m"),
        f"%pid = tt.get_program_id x : i32\n{block('%pid', '%c100')}",
        f"%sum = arith.subi %n, %n : i32\n{block('%sum', '%c100')}",
    ],
    ids=["inside", "checked", "run-time size", "program id", "unknown"],
)
def test_negative_what_is_not_certain_is_silent(body):
    assert not found("boundary-check", ZERO + body)


CHECKED_STORE = """
  %o = tt.make_tensor_ptr %p, [%m, %c64], [%c64, %one], [%zero32, %zero32]
    {order = array<i32: 1, 0>} : <tensor<64x64xf32>>
  tt.store %o, %x {boundaryCheck = array<i32: 0>} : !tt.ptr<tensor<64x64xf32>>"""


def test_a_load_that_does_not_check_what_a_store_checks_is_a_warning():
    (one,) = lint("boundary-check", ZERO + block("%zero", "%m") + CHECKED_STORE)
    assert one.severity == "warning"
    assert one.message.startswith("dimension 0 of this load is not checked, but a store checks")
    assert [note.message for note in one.notes] == ["this store is checked"]


def test_negative_a_load_that_checks_what_the_store_checks_is_silent():
    body = ZERO + block("%zero", "%m", " {boundaryCheck = array<i32: 0>}") + CHECKED_STORE
    assert not found("boundary-check", body)
    other = ZERO + block("%zero", "%other") + CHECKED_STORE
    assert not found("boundary-check", other, arguments=", %other: i64")


MASKED = """%r = tt.make_range {{end = 64 : i32, start = 0 : i32}} : tensor<64xi32>
  %s = tt.splat %p : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %a = tt.addptr %s, %r : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %l = tt.splat %n : i32 -> tensor<64xi32>
  %ok = arith.cmpi slt, %r, %l : tensor<64xi32>
  %v = tt.load %a{mask} : tensor<64x!tt.ptr<f32>>
  tt.store %a, %v, %ok : tensor<64x!tt.ptr<f32>>"""


def test_a_load_without_the_mask_of_the_store_at_its_offsets_is_a_warning():
    ((severity, message),) = found("boundary-check", MASKED.format(mask=""))
    assert (severity, message) == (
        "warning",
        "this load has no mask, but a store at the same offsets has one",
    )


def test_negative_a_masked_load_is_silent():
    assert not found("boundary-check", MASKED.format(mask=", %ok"))


# The table of rules.


def test_every_rule_has_a_positive_and_a_negative_test():
    text = Path(__file__).read_text()
    for name in all_rules():
        assert f"# {name}\n" in text
        section = text.split(f"# {name}\n")[1].split("\n# ")[0]
        assert re.search(r"\ndef test_(?!negative_)", section)
        assert re.search(r"\ndef test_negative_", section)


def test_a_second_rule_of_one_id_is_refused():
    with pytest.raises(ValueError, match="two lint rules are called ambiguous-b"):
        rule("ambiguous-b", "note")(lambda subject: iter(()))


def test_a_rule_without_documentation_or_with_an_unknown_severity_is_refused():
    def check(subject: object):
        return iter(())

    with pytest.raises(ValueError, match="a rule needs a docstring"):
        rule("undocumented", "note")(check)
    check.__doc__ = "Documented."
    with pytest.raises(ValueError, match="severity must be one of error, warning, note, got 'fatal'"):
        rule("fatal", "fatal")(check)


def test_rules_do_not_change_the_module():
    text = f"tt.func @k(%x: tensor<64x64xf32>, %zero: i32) {{\n{A}\n{B}\n{DOT}\ntt.return\n}}\n"
    module = smtir.parse(text)
    before = str(module)
    lint_module(module, get_target("k1"), select_rules())
    assert str(module) == before
