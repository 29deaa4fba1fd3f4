"""sin, cos and tan.

x = q pi/2 + r with |r| <= pi/4.  Below 2^17 (f64: 2^28), q pi/2 is taken off in three steps that are exact
but for the last; pi/2 has 73 bits there (f64: 159), and no such x comes closer than 2^-30 (2^-62) to a
multiple.  If any lane is larger, a branch reduces the large lanes one by one with the bits of 2/pi that
matter (Payne and Hanek).  The branch is ``scf.if``: lower scf after this.

In f64, r is a pair of numbers, and so are sine and cosine before they are rounded.
"""

from __future__ import annotations

import math as pymath
from collections.abc import Callable, Sequence

from smtir.mlir import arith, index_dialect, ir, scf, vector
from smtir.rewrite.elementary import coefficients as table
from smtir.rewrite.elementary import pairs
from smtir.rewrite.elementary.lanes import F64, Lanes
from smtir.rewrite.elementary.pairs import Pair

LARGE = pymath.ldexp(1.0, 17)
LARGE_F64 = pymath.ldexp(1.0, 28)
TWO_OVER_PI = 2 / pymath.pi


def sin(on: Lanes, x: ir.Value) -> ir.Value:
    """Sine; NaN for the infinities."""
    if on.format == F64:
        sine, cosine, quadrant = _both(on, x)
        value = _turned(on, sine, cosine, quadrant)
        return on.select(on.compare("olt", on.absolute(x), 2.0**-30), x, value)
    r, quadrant = reduce_angle(on, x)
    return _of_quadrant(on, r, quadrant)


def cos(on: Lanes, x: ir.Value) -> ir.Value:
    """Cosine; NaN for the infinities."""
    if on.format == F64:
        sine, cosine, quadrant = _both(on, x)
        return _turned(on, sine, cosine, on.add_int(quadrant, 1))
    r, quadrant = reduce_angle(on, x)
    return _of_quadrant(on, r, on.add_int(quadrant, 1))


def tan(on: Lanes, x: ir.Value) -> ir.Value:
    """Tangent; NaN for the infinities.  f32: within 2.5 units in the last place."""
    if on.format != F64:
        return on.div(sin(on, x), cos(on, x))
    sine, cosine, quadrant = _both(on, x)
    odd = on.compare_int("ne", on.and_int(quadrant, 1), 0)
    above = pairs.select(on, odd, pairs.minus(on, cosine), sine)
    below = pairs.select(on, odd, sine, cosine)
    value = pairs.total(on, pairs.divide(on, above, below))
    return on.select(on.compare("olt", on.absolute(x), 2.0**-30), x, value)


def _both(on: Lanes, x: ir.Value) -> tuple[Pair, Pair, ir.Value]:
    """Sine and cosine of r, and q, of an f64 x = q pi/2 + r."""
    r, quadrant = _reduce_f64(on, x)
    square = on.mul(r.high, r.high)
    half = pairs.exact_product(on, r.high, on.mul(r.high, 0.5))
    one = pairs.ordered_sum(on, 1.0, pairs.negated(on, half.high))
    cubic = on.mul(on.mul(r.high, square), on.polynomial(square, table.SIN_F64))
    sine = pairs.ordered_sum(on, r.high, on.fma(r.low, one.high, cubic))
    rest = on.fma(on.mul(square, square), on.polynomial(square, table.COS_F64), one.low)
    rest = on.sub(rest, on.fma(r.high, r.low, half.low))
    return sine, pairs.ordered_sum(on, one.high, rest), quadrant


def _turned(on: Lanes, sine: Pair, cosine: Pair, quadrant: ir.Value) -> ir.Value:
    odd = on.compare_int("ne", on.and_int(quadrant, 1), 0)
    sign = on.shift_left(on.and_int(quadrant, 2), on.format.width - 2)
    value = pairs.total(on, pairs.select(on, odd, cosine, sine))
    return on.from_bits(on.xor_int(on.bits(value), sign))


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
    """r and q of x = q pi/2 + r, in f32; of q, only the low two bits are right."""
    rounded = on.fma(x, TWO_OVER_PI, on.format.rounder)
    n = on.sub(rounded, on.format.rounder)
    r = x
    for part in table.HALF_PI_F32:
        r = on.fma(n, -part, r)
    r, quadrant = _correct(x, (r, on.bits(rounded)), _is_large(on, x, LARGE), _reduce_large)
    return r, quadrant


def _reduce_f64(on: Lanes, x: ir.Value) -> tuple[Pair, ir.Value]:
    """r and q of x = q pi/2 + r; of q, only the low two bits are right."""
    rounded = on.fma(x, TWO_OVER_PI, on.format.rounder)
    n = on.sub(rounded, on.format.rounder)
    high, middle, low = table.HALF_PI_F64
    taken = pairs.exact_product(on, n, middle)
    r = pairs.exact_sum(on, on.fma(n, -high, x), pairs.negated(on, taken.high))
    r = pairs.ordered_sum(on, r.high, on.fma(n, -low, on.sub(r.low, taken.low)))
    found = (on.constant(r.high), on.constant(r.low), on.bits(rounded))
    large = _is_large(on, x, LARGE_F64)
    r_high, r_low, quadrant = _correct(x, found, large, _reduce_large_f64)
    return Pair(r_high, r_low), quadrant


def _is_large(on: Lanes, x: ir.Value, border: float) -> ir.Value:
    magnitude = on.absolute(x)
    large: ir.Value = arith.andi(
        on.compare("oge", magnitude, border), on.compare("olt", magnitude, pymath.inf)
    )
    return large


Reduction = Callable[[ir.Value], Sequence[ir.Value]]


def _correct(
    x: ir.Value, values: Sequence[ir.Value], large: ir.Value, reduce: Reduction
) -> Sequence[ir.Value]:
    """``values`` (r and q), in the lanes in which ``large`` is true reduced with all the bits it takes."""
    if not isinstance(x.type, ir.VectorType):
        return _if_any(large, values, lambda: reduce(x))
    if x.type.rank == 1:
        some = vector.reduction(ir.IntegerType.get_signless(1), vector.CombiningKind.OR, large)
        return _if_any(some, values, lambda: _each_large_lane(x, values, large, reduce))
    rows: Sequence[list[int]] = [[]] if x.type.rank == 0 else [[row] for row in range(x.type.shape[0])]
    for row in rows:
        parts = [vector.extract(value, [], row) for value in values]
        of_row = _correct(vector.extract(x, [], row), parts, vector.extract(large, [], row), reduce)
        values = [
            vector.insert(new, old, [], row) if row else vector.broadcast(old.type, new)
            for new, old in zip(of_row, values, strict=True)
        ]
    return values


def _if_any(
    condition: ir.Value, otherwise: Sequence[ir.Value], make: Callable[[], Sequence[ir.Value]]
) -> Sequence[ir.Value]:
    branch = scf.IfOp(condition, [value.type for value in otherwise], has_else=True)
    with ir.InsertionPoint(branch.then_block):
        scf.yield_(list(make()))
    with ir.InsertionPoint(branch.else_block):
        scf.yield_(list(otherwise))
    return list(branch.results)


def _each_large_lane(
    x: ir.Value, values: Sequence[ir.Value], large: ir.Value, reduce: Reduction
) -> Sequence[ir.Value]:
    zero, one, count = (index_dialect.constant(i) for i in (0, 1, ir.VectorType(x.type).shape[0]))
    loop = scf.ForOp(zero, count, one, list(values))
    with ir.InsertionPoint(loop.body):
        lane = loop.induction_variable
        every = list(loop.inner_iter_args)
        old = [vector.extract(value, [lane], [_DYNAMIC]) for value in every]
        is_large = vector.extract(large, [lane], [_DYNAMIC])
        new = _if_any(is_large, old, lambda: reduce(vector.extract(x, [lane], [_DYNAMIC])))
        scf.yield_(
            [vector.insert(value, all_, [lane], [_DYNAMIC]) for value, all_ in zip(new, every, strict=True)]
        )
    return list(loop.results)


_DYNAMIC = -(2**63)
"""In a static position: take the next operand."""


def _reduce_large(x: ir.Value) -> Sequence[ir.Value]:
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


def _reduce_large_f64(x: ir.Value) -> Sequence[ir.Value]:
    """Both parts of r, and q, of a scalar f64 with LARGE_F64 <= |x| < inf.

    As for f32, with a 53-bit m and a fraction to 155 bits: no f64 comes closer than 2^-62 to a multiple.
    """
    fraction_bits, count = 208, 1280
    i64, i256, every = _signless(64), _signless(256), _signless(count)
    bits = arith.bitcast(i64, x)
    mantissa = arith.ori(arith.andi(bits, _int(i64, (1 << 52) - 1)), _int(i64, 1 << 52))
    stored_exponent = arith.andi(arith.shrui(bits, _int(i64, 52)), _int(i64, 0x7FF))
    # e = stored exponent - 1075; the lowest bit of the window is worth 2^-(e + fraction_bits).
    shift = arith.subi(_int(i64, count - fraction_bits + 1075), stored_exponent)
    whole = _int(every, table.TWO_OVER_PI_BITS_F64)
    window = arith.trunci(i256, arith.shrui(whole, arith.extui(every, shift)))
    turns = arith.muli(window, arith.extui(i256, mantissa))
    nearest = arith.addi(turns, _int(i256, 1 << (fraction_bits - 1)))
    quadrant = arith.trunci(i64, arith.shrui(nearest, _int(i256, fraction_bits)))
    fraction = arith.subi(
        arith.andi(nearest, _int(i256, (1 << fraction_bits) - 1)), _int(i256, 1 << (fraction_bits - 1))
    )
    on = Lanes(x.type)
    r = pairs.of(0.0)
    for part in range(3):  # 52 bits each, the first with a sign
        piece = arith.trunci(i64, arith.shrsi(fraction, _int(i256, fraction_bits - 52 * (part + 1))))
        if part:
            piece = arith.andi(piece, _int(i64, (1 << 52) - 1))
        value = on.mul(on.to_float(piece), pymath.ldexp(1.0, -52 * (part + 1)))
        r = pairs.add(on, r, pairs.of(value))
    r = pairs.multiply(on, r, Pair(*table.HALF_PI_F64[:2]))
    # -x = -q pi/2 - r.
    negative = arith.cmpi(arith.CmpIPredicate.slt, bits, _int(i64, 0))
    r = pairs.select(on, negative, pairs.minus(on, r), r)
    quadrant = arith.select(negative, arith.subi(_int(i64, 0), quadrant), quadrant)
    return on.constant(r.high), on.constant(r.low), quadrant


def _signless(width: int) -> ir.Type:
    return ir.IntegerType.get_signless(width)


def _int(type_: ir.Type, value: int) -> ir.Value:
    # IntegerAttr.get takes at most 64 bits.
    made: ir.Value = arith.constant(type_, ir.Attribute.parse(f"{value} : {type_}"))
    return made
