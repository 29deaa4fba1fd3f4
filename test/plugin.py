"""Runs scripts as a user's Python would: smtir found as an installed Triton plug-in, and not imported."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

ADD = """\
import numpy as np
import triton
import triton.language as tl

@triton.jit
def add(x, y, out, n, BLOCK: tl.constexpr):
    where = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = where < n
    total = tl.load(x + where, mask=inside) + tl.load(y + where, mask=inside)
    tl.store(out + where, total, mask=inside)

def arrays(n, dtype="float32"):
    rng = np.random.default_rng(0)
    return [(rng.standard_normal(n) * 100).astype(dtype) for _ in range(3)]
"""
"""The beginning of a script: a kernel, and arrays for it."""

_METADATA = "Metadata-Version: 2.1\nName: smtir-entry-points\nVersion: 0\n"
_ENTRY_POINTS = {"smtir": "smtir.backend", "cpu": "smtir.backend.inductor"}


def environment(directory: Path, **variables: str) -> dict[str, str]:
    """Variables under which Python finds the plug-in, with a cache of its own in ``directory``.

    Where smtir is not installed but only on the path, ``directory`` gets what an installation
    would add: the entry points.
    """
    found = {**os.environ, "TRITON_CACHE_DIR": str(directory / "cache"), **variables}
    installed = {point.name for point in entry_points(group="triton.backends")}
    if not installed.issuperset(_ENTRY_POINTS):
        metadata = directory / "site" / "smtir_entry_points-0.dist-info"
        metadata.mkdir(parents=True, exist_ok=True)
        (metadata / "METADATA").write_text(_METADATA)
        (metadata / "entry_points.txt").write_text(_entry_points_file())
        found["PYTHONPATH"] = os.pathsep.join([str(directory / "site"), found.get("PYTHONPATH", "")])
    return found


def _entry_points_file() -> str:
    lines = [f"{name} = {module}" for name, module in _ENTRY_POINTS.items()]
    return "\n".join(["[triton.backends]", *lines, ""])


def run_script(
    directory: Path, text: str, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run ``text`` as ``script.py`` in ``directory``; it must not name smtir's modules."""
    assert "import smtir" not in text
    assert "from smtir" not in text
    (directory / "script.py").write_text(text)
    return subprocess.run(
        [sys.executable, "script.py", *arguments],
        cwd=directory,
        env=environment(directory, **variables),
        capture_output=True,
        text=True,
        timeout=300,
    )


def check_script(directory: Path, text: str, *arguments: str, **variables: str) -> str:
    """``run_script`` of a script that must end well; what it printed."""
    done = run_script(directory, text, *arguments, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install_other_backend(directory: Path, name: str) -> None:
    """Put a package with another backend for CPUs, with the entry point ``name``, where scripts find it.

    Its driver is active where the variable ``OTHER_ACTIVE`` is 1.
    """
    package = directory / "other_backend"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "compiler.py").write_text(_OTHER_COMPILER)
    (package / "driver.py").write_text(_OTHER_DRIVER)
    metadata = directory / "other_backend-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: other-backend\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(f"[triton.backends]\n{name} = other_backend\n")


_OTHER_COMPILER = """
from triton.backends.compiler import BaseBackend

class Other(BaseBackend):
    supports_target = staticmethod(lambda target: target.backend == "cpu")
    hash = parse_options = add_stages = load_dialects = get_module_map = lambda self, *args: None
"""
_OTHER_DRIVER = """
from triton.backends.driver import DriverBase
import os

class OtherDriver(DriverBase):
    is_active = staticmethod(lambda: os.environ["OTHER_ACTIVE"] == "1")
    map_python_to_cpp_type = get_current_target = lambda self: None
    get_active_torch_device = get_benchmarker = lambda self: None
"""
