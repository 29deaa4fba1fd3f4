"""Types as text: what a foreign operation's format needs to know about them.

Upstream MLIR holds ``!tt.ptr<...>`` and the like as opaque text, and the reader works before any
type exists, so relations such as "the result is what the pointer points to" are functions from
text to text.  The reader, the constructors and the verifiers all use the same function.
Every function takes types as MLIR prints them (canonical blanks) and is cached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

POINTER = "!tt.ptr"
TENSOR_DESCRIPTOR = "!tt.tensordesc"
BUFFER = "!xsmt.buffer"

_CACHE = 4096
_SIGNED_INTEGER = re.compile(r"[su]i(\d+)")
_SHAPED = re.compile(r"(?P<kind>tensor|vector|memref)<(?P<shape>(?:(?:\d+|\?)x)*)(?P<rest>.+)>\Z", re.DOTALL)
_INTEGER = re.compile(r"[su]?i(\d+)\Z")
_FLOAT = re.compile(r"(?:bf|f|tf)(\d+)(?:E\w+)?\Z")


@dataclass(frozen=True)
class Shaped:
    """A tensor, vector or memref type in parts; ``None`` in ``shape`` is a dynamic size."""

    kind: str
    shape: tuple[int | None, ...]
    element: str
    encoding: str = ""

    def __str__(self) -> str:
        sizes = "".join(f"{'?' if size is None else size}x" for size in self.shape)
        encoding = f", {self.encoding}" if self.encoding else ""
        return f"{self.kind}<{sizes}{self.element}{encoding}>"

    def with_element(self, element: str) -> Shaped:
        return Shaped(self.kind, self.shape, element, self.encoding)

    def with_shape(self, shape: tuple[int | None, ...]) -> Shaped:
        return Shaped(self.kind, shape, self.element, self.encoding)


def split_top_level(text: str) -> list[str]:
    """Split at commas that are outside of brackets and strings; pieces are stripped."""
    if "<" not in text and "(" not in text and '"' not in text and "{" not in text and "[" not in text:
        return [piece.strip() for piece in text.split(",")] if text.strip() else []
    pieces: list[str] = []
    depth = start = position = 0
    while position < len(text):
        char = text[position]
        if char == '"':
            position = text.index('"', position + 1)
            while _escaped(text, position):
                position = text.index('"', position + 1)
        elif char in "<([{":
            depth += 1
        elif char in ")]}" or (char == ">" and text[position - 1] != "-"):
            depth -= 1
        elif char == "," and depth == 0:
            pieces.append(text[start:position].strip())
            start = position + 1
        position += 1
    last = text[start:].strip()
    return [*pieces, last] if last or pieces else []


def _escaped(text: str, position: int) -> bool:
    slashes = 0
    while text[position - 1 - slashes] == "\\":
        slashes += 1
    return slashes % 2 == 1


@lru_cache(_CACHE)
def shaped(text: str) -> Shaped | None:
    """``text`` in parts if it is a tensor, vector or memref type with a rank."""
    match = _SHAPED.match(text)
    if not match:
        return None
    sizes = tuple(None if size == "?" else int(size) for size in match["shape"].split("x")[:-1])
    element, *encoding = split_top_level(match["rest"])
    return Shaped(match["kind"], sizes, element, ", ".join(encoding))


@lru_cache(_CACHE)
def tensor(text: str) -> Shaped | None:
    """``text`` in parts if it is a ranked tensor type."""
    found = shaped(text)
    return found if found and found.kind == "tensor" else None


@lru_cache(_CACHE)
def scalar_pointee(text: str) -> str | None:
    """What one pointer points to: ``f32`` of ``!tt.ptr<f32>``, else ``None``."""
    if not (text.startswith(POINTER + "<") and text.endswith(">")):
        return None
    parts = split_top_level(text[len(POINTER) + 1 : -1])
    return parts[0] if parts else None


@lru_cache(_CACHE)
def address_space(text: str) -> int:
    """The address space of a pointer type, 1 if it names none."""
    parts = split_top_level(text[len(POINTER) + 1 : -1])
    return int(parts[1]) if len(parts) == 2 and parts[1].isdecimal() else 1


@lru_cache(_CACHE)
def pointer_to(pointee_text: str, space: int = 1) -> str:
    """The pointer type to ``pointee_text``; Triton leaves the default address space 1 out."""
    return f"{POINTER}<{pointee_text}>" if space == 1 else f"{POINTER}<{pointee_text}, {space}>"


@lru_cache(_CACHE)
def element(text: str) -> str:
    """The element type of a tensor; any other type is its own element."""
    found = shaped(text)
    return found.element if found else text


@lru_cache(_CACHE)
def shape(text: str) -> tuple[int | None, ...]:
    """The shape of a tensor; any other type is a scalar, ``()``."""
    found = shaped(text)
    return found.shape if found else ()


@lru_cache(_CACHE)
def same_shape(text: str, new_element: str) -> str:
    """``text`` with another element type: a scalar stays a scalar."""
    found = shaped(text)
    return str(found.with_element(new_element)) if found else new_element


@lru_cache(_CACHE)
def integer_width(text: str) -> int | None:
    """Bits of an integer type, ``None`` for any other."""
    match = _INTEGER.match(text)
    return int(match[1]) if match else None


@lru_cache(_CACHE)
def float_width(text: str) -> int | None:
    """Bits of a floating-point type, ``None`` for any other."""
    match = _FLOAT.match(text)
    return int(match[1]) if match else None


@lru_cache(_CACHE)
def bit_width(text: str) -> int | None:
    """Bits of an element type; a pointer has 64."""
    return 64 if scalar_pointee(text) else integer_width(text) or float_width(text)


# Relations: each derives the type of one field from the type of another, or gives None.


def same(text: str) -> str:
    """The same type."""
    return text


@lru_cache(_CACHE)
def pointee(text: str) -> str | None:
    """What a load through ``text`` gives: pointer, tensor of pointers, or block pointer."""
    found = tensor(text)
    if not found:
        return scalar_pointee(text)
    target = scalar_pointee(found.element)
    return str(found.with_element(target)) if target else None


@lru_cache(_CACHE)
def pointee_mask(text: str) -> str | None:
    """The mask type of a load through ``text``: i1 in the shape of what it gives."""
    target = pointee(text)
    return same_shape(target, "i1") if target else None


@lru_cache(_CACHE)
def base_pointer(text: str) -> str | None:
    """``!tt.ptr<f32>`` of the block pointer ``!tt.ptr<tensor<8x8xf32>>``."""
    block = scalar_pointee(text)
    found = tensor(block) if block else None
    return pointer_to(found.element, address_space(text)) if found else None


@lru_cache(_CACHE)
def descriptor_block(text: str) -> str | None:
    """``tensor<8x8xf32>`` of ``!tt.tensordesc<tensor<8x8xf32>>``, or of ``!tt.tensordesc<8x8xf32>``,
    which is how Triton 3.8 spells it.

    Integers of a descriptor have a sign, ``!tt.tensordesc<tensor<8x8xsi32>>``; those loaded have none.
    """
    if not text.startswith(TENSOR_DESCRIPTOR + "<"):
        return None
    inside = text[len(TENSOR_DESCRIPTOR) + 1 : -1]
    block = split_top_level(inside)[0] if inside.startswith("tensor<") else f"tensor<{inside}>"
    found = tensor(block)
    if found is None:
        return None
    signed = _SIGNED_INTEGER.fullmatch(found.element)
    return same_shape(block, f"i{signed[1]}") if signed else block
