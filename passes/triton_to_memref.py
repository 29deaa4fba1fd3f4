"""triton-to-memref: loads and stores become strided memory views and tensors.

A load through a block pointer, or through a tensor of pointers whose arithmetic is affine, is a
``memref.reinterpret_cast`` of the kernel argument, restricted to what exists (``boundary_check``
or mask) and put into a tensor of the padding.  Addresses or masks of any other form are read
element by element, and so are masked rows that a sum or the like is made of: that needs no
padding in memory.  A block that only products read is read where it is, if its mask turns out to hold
everywhere; the second operand of a product is read along the rows that it has in memory, and transposed
if need be.  A load whose memory may change before its value is used is copied at once; what
may change it depends on the module's attribute ``smtir.arrays`` (see ``smtir.rewrite.hazards``).

Before::

    %x = tt.load %p {boundaryCheck = array<i32: 0>, padding = 1 : i32} : !tt.ptr<tensor<8x16xf32>>

After::

    %view = memref.reinterpret_cast %buffer to offset: [%o], sizes: [8, 16], strides: [%s, 1] ...
    %part = memref.subview %view[0, 0] [%rows, 16] [1, 1] ...
    %read = bufferization.to_tensor %part restrict ...
    %padding = tt.splat %zero : f32 -> tensor<8x16xf32>
    %x = tensor.insert_slice %read into %padding[0, 0] [%rows, 16] [1, 1] ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smtir.dialects import tt
from smtir.dialects.types import is_block_pointer, is_pointer, is_pointer_like, pointer_like
from smtir.mlir import arith, func, ir, memref, scf
from smtir.rewrite import builders, index, messages, packed, windows
from smtir.rewrite.addresses import addresses_of, as_numbers, memory_type, pointers_at
from smtir.rewrite.atomics import atomic, compare_and_swap, descriptor_update, observe, read_modify_write
from smtir.rewrite.block_pointers import BlockPointer, resolve_block_pointer, resolve_descriptor
from smtir.rewrite.dead_code import erase_dead
from smtir.rewrite.descriptor_elements import block_elements, row_elements
from smtir.rewrite.hazards import (
    arrays_of,
    loads_to_copy,
    multiplied_from_the_right,
    only_computed_with,
    only_multiplied,
)
from smtir.rewrite.lowering import LoweringRules, NoMatch, record_miss
from smtir.rewrite.memory_reads import Region, read_region, read_window, runs_along_columns
from smtir.rewrite.passes import define_pass
from smtir.rewrite.pointers import (
    Base,
    StridedPointer,
    mask_bounds,
    resolve_base,
    resolve_pointers,
)
from smtir.rewrite.scattered import load_scattered, store_scattered
from smtir.rewrite.tiled_memory import load_elements, store_elements
from smtir.rewrite.values import bit_width, defining_op, element_of, element_type, shape_of
from smtir.rewrite.windows import Window
from smtir.rewrite.wrapped import Wrapped

rules = LoweringRules("triton-to-memref")
PADDING_VALUES = {"nan": float("nan"), "neg_inf": -float("inf"), "inf": float("inf")}


@define_pass
def run(module: ir.Module) -> None:
    for op in module.body.operations:
        if isinstance(op, func.FuncOp):
            copies = loads_to_copy(op.operation, arrays_of(module))
            for load in copies.loads:
                load.attributes["smtir.copy"] = ir.UnitAttr.get()
            copies.annotate(op.operation)
    rules.apply(module.operation)
    erase_dead(module.operation)


@rules.lower("tt.load")
def lower_load(op: tt.LoadOp) -> ir.Value:
    loaded = _load(op)
    return pointers_at(loaded, op.result.type) if is_pointer_like(op.result.type) else loaded


@rules.lower("tt.ptr_to_int")
def lower_ptr_to_int(op: tt.PtrToIntOp) -> ir.Value:
    if defining_op(op.src) is None:
        raise NoMatch("the address of an argument is read when the kernel gets its signature")
    return addresses_of(op.src)


def _load(op: tt.LoadOp) -> ir.Value:
    """What is loaded; addresses for pointers."""
    copy = "smtir.copy" in op.attributes
    if is_block_pointer(op.ptr.type):
        return _load_block(op, copy)
    if op.isVolatile and not is_pointer(element_of(op.result)):
        return _load_volatile(op)
    if not isinstance(op.ptr.type, ir.RankedTensorType):
        return _load_scalar(op)
    try:
        pointers, window = _addresses(op.ptr, op.mask)
    except NoMatch as miss:
        record_miss(rules.pass_name, "load as a strided block", op, str(miss))
        return load_scattered(op.ptr, op.mask, _numbers(op.other), copy)
    if pointers.addresses.wraps:
        return _load_wrapped(op, pointers, window, copy)
    in_runs = pointers.addresses.strides[-1] == 1
    if in_runs and not window.is_whole and only_computed_with(op.result):
        return load_scattered(op.ptr, op.mask, _numbers(op.other), copy)
    return _read(_region(pointers, window), lambda: _other(op), op.result, copy)


@rules.lower("tt.store")
def lower_store(op: tt.StoreOp) -> Sequence[ir.Value]:
    if is_block_pointer(op.ptr.type):
        pointer = resolve_block_pointer(op.ptr)
        if pointer.stored:
            aligned = pointer.in_tiles()
            if aligned is None:
                store_elements(pointer, op.value)
                return []
            value = op.value if pointer.tile else packed.in_tile(op.value, pointer.stored)
            _write(value, windows.block_view(aligned, window := windows.existing(aligned, ())), window)
            return []
        window = windows.existing(pointer, op.boundaryCheck)
        value = packed.unpacked(op.value) if pointer.tile else op.value
        _write(value, windows.block_view(pointer, window), window)
        return []
    if not isinstance(op.ptr.type, ir.RankedTensorType):
        _store_scalar(op)
        return []
    try:
        pointers, window = _addresses(op.ptr, op.mask)
        _check_distinct(pointers, op)
    except NoMatch as miss:
        record_miss(rules.pass_name, "store as a strided block", op, str(miss))
        store_scattered(op.ptr, as_numbers(op.value), op.mask)
        return []
    _write(as_numbers(op.value), _region(pointers, window).view(window), window)
    return []


@rules.lower("tt.atomic_rmw")
def lower_atomic_rmw(op: tt.AtomicRMWOp) -> ir.Value:
    return atomic(op.ptr, [op.val], op.mask, read_modify_write(op.atomic_rmw_op), op.result)


@rules.lower("tt.atomic_cas")
def lower_atomic_cas(op: tt.AtomicCASOp) -> ir.Value:
    """Floats are compared bit by bit, as GPUs do."""
    pointer, operands, result = op.ptr, [op.cmp, op.val], op.result.type
    element = element_type(result)
    if not builders.is_float(element):
        return atomic(pointer, operands, None, compare_and_swap, op.result)
    bits = ir.IntegerType.get_signless(bit_width(element))
    pointer = tt.BitcastOp(pointer, result=pointer_like(pointer.type, bits)).result
    operands = [arith.bitcast(builders.with_element(result, bits), operand) for operand in operands]
    return arith.bitcast(result, atomic(pointer, operands, None, compare_and_swap, operands[0]))


@rules.lower("tt.print")
def lower_print(op: tt.PrintOp) -> Sequence[ir.Value]:
    """Of pointers the addresses are printed."""
    pointers = [number for number, value in enumerate(op.args) if is_pointer_like(value.type)]
    if not pointers:
        raise NoMatch("no pointer is printed")
    values = [as_numbers(value) for value in op.args]
    printed = tt.PrintOp(values, prefix=op.prefix, hex=op.hex, isSigned=op.isSigned)
    printed.attributes[messages.ADDRESSES] = ir.DenseI32ArrayAttr.get(pointers)
    return []


@rules.lower("tt.descriptor_load")
def lower_descriptor_load(op: tt.DescriptorLoadOp) -> ir.Value:
    pointer, padding = resolve_descriptor(op.desc, builders.indices(op.indices))
    copy = "smtir.copy" in op.attributes
    block = _padded_block(pointer, range(len(pointer.block)), padding, op.result, copy)
    return builders.reshaped(block, shape_of(op.result))  # Triton folds reshapes into loads


@rules.lower("tt.descriptor_store")
def lower_descriptor_store(op: tt.DescriptorStoreOp) -> Sequence[ir.Value]:
    pointer, _ = resolve_descriptor(op.desc, builders.indices(op.indices))
    window = windows.bounded(pointer.offsets, pointer.shape, pointer.block, range(len(pointer.block)))
    value = builders.reshaped(op.src, pointer.block)
    _write(value, windows.block_view(pointer, window), window)
    return []


@rules.lower("tt.descriptor_gather")
def lower_descriptor_gather(op: tt.DescriptorGatherOp) -> ir.Value:
    found = row_elements(op.desc, op.x_offsets, op.y_offset)
    padding = float("nan") if found.padding == "nan" else 0
    other = builders.splatted(builders.constant(element_of(op.result), padding), shape_of(op.result))
    return load_scattered(found.pointers, found.mask, other, "smtir.copy" in op.attributes)


@rules.lower("tt.descriptor_scatter")
def lower_descriptor_scatter(op: tt.DescriptorScatterOp) -> Sequence[ir.Value]:
    found = row_elements(op.desc, op.x_offsets, op.y_offset)
    store_scattered(found.pointers, op.src, found.mask)
    return []


@rules.lower("tt.descriptor_reduce")
def lower_descriptor_reduce(op: tt.DescriptorReduceOp) -> Sequence[ir.Value]:
    found = block_elements(op.desc, list(op.indices))
    update = read_modify_write(descriptor_update(op.kind, op.desc.type))
    atomic(found.pointers, [op.src], found.mask, update, op.src)
    return []


def _load_block(op: tt.LoadOp, copy: bool) -> ir.Value:
    pointer = resolve_block_pointer(op.ptr)
    return _padded_block(pointer, op.boundaryCheck, op.padding, op.result, copy)


def _padded_block(
    pointer: BlockPointer, checked: Sequence[int], padding: str | None, result: ir.Value, copy: bool
) -> ir.Value:
    """The block, with ``padding`` (zero unless it says another) where it does not exist."""
    value = PADDING_VALUES.get(padding or "", 0)
    if pointer.stored:
        aligned = pointer.in_tiles()
        if aligned is None:
            return load_elements(pointer, shape_of(result), value)
        read = _padded_block(aligned, (), padding, result, copy)
        return read if pointer.tile else packed.unpacked(read)
    window = windows.existing(pointer, checked)
    if pointer.tile:
        read = read_window(windows.block_view(pointer, window), window, copy=copy)
        return packed.packed_window(read, window, shape_of(result), value)

    def padded() -> ir.Value:
        return builders.splatted(builders.constant(element_of(result), value), pointer.block)

    region = Region(pointer.base, pointer.start, pointer.strides, window)
    return _read(region, padded, result, copy)


def _load_wrapped(op: tt.LoadOp, pointers: StridedPointer, window: Window, copy: bool) -> ir.Value:
    strides = pointers.addresses.strides_between_wraps()
    by_columns = runs_along_columns(strides) and multiplied_from_the_right(op.result)
    if by_columns:
        addresses = pointers.addresses.permuted(_exchanging_last(len(window.block)))
        pointers, window = StridedPointer(pointers.base, addresses), window.transposed()
    try:
        wrapped = Wrapped(pointers, window)
    except NoMatch as miss:
        record_miss(rules.pass_name, "load as blocks that wrap around", op, str(miss))
        return load_scattered(op.ptr, op.mask, _numbers(op.other), copy)
    in_place = not copy and only_multiplied(op.result)
    if not by_columns:
        return wrapped.read(_other(op), in_place=in_place)
    return _transposed(wrapped.read(_transposed(_other(op)), in_place=in_place))


def _load_volatile(op: tt.LoadOp) -> ir.Value:
    value = atomic(op.ptr, [], op.mask, observe, op.result)
    if op.mask is None or op.other is None:
        return value
    return arith.select(op.mask, value, op.other)


def _other(op: tt.LoadOp) -> ir.Value:
    """What the load gives where its mask is false."""
    given = _numbers(op.other)
    return given if given is not None else _zeros(op.result)


def _numbers(other: ir.Value | None) -> ir.Value | None:
    return None if other is None else as_numbers(other)


def _load_scalar(op: tt.LoadOp) -> ir.Value:
    element = _scalar_view(resolve_base(op.ptr))
    if op.mask is None:
        return memref.load(element, [index.materialize(0)])
    type_ = memory_type(op.result.type)
    guarded = scf.IfOp(op.mask, [type_], has_else=True)
    with ir.InsertionPoint(guarded.then_block):
        scf.YieldOp([memref.load(element, [index.materialize(0)])])
    with ir.InsertionPoint(guarded.else_block):
        other = _numbers(op.other)
        scf.YieldOp([other if other is not None else builders.constant(type_, 0)])
    return guarded.results[0]


def _store_scalar(op: tt.StoreOp) -> None:
    element = _scalar_view(resolve_base(op.ptr))
    value = as_numbers(op.value)
    if op.mask is None:
        memref.store(value, element, [index.materialize(0)])
        return
    guarded = scf.IfOp(op.mask)
    with ir.InsertionPoint(guarded.then_block):
        memref.store(value, element, [index.materialize(0)])
        scf.YieldOp([])


def _scalar_view(base: Base) -> ir.Value:
    return builders.reinterpret_cast(base.buffer, base.offset, [1], [1])


def _addresses(pointer: ir.Value, mask: ir.Value | None) -> tuple[StridedPointer, Window]:
    """The addresses and the box of valid indices of a tensor of pointers."""
    pointers = resolve_pointers(pointer)
    shape = pointers.addresses.shape
    if mask is None:
        return pointers, windows.whole(shape)
    bounds = mask_bounds(mask)
    lead, sizes = [], []
    for low, high, extent in zip(bounds.lower, bounds.upper, shape, strict=True):
        start = index.minimum(index.maximum(low, 0), extent)
        end = index.minimum(index.maximum(high, 0), extent)
        lead.append(start)
        sizes.append(end if start == 0 else index.maximum(index.sub(end, start), 0))
    return pointers, Window(tuple(lead), tuple(sizes), shape)


def _check_distinct(pointers: StridedPointer, op: tt.StoreOp) -> None:
    """A strided store must not write one address twice: the order would be lost."""
    if pointers.addresses.wraps:
        raise NoMatch("the addresses of a store wrap around")
    for stride, size in zip(pointers.addresses.strides, pointers.addresses.shape, strict=True):
        if size > 1 and isinstance(stride, int) and stride == 0:
            raise NoMatch("several elements are stored to one address")


def _region(pointers: StridedPointer, window: Window) -> Region:
    return Region(pointers.base, pointers.addresses.start, pointers.addresses.strides, window)


def _zeros(like: ir.Value) -> ir.Value:
    return builders.splatted(builders.constant(memory_type(element_of(like)), 0), shape_of(like))


def _read(region: Region, padding: Callable[[], ir.Value], result: ir.Value, copy: bool) -> ir.Value:
    """The block that becomes ``result``; with rows in memory, where it is multiplied from the right.

    A product reads whole rows of that operand.
    """
    multiplied = only_multiplied(result)
    if runs_along_columns(region.strides) and multiplied_from_the_right(result):
        rows = read_region(
            region.transposed(), lambda: _transposed(padding()), copy=copy, multiplied=multiplied
        )
        return _transposed(rows)
    return read_region(region, padding, copy=copy, multiplied=multiplied)


def _transposed(value: ir.Value) -> ir.Value:
    """``value`` with its last two dims exchanged."""
    scalar = builders.splat_value(value)
    if scalar is not None:
        return builders.splatted(scalar, windows.swapped(tuple(shape_of(value))))
    return tt.TransOp(value, order=_exchanging_last(len(shape_of(value)))).result


def _exchanging_last(rank: int) -> list[int]:
    return [*range(rank - 2), rank - 1, rank - 2]


def _write(value: ir.Value, destination: ir.Value, window: Window) -> None:
    if not window.is_whole:
        value = builders.extract_slice(value, window.lead, window.sizes)
    builders.write_to(value, destination)
