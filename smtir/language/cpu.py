"""``triton.language.extra.cpu``: where other backends for CPUs keep their ``libdevice``."""

from __future__ import annotations

from smtir.language import libdevice

__all__ = ["libdevice"]
