"""Modules that scripts import by names that stock Triton does not have.

``triton.backends.spine_triton`` (and its ``driver``, ``compiler`` and ``env``) stand for this plug-in,
unless spine-triton itself is installed; so does ``triton.backends.triton_shared``, the project
that spine-triton comes from and whose name its older scripts use.  ``triton.runtime.interpreter``
is Triton's own; when it is imported, it is taught the smt language and NumPy arrays, and so is
autotuning.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from smtir.backend import PACKAGE

PACKAGES = ("triton.backends.spine_triton", "triton.backends.triton_shared")
INTERPRETER = "triton.runtime.interpreter"
AFTER_AUTOTUNER = "triton.testing"
"""Triton imports it when its autotuner is complete, which this plug-in's own import comes before."""
_NAMES = ("compiler", "driver", "env")
_MODULES = {f"{alias}.{name}": f"{PACKAGE}.{name}" for alias in PACKAGES for name in _NAMES}
_ALIASES = {**dict.fromkeys(PACKAGES, PACKAGE), **_MODULES}


class _AliasLoader(Loader):
    """Hands out the plug-in's module, so that both names are one module object."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(_ALIASES[spec.name])
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just written the alias's spec over the module's own.
        module.__spec__ = self._own_spec


class _PackageFinder(MetaPathFinder):
    """The last finder: an installed spine-triton has been found before it is asked."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in PACKAGES:
            return None
        return ModuleSpec(fullname, _AliasLoader(), is_package=True)


class _ModuleFinder(MetaPathFinder):
    """One of the first: for others the plug-in's files are modules of a package of that name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        parent = sys.modules.get(fullname.rpartition(".")[0])
        if fullname not in _MODULES or parent is None or parent is not sys.modules.get(PACKAGE):
            return None
        return ModuleSpec(fullname, _AliasLoader())


class _InterpreterLoader(Loader):
    """Loads Triton's interpreter and then extends it."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._original.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._original.exec_module(module)
        importlib.import_module("smtir.backend.interpreter").extend(module)


class _InterpreterFinder(MetaPathFinder):
    """Finds the interpreter where it is, with a loader around its own."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != INTERPRETER:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _InterpreterLoader(spec.loader)
                return spec
        return None


class _AutotunerFinder(MetaPathFinder):
    """Finds nothing, but learns that the autotuner can be changed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == AFTER_AUTOTUNER:
            importlib.import_module("smtir.backend.tuning").accept_arrays()
        return None


def install() -> None:
    """Put the finders on ``sys.meta_path``; a second call changes nothing."""
    kinds = {type(finder) for finder in sys.meta_path}
    if _PackageFinder not in kinds:
        sys.meta_path.append(_PackageFinder())
        sys.meta_path.insert(0, _ModuleFinder())
    if _InterpreterFinder not in kinds and INTERPRETER not in sys.modules:
        sys.meta_path.insert(0, _InterpreterFinder())
    if _AutotunerFinder not in kinds:
        sys.meta_path.insert(0, _AutotunerFinder())
