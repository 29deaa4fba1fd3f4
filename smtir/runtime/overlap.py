"""Arrays of one launch that share memory without being the same array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from smtir.runtime.arguments import memory_of


def partly_overlap(args: Sequence[Any], pointers: Sequence[int], may_write: Callable[[int], bool]) -> bool:
    """Whether two of the arrays at the positions ``pointers`` overlap at different addresses.

    Only pairs count of which the kernel may write one.  Compiled code reads a block and writes
    another element by element where both have the same offsets, which is right for two arrays
    that are the same one, and wrong for two that are shifted against each other.
    """
    memories = [(position, memory_of(args[position])) for position in pointers if args[position] is not None]
    for (one, left), (other, right) in combinations(memories, 2):
        if left.address == right.address:
            continue
        apart = left.start + left.size <= right.start or right.start + right.size <= left.start
        if not apart and (may_write(one) or may_write(other)):
            return True
    return False
