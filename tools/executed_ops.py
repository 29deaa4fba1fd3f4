"""Which operations of ``tt`` and ``xsmt`` the tests of execution compile, where, and for which target.

A pytest plugin: ``smtir.compile`` only makes the TTIR, notes its operations, and gives a kernel whose
``run`` does nothing.  So the tests fail, in seconds, and nothing is compiled.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.pages import ROOT

TESTS = ("test/unit/execution", "test/unit/kernels", "test/unit/runtime/test_run.py")
"""Tests that run kernels and compare with NumPy."""

_KEPT_PARAMETERS = ("target", "name", "kernel", "fn", "op", "variant")
"""Parameters of tests that choose another kernel or target."""

_OUTPUT = "SMTIR_EXECUTED_OPS"
_TOOLS = frozenset({"qemu", "zig"})
_found: dict[str, dict[str, str]] = {}


def executed_ops(tests: Sequence[str] = TESTS) -> Mapping[str, Mapping[str, str]]:
    """By operation and target, the first test file of ``tests`` that would run it.

    Raises:
        RuntimeError: pytest did not get as far as running tests.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "operations.json"
        words = ["-m", "pytest", "-q", "-p", "tools.executed_ops", "-p", "no:cacheprovider", "--no-summary"]
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {_OUTPUT: str(output), "PYTHONPATH": os.pathsep.join(paths)}
        present = [test for test in tests if (ROOT / test).exists()]
        done = subprocess.run(
            [sys.executable, *words, *present],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode not in (0, 1) or not output.exists():
            raise RuntimeError(f"pytest failed with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr}")
        found: dict[str, dict[str, str]] = json.loads(output.read_text())
        return found


class _Kernel:
    """Stands for a compiled kernel: anything may be asked of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


def _note(source: Any, *args: Any, **kwargs: Any) -> _Kernel:
    """Takes the arguments of ``smtir.compile``."""
    from smtir.api.sources import resolve
    from smtir.rewrite.dataflow import operations

    names = ("signature", "constexprs", "target", "smt_api")
    given = dict(zip(names, args, strict=False)) | kwargs
    resolved = resolve(
        source,
        given.get("signature"),
        given.get("constexprs"),
        given.get("smt_api") or "auto",
        debug=given.get("debug"),
    )
    if resolved.make_module is not None:
        module = resolved.make_module()  # operations do not keep their module alive
        for op in operations(module):
            if op.name.startswith(("tle.", "tt.", "xsmt.")):
                test = os.environ["PYTEST_CURRENT_TEST"].partition("::")[0]
                _found.setdefault(op.name, {}).setdefault(given.get("target") or "host", test)
    return _Kernel()


def pytest_configure() -> None:
    """Put the recorder in the place of the compiler."""
    if _OUTPUT not in os.environ:
        return
    import smtir.api
    import smtir.api.compiling

    for module in (smtir, smtir.api, smtir.api.compiling):
        vars(module)["compile"] = _note


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """One test for each function, kernel and target: sizes do not change the operations.

    Nothing is run, so no tool is missing.  Tests with random examples are left out: they differ from run
    to run, and look for the smallest failure.
    """
    chosen: dict[tuple[Any, ...], Any] = {}
    for item in items:
        if getattr(item.obj, "is_hypothesis_test", False):
            continue
        for node in item.listchain():
            node.own_markers[:] = [mark for mark in node.own_markers if mark.name not in _TOOLS]
        given = item.callspec.params if hasattr(item, "callspec") else {}
        kernel = tuple(str(given.get(name)) for name in _KEPT_PARAMETERS)
        chosen.setdefault((item.path, getattr(item, "originalname", item.name), *kernel), item)
    items[:] = chosen.values()


def pytest_sessionfinish() -> None:
    """Write what was found."""
    if _OUTPUT in os.environ:
        Path(os.environ[_OUTPUT]).write_text(json.dumps(_found))
