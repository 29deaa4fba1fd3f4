"""From a ``@triton.jit`` kernel with ``smt`` functions to TTIR with ``xsmt`` operations."""

from __future__ import annotations
