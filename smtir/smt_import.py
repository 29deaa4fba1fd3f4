"""Serves ``smtir.language`` as ``triton.language.extra.smt``, with ``tle`` and ``cpu.libdevice`` beside it.

Stock Triton has no such modules.  ``install()`` puts a finder on ``sys.meta_path``; it costs
nothing until the name is imported, and works whether Triton is imported before or after.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

SMT_MODULE = "triton.language.extra.smt"
LANGUAGE_MODULE = "smtir.language"
TILE_MODULE = f"{LANGUAGE_MODULE}.tle"
TILE_PACKAGE = "triton.experimental.tle"
CPU_PACKAGE = "triton.language.extra.cpu"
SERVED = {
    SMT_MODULE: LANGUAGE_MODULE,
    "triton.language.extra.deeplink": LANGUAGE_MODULE,  # where spine-triton's compile_hint began
    "triton.language.extra.tle": TILE_MODULE,
    TILE_PACKAGE: TILE_MODULE,
    f"{TILE_PACKAGE}.language": TILE_MODULE,
    CPU_PACKAGE: f"{LANGUAGE_MODULE}.cpu",
    f"{CPU_PACKAGE}.libdevice": f"{LANGUAGE_MODULE}.libdevice",
}
"""Our module for each name that kernels import."""
REPLACED = {"triton.language.extra.libdevice": f"{LANGUAGE_MODULE}.libdevice"}
"""Our module for each of Triton's own that has only stubs: in kernels, not for Python's imports."""
REFUSED = ("triton.language.extra.spine_raw", "triton.language.extra.smt_rvisa")
"""spine-triton's kernels below Triton's level: MLIR and vector intrinsics for SpacemiT's own compiler."""


class _SmtLoader(Loader):
    """Hands out the language package itself, so that both names are one module object."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(SERVED[spec.name])
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just written the alias's spec over the module's own.
        module.__spec__ = self._own_spec


class _SmtFinder(MetaPathFinder):
    """Answers for the names in ``SERVED`` only."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in SERVED:
            return None
        is_package = fullname in (TILE_PACKAGE, CPU_PACKAGE)
        return ModuleSpec(fullname, _SmtLoader(), origin=SERVED[fullname], is_package=is_package)


class _RefusingFinder(MetaPathFinder):
    """The last finder: says what no other has found, and smtir has no equal of."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in REFUSED:
            return None
        # Without its name attribute, by which `from package import name` would leave the words out.
        raise ModuleNotFoundError(
            f"No module named {fullname!r}: smtir has {SMT_MODULE} and {TILE_PACKAGE} of spine-triton's "
            "language, but not its raw kernels, which only SpacemiT's compiler can read"
        )


def install() -> None:
    """Put the finder first on ``sys.meta_path``; a second call changes nothing.

    A module that another package has already loaded under the name stays in ``sys.modules``:
    the frontend maps it to the language package when it meets it in a kernel.
    """
    if not any(isinstance(finder, _SmtFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _SmtFinder())
        sys.meta_path.append(_RefusingFinder())
