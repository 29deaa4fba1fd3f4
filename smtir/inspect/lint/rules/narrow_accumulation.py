"""The rule ``narrow-accumulation``."""

from __future__ import annotations

from collections.abc import Iterator

from smtir.asm import typetext
from smtir.inspect.lint.loops import loop_around
from smtir.inspect.lint.model import WARNING, Finding, Subject, at
from smtir.inspect.lint.registry import rule
from smtir.mlir import ir
from smtir.rewrite.dataflow import computed_from

_NARROW = {"f16": "2**-11", "bf16": "2**-8"}
_ADDEND = {"xsmt.mmt4d": 2, "tt.dot": 2}
_SUMS = (*_ADDEND, "arith.addf")
_FIX = "accumulate in f32 (tl.zeros(..., tl.float32), smt.dot(..., out_dtype=tl.float32)); convert at the end"


@rule("narrow-accumulation", WARNING)
def narrow_accumulation(subject: Subject) -> Iterator[Finding]:
    """Sums are repeatedly rounded to f16 or bf16.

    Each addition in f16 rounds to 11 significant bits (bf16: 8), and f16 overflows at 65504; over
    a loop the errors add up. The type of the accumulator decides: `smt.dot(a, b, c)` has the type
    of `c`, and without `c` that of `a`. One product alone is computed in f32 and rounded once.

    ```python
    acc = tl.zeros((64, 64), dtype=tl.float16)
    for k in range(n):
        acc += tl.dot(a, b, out_dtype=tl.float16)
    ```

    The fix is an accumulator in f32, converted once after the loop. The rule sees sums carried by a
    loop, products added onto each other, and `tl.sum` of narrow elements.
    """
    for op in subject.named(*_SUMS):
        element = typetext.element(str(op.results[0].type))
        if element not in _NARROW or not isinstance(op.results[0].type, ir.RankedTensorType):
            continue
        addends = _addends(op)
        made_of = computed_from(*addends)
        in_loop = loop_around(op) is not None and op in made_of
        if in_loop or (op.name in _ADDEND and any(_is_narrow_product(one) for one in made_of)):
            what = "each iteration rounds" if in_loop else "this adds onto another product, rounded"
            yield at(op, f"{what} the sum to {element} (relative error {_NARROW[element]} a step)", _FIX)
    for op in subject.named("tt.reduce"):
        yield from _narrow_reduction(op)


def _addends(op: ir.Operation) -> list[ir.Value]:
    """What the sum is added onto: both sides of an addition, the third operand of a product."""
    place = _ADDEND.get(op.name)
    operands = list(op.operands)
    return operands if place is None else operands[place : place + 1]


def _is_narrow_product(op: ir.Operation) -> bool:
    return op.name in _ADDEND and typetext.element(str(op.results[0].type)) in _NARROW


def _narrow_reduction(op: ir.Operation) -> Iterator[Finding]:
    """``tl.sum`` of narrow elements."""
    element = typetext.element(str(op.operands[0].type))
    body = op.regions[0].blocks[0].operations
    if element in _NARROW and any(inner.operation.name == "arith.addf" for inner in body):
        yield at(
            op,
            f"each step of this sum rounds to {element} (relative error {_NARROW[element]} a step)",
            "convert first: tl.sum(x.to(tl.float32), axis)",
        )
