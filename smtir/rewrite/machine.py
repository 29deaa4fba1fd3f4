"""The vector registers that code is made for.  Plain data: loading a compiled kernel needs no more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """What loops of vectors need to know of the target; by default the X60.

    Attributes:
        vector_bits: width that kernels are tiled for.
        register_bits: width of the registers that products use.
        registers: how many of those there are.
        register_group: the most that one vector may take together (RVV's LMUL).
    """

    vector_bits: int = 256
    register_bits: int = 256
    registers: int = 32
    register_group: int = 4
