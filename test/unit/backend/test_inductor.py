"""The backend ``cpu``, which torch's inductor looks for."""

from __future__ import annotations

from pathlib import Path

from plugin import check_script

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
    package = tmp_path / "real_cpu"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "compiler.py").write_text(
        """
from triton.backends.compiler import BaseBackend

class Other(BaseBackend):
    supports_target = staticmethod(lambda target: target.backend == "cpu" and target.arch == "theirs")
    hash = parse_options = add_stages = load_dialects = get_module_map = lambda self, *args: None
"""
    )
    (package / "driver.py").write_text(
        """
from triton.backends.driver import DriverBase

class OtherDriver(DriverBase):
    is_active = staticmethod(lambda: False)
    map_python_to_cpp_type = get_current_target = lambda self: None
    get_active_torch_device = get_benchmarker = lambda self: None
"""
    )
    metadata = tmp_path / "real_cpu-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: real-cpu\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[triton.backends]\ncpu = real_cpu\n")
    printed = check_script(tmp_path, LOOK).splitlines()
    assert printed == ["Other OtherDriver", "False False", "CPUDriver", "SmtirBackend"]
