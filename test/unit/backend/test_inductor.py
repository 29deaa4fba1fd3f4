"""The backend ``cpu``, which torch's inductor looks for."""

from __future__ import annotations

from pathlib import Path

from plugin import check_script, install_other_backend, run_script

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


WALK = """
import triton
import triton.language as tl
from triton._C.libtriton import ir
from triton.compiler import ASTSource, make_backend


@triton.jit
def twice(x, out, n, BLOCK: tl.constexpr):
    where = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + where, tl.load(x + where, mask=where < n) * 2, mask=where < n)


target = triton.runtime.driver.active.get_current_target()
backend = make_backend(target)
options = backend.parse_options({})
signature = {"x": "*fp32", "out": "*fp32", "n": "i32", "BLOCK": "constexpr"}
source = ASTSource(twice, signature, {"BLOCK": 64}, {})
functions = backend.get_codegen_implementation(options)
module = source.make_ir(target, options, functions, backend.get_module_map(), ir.context())
found = []
module.walk(lambda op: found.append(op.get_name()))
print(module.verify(), found.count("tt.load"), found.count("tt.store"), found[-1])
"""
"""What ``torch.compile`` does to a kernel that the compiled function launches: it looks for stores."""


def test_a_kernel_can_be_walked_like_a_module_of_triton(tmp_path: Path) -> None:
    assert check_script(tmp_path, WALK) == "True 1 1 builtin.module\n"


def test_a_kernel_with_smt_functions_says_why_it_cannot_be_walked(tmp_path: Path) -> None:
    smt = WALK.replace(
        "import triton.language as tl",
        "import triton.language as tl\nimport triton.language.extra.smt as smt",
    )
    smt = smt.replace("    where = ", "    smt.alloc((16, 16))\n    where = ", 1)
    done = run_script(tmp_path, smt)
    assert "twice uses smt functions, and Triton's IR has no operations for them" in done.stderr
