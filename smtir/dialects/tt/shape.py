"""Operations of ``tt`` that make tensors or change their shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from smtir.asm import typetext
from smtir.asm.attributes import Int, IntArray, Unit
from smtir.asm.fields import Attribute, Operand, OptionalOperand, Result
from smtir.asm.operation import ForeignOp, register
from smtir.asm.typecache import type_text
from smtir.asm.typetext import same
from smtir.dialects import constraints as types
from smtir.dialects.tt._base import _Dialect
from smtir.dialects.tt._checks import check_axis, check_permutation, check_same_element, shape_text


@register(_Dialect)
class MakeRangeOp(ForeignOp):
    """The integers from ``start`` up to but without ``end``, as a 1D tensor of i32.

    ```mlir
    %1 = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
    ```
    """

    OPERATION_NAME = "tt.make_range"
    start = Attribute(Int(32))
    end = Attribute(Int(32))
    result = Result(types.I32_TENSOR)
    assembly_format = "attr-dict `:` type($result)"

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return {"result": f"tensor<{given['end'] - given['start']}xi32>"}

    def check(self) -> None:
        count = self.end - self.start
        if count <= 0:
            self.fail(f"end must be greater than start, got start {self.start} and end {self.end}")
        if typetext.shape(type_text(self.result.type)) != (count,):
            self.fail(f"expected {count} elements (end - start), got {self.result.type}")


@register(_Dialect)
class SplatOp(ForeignOp):
    """A tensor with the same value everywhere.

    ```mlir
    %1 = tt.splat %x : f32 -> tensor<64x32xf32>
    ```
    """

    OPERATION_NAME = "tt.splat"
    src = Operand(types.VALUE)
    result = Result(types.TENSOR)
    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"

    def check(self) -> None:
        if typetext.shape(type_text(self.src.type)):
            self.fail(f"src must be a scalar, got {self.src.type}")
        check_same_element(self, self.src, self.result)


@register(_Dialect)
class UnsplatOp(ForeignOp):
    """The value in a tensor of one element.

    ```mlir
    %1 = tt.unsplat %x : tensor<1xf32>
    ```
    """

    OPERATION_NAME = "tt.unsplat"
    src = Operand(types.TENSOR)
    result = Result(types.VALUE, derive=("src", typetext.element))
    assembly_format = "$src attr-dict `:` type($src)"

    def check(self) -> None:
        if _count(type_text(self.src.type)) != 1:
            self.fail(f"src must have one element, got {self.src.type}")


@register(_Dialect)
class BroadcastOp(ForeignOp):
    """Repeat a tensor along its dimensions of size 1.

    ```mlir
    %1 = tt.broadcast %x : tensor<64x1xf32> -> tensor<64x32xf32>
    ```
    """

    OPERATION_NAME = "tt.broadcast"
    src = Operand(types.TENSOR)
    result = Result(types.TENSOR)
    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"

    def check(self) -> None:
        check_same_element(self, self.src, self.result)
        source, target = typetext.shape(type_text(self.src.type)), typetext.shape(type_text(self.result.type))
        if len(source) != len(target):
            self.fail(
                f"expected the same rank, got {self.src.type} and {self.result.type}",
                hint="add dimensions with tt.expand_dims first",
            )
        for dim, (size, wanted) in enumerate(zip(source, target, strict=True)):
            if size not in (1, wanted):
                self.fail(f"dimension {dim} must have size 1 or {wanted} to be broadcast, got {size}")


@register(_Dialect)
class ExpandDimsOp(ForeignOp):
    """Insert a dimension of size 1 at ``axis``.

    ```mlir
    %1 = tt.expand_dims %x {axis = 1 : i32} : tensor<64xf32> -> tensor<64x1xf32>
    ```
    """

    OPERATION_NAME = "tt.expand_dims"
    src = Operand(types.TENSOR)
    axis = Attribute(Int(32))
    result = Result(types.TENSOR)
    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return {"result": _expanded(types["src"][0], given["axis"])}

    def check(self) -> None:
        check_axis(self, self.axis, len(typetext.shape(type_text(self.src.type))) + 1)
        expected = _expanded(type_text(self.src.type), self.axis)
        if type_text(self.result.type) != expected:
            self.fail(f"expected {expected} for axis {self.axis}, got {self.result.type}")


@register(_Dialect)
class ReshapeOp(ForeignOp):
    """Another shape for the same elements, in row-major order.

    ``allow_reorder`` frees the compiler from keeping the order; ``efficient_layout`` is a hint
    of GPU backends.

    ```mlir
    %1 = tt.reshape %x allow_reorder : tensor<64x32xf32> -> tensor<2048xf32>
    ```
    """

    OPERATION_NAME = "tt.reshape"
    src = Operand(types.TENSOR)
    allow_reorder = Attribute(Unit(), default=False)
    efficient_layout = Attribute(Unit(), default=False)
    result = Result(types.TENSOR)
    assembly_format = """
        $src (`allow_reorder` $allow_reorder^)? (`efficient_layout` $efficient_layout^)? attr-dict `:`
        type($src) `->` type($result)
    """

    def check(self) -> None:
        check_same_element(self, self.src, self.result)
        source, target = _count(type_text(self.src.type)), _count(type_text(self.result.type))
        if source != target:
            self.fail(f"expected {source} elements as in {self.src.type}, got {target} in {self.result.type}")


@register(_Dialect)
class TransOp(ForeignOp):
    """Permute the dimensions: dimension ``i`` of the result is dimension ``order[i]`` of ``src``.

    ```mlir
    %1 = tt.trans %x {order = array<i32: 1, 0>} : tensor<64x32xf32> -> tensor<32x64xf32>
    ```
    """

    OPERATION_NAME = "tt.trans"
    src = Operand(types.TENSOR)
    order = Attribute(IntArray(32))
    result = Result(types.TENSOR)
    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return {"result": _permuted(types["src"][0], given["order"])}

    def check(self) -> None:
        check_permutation(self, "order", self.order, len(typetext.shape(type_text(self.src.type))))
        expected = _permuted(type_text(self.src.type), self.order)
        if type_text(self.result.type) != expected:
            self.fail(f"expected {expected} for order {list(self.order)}, got {self.result.type}")


@register(_Dialect)
class CatOp(ForeignOp):
    """The elements of two tensors in one, in any order.

    ```mlir
    %1 = tt.cat %a, %b : tensor<64xf32> -> tensor<128xf32>
    ```
    """

    OPERATION_NAME = "tt.cat"
    lhs = Operand(types.TENSOR)
    rhs = Operand(types.TENSOR, derive=("lhs", same))
    result = Result(types.TENSOR)
    assembly_format = "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)"

    def check(self) -> None:
        check_same_element(self, self.lhs, self.result)
        expected = 2 * _count(type_text(self.lhs.type))
        if _count(type_text(self.result.type)) != expected:
            self.fail(f"expected {expected} elements, got {self.result.type}")


@register(_Dialect)
class JoinOp(ForeignOp):
    """Two tensors side by side in a new last dimension of size 2.

    ```mlir
    %1 = tt.join %a, %b : tensor<64xf32> -> tensor<64x2xf32>
    ```
    """

    OPERATION_NAME = "tt.join"
    lhs = Operand(types.TENSOR)
    rhs = Operand(types.TENSOR, derive=("lhs", same))
    result = Result(types.TENSOR, derive=("lhs", lambda text: _joined(text)))
    assembly_format = "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)"


@register(_Dialect)
class SplitOp(ForeignOp):
    """The two halves of a tensor along its last dimension, which has size 2.

    ```mlir
    %1, %2 = tt.split %x : tensor<64x2xf32> -> tensor<64xf32>
    ```
    """

    OPERATION_NAME = "tt.split"
    src = Operand(types.TENSOR)
    outLHS = Result(types.TENSOR, derive=("src", lambda text: _halved(text)))
    outRHS = Result(types.TENSOR, derive=("outLHS", same))
    assembly_format = "$src attr-dict `:` type($src) `->` type($outLHS)"

    def check(self) -> None:
        shape = typetext.shape(type_text(self.src.type))
        if not shape or shape[-1] != 2:
            self.fail(f"the last dimension of src must have size 2, got {shape_text(shape)}")


@register(_Dialect)
class GatherOp(ForeignOp):
    """Pick elements along ``axis``; the result has the shape of ``indices``.

    ```mlir
    %1 = tt.gather %x[%i] {axis = 0 : i32} : (tensor<64xf32>, tensor<32xi32>) -> tensor<32xf32>
    ```
    """

    OPERATION_NAME = "tt.gather"
    src = Operand(types.TENSOR)
    indices = Operand(types.INT_TENSOR)
    axis = Attribute(Int(32))
    efficient_layout = Attribute(Unit(), default=False)
    result = Result(types.TENSOR)
    assembly_format = "$src `[` $indices `]` attr-dict `:` functional-type(operands, results)"

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return {"result": typetext.same_shape(types["indices"][0], typetext.element(types["src"][0]))}

    def check(self) -> None:
        source, indices = (
            typetext.shape(type_text(self.src.type)),
            typetext.shape(type_text(self.indices.type)),
        )
        if len(source) != len(indices):
            self.fail(f"src and indices must have the same rank, got {len(source)} and {len(indices)}")
        check_axis(self, self.axis, len(source))
        for dim, (size, index_size) in enumerate(zip(source, indices, strict=True)):
            if dim != self.axis and size != index_size:
                self.fail(f"dimension {dim} of src and indices must be the same, got {size} and {index_size}")
        expected = typetext.same_shape(
            type_text(self.indices.type), typetext.element(type_text(self.src.type))
        )
        if type_text(self.result.type) != expected:
            self.fail(f"expected {expected}, got {self.result.type}")


@register(_Dialect)
class HistogramOp(ForeignOp):
    """How often each value from 0 to the size of the result occurs in ``src``.

    With ``mask``, only the elements under it count.

    ```mlir
    %1 = tt.histogram %x, %mask : tensor<128xi32> -> tensor<64xi32>
    ```
    """

    OPERATION_NAME = "tt.histogram"
    src = Operand(types.INT_TENSOR)
    mask = OptionalOperand(types.BOOL_LIKE, derive=("src", lambda text: typetext.same_shape(text, "i1")))
    result = Result(types.INT_TENSOR)
    assembly_format = "$src (`,` $mask^)? attr-dict `:` type($src) `->` type($result)"

    def check(self) -> None:
        if len(typetext.shape(type_text(self.result.type))) != 1:
            self.fail(f"the result must have one dimension, got {self.result.type}")


def _count(text: str) -> int:
    return math.prod(size or 0 for size in typetext.shape(text))


def _expanded(text: str, axis: int) -> str:
    found = typetext.tensor(text)
    assert found
    return str(found.with_shape((*found.shape[:axis], 1, *found.shape[axis:])))


def _permuted(text: str, order: Any) -> str:
    found = typetext.tensor(text)
    assert found
    return str(found.with_shape(tuple(found.shape[dim] for dim in order)))


def _joined(text: str) -> str | None:
    found = typetext.tensor(text)
    return str(found.with_shape((*found.shape, 2))) if found else None


def _halved(text: str) -> str | None:
    found = typetext.tensor(text)
    if not found or not found.shape:
        return None
    return str(found.with_shape(found.shape[:-1]))
