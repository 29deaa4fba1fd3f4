"""The rule ``micro-tile-table``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smtir.asm import typetext
from smtir.inspect.lint.model import WARNING, Finding, Subject, at
from smtir.inspect.lint.registry import rule
from smtir.targets import MicroTile, known_tiles


@rule("micro-tile-table", WARNING)
def micro_tile_table(subject: Subject) -> Iterator[Finding]:
    """The micro tile of a product is not one that is known for the chip.

    smtir gives a right result for any tile. On a chip, the tile decides whether the matrix engine
    or slower code does the product, and spine-triton computes wrong results for tiles that its
    closed part does not take. The known tiles, each with its source, are in
    `smtir/targets/micro_tiles.py` and in [questions.md](questions.md). Nothing is said on a chip
    that no tile is known for.

    ```python
    a = smt.view(x, (0, 0), (64, 64), (6, 8))  # MICRO_M = 6: in no table
    a = smt.view(x, (0, 0), (64, 64), (8, 8))  # 8x16x8 on 0xA03C
    ```
    """
    chip = subject.target.arch_id
    if not known_tiles(chip):
        return
    for op in subject.named("xsmt.mmt4d"):
        product: Any = op.opview
        tile, element = product_tile(product)
        known = known_tiles(chip, element)
        if any(row.tile == tile for row in known):
            continue
        if known:
            listed = "; ".join(f"{row.tile} ({row.source})" for row in known)
            fix = f"MICRO_M, MICRO_N, MICRO_K of {element} on {chip}: {listed}"
        else:
            elements = ", ".join(dict.fromkeys(row.element for row in known_tiles(chip)))
            fix = f"tiles are known for {elements}"
        yield at(op, f"the micro tile {tile} (MxNxK) of {element} is not known to suit {chip}", fix)


def product_tile(product: Any) -> tuple[MicroTile, str]:
    """The micro tile of a ``xsmt.mmt4d``, and the element type of its operands."""
    a, b = str(product.a.type), str(product.b.type)
    _, _, m, k = (size or 0 for size in typetext.shape(a))
    n = typetext.shape(b)[2 if product.b_is_transposed else 3] or 0
    return MicroTile(m, n, k), typetext.element(a)
