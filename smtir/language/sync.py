"""Barriers between iterations of ``smt.parallel`` or programs of the grid; how many threads there are.

A barrier counts arrivals.  As many as it expects end a phase, and the next phase begins with none.
The n-th wait of an iteration (or program) for a barrier waits for the end of its n-th phase, so
that one barrier orders each step of a loop.  An iteration begins with the phases that had been
waited for where its loop began.  A wait that asks for a number of arrivals waits until there have
been so many in all, and takes no phase.

spine-triton's source calls ``flag`` a mode in one place and a parity in another, and its own
kernels make barriers with 0 and wait with 0 or 1 for the first phase.  Nothing that it may mean changes when
a wait ends here: whoever waits at the n-th phase alternates parities, if at all.  Transactions are bytes of
asynchronous copies; the language has none of those, and they end no phase.
"""

from __future__ import annotations

from typing import Any

from triton import language as tl
from triton.language.core import builtin

from smtir.errors import FrontendError
from smtir.language.arguments import describe, static
from smtir.language.copies import Copies, CopiesType
from smtir.language.emit import emit, emit_effect
from smtir.language.memory import copies_count

FLAGS = (0, 1, 2)
"""Modes of a barrier: normal, asynchronous, with a memory fence."""
_I16_MAX = 2**15 - 1


@builtin
def mbarrier(
    flag: Any = 0,
    arrive_count: Any = 0,
    transaction_count: Any = 0,
    expect_count: Any = 1,
    _semantic: Any = None,
) -> tl.tensor:
    """A barrier of this program; made in an iteration of ``smt.parallel``, it is that iteration's.

    Args:
        flag: 0 normal, 1 asynchronous, 2 with a memory fence; it makes no difference.
        arrive_count: arrivals that count as made already.
        transaction_count: bytes of asynchronous copies; it makes no difference.
        expect_count: arrivals that end a phase; with 0 no wait for a phase waits.

    Raises:
        FrontendError: an unknown flag, or a count that is no integer of 16 bits.
    """
    op = "smt.mbarrier"
    counts = [arrive_count, transaction_count, expect_count]
    operands = [_flag(flag, op, _semantic), *(_count(count, op, _semantic) for count in counts)]
    return emit(
        _semantic,
        "xsmt.mbarrier_create",
        [operand.handle for operand in operands],
        tl.core.pointer_type(tl.int64),
    )


@builtin
def mbarrier_copies(
    flag: Any = 0,
    arrive_count: Any = 0,
    transaction_count: Any = 0,
    expect_count: Any = 1,
    copies: Any = 1,
    _semantic: Any = None,
) -> Copies:
    """Several barriers of one configuration, all constexpr; ``barriers[i]`` is one of them.

    Raises:
        FrontendError: an unknown flag, a count that is not constexpr, or no positive number of copies.
    """
    op = "smt.mbarrier_copies"
    number = copies_count(copies, op)
    _flag(flag, op, _semantic)
    given = {
        "flag": flag,
        "arriveCount": arrive_count,
        "transactionCount": transaction_count,
        "expectCount": expect_count,
    }
    fields = {}
    for name, value in given.items():
        known = static(value)
        if not isinstance(known, int) or isinstance(known, bool):
            raise FrontendError(
                f"{name} must be a compile-time integer, got {describe(value)}",
                op=op,
                hint="make it a tl.constexpr parameter, or make single barriers with smt.mbarrier",
            )
        fields[f"i64_{name}"] = str(known)
    kind = f"!xsmt.mbarrier<{number}>"
    made = emit(
        _semantic, "xsmt.mbarrier_copies", [], tl.int64, result_type=kind, i64_numCopies=str(number), **fields
    )
    return Copies(CopiesType(made.handle, number, "xsmt.mbarrier_subview", kind, tl.int64), _semantic)


@builtin
def global_mbarrier(id: Any, _semantic: Any = None) -> tl.tensor:
    """The barrier number ``id`` that all programs of the grid share, new in each launch.

    It does not know how many arrivals to expect before ``barrier_set_expect`` says so.

    Raises:
        FrontendError: a number that is no integer of 16 bits.
    """
    number = _count(id, "smt.global_mbarrier", _semantic)
    return emit(_semantic, "xsmt.global_mbarrier_init", [number.handle], tl.int64)


@builtin
def barrier_arrive(bar: Any, _semantic: Any = None) -> None:
    """Count one arrival.  Whoever waits for it sees all that was stored before.

    Raises:
        FrontendError: ``bar`` is no barrier.
    """
    emit_effect(_semantic, "xsmt.barrier_arrive", [_barrier(bar, "smt.barrier_arrive").handle])


@builtin
def barrier_wait(bar: Any, flag: Any = 0, arrive_count: Any = 0, _semantic: Any = None) -> None:
    """Wait for the next phase of the barrier, or for ``arrive_count`` arrivals in all where that is not 0.

    What was loaded before keeps its value; what is loaded behind it is what is in memory then.
    A wait that can never end is a ``LaunchError`` of the launch.

    Args:
        bar: what ``mbarrier``, ``global_mbarrier`` or an index of ``mbarrier_copies`` gives.
        flag: 0, 1 or 2; it makes no difference.
        arrive_count: arrivals since the barrier was made; 0 for as many as end its next phase.

    Raises:
        FrontendError: ``bar`` is no barrier, an unknown flag, or a count that is no integer of 16 bits.
    """
    op = "smt.barrier_wait"
    operands = [_barrier(bar, op), _flag(flag, op, _semantic), _count(arrive_count, op, _semantic)]
    emit_effect(_semantic, "xsmt.barrier_wait", [operand.handle for operand in operands])


@builtin
def barrier_set_expect(bar: Any, expect_count: Any = 1, _semantic: Any = None) -> None:
    """Let the barrier expect ``expect_count`` arrivals, those of the phase at hand included.

    Raises:
        FrontendError: ``bar`` is no barrier, or a count that is no integer of 16 bits.
    """
    op = "smt.barrier_set_expect"
    count = _count(expect_count, op, _semantic)
    emit_effect(_semantic, "xsmt.barrier_set_expect", [_barrier(bar, op).handle, count.handle])


@builtin
def get_num_of_thread(_semantic: Any = None) -> tl.tensor:
    """How many threads work on one program: an i32 scalar, 1 unless the compilation says otherwise."""
    return emit(_semantic, "xsmt.get_num_of_thread", [], tl.int32)


def _barrier(bar: Any, op: str) -> tl.tensor:
    is_handle = isinstance(bar, tl.tensor) and (
        bar.type == tl.int64 or bar.type == tl.core.pointer_type(tl.int64)
    )
    if not is_handle:
        raise FrontendError(
            f"expected a barrier, got {describe(bar)}",
            op=op,
            hint="make one with smt.mbarrier, or take one of several: barriers[i]",
        )
    barrier: tl.tensor = bar
    return barrier


def _flag(flag: Any, op: str, semantic: Any) -> tl.tensor:
    if static(flag) not in FLAGS:
        raise FrontendError(
            f"flag must be 0 (normal), 1 (asynchronous) or 2 (with a fence), got {describe(flag)}", op=op
        )
    return _count(flag, op, semantic)


def _count(value: Any, op: str, semantic: Any) -> tl.tensor:
    known = static(value)
    if isinstance(known, int) and not isinstance(known, bool):
        if not 0 <= known <= _I16_MAX:
            raise FrontendError(f"a count runs from 0 to {_I16_MAX}, got {known}", op=op)
    elif not isinstance(known, tl.tensor) or not known.type.is_int():
        raise FrontendError(f"a count must be an integer scalar, got {describe(value)}", op=op)
    return semantic.cast(semantic.to_tensor(known), tl.int16)
