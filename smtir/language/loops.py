"""``smt.parallel``: a loop whose iterations are independent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from triton import language as tl

from smtir.language.arguments import static


class parallel(tl.range):  # noqa: N801  (the language's own spelling)
    """Iterate like ``tl.range``, with iterations that may run in any order or at once.

    Each iteration may update its own window of an accumulator; anything else that one iteration
    leaves to the next is an error.

    Args:
        arg1: the end, or the start where ``arg2`` is given.
        arg2: the end.
        step: the step, 1 by default.
        num_stages: kept on the loop for the backend.
        loop_unroll_factor: kept on the loop for the backend.
        bind_sub_block: mark the loop as parallel; False makes it a plain loop.
    """

    __triton_builtin__ = True

    def __init__(
        self,
        arg1: Any,
        arg2: Any = None,
        step: Any = None,
        num_stages: Any = None,
        loop_unroll_factor: Any = None,
        bind_sub_block: Any = True,
    ) -> None:
        super().__init__(arg1, arg2, step, num_stages=num_stages, loop_unroll_factor=loop_unroll_factor)
        self.bind_sub_block = bool(static(bind_sub_block))

    def __iter__(self) -> Iterator[int]:
        """The iterations in order, for ``TRITON_INTERPRET=1``; the compiler reads the bounds instead."""
        start, end, step = (int(static(bound)) for bound in (self.start, self.end, self.step))
        return iter(range(start, end, step))
