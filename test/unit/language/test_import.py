from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = {
    "after_smtir": "import smtir\nimport triton.language.extra.smt as smt",
    "triton_first": "import triton\nimport smtir\nimport triton.language.extra.smt as smt",
    "extra_first": "import triton.language.extra\nimport smtir\nfrom triton.language.extra import smt",
    "one_function": "import smtir\nfrom triton.language.extra.smt import dot\n"
    "import triton.language.extra.smt as smt",
    "language_first": "import smtir.language\nimport triton.language.extra.smt as smt",
    "kernels_first": "import smtir.kernels.qk\nimport triton.language.extra.smt as smt",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_smt_module_is_the_language_package_in_any_import_order(name: str) -> None:
    check = """
import sys
from pathlib import Path
import smtir.language
assert smt is smtir.language, smt
assert sys.modules["triton.language.extra.smt"] is smtir.language
assert smt.__spec__.name == smt.__name__ == "smtir.language"
import triton.language as tl
assert tl.extra.smt is smt
import triton.language.extra.deeplink as deeplink
assert deeplink.compile_hint is smt.compile_hint
assert {"alloc", "descriptor_load", "dot", "parallel", "view"} <= set(dir(smt))
"""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAMS[name] + check], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


def test_libdevice_is_where_backends_for_cpus_keep_it() -> None:
    program = """
import importlib, smtir, smtir.language.libdevice
named = importlib.import_module("triton.language.extra.cpu.libdevice")
assert named is smtir.language.libdevice, named
from triton.language.extra import cpu
assert cpu.libdevice is named
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["spine_raw", "smt_rvisa"])
def test_a_part_of_spine_triton_that_smtir_does_not_have_says_so(name: str) -> None:
    for statement in (
        f"from triton.language.extra import {name}",
        f"import triton.language.extra.{name} as raw",
        f"from triton.language.extra.{name}.dialect import kernel",
    ):
        with pytest.raises(ModuleNotFoundError, match=f"{name}.*not its raw kernels"):
            exec(statement, {})


def test_importing_smtir_does_not_import_triton() -> None:
    program = "import sys, smtir; assert 'triton' not in sys.modules and 'mlir' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


def test_installing_the_finder_twice_leaves_one() -> None:
    from smtir import smt_import

    smt_import.install()
    smt_import.install()
    assert sum(type(finder).__name__ == "_SmtFinder" for finder in sys.meta_path) == 1


def test_a_language_function_called_outside_a_kernel_says_so() -> None:
    import smtir.language as smt

    with pytest.raises(ValueError, match=r"@triton\.jit"):
        smt.dot(None, None)
