"""Operands of products in the microscaling formats: elements of 4 or 8 bits with a scale for a block.

The formats are those of the OCP Microscaling specification 1.0: E2M1 elements come in pairs, the
low half of a byte first; a scale in E8M0 is ``2 ** (byte - 127)``, and NaN for 255.
"""

from __future__ import annotations

from smtir.mlir import arith, ir, linalg, tensor
from smtir.rewrite import builders, index
from smtir.rewrite.builders import constant, is_float
from smtir.rewrite.values import shape_of

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
    shape = list(shape_of(value))
    rank = len(shape)
    outer_axis = 2 * rank - 3 - k_axis
    packed_axis = k_axis if packed_along_k else outer_axis
    if kind == PAIRS:
        shape[packed_axis] *= 2

    def body(*_: ir.Value) -> ir.Value:
        at: list[ir.Value] = [linalg.IndexOp(dim).result for dim in range(rank)]
        if kind == PAIRS:
            places = list(at)
            places[packed_axis] = arith.divui(at[packed_axis], index.materialize(2))
            half = arith.remui(at[packed_axis], index.materialize(2))
            element = _half_byte(tensor.extract(value, places), half)
        else:
            element = _as_f32(tensor.extract(value, at))
        if scale is None:
            return element
        block = shape[k_axis] // shape_of(scale)[-1]
        group = arith.divui(at[k_axis], index.materialize(block))
        factor = tensor.extract(scale, [*at[: rank - 2], at[outer_axis], group])
        return arith.mulf(element, _as_f32(factor) if is_float(factor.type) else _power_of_two(factor))

    identity = ir.AffineMap.get_identity(rank)
    return builders.generic([], [builders.empty(shape, ir.F32Type.get())], [identity], body)


def _as_f32(value: ir.Value) -> ir.Value:
    f32 = ir.F32Type.get()
    return value if value.type == f32 else arith.extf(f32, value)


def _half_byte(byte: ir.Value, half: ir.Value) -> ir.Value:
    """The E2M1 number in the low (``half`` 0) or the high half of ``byte``."""
    i32 = ir.IntegerType.get_signless(32)
    shift = arith.index_cast(i32, arith.muli(half, index.materialize(4)))
    bits = arith.shrui(arith.extui(i32, byte), shift)
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
