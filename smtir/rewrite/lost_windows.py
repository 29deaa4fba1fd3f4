"""Find products that nothing reads: the failure of kernels in spine-triton's first smt API.

There ``smt.dot(a, b, window)`` changes the accumulator through a window on it.  In SSA form
nothing says so: the accumulator stays the constant that ``tl.zeros`` made, what the kernel
computes from it folds to a constant, and the product is dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smtir.errors import SourceLocation
from smtir.mlir import ir, source_location
from smtir.rewrite.dataflow import (
    constant_text,
    definition,
    dependencies,
    describe,
    effects,
    operations,
    place_of,
)

_WINDOWS = frozenset({"xsmt.view", "xsmt.pack"})
_STORES = frozenset({"tt.store"})


@dataclass(frozen=True)
class Store:
    """A store that depends on no product: its place, and what it writes in words."""

    place: SourceLocation | None
    value: str


@dataclass(frozen=True)
class LostWindow:
    """A product into a window that nothing reads.

    Attributes:
        window: where the window is opened, with the Python variable's name.
        window_op: ``xsmt.view`` or ``xsmt.pack``.
        product: where the product is.
        accumulator: Python name of what the window is cut out of, or ``""``.
        constant: the number that the accumulator is all over; ``""`` if it is no constant.
        shape: of the window, in elements.
        stores: what the kernel writes instead.
    """

    window: SourceLocation | None
    window_op: str
    product: SourceLocation | None
    accumulator: str
    constant: str
    shape: tuple[int, ...]
    stores: tuple[Store, ...]

    def story(self) -> list[str]:
        """What happened, a sentence a paragraph."""
        name = self.accumulator or "the accumulator"
        is_constant = f", and {name} is a constant here (all {self.constant})" if self.constant else ""
        first = (
            f"In the first smt API a window stands for a part of {name}, and smt.dot(a, b, window) adds the"
            f" product into it. The IR has values only: the product is a new value, nothing connects it"
            f" with {name}{is_constant}."
        )
        told = [first]
        if self.constant and self.stores:
            written = "; ".join(dict.fromkeys(store.value for store in self.stores))
            told.append(
                f"So what the kernel computes from {name} was folded before any product: it stores"
                f" {written}, and never reads the window. The product is dead code."
            )
        else:
            told.append("So no store depends on the product: it is dead code, and the result lacks it.")
        told.append(
            "spine-triton's check of the window's users counts none and says 'There are multiple"
            " ExtractSliceOp users' and 'failed to legalize operation xsmt.view'. With the scale as a"
            " constexpr, or without it, everything folds to one constant: it compiles, and the result is"
            " wrong."
        )
        return told

    def advice(self) -> str:
        """How to write the kernel, as text with code."""
        shape = ", ".join(str(size) for size in self.shape)
        name = self.accumulator or "acc"
        return (
            "Give smtir the kernel instead of its TTIR: its frontend turns each window into a value that\n"
            "the loop carries, and the kernel is right as it stands:\n\n"
            "    smtir dump FILE.py:KERNEL --stage linalg\n\n"
            "For spine-triton itself, write the product as a value (the current smt API):\n\n"
            f"    {name} = smt.dot(a_packed, b_packed)                  # a value, in tiles\n"
            f"    part = smt.view({name}, (0, 0), ({shape}), (1, 1))    # back to a matrix\n"
            "    tl.store(tl.advance(out_block_ptr, offsets), part * sm_scale, boundary_check=(0, 1))\n\n"
            "smtir.kernels:qk_v2 is a whole kernel of that form."
        )


def lost_windows(module: ir.Module) -> list[LostWindow]:
    """The products of ``module`` into windows that no effect of the kernel depends on."""
    roots = effects(module)
    needed = set().union(*(dependencies(root) for root in roots)) if roots else set()
    stores = tuple(
        Store(source_location(root.location), describe(root.operands[1]))
        for root in roots
        if root.name in _STORES and not _has_product(root)
    )
    dead = [
        op for op in operations(module, "xsmt.mmt4d".__eq__) if op not in needed and len(op.operands) == 3
    ]
    windows = [(product, _window(product)) for product in dead]
    return [_lost(product, window, stores) for product, window in windows if window is not None]


def _has_product(root: ir.Operation) -> bool:
    return any(op.name == "xsmt.mmt4d" for op in dependencies(root))


def _window(product: ir.Operation) -> ir.Operation | None:
    op = definition(product.operands[2])
    return op if op is not None and op.name in _WINDOWS else None


def _lost(product: ir.Operation, window: ir.Operation, stores: tuple[Store, ...]) -> LostWindow:
    base = window.operands[0]
    place = place_of(base)
    view: Any = window.opview
    return LostWindow(
        source_location(window.location),
        window.name,
        source_location(product.location),
        place.name if place else "",
        constant_text(base),
        tuple(view.shape),
        stores,
    )
