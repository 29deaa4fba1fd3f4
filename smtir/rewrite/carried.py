"""Values that a loop carries, seen as a root plus a sum of steps.

``plan_carried`` follows a value back through ``tt.advance``, ``tt.addptr`` or ``arith.addi`` to
the root it started from, and says as which integers the difference can be carried.  A pointer that
is replaced by another one has no difference to carry: it is taken apart (``pointer_parts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smtir.dialects import tt
from smtir.dialects.types import is_block_pointer, is_descriptor, is_pointer_like
from smtir.mlir import arith, ir
from smtir.rewrite.builders import splat_value, tensor_type
from smtir.rewrite.pointer_parts import CarriedParts, plan_parts
from smtir.rewrite.values import bit_width, defining_op, element_type, is_tensor, shape_of


@dataclass(frozen=True)
class Carried:
    """How one value is carried: ``root`` plus a sum for each entry of ``types``.

    ``steps[path][k]`` are the values added to sum ``k`` on the way to that path's yield.
    """

    root: ir.Value
    types: tuple[ir.Type, ...]
    steps: tuple[tuple[tuple[ir.Value, ...], ...], ...]

    def initial(self) -> list[ir.Value]:
        """The sums before the first iteration."""
        return [_zero(type_) for type_ in self.types]

    def advanced(self, path: int, sums: Sequence[ir.Value], end: ir.Value) -> list[ir.Value]:
        """The sums at the end of ``path``, from those at its start; ``end`` is the value there."""
        ends = []
        for type_, total, added in zip(self.types, sums, self.steps[path], strict=True):
            for step in added:
                total = arith.addi(total, _converted(step, type_))
            ends.append(total)
        return ends

    def remake(self, sums: Sequence[ir.Value]) -> ir.Value:
        """The carried value itself."""
        if not sums:
            return self.root
        type_ = self.root.type
        if is_block_pointer(type_):
            return tt.AdvanceOp(self.root, list(sums)).result
        (total,) = sums
        if isinstance(type_, ir.RankedTensorType) and not isinstance(total.type, ir.RankedTensorType):
            total = tt.SplatOp(total, result=tensor_type(type_.shape, total.type)).result
        if is_pointer_like(type_):
            return tt.AddPtrOp(self.root, total).result
        return arith.addi(self.root, total)


def plan_carried(
    init: ir.Value | None, paths: Sequence[tuple[ir.Value | None, ir.Value]]
) -> Carried | CarriedParts | None:
    """A plan for a value that is ``init`` first and each path's second value at its end.

    A path's first value is what carries ``init`` inside the loop; a branch has neither.  None
    when the value is better carried as it is; raises ``NoMatch`` for a pointer with no plan.
    """
    type_ = paths[0][1].type
    if is_descriptor(type_):
        return plan_parts(init, [end for _, end in paths])
    pointer = is_pointer_like(type_)
    integers = isinstance(type_, ir.RankedTensorType) and isinstance(element_type(type_), ir.IntegerType)
    if not pointer and not (integers and init is not None and bit_width(element_type(type_)) > 1):
        return None
    chains = [_follow(end, start) for start, end in paths]
    if pointer:
        for (root, _), (start, _end) in zip(chains, paths, strict=True):
            if root != (chains[0][0] if start is None else start):
                return plan_parts(init, [end for _, end in paths])
    elif any(root != start for (root, _), (start, _end) in zip(chains, paths, strict=True)):
        return None
    root = chains[0][0] if init is None else init
    all_steps = [step for _, added in chains for step in added]
    if not all_steps:
        return Carried(root, (), ((),) * len(paths))
    if is_block_pointer(type_):
        rank = len(all_steps[0])
        i32 = ir.IntegerType.get_signless(32)
        steps = tuple(
            tuple(tuple(step[axis] for step in added) for axis in range(rank)) for _, added in chains
        )
        return Carried(root, (i32,) * rank, steps)
    uniform = [[_uniform(step) for (step,) in added] for _, added in chains]
    if all(value is not None for added in uniform for value in added):
        scalar = ir.IntegerType.get_signless(64) if pointer else element_type(type_)
        known = tuple((tuple(value for value in added if value is not None),) for added in uniform)
        return Carried(root, (scalar,), known)
    if not pointer:
        return None
    offsets = tensor_type(shape_of(paths[0][1]), ir.IntegerType.get_signless(64))
    return Carried(root, (offsets,), tuple((tuple(step for (step,) in added),) for _, added in chains))


def _follow(value: ir.Value, start: ir.Value | None) -> tuple[ir.Value, list[tuple[ir.Value, ...]]]:
    """The root of ``value`` (``start`` at the latest) and the steps from there, last one first."""
    steps: list[tuple[ir.Value, ...]] = []
    while (start is None or value != start) and (op := defining_op(value)) is not None:
        if isinstance(op, tt.AdvanceOp):
            steps.append(tuple(op.offsets))
            value = op.ptr
        elif isinstance(op, tt.AddPtrOp):
            steps.append((op.offset,))
            value = op.ptr
        elif isinstance(op, arith.AddIOp) and isinstance(value.type, ir.RankedTensorType):
            onward, step = (op.lhs, op.rhs) if _uniform(op.rhs) is not None else (op.rhs, op.lhs)
            if _uniform(step) is None:
                break
            steps.append((step,))
            value = onward
        else:
            break
    return value, steps


def _uniform(step: ir.Value) -> ir.Value | None:
    """The scalar that ``step`` adds everywhere, if it is one."""
    return splat_value(step) if is_tensor(step) else step


def _zero(type_: ir.Type) -> ir.Value:
    if isinstance(type_, ir.RankedTensorType):
        zero = ir.IntegerAttr.get(element_type(type_), 0)
        return arith.constant(type_, ir.DenseElementsAttr.get_splat(type_, zero))
    return arith.constant(type_, ir.IntegerAttr.get(type_, 0))


def _converted(step: ir.Value, type_: ir.Type) -> ir.Value:
    return step if step.type == type_ else arith.extsi(type_, step)
