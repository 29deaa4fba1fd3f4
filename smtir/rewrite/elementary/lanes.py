"""Building arithmetic on every lane of a value at once.

``Lanes`` knows one floating-point type and one shape: a scalar, or a vector of any shape.  Its methods
create one operation each at the current insertion point; operands may be Python numbers, which become
splat constants, made once for each value.
"""

from __future__ import annotations

import math as pymath
from collections.abc import Sequence
from dataclasses import dataclass

from smtir.mlir import arith, ir, math

FloatOperand = ir.Value | float
IntOperand = ir.Value | int


@dataclass(frozen=True)
class FloatFormat:
    """An IEEE binary format: widths in bits."""

    width: int
    mantissa_bits: int

    @property
    def bias(self) -> int:
        """What is added to an exponent to store it; the largest exponent of a finite number."""
        return int((1 << (self.width - self.mantissa_bits - 2)) - 1)

    @property
    def smallest_normal(self) -> float:
        return pymath.ldexp(1.0, 1 - self.bias)

    @property
    def rounder(self) -> float:
        """1.5 * 2^mantissa_bits: adding it rounds a smaller number to an integer, held in the low bits."""
        return pymath.ldexp(1.5, self.mantissa_bits)

    def bits_of(self, value: float) -> int:
        """Bit pattern of a positive normal ``value``."""
        fraction, exponent = pymath.frexp(value)
        mantissa = int(pymath.ldexp(fraction, self.mantissa_bits + 1)) - (1 << self.mantissa_bits)
        return ((exponent - 1 + self.bias) << self.mantissa_bits) + mantissa


F32 = FloatFormat(32, 23)
F64 = FloatFormat(64, 52)


class Lanes:
    """Operations on values of the type ``like``: f32 or f64, or a vector of them."""

    def __init__(self, like: ir.Type) -> None:
        self.type = like
        element = like.element_type if isinstance(like, ir.VectorType) else like
        self.format = F64 if isinstance(element, ir.F64Type) else F32
        self.element = element
        self.integer_element = ir.IntegerType.get_signless(self.format.width)
        self.integers = same_shape(like, self.integer_element)
        self._constants: dict[tuple[bool, str], ir.Value] = {}

    # Constants.

    def constant(self, value: FloatOperand) -> ir.Value:
        """``value`` in every lane; a value that is one already is given back."""
        if isinstance(value, ir.Value):
            return value
        return self._splat(ir.FloatAttr.get(self.element, value), self.type, (True, value.hex()))

    def integer(self, value: IntOperand) -> ir.Value:
        """The signed integer ``value`` in every lane."""
        if isinstance(value, ir.Value):
            return value
        return self._splat(
            ir.IntegerAttr.get(self.integer_element, value), self.integers, (False, str(value))
        )

    def _splat(self, attribute: ir.Attribute, result: ir.Type, key: tuple[bool, str]) -> ir.Value:
        if key not in self._constants:
            dense = isinstance(result, ir.VectorType)
            value = ir.DenseElementsAttr.get_splat(result, attribute) if dense else attribute
            self._constants[key] = arith.constant(result, value)
        return self._constants[key]

    # Floating point.

    def add(self, a: FloatOperand, b: FloatOperand) -> ir.Value:
        made: ir.Value = arith.addf(self.constant(a), self.constant(b))
        return made

    def sub(self, a: FloatOperand, b: FloatOperand) -> ir.Value:
        made: ir.Value = arith.subf(self.constant(a), self.constant(b))
        return made

    def mul(self, a: FloatOperand, b: FloatOperand) -> ir.Value:
        made: ir.Value = arith.mulf(self.constant(a), self.constant(b))
        return made

    def div(self, a: FloatOperand, b: FloatOperand) -> ir.Value:
        made: ir.Value = arith.divf(self.constant(a), self.constant(b))
        return made

    def fma(self, a: FloatOperand, b: FloatOperand, c: FloatOperand) -> ir.Value:
        """a * b + c, rounded once."""
        made: ir.Value = math.fma(self.constant(a), self.constant(b), self.constant(c))
        return made

    def lesser(self, a: FloatOperand, b: FloatOperand) -> ir.Value:
        """The smaller one; of a number and a NaN, the number."""
        made: ir.Value = arith.minnumf(self.constant(a), self.constant(b))
        return made

    def absolute(self, a: FloatOperand) -> ir.Value:
        made: ir.Value = math.absf(self.constant(a))
        return made

    def sqrt(self, a: FloatOperand) -> ir.Value:
        made: ir.Value = math.sqrt(self.constant(a))
        return made

    def with_sign_of(self, a: FloatOperand, sign: ir.Value) -> ir.Value:
        """The magnitude of ``a`` with the sign of ``sign``."""
        made: ir.Value = math.copysign(self.constant(a), sign)
        return made

    def polynomial(self, x: ir.Value, coefficients: Sequence[float]) -> ir.Value:
        """Horner's scheme; coefficients lowest order first."""
        total = self.constant(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = self.fma(total, x, coefficient)
        return total

    # Comparison and choice.

    def compare(self, predicate: str, a: FloatOperand, b: FloatOperand) -> ir.Value:
        """i1 lanes of ``arith.cmpf``: "olt" is false for a NaN, "ult" is true."""
        which = getattr(arith.CmpFPredicate, predicate.upper())
        made: ir.Value = arith.cmpf(which, self.constant(a), self.constant(b))
        return made

    def select(self, condition: ir.Value, a: FloatOperand, b: FloatOperand) -> ir.Value:
        made: ir.Value = arith.select(condition, self.constant(a), self.constant(b))
        return made

    # Bits.

    def bits(self, a: FloatOperand) -> ir.Value:
        """The bit patterns of ``a`` as integers."""
        made: ir.Value = arith.bitcast(self.integers, self.constant(a))
        return made

    def from_bits(self, a: IntOperand) -> ir.Value:
        made: ir.Value = arith.bitcast(self.type, self.integer(a))
        return made

    def to_float(self, a: IntOperand) -> ir.Value:
        """Signed integers converted to the nearest floating-point numbers."""
        made: ir.Value = arith.sitofp(self.type, self.integer(a))
        return made

    def add_int(self, a: IntOperand, b: IntOperand) -> ir.Value:
        made: ir.Value = arith.addi(self.integer(a), self.integer(b))
        return made

    def sub_int(self, a: IntOperand, b: IntOperand) -> ir.Value:
        made: ir.Value = arith.subi(self.integer(a), self.integer(b))
        return made

    def and_int(self, a: IntOperand, b: IntOperand) -> ir.Value:
        made: ir.Value = arith.andi(self.integer(a), self.integer(b))
        return made

    def xor_int(self, a: IntOperand, b: IntOperand) -> ir.Value:
        made: ir.Value = arith.xori(self.integer(a), self.integer(b))
        return made

    def shift_left(self, a: IntOperand, bits: int) -> ir.Value:
        made: ir.Value = arith.shli(self.integer(a), self.integer(bits))
        return made

    def shift_right(self, a: IntOperand, bits: int) -> ir.Value:
        """Arithmetic: the sign bit is repeated."""
        made: ir.Value = arith.shrsi(self.integer(a), self.integer(bits))
        return made

    def compare_int(self, predicate: str, a: IntOperand, b: IntOperand) -> ir.Value:
        which = getattr(arith.CmpIPredicate, predicate)
        made: ir.Value = arith.cmpi(which, self.integer(a), self.integer(b))
        return made


def same_shape(like: ir.Type, element: ir.Type) -> ir.Type:
    """The type of ``like``'s shape with ``element`` in each place."""
    if not isinstance(like, ir.VectorType):
        return element
    return ir.VectorType.get(like.shape, element, scalable=like.scalable_dims if like.scalable else None)
