"""Turn linalg operations on buffers, copies, and packs into loops of vectors in their final form.

Each operation is tiled and vectorized in one step (see smtir.rewrite.contraction_loops,
vector_loops and pack_loops): matrix products around a block of accumulators in registers,
everything else along its most contiguous dimension; edges are masked.  A condition that holds up to
some lane (smtir.rewrite.lane_bounds) is not looked at in the vectors before it.  What has no vector form
becomes scalar loops, by upstream's ``convert-linalg-to-loops`` where this pass cannot read its maps.

Before::

    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) { ^bb0(%a: f32, %b: f32):
      %m = arith.mulf %a, %a : f32
      linalg.yield %m : f32 }

After::

    scf.for %i = %c0 to %c64 step %c32 {
      %v = vector.load %x[%i] : memref<64xf32>, vector<32xf32>
      %m = arith.mulf %v, %v : vector<32xf32>
      vector.store %m, %y[%i] : memref<64xf32>, vector<32xf32>
    }
"""

from __future__ import annotations

from smtir.mlir import ir, passmanager
from smtir.rewrite.collapsed import merge_dimensions
from smtir.rewrite.contraction_loops import emit_contraction, match_contraction
from smtir.rewrite.dead_code import erase_dead
from smtir.rewrite.emitter import Emitter, machine_of
from smtir.rewrite.line_scans import LineScanLoops, match_line_scan
from smtir.rewrite.lowering import record_miss
from smtir.rewrite.pack_loops import TileLayout, TileLoops
from smtir.rewrite.passes import define_pass
from smtir.rewrite.structured import Structured, why_not_structured
from smtir.rewrite.transposes import emit_transposed_copy, emit_transposition, match_transposition
from smtir.rewrite.values import functions_of, operations_below
from smtir.rewrite.vector_loops import emit_copy, emit_vector_loops
from smtir.rewrite.view import View

PASS = "vectorize-linalg"


@define_pass
def run(module: ir.Module) -> None:
    """Emit the loops of every linalg operation, pack and copy on buffers."""
    machine = machine_of(module)
    left = False
    for function in functions_of(module):
        emitter = Emitter(function, machine)
        for loop in operations_below(function, ("scf.for",)):
            _emit_scan(emitter, loop)
        for op in operations_below(function):
            if op.name in ("smtir.pack", "smtir.unpack"):
                _emit_tiles(emitter, op)
            elif op.name == "memref.copy":
                _emit_copy(emitter, op)
            elif op.name.startswith("linalg.") and len(op.regions) and len(op.results) == 0:
                left |= not _emit_linalg(emitter, op)
        if emitter.took_for_granted:
            erase_dead(function)
    if left:
        passmanager.PassManager.parse("builtin.module(func.func(convert-linalg-to-loops))").run(
            module.operation
        )


def _emit_scan(emitter: Emitter, loop: ir.Operation) -> None:
    """Take the elements of a marked loop in vectors, if it still is the scan that it was made as."""
    scan = match_line_scan(loop)
    if scan is None:
        return
    with ir.InsertionPoint(loop), loop.location:
        loops = LineScanLoops(emitter, scan)
        if not loops.can_be_emitted():
            return
        loops.emit()
    for old, new in zip(loop.results, scan.results, strict=True):
        old.replace_all_uses_with(new)
    loop.erase()


def _emit_tiles(emitter: Emitter, op: ir.Operation) -> None:
    with ir.InsertionPoint(op), op.location:
        source, target = View(emitter, op.operands[0]), View(emitter, op.operands[1])
        if op.name == "smtir.pack":
            padding = op.operands[2] if len(op.operands) > 2 else None
            TileLoops(emitter, source, target, TileLayout.of(op, source.type.rank)).pack(padding)
        else:
            TileLoops(emitter, target, source, TileLayout.of(op, target.type.rank)).unpack()
    op.erase()


def _emit_copy(emitter: Emitter, op: ir.Operation) -> None:
    if not all(isinstance(value.type, ir.MemRefType) for value in op.operands):
        return
    with ir.InsertionPoint(op), op.location:
        if not emit_transposed_copy(emitter, op.operands[0], op.operands[1]):
            emit_copy(emitter, op.operands[0], op.operands[1])
    op.erase()


def _emit_linalg(emitter: Emitter, op: ir.Operation) -> bool:
    """Replace ``op`` by its loops; False if it has no form that this pass knows."""
    reason = why_not_structured(op)
    if reason:
        record_miss(PASS, "vectorize", op, reason)
        return False
    with ir.InsertionPoint(op), op.location:
        structured = Structured(emitter, op)
        contraction = match_contraction(structured)
        transposition = match_transposition(emitter, structured)
        if contraction is not None:
            emit_contraction(emitter, contraction)
        elif transposition is not None:
            emit_transposition(emitter, transposition)
        else:
            merge_dimensions(emitter, structured)
            emit_vector_loops(emitter, structured)
    op.erase()
    return True
