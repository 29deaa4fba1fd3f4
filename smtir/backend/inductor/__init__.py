"""What lets ``torch.compile`` make Triton kernels for the processor of this machine.

Inductor, torch's code generator, does that (``torch._inductor.config.cpu_backend = "triton"``) where
Triton has a backend with the name ``cpu``.  This package is found by the entry point of that
name.  It claims no target and has no device: the kernels go to smtir's own backend.  A backend
of another package with the name ``cpu`` is served under it instead.
"""

from __future__ import annotations

import importlib
import inspect
from importlib.metadata import entry_points
from typing import Any

from smtir.backend import ENTRY_POINT_GROUP, PACKAGE

NAME = "cpu"
"""Name of the entry point; inductor looks for it."""


def of_another_package(module: str, base: type) -> Any:
    """The concrete subclass of ``base`` in ``module`` of another package's backend ``cpu``, or None."""
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=NAME):
        if not entry.value.startswith(PACKAGE):
            found = vars(importlib.import_module(f"{entry.value}.{module}")).values()
            kinds = [kind for kind in found if isinstance(kind, type) and issubclass(kind, base)]
            return next(kind for kind in kinds if not inspect.isabstract(kind))
    return None
