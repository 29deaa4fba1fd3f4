"""Operations of ``tt`` on tensor descriptors: blocks of a strided tensor, always boundary-checked."""

from __future__ import annotations

from smtir.asm import typetext
from smtir.asm.fields import Attribute, Operand, Result, VariadicOperands, fixed
from smtir.asm.operation import ForeignOp, register
from smtir.asm.typecache import type_text
from smtir.dialects import constraints as types
from smtir.dialects.tt._base import CACHE, EVICTION, PADDING, REDUCTION, _Dialect
from smtir.dialects.tt._checks import check_padding, shape_text
from smtir.mlir import ir


@register(_Dialect)
class MakeTensorDescOp(ForeignOp):
    """A descriptor of a strided tensor in memory and of the block it is accessed in.

    ```mlir
    %1 = tt.make_tensor_descriptor %p, [%m, %n], [%s, %one] : <f32>, <tensor<16x32xf32>>
    ```
    """

    OPERATION_NAME = "tt.make_tensor_descriptor"
    former_names = ("tt.experimental_make_tensor_descriptor",)
    base = Operand(types.POINTER)
    shape = VariadicOperands(types.I32, derive=fixed("i32"))
    strides = VariadicOperands(types.I64, derive=fixed("i64"))
    padding = Attribute(PADDING, default="zero")
    result = Result(types.DESCRIPTOR)
    same_variadic_size = True
    assembly_format = (
        "$base `,` `[` $shape `]` `,` `[` $strides `]` attr-dict `:` type($base) `,` type($result)"
    )

    def check(self) -> None:
        block = typetext.descriptor_block(type_text(self.result.type)) or ""
        if len(self.shape) != len(typetext.shape(block)):
            self.fail(f"expected {len(typetext.shape(block))} sizes for {block}, got {len(self.shape)}")
        check_padding(self, self.padding, typetext.element(block))
        pointee = typetext.scalar_pointee(type_text(self.base.type))
        if pointee != typetext.element(block):
            self.fail(f"base must point to {typetext.element(block)}, got {self.base.type}")


@register(_Dialect)
class DescriptorLoadOp(ForeignOp):
    """Read the block at ``indices`` (in elements); what is outside of the tensor reads as zero.

    ```mlir
    %1 = tt.descriptor_load %d[%i, %j] : !tt.tensordesc<tensor<16x32xf32>> -> tensor<16x32xf32>
    ```
    """

    OPERATION_NAME = "tt.descriptor_load"
    former_names = ("tt.experimental_descriptor_load",)
    desc = Operand(types.DESCRIPTOR)
    indices = VariadicOperands(types.I32, derive=fixed("i32"))
    cache = Attribute(CACHE, default="none")
    evict = Attribute(EVICTION, default="evict_normal")
    result = Result(types.TENSOR)
    assembly_format = """
        $desc `[` $indices `]`
        oilist(`cacheModifier` `=` $cache | `evictionPolicy` `=` $evict)
        attr-dict `:` qualified(type($desc)) `->` type($result)
    """

    def check(self) -> None:
        check_block(self, self.desc, self.result, len(self.indices))


@register(_Dialect)
class DescriptorStoreOp(ForeignOp):
    """Write ``src`` to the block at ``indices``; what is outside of the tensor is not written.

    ```mlir
    tt.descriptor_store %d[%i, %j], %x : !tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf32>
    ```
    """

    OPERATION_NAME = "tt.descriptor_store"
    former_names = ("tt.experimental_descriptor_store",)
    desc = Operand(types.DESCRIPTOR)
    src = Operand(types.TENSOR)
    indices = VariadicOperands(types.I32, derive=fixed("i32"))
    assembly_format = "$desc `[` $indices `]` `,` $src attr-dict `:` qualified(type($desc)) `,` type($src)"

    def check(self) -> None:
        check_block(self, self.desc, self.src, len(self.indices))


@register(_Dialect)
class DescriptorReduceOp(ForeignOp):
    """Combine ``src`` into the block at ``indices``, atomically for each element.

    ```mlir
    tt.descriptor_reduce add, %d[%i, %j], %x : !tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf32>
    ```
    """

    OPERATION_NAME = "tt.descriptor_reduce"
    former_names = ("tt.experimental_descriptor_reduce",)
    kind = Attribute(REDUCTION)
    desc = Operand(types.DESCRIPTOR)
    src = Operand(types.TENSOR)
    indices = VariadicOperands(types.I32, derive=fixed("i32"))
    assembly_format = """
        $kind `,` $desc `[` $indices `]` `,` $src attr-dict `:` qualified(type($desc)) `,` type($src)
    """

    def check(self) -> None:
        check_block(self, self.desc, self.src, len(self.indices))


@register(_Dialect)
class DescriptorGatherOp(ForeignOp):
    """Read several rows, one for each element of ``x_offsets``, from column ``y_offset`` on.

    ```mlir
    %1 = tt.descriptor_gather %d[%rows, %j] :
        (!tt.tensordesc<tensor<1x32xf32>>, tensor<16xi32>, i32) -> tensor<16x32xf32>
    ```
    """

    OPERATION_NAME = "tt.descriptor_gather"
    former_names = ("tt.experimental_descriptor_gather",)
    desc = Operand(types.DESCRIPTOR)
    x_offsets = Operand(types.INT_TENSOR)
    y_offset = Operand(types.I32)
    result = Result(types.TENSOR)
    assembly_format = """
        $desc `[` $x_offsets `,` $y_offset `]` attr-dict `:` functional-type(operands, results)
    """

    def check(self) -> None:
        check_rows(self, self.desc, self.x_offsets, self.result)


@register(_Dialect)
class DescriptorScatterOp(ForeignOp):
    """Write the rows of ``src`` to the rows in ``x_offsets``, from column ``y_offset`` on.

    ```mlir
    tt.descriptor_scatter %d[%rows, %j], %x :
        !tt.tensordesc<tensor<1x32xf32>>, tensor<16xi32>, i32, tensor<16x32xf32>
    ```
    """

    OPERATION_NAME = "tt.descriptor_scatter"
    former_names = ("tt.experimental_descriptor_scatter",)
    desc = Operand(types.DESCRIPTOR)
    x_offsets = Operand(types.INT_TENSOR)
    y_offset = Operand(types.I32)
    src = Operand(types.TENSOR)
    assembly_format = """
        $desc `[` $x_offsets `,` $y_offset `]` `,` $src attr-dict `:`
        qualified(type($desc)) `,` type($x_offsets) `,` type($y_offset) `,` type($src)
    """

    def check(self) -> None:
        check_rows(self, self.desc, self.x_offsets, self.src)


@register(_Dialect)
class ReinterpretTensorDescOp(ForeignOp):
    """A descriptor that the host made, behind an untyped pointer, as one of ``result``'s type (Triton 3.3).

    ```mlir
    %1 = tt.reinterpret_tensor_descriptor %p : !tt.ptr<i8> to !tt.tensordesc<tensor<16x32xf32>>
    ```
    """

    OPERATION_NAME = "tt.reinterpret_tensor_descriptor"
    rawDesc = Operand(types.POINTER)
    result = Result(types.DESCRIPTOR)
    assembly_format = "$rawDesc attr-dict `:` qualified(type($rawDesc)) `to` qualified(type($result))"


def check_block(op: ForeignOp, desc: ir.Value, value: ir.Value, indices: int) -> None:
    """``value`` has as many elements as the descriptor's block, and each dimension an index."""
    block, text = typetext.descriptor_block(type_text(desc.type)) or "", type_text(value.type)
    rank = len(typetext.shape(block))
    if indices != rank:
        op.fail(f"expected {rank} indices for {desc.type}, got {indices}")
    # A load may drop leading dimensions of size 1, as in Triton.
    sizes, wanted = (tuple(n for n in typetext.shape(t) if n != 1) for t in (text, block))
    if sizes != wanted or typetext.element(text) != typetext.element(block):
        op.fail(f"expected {block} as in the descriptor, got {text}")


def check_rows(op: ForeignOp, desc: ir.Value, rows: ir.Value, value: ir.Value) -> None:
    """The block has one row, and ``value`` one row for each of ``rows``."""
    block, text = typetext.descriptor_block(type_text(desc.type)) or "", type_text(value.type)
    block_shape, row_shape = typetext.shape(block), typetext.shape(type_text(rows.type))
    if len(block_shape) != 2 or block_shape[0] != 1:
        op.fail(f"the block must have one row, got {block}")
    if len(row_shape) != 1:
        op.fail(f"x_offsets must have one dimension, got {rows.type}")
    expected = (row_shape[0], block_shape[1])
    if typetext.shape(text) != expected or typetext.element(text) != typetext.element(block):
        op.fail(f"expected a tensor of {shape_text(expected)} {typetext.element(block)}, got {text}")
