"""Operands of products in the microscaling formats: elements of 4 or 8 bits with a scale for a block.

The formats are those of the OCP Microscaling specification 1.0: E2M1 elements come in pairs, the
low half of a byte first; a scale in E8M0 is ``2 ** (byte - 127)``, and NaN for 255.
"""

from __future__ import annotations

from collections.abc import Callable

from smtir.mlir import arith, bufferization, ir, tensor
from smtir.rewrite import builders
from smtir.rewrite.builders import constant, constant_like, is_float
from smtir.rewrite.rearrangements import interleaved
from smtir.rewrite.values import element_of, shape_of

PAIRS = "e2m1"
"""The element type that is two to a byte."""
_MANTISSA_BITS = 23
_HALF_OF_SMALLEST, _NAN = 0x00400000, 0x7FC00000
"""Bits of 2 ** -127 and of NaN in f32."""


def scaled_operand(
    value: ir.Value, scale: ir.Value | None, kind: str, k_axis: int, *, packed_along_k: bool
) -> ir.Value:
    """The operand as a tensor of f32, times its scales.

    Args:
        value: elements, or bytes of two where ``kind`` is ``"e2m1"``.
        scale: ``[..., outer, K / block]``, E8M0 as i8 or a float; None for an operand without.
        kind: Triton's name of the element type.
        k_axis: the dim of ``value`` that the product sums over: the last or the one before.
        packed_along_k: whether two elements of a byte are neighbours along ``k_axis``, else along the
            other of the last two dims.
    """
    rank = len(shape_of(value))
    outer_axis = 2 * rank - 3 - k_axis
    decode: Callable[[ir.Value], ir.Value] = _as_f32
    if kind == PAIRS:
        value, decode = _one_to_a_byte(value, k_axis if packed_along_k else outer_axis), _e2m1
    shape, f32 = shape_of(value), ir.F32Type.get()
    if scale is None:
        maps = [ir.AffineMap.get_identity(rank)] * 2
        return builders.generic([value], [builders.empty(shape, f32)], maps, lambda one, _: decode(one))
    # Blocks of k and the places in them have loops of their own: lanes of one block have one scale.
    block = shape[k_axis] // shape_of(scale)[-1]
    split = [*shape[:k_axis], shape[k_axis] // block, block, *shape[k_axis + 1 :]]
    parts = [[dim + (dim > k_axis)] for dim in range(rank)]
    parts[k_axis].append(k_axis + 1)
    every = ir.AffineMap.get_identity(rank + 1)
    of_scale = [*range(rank - 2), *parts[outer_axis], k_axis]
    dims = ir.AffineMap.get(rank + 1, 0, [ir.AffineDimExpr.get(dim) for dim in of_scale])

    def body(one: ir.Value, factor: ir.Value, _: ir.Value) -> ir.Value:
        return arith.mulf(decode(one), _as_f32(factor) if is_float(factor.type) else _power_of_two(factor))

    blocks = tensor.expand_shape(builders.tensor_type(split, element_of(value)), value, parts, [], split)
    scaled = builders.generic([blocks, scale], [builders.empty(split, f32)], [every, dims, every], body)
    whole = builders.tensor_type(shape, f32)
    # A copy, or else the loops of the product would be split too, and each element decoded for each product.
    return bufferization.alloc_tensor(whole, [], copy=tensor.collapse_shape(whole, scaled, parts))


def _one_to_a_byte(pairs: ir.Value, axis: int) -> ir.Value:
    """The low and the high halves of bytes, each in a byte of its own, in turns along ``axis``."""
    low = arith.andi(pairs, constant_like(pairs, 15))
    high = arith.shrui(pairs, constant_like(pairs, 4))
    return interleaved([low, high], axis)


def _as_f32(value: ir.Value) -> ir.Value:
    f32 = ir.F32Type.get()
    return value if value.type == f32 else arith.extf(f32, value)


def _e2m1(byte: ir.Value) -> ir.Value:
    """The E2M1 number in the low half of a ``byte`` whose high half is 0."""
    i32 = ir.IntegerType.get_signless(32)
    bits = arith.extui(i32, byte)
    one, zero = constant(i32, 1), constant(i32, 0)
    mantissa = arith.andi(bits, one)
    exponent = arith.andi(arith.shrui(bits, one), constant(i32, 3))
    normal = arith.cmpi(arith.CmpIPredicate.ne, exponent, zero)
    # Twice the magnitude is an integer: 0, 1 or (2 + mantissa) << (exponent - 1).
    steps = arith.select(normal, arith.subi(exponent, one), zero)
    doubled = arith.shli(arith.addi(mantissa, arith.select(normal, constant(i32, 2), zero)), steps)
    f32 = ir.F32Type.get()
    magnitude = arith.mulf(arith.sitofp(f32, doubled), constant(f32, 0.5))
    negative = arith.cmpi(arith.CmpIPredicate.ne, arith.andi(bits, constant(i32, 8)), zero)
    return arith.select(negative, arith.negf(magnitude), magnitude)


def _power_of_two(byte: ir.Value) -> ir.Value:
    """The E8M0 number ``byte``."""
    i32 = ir.IntegerType.get_signless(32)
    exponent = arith.extui(i32, byte)
    bits = arith.shli(exponent, constant(i32, _MANTISSA_BITS))
    for pattern, meaning in ((0, _HALF_OF_SMALLEST), (255, _NAN)):
        found = arith.cmpi(arith.CmpIPredicate.eq, exponent, constant(i32, pattern))
        bits = arith.select(found, constant(i32, meaning), bits)
    return arith.bitcast(ir.F32Type.get(), bits)
