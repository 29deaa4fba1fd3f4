"""Turning what Triton raises into a ``FrontendError`` with the kernel's line and a caret."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator, Mapping
from typing import Any

from triton.compiler.errors import CompilationError, CompileTimeAssertionFailure
from triton.runtime.jit import JITFunction, get_jit_fn_file_line

from smtir.errors import FrontendError, Note, SourceLocation
from smtir.mlir import TRITON_LIBRARY

_REPR = re.compile(r"^(?P<type>\w+)\((?P<quote>['\"])(?P<text>.*)(?P=quote),?\)$", re.DOTALL)


def frontend_error(error: Exception, functions: Mapping[str, Any]) -> FrontendError:
    """The error to show for ``error``, raised while one of ``functions`` was generated.

    Args:
        error: a Triton ``CompilationError`` or one of ours without a place.
        functions: the ``@triton.jit`` functions by source text, to find their files.
    """
    chain = list(_chain(error))
    located = [link for link in chain if isinstance(link, CompilationError) and hasattr(link.node, "lineno")]
    in_kernel = [link for link in located if TRITON_LIBRARY not in _place(link, functions)[0].file]
    located = in_kernel or located
    ours = next((link for link in reversed(chain) if isinstance(link, FrontendError)), None)
    if not located:
        return ours or FrontendError(str(error) or repr(error))
    place, caret = _place(located[-1], functions)
    notes = tuple(
        Note("called from here", _place(link, functions)[0])
        for link in reversed(located[:-1])
        if link.node is not located[-1].node and link.src != located[-1].src
    )
    message = ours.message if ours else _message(chain)
    return FrontendError(
        f"{message}\n{caret}" if caret else message,
        location=place,
        op=ours.op if ours else "",
        hint=ours.hint if ours else "",
        notes=notes,
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """``error`` and what caused it, outermost first."""
    link: BaseException | None = error
    while link is not None:
        yield link
        # Triton hides the cause with "from None" in places; the context still has it.
        link = link.__cause__ or link.__context__


def _message(chain: list[BaseException]) -> str:
    for link in reversed(chain):
        if isinstance(link, CompileTimeAssertionFailure):
            return ": ".join(filter(None, ("static_assert failed", link.error_message)))
        text = link.error_message if isinstance(link, CompilationError) else str(link)
        if text:
            quoted = _REPR.match(text)
            return quoted["text"] if quoted else text
    return type(chain[-1]).__name__


def _place(error: CompilationError, functions: Mapping[str, Any]) -> tuple[SourceLocation, str]:
    """Position in the file, and the line of source with a caret below."""
    fn: JITFunction | None = functions.get(error.src or "")
    if fn is None:
        return SourceLocation("", error.node.lineno, error.node.col_offset + 1), ""
    file, first = get_jit_fn_file_line(fn)
    line = first + error.node.lineno - 1
    definition = next((text for text in fn.raw_src if text.lstrip().startswith("def ")), "")
    column = error.node.col_offset + len(definition) - len(definition.lstrip())
    text = linecache.getline(file, line).rstrip("\n")
    caret = f"  {text}\n  {' ' * column}^" if text else ""
    return SourceLocation(file, line, column + 1), caret
