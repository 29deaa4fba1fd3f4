"""Several buffers or barriers made at once, of which ``x[i]`` is one.

They have a type that libtriton does not know, so that no SSA value of libtriton may carry them:
the Python object does, and control flow cannot choose between two.
"""

from __future__ import annotations

from typing import Any

from triton import language as tl

from smtir.errors import FrontendError
from smtir.language.arguments import describe, static
from smtir.language.emit import emit


class CopiesType(tl.core.base_type):
    """Type of ``Copies``: each is its own type, which holds the one value there is.

    Attributes:
        handle: libtriton value that stands for all copies.
        count: how many there are.
        view: the operation that gives one of them.
        mlir_type: their type as MLIR spells it.
        element: Triton type of one of them.
    """

    def __init__(self, handle: Any, count: int, view: str, mlir_type: str, element: tl.core.dtype) -> None:
        self.handle = handle
        self.count = count
        self.view = view
        self.mlir_type = mlir_type
        self.element = element

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CopiesType) and self.handle is other.handle

    def __hash__(self) -> int:
        return id(self.handle)

    def __str__(self) -> str:
        return f"copies<{self.count}, {self.element}>"

    def mangle(self) -> str:
        raise FrontendError(
            "several buffers or barriers cannot be passed to another @triton.jit function at once",
            hint="pass one of them: buffers[i]",
        )

    def _flatten_ir_types(self, builder: Any, out: list[Any]) -> None:
        """No value of libtriton's stands for them in control flow."""

    def _unflatten_ir(self, handles: list[Any], cursor: int) -> tuple[Copies, int]:
        return Copies(self), cursor


class Copies(tl.core.base_value):
    """What ``alloc_copies`` and ``mbarrier_copies`` give."""

    def __init__(self, type: CopiesType, semantic: Any = None) -> None:
        self.type = type
        self._semantic = semantic

    def _flatten_ir(self, handles: list[Any]) -> None:
        """See ``CopiesType._flatten_ir_types``."""

    def __getitem__(self, index: Any) -> tl.tensor:
        """For ``TRITON_INTERPRET=1``, where subscripts are Python's."""
        return self.one(index, self._semantic)

    def one(self, index: Any, semantic: Any) -> tl.tensor:
        """The copy number ``index``, constexpr or run-time.

        Raises:
            FrontendError: no integer, or a constexpr that is out of range.
        """
        number, op = (
            static(index),
            "smt." + ("alloc_copies" if "buffer" in self.type.view else "mbarrier_copies"),
        )
        if isinstance(number, int) and not isinstance(number, bool):
            if not 0 <= number < self.type.count:
                raise FrontendError(
                    f"the index {number} is out of range: there are {self.type.count} copies",
                    op=op,
                    hint=f"the copies are numbered from 0 to {self.type.count - 1}",
                )
        elif not isinstance(number, tl.tensor) or not number.type.is_int():
            raise FrontendError(
                f"the index must be an integer scalar, got {describe(index)}",
                op=op,
                hint="write buffers[i] with one index",
            )
        where = semantic.cast(semantic.to_tensor(number), tl.int32)
        operands = [self.type.handle, where.handle]
        return emit(semantic, self.type.view, operands, self.type.element, first_type=self.type.mlir_type)
