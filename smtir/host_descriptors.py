"""Tensor descriptors that the host makes (``triton.tools.tensor_descriptor``) as kernel parameters.

Such a parameter is several arguments of the compiled kernel: the tensor's first element, its
sizes and its strides in elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_TYPE = re.compile(r"tensordesc<(?P<element>\w+)\[(?P<block>\s*\d+\s*(?:,\s*\d+\s*)*)\]>$")
_PARTS = ("base", "shape", "strides", "block_shape")


class Part(NamedTuple):
    """One argument of the compiled kernel.

    ``path`` leads to it from the host's descriptor: ``("shape", 1)`` is ``descriptor.shape[1]``.
    """

    name: str
    path: tuple[str | int, ...]
    type: str


def is_descriptor_type(declared: str) -> bool:
    """Whether ``declared`` is Triton's name of a descriptor's type: ``"tensordesc<fp32[16, 32]>"``."""
    return _TYPE.match(declared) is not None


def element_of(declared: str) -> str:
    """The element type of a descriptor's type: ``"fp32"``."""
    return _match(declared)["element"]


def parts_of(name: str, declared: str) -> Iterator[Part]:
    """The arguments that the parameter ``name`` of a descriptor's type stands for, in order."""
    found = _match(declared)
    rank = found["block"].count(",") + 1
    yield Part(name, ("base",), f"*{found['element']}")
    for what, type_ in (("shape", "i32"), ("strides", "i64")):
        for axis in range(rank):
            yield Part(f"{name}.{what}.{axis}", (what, axis), type_)


def is_descriptor(value: Any) -> bool:
    """Whether ``value`` is a descriptor made by the host."""
    return all(hasattr(value, part) for part in _PARTS)


def flatten(value: Any) -> list[Any]:
    """The arguments for a descriptor made by the host, as ``parts_of`` names them; else ``[value]``."""
    return [value.base, *value.shape, *value.strides] if is_descriptor(value) else [value]


def _match(declared: str) -> re.Match[str]:
    found = _TYPE.match(declared)
    if found is None:
        raise ValueError(f"{declared} is no type of a tensor descriptor")
    return found
