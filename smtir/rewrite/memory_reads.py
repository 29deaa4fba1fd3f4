"""Memory read as a tensor."""

from __future__ import annotations

from smtir.mlir import ir, memref
from smtir.rewrite import builders, index
from smtir.rewrite.values import element_of
from smtir.rewrite.windows import Window


def read_window(source: ir.Value, window: Window, *, copy: bool) -> ir.Value:
    """What the memref ``source`` holds, as a tensor of the window's sizes.

    With ``copy`` it is copied at this point of the program; without, later operations read the
    memory itself.
    """
    if not copy:
        return builders.to_tensor(source)
    dynamic, shape = index.split(window.sizes)
    buffer = memref.alloc(ir.MemRefType.get(shape, element_of(source)), dynamic, [])
    memref.copy(source, buffer)
    return builders.to_tensor(buffer, writable=True)
