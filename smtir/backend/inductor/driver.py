"""The driver of the backend ``cpu``: none (see the package)."""

from __future__ import annotations

from triton.backends.driver import DriverBase

from smtir.backend.inductor import of_another_package


def _has_no_device() -> type[DriverBase]:
    # Triton takes the one concrete class that it finds in this module.
    from smtir.backend.driver import CPUDriver

    class NoDevice(CPUDriver):
        """Never active."""

        @staticmethod
        def is_active() -> bool:
            return False

    return NoDevice


Driver = of_another_package("driver", DriverBase) or _has_no_device()
