"""Finds out, before code generation, which functions a kernel calls and in which smt API."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from triton.runtime.jit import JITFunction

from smtir.language.session import Api
from smtir.smt_import import LANGUAGE_MODULE, SERVED


def detect_api(fn: JITFunction) -> Api:
    """``"old"`` when the kernel, or a function it calls, uses arguments that only the old API has.

    These are ``descriptor_load`` with four arguments or a ``shape`` or ``micro_size``, ``view`` or
    ``alloc`` with a ``micro_size``, and ``alloc`` with a tuple behind the shape.
    """
    return "old" if any(_is_old_call(node, callee) for node, callee in reachable_calls(fn)) else "current"


def may_update_windows(fn: JITFunction) -> bool:
    """Whether ``fn``, or a function it calls, contains a ``smt.dot``."""
    return any(_smt_name(callee) == "dot" for _, callee in reachable_calls(fn))


def uses_smt(fn: JITFunction) -> bool:
    """Whether ``fn``, or a function it calls, calls a function of the smt or tile language."""
    return any(_smt_name(callee) for _, callee in reachable_calls(fn))


def updates_tensors(fn: JITFunction) -> bool:
    """Whether a tensor is written to in ``fn`` or a function it calls: ``x[i, j] = y``, ``destination=``."""
    return any(
        isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        for function in reachable_functions(fn)
        for node in ast.walk(function.parse())
    ) or any(
        _smt_name(callee) in ("view", "descriptor_load")
        and (len(node.args) > 2 or any(keyword.arg == "destination" for keyword in node.keywords))
        for node, callee in reachable_calls(fn)
    )


def reachable_functions(fn: JITFunction) -> list[JITFunction]:
    """``fn`` and the ``@triton.jit`` functions it reaches."""
    called = {id(callee): callee for _, callee in reachable_calls(fn) if isinstance(callee, JITFunction)}
    return [fn, *(function for function in called.values() if function is not fn)]


def reachable_calls(fn: JITFunction) -> Iterator[tuple[ast.Call, Any]]:
    """Each call in ``fn`` and in the ``@triton.jit`` functions it reaches, with what it calls.

    What a call names through a run-time expression stays unknown (None).
    """
    seen: set[int] = set()
    todo = [fn]
    while todo:
        function = todo.pop()
        if id(function.fn) in seen:
            continue
        seen.add(id(function.fn))
        scope = function.get_capture_scope()
        for node in ast.walk(function.parse()):
            if isinstance(node, ast.Call):
                callee = _resolve(node.func, scope)
                yield node, callee
                if type(callee).__name__ == "InterpretedFunction":  # TRITON_INTERPRET=1
                    callee = JITFunction(callee.fn)
                if isinstance(callee, JITFunction):
                    todo.append(callee)


def _is_old_call(node: ast.Call, callee: Any) -> bool:
    name = _smt_name(callee)
    keywords = {keyword.arg for keyword in node.keywords}
    if name == "descriptor_load":
        return len(node.args) >= 4 or bool(keywords & {"shape", "micro_size"})
    if name == "alloc" and any(isinstance(given, ast.Tuple | ast.List) for given in node.args[1:]):
        return True
    return name in ("view", "alloc") and "micro_size" in keywords


def _smt_name(callee: Any) -> str:
    """Name of a function of the smt language; spine-triton's own module may stand in for ours."""
    module = getattr(callee, "__module__", None) or ""
    return str(callee.__name__) if module.startswith((LANGUAGE_MODULE, *SERVED)) else ""


def _resolve(expression: ast.expr, scope: dict[str, Any]) -> Any:
    """The object that a dotted name stands for; None for anything else."""
    if isinstance(expression, ast.Name):
        return scope.get(expression.id)
    if isinstance(expression, ast.Attribute):
        owner = _resolve(expression.value, scope)
        if isinstance(owner, ModuleType):
            return getattr(owner, expression.attr, None)
    return None
