"""The sets of types that operands and results of ``tt`` and ``xsmt`` operations come from."""

from __future__ import annotations

from functools import lru_cache

from smtir.asm import typetext
from smtir.asm.fields import TypeConstraint

_CACHE = 4096


@lru_cache(_CACHE)
def _is_float(text: str) -> bool:
    return typetext.float_width(text) is not None


@lru_cache(_CACHE)
def _is_int(text: str) -> bool:
    return typetext.integer_width(text) is not None


@lru_cache(_CACHE)
def _is_pointer(text: str) -> bool:
    return typetext.scalar_pointee(text) is not None


@lru_cache(_CACHE)
def _is_tensor(text: str) -> bool:
    """A ranked tensor of static shape, without an encoding (those are for GPUs)."""
    found = typetext.tensor(text)
    return found is not None and None not in found.shape and not found.encoding


@lru_cache(_CACHE)
def _is_scalar_or_tensor(text: str) -> bool:
    return "<" not in text or _is_tensor(text) or _is_pointer(text)


@lru_cache(_CACHE)
def _tensor_rank(text: str) -> int:
    return len(typetext.shape(text)) if _is_tensor(text) else -1


ANY = TypeConstraint("any type", lambda text: True)
VALUE = TypeConstraint(
    "a scalar, a pointer, or a tensor of static shape without encoding", _is_scalar_or_tensor
)
I1 = TypeConstraint("i1", "i1".__eq__)
I16 = TypeConstraint("i16", "i16".__eq__)
I32 = TypeConstraint("i32", "i32".__eq__)
I64 = TypeConstraint("i64", "i64".__eq__)
I16_OR_I32 = TypeConstraint("i16 or i32", lambda text: text in ("i16", "i32"))
I32_OR_I64 = TypeConstraint("i32 or i64", lambda text: text in ("i32", "i64"))
INT = TypeConstraint("an integer", _is_int)
TENSOR = TypeConstraint("a tensor of static shape without encoding", _is_tensor)
TENSOR_2D = TypeConstraint("a 2D tensor of static shape", lambda text: _tensor_rank(text) == 2)
TENSOR_4D = TypeConstraint("a packed 4D tensor of static shape", lambda text: _tensor_rank(text) == 4)
FLOAT_LIKE = TypeConstraint(
    "a float or a tensor of floats",
    lambda text: _is_scalar_or_tensor(text) and _is_float(typetext.element(text)),
)
INT_LIKE = TypeConstraint(
    "an integer or a tensor of integers",
    lambda text: _is_scalar_or_tensor(text) and _is_int(typetext.element(text)),
)
NUMBER_LIKE = TypeConstraint(
    "a number or a tensor of numbers",
    lambda text: _is_scalar_or_tensor(text) and not _is_pointer(typetext.element(text)),
)
NUMBER_TENSOR = TypeConstraint(
    "a tensor of numbers", lambda text: _is_tensor(text) and not _is_pointer(typetext.element(text))
)
INT_TENSOR = TypeConstraint(
    "a tensor of integers", lambda text: _is_tensor(text) and _is_int(typetext.element(text))
)
FLOAT_TENSOR = TypeConstraint(
    "a tensor of floats", lambda text: _is_tensor(text) and _is_float(typetext.element(text))
)
I32_TENSOR = TypeConstraint(
    "a 1D tensor of i32", lambda text: _tensor_rank(text) == 1 and typetext.element(text) == "i32"
)
BOOL_LIKE = TypeConstraint(
    "i1 or a tensor of i1", lambda text: _is_scalar_or_tensor(text) and typetext.element(text) == "i1"
)
I64_LIKE = TypeConstraint(
    "i64 or a tensor of i64", lambda text: _is_scalar_or_tensor(text) and typetext.element(text) == "i64"
)
POINTER_LIKE = TypeConstraint(
    "a pointer or a tensor of pointers",
    lambda text: (
        _is_scalar_or_tensor(text)
        and _is_pointer(typetext.element(text))
        and typetext.base_pointer(typetext.element(text)) is None
    ),
)
LOADABLE = TypeConstraint(
    "a pointer, a tensor of pointers, or a block pointer",
    lambda text: _is_scalar_or_tensor(text) and _is_pointer(typetext.element(text)),
)
POINTER = TypeConstraint("a pointer", _is_pointer, prefix=typetext.POINTER)
BLOCK_POINTER = TypeConstraint(
    "a block pointer, !tt.ptr<tensor<...>>", typetext.base_pointer, prefix=typetext.POINTER
)
DESCRIPTOR = TypeConstraint(
    "a tensor descriptor, !tt.tensordesc<tensor<...>>",
    typetext.descriptor_block,
    prefix=typetext.TENSOR_DESCRIPTOR,
)
BUFFER = TypeConstraint(
    "a buffer, !xsmt.buffer<...>",
    lambda text: text.startswith(typetext.BUFFER + "<"),
    prefix=typetext.BUFFER,
)
BARRIERS = TypeConstraint("barriers, !xsmt.mbarrier<...>", lambda text: text.startswith("!xsmt.mbarrier"))
