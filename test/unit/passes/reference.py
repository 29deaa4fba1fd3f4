"""The plainest lowering of the linalg stage, to run what the first passes produce.

Upstream passes only, loops instead of vectors: slow and independent of smtir's own later passes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from smtir.mlir import arith, context, ir, linalg, passmanager, scf, tensor
from smtir.mlir import llvm as llvm_dialect
from smtir.rewrite import builders, index
from smtir.rewrite.lowering import replace_op
from smtir.rewrite.values import element_of, shape_of

_FUSE = "builtin.module(func.func(linalg-fuse-elementwise-ops))"
_TO_BUFFERS = (
    "one-shot-bufferize{bufferize-function-boundaries=1 allow-return-allocs-from-loops=1},canonicalize"
)
_TO_LLVM = ",".join(
    [
        "func.func(linalg-generalize-named-ops,scf-forall-to-for)",
        "convert-linalg-to-loops",
        "expand-strided-metadata",
        "lower-affine",
        "convert-scf-to-cf",
        "convert-math-to-llvm",
        "convert-math-to-libm",
        "convert-func-to-llvm{use-bare-ptr-memref-call-conv=1}",
        "convert-to-llvm",
        "reconcile-unrealized-casts",
    ]
)


def _copies_as_linalg(module: ir.Module) -> None:
    """``memref.copy`` would call MLIR's own runtime library; ``linalg.copy`` becomes a loop."""
    for op in _collect(module, "memref.copy"):
        with ir.InsertionPoint(op), op.location:
            linalg.copy(op.operands[0], outs=[op.operands[1]])
        op.operation.erase()


def _collect(module: ir.Module, *names: str) -> list[Any]:
    found: list[Any] = []

    def visit(op: ir.Operation) -> ir.WalkResult:
        if op.operation.name in names:
            found.append(op.operation.opview)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


def _packed_element(op: Any, position: list[ir.Value]) -> ir.Value:
    """The element of ``linalg.pack`` at ``position``, padding where the source ends."""
    order = list(op.outer_dims_perm) or [0, 1]
    at = [position[order.index(0)], position[order.index(1)]]
    for number, (dim, tile) in enumerate(zip(op.inner_dims_pos, op.static_inner_tiles, strict=True)):
        at[dim] = index.materialize(index.add(index.mul(at[dim], tile), position[2 + number]))
    if op.padding_value is None:
        return tensor.extract(op.source, at)
    sizes = [index.materialize(builders.dim(op.source, dim)) for dim in range(2)]
    inside = [arith.cmpi(arith.CmpIPredicate.slt, *pair) for pair in zip(at, sizes, strict=True)]
    guarded = scf.IfOp(arith.andi(*inside), [op.padding_value.type], has_else=True)
    with ir.InsertionPoint(guarded.then_block):
        scf.YieldOp([tensor.extract(op.source, at)])
    with ir.InsertionPoint(guarded.else_block):
        scf.YieldOp([op.padding_value])
    return guarded.results[0]


def _unpacked_element(op: Any, position: list[ir.Value]) -> ir.Value:
    """The element of ``linalg.unpack`` at ``position``."""
    order = list(op.outer_dims_perm) or [0, 1]
    at: list[Any] = [None] * 4
    for number, (dim, tile) in enumerate(zip(op.inner_dims_pos, op.static_inner_tiles, strict=True)):
        size = index.materialize(tile)
        at[order.index(dim)] = arith.divsi(position[dim], size)
        at[2 + number] = arith.remsi(position[dim], size)
    return tensor.extract(op.source, at)


def _packs_by_definition(module: ir.Module) -> None:
    """``linalg.pack`` and ``unpack`` as what they mean: an element for an element."""
    for op in _collect(module, "linalg.pack", "linalg.unpack"):
        element = _packed_element if op.operation.name == "linalg.pack" else _unpacked_element
        shape = shape_of(op.result)
        identity = ir.AffineMap.get_identity(len(shape))

        def body(_: ir.Value, op: Any = op, element: Any = element, shape: Any = shape) -> ir.Value:
            return element(op, [linalg.IndexOp(axis).result for axis in range(len(shape))])

        with ir.InsertionPoint(op), op.location:
            made = builders.generic([], [builders.empty(shape, element_of(op.result))], [identity], body)
            replace_op(op, [made])


def run_linalg(module: ir.Module, name: str, args: Sequence[Any], grid: Sequence[int] = (1, 1, 1)) -> None:
    """Run kernel ``name`` for every program of ``grid``, arrays in place."""
    clone = ir.Module.parse(str(module), context=context())
    with context(), ir.Location.unknown():
        # Masks are fused away: MLIR cannot store an i1 to memory.
        passmanager.PassManager.parse(_FUSE).run(clone.operation)
        _packs_by_definition(clone)
        passmanager.PassManager.parse(f"builtin.module({_TO_BUFFERS})").run(clone.operation)
        _copies_as_linalg(clone)
        passmanager.PassManager.parse(f"builtin.module({_TO_LLVM})").run(clone.operation)
        text = str(llvm_dialect.translate_module_to_llvmir(clone.operation))
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    parsed = llvm.parse_assembly(text)
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten()
    )
    engine = llvm.create_mcjit_compiler(parsed, machine)
    engine.finalize_object()
    types: list[Any] = []
    values: list[Any] = []
    for arg in args:
        if isinstance(arg, np.ndarray):
            types.append(ctypes.c_void_p)
            values.append(arg.ctypes.data)
        elif isinstance(arg, float | np.floating):
            types.append(ctypes.c_float)
            values.append(float(arg))
        else:
            types.append(ctypes.c_int64 if isinstance(arg, np.int64) else ctypes.c_int32)
            values.append(int(arg))
    function = ctypes.CFUNCTYPE(None, *types, *[ctypes.c_int32] * 6)(engine.get_function_address(name))
    padded = [*grid, *[1] * (3 - len(grid))]
    for z in range(padded[2]):
        for y in range(padded[1]):
            for x in range(padded[0]):
                function(*values, *padded, x, y, z)
