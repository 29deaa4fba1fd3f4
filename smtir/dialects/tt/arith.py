"""Arithmetic of ``tt``: elementwise operations and the dot product."""

from __future__ import annotations

from smtir.asm import typetext
from smtir.asm.attributes import Bool, Enum, Int, Str
from smtir.asm.fields import (
    Attribute,
    Operand,
    OptionalAttribute,
    OptionalOperand,
    Result,
    VariadicOperands,
    VariadicResults,
)
from smtir.asm.operation import ForeignOp, register
from smtir.asm.typecache import type_text
from smtir.asm.typetext import same
from smtir.dialects import constraints as types
from smtir.dialects.tt._base import PRECISION, PROPAGATE_NAN, ROUNDING, _Dialect
from smtir.dialects.tt._checks import check_same_shape, shape_text

_SCALED_TYPE = Enum(
    "scaled element type", {"e4m3": 0, "e5m2": 1, "e2m3": 2, "e3m2": 3, "e2m1": 4, "bf16": 5, "fp16": 6}
)


@register(_Dialect)
class BitcastOp(ForeignOp):
    """The same bits as another type of the same width.

    ```mlir
    %1 = tt.bitcast %x : tensor<64xf32> -> tensor<64xi32>
    ```
    """

    OPERATION_NAME = "tt.bitcast"
    src = Operand(types.VALUE)
    result = Result(types.VALUE)
    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"

    def check(self) -> None:
        check_same_shape(self, self.src, self.result)
        source, target = (
            typetext.element(type_text(self.src.type)),
            typetext.element(type_text(self.result.type)),
        )
        if typetext.bit_width(source) != typetext.bit_width(target):
            self.fail(f"expected types of the same width, got {source} and {target}")


@register(_Dialect)
class FpToFpOp(ForeignOp):
    """Convert between float types, 8-bit ones included.  Narrowing needs a rounding mode.

    ```mlir
    %1 = tt.fp_to_fp %x, rounding = rtne : tensor<64xf32> -> tensor<64xf8E5M2>
    ```
    """

    OPERATION_NAME = "tt.fp_to_fp"
    src = Operand(types.FLOAT_LIKE)
    rounding = OptionalAttribute(ROUNDING)
    result = Result(types.FLOAT_LIKE)
    assembly_format = "$src attr-dict (`,` `rounding` `=` $rounding^)? `:` type($src) `->` type($result)"

    def check(self) -> None:
        check_same_shape(self, self.src, self.result)
        source, target = (
            typetext.element(type_text(self.src.type)),
            typetext.element(type_text(self.result.type)),
        )
        narrower = (typetext.float_width(target) or 0) < (typetext.float_width(source) or 0)
        if narrower and self.rounding is None:
            self.fail(f"{source} to {target} needs a rounding mode", hint="rounding = rtne")


@register(_Dialect)
class ClampFOp(ForeignOp):
    """``x`` limited to [``min``, ``max``]; ``propagateNan = all`` keeps a NaN in ``x``.

    ```mlir
    %1 = tt.clampf %x, %lo, %hi, propagateNan = none : tensor<64xf32>
    ```
    """

    OPERATION_NAME = "tt.clampf"
    x = Operand(types.FLOAT_LIKE, derive=("result", same))
    min = Operand(types.FLOAT_LIKE, derive=("result", same))
    max = Operand(types.FLOAT_LIKE, derive=("result", same))
    propagateNan = Attribute(PROPAGATE_NAN)
    result = Result(types.FLOAT_LIKE, derive=("x", same))
    assembly_format = "$x `,` $min `,` $max `,` `propagateNan` `=` $propagateNan attr-dict `:` type($result)"


@register(_Dialect)
class PreciseSqrtOp(ForeignOp):
    """The correctly rounded square root.

    ```mlir
    %1 = tt.precise_sqrt %x : tensor<64xf32>
    ```
    """

    OPERATION_NAME = "tt.precise_sqrt"
    x = Operand(types.FLOAT_LIKE)
    result = Result(types.FLOAT_LIKE, derive=("x", same))
    assembly_format = "$x attr-dict `:` type($x)"


@register(_Dialect)
class PreciseDivFOp(ForeignOp):
    """The correctly rounded quotient.

    ```mlir
    %1 = tt.precise_divf %x, %y : tensor<64xf32>
    ```
    """

    OPERATION_NAME = "tt.precise_divf"
    x = Operand(types.FLOAT_LIKE)
    y = Operand(types.FLOAT_LIKE, derive=("x", same))
    result = Result(types.FLOAT_LIKE, derive=("x", same))
    assembly_format = "$x `,` $y attr-dict `:` type($x)"


@register(_Dialect)
class MulhiUIOp(ForeignOp):
    """The upper half of the product of two unsigned integers.

    ```mlir
    %1 = tt.mulhiui %x, %y : tensor<64xi32>
    ```
    """

    OPERATION_NAME = "tt.mulhiui"
    x = Operand(types.INT_LIKE)
    y = Operand(types.INT_LIKE, derive=("x", same))
    result = Result(types.INT_LIKE, derive=("x", same))
    assembly_format = "$x `,` $y attr-dict `:` type($x)"


@register(_Dialect)
class DotOp(ForeignOp):
    """The matrix product of ``a`` [M, K] and ``b`` [K, N], plus ``c`` [M, N].

    All three may have a batch dimension in front.  The result has the element type of ``c``.
    ``inputPrecision`` matters on GPUs; here f32 is computed in f32.

    ```mlir
    %1 = tt.dot %a, %b, %c, inputPrecision = tf32 :
        tensor<64x32xf16> * tensor<32x64xf16> -> tensor<64x64xf32>
    ```
    """

    OPERATION_NAME = "tt.dot"
    a = Operand(types.NUMBER_TENSOR)
    b = Operand(types.NUMBER_TENSOR)
    c = Operand(types.NUMBER_TENSOR, derive=("d", same))
    inputPrecision = Attribute(PRECISION, default="ieee")
    maxNumImpreciseAcc = Attribute(Int(32), default=0)
    d = Result(types.NUMBER_TENSOR, derive=("c", same))
    assembly_format = """
        $a `,` $b `,` $c (`,` `inputPrecision` `=` $inputPrecision^)? attr-dict `:`
        type($a) `*` type($b) `->` type($d)
    """

    def check(self) -> None:
        a, b, c = (typetext.shape(type_text(value.type)) for value in (self.a, self.b, self.c))
        a_text, b_text, c_text = map(shape_text, (a, b, c))
        if len(a) not in (2, 3) or len(b) != len(a) or len(c) != len(a):
            self.fail(f"expected three tensors of rank 2 or 3, got {a_text}, {b_text}, {c_text}")
        if a[-1] != b[-2]:
            self.fail(f"K of the operands must be the same, got {a[-1]} in {a_text} and {b[-2]} in {b_text}")
        expected = (*a[:-1], b[-1])
        if c != expected or a[:-2] != b[:-2]:
            self.fail(f"expected an accumulator of shape {shape_text(expected)}, got {c_text}")
        a_bits = typetext.bit_width(typetext.element(type_text(self.a.type)))
        b_bits = typetext.bit_width(typetext.element(type_text(self.b.type)))
        if a_bits != b_bits:
            self.fail(f"a and b must have elements of the same width, got {a_bits} and {b_bits} bits")


@register(_Dialect)
class DotScaledOp(ForeignOp):
    """The matrix product of block-scaled operands (microscaling formats), plus ``c``.

    ```mlir
    %1 = tt.dot_scaled %a scale %s, %b, %c lhs = e4m3 rhs = e5m2 {fastMath = false} :
        tensor<128x64xi8>, tensor<128x2xi8> * tensor<64x128xi8> -> tensor<128x128xf32>
    ```
    """

    OPERATION_NAME = "tt.dot_scaled"
    a = Operand(types.NUMBER_TENSOR)
    b = Operand(types.NUMBER_TENSOR)
    c = Operand(types.FLOAT_TENSOR, derive=("d", same))
    a_scale = OptionalOperand(types.NUMBER_TENSOR)
    b_scale = OptionalOperand(types.NUMBER_TENSOR)
    a_elem_type = Attribute(_SCALED_TYPE)
    b_elem_type = Attribute(_SCALED_TYPE)
    fastMath = OptionalAttribute(Bool())
    lhs_k_pack = Attribute(Bool(), default=True)
    rhs_k_pack = Attribute(Bool(), default=True)
    d = Result(types.FLOAT_TENSOR, derive=("c", same))
    assembly_format = """
        $a (`scale` $a_scale^)? `,` $b (`scale` $b_scale^)? `,` $c
        `lhs` `=` $a_elem_type `rhs` `=` $b_elem_type attr-dict `:`
        type($a) (`,` type($a_scale)^)? `*` type($b) (`,` type($b_scale)^)? `->` type($d)
    """


@register(_Dialect)
class ExternElementwiseOp(ForeignOp):
    """A function of an external library, applied to each element.

    ```mlir
    %1 = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "erff"} :
        (tensor<64xf32>) -> tensor<64xf32>
    ```
    """

    OPERATION_NAME = "tt.extern_elementwise"
    srcs = VariadicOperands(types.VALUE)
    libname = Attribute(Str())
    libpath = Attribute(Str())
    symbol = Attribute(Str())
    pure = Attribute(Bool())
    result = Result(types.VALUE)
    assembly_format = "$srcs attr-dict `:` functional-type(operands, results)"

    def check(self) -> None:
        shapes = {typetext.shape(type_text(value.type)) for value in (*self.srcs, self.result)} - {()}
        if len(shapes) > 1:
            self.fail(f"expected tensors of one shape, got {' and '.join(sorted(map(shape_text, shapes)))}")


@register(_Dialect)
class ElementwiseInlineAsmOp(ForeignOp):
    """Inline assembly of a GPU, applied to groups of elements.  Read and printed, refused by lowering.

    ```mlir
    %1 = tt.elementwise_inline_asm "mov $0, $1;" {constraints = "=r,r", packed_element = 1 : i32, pure = true}
        %x : tensor<64xi32> -> tensor<64xi32>
    ```
    """

    OPERATION_NAME = "tt.elementwise_inline_asm"
    asm_string = Attribute(Str())
    constraints = Attribute(Str())
    pure = Attribute(Bool())
    packed_element = Attribute(Int(32))
    args = VariadicOperands(types.VALUE)
    outputs = VariadicResults(types.VALUE)
    assembly_format = "$asm_string attr-dict ($args^ `:` type($args))? `->` type($outputs)"
