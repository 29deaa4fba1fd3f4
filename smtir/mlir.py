"""The one door to the MLIR Python bindings: version check, context, locations.

No other module imports ``mlir``.  ``tt``, ``xsmt`` and ``xsmt_async`` are not registered in
upstream MLIR, so the context admits unregistered dialects; ``smtir.dialects`` gives their
operations Python classes and verifiers.
"""

from __future__ import annotations

import functools
from importlib.metadata import PackageNotFoundError, version

from smtir.errors import MissingToolError, SourceLocation

BINDINGS_DISTRIBUTION = "xtc-mlir-python-bindings"
BINDINGS_VERSION = "22.1.8"

try:
    _found = version(BINDINGS_DISTRIBUTION)
except PackageNotFoundError:
    raise MissingToolError(
        f"the MLIR Python bindings ({BINDINGS_DISTRIBUTION}) are not installed",
        hint=f"pip install '{BINDINGS_DISTRIBUTION}=={BINDINGS_VERSION}.*'",
    ) from None
if not _found.startswith(BINDINGS_VERSION + "."):
    raise MissingToolError(
        f"{BINDINGS_DISTRIBUTION} is {_found}, smtir needs {BINDINGS_VERSION}.*",
        hint=f"pip install '{BINDINGS_DISTRIBUTION}=={BINDINGS_VERSION}.*'",
    )

from mlir import ir, passmanager, rewrite  # noqa: E402  (after the version check)
from mlir.dialects import (  # noqa: E402
    affine,
    arith,
    bufferization,
    builtin,
    cf,
    func,
    linalg,
    llvm,
    math,
    memref,
    scf,
    tensor,
    transform,
    ub,
    vector,
)
from mlir.dialects import index as index_dialect  # noqa: E402
from mlir.dialects._ods_common import _cext  # noqa: E402

__all__ = [
    "affine",
    "arith",
    "bufferization",
    "builtin",
    "cext",
    "cf",
    "context",
    "func",
    "index_dialect",
    "ir",
    "linalg",
    "llvm",
    "math",
    "memref",
    "passmanager",
    "rewrite",
    "scf",
    "source_location",
    "tensor",
    "transform",
    "ub",
    "vector",
]

cext = _cext
"""Registration hooks for dialect and operation classes."""


@functools.cache
def context() -> ir.Context:
    """The context that all of smtir works in; use it as ``with context(), ...:``.

    Made once: a fresh ``Context()`` costs 5 ms and loses every cached type.
    """
    made = ir.Context()
    made.allow_unregistered_dialects = True
    made.enable_multithreading(False)
    return made


def source_location(loc: ir.Location) -> SourceLocation | None:
    """The innermost file position in ``loc``, with the variable name wrapped around it.

    Reading a field of the wrong kind of location crashes the bindings, so each kind is
    asked for first.
    """
    name = ""
    while True:
        if loc.is_a_name():
            name = name or loc.name_str
            loc = loc.child_loc
        elif loc.is_a_callsite():
            loc = loc.callee
        elif loc.is_a_fused():
            found = [place for inner in loc.locations if (place := source_location(inner))]
            if not found:
                return None
            place = found[0]
            return SourceLocation(place.file, place.line, place.column, name or place.name)
        elif loc.is_a_file():
            return SourceLocation(loc.filename, loc.start_line, loc.start_col, name)
        else:
            return SourceLocation("", name=name) if name else None
