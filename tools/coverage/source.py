"""Kernels for cases, as source text in files: Triton reads a kernel's source, so it needs one."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.coverage.case import Case
from tools.coverage.elements import Element

Cell = tuple[Case, Element]

_HEAD = """\
from __future__ import annotations

import triton
import triton.language as tl
from triton.language.extra import libdevice


"""
_POINTERS = ("x_ptr", "y_ptr", "z_ptr", "out_ptr")


def kernel_of(cells: Sequence[Cell], folder: Path) -> tuple[Any, dict[str, str]]:
    """A kernel that does what each of ``cells`` does, and its signature.

    Its parameters are ``x_ptr0``, ``y_ptr0``, ``z_ptr0``, ``out_ptr0``, ``x_ptr1``, ...
    """
    cases = list({id(case): case for case, _ in cells}.values())
    names = {id(case): f"case{number}" for number, case in enumerate(cases)}
    text = _HEAD + "".join(_function(case, names[id(case)]) for case in cases)
    parameters: list[str] = []
    signature: dict[str, str] = {}
    calls = []
    for number, (case, element) in enumerate(cells):
        own = [f"{pointer}{number}" for pointer in _POINTERS]
        types = [element.name] * 3 + [case.result_element(element).name]
        signature |= {name: f"*{type_}" for name, type_ in zip(own, types, strict=True)}
        parameters += own
        calls.append(f"    {names[id(case)]}({', '.join(own)})\n")
    text += f"@triton.jit\ndef kernel({', '.join(parameters)}):\n{''.join(calls)}"
    return _module(text, folder).kernel, signature


def _function(case: Case, name: str) -> str:
    lines = ["i = tl.arange(0, 64)"]
    lines += [f"{value} = tl.load({value}_ptr + i)" for value in "xyz"[: case.arity]]
    body = case.body
    statement = case.stores or re.search(r"^(\w+, )*out = |\n", body)
    lines += (body if statement else f"out = {body}").splitlines()
    if not case.stores:
        at = f"tl.arange(0, {case.size})" if case.size > 1 else "0"
        lines.append(f"tl.store(out_ptr + {at}, out)")
    indented = "".join(f"    {line}\n" for line in lines)
    given = f"{case.given}\n\n" if case.given else ""
    return f"{given}@triton.jit\ndef {name}({', '.join(_POINTERS)}):\n{indented}\n\n"


def _module(text: str, folder: Path) -> Any:
    name = f"coverage_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    path = folder / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
