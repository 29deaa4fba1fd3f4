"""The ``smtir`` command: argument parsing and printing only; the work is in the layers below."""

from __future__ import annotations

from smtir.cli.entry import main

__all__ = ["main"]
