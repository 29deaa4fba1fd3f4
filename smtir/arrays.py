"""How the arrays that a kernel is launched with may lie in memory.

Imports nothing: launches of cached kernels look here, and the compiler does.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

Pair: TypeAlias = tuple[int, int]
"""Positions of two parameters, in order."""


def pair_of(one: int, other: int) -> Pair:
    """The pair of two parameters, given in any order."""
    return min(one, other), max(one, other)


class Arrays(enum.Enum):
    """What is known of two arrays that are arguments of one launch, if the kernel writes one of them.

    A kernel compiled for ``APART`` names the pairs for which that matters: whoever launches it has
    to look at them.
    """

    APART = "apart"
    """They share no memory."""
    SAME = "same"
    """They share no memory, or begin at the same address."""
    OVERLAPPING = "overlapping"
    """Nothing, so that no load may be left to later operations."""
