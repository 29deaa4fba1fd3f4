"""One module a rule; ``smtir.inspect.lint.registry`` imports all of them."""

from __future__ import annotations
