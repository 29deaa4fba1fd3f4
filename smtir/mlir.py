"""The one door to the MLIR Python bindings: version check, context, locations.

No other module imports ``mlir``.  ``tt``, ``xsmt`` and ``xsmt_async`` are not registered in
upstream MLIR, so the context admits unregistered dialects; ``smtir.dialects`` gives their
operations Python classes and verifiers.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtir.errors import MissingToolError, SourceLocation

BINDINGS_DISTRIBUTION = "xtc-mlir-python-bindings"
BINDINGS_VERSION = "22.1.8"


def _check_version() -> None:
    """Raise ``MissingToolError`` unless the bindings are the version that smtir needs.

    The directory with the right version's metadata settles the usual case; asking
    ``importlib.metadata`` costs 30 ms, a tenth of a small ``smtir opt``.
    """
    hint = f"pip install '{BINDINGS_DISTRIBUTION}=={BINDINGS_VERSION}.*'"
    spec = importlib.util.find_spec("mlir")
    metadata = f"{BINDINGS_DISTRIBUTION.replace('-', '_')}-{BINDINGS_VERSION}.*.dist-info"
    if spec and any(
        next(Path(folder).parent.glob(metadata), None) for folder in spec.submodule_search_locations or ()
    ):
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version(BINDINGS_DISTRIBUTION)
    except PackageNotFoundError:
        raise MissingToolError(
            f"the MLIR Python bindings ({BINDINGS_DISTRIBUTION}) are not installed", hint=hint
        ) from None
    if not found.startswith(BINDINGS_VERSION + "."):
        raise MissingToolError(
            f"{BINDINGS_DISTRIBUTION} is {found}, smtir needs {BINDINGS_VERSION}.*", hint=hint
        )


_check_version()

from mlir import ir, passmanager, rewrite  # noqa: E402  (after the version check)
from mlir.dialects._ods_common import _cext  # noqa: E402

if TYPE_CHECKING:
    # The generated dialect modules have no useful types.
    affine: Any
    arith: Any
    bufferization: Any
    builtin: Any
    cf: Any
    func: Any
    linalg: Any
    llvm: Any
    math: Any
    memref: Any
    scf: Any
    tensor: Any
    transform: Any
    ub: Any
    vector: Any
    index_dialect: Any

    class MLIRError(Exception):
        """What the bindings raise with MLIR's diagnostics; their type stubs leave it out."""

        message: str
        error_diagnostics: list[ir.DiagnosticInfo]

else:
    MLIRError = ir.MLIRError

__all__ = [
    "MLIRError",
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

_DIALECT_MODULES = {"index_dialect": "index"}


def __getattr__(name: str) -> Any:
    """A dialect's module, imported on first use: all of them together take 150 ms."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"mlir.dialects.{_DIALECT_MODULES.get(name, name)}")
    globals()[name] = module
    return module


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


TRITON_LIBRARY = "/triton/language/"
"""Part of the path of Triton's own Python library, which kernels are inlined from."""


def source_location(loc: ir.Location) -> SourceLocation | None:
    """The innermost file position in ``loc``, with the variable name wrapped around it.

    Where a function of Triton's library was inlined, the position is its caller's.  Reading a
    field of the wrong kind of location crashes the bindings, so each kind is asked for first.
    """
    name = ""
    while True:
        if loc.is_a_name():
            name = name or loc.name_str
            loc = loc.child_loc
        elif loc.is_a_callsite():
            callee = source_location(loc.callee)
            if callee and callee.file and TRITON_LIBRARY not in callee.file:
                return replace(callee, name=name or callee.name)
            loc = loc.caller
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
