"""Iterations of ``smt.parallel`` that can pause, for ``TRITON_INTERPRET=1``."""

from __future__ import annotations

import ast
import builtins
from typing import Any

_RUN_AT_ONCE = "smt_run_at_once"


def outline_iterations(module: Any) -> None:
    """Make functions of the bodies of ``smt.parallel`` loops in which something waits.

    ``for s in smt.parallel(0, n): body`` becomes ``def iteration(s): body`` and a call that runs
    all of them: their iterations must be able to pause, which a loop's cannot.
    """
    plain = module.ASTTransformer

    class Transformer(plain):  # type: ignore[misc, valid-type]
        def visit_For(self, node: ast.For) -> ast.AST | list[ast.AST]:  # noqa: N802  (ast's own spelling)
            loop = self.generic_visit(node)
            assert isinstance(loop, ast.For)
            if _called(loop.iter) != "parallel" or not any(map(_may_wait, ast.walk(loop))):
                return loop
            name = f"smt_iteration_{loop.lineno}_{loop.col_offset}"
            (function,) = ast.parse(f"def {name}(number): pass").body
            assert isinstance(function, ast.FunctionDef)
            number = ast.Name(id="number", ctx=ast.Load())
            function.body = [ast.Assign(targets=[loop.target], value=number), *loop.body]
            names = [ast.Name(id=one, ctx=ast.Load()) for one in (_RUN_AT_ONCE, name)]
            call = ast.Expr(ast.Call(func=names[0], args=[loop.iter, names[1]], keywords=[]))
            return [ast.copy_location(part, loop) for part in (function, call)]

    module.FunctionRewriter.ast_transformer = Transformer()

    def run_at_once(numbers: Any, body: Any) -> None:
        from smtir.language.iterations import run_at_once

        run_at_once(numbers, body)

    # The interpreter gives its own globals to every kernel.
    setattr(module, _RUN_AT_ONCE, run_at_once)


def _may_wait(node: ast.AST) -> bool:
    """Whether ``node`` calls ``barrier_wait``, or a function of the script's, which may."""
    if not isinstance(node, ast.Call):
        return False
    of_the_script = isinstance(node.func, ast.Name) and not hasattr(builtins, node.func.id)
    return of_the_script or _called(node) == "barrier_wait"


def _called(node: ast.AST) -> str:
    """The last part of the name of the function that ``node`` calls, or an empty string."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
