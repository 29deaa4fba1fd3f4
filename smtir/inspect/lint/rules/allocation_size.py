"""The rule ``allocation-size``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from smtir.asm import typetext
from smtir.errors import Note
from smtir.inspect.lint.loops import ancestors
from smtir.inspect.lint.model import ERROR, WARNING, Finding, Subject, at
from smtir.inspect.lint.registry import rule
from smtir.mlir import ir, source_location

_DEFAULT_STORAGE = "l2"
_POINTER_BITS = 64
_BUFFER_ELEMENT = re.compile(r"elementType=([^,>]+)")


@rule("allocation-size", ERROR)
def allocation_size(subject: Subject) -> Iterator[Finding]:
    """The buffers of `smt.alloc` need more memory than the chip has of that storage.

    K1 has 512 KB of TCM (on cluster 0) and 512 KB of L2 in each cluster. What does not fit into TCM
    cannot be placed: an error. What does not fit into L2 is a warning: it works, from main memory.
    All buffers of a kernel in one storage are counted together. Nothing is said on a chip whose
    sizes are not known.

    ```python
    scratch = smt.alloc((512, 512), type=tl.float32, storage="tcm")  # 1024 KB
    scratch = smt.alloc((256, 256), type=tl.float32, storage="tcm")  # 256 KB
    ```
    """
    for storage, limit in subject.target.storage_bytes.items():
        for allocations in _by_function(subject, storage):
            sizes = [_bytes(op) for op in allocations]
            total = sum(sizes)
            if total <= limit:
                continue
            largest = sizes.index(max(sizes))
            notes = tuple(
                Note(f"another {_kilobytes(size)} are allocated here", source_location(op.location))
                for place, (op, size) in enumerate(zip(allocations, sizes, strict=True))
                if place != largest
            )
            yield at(
                allocations[largest],
                f"the kernel allocates {_kilobytes(total)} of {storage}, {subject.target.arch_id} has "
                f"{_kilobytes(limit)}",
                "allocate smaller buffers, or use one buffer for what is not needed at the same time",
                notes=notes,
                severity="" if storage == "tcm" else WARNING,
            )


def _by_function(subject: Subject, storage: str) -> Iterator[list[ir.Operation]]:
    """The allocations in ``storage``, a list a function."""
    found: dict[ir.Operation, list[ir.Operation]] = {}
    for op in subject.named("xsmt.alloc", "xsmt.alloc_copies"):
        allocation: Any = op.opview
        if (allocation.storage or _DEFAULT_STORAGE) == storage:
            function = next(parent for parent in ancestors(op) if parent.name == "func.func")
            found.setdefault(function, []).append(op)
    yield from found.values()


def _bytes(op: ir.Operation) -> int:
    allocation: Any = op.opview
    text = str(op.results[0].type)
    buffer = _BUFFER_ELEMENT.search(text)
    element = buffer[1] if buffer else typetext.element(typetext.scalar_pointee(text) or text)
    bits = typetext.bit_width(element) or _POINTER_BITS
    return math.prod(allocation.shape) * -(-bits // 8)


def _kilobytes(size: int) -> str:
    return f"{size / 1024:.4g} KB"
