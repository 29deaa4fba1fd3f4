"""Builders of upstream operations with mixed static and dynamic sizes, and inferred types.

Every function builds at the current insertion point and location.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import cast

from smtir.dialects import tt
from smtir.mlir import arith, bufferization, ir, linalg, memref, tensor
from smtir.rewrite.index import Index, as_index, materialize, split, static_sizes
from smtir.rewrite.values import defining_op, element_of, shape_of

Scalar = int | float


def index_type() -> ir.Type:
    """The index type."""
    return ir.IndexType.get()


def tensor_type(shape: Sequence[int], element: ir.Type) -> ir.RankedTensorType:
    """The tensor type of ``shape`` and ``element``."""
    return ir.RankedTensorType.get(list(shape), element)


def with_element(type_: ir.Type, element: ir.Type) -> ir.Type:
    """``type_``, a tensor or a scalar type, with another element type."""
    return tensor_type(type_.shape, element) if isinstance(type_, ir.RankedTensorType) else element


def is_float(element: ir.Type) -> bool:
    """Whether ``element`` is a float type of any width."""
    return isinstance(element, ir.FloatType)


def constant(element: ir.Type, value: Scalar) -> ir.Value:
    """A scalar constant of ``element``, an integer, index or float type."""
    return arith.constant(element, _number(element, value))


def constant_like(like: ir.Value, value: Scalar) -> ir.Value:
    """``value`` in the type of ``like``: in every element, where that is a tensor."""
    if not isinstance(like.type, ir.RankedTensorType):
        return constant(like.type, value)
    splat = ir.DenseElementsAttr.get_splat(like.type, _number(like.type.element_type, value))
    return arith.constant(like.type, splat)


def _number(element: ir.Type, value: Scalar) -> ir.Attribute:
    if is_float(element):
        return ir.FloatAttr.get(element, float(value))
    return ir.IntegerAttr.get(element, int(value))


def empty(sizes: Sequence[Index], element: ir.Type) -> ir.Value:
    """``tensor.empty``: a tensor of ``sizes`` with no contents yet."""
    return tensor.empty(list(sizes), element)


def fill(value: ir.Value, destination: ir.Value) -> ir.Value:
    """``linalg.fill``: ``destination`` with ``value`` in every element."""
    return linalg.fill(value, outs=[destination])


def splatted(value: ir.Value, shape: Sequence[int]) -> ir.Value:
    """``tt.splat``, for passes before ``triton-to-linalg``: it is filled where it is used."""
    return tt.SplatOp(value, result=tensor_type(shape, value.type)).result


def filled(value: ir.Value, sizes: Sequence[Index]) -> ir.Value:
    """A new tensor of ``sizes`` with ``value`` in every element."""
    return fill(value, empty(sizes, value.type))


def splat_value(value: ir.Value) -> ir.Value | None:
    """The scalar that every element of the tensor ``value`` has, if it is a visible splat.

    Sees through ``tt.splat``, ``linalg.fill``, splat constants, and views of those.
    """
    op = defining_op(value)
    if op is None:
        return None
    owner = op.operation
    if owner.name in ("tt.splat", "linalg.fill"):
        scalar: ir.Value = owner.operands[0]
        return scalar
    if owner.name in (
        "tt.broadcast",
        "tt.expand_dims",
        "tt.reshape",
        "tensor.expand_shape",
        "tensor.collapse_shape",
    ):
        return splat_value(owner.operands[0])
    if owner.name == "arith.constant":
        attribute = owner.attributes["value"]
        if isinstance(attribute, ir.DenseElementsAttr) and attribute.is_splat:
            with ir.InsertionPoint(owner), owner.location:
                return arith.constant(element_of(value), attribute.get_splat_value())
    return None


def reshaped(value: ir.Value, shape: Sequence[int]) -> ir.Value:
    """The elements of ``value`` in the same row-major order, in ``shape``; by way of one dim."""
    found = ir.RankedTensorType(value.type)
    if list(found.shape) == list(shape):
        return value
    if found.rank > 1:
        flat = tensor_type([math.prod(found.shape)], found.element_type)
        value = tensor.collapse_shape(flat, value, [list(range(found.rank))])
    if len(shape) > 1:
        wanted = tensor_type(shape, found.element_type)
        value = tensor.expand_shape(wanted, value, [list(range(len(shape)))], [], shape)
    return value


def extract_slice(
    source: ir.Value, offsets: Sequence[Index], sizes: Sequence[Index], *, rank: int | None = None
) -> ir.Value:
    """The unit-stride slice of a tensor; of a lower ``rank``, its first dims and no more."""
    dynamic_offsets, static_offsets = split(offsets)
    dynamic_sizes, shape = split(sizes)
    return tensor.extract_slice(
        tensor_type(shape[:rank], element_of(source)),
        source,
        dynamic_offsets,
        dynamic_sizes,
        [],
        static_offsets,
        shape,
        [1] * len(shape),
    )


def insert_slice(
    source: ir.Value, destination: ir.Value, offsets: Sequence[Index], sizes: Sequence[Index]
) -> ir.Value:
    """``destination`` with the unit-stride slice at ``offsets`` replaced by ``source``."""
    dynamic_offsets, static_offsets = split(offsets)
    dynamic_sizes, shape = split(sizes)
    return tensor.insert_slice(
        source, destination, dynamic_offsets, dynamic_sizes, [], static_offsets, shape, [1] * len(shape)
    )


def parallel_insert_slice(
    source: ir.Value, destination: ir.Value, offsets: Sequence[Index], sizes: Sequence[Index]
) -> None:
    """Write ``source`` to the unit-stride slice of a shared output, in ``scf.forall.in_parallel``."""
    dynamic_offsets, static_offsets = split(offsets)
    dynamic_sizes, shape = split(sizes)
    tensor.parallel_insert_slice(
        source, destination, dynamic_offsets, dynamic_sizes, [], static_offsets, shape, [1] * len(shape)
    )


def reinterpret_cast(
    base: ir.Value, offset: Index, sizes: Sequence[Index], strides: Sequence[Index]
) -> ir.Value:
    """``base`` (a memref) seen as a strided block that starts ``offset`` elements in."""
    dynamic_offset, static_offset = split([offset])
    dynamic_sizes, shape = split(sizes)
    dynamic_strides, static_strides = split(strides)
    layout = ir.StridedLayoutAttr.get(static_offset[0], static_strides)
    result = ir.MemRefType.get(shape, element_of(base), layout)
    return memref.reinterpret_cast(
        result,
        base,
        dynamic_offset,
        dynamic_sizes,
        dynamic_strides,
        static_offset,
        shape,
        static_strides,
    )


def subview(source: ir.Value, offsets: Sequence[Index], sizes: Sequence[Index]) -> ir.Value:
    """The unit-stride window of a strided memref."""
    strides, offset = cast("ir.MemRefType", source.type).get_strides_and_offset()
    dynamic = ir.ShapedType.get_dynamic_size()
    for start, stride in zip(offsets, strides, strict=True):
        if offset == dynamic or not isinstance(start, int) or (start and stride == dynamic):
            offset = dynamic
        else:
            offset += start * stride
    shape = static_sizes(sizes)
    result = ir.MemRefType.get(shape, element_of(source), ir.StridedLayoutAttr.get(offset, strides))
    return memref.subview(source, list(offsets), list(sizes), [1] * len(shape), result_type=result)


def to_tensor(buffer: ir.Value, *, writable: bool = False) -> ir.Value:
    """What ``buffer`` holds now, as a tensor that nothing else aliases.

    With ``writable`` later operations may use ``buffer`` for their results.
    """
    result = tensor_type(shape_of(buffer), element_of(buffer))
    return bufferization.to_tensor(result, buffer, restrict=True, writable=writable or None)


def write_to(source: ir.Value, buffer: ir.Value) -> None:
    """Store the tensor ``source`` into ``buffer``."""
    bufferization.materialize_in_destination(None, source, buffer, restrict=True, writable=True)


def dim(value: ir.Value, axis: int) -> Index:
    """The size of a tensor's dimension."""
    size = shape_of(value)[axis]
    return tensor.dim(value, materialize(axis)) if size == ir.ShapedType.get_dynamic_size() else size


def pack(
    source: ir.Value,
    packed_shape: Sequence[int],
    inner_tiles: Sequence[int],
    *,
    padding: ir.Value | None,
    transpose: bool = False,
    into: ir.Value | None = None,
) -> ir.Value:
    """``linalg.pack`` of a 2D tensor into a new tensor of the static ``packed_shape``, or into ``into``.

    With ``transpose`` the outer and the inner dims are swapped: ``[d1, d0, t1, t0]``.
    """
    order = [1, 0] if transpose else [0, 1]
    destination = empty(packed_shape, element_of(source)) if into is None else into
    return linalg.pack(
        source,
        destination,
        inner_dims_pos=order,
        inner_tiles=list(inner_tiles),
        padding_value=padding,
        outer_dims_perm=order,
    )


def unpack(source: ir.Value, sizes: Sequence[Index]) -> ir.Value:
    """``linalg.unpack`` of a 4D packed tensor into a new 2D tensor of ``sizes``."""
    destination = empty(sizes, element_of(source))
    return linalg.unpack(
        source,
        destination,
        inner_dims_pos=[0, 1],
        inner_tiles=shape_of(source)[2:],
        outer_dims_perm=[0, 1],
    )


def generic(
    inputs: Sequence[ir.Value],
    outputs: Sequence[ir.Value],
    maps: Sequence[ir.AffineMap],
    body: Callable[..., ir.Value | Sequence[ir.Value]],
    *,
    reduction_dims: Sequence[int] = (),
) -> ir.Value:
    """A ``linalg.generic`` on tensors or memrefs; ``body`` takes the scalars of inputs and outputs."""
    rank = maps[0].n_dims
    iterators = [
        ir.Attribute.parse(f"#linalg.iterator_type<{'reduction' if axis in reduction_dims else 'parallel'}>")
        for axis in range(rank)
    ]
    op = linalg.GenericOp(
        [output.type for output in outputs if isinstance(output.type, ir.RankedTensorType)],
        list(inputs),
        list(outputs),
        ir.ArrayAttr.get([ir.AffineMapAttr.get(one) for one in maps]),
        ir.ArrayAttr.get(iterators),
    )
    elements = [element_of(value) for value in (*inputs, *outputs)]
    block = op.regions[0].blocks.append(*elements, arg_locs=[ir.Location.current] * len(elements))
    with ir.InsertionPoint(block):
        made = body(*block.arguments)
        linalg.YieldOp([made] if isinstance(made, ir.Value) else list(made))
    return op.results[0] if len(op.results) == 1 else op.results


def indices(values: Sequence[ir.Value | int]) -> list[Index]:
    """``values`` as folded indices."""
    return [as_index(value) for value in values]
