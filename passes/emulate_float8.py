"""Arithmetic on 8-bit floats is done in f32, and their conversions become integer operations on bits.

No target has 8-bit floats.  Narrowing rounds to nearest even and saturates, as Triton's GPU targets
do: what is too large, infinity included, becomes the largest finite number.  NaN stays NaN.

Before::

    %y = arith.extf %x : f8E5M2 to f32

After::

    %bits = arith.bitcast %x : f8E5M2 to i8
    %wide = arith.extui %bits : i8 to i32
    ...  // sign, exponent and mantissa moved to their places in f32
    %y = arith.select %is_nan, %nan, %value : f32
"""

from __future__ import annotations

from dataclasses import dataclass

from smtir.mlir import arith, ir, math
from smtir.rewrite import builders
from smtir.rewrite.lowering import replace_op
from smtir.rewrite.narrow_floats import compute_in_f32, has_values
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import bit_width, operations_below

F32_MANTISSA, F32_BIAS = 23, 127


@dataclass(frozen=True)
class Float8:
    """An 8-bit format: mantissa bits, exponent bias, and the bit patterns (sign aside) that matter.

    Patterns above ``largest`` are not finite; those from ``first_nan`` on are NaN, and the one in
    between, if there is one, is infinity.  A format without negative zero (``is_unsigned_zero``) has
    its NaN in that place, and no other.
    """

    mantissa: int
    bias: int
    largest: int
    first_nan: int
    is_unsigned_zero: bool = False


FORMATS = {
    "f8E5M2": Float8(2, 15, 0x7B, 0x7D),
    "f8E4M3FN": Float8(3, 7, 0x7E, 0x7F),
    "f8E5M2FNUZ": Float8(2, 16, 0x7F, 0x80, is_unsigned_zero=True),
    "f8E4M3FNUZ": Float8(3, 8, 0x7F, 0x80, is_unsigned_zero=True),
}
"""OCP 8-bit floating point specification, revision 1.0, section 5; of FNUZ, the paper "8-bit numerical
formats for deep neural networks" by Noune and others, 2022."""

NEGATIVE_ZERO = 0x80


@define_pass
def run(module: ir.Module) -> None:
    names = tuple(FORMATS)
    if not has_values(module, names):
        return
    compute_in_f32(module, names)
    for op in operations_below(module.operation, ("arith.extf", "arith.truncf")):
        source, target = op.operands[0], op.results[0].type
        widens = op.name == "arith.extf"
        name = str(source.type if widens else target)
        if name not in FORMATS:
            continue
        with ir.InsertionPoint(op), op.location:
            if widens:
                value = _from_f32(_widened(source, FORMATS[name]), target)
            else:
                value = arith.bitcast(target, _narrowed(_to_f32(source), FORMATS[name]))
        replace_op(op, [value])


def _i32() -> ir.Type:
    return ir.IntegerType.get_signless(32)


def _f32() -> ir.Type:
    return ir.F32Type.get()


def _int(value: int) -> ir.Value:
    return builders.constant(_i32(), value)


def _float(value: float) -> ir.Value:
    return builders.constant(_f32(), value)


def _to_f32(value: ir.Value) -> ir.Value:
    width = bit_width(value.type)
    if width == 32:
        return value
    return arith.extf(_f32(), value) if width < 32 else _to_odd_f32(value)


def _to_odd_f32(value: ir.Value) -> ir.Value:
    """The f64 cut to f32, its last bit set if anything was cut off: the next rounding then cannot err."""
    near = arith.truncf(_f32(), value)
    back = arith.extf(value.type, near)
    past = arith.cmpf(arith.CmpFPredicate.OGT, math.absf(back), math.absf(value))
    bits = arith.bitcast(_i32(), near)
    cut = arith.select(past, arith.subi(bits, _int(1)), bits)
    inexact = arith.cmpf(arith.CmpFPredicate.ONE, back, value)
    return arith.bitcast(_f32(), arith.select(inexact, arith.ori(cut, _int(1)), bits))


def _from_f32(value: ir.Value, target: ir.Type) -> ir.Value:
    width = bit_width(target)
    if width == 32:
        return value
    return arith.truncf(target, value) if width < 32 else arith.extf(target, value)


def _widened(source: ir.Value, kind: Float8) -> ir.Value:
    """The f32 with the value of ``source``: its bits in place, scaled by the difference of the biases.

    The multiplication is exact, and makes a normal number of a subnormal one.
    """
    bits = arith.extui(_i32(), arith.bitcast(ir.IntegerType.get_signless(8), source))
    magnitude = arith.andi(bits, _int(0x7F))
    placed = arith.shli(magnitude, _int(F32_MANTISSA - kind.mantissa))
    scaled = arith.mulf(arith.bitcast(_f32(), placed), _float(2.0 ** (F32_BIAS - kind.bias)))
    if kind.is_unsigned_zero:
        is_nan = arith.cmpi(arith.CmpIPredicate.eq, bits, _int(NEGATIVE_ZERO))
        value = arith.select(is_nan, _float(float("nan")), scaled)
    else:
        above = arith.cmpi(arith.CmpIPredicate.ugt, magnitude, _int(kind.largest))
        is_nan = arith.cmpi(arith.CmpIPredicate.uge, magnitude, _int(kind.first_nan))
        special = arith.select(is_nan, _float(float("nan")), _float(float("inf")))
        value = arith.select(above, special, scaled)
    sign = arith.shli(arith.andi(bits, _int(0x80)), _int(24))
    return arith.bitcast(_f32(), arith.ori(arith.bitcast(_i32(), value), sign))


def _narrowed(source: ir.Value, kind: Float8) -> ir.Value:
    """The i8 pattern nearest to the f32 ``source``."""
    bits = arith.bitcast(_i32(), source)
    magnitude = arith.andi(bits, _int(0x7FFFFFFF))
    shift = F32_MANTISSA - kind.mantissa
    odd = arith.andi(arith.shrui(magnitude, _int(shift)), _int(1))
    rounded = arith.addi(arith.addi(magnitude, _int((1 << (shift - 1)) - 1)), odd)
    rebiased = arith.subi(arith.shrui(rounded, _int(shift)), _int((F32_BIAS - kind.bias) << kind.mantissa))
    # Below the normal numbers: added to 2^23 units, a number is rounded to a whole number of units.
    unit = 2.0 ** (1 - kind.bias - kind.mantissa)
    anchor = _float(unit * 2.0**F32_MANTISSA)
    counted = arith.subi(
        arith.bitcast(_i32(), arith.addf(arith.bitcast(_f32(), magnitude), anchor)),
        arith.bitcast(_i32(), anchor),
    )
    smallest_normal = arith.bitcast(_i32(), _float(2.0 ** (1 - kind.bias)))
    is_small = arith.cmpi(arith.CmpIPredicate.ult, magnitude, smallest_normal)
    finite = arith.minui(arith.select(is_small, counted, rebiased), _int(kind.largest))
    is_nan = arith.cmpi(arith.CmpIPredicate.ugt, magnitude, _int(0x7F800000))
    sign = arith.andi(arith.shrui(bits, _int(24)), _int(0x80))
    if kind.is_unsigned_zero:
        is_zero = arith.cmpi(arith.CmpIPredicate.eq, finite, _int(0))
        signed = arith.select(is_zero, finite, arith.ori(finite, sign))
        pattern = arith.select(is_nan, _int(NEGATIVE_ZERO), signed)
    else:
        pattern = arith.ori(arith.select(is_nan, _int(0x7F), finite), sign)
    return arith.trunci(ir.IntegerType.get_signless(8), pattern)
