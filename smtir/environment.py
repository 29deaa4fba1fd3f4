"""Environment variables, read fast enough for every launch."""

from __future__ import annotations

import os

_raw: dict[bytes, bytes] | None = getattr(os.environ, "_data", None) if os.name == "posix" else None


def variable(name: str) -> str:
    """The value of an environment variable, empty where it is not set.

    ``os.environ`` encodes the name and decodes the value at each access, which takes 1 us; behind
    it, in CPython, are bytes.
    """
    if _raw is None:
        return os.environ.get(name, "")
    value = _raw.get(name.encode())
    return value.decode(errors="surrogateescape") if value else ""
