"""The rule ``ambiguous-b``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smtir.asm import typetext
from smtir.inspect.lint.model import WARNING, Finding, Subject, at
from smtir.inspect.lint.registry import rule


@rule("ambiguous-b", WARNING)
def ambiguous_b(subject: Subject) -> Iterator[Finding]:
    """The second operand of `smt.dot` may be B or its transpose: both have these sizes.

    `smt.dot` takes B as `[KB, NB, kb, nb]` or as `[NB, KB, nb, kb]` and tells them apart by the
    sizes. With `NB == KB` and `nb == kb` it reads the first. If the second was meant, the result
    is a product with the transpose, and nothing else is said.

    ```python
    b = smt.view(w, (0, 0), (64, 64), (8, 8))  # square in tiles and in elements
    b = smt.view(w, (0, 0), (64, 64), (8, 16))  # only [KB, NB, kb, nb] fits
    ```
    """
    for op in subject.named("xsmt.mmt4d"):
        product: Any = op.opview
        a, b = (typetext.shape(str(value.type)) for value in (product.a, product.b))
        if b[::2] == a[1::2] and b[1::2] == a[1::2]:
            sizes = ", ".join(str(size) for size in b)
            yield at(
                op,
                f"b is [{sizes}], which fits as [KB, NB, kb, nb] and as [NB, KB, nb, kb]; "
                "it is read as the first",
                "if that is meant, nothing is wrong; else choose MICRO_N and MICRO_K, or BLOCK_N and "
                "BLOCK_K, that differ",
            )
