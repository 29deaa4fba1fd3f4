"""``triton.language.extra.cpu``: where backends for CPUs, spine-triton among them, keep their ``libdevice``."""

from __future__ import annotations

from smtir.language import libdevice

__all__ = ["libdevice"]
