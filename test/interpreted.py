"""Runs kernels with Triton's interpreter, in one process of its own for many kernels.

Triton decides when it is imported whether its functions are compiled or interpreted, so that one
process cannot do both.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

_SERVER = """
import importlib.util, os, pickle, sys
import smtir.backend.imports
smtir.backend.imports.install()
channel, sys.stdout = sys.stdout.buffer, sys.stderr
while True:
    try:
        path, arguments, constexprs, grid = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    try:
        spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        module.kernel[grid](*arguments, **constexprs)
        answer = arguments, None
    except Exception as error:
        answer = None, f"{type(error).__name__}: {error}"
    pickle.dump(answer, channel)
    channel.flush()
"""


class Interpreter:
    """The process; ``with Interpreter() as interpreter: interpreter.run(...)``."""

    def __enter__(self) -> Interpreter:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TRITON_INTERPRET": "1"},
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def run(
        self, path: Path, arguments: list[Any], constexprs: dict[str, Any], grid: tuple[int, ...]
    ) -> list[Any]:
        """The arguments after ``kernel`` of the file has run on them; raises ``RuntimeError`` for its own."""
        assert self._process.stdin
        assert self._process.stdout
        pickle.dump((str(path), arguments, constexprs, grid), self._process.stdin)
        self._process.stdin.flush()
        answer, error = pickle.load(self._process.stdout)
        if error:
            raise RuntimeError(error)
        result: list[Any] = answer
        return result
