from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from smtir.dialects import parse_module, print_module, verify_module


@cache
def kernels() -> ModuleType:
    """Triton needs the kernels' source in a real file; pytest imports tests without a package."""
    path = Path(__file__).with_name("triton_kernels.py")
    spec = importlib.util.spec_from_file_location("triton_kernels_for_dialects", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def triton_text(name: str, *, optimized: bool) -> str:
    """TTIR from stock Triton's own code generation and passes; needs no GPU."""
    from triton._C.libtriton import ir, passes
    from triton.backends.compiler import GPUTarget
    from triton.backends.nvidia.compiler import CUDABackend
    from triton.compiler.compiler import ASTSource

    fn, signature, constants = kernels().CASES[name]
    target = GPUTarget("cuda", 90, 32)
    backend = CUDABackend(target)
    options = backend.parse_options({})
    context = ir.context()
    ir.load_dialects(context)
    source = ASTSource(fn, {**signature, **dict.fromkeys(constants, "constexpr")}, constexprs=constants)
    module = source.make_ir(
        target, options, backend.get_codegen_implementation(options), backend.get_module_map(), context
    )
    if optimized:
        manager = ir.pass_manager(context)
        passes.common.add_inliner(manager)
        passes.ttir.add_combine(manager)
        passes.common.add_canonicalizer(manager)
        passes.ttir.add_reorder_broadcast(manager)
        passes.common.add_cse(manager)
        passes.common.add_licm(manager)
        passes.common.add_symbol_dce(manager)
        manager.run(module, "test")
    return str(module)


def triton_reads(text: str, folder: Path, *, locations: bool = True) -> str:
    """What libtriton prints after it has parsed ``text``."""
    from triton._C.libtriton import ir

    path = folder / "in.mlir"
    path.write_text(text)
    context = ir.context()
    ir.load_dialects(context)
    module: Any = ir.parse_mlir_module(str(path), context)
    module.context = context
    return str(module) if locations else str(module.str_nodebug())


@pytest.mark.parametrize("optimized", [False, True], ids=["plain", "optimized"])
@pytest.mark.parametrize("name", ["attention", "matmul", "everything"])
def test_libtriton_parses_what_we_print_and_prints_the_original_text(
    name: str, optimized: bool, tmp_path: Path
) -> None:
    original = triton_text(name, optimized=optimized)
    module = parse_module(original, "kernel.ttir")
    verify_module(module)
    printed = print_module(module, locations=True)
    assert triton_reads(printed, tmp_path) == triton_reads(original, tmp_path)
    assert print_module(parse_module(printed), locations=True) == printed


@pytest.mark.parametrize("name", ["attention", "matmul"])
def test_the_printed_text_is_tritons_own_character_for_character(name: str, tmp_path: Path) -> None:
    # Read once by libtriton: the text leaves out the names of loop arguments.
    original = triton_reads(triton_text(name, optimized=True), tmp_path)
    assert print_module(parse_module(original), locations=True).strip() == original.strip()


@pytest.mark.parametrize("name", ["attention", "matmul", "everything"])
def test_libtriton_parses_the_text_without_locations(name: str, tmp_path: Path) -> None:
    original = triton_text(name, optimized=True)
    printed = print_module(parse_module(original))
    assert "loc(" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", printed)
    expected = triton_reads(original, tmp_path, locations=False)
    # Names come from locations there, so only the renamed texts can be the same.
    assert numbered(triton_reads(printed, tmp_path, locations=False)) == numbered(expected)


@pytest.mark.parametrize("name", ["attention", "everything"])
def test_the_generic_form_reads_back_to_the_same_module(name: str) -> None:
    module = parse_module(triton_text(name, optimized=False))
    generic = print_module(module, generic=True, locations=True)
    assert '"tt.func"' in generic
    assert print_module(parse_module(generic), locations=True) == print_module(module, locations=True)


@pytest.mark.parametrize("name", ["attention", "everything"])
def test_libtriton_parses_the_generic_form(name: str, tmp_path: Path) -> None:
    original = triton_text(name, optimized=True)
    generic = print_module(parse_module(original), generic=True, locations=True)
    assert triton_reads(generic, tmp_path) == triton_reads(original, tmp_path)


def numbered(text: str) -> str:
    """``text`` with its values numbered in the order of their first appearance, no locations."""
    text = re.sub(r' loc\((?:[^()"]|"[^"]*"|\([^()]*\))*\)', "", text)
    numbers: dict[str, int] = {}
    return re.sub(r"%[\w.]+", lambda match: f"%{numbers.setdefault(match[0], len(numbers))}", text)
