"""Operations of ``xsmt`` on packed tensors.

A packed tensor ``[R, C, r, c]`` holds a matrix of ``R*r`` rows and ``C*c`` columns in tiles of
``r`` x ``c``: element ``[i, j, a, b]`` is element ``[i*r + a, j*c + b]`` of the matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtir.asm import typetext
from smtir.asm.attributes import IntArray
from smtir.asm.fields import Attribute, Operand, OptionalOperand, Result, VariadicOperands, fixed
from smtir.asm.operation import ForeignOp, register
from smtir.asm.typecache import type_text
from smtir.asm.typetext import same
from smtir.dialects import constraints as types
from smtir.dialects.xsmt._base import (
    _Dialect,
    check_result,
    check_start,
    check_window,
    infer_packed,
    logical_shape,
    packed_type,
    shape_text,
)


@register(_Dialect)
class PackOp(ForeignOp):
    """Cut a window out of a matrix and pack it into tiles.

    The window begins at ``offsets`` (elements); what is outside of ``base``, and the rest of
    tiles that ``shape`` does not fill, is zero.  With ``destination``, the result is written
    there instead of into a new tensor; its old elements do not matter.

    ```mlir
    %1 = xsmt.pack %x, [%i, %j], [32, 24], [16, 8] :
        tensor<64x64xf32> -> tensor<2x3x16x8xf32>
    %2 = xsmt.pack %x, [%i, %j] into(%d : tensor<2x3x16x8xf32>), [32, 24], [16, 8] :
        tensor<64x64xf32> -> tensor<2x3x16x8xf32>
    ```
    """

    OPERATION_NAME = "xsmt.pack"
    base = Operand(types.TENSOR_2D)
    offsets = VariadicOperands(types.I32, derive=fixed("i32"))
    destination = OptionalOperand(types.TENSOR_4D, derive=("result", same))
    shape = Attribute(IntArray(32))
    packed_size = Attribute(IntArray(32))
    result = Result(types.TENSOR_4D)
    assembly_format = """
        $base `,` `[` $offsets `]` (`into` `(` $destination^ (`:` type($destination)^)? `)`)?
        `,` $shape `,` $packed_size attr-dict `:` type($base) `->` type($result)
    """

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return infer_packed(types["base"][0], given, "packed_size")

    def check(self) -> None:
        check_window(self, self.base, self.offsets, self.shape, self.packed_size)
        check_result(
            self,
            packed_type(type_text(self.base.type), self.shape, self.packed_size),
            type_text(self.result.type),
        )

    def check_context(self) -> None:
        check_start(self, self.base, self.offsets)


@register(_Dialect)
class UnpackOp(ForeignOp):
    """The matrix of ``shape`` at ``offsets`` (elements of the unpacked matrix) in a packed tensor.

    ```mlir
    %1 = xsmt.unpack %t, [%i, %j], [32, 24] : tensor<2x3x16x8xf32> -> tensor<32x24xf32>
    ```
    """

    OPERATION_NAME = "xsmt.unpack"
    base = Operand(types.TENSOR_4D)
    offsets = VariadicOperands(types.I32, derive=fixed("i32"))
    destination = OptionalOperand(types.TENSOR_2D, derive=("result", same))
    shape = Attribute(IntArray(32))
    result = Result(types.TENSOR_2D)
    assembly_format = """
        $base `,` `[` $offsets `]` (`into` `(` $destination^ (`:` type($destination)^)? `)`)? `,` $shape
        attr-dict `:` type($base) `->` type($result)
    """

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        element = typetext.element(types["base"][0])
        return {"result": f"tensor<{shape_text(given['shape'])}x{element}>"}

    def check(self) -> None:
        check_window(self, self.base, self.offsets, self.shape)
        element = typetext.element(type_text(self.base.type))
        check_result(self, f"tensor<{shape_text(self.shape)}x{element}>", type_text(self.result.type))

    def check_context(self) -> None:
        check_start(self, self.base, self.offsets)


@register(_Dialect)
class RepackOp(ForeignOp):
    """Cut a window out of a packed tensor and pack it into tiles of another size.

    ```mlir
    %1 = xsmt.repack %t, [%i, %j], [32, 32], [16, 8] : tensor<4x4x8x16xf32> -> tensor<2x4x16x8xf32>
    ```
    """

    OPERATION_NAME = "xsmt.repack"
    base = Operand(types.TENSOR_4D)
    offsets = VariadicOperands(types.I32, derive=fixed("i32"))
    destination = OptionalOperand(types.TENSOR_4D, derive=("result", same))
    shape = Attribute(IntArray(32))
    packed_size = Attribute(IntArray(32))
    result = Result(types.TENSOR_4D)
    assembly_format = PackOp.assembly_format

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return infer_packed(types["base"][0], given, "packed_size")

    def check(self) -> None:
        check_window(self, self.base, self.offsets, self.shape, self.packed_size)
        check_result(
            self,
            packed_type(type_text(self.base.type), self.shape, self.packed_size),
            type_text(self.result.type),
        )

    def check_context(self) -> None:
        check_start(self, self.base, self.offsets)


@register(_Dialect)
class InsertOp(ForeignOp):
    """Write a packed tile into a matrix at ``offsets``; what sticks out is dropped.

    An operation of smtir's own: it makes the update through a window of the first smt API
    (``dot(a, b, view(acc, ...))`` changes ``acc``) visible as a new value of ``acc``.

    ```mlir
    %1 = xsmt.insert %t, %acc, [%i, %j] : tensor<4x4x8x16xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
    ```
    """

    OPERATION_NAME = "xsmt.insert"
    tile = Operand(types.TENSOR_4D)
    dest = Operand(types.TENSOR_2D)
    offsets = VariadicOperands(types.I32, derive=fixed("i32"))
    result = Result(types.TENSOR_2D, derive=("dest", same))
    assembly_format = """
        $tile `,` $dest `,` `[` $offsets `]` attr-dict `:` type($tile) `,` type($dest) `->` type($result)
    """

    def check(self) -> None:
        tile, dest = type_text(self.tile.type), type_text(self.dest.type)
        window = [size or 0 for size in logical_shape(tile)]
        check_window(self, self.dest, self.offsets, window)
        if typetext.element(tile) != typetext.element(dest):
            self.fail(f"tile and dest must have one element type, got {tile} and {dest}")

    def check_context(self) -> None:
        check_start(self, self.dest, self.offsets)


@register(_Dialect)
class MMT4DOp(ForeignOp):
    """The product of packed matrices, plus ``c`` if given.

    ``a`` is ``[M1, K1, m0, k0]``.  ``b`` is ``[K1, N1, k0, n0]``, or ``[N1, K1, n0, k0]`` where its
    sizes allow only that: ``b_is_transposed`` tells.  The result is ``[M1, N1, m0, n0]``; with
    ``c``, it has the type of ``c``.

    ```mlir
    %1 = xsmt.mmt4d %a, %b, %c :
        tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
    ```
    """

    OPERATION_NAME = "xsmt.mmt4d"
    a = Operand(types.TENSOR_4D)
    b = Operand(types.TENSOR_4D)
    c = OptionalOperand(types.TENSOR_4D)
    result = Result(types.TENSOR_4D)
    assembly_format = """
        $a `,` $b (`,` $c^)? attr-dict `:` type($a) `,` type($b) (`,` type($c)^)? `->` type($result)
    """

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        if types["c"]:
            return {"result": types["c"][0]}
        a, b = types["a"][0], types["b"][0]
        shape = product_shape(typetext.shape(a), typetext.shape(b))
        if shape is None:
            return {}
        # Sums of products of integers need 32 bits; else the result has the element type of a.
        element = typetext.element(a)
        element = "i32" if typetext.integer_width(element) else element
        return {"result": f"tensor<{shape_text(shape)}x{element}>"}

    @property
    def b_is_transposed(self) -> bool:
        """Whether ``b`` is ``[N1, K1, n0, k0]``, the order of ``linalg.mmt4d``."""
        a, b = typetext.shape(type_text(self.a.type)), typetext.shape(type_text(self.b.type))
        if not _k_leads(a, b):
            return True
        # Both orders may fit K: the result decides, then upstream's order.
        columns = typetext.shape(type_text(self.result.type))[1::2]
        return b[1::2] != columns and b[1::2] == a[1::2] and b[::2] == columns

    def check(self) -> None:
        a, b = typetext.shape(type_text(self.a.type)), typetext.shape(type_text(self.b.type))
        if not _k_leads(a, b) and b[1::2] != a[1::2]:
            self.fail(
                f"K of the operands must be the same: a is {shape_text(a)}, so K is {a[1]} tiles of {a[3]}, "
                f"but b is {shape_text(b)}",
                hint=f"b must be [{a[1]}, N, {a[3]}, n] or [N, {a[1]}, n, {a[3]}]",
            )
        a_element, b_element = (
            typetext.element(type_text(self.a.type)),
            typetext.element(type_text(self.b.type)),
        )
        if a_element != b_element:
            self.fail(f"a and b must have one element type, got {a_element} and {b_element}")
        result = type_text(self.result.type)
        if self.c is not None and type_text(self.c.type) != result:
            self.fail(f"the result must have the type of c, {self.c.type}, got {result}")
        columns = b[::2] if self.b_is_transposed else b[1::2]
        expected = (a[0], columns[0], a[2], columns[1])
        if typetext.shape(result) != expected:
            self.fail(f"expected a result of shape {shape_text(expected)}, got {result}")
        if (typetext.float_width(a_element) is None) != (
            typetext.float_width(typetext.element(result)) is None
        ):
            self.fail(f"operands and result must be all floats or all integers, got {a_element} and {result}")


def _k_leads(a: tuple[int | None, ...], b: tuple[int | None, ...]) -> bool:
    """Whether ``b`` can be ``[K1, N1, k0, n0]``."""
    return b[::2] == a[1::2]


def product_shape(a: tuple[int | None, ...], b: tuple[int | None, ...]) -> tuple[int | None, ...] | None:
    """The shape of the product, ``None`` if K does not fit; an ambiguous b is ``[K1, N1, k0, n0]``."""
    if _k_leads(a, b):
        return (a[0], b[1], a[2], b[3])
    return (a[0], b[0], a[2], b[2]) if b[1::2] == a[1::2] else None
