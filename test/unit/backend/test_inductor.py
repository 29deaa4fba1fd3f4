"""The backend ``cpu``, which torch's inductor looks for."""

from __future__ import annotations

from pathlib import Path

from plugin import check_script, install_other_backend

LOOK = """
import triton.backends
from triton.backends.compiler import GPUTarget
from triton.compiler import make_backend
found = triton.backends.backends["cpu"]
print(found.compiler.__name__, found.driver.__name__)
print(found.driver.is_active(), found.compiler.supports_target(GPUTarget("cpu", "host", 1)))
print(type(triton.runtime.driver.active).__name__)
target = triton.runtime.driver.active.get_current_target()
print(type(make_backend(target)).__name__)
"""


def test_the_name_cpu_is_known_and_claims_nothing(tmp_path: Path) -> None:
    printed = check_script(tmp_path, LOOK).splitlines()
    assert printed == ["NoTarget NoDevice", "False False", "CPUDriver", "SmtirBackend"]


def test_a_backend_of_another_package_keeps_the_name_cpu(tmp_path: Path) -> None:
    install_other_backend(tmp_path, "cpu")
    printed = check_script(tmp_path, LOOK, OTHER_ACTIVE="0").splitlines()
    assert printed == ["Other OtherDriver", "False True", "CPUDriver", "SmtirBackend"]
