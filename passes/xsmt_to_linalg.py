"""xsmt-to-linalg: packed loads, windows and matrix products become linalg.pack, mmt4d and unpack.

A right operand in ``[K1, N1, k0, n0]`` order is packed again from its source with the dims
swapped, as ``linalg.mmt4d`` wants it (``[N1, K1, n0, k0]``), so that no transpose is left.

Before::

    %b = xsmt.descriptor_load %ptr, [%i, %j], [64, 64], [8, 16] : !tt.ptr<...> -> tensor<8x4x8x16xf32>
    %c = xsmt.mmt4d %a, %b, %acc : ...

After::

    %view = memref.subview %block ... : memref<64x64xf32, ...> to memref<?x?xf32, ...>
    %read = bufferization.to_tensor %view restrict ...
    %b = linalg.pack %read padding_value(%zero : f32) outer_dims_perm = [1, 0] inner_dims_pos = [1, 0]
           inner_tiles = [16, 8] into %empty : tensor<?x?xf32> -> tensor<4x8x16x8xf32>
    %c = linalg.mmt4d ins(%a, %b : ...) outs(%acc : ...)
"""

from __future__ import annotations

from collections.abc import Sequence

from smtir.dialects import xsmt, xsmt_async
from smtir.dialects.types import is_block_pointer
from smtir.mlir import arith, ir, linalg
from smtir.rewrite import builders, index, windows
from smtir.rewrite.accumulation import accumulator_type, narrowed, widened
from smtir.rewrite.block_pointers import resolve_block_pointer
from smtir.rewrite.dead_code import erase_dead
from smtir.rewrite.index import Index
from smtir.rewrite.lowering import LoweringRules, NoMatch
from smtir.rewrite.memory_reads import read_window
from smtir.rewrite.packed import packed_window, padded, slice_in_zeros, unpacked
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import defined_by, defining_op, element_of, shape_of
from smtir.rewrite.windows import Window

rules = LoweringRules("xsmt-to-linalg")


@define_pass
def run(module: ir.Module) -> None:
    rules.apply(module.operation)
    erase_dead(module.operation)


@rules.lower("xsmt.descriptor_load", "xsmt.descriptor_load_view")
def lower_descriptor_load(op: xsmt.DescriptorLoadOp | xsmt.DescriptorLoadViewOp) -> ir.Value:
    """The window at ``offsets`` from the block pointer, clamped to the base, packed and zero padded."""
    if not is_block_pointer(op.base.type):
        raise NoMatch(f"the base is a {op.base.type}, not a block pointer")
    pointer = resolve_block_pointer(op.base).moved(builders.indices(op.offsets), op.shape)
    window = windows.existing(pointer, range(len(pointer.block)))
    read = read_window(windows.block_view(pointer, window), window, copy="smtir.copy" in op.attributes)
    return packed_window(read, window, shape_of(op.result))


@rules.lower("xsmt.pack")
def lower_pack(op: xsmt.PackOp) -> ir.Value:
    """The window of a tensor at ``offsets``, clamped to it, packed and zero padded."""
    source, window = _window_of(op.base, builders.indices(op.offsets), op.shape)
    return packed_window(source, window, shape_of(op.result), into=op.destination)


@rules.lower("xsmt.unpack")
def lower_unpack(op: xsmt.UnpackOp) -> ir.Value:
    """The window at ``offsets`` of the unpacked tensor; outside of it zero.

    A destination would be overwritten whole: the result is a new tensor.
    """
    source, window = _window_of(unpacked(op.base), builders.indices(op.offsets), op.shape)
    return padded(source, window)


@rules.lower("xsmt.repack")
def lower_repack(op: xsmt.RepackOp) -> ir.Value:
    """Unpack, take the window, pack with the new tile."""
    source, window = _window_of(unpacked(op.base), builders.indices(op.offsets), op.shape)
    return packed_window(source, window, shape_of(op.result), into=op.destination)


@rules.lower("xsmt.mmt4d")
def lower_mmt4d(op: xsmt.MMT4DOp) -> ir.Value:
    """``c[m1,n1,m0,n0] += sum_k a[m1,k1,m0,k0] * b``, accumulated in f32 (i32 for integers)."""
    if op.c is not None and defined_by(op.c, "tensor.empty"):
        raise NoMatch("the accumulator is an allocation, which holds nothing yet: begin with zeros")
    element = element_of(op.result)
    wide = accumulator_type(element_of(op.a), element)
    zero = builders.constant(wide, 0)
    into = builders.splatted(zero, shape_of(op.result)) if op.c is None else widened(op.c, wide)
    right = _right_operand(shape_of(op.a), op.b)
    return narrowed(linalg.mmt4d(op.a, right, outs=[into]), element)


@rules.lower("xsmt.insert")
def lower_insert(op: xsmt.InsertOp) -> ir.Value:
    """Unpack the tile and write the part that lies inside the destination."""
    tile = shape_of(op.tile)
    block = [tile[0] * tile[2], tile[1] * tile[3]]
    offsets = builders.indices(op.offsets)
    window = windows.bounded(offsets, shape_of(op.dest), block, (0, 1))
    value = unpacked(op.tile)
    if not window.is_whole:
        value = builders.extract_slice(value, window.lead, window.sizes)
    starts = [index.add(offset, lead) for offset, lead in zip(offsets, window.lead, strict=True)]
    return builders.insert_slice(value, op.dest, _inside(starts, shape_of(op.dest), window), window.sizes)


@rules.lower("xsmt.annotation")
def lower_annotation(op: xsmt.AnnotationOp) -> list[ir.Value]:
    """A hint for another backend: it holds no meaning here."""
    return []


@rules.lower("xsmt_async.grid")
def lower_grid(op: xsmt_async.GridOp) -> ir.Value:
    axis = index.constant_int(op.axis)
    if axis not in (0, 1, 2):
        raise NoMatch("the axis must be the constant 0, 1 or 2")
    i32 = ir.IntegerType.get_signless(32)
    place = {"axis": ir.IntegerAttr.get(i32, axis)}
    number = ir.Operation.create("tt.get_program_id", results=[i32], attributes=place).results[0]
    return arith.extsi(op.id.type, number)


@rules.lower("xsmt.get_num_of_thread")
def lower_get_num_of_thread(op: xsmt.GetThreadOp) -> ir.Value:
    """What the module says in ``tt.num_threads``, else 1."""
    module = op.operation
    while (parent := module.parent) is not None:
        module = parent.operation
    if "tt.num_threads" not in module.attributes:
        return builders.constant(op.result.type, 1)
    return builders.constant(op.result.type, ir.IntegerAttr(module.attributes["tt.num_threads"]).value)


def _window_of(base: ir.Value, offsets: Sequence[Index], shape: Sequence[int]) -> tuple[ir.Value, Window]:
    """The part of ``base`` in the window of ``shape`` at ``offsets``, as a slice.

    A base that is itself a slice in zero padding is read at the slice: the padding of the
    result covers both.
    """
    sizes: list[Index] = list(shape_of(base))
    inner = slice_in_zeros(base)
    if inner is not None:
        base, sizes = inner
    window = windows.bounded(offsets, sizes, shape, range(len(shape)))
    starts = [index.add(offset, lead) for offset, lead in zip(offsets, window.lead, strict=True)]
    if window.sizes == tuple(sizes) and all(isinstance(start, int) and start == 0 for start in starts):
        return base, window
    return builders.extract_slice(base, _inside(starts, sizes, window), window.sizes), window


def _inside(starts: Sequence[Index], sizes: Sequence[Index], window: Window) -> list[Index]:
    """``starts`` limited to ``sizes``: an empty slice may not start past the end."""
    return [
        start if isinstance(length, int) and length > 0 else index.maximum(index.minimum(start, size), 0)
        for start, size, length in zip(starts, sizes, window.sizes, strict=True)
    ]


def _right_operand(left_shape: Sequence[int], right: ir.Value) -> ir.Value:
    """``right`` in ``[N1, K1, n0, k0]`` order; the ambiguous case reads as ``[K1, N1, k0, n0]``."""
    shape = shape_of(right)
    if (shape[0], shape[2]) != (left_shape[1], left_shape[3]):
        return right
    swapped = [shape[1], shape[0], shape[3], shape[2]]
    if defining_op(right) is not None and right.owner.name == "linalg.pack":
        pack = defining_op(right)
        if list(pack.outer_dims_perm) == [0, 1] and list(pack.inner_dims_pos) == [0, 1]:
            return _repacked_transposed(pack, swapped)
    destination = builders.empty(swapped, element_of(right))
    return linalg.transpose(right, outs=[destination], permutation=[1, 0, 3, 2]).results[0]


def _repacked_transposed(pack: linalg.PackOp, shape: list[int]) -> ir.Value:
    """The swapped pack of the same source, beside ``pack``; one for all users."""
    for use in pack.source.uses:
        user = use.owner.operation.opview
        if not isinstance(user, linalg.PackOp) or user.operation.block != pack.operation.block:
            continue
        same_padding = user.padding_value == pack.padding_value
        if list(user.outer_dims_perm) == [1, 0] and shape_of(user.result) == shape and same_padding:
            made: ir.Value = user.result
            return made
    with ir.InsertionPoint(pack), pack.location:
        return builders.pack(pack.source, shape, shape[2:], padding=pack.padding_value, transpose=True)
