"""The ``smt`` language: what ``import triton.language.extra.smt as smt`` gives.

Two generations of the language are served by the same functions; the compilation decides which
one a kernel means (``smt_api``).  To add a function, write it with Triton's ``@builtin`` in a
module beside this one, have it ``emit`` its operation, and export it here.
"""

from __future__ import annotations

from smtir.language.loops import parallel
from smtir.language.matrix import descriptor_load, dot
from smtir.language.memory import alloc, alloc_copies, compile_hint
from smtir.language.sync import (
    barrier_arrive,
    barrier_set_expect,
    barrier_wait,
    get_num_of_thread,
    global_mbarrier,
    mbarrier,
    mbarrier_copies,
)
from smtir.language.tiles import extract_tile, insert_tile
from smtir.language.views import view

global_mbarrier_init = global_mbarrier
"""The name of its operation."""

__all__ = [
    "alloc",
    "alloc_copies",
    "barrier_arrive",
    "barrier_set_expect",
    "barrier_wait",
    "compile_hint",
    "descriptor_load",
    "dot",
    "extract_tile",
    "get_num_of_thread",
    "global_mbarrier",
    "global_mbarrier_init",
    "insert_tile",
    "mbarrier",
    "mbarrier_copies",
    "parallel",
    "view",
]
