"""sin and cos, f32 only.

x = q pi/2 + r with |r| <= pi/4.  Below 2^17, q pi/2 is taken off in three steps that are exact but for
the last; pi/2 has 73 bits there, and no such x comes closer than 2^-30 to a multiple.  If any lane is
larger, a branch reduces the large lanes one by one with the bits of 2/pi that matter (Payne and Hanek).
The branch is ``scf.if``: lower scf after this.
"""

from __future__ import annotations

import math as pymath
from collections.abc import Callable

from smtir.mlir import arith, index_dialect, ir, scf, vector
from smtir.rewrite.elementary import coefficients as table
from smtir.rewrite.elementary.lanes import Lanes

LARGE = pymath.ldexp(1.0, 17)
TWO_OVER_PI = 2 / pymath.pi


def sin(on: Lanes, x: ir.Value) -> ir.Value:
    """Sine; NaN for the infinities."""
    r, quadrant = reduce_angle(on, x)
    return _of_quadrant(on, r, quadrant)


def cos(on: Lanes, x: ir.Value) -> ir.Value:
    """Cosine; NaN for the infinities."""
    r, quadrant = reduce_angle(on, x)
    return _of_quadrant(on, r, on.add_int(quadrant, 1))


def _of_quadrant(on: Lanes, r: ir.Value, quadrant: ir.Value) -> ir.Value:
    """sin(r + quadrant pi/2); only the low two bits of ``quadrant`` count."""
    square = on.mul(r, r)
    sine = on.fma(on.mul(r, square), on.polynomial(square, table.SIN_F32), r)
    sine = on.with_sign_of(sine, r)
    cosine = on.polynomial(square, (1.0, -0.5, *table.COS_F32))
    odd = on.compare_int("ne", on.and_int(quadrant, 1), 0)
    sign = on.shift_left(on.and_int(quadrant, 2), on.format.width - 2)
    return on.from_bits(on.xor_int(on.bits(on.select(odd, cosine, sine)), sign))


def reduce_angle(on: Lanes, x: ir.Value) -> tuple[ir.Value, ir.Value]:
    """r and q of x = q pi/2 + r; of q, only the low two bits are right."""
    rounded = on.fma(x, TWO_OVER_PI, on.format.rounder)
    n = on.sub(rounded, on.format.rounder)
    r = x
    for part in table.HALF_PI_F32:
        r = on.fma(n, -part, r)
    quadrant = on.bits(rounded)
    magnitude = on.absolute(x)
    large = arith.andi(on.compare("oge", magnitude, LARGE), on.compare("olt", magnitude, pymath.inf))
    return _correct(x, r, quadrant, large)


def _correct(x: ir.Value, r: ir.Value, quadrant: ir.Value, large: ir.Value) -> tuple[ir.Value, ir.Value]:
    """``r`` and ``quadrant``, in the lanes in which ``large`` is true reduced with all the bits it takes."""
    if not isinstance(x.type, ir.VectorType):
        return _if_any(large, (r, quadrant), lambda: _reduce_large(x))
    if x.type.rank == 1:
        some = vector.reduction(ir.IntegerType.get_signless(1), vector.CombiningKind.OR, large)
        return _if_any(some, (r, quadrant), lambda: _each_large_lane(x, r, quadrant, large))
    if x.type.rank == 0:
        parts = (vector.extract(value, [], []) for value in (x, r, quadrant, large))
        r_scalar, quadrant_scalar = _correct(*parts)
        return vector.broadcast(r.type, r_scalar), vector.broadcast(quadrant.type, quadrant_scalar)
    for row in range(ir.VectorType(x.type).shape[0]):
        parts = (vector.extract(value, [], [row]) for value in (x, r, quadrant, large))
        r_row, quadrant_row = _correct(*parts)
        r = vector.insert(r_row, r, [], [row])
        quadrant = vector.insert(quadrant_row, quadrant, [], [row])
    return r, quadrant


def _if_any(
    condition: ir.Value, otherwise: tuple[ir.Value, ir.Value], make: Callable[[], tuple[ir.Value, ir.Value]]
) -> tuple[ir.Value, ir.Value]:
    branch = scf.IfOp(condition, [value.type for value in otherwise], has_else=True)
    with ir.InsertionPoint(branch.then_block):
        scf.yield_(list(make()))
    with ir.InsertionPoint(branch.else_block):
        scf.yield_(list(otherwise))
    return branch.results[0], branch.results[1]


def _each_large_lane(
    x: ir.Value, r: ir.Value, quadrant: ir.Value, large: ir.Value
) -> tuple[ir.Value, ir.Value]:
    zero, one, count = (index_dialect.constant(i) for i in (0, 1, ir.VectorType(x.type).shape[0]))
    loop = scf.ForOp(zero, count, one, [r, quadrant])
    with ir.InsertionPoint(loop.body):
        lane = loop.induction_variable
        r_all, quadrant_all = loop.inner_iter_args
        old = tuple(vector.extract(value, [lane], [_DYNAMIC]) for value in (r_all, quadrant_all))
        is_large = vector.extract(large, [lane], [_DYNAMIC])
        r_new, quadrant_new = _if_any(
            is_large, (old[0], old[1]), lambda: _reduce_large(vector.extract(x, [lane], [_DYNAMIC]))
        )
        scf.yield_(
            [
                vector.insert(r_new, r_all, [lane], [_DYNAMIC]),
                vector.insert(quadrant_new, quadrant_all, [lane], [_DYNAMIC]),
            ]
        )
    return loop.results[0], loop.results[1]


_DYNAMIC = -(2**63)
"""In a static position: take the next operand."""


def _reduce_large(x: ir.Value) -> tuple[ir.Value, ir.Value]:
    """r and q of a scalar f32 with LARGE <= |x| < inf.

    |x| = m 2^e with a 24-bit m.  The bits of 2/pi worth 2^(2-e) and more give multiples of 4 turns of
    the quadrant; the next 96 give the quadrant and, with m 2^(e-94), a fraction to 70 bits.
    """
    i32, i128, i256 = (ir.IntegerType.get_signless(width) for width in (32, 128, 256))
    bits = arith.bitcast(i32, x)
    mantissa = arith.ori(arith.andi(bits, _int(i32, 0x7FFFFF)), _int(i32, 0x800000))
    stored_exponent = arith.andi(arith.shrui(bits, _int(i32, 23)), _int(i32, 0xFF))
    # e = stored exponent - 150; the lowest bit of the window is worth 2^-(e + 94).
    shift = arith.subi(_int(i32, 256 - 94 + 150), stored_exponent)
    window = arith.trunci(i128, arith.shrui(_int(i256, table.TWO_OVER_PI_BITS), arith.extui(i256, shift)))
    product = arith.muli(window, arith.extui(i128, mantissa))
    turns = arith.shli(product, _int(i128, 128 - 96))
    quadrant = arith.shrui(arith.addi(turns, _int(i128, 1 << 125)), _int(i128, 126))
    fraction = arith.subi(turns, arith.shli(quadrant, _int(i128, 126)))
    high = arith.trunci(_signless(64), arith.shrsi(fraction, _int(i128, 64)))
    f64 = ir.F64Type.get()
    scale = arith.constant(f64, ir.FloatAttr.get(f64, pymath.ldexp(pymath.pi / 2, -62)))
    r = arith.truncf(x.type, arith.mulf(arith.sitofp(f64, high), scale))
    # -x = -q pi/2 - r.
    negative = arith.cmpi(arith.CmpIPredicate.slt, bits, _int(i32, 0))
    quadrant = arith.trunci(i32, quadrant)
    minus_quadrant = arith.subi(_int(i32, 0), quadrant)
    return (
        arith.select(negative, arith.negf(r), r),
        arith.select(negative, minus_quadrant, quadrant),
    )


def _signless(width: int) -> ir.Type:
    return ir.IntegerType.get_signless(width)


def _int(type_: ir.Type, value: int) -> ir.Value:
    # IntegerAttr.get takes at most 64 bits.
    made: ir.Value = arith.constant(type_, ir.Attribute.parse(f"{value} : {type_}"))
    return made
