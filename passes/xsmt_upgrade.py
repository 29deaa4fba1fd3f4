"""xsmt-upgrade: TTIR of the first smt API, where windows change what they show, becomes TTIR of values.

``dot(a, b, view(acc, ...))`` changes ``acc`` there, which its SSA form does not say.  Here each product
is inserted into a new value of the accumulator, which loops and branches carry, and what reads the
accumulator later reads that value.  The other operations of that generation become today's.

An accumulator that is a constant is refused: it went through Triton's passes, so what the kernel computed
from it may have been folded to a constant too.  With ``trust-constants``, whatever reads the constant
after a product is taken as a read of the accumulator.

Before::

    %acc = tt.splat %zero : f32 -> tensor<64x64xf32>
    scf.for %i = %c0 to %c2 step %c1 : i32 {
      %w = xsmt.view %acc, [%o, %c0], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
      %p = xsmt.mmt4d %a, %b, %w : ...
    }
    tt.store %ptr, %acc : ...

After::

    %r = scf.for %i = %c0 to %c2 step %c1 iter_args(%v = %acc) -> (tensor<64x64xf32>) : i32 {
      %w = xsmt.pack %v, [%o, %c0], [32, 64], [8, 16] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
      %p = xsmt.mmt4d %a, %b, %w : ...
      %n = xsmt.insert %p, %v, [%o, %c0] : tensor<4x4x8x16xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
      scf.yield %n : tensor<64x64xf32>
    }
    tt.store %ptr, %r : ...
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smtir.dialects import xsmt
from smtir.errors import LoweringError, Note
from smtir.mlir import arith, ir, scf, source_location
from smtir.rewrite.dataflow import constant_text, definition, dependencies, effects, operations, place_of
from smtir.rewrite.index import constant_int
from smtir.rewrite.lost_windows import lost_windows
from smtir.rewrite.lowering import LoweringRules, NoMatch
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import attributes_of, shape_of

VIEW = "xsmt.view"
PRODUCT = "xsmt.mmt4d"
PARALLEL = "bind_sub_block"
Current = dict[ir.Value, ir.Value]
_CARRYING = frozenset({"scf.for", "scf.if"})
_LEAVING = frozenset({"scf.yield", "scf.condition", "scf.for", "scf.while", "tt.call", "func.return"})
_EXPLAIN = "'smtir explain' says how this happened and how to write it"

rules = LoweringRules("xsmt-upgrade")


@define_pass
def run(module: ir.Module, *, trust_constants: bool = False) -> None:
    rules.apply(module.operation)
    views = operations(module, VIEW.__eq__)
    if not views:
        return
    products = _products(module.operation)
    for product in products:
        _check(module, product, trust_constants)
    for function in operations(module, "func.func".__eq__):
        for block in function.regions[0].blocks:
            _upgrade_block(block, {})
    for view in operations(module, VIEW.__eq__):
        view.erase()
    if products:
        _refuse_unread(module)


@rules.lower("xsmt.viewptr")
def renew_viewptr(op: xsmt.ViewPtrOp) -> ir.Value:
    """The same view under its present name, ``xsmt.subview_pack``."""
    return xsmt.SubviewPackOp(
        op.base, op.offsets, shape=op.shape, packed_size=op.micro_size, result=op.result.type
    ).result


@rules.lower("xsmt.descriptor_load_view")
def renew_descriptor_load_view(op: xsmt.DescriptorLoadViewOp) -> ir.Value:
    """A view as operand gives shape and tiles; the window begins at the block's first element."""
    if op.view is None:
        raise NoMatch("it has offsets, shape and packed_size, as today")
    zero = arith.constant(ir.IntegerType.get_signless(64), 0)
    shape = shape_of(op.view)
    return xsmt.DescriptorLoadViewOp(
        op.base, [zero, zero], shape=_unpacked(shape), packed_size=shape[2:]
    ).result


@rules.lower("xsmt.bind")
def renew_bind(op: xsmt.BindOp) -> ir.Value:
    """The source, unpacked or packed to the type of the destination."""
    if op.src.type == op.result.type:
        return op.src
    zero = arith.constant(ir.IntegerType.get_signless(32), 0)
    wanted = shape_of(op.result)
    if len(wanted) == 2:
        return xsmt.UnpackOp(op.src, [zero, zero], shape=wanted).result
    made = xsmt.PackOp if len(shape_of(op.src)) == 2 else xsmt.RepackOp
    return made(op.src, [zero, zero], shape=_unpacked(wanted), packed_size=wanted[2:]).result


def _unpacked(shape: Sequence[int]) -> list[int]:
    """The shape of a packed tensor's matrix."""
    return [shape[0] * shape[2], shape[1] * shape[3]]


def _window(value: ir.Value) -> ir.Operation | None:
    """The ``xsmt.view`` that ``value`` is."""
    op = definition(value)
    return op if op is not None and op.name == VIEW else None


def _products(root: ir.Operation) -> list[ir.Operation]:
    """The products into windows at or below ``root``."""
    found: list[ir.Operation] = []

    def look(op: ir.Operation) -> ir.WalkResult:
        if op.name == PRODUCT and len(op.operands) == 3 and _window(op.operands[2]):
            found.append(op)
        return ir.WalkResult.ADVANCE

    root.walk(look, ir.WalkOrder.PRE_ORDER)
    return found


def _check(module: ir.Module, product: ir.Operation, trust_constants: bool) -> None:
    """Refuse a product whose effect on the accumulator cannot be told."""
    view = _window(product.operands[2])
    assert view is not None
    base = view.operands[0]
    for use in view.results[0].uses:
        user = use.owner.operation
        if user.name in _LEAVING:
            raise _error(
                view, f"the window is handed to {user.name}: products into it cannot be followed", user
            )
    origin = definition(base)
    if origin is None:
        _check_parameter(module, view)
    elif origin.name == "arith.constant":
        if not trust_constants:
            raise _constant(module, view, product, origin)
        _check_not_hoisted(view, origin)
    scope = base.owner if origin is None else origin.block
    inside = product
    while inside.block != scope:
        inside = inside.block.owner.operation
        if inside.name not in _CARRYING:
            raise _error(
                view, f"the accumulator is changed inside of {inside.name}, which cannot carry it", inside
            )
        if any(len(region.blocks) > 1 for region in inside.regions):
            raise _error(view, f"the accumulator is changed between the blocks of {inside.name}", inside)
    if len(inside.block.region.blocks) > 1:
        raise _error(
            view, "the function has branches between blocks", product, hint="run lift-cf-to-scf first"
        )


def _check_parameter(module: ir.Module, view: ir.Operation) -> None:
    block: Any = view.operands[0].owner
    owner = block.owner.operation
    if owner.name != "func.func":
        return
    for call in operations(module, "tt.call".__eq__):
        if call.attributes["callee"] == ir.FlatSymbolRefAttr.get(owner.opview.sym_name.value):
            raise _error(view, "the window is on a parameter: what the caller holds cannot be changed", call)


def _check_not_hoisted(view: ir.Operation, constant: ir.Operation) -> None:
    """A constant whose line is in a loop that it stands in front of was made again in each iteration."""
    line = place_of(constant.results[0])
    op = view
    while line and line.line and op.block != constant.block:
        op = op.block.owner.operation
        place = source_location(op.location)
        known = place and place.line and place.file == line.file
        if (
            op.name == "scf.for"
            and PARALLEL not in op.attributes
            and known
            and place
            and place.line < line.line
        ):
            raise _error(
                view, "the accumulator was set anew in each iteration of a loop, and hoisted out of it", op
            )


def _constant(
    module: ir.Module, view: ir.Operation, product: ir.Operation, constant: ir.Operation
) -> LoweringError:
    """Why a window on a constant is refused: nothing reads the constant, or what reads it is not known."""
    if not any(constant in dependencies(root) for root in effects(module)):
        return _unread(source_location(view.location), source_location(product.location))
    place = place_of(view.operands[0])
    name = f"'{place.name}'" if place and place.name else "the accumulator"
    return _error(
        view,
        f"{name} is the constant {constant_text(view.operands[0])} here: nothing tells what was folded into"
        " it, so the meaning may be lost",
        product,
        hint=f"{_EXPLAIN}; if what reads the constant after the product reads the accumulator, run "
        "\"smtir opt FILE --passes='xsmt-upgrade{trust-constants=true}' -o upgraded.mlir\" "
        "and go on with upgraded.mlir",
    )


def _refuse_unread(module: ir.Module) -> None:
    for lost in lost_windows(module):
        raise _unread(lost.window, lost.product)


def _unread(window: Any, product: Any) -> LoweringError:
    return LoweringError(
        f"{VIEW}: nothing reads the product into this window, so the result lacks it",
        location=window,
        op=VIEW,
        notes=(Note("the product is here", product),),
        hint=_EXPLAIN,
    )


def _error(view: ir.Operation, reason: str, other: ir.Operation, *, hint: str = _EXPLAIN) -> LoweringError:
    note = Note(f"this is the {other.name}", source_location(other.location))
    return LoweringError(
        f"{VIEW}: {reason}", location=source_location(view.location), op=VIEW, notes=(note,), hint=hint
    )


def _upgrade_block(block: ir.Block, current: Current) -> None:
    """Rewrite ``block`` in the order of execution; ``current`` has the value of each changed accumulator."""
    for op in list(block.operations):
        _upgrade(op.operation, current)


def _upgrade(op: ir.Operation, current: Current) -> None:
    if op.name == VIEW:
        return  # read where it is used
    into = _window(op.operands[2]) if op.name == PRODUCT and len(op.operands) == 3 else None
    with ir.InsertionPoint(op):
        for place, value in enumerate(op.operands):
            view = _window(value)
            if view is not None:
                op.operands[place] = _read(view, current)
            elif value in current:
                op.operands[place] = current[value]
    if into is not None:
        base = into.operands[0]
        with ir.InsertionPoint.after(op), op.location:
            current[base] = xsmt.InsertOp(op.results[0], current.get(base, base), _offsets(into)).result
    elif op.regions:
        _upgrade_nested(op, current)


def _upgrade_nested(op: ir.Operation, current: Current) -> None:
    """An operation with regions: one that changes an accumulator from outside carries it."""
    changed = _changed_from_outside(op)
    if not changed:
        for region in op.regions:
            for block in region.blocks:
                _upgrade_block(block, dict(current))
        return
    values = [current.get(base, base) for base in changed]
    carrier = (_with_carried if op.name == "scf.for" else _with_results)(op, values)
    for region in carrier.regions:
        (block,) = region.blocks
        inner = dict(current)
        if carrier.name == "scf.for":
            inner |= zip(changed, list(block.arguments)[-len(changed) :], strict=True)
        _upgrade_block(block, inner)
        _yield_also(block, [inner.get(base, base) for base in changed])
    current |= zip(changed, list(carrier.results)[-len(changed) :], strict=True)


def _changed_from_outside(op: ir.Operation) -> list[ir.Value]:
    """The accumulators defined outside of ``op`` that products inside of it change, each once."""
    found: list[ir.Value] = []
    for product in _products(op):
        view = _window(product.operands[2])
        assert view is not None
        base = view.operands[0]
        if base not in found and not _is_inside(base, op):
            found.append(base)
    return found


def _is_inside(value: ir.Value, op: ir.Operation) -> bool:
    owner: Any = value.owner
    parent = owner.owner if isinstance(owner, ir.Block) else owner.operation.parent
    while parent is not None:
        if parent.operation == op:
            return True
        parent = parent.operation.parent
    return False


def _with_carried(op: ir.Operation, values: Sequence[ir.Value]) -> ir.Operation:
    """The loop with ``values`` carried as well; its body does not return them yet."""
    loop: Any = op.opview
    with ir.InsertionPoint(op), op.location:
        made = scf.ForOp(loop.lowerBound, loop.upperBound, loop.step, [*loop.initArgs, *values])
    old, new = op.regions[0].blocks[0], made.operation.regions[0].blocks[0]
    for before, after in zip(old.arguments, new.arguments, strict=False):
        before.replace_all_uses_with(after)
        after.set_location(before.location)
    for value, argument in zip(values, list(new.arguments)[-len(values) :], strict=True):
        if (place := definition(value)) is not None:
            argument.set_location(place.location)
    return _moved(op, made.operation)


def _with_results(op: ir.Operation, values: Sequence[ir.Value]) -> ir.Operation:
    """The branch with results for ``values`` as well, and an ``else``; neither side returns them yet."""
    with ir.InsertionPoint(op), op.location:
        types = [value.type for value in (*op.results, *values)]
        made = scf.IfOp(op.operands[0], types, has_else=True)
    return _moved(op, made.operation)


def _moved(op: ir.Operation, made: ir.Operation) -> ir.Operation:
    """Move what is in ``op`` to ``made``, which takes its place."""
    for old, new in zip(op.regions, made.regions, strict=True):
        for block in old.blocks:
            for inner in list(block.operations):
                new.blocks[0].append(inner)
    for name, attribute in attributes_of(op).items():
        made.attributes[name] = attribute
    for before, after in zip(op.results, made.results, strict=False):
        before.replace_all_uses_with(after)
    op.erase()
    return made


def _yield_also(block: ir.Block, values: Sequence[ir.Value]) -> None:
    """Let ``block`` end with a ``scf.yield`` of what it yields and ``values``."""
    body = list(block.operations)
    last = body[-1].operation if body and body[-1].operation.name == "scf.yield" else None
    location = last.location if last else block.owner.operation.location
    with ir.InsertionPoint(last or block), location:
        scf.YieldOp([*(last.operands if last else ()), *values])
    if last:
        last.erase()


def _read(view: ir.Operation, current: Current) -> ir.Value:
    """What the window shows now."""
    old: Any = view.opview
    with view.location:
        return xsmt.PackOp(
            current.get(old.base, old.base), _offsets(view), shape=old.shape, packed_size=old.micro_size
        ).result


def _offsets(view: ir.Operation) -> list[ir.Value]:
    return [_as_i32(offset) for offset in list(view.operands)[1:]]


def _as_i32(offset: ir.Value) -> ir.Value:
    """A window's offset in 32 bits, as all but the first dumps have it."""
    i32 = ir.IntegerType.get_signless(32)
    if offset.type == i32:
        return offset
    op = definition(offset)
    if op is not None and op.name == "arith.extsi" and op.operands[0].type == i32:
        return op.operands[0]
    known = constant_int(offset)
    if known is not None and -(2**31) <= known < 2**31:
        made: ir.Value = arith.constant(i32, known)
        return made
    return arith.trunci(i32, offset)
