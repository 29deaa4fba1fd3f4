"""Foreign types as MLIR types: questions about them, and how to make them.

Pointers are opaque types here (``!tt.ptr<f32>``, ``!tt.ptr<tensor<64x64xf32>>``).
"""

from __future__ import annotations

from collections.abc import Sequence

from smtir.asm import typetext
from smtir.asm.typecache import parse_type
from smtir.mlir import ir


def is_pointer(type_: ir.Type) -> bool:
    """Whether ``type_`` is a pointer, to a scalar or to a block."""
    return typetext.scalar_pointee(str(type_)) is not None


def is_block_pointer(type_: ir.Type) -> bool:
    """Whether ``type_`` points to a block: ``!tt.ptr<tensor<64x64xf32>>``."""
    return typetext.base_pointer(str(type_)) is not None


def is_pointer_tensor(type_: ir.Type) -> bool:
    """Whether ``type_`` is a tensor of pointers."""
    found = typetext.tensor(str(type_))
    return found is not None and typetext.scalar_pointee(found.element) is not None


def is_pointer_like(type_: ir.Type) -> bool:
    """Whether ``type_`` is a pointer of any kind, or a tensor of pointers."""
    return is_pointer(type_) or is_pointer_tensor(type_)


def is_descriptor(type_: ir.Type) -> bool:
    """Whether ``type_`` is a tensor descriptor."""
    return typetext.descriptor_block(str(type_)) is not None


def is_unsigned_descriptor(type_: ir.Type) -> bool:
    """Whether the elements of a tensor descriptor are unsigned integers."""
    return "xui" in str(type_)


def pointee(type_: ir.Type) -> ir.Type:
    """What a load through ``type_`` gives: ``f32`` of ``!tt.ptr<f32>``, ``tensor<64x64xf32>`` of a
    block pointer, ``tensor<64xf32>`` of a tensor of pointers.

    Raises:
        ValueError: ``type_`` is no pointer.
    """
    found = typetext.pointee(str(type_))
    if found is None:
        raise ValueError(f"{type_} is no pointer")
    return parse_type(found)


def address_space(type_: ir.Type) -> int:
    """The address space of a pointer type; 1 is global memory."""
    return typetext.address_space(str(type_))


def pointer_type(target: ir.Type, space: int = 1) -> ir.Type:
    """The pointer type to ``target``."""
    return parse_type(typetext.pointer_to(str(target), space))


def pointer_like(type_: ir.Type, element: ir.Type) -> ir.Type:
    """``type_``, a pointer or a tensor of pointers, pointing to ``element`` instead."""
    pointer = pointer_type(element)
    return pointer_tensor_type(pointer, type_.shape) if isinstance(type_, ir.RankedTensorType) else pointer


def pointer_tensor_type(pointer: ir.Type, shape: Sequence[int]) -> ir.Type:
    """The type of a tensor of ``shape`` of pointers of the type ``pointer``."""
    sizes = "".join(f"{size}x" for size in shape)
    return parse_type(f"tensor<{sizes}{pointer}>")


def descriptor_block(type_: ir.Type) -> ir.Type:
    """The block that a tensor descriptor loads and stores.

    Raises:
        ValueError: ``type_`` is no tensor descriptor.
    """
    found = typetext.descriptor_block(str(type_))
    if found is None:
        raise ValueError(f"{type_} is no tensor descriptor")
    return parse_type(found)
