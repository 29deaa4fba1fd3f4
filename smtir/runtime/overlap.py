"""How the arrays of one launch lie in memory, as far as compiled code depends on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import combinations
from typing import Any

from smtir.arrays import Arrays, Pair
from smtir.runtime.arguments import memory_of


def arrays_of_launch(
    args: Sequence[Any],
    pointers: Sequence[int],
    may_write: Callable[[int], bool],
    apart: Collection[Pair],
) -> Arrays:
    """What code that runs with the arrays at the positions ``pointers`` may take for granted.

    ``apart``: the pairs that must share no memory for it to be ``APART``.  Of the others, only pairs
    count of which the kernel may write one, and only where they begin at different addresses:
    compiled code reads a block and writes another element by element where both have the same
    offsets, which is right for two arrays that are the same one, and wrong for two that are shifted
    against each other.
    """
    memories = [(position, memory_of(args[position])) for position in pointers if args[position] is not None]
    found = Arrays.APART
    for (one, left), (other, right) in combinations(memories, 2):
        if left.start + left.size <= right.start or right.start + right.size <= left.start:
            continue
        if left.address != right.address:
            if may_write(one) or may_write(other):
                return Arrays.OVERLAPPING
        elif (one, other) in apart:
            found = Arrays.SAME
    return found
