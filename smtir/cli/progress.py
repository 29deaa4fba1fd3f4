"""One line on the terminal that says which pass is running; nothing in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smtir.compiler.activity import listening

if TYPE_CHECKING:
    from smtir.compiler.activity import Activity

_QUIET_SECONDS = 0.5
"""Work shorter than this shows nothing."""
_WIDTH = 78


@contextmanager
def progress() -> Iterator[None]:
    """Show every activity inside the block on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    start = time.monotonic()
    shown = False

    def show(activity: Activity) -> None:
        nonlocal shown
        if time.monotonic() - start < _QUIET_SECONDS:
            return
        words = " ".join(filter(None, (activity.kernel, activity.stage, activity.detail or activity.phase)))
        sys.stderr.write(f"\r{words[:_WIDTH]:<{_WIDTH}}")
        sys.stderr.flush()
        shown = True

    try:
        with listening(show):
            yield
    finally:
        if shown:
            sys.stderr.write(f"\r{'':<{_WIDTH}}\r")
            sys.stderr.flush()
