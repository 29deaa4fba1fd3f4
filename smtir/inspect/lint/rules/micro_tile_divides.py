"""The rule ``micro-tile-divides``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from smtir.inspect.lint.model import WARNING, Finding, Subject, at
from smtir.inspect.lint.registry import rule


@rule("micro-tile-divides", WARNING)
def micro_tile_divides(subject: Subject) -> Iterator[Finding]:
    """The micro tile does not divide the view: the last tiles are partly zeros.

    The result is right, and the product computes with the zeros as well: a view of 20 rows in
    tiles of 8 costs as much as 24 rows. The first smt API refuses such a view.

    ```python
    a = smt.view(x, (0, 0), (20, 64), (8, 8))  # 3 tiles of 8 rows for 20 rows
    a = smt.view(x, (0, 0), (24, 64), (8, 8))
    ```
    """
    for op in subject.named("xsmt.pack", "xsmt.repack", "xsmt.descriptor_load_view"):
        view: Any = op.opview
        shape, tile = view.shape, view.packed_size
        bad = [dim for dim, (size, part) in enumerate(zip(shape, tile, strict=True)) if size % part]
        if not bad:
            continue
        padded = [-(-size // part) * part for size, part in zip(shape, tile, strict=True)]
        zeros = 1 - math.prod(shape) / math.prod(padded)
        dim = bad[0]
        yield at(
            op,
            f"the micro tile {tile[0]}x{tile[1]} does not divide the view {shape[0]}x{shape[1]}: "
            f"{zeros:.0%} of what is multiplied are zeros",
            f"make size {dim} of the view a multiple of {tile[dim]} ({padded[dim]}), "
            f"or choose a tile that divides {shape[dim]}",
        )
