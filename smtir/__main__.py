"""``python -m smtir`` is the ``smtir`` command."""

from __future__ import annotations

from smtir.cli import main

if __name__ == "__main__":
    main()
