"""What kernels in Triton's disk cache depend on, and what is read back with them.

A kernel that is found there must start fast, so nothing of the compiler is imported here.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

from triton.runtime.cache import get_cache_manager

from smtir.backend import HOST
from smtir.compiler.versions import versions
from smtir.targets import Target, get_target


def smtir_target(arch: Any) -> Target:
    """The machine that Triton calls ``arch``; this one for a name that is not of ours."""
    name = str(arch)
    return get_target(name if name.lower().startswith("0x") else HOST)


def cached(key: str, name: str, extension: str) -> bytes:
    """A stage of a kernel in Triton's cache; empty if it is not kept there."""
    path = get_cache_manager(key).get_file(f"{name[:150]}.{extension}")
    return Path(path).read_bytes() if path else b""


def keep(key: str, name: str, extension: str, content: bytes) -> None:
    """Keep ``content`` beside the stages of a kernel in Triton's cache, for ``cached``."""
    get_cache_manager(key).put(content, f"{name[:150]}.{extension}", binary=True)


@functools.cache
def fingerprint(arch: str) -> str:
    """What a compiled kernel depends on besides itself: smtir, its libraries and the machine."""
    target = smtir_target(arch)
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(repr((sorted(versions().items()), target)).encode())
    for folder in (package, package / "passes"):
        for path in sorted(folder.rglob("*.py")):
            status = path.stat()
            digest.update(f"{path.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return f"smtir-{digest.hexdigest()}"
