"""triton-to-linalg: what tt computes on tensors becomes linalg and tensor operations.

Elementwise tt operations become arith and math on tensors here; upstream's
``convert-elementwise-to-linalg`` makes those ``linalg.generic`` afterwards.

Before::

    %s = tt.splat %x : f32 -> tensor<8xf32>
    %m = "tt.reduce"(%a) <{axis = 1 : i32}> ({
    ^bb0(%l: f32, %r: f32):
      %0 = arith.maxnumf %l, %r : f32
      tt.reduce.return %0 : f32
    }) : (tensor<8x16xf32>) -> tensor<8xf32>

After::

    %e = tensor.empty() : tensor<8xf32>
    %s = linalg.fill ins(%x : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>   (one for each use)
    %i = linalg.fill ins(%nan : f32) outs(%e2 : tensor<8xf32>) -> tensor<8xf32>
    %m = linalg.reduce { arith.maxnumf } ins(%a : tensor<8x16xf32>) outs(%i : tensor<8xf32>) dimensions = [1]
"""

from __future__ import annotations

from collections.abc import Sequence

from smtir.dialects import tt
from smtir.errors import LoweringError
from smtir.mlir import arith, cf, ir, linalg, math, source_location, tensor
from smtir.rewrite import builders, index, messages
from smtir.rewrite.accumulation import accumulator_type, narrowed, widened
from smtir.rewrite.builders import is_float
from smtir.rewrite.declarations import module_of
from smtir.rewrite.high_products import high_of_product
from smtir.rewrite.index_checks import is_surely_true
from smtir.rewrite.library import call_library
from smtir.rewrite.lowering import LoweringRules, NoMatch
from smtir.rewrite.passes import define_pass
from smtir.rewrite.rearrangements import (
    concatenated,
    counted,
    gathered,
    halves,
    joined,
    mapped,
    with_unit_dim,
    without_unit_dims,
)
from smtir.rewrite.reductions import all_of, combined_wide, is_rounded, neutral_element
from smtir.rewrite.rounding import cut_to
from smtir.rewrite.scaled import scaled_operand
from smtir.rewrite.scans import combined_halves, scanned
from smtir.rewrite.values import (
    bit_width,
    clone_block,
    element_of,
    element_type,
    is_tensor,
    operations_below,
    rank_of,
    shape_of,
)

rules = LoweringRules("triton-to-linalg")


@define_pass
def run(module: ir.Module) -> None:
    fill_splats(module)
    rules.apply(module.operation)


def fill_splats(module: ir.Module) -> None:
    """Turn ``tt.splat`` and splat constants into a ``linalg.fill`` for each use.

    Two uses of one fill could not both be updated in place, so each use has its own, where it
    is used: an accumulator that starts from zero in each iteration is filled in each.
    """
    for op in operations_below(module.operation, ("tt.splat", "arith.constant")):
        value = op.results[0]
        scalar = builders.splat_value(value) if is_tensor(value) else None
        if scalar is None or not (is_float(scalar.type) or isinstance(scalar.type, ir.IntegerType)):
            continue
        for use in list(value.uses):
            user = use.owner.operation
            with ir.InsertionPoint(user), op.location:
                user.operands[use.operand_number] = builders.filled(scalar, shape_of(value))
        op.erase()


@rules.lower("tt.unsplat")
def lower_unsplat(op: ir.OpView) -> ir.Value:
    source = op.operands[0]
    return tensor.extract(source, [index.materialize(0)] * rank_of(source))


@rules.lower("tt.make_range")
def lower_make_range(op: tt.MakeRangeOp) -> ir.Value:
    element = element_of(op.result)
    start = builders.constant(element, op.start)

    def body(_: ir.Value) -> ir.Value:
        position = arith.index_cast(element, linalg.IndexOp(0).result)
        return position if op.start == 0 else arith.addi(position, start)

    identity = ir.AffineMap.get_identity(1)
    return builders.generic([], [builders.empty(shape_of(op.result), element)], [identity], body)


@rules.lower("tt.broadcast")
def lower_broadcast(op: tt.BroadcastOp) -> ir.Value:
    """The dims of size 1 that grow are collapsed away; a map repeats the others."""
    source, target = op.src, shape_of(op.result)
    rank = len(target)
    kept = [axis for axis in range(rank) if shape_of(source)[axis] == target[axis]]
    dims = ir.AffineMap.get(rank, 0, [ir.AffineDimExpr.get(axis) for axis in kept])
    collapsed = without_unit_dims(source, kept)
    return builders.generic(
        [collapsed],
        [builders.empty(target, element_of(source))],
        [dims, ir.AffineMap.get_identity(rank)],
        lambda value, _: value,
    )


@rules.lower("tt.expand_dims")
def lower_expand_dims(op: tt.ExpandDimsOp) -> ir.Value:
    return with_unit_dim(op.src, shape_of(op.result), op.axis)


@rules.lower("tt.reshape")
def lower_reshape(op: ir.OpView) -> ir.Value:
    return builders.reshaped(op.operands[0], shape_of(op.results[0]))


@rules.lower("tt.trans")
def lower_trans(op: tt.TransOp) -> ir.Value:
    destination = builders.empty(shape_of(op.result), element_of(op.result))
    return linalg.transpose(op.src, outs=[destination], permutation=list(op.order)).results[0]


@rules.lower("tt.reduce")
def lower_reduce(op: tt.ReduceOp) -> Sequence[ir.Value]:
    """A reduction with a known neutral element starts from it, any other from the first element.

    Sums and products of narrow floats are rounded once, at the end.  Two elements need no start.
    """
    axis = op.axis
    inputs = list(op.operands)
    combine = op.regions[0].blocks[0]
    neutral = neutral_element(combine)
    shape = shape_of(inputs[0])
    if shape[axis] == 2 and len(shape) > 1 and neutral is not None:
        return combined_halves(inputs[0], axis, combine)
    kept = shape[:axis] + shape[axis + 1 :]
    if neutral is not None and is_rounded(combine):
        element = element_of(inputs[0])
        wide = accumulator_type(element, element)
        init = builders.filled(arith.extf(wide, neutral), kept)
        total = linalg.ReduceOp([init.type], [widened(inputs[0], wide)], [init], [axis])
        block = total.regions[0].blocks.append(wide, wide, arg_locs=[op.location] * 2)
        with ir.InsertionPoint(block):
            linalg.YieldOp([combined_wide(combine, list(block.arguments))])
        return _scalars([narrowed(total.results[0], element)])
    if neutral is not None:
        inits = [builders.filled(neutral, kept)]
    elif shape[axis] == 1:  # nothing to combine
        return _scalars([_first_along(value, axis, kept) for value in inputs])
    else:
        inits = [_first_along(value, axis, kept) for value in inputs]
        inputs = [_rest_along(value, axis) for value in inputs]
    reduced = linalg.ReduceOp([init.type for init in inits], inputs, inits, [axis])
    elements = [element_of(value) for value in (*inputs, *inits)]
    block = reduced.regions[0].blocks.append(*elements, arg_locs=[op.location] * len(elements))
    count = len(inputs)
    arguments = list(block.arguments)
    with ir.InsertionPoint(block):
        linalg.YieldOp(clone_block(combine, [*arguments[count:], *arguments[:count]]))
    return _scalars(list(reduced.results))


def _scalars(values: list[ir.Value]) -> list[ir.Value]:
    """The element of each tensor without dimensions; other tensors as they are."""
    return [value if rank_of(value) else tensor.extract(value, []) for value in values]


def _first_along(value: ir.Value, axis: int, kept: list[int]) -> ir.Value:
    shape = list(shape_of(value))
    first = builders.extract_slice(
        value, [0] * len(shape), [1 if dim == axis else size for dim, size in enumerate(shape)]
    )
    return without_unit_dims(first, [dim for dim in range(len(shape)) if dim != axis])


def _rest_along(value: ir.Value, axis: int) -> ir.Value:
    shape = list(shape_of(value))
    offsets = [1 if dim == axis else 0 for dim in range(len(shape))]
    return builders.extract_slice(
        value, offsets, [size - offset for size, offset in zip(shape, offsets, strict=True)]
    )


@rules.lower("tt.scan")
def lower_scan(op: tt.ScanOp) -> Sequence[ir.Value]:
    return scanned(list(op.operands), op.axis, op.reverse, op.regions[0].blocks[0])


@rules.lower("tt.join")
def lower_join(op: tt.JoinOp) -> ir.Value:
    return joined(op.lhs, op.rhs)


@rules.lower("tt.split")
def lower_split(op: tt.SplitOp) -> Sequence[ir.Value]:
    return halves(op.src)


@rules.lower("tt.cat")
def lower_cat(op: tt.CatOp) -> ir.Value:
    return concatenated(op.lhs, op.rhs)


@rules.lower("tt.gather")
def lower_gather(op: tt.GatherOp) -> ir.Value:
    return gathered(op.src, op.indices, op.axis)


@rules.lower("tt.histogram")
def lower_histogram(op: tt.HistogramOp) -> ir.Value:
    return counted(op.src, op.mask, op.result)


@rules.lower("tt.dot")
def lower_dot(op: tt.DotOp) -> ir.Value:
    """Inputs narrower than the accumulator are extended by ``linalg.matmul`` itself, but for 8-bit floats.

    Those are extended before it: what they are emulated by has no place in a product's body.
    """
    element = element_of(op.d)
    left, right = (_without_float8(value) for value in (op.a, op.b))
    into = widened(op.c, accumulator_type(element_of(op.a), element))
    matmul = linalg.matmul if rank_of(op.d) == 2 else linalg.batch_matmul
    return narrowed(matmul(left, right, outs=[into]), element)


@rules.lower("tt.dot_scaled")
def lower_dot_scaled(op: tt.DotScaledOp) -> ir.Value:
    """Operands are decoded and scaled in f32, which is exact within its range."""
    rank = rank_of(op.d)
    left = scaled_operand(op.a, op.a_scale, op.a_elem_type, rank - 1, packed_along_k=op.lhs_k_pack)
    right = scaled_operand(op.b, op.b_scale, op.b_elem_type, rank - 2, packed_along_k=op.rhs_k_pack)
    matmul = linalg.matmul if rank == 2 else linalg.batch_matmul
    into = widened(op.c, ir.F32Type.get())
    return narrowed(matmul(left, right, outs=[into]), element_of(op.d))


def _without_float8(value: ir.Value) -> ir.Value:
    element = element_of(value)
    return widened(value, ir.F32Type.get()) if is_float(element) and bit_width(element) == 8 else value


@rules.lower("tt.fp_to_fp")
def lower_fp_to_fp(op: tt.FpToFpOp) -> ir.Value:
    source, target = op.operands[0], op.results[0].type
    old, new = bit_width(element_of(source)), bit_width(element_type(target))
    if old > new and op.rounding == "rtz":
        return cut_to(source, target)
    if old == new:
        wide = builders.with_element(target, ir.F32Type.get())
        return arith.truncf(target, arith.extf(wide, source))
    return arith.extf(target, source) if new > old else arith.truncf(target, source)


@rules.lower("tt.bitcast")
def lower_bitcast(op: ir.OpView) -> ir.Value:
    if "!tt.ptr" in str(op.results[0].type):
        raise NoMatch("a cast pointer is left that no load or store explains")
    return arith.bitcast(op.results[0].type, op.operands[0])


@rules.lower("tt.map_elementwise")
def lower_map_elementwise(op: tt.MapElementwiseOp) -> Sequence[ir.Value]:
    blocks = list(op.regions[0].blocks)
    if len(blocks) != 1:
        raise NoMatch("the function has branches between blocks")
    if shape_of(op.operands[0])[-1] % op.pack:
        raise NoMatch(f"rows of {shape_of(op.operands[0])[-1]} cannot be taken {op.pack} at a time")
    return mapped(list(op.operands), [result.type for result in op.results], blocks[0], op.pack)


@rules.lower("tt.extern_elementwise")
def lower_extern_elementwise(op: tt.ExternElementwiseOp) -> ir.Value:
    return call_library(op.symbol, list(op.srcs), op.result.type)


@rules.lower("tt.elementwise_inline_asm")
def refuse_inline_asm(op: tt.ElementwiseInlineAsmOp) -> ir.Value:
    """Raises ``LoweringError``: no reading of a GPU's instructions would run them here."""
    raise LoweringError(
        f"inline assembly is for GPUs and cannot run on this machine: {op.asm_string!r}",
        location=source_location(op.operation.location),
        op=op.operation.name,
        hint="write tl.inline_asm_elementwise as operations of triton.language, or choose by a constexpr",
    )


@rules.lower("tt.print")
def lower_print(op: tt.PrintOp) -> None:
    """One call for each operand, which gives all its elements."""
    module = module_of(op.operation)
    signed = op.isSigned or [1] * len(op.args)
    given = messages.ADDRESSES in op.attributes
    addresses = list(ir.DenseI32ArrayAttr(op.attributes[messages.ADDRESSES])) if given else []
    for number, (value, is_signed) in enumerate(zip(op.args, signed, strict=True)):
        messages.print_value(
            value,
            op.prefix,
            number if len(op.args) > 1 else None,
            is_signed=bool(is_signed),
            as_hex=bool(op.hex) or number in addresses,
            module=module,
        )
    if not len(op.args):
        messages.print_text(op.prefix, module)


@rules.lower("tt.assert")
def lower_assert(op: ir.OpView) -> None:
    """One assertion that all elements are true; none where that is sure."""
    condition = op.operands[0]
    if is_surely_true(condition):
        return
    if is_tensor(condition):
        condition = all_of(condition)
    cf.AssertOp(condition, ir.StringAttr(op.attributes["message"]).value)


@rules.lower("tt.clampf")
def lower_clampf(op: ir.OpView) -> ir.Value:
    """``propagateNan = 65535`` (all) keeps NaN, 0 (none) prefers the bound."""
    value, low, high = op.operands
    keeps_nan = ir.IntegerAttr(op.attributes["propagateNan"]).value != 0
    if keeps_nan:
        return arith.minimumf(arith.maximumf(value, low), high)
    return arith.minnumf(arith.maxnumf(value, low), high)


@rules.lower("tt.precise_sqrt")
def lower_precise_sqrt(op: ir.OpView) -> ir.Value:
    return math.sqrt(op.operands[0])


@rules.lower("tt.precise_divf")
def lower_precise_divf(op: ir.OpView) -> ir.Value:
    return arith.divf(*op.operands)


@rules.lower("tt.mulhiui")
def lower_mulhiui(op: ir.OpView) -> ir.Value:
    """Of tensors by operations that vectors have; the extended product of ``arith`` has two results."""
    x, y = op.operands
    if is_tensor(x):
        return high_of_product(x, y)
    high: ir.Value = arith.MulUIExtendedOp(x, y).high
    return high
