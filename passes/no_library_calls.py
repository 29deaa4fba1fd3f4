"""Keep LLVM from turning the loops of a kernel into calls of ``memset`` and ``memcpy``.

A block is a few KB and often strided, where the loops of vectors are faster, and code for the
bare target has no C library.

Before::

    func.func @kernel(%x: memref<f32>)

After::

    func.func @kernel(%x: memref<f32>) attributes {passthrough = ["no-builtins"]}
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import functions_of

ATTRIBUTE = "no-builtins"


@define_pass
def run(module: ir.Module) -> None:
    """Mark every function that has a body."""
    for function in functions_of(module):
        old = (
            function.attributes["passthrough"]
            if "passthrough" in function.attributes
            else ir.ArrayAttr.get([])
        )
        marked = ir.StringAttr.get(ATTRIBUTE)
        attributes = list(ir.ArrayAttr(old))
        if marked not in attributes:
            function.attributes["passthrough"] = ir.ArrayAttr.get([*attributes, marked])
