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

A kernel is a public function with a body and without results whose last six parameters are i32:
the sizes of the grid and the program's place in it.
"""

from __future__ import annotations

from smtir.mlir import ir, source_location
from smtir.rewrite.lowering import record_miss
from smtir.rewrite.passes import define_pass

SUFFIX = "__grid"
_PLACE_PARAMETERS = 6


@define_pass
def run(module: ir.Module) -> None:
    """Add ``NAME__grid`` for each kernel that has none yet."""
    functions = [op for op in module.body.operations if op.operation.name == "llvm.func"]
    names = {_name(function) for function in functions}
    for function in functions:
        name = _name(function)
        if name.endswith(SUFFIX) or name + SUFFIX in names:
            continue
        reason = _why_no_kernel(function)
        if reason:
            record_miss("add-grid-entry", "grid-entry", function, reason)
            continue
        _append_entry(module, name, _parameters(function)[:-_PLACE_PARAMETERS], function.operation.location)


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


def _append_entry(module: ir.Module, kernel: str, own: list[str], location: ir.Location) -> None:
    """Write the loop as text: it has one shape, and text shows it whole."""
    arguments = [f"%a{index}" for index in range(len(own))]
    declared = [f"{value}: {kind}" for value, kind in zip(arguments, own, strict=True)]
    declared += ["%gx: i32", "%gy: i32", "%gz: i32", "%first: i64", "%last: i64"]
    passed = [*arguments, "%gx", "%gy", "%gz", "%px", "%py", "%pz"]
    types = [*own, *["i32"] * _PLACE_PARAMETERS]
    text = f"""
    llvm.func @"{kernel}"({", ".join(types)})
    llvm.func @"{kernel}{SUFFIX}"({", ".join(declared)}) {{
      %one = llvm.mlir.constant(1 : i64) : i64
      %nx = llvm.zext %gx : i32 to i64
      %ny = llvm.zext %gy : i32 to i64
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
      %pz = llvm.trunc %z : i64 to i32
      llvm.call @"{kernel}"({", ".join(passed)}) : ({", ".join(types)}) -> ()
      %next = llvm.add %id, %one : i64
      llvm.br ^head(%next : i64)
    ^end:
      llvm.return
    }}"""
    written = ir.Module.parse(text, module.context)
    entry = written.body.operations[1].operation
    place = _plain_location(location, module.context)

    def locate(op: ir.Operation) -> ir.WalkResult:
        op.operation.location = place
        for block in op.operation.regions[0].blocks if op.operation.regions else ():
            for argument in block.arguments:
                argument.set_location(place)
        return ir.WalkResult.ADVANCE

    entry.walk(locate, ir.WalkOrder.PRE_ORDER)
    module.body.append(entry)  # leaves ``written``, which must live until here


def _plain_location(location: ir.Location, context: ir.Context) -> ir.Location:
    """The kernel's place without its debug scope, which may not be used in another function."""
    place = source_location(location)
    if place is None or not place.file:
        return ir.Location.unknown(context)
    return ir.Location.file(place.file, place.line, place.column, context)
