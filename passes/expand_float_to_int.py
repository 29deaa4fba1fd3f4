"""On k1, convert vectors of floats to integers without the instructions that cut towards zero.

qemu 7.2, the emulator that k1 programs run under, stops at ``vfcvt.rtz`` (its translator fails an assertion),
which LLVM makes of these conversions and of ``math.trunc``.  Before::

    %i = arith.fptosi %x : vector<8xf32> to vector<8xi32>

After, all on f64::

    %m = math.floor(math.absf(%x))        // the magnitude
    %b = arith.bitcast(%m + 2^52)         // an integer below 2^52 stands in the low bits
    %i = arith.trunci(%b), negated where %x is negative

A magnitude that may be 2^52 or more is taken in two halves of 32 bits.  Scalars stay: their instructions
work.
"""

from __future__ import annotations

from smtir.mlir import arith, ir, math
from smtir.rewrite.elementary.lanes import Lanes, same_shape
from smtir.rewrite.emitter import target_name
from smtir.rewrite.lowering import LoweringRules, NoMatch
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import bit_width, element_type

TARGETS = {"k1"}
_ANCHOR = 2.0**52
_HALF = 2.0**32

rules = LoweringRules("expand-float-to-int")


@define_pass
def run(module: ir.Module) -> None:
    if target_name(module.operation) in TARGETS:
        rules.apply(module.operation)


@rules.lower("arith.fptosi", "arith.fptoui")
def convert(op: ir.OpView) -> ir.Value:
    source, target = _vector(op), op.operation.results[0].type
    width = bit_width(element_type(target))
    f64 = same_shape(source.type, ir.F64Type.get())
    wide = source if source.type == f64 else arith.extf(f64, source)
    on = Lanes(f64)
    magnitude = math.floor(on.absolute(wide))
    if width < 64:
        number = on.bits(on.add(magnitude, _ANCHOR))
    else:
        high = math.floor(on.mul(magnitude, 1 / _HALF))
        low = on.fma(high, -_HALF, magnitude)
        lower = on.and_int(on.bits(on.add(low, _ANCHOR)), int(_HALF) - 1)
        number = arith.ori(on.shift_left(on.bits(on.add(high, _ANCHOR)), 32), lower)
    if op.operation.name == "arith.fptosi":
        negative = on.compare("olt", wide, 0.0)
        number = arith.select(negative, on.sub_int(0, number), number)
    return number if width == 64 else arith.trunci(target, number)


@rules.lower("math.trunc")
def cut(op: ir.OpView) -> ir.Value:
    source = _vector(op)
    return math.copysign(math.floor(math.absf(source)), source)


def _vector(op: ir.OpView) -> ir.Value:
    source = op.operation.operands[0]
    if not isinstance(source.type, ir.VectorType):
        raise NoMatch(f"{source.type} is no vector: its instruction works")
    return source
