"""What the measuring processes need, imported once and inherited by each."""

from __future__ import annotations

import llvmlite.binding
import triton.language

import smtir.api
import smtir.frontend
import smtir.runtime.emulator
import smtir.runtime.host
from tools.coverage import measure, registry

__all__ = ["llvmlite", "measure", "registry", "smtir", "triton"]

registry.every_case()
