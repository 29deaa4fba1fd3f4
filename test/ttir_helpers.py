"""Emitting TTIR of test kernels and asking about its data flow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smtir.frontend import emit_ttir
from smtir.mlir import ir

SIGNATURE = {"a_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32", "scale": "fp32"}


def emit(fn: Any, smt_api: Any = "auto", **constexprs: Any) -> ir.Module:
    """TTIR of a kernel whose run-time parameters are a subset of SIGNATURE."""
    given = [name for name in fn.arg_names if name in SIGNATURE and name not in constexprs]
    signature = {name: SIGNATURE[name] for name in given}
    return emit_ttir(fn, signature, constexprs, smt_api=smt_api)


def walk(root: ir.Module | ir.Operation) -> Iterator[ir.Operation]:
    """The operations below ``root``, outer ones first."""
    found: list[ir.Operation] = []

    def collect(op: ir.Operation) -> ir.WalkResult:
        found.append(op)
        return ir.WalkResult.ADVANCE

    (root.operation if isinstance(root, ir.Module) else root).walk(collect, ir.WalkOrder.PRE_ORDER)
    return iter(found)


def ops(root: ir.Module | ir.Operation, name: str) -> list[ir.Operation]:
    """The operations called ``name``."""
    return [op for op in walk(root) if op.name == name]


def one(root: ir.Module | ir.Operation, name: str) -> ir.Operation:
    """The only operation called ``name``."""
    (found,) = ops(root, name)
    return found


def sources(value: ir.Value) -> list[ir.Operation]:
    """Every operation that ``value`` is computed from, through loops and branches."""
    seen: set[ir.Value] = set()
    found: list[ir.Operation] = []
    todo = [value]
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        if isinstance(current, ir.BlockArgument):
            loop = current.owner.owner.operation
            if loop.name == "scf.for" and current.arg_number > 0:
                todo.append(loop.operands[2 + current.arg_number])
                todo.append(yielded(loop)[current.arg_number - 1])
            continue
        op = current.owner.operation
        found.append(op)
        if op.name in ("scf.for", "scf.if", "scf.while"):
            number = current.result_number
            for region in op.regions:
                for block in region.blocks:
                    todo.append(list(list(block)[-1].operation.operands)[number - len(op.results)])
            if op.name == "scf.for":
                todo.append(op.operands[3 + number])
        else:
            todo.extend(op.operands)
    return found


def yielded(loop: ir.Operation) -> list[ir.Value]:
    """The operands of the loop's scf.yield."""
    return list(list(loop.regions[0].blocks[0])[-1].operation.operands)


def stored(module: ir.Module) -> ir.Value:
    """The value of the only store."""
    return one(module, "tt.store").operands[1]


def line_with(fn: Any, marker: str) -> int:
    """Number of the line of ``fn``'s source that contains ``marker``."""
    lines = fn.raw_src
    (index,) = [index for index, line in enumerate(lines) if marker in line]
    return int(fn.starting_line_number) + index


def column_of(fn: Any, marker: str, text: str) -> int:
    """Column, from 1, of ``text`` in the line of ``fn``'s source that contains ``marker``."""
    (line,) = [line for line in fn.raw_src if marker in line]
    return int(line.index(text)) + 1
