"""Give the operands of ``linalg.mmt4d`` the layout that vector FMAs want.

Before::

    %b = linalg.pack %k outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [16, 8]
        into %e : tensor<64x64xf32> -> tensor<4x8x16x8xf32>            // [N1, K1, n0, k0]
    %w = tensor.extract_slice %acc[%m, 0] [32, 64] [1, 1] : tensor<64x64xf32> to tensor<32x64xf32>
    %c = linalg.pack %w inner_dims_pos = [0, 1] inner_tiles = [8, 16] into %f
    %d = linalg.mmt4d ins(%a, %b) outs(%c) -> tensor<4x4x8x16xf32>
    %u = linalg.unpack %d inner_dims_pos = [0, 1] inner_tiles = [8, 16] into %g

After::

    %b = linalg.pack %k outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [8, 16]
        into %e : tensor<64x64xf32> -> tensor<4x8x8x16xf32>            // [N1, K1, k0, n0]
    %c = tensor.expand_shape %w [[0, 1], [2, 3]] : tensor<32x64xf32> into tensor<4x8x4x16xf32>
    %d = linalg.contract indexing_maps = [(a, b, c, d, e, f) -> (a, c, d, f), (b, c, f, e), (a, d, b, e)]
        ins(%a, %b) outs(%c) -> tensor<4x8x4x16xf32>
    %u = tensor.collapse_shape %d [[0, 1], [2, 3]] : tensor<4x8x4x16xf32> into tensor<32x64xf32>

With B's lanes contiguous, each k loads one vector of B: in the order [n0, k0] the same kernel
executed seven times the instructions.  Without pack and unpack the accumulator stays in place.
A B that is the transpose of ``[K1, N1, k0, n0]`` is read there, one that is not packed at hand, or
whose pack has other users, is transposed; an accumulator that is not packed keeps its layout.
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.emitter import create, element_bits, value_of
from smtir.rewrite.pack_loops import TileLayout
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import defining_operation, is_used, operations_below

A_MAP = "(a, b, c, d, e, f) -> (a, c, d, f)"
B_MAP = "(a, b, c, d, e, f) -> (b, c, f, e)"
B_K_FIRST_MAP = "(a, b, c, d, e, f) -> (c, b, f, e)"
C_MAP = "(a, b, c, d, e, f) -> (a, b, d, e)"
C_WINDOW_MAP = "(a, b, c, d, e, f) -> (a, d, b, e)"


@define_pass
def run(module: ir.Module) -> None:
    """Lower every ``linalg.mmt4d`` on tensors."""
    relaid: dict[ir.Value, ir.Value] = {}
    for op in operations_below(module.operation, ("linalg.mmt4d",)):
        if len(op.results):
            b = op.operands[1]
            with ir.InsertionPoint(op), op.location:
                _lower(op, relaid)
            if b not in relaid:
                _erase_if_unused(b)
    for old in relaid:
        _erase_if_unused(old)


def _erase_if_unused(value: ir.Value) -> None:
    op = defining_operation(value)
    if op is not None and not is_used(value):
        op.erase()


def _lower(op: ir.Operation, relaid: dict[ir.Value, ir.Value]) -> None:
    a, b, c = op.operands
    k_first = _k_first(b)
    b, b_map = (k_first, B_K_FIRST_MAP) if k_first is not None else (_lanes_last(b, relaid), B_MAP)
    window, unpack = _window_in_place(op)
    if window is None or unpack is None:
        result = _contract(a, b, c, (A_MAP, b_map, C_MAP))
        op.results[0].replace_all_uses_with(result)
        op.erase()
        return
    blocks = list(ir.RankedTensorType(c.type).shape)
    element = ir.RankedTensorType(c.type).element_type
    tiled = ir.RankedTensorType.get([blocks[0], blocks[2], blocks[1], blocks[3]], element)
    groups = ir.Attribute.parse("[[0, 1], [2, 3]]")
    shape = ir.DenseI64ArrayAttr.get(list(tiled.shape))
    attributes = {"reassociation": groups, "static_output_shape": shape}
    expanded = value_of("tensor.expand_shape", [window], tiled, attributes)
    result = _contract(a, b, expanded, (A_MAP, b_map, C_WINDOW_MAP))
    flat = value_of("tensor.collapse_shape", [result], window.type, {"reassociation": groups})
    unpack.results[0].replace_all_uses_with(flat)
    unpack.erase()
    op.erase()
    _erase_if_unused(c)


def _contract(a: ir.Value, b: ir.Value, c: ir.Value, texts: tuple[str, str, str]) -> ir.Value:
    maps = ir.Attribute.parse("[" + ", ".join(f"affine_map<{text}>" for text in texts) + "]")
    made = ir.Operation.create(
        "linalg.contract",
        results=[c.type],
        operands=[a, b, c],
        attributes={"indexing_maps": maps, "operandSegmentSizes": ir.DenseI32ArrayAttr.get([2, 1])},
        regions=1,
    )
    types = [ir.ShapedType(value.type).element_type for value in (a, b, c)]
    block = made.regions[0].blocks.append(*types)
    floating = isinstance(types[2], ir.FloatType)
    with ir.InsertionPoint(block):
        factors = [_cast(value, types[2]) for value in list(block.arguments)[:2]]
        product = value_of("arith.mulf" if floating else "arith.muli", factors, types[2])
        total = value_of("arith.addf" if floating else "arith.addi", [block.arguments[2], product], types[2])
        create("linalg.yield", [total])
    return made.results[0]


def _cast(value: ir.Value, to: ir.Type) -> ir.Value:
    """``value`` in the accumulator's element type, integers as signed ones."""
    if value.type == to:
        return value
    if not isinstance(to, ir.FloatType):
        return value_of(
            "arith.extsi" if element_bits(value.type) < element_bits(to) else "arith.trunci", [value], to
        )
    if not isinstance(value.type, ir.FloatType):
        return value_of("arith.sitofp", [value], to)
    return value_of("arith.extf" if value.type.width < to.width else "arith.truncf", [value], to)


def _k_first(b: ir.Value) -> ir.Value | None:
    """``[K1, N1, k0, n0]`` if ``b``, ``[N1, K1, n0, k0]``, is its transpose."""
    transpose = defining_operation(b, "linalg.transpose")
    if transpose is None or list(ir.DenseI64ArrayAttr(transpose.attributes["permutation"])) != [1, 0, 3, 2]:
        return None
    source: ir.Value = transpose.operands[0]
    return source


def _lanes_last(b: ir.Value, relaid: dict[ir.Value, ir.Value]) -> ir.Value:
    """B as [N1, K1, k0, n0]: packed so if its pack is at hand, else transposed."""
    if b in relaid:
        return relaid[b]
    old = ir.RankedTensorType(b.type)
    shape = list(old.shape)
    new = ir.RankedTensorType.get([*shape[:2], shape[3], shape[2]], old.element_type)
    pack = defining_operation(b, "linalg.pack")
    if pack is None or not _feeds_mmt4d_only(b):
        return _transposed(b, new)
    layout = TileLayout.of(pack, ir.ShapedType(pack.operands[0].type).rank)
    attributes = TileLayout(layout.outer, layout.inner[::-1], layout.tiles[::-1]).attributes()
    attributes["operandSegmentSizes"] = pack.attributes["operandSegmentSizes"]
    with ir.InsertionPoint(pack), pack.location:
        empty = value_of("tensor.empty", [], new)
        operands = [pack.operands[0], empty, *list(pack.operands)[2:]]
        relaid[b] = value_of("linalg.pack", operands, new, attributes)
    return relaid[b]


def _transposed(b: ir.Value, type_: ir.RankedTensorType) -> ir.Value:
    """``linalg.transpose`` of the two inner dimensions."""
    made = ir.Operation.create(
        "linalg.transpose",
        results=[type_],
        operands=[b, value_of("tensor.empty", [], type_)],
        attributes={"permutation": ir.DenseI64ArrayAttr.get([0, 1, 3, 2])},
        regions=1,
    )
    block = made.regions[0].blocks.append(type_.element_type, type_.element_type)
    with ir.InsertionPoint(block):
        create("linalg.yield", [block.arguments[0]])
    return made.results[0]


def _feeds_mmt4d_only(b: ir.Value) -> bool:
    return all(use.owner.operation.name == "linalg.mmt4d" and use.operand_number == 1 for use in b.uses)


def _window_in_place(op: ir.Operation) -> tuple[ir.Value | None, ir.Operation | None]:
    """The accumulator before its pack, and the unpack behind ``op``, when both only reshape."""
    c = op.operands[2]
    users = [use.owner.operation for use in op.results[0].uses]
    pack = defining_operation(c, "linalg.pack")
    if pack is None or len(list(c.uses)) != 1:
        return None, None
    if len(users) != 1 or users[0].name != "linalg.unpack":
        return None, None
    unpack = users[0]
    window = pack.operands[0]
    blocks = list(ir.RankedTensorType(c.type).shape)
    flat = ir.RankedTensorType.get(
        [blocks[0] * blocks[2], blocks[1] * blocks[3]], ir.ShapedType(c.type).element_type
    )
    if window.type != flat or unpack.results[0].type != flat:
        return None, None
    for layout in (TileLayout.of(pack, 2), TileLayout.of(unpack, 2)):
        if layout.outer != (0, 1) or layout.inner != (0, 1) or list(layout.tiles) != blocks[2:]:
            return None, None
    return window, unpack
