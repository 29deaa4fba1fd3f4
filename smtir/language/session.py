"""What one compilation shares between the language functions and the code generator.

Triton hands every language function its builder, and the builder the options of the
compilation; the session travels as ``builder.options.smt_session``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from smtir.errors import FrontendError

Api = Literal["old", "current"]


class WindowKeeper(Protocol):
    """What the windows of the old API ask of the code generator (its ``accumulators``)."""

    def open(self, window: Any, base: Any) -> None:
        """Let ``window`` look into the accumulator that holds the tensor ``base``."""

    def base(self, window: Any) -> Any:
        """The tensor that the window's accumulator holds now."""

    def name_reading(self, window: Any, value: Any) -> None:
        """Name ``value``, what the window shows, after the window's variable."""

    def assign(self, base: Any, value: Any, op: str, *, must_be_held: bool = True) -> None:
        """Make ``value`` what every variable holds that holds the tensor ``base``."""

    def update(self, window: Any, value: Any) -> None:
        """Make ``value`` the accumulator's new value under every name that holds it."""


@dataclass
class Session:
    """State of one compilation.

    Attributes:
        api: generation of the smt language that the kernel is written in.
        context: libtriton's MLIR context.
        module: libtriton's module; set by the code generator.
        uses_smt: whether the kernel, or a function it calls, uses the smt language.
        tracks: whether variables are followed, because tensors are updated in place.
        keeps_halves: whether f16 is typed by spine-triton's rules (``smtir.frontend.halves``).
        placeholders: symbol of each placeholder function, by its type.
        functions: the ``@triton.jit`` functions met so far, by source text.
    """

    api: Api
    context: Any
    module: Any = None
    uses_smt: bool = True
    tracks: bool = True
    keeps_halves: bool = False
    placeholders: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Any] = field(default_factory=dict)


def session_of(semantic: Any) -> Session:
    """The session of the compilation that Triton's ``semantic`` object belongs to.

    Raises:
        FrontendError: another compiler than smtir's frontend is at work.
    """
    session = getattr(semantic.builder.options, "smt_session", None)
    if not isinstance(session, Session):
        raise FrontendError(
            "the smt language is compiled by smtir only",
            hint="use smtir.compile(...) on the kernel, or smtir's Triton backend",
        )
    return session
