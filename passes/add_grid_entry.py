"""Give each kernel a second entry that runs a range of its programs.

One call a range instead of one a program keeps the loop over programs out of Python.  Programs
are numbered as the launch order has them, x fastest: ``id = x + gx * (y + gy * z)``.

Before::

    llvm.func @add(%x: !llvm.ptr, %n: i32, %gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32)

After, in addition::

    llvm.func @add__grid(%x: !llvm.ptr, %n: i32, %gx: i32, %gy: i32, %gz: i32, %first: i64, %last: i64) {
      // for id in [first, last):
      //   add(x, n, gx, gy, gz, id % gx, id / gx % gy, id / gx / gy)
    }

Programs that wait for one another (``barriers-to-coroutines``) run at once, and are given up together.

A kernel is a public function with a body and without results whose last six parameters are i32:
the sizes of the grid and the program's place in it.
"""

from __future__ import annotations

from typing import NamedTuple

from smtir.mlir import ir
from smtir.rewrite.coroutines import PROGRAM_SUFFIX, TASK_WORDS, Runtime, declarations
from smtir.rewrite.llvm_blocks import parse_function
from smtir.rewrite.lowering import record_miss
from smtir.rewrite.passes import define_pass

SUFFIX = "__grid"
_PLACE_PARAMETERS = 6


@define_pass
def run(module: ir.Module) -> None:
    """Add ``NAME__grid`` for each kernel that has none yet."""
    functions = [op for op in module.body.operations if op.operation.name == "llvm.func"]
    names = {_name(function) for function in functions}
    runtime = Runtime(module)
    for function in functions:
        name = _name(function)
        if name.endswith(SUFFIX) or name + SUFFIX in names:
            continue
        reason = _why_no_kernel(function)
        if reason:
            record_miss("add-grid-entry", "grid-entry", function, reason)
            continue
        shape = _ONE_CALL if name + PROGRAM_SUFFIX in names else _PLAIN
        text = _entry(name, _parameters(function)[:-_PLACE_PARAMETERS], shape)
        parse_function(text, name + SUFFIX, function.operation.location, module)
        runtime.declare(*shape.calls)


def _name(function: ir.OpView) -> str:
    return ir.StringAttr(function.operation.attributes["sym_name"]).value


def _parameters(function: ir.OpView) -> list[str]:
    return [str(argument.type) for argument in function.operation.regions[0].blocks[0].arguments]


def _why_no_kernel(function: ir.OpView) -> str:
    """Why ``function`` is no kernel, or an empty string."""
    attributes = function.operation.attributes
    if not function.operation.regions[0].blocks:
        return "a function without a body is no kernel"
    if "#llvm.linkage<external>" not in str(attributes.get("linkage", "")):
        return "a function that is not public is no kernel"
    if not str(ir.TypeAttr(attributes["function_type"]).value).startswith("!llvm.func<void ("):
        return "a kernel has no result"
    parameters = _parameters(function)
    if parameters[-_PLACE_PARAMETERS:] != ["i32"] * _PLACE_PARAMETERS:
        return f"the last six parameters of a kernel are i32, got ({', '.join(parameters)})"
    return ""


class _Shape(NamedTuple):
    """How a range is run: what comes before the loop over its programs, and what is done with each."""

    begin: str
    program: str
    calls: tuple[str, ...] = ()


_PLAIN = _Shape(
    "",
    """
      llvm.call @"{kernel}"({passed}) : ({types}) -> ()
      llvm.br ^next
    ^end:
      llvm.return""",
)
_ONE_CALL = _Shape(
    """
      %true = llvm.mlir.constant(true) : i1
      %words = llvm.mlir.constant({words} : i32) : i32
      %task = llvm.alloca %words x i64 : (i32) -> !llvm.ptr
      llvm.call @smtir_program_begin(%task) : (!llvm.ptr) -> ()
      %loop = llvm.call @smtir_grid_begin(%task) : (!llvm.ptr) -> i64""",
    """
      %program = llvm.call @"{kernel}{program}"(%loop, {passed}) : (i64, {types}) -> !llvm.ptr
      llvm.call @smtir_task_started(%loop) : (i64) -> ()
      llvm.br ^next
    ^end:
      %ended = llvm.call @smtir_loop_end(%loop) : (i64) -> i1
      llvm.cond_br %ended, ^done, ^stuck
    ^stuck:
      llvm.call @smtir_program_stuck(%task, %first, %true, %gx, %gy) : (!llvm.ptr, i64, i1, i32, i32) -> ()
      llvm.return
    ^done:
      llvm.call @smtir_program_end(%task) : (!llvm.ptr) -> ()
      llvm.return""",
    (
        *("smtir_program_begin", "smtir_grid_begin", "smtir_task_started"),
        *("smtir_loop_end", "smtir_program_stuck", "smtir_program_end"),
    ),
)


def _entry(kernel: str, own: list[str], shape: _Shape) -> str:
    """The loop as text, with what it calls: it has few shapes, and text shows them whole."""
    arguments = [f"%a{index}" for index in range(len(own))]
    declared = [f"{value}: {kind}" for value, kind in zip(arguments, own, strict=True)]
    declared += ["%gx: i32", "%gy: i32", "%gz: i32", "%first: i64", "%last: i64"]
    passed = ", ".join([*arguments, "%gx", "%gy", "%gz", "%px", "%py", "%pz"])
    types = ", ".join([*own, *["i32"] * _PLACE_PARAMETERS])
    begin = shape.begin.format(words=TASK_WORDS)
    program = shape.program.format(kernel=kernel, program=PROGRAM_SUFFIX, passed=passed, types=types)
    return f"""
    llvm.func @"{kernel}"({types})
    llvm.func @"{kernel}{PROGRAM_SUFFIX}"(i64, {types}) -> !llvm.ptr
    llvm.func @"{kernel}{SUFFIX}"({", ".join(declared)}) {{
      %one = llvm.mlir.constant(1 : i64) : i64
      %nx = llvm.zext %gx : i32 to i64
      %ny = llvm.zext %gy : i32 to i64{begin}
      llvm.br ^head(%first : i64)
    ^head(%id: i64):
      %more = llvm.icmp "slt" %id, %last : i64
      llvm.cond_br %more, ^body, ^end
    ^body:
      %row = llvm.udiv %id, %nx : i64
      %x = llvm.urem %id, %nx : i64
      %z = llvm.udiv %row, %ny : i64
      %y = llvm.urem %row, %ny : i64
      %px = llvm.trunc %x : i64 to i32
      %py = llvm.trunc %y : i64 to i32
      %pz = llvm.trunc %z : i64 to i32{program}
    ^next:
      %following = llvm.add %id, %one : i64
      llvm.br ^head(%following : i64)
    }}
    {declarations(shape.calls)}"""
