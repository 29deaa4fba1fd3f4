"""Memory read as a tensor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from smtir.mlir import arith, ir, memref, scf
from smtir.rewrite import builders, index, windows
from smtir.rewrite.index import Index
from smtir.rewrite.pointers import Base
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


@dataclass(frozen=True)
class Region:
    """A strided block of memory, whose first element is ``start`` elements in, and the part that exists."""

    base: Base
    start: Index
    strides: tuple[Index, ...]
    window: Window

    def view(self, window: Window) -> ir.Value:
        """The memref of ``window`` of the block."""
        return windows.memory_view(self.base, self.start, self.strides, window)

    def transposed(self) -> Region:
        """The region with its last two dims exchanged."""
        return replace(self, strides=windows.swapped(self.strides), window=self.window.transposed())


def runs_along_columns(strides: Sequence[Index]) -> bool:
    """Whether neighbours in memory are neighbours in the last dim but one, and not in the last one."""
    return len(strides) > 1 and strides[-2] == 1 and strides[-1] != 1


def read_region(
    region: Region, padding: Callable[[], ir.Value], *, copy: bool, multiplied: bool = False
) -> ir.Value:
    """The block as a tensor, with ``padding`` where it does not exist.

    With ``copy`` it is copied at this point of the program; without, later operations read the memory
    itself, those of a block that is ``multiplied`` and nothing else also if it turns out to exist as a
    whole only at run time.
    """
    window, source = region.window, region.view(region.window)
    if multiplied and not copy and not window.is_whole and region.strides[-1] == 1:
        whole = is_whole(window)
        if whole is not None:

            def padded(buffer: ir.Value) -> None:
                fill_outside(buffer, window, padding())
                memref.copy(source, builders.subview(buffer, window.lead, window.sizes))

            everything, element = windows.whole(window.block), element_of(source)
            return read_in_place(
                whole, lambda: region.view(everything), padded, window.block, region.strides, element
            )
    read = read_window(source, window, copy=copy)
    return read if window.is_whole else builders.insert_slice(read, padding(), window.lead, window.sizes)


def read_in_place(
    whole: ir.Value,
    view: Callable[[], ir.Value],
    copy_into: Callable[[ir.Value], None],
    block: Sequence[int],
    strides: Sequence[Index],
    element: ir.Type,
) -> ir.Value:
    """A block as a tensor: the memory itself if it is ``whole`` there, else a padded copy.

    Args:
        whole: an i1, computed at run time.
        view: builds the memref of the block in memory, of ``strides``; the last one is 1.
        copy_into: builds what fills a buffer with the block and its padding.
        block: the sizes.
        element: the element type.
    """
    dynamic = ir.ShapedType.get_dynamic_size()
    buffer = memref.alloc(ir.MemRefType.get(list(block), element), [], [])
    copied, _ = buffer.type.get_strides_and_offset()
    same = [one if one == other else dynamic for one, other in zip(strides, copied, strict=True)]
    type_ = ir.MemRefType.get(list(block), element, ir.StridedLayoutAttr.get(dynamic, same))
    place = scf.IfOp(whole, [type_], has_else=True)
    with ir.InsertionPoint(place.then_block):
        scf.YieldOp([memref.cast(type_, view())])
    with ir.InsertionPoint(place.else_block):
        copy_into(buffer)
        scf.YieldOp([memref.cast(type_, buffer)])
    return builders.to_tensor(place.results[0])


def fill_outside(buffer: ir.Value, window: Window, padding: ir.Value) -> None:
    """Put ``padding`` into ``buffer`` unless the window is found to be all of it."""
    if window.is_whole:
        return
    whole = is_whole(window)
    if whole is None:
        builders.write_to(padding, buffer)
        return
    branch = scf.IfOp(arith.xori(whole, builders.constant(whole.type, -1)))
    with ir.InsertionPoint(branch.then_block):
        builders.write_to(padding, buffer)
        scf.YieldOp([])


def is_whole(window: Window) -> ir.Value | None:
    """Whether the window is all of its block, as far as that is not known to be false: then None."""
    conditions: list[ir.Value] = []
    for size, extent in zip(window.sizes, window.block, strict=True):
        if isinstance(size, ir.Value):
            conditions.append(arith.cmpi(arith.CmpIPredicate.sge, size, index.materialize(extent)))
        elif size < extent:
            return None
    if not conditions:
        return builders.constant(ir.IntegerType.get_signless(1), -1)
    return reduce(arith.andi, conditions)
