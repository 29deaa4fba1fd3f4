"""Small kernels in the LLVM dialect, for tests of what comes after the compiler."""

from __future__ import annotations

from collections.abc import Mapping

from smtir.mlir import context, ir, llvm
from smtir.rewrite.passes import parse_pipeline
from smtir.runtime import KernelImage
from smtir.targets import get_target

_PLACE = "%gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32"
_DEBUG_LINES = "ensure-debug-info-scope-on-llvm-func{emission-kind=LineTablesOnly}"


def elementwise(name: str, source: str, result: str, body: str) -> str:
    """``out[i] = body(x[i], y[i])`` for 8 elements a program, up to n; LLVM types, ``%x %y -> %r``."""
    return f"""
llvm.func @{name}(%xs: !llvm.ptr, %ys: !llvm.ptr, %out: !llvm.ptr, %n: i32, {_PLACE}) {{
  %zero = llvm.mlir.constant(0 : i32) : i32
  %one = llvm.mlir.constant(1 : i32) : i32
  %block = llvm.mlir.constant(8 : i32) : i32
  %base = llvm.mul %px, %block : i32 loc("kernel.py":3:5)
  %end = llvm.add %base, %block : i32
  %stop = llvm.intr.smin(%end, %n) : (i32, i32) -> i32
  llvm.br ^head(%base : i32)
^head(%i: i32):
  %more = llvm.icmp "slt" %i, %stop : i32
  llvm.cond_br %more, ^body, ^end
^body:
  %xp = llvm.getelementptr %xs[%i] : (!llvm.ptr, i32) -> !llvm.ptr, {source}
  %yp = llvm.getelementptr %ys[%i] : (!llvm.ptr, i32) -> !llvm.ptr, {source}
  %op = llvm.getelementptr %out[%i] : (!llvm.ptr, i32) -> !llvm.ptr, {result}
  %x = llvm.load %xp : !llvm.ptr -> {source} loc("kernel.py":4:9)
  %y = llvm.load %yp : !llvm.ptr -> {source}
  {body}
  llvm.store %r, %op : {result}, !llvm.ptr loc("kernel.py":6:9)
  %next = llvm.add %i, %one : i32
  llvm.br ^head(%next : i32)
^end:
  llvm.return
}} loc("kernel.py":1:1)
"""


def add(kind: str) -> str:
    """Vector addition of elements of the LLVM type ``kind``."""
    op = "add" if kind.startswith("i") else "fadd"
    return elementwise("add", kind, kind, f'%r = llvm.{op} %x, %y : {kind} loc("kernel.py":5:9)')


def simple(name: str, body: str, parameters: str = "") -> str:
    """A kernel of straight code; ``parameters`` ends in a comma unless it is empty."""
    return f"llvm.func @{name}({parameters} {_PLACE}) {{ {body}\n llvm.return }}"


NULL_STORE = simple(
    "null_store",
    "%p = llvm.mlir.zero : !llvm.ptr  %v = llvm.mlir.constant(1 : i32) : i32\n"
    "llvm.store volatile %v, %p : i32, !llvm.ptr",
)
TRAP = simple("trap", '"llvm.intr.trap"() : () -> ()')
FOREVER = f"""llvm.func @forever({_PLACE}) {{
  %p = llvm.mlir.constant(1 : i64) : i64
  %a = llvm.alloca %p x i32 : (i64) -> !llvm.ptr
  llvm.br ^loop
^loop:
  %v = llvm.load volatile %a : !llvm.ptr -> i32
  llvm.br ^loop
}}"""
MEET = f"""llvm.func @meet(%count: !llvm.ptr, {_PLACE}) {{
  %one = llvm.mlir.constant(1 : i32) : i32
  %old = llvm.atomicrmw add %count, %one seq_cst : !llvm.ptr, i32
  llvm.br ^wait
^wait:
  %seen = llvm.load volatile %count : !llvm.ptr -> i32
  %less = llvm.icmp "slt" %seen, %gx : i32
  llvm.cond_br %less, ^wait, ^end
^end:
  llvm.return
}}"""
"""Each program waits until all of the grid have begun."""
PROGRAM_IDS = simple(
    "program_ids",
    """
  %r0 = llvm.mul %pz, %gy : i32
  %r1 = llvm.add %r0, %py : i32
  %r2 = llvm.mul %r1, %gx : i32
  %id = llvm.add %r2, %px : i32
  %row = llvm.getelementptr %out[%id, 0] : (!llvm.ptr, i32) -> !llvm.ptr, !llvm.array<6 x i32>
  """
    + "\n".join(
        f"%p{n} = llvm.getelementptr %row[{n}] : (!llvm.ptr) -> !llvm.ptr, i32\n"
        f"llvm.store %{value}, %p{n} : i32, !llvm.ptr"
        for n, value in enumerate(("gx", "gy", "gz", "px", "py", "pz"))
    ),
    "%out: !llvm.ptr,",
)
"""Writes the six place parameters to row ``id`` of an i32 array [programs, 6]."""


def llvm_ir(*functions: str) -> str:
    """LLVM IR of functions in the LLVM dialect, each with its entry for a grid."""
    module = ir.Module.parse("module {" + "\n".join(functions) + "}", context())
    for element in parse_pipeline(f"add-grid-entry,{_DEBUG_LINES}"):
        element.run(module)
    text: str = llvm.translate_module_to_llvmir(module.operation)
    return text


def image(function: str, signature: Mapping[str, str], target: str) -> KernelImage:
    """The only kernel that ``function`` defines, compiled for ``target``."""
    name = function.split("@", 1)[1].split("(", 1)[0]
    return KernelImage(name, signature, get_target(target), llvm_ir(function))
