"""The compiler of the backend ``cpu``: none (see the package)."""

from __future__ import annotations

from triton.backends.compiler import BaseBackend, GPUTarget

from smtir.backend.inductor import of_another_package


def _claims_nothing() -> type[BaseBackend]:
    # Triton takes the one concrete class that it finds in this module.
    from smtir.backend.compiler import SmtirBackend

    class NoTarget(SmtirBackend):
        """Supports no target."""

        @staticmethod
        def supports_target(target: GPUTarget) -> bool:
            return False

    return NoTarget


Compiler = of_another_package("compiler", BaseBackend) or _claims_nothing()
