"""The rule ``hoistable-pack``."""

from __future__ import annotations

from collections.abc import Iterator

from smtir.asm import typetext
from smtir.errors import Note
from smtir.inspect.lint.loops import LOADS, LOOPS, is_invariant, trip_count, writes_memory
from smtir.inspect.lint.model import WARNING, Finding, Subject, at
from smtir.inspect.lint.registry import rule
from smtir.mlir import source_location
from smtir.rewrite.dataflow import constant_text

_PACKS = (
    "xsmt.pack",
    "xsmt.repack",
    "xsmt.descriptor_load",
    "xsmt.descriptor_load_view",
    "tt.load",  # through a packed view of a buffer
)
_PACKED_RANK = 4


@rule("hoistable-pack", WARNING)
def hoistable_pack(subject: Subject) -> Iterator[Finding]:
    """The innermost loop packs the same values again in each iteration.

    Packing copies every element. A view whose base and offsets do not change in the loop around it
    can be made once before that loop; a packed operand may be used by any number of products.

    ```python
    for s in smt.parallel(0, 2):
        k_packed = smt.view(k, (0, 0), (64, 64), (8, 16))  # k, (0, 0): the same for every s
        ...
    ```

    A view that also loads (`smt.descriptor_load` of the first smt API, a load through a packed view
    of a buffer) is reported only where nothing in the loop writes memory.
    """
    for op in subject.named(*_PACKS):
        if op.name == "tt.load" and len(typetext.shape(str(op.results[0].type))) != _PACKED_RANK:
            continue
        parent = op.parent
        loop = parent.operation if parent is not None else None
        if loop is None or loop.name not in LOOPS or trip_count(loop) in (0, 1):
            continue
        if constant_text(op.operands[0]) or not all(is_invariant(value, loop) for value in op.operands):
            continue
        if op.name in LOADS and writes_memory(loop):
            continue
        place = source_location(loop.location)
        yield at(
            op,
            "this packs the same values in each iteration of the loop around it",
            "move it, and what it is made from, before the loop",
            notes=(Note("the loop is here", place),) if place else (),
        )
