"""Barriers that a script makes and hands to a kernel, as ``triton.backends.spine_triton.env`` has them."""

from __future__ import annotations

import itertools

from smtir.errors import LaunchError

_I16_MAX = 2**15 - 1
_numbers = itertools.count(1)


def alloc_mbarrier(
    expect_count: int, flag: int = 0, arrive_count: int = 0, transaction_count: int = 0
) -> int:
    """A barrier for all programs of a launch: an integer to pass to the kernel.

    Each launch begins with ``arrive_count`` arrivals.  The arguments are those of ``smt.mbarrier``.

    Raises:
        LaunchError: ``expect_count`` is not between 1 and 32767, or another count not an i16.
    """
    counts = {"arrive_count": arrive_count, "transaction_count": transaction_count}
    for name, count, least in (("expect_count", expect_count, 1), *((*pair, 0) for pair in counts.items())):
        if not least <= count <= _I16_MAX:
            raise LaunchError(f"alloc_mbarrier: {name} runs from {least} to {_I16_MAX}, got {count!r}")
    if flag not in (0, 1, 2):
        raise LaunchError(f"alloc_mbarrier: flag must be 0, 1 or 2, got {flag!r}")
    # Above 32 bits, so that the parameter is an i64; a multiple of 16, so that one kernel does for all.
    return expect_count << 48 | arrive_count << 32 | next(_numbers) % 2**28 << 4


def release_mbarrier(handle: int) -> None:
    """The end of a barrier; nothing is kept of one between launches."""
