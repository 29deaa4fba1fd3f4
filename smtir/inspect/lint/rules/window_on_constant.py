"""The rule ``window-on-constant``."""

from __future__ import annotations

from collections.abc import Iterator

from smtir.errors import Note
from smtir.inspect.lint.model import ERROR, Finding, Subject
from smtir.inspect.lint.registry import rule


@rule("window-on-constant", ERROR)
def window_on_constant(subject: Subject) -> Iterator[Finding]:
    """A product goes into a window on a constant, and is lost.

    TTIR of the first smt API: `smt.dot(a, b, window)` was to change the accumulator behind the
    window. The IR does not say so, and Triton folded the accumulator, which is still what
    `tl.zeros` made, and what is computed from it. The result lacks the product, whatever lowers
    it. `smtir explain` tells the whole story.

    ```python
    window = smt.view(acc, (0, 0), (32, 64), (8, 16))
    smt.dot(a, b, window)  # in a TTIR dump: lost
    out = acc * sm_scale  # a constant by now
    ```

    The fix is to give smtir the kernel instead of its TTIR (its frontend makes the update a value),
    or to write the product as a value, as in the current smt API.
    """
    for lost in subject.lost_windows:
        if not lost.constant:
            continue
        name = f"'{lost.accumulator}'" if lost.accumulator else "the accumulator"
        notes = [Note("the product is here", lost.product)]
        notes += [Note(f"this stores {store.value}", store.place) for store in lost.stores]
        yield Finding(
            f"the update of {name}, a constant here (all {lost.constant}), through this window is lost",
            "compile the kernel with smtir instead of this TTIR, or write the product as a value "
            "(see 'smtir explain')",
            lost.window,
            lost.window_op,
            tuple(notes),
        )
