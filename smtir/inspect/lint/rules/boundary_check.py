"""The rule ``boundary-check``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smtir.asm import typetext
from smtir.errors import Note
from smtir.inspect.lint.blocks import axes, same_number
from smtir.inspect.lint.model import ERROR, WARNING, Finding, Subject, at
from smtir.inspect.lint.registry import rule
from smtir.mlir import ir, source_location
from smtir.rewrite.dataflow import definition
from smtir.rewrite.index import constant_int


@rule("boundary-check", ERROR)
def boundary_check(subject: Subject) -> Iterator[Finding]:
    """A block is read or written outside of its tensor, without a boundary check.

    Without `boundary_check`, `tl.load` reads, and `tl.store` writes, whatever memory is there. Two
    cases, and the message says which:

    - *certain* (an error): constant sizes, offsets and loop bounds prove that the block sticks out
      of the tensor.
    - *by its sibling* (a warning): the sizes are run-time values, a store checks the very dimension
      that this load does not; so the author expects blocks that stick out. Likewise a store with a
      mask and a load without one at the same offsets.

    ```python
    x = tl.load(block_ptr)  # [M, K], not checked
    tl.store(out_block_ptr, y, boundary_check=(0, 1))  # [M, N], M is checked
    ```

    The fix is `boundary_check=(0, 1)` on the load (`smt.descriptor_load` checks by itself), or a
    mask.
    """
    checked = _checked_sizes(subject)
    for op in subject.named("tt.load", "tt.store"):
        access: Any = op.opview
        if typetext.base_pointer(str(access.ptr.type)) is None:
            yield from _unmasked(subject, op)
            continue
        for axis, found in enumerate(axes(access.ptr)):
            if axis in access.boundaryCheck:
                continue
            if where := found.sticks_out():
                yield at(
                    op,
                    f"dimension {axis} of this block is certainly outside of its tensor: {where}",
                    f"boundary_check=({axis},), or an offset inside",
                )
            elif op.name == "tt.load":
                yield from _by_sibling(op, axis, found.size, checked)


def _checked_sizes(subject: Subject) -> list[tuple[ir.Value, ir.Operation]]:
    """The run-time sizes that stores check, each with its store."""
    found = []
    for op in subject.named("tt.store"):
        store: Any = op.opview
        if store.boundaryCheck:
            sizes = axes(store.ptr)
            found += [(sizes[axis].size, op) for axis in store.boundaryCheck if axis < len(sizes)]
    return [(size, op) for size, op in found if constant_int(size) is None]


def _by_sibling(
    op: ir.Operation, axis: int, size: ir.Value, checked: list[tuple[ir.Value, ir.Operation]]
) -> Iterator[Finding]:
    store = next((store for known, store in checked if same_number(known, size)), None)
    if store is not None:
        yield at(
            op,
            f"dimension {axis} of this load is not checked, but a store checks a dimension of the same "
            "size: where the block sticks out, this reads what is behind it",
            f"boundary_check with {axis} in it, and a padding_option",
            notes=(Note("this store is checked", source_location(store.location)),),
            severity=WARNING,
        )


def _unmasked(subject: Subject, load: ir.Operation) -> Iterator[Finding]:
    """A load of pointers without a mask at the offsets of a store with one."""
    access: Any = load.opview
    offsets = _offsets(access.ptr)
    if load.name != "tt.load" or access.mask is not None or offsets is None:
        return
    for op in subject.named("tt.store"):
        store: Any = op.opview
        if store.mask is not None and _offsets(store.ptr) == offsets:
            yield at(
                load,
                "this load has no mask, but a store at the same offsets has one",
                "give the load the store's mask, and other=0.0",
                notes=(Note("this store is masked", source_location(op.location)),),
                severity=WARNING,
            )
            return


def _offsets(pointers: ir.Value) -> ir.Value | None:
    """The tensor of offsets of ``base + offsets``."""
    op = definition(pointers)
    if op is None or op.name != "tt.addptr" or not isinstance(op.operands[1].type, ir.RankedTensorType):
        return None
    return op.operands[1]
