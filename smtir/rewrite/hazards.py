"""Loads whose value must be copied at once, because memory may change before it is used.

A loaded tensor is a view of memory until some operation reads it, and later passes move, merge
and hoist operations on tensors freely.  That is only right while no store can come between the
load and the reads.  A store is taken to alias a load, with these exceptions: a buffer of the
kernel's own aliases no other memory; a store may read the loaded value itself when both have
the same addresses, element by element; and arguments may be promised to share no memory
(:class:`smtir.arrays.Arrays`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from smtir.arrays import Arrays, Pair, pair_of
from smtir.dialects import tt
from smtir.dialects.types import is_block_pointer
from smtir.errors import UsageError
from smtir.mlir import ir, source_location
from smtir.rewrite.values import ancestor_in, defining_block, defining_op, is_inside

_STORES = frozenset(
    {
        *("tt.store", "tt.atomic_rmw", "tt.atomic_cas", "tt.call"),
        *("tt.descriptor_store", "tt.descriptor_scatter", "tt.descriptor_reduce"),
        "func.call",
    }
)
"""What may change memory; the calls that stand for barriers let others change it."""
_LOADS = frozenset(
    {
        *("tt.load", "tt.descriptor_load", "tt.descriptor_gather"),
        *("xsmt.descriptor_load", "xsmt.descriptor_load_view"),
    }
)
_LANE_WISE = frozenset(
    f"tt.{name}" for name in ("bitcast", "fp_to_fp", "clampf", "precise_sqrt", "precise_divf", "mulhiui")
)
_REARRANGING = frozenset(
    {"xsmt.pack", "xsmt.unpack", "xsmt.repack", "xsmt.insert", "tle.extract_tile", "tle.insert_tile"}
) | frozenset(
    f"tt.{name}" for name in ("splat", "broadcast", "expand_dims", "reshape", "trans", "join", "split", "cat")
)
"""Operations that later passes may fuse into their consumer or fold away, beside arith and math."""
_AFFINE = frozenset(
    {
        *("tt.make_range", "tt.splat", "tt.broadcast", "tt.expand_dims", "tt.addptr", "tt.trans"),
        *("arith.constant", "arith.addi", "arith.subi", "arith.muli", "arith.extsi"),
    }
)
"""What addresses are computed with that are distinct."""
_ALLOCATION = "builtin.unrealized_conversion_cast"
"""What ``xsmt-alloc-to-memref`` leaves in the place of a pointer to an allocation."""
_MADE_OF_POINTER = (tt.MakeTensorPtrOp, tt.MakeTensorDescOp)
_VIEWS = frozenset({"xsmt.subview", "xsmt.subview_pack", "xsmt.viewptr", "xsmt.buffer_tensor_view"})

_MOVES = _VIEWS | frozenset(
    f"tt.{name}"
    for name in ("advance", "addptr", "bitcast", "splat", "broadcast", "expand_dims", "reshape", "trans")
)
"""Operations whose first operand is the pointer that they move, show in part or repeat."""

_PLAIN_STORES = frozenset({"tt.store", "tt.descriptor_store"})
"""Stores that order nothing between programs, as atomic operations do."""

ARRAYS_ATTRIBUTE = "smtir.arrays"
"""Module attribute: the ``smtir.arrays.Arrays`` that the kernel is compiled for."""
APART_ATTRIBUTE = "smtir.apart"
"""Function attribute: pairs of parameters whose arrays the code needs to share no memory at all."""


def arrays_of(module: ir.Module) -> Arrays:
    """What ``module`` is compiled for: ``SAME`` if it does not say.

    Raises ``UsageError`` if it says something else.
    """
    given = module.operation.attributes.get(ARRAYS_ATTRIBUTE)
    if given is None:
        return Arrays.SAME
    known = {f'"{arrays.value}"': arrays for arrays in Arrays}
    if str(given) not in known:
        raise UsageError(
            f"the module's attribute {ARRAYS_ATTRIBUTE} is {given}",
            location=source_location(module.operation.location),
            hint=f"it is one of {', '.join(known)}, or is left out",
        )
    return known[str(given)]


def apart_pairs(module: ir.Module) -> set[Pair]:
    """The pairs of ``APART_ATTRIBUTE`` of all functions, at any stage."""
    given = [op.operation.attributes.get(APART_ATTRIBUTE) for op in module.body.operations]
    arrays = [
        ir.DenseI64ArrayAttr(pair) for pairs in given if pairs is not None for pair in ir.ArrayAttr(pairs)
    ]
    return {(pair[0], pair[1]) for pair in arrays}


@dataclass(frozen=True)
class Copies:
    """The loads that need a copy of what they read, and which arguments have to be apart for the others."""

    loads: set[ir.Operation]
    apart: set[Pair]

    def annotate(self, function: ir.Operation) -> None:
        """Write ``apart`` down for those who launch ``function``."""
        pairs = [ir.DenseI64ArrayAttr.get(pair) for pair in sorted(self.apart)]
        if pairs:
            function.attributes[APART_ATTRIBUTE] = ir.ArrayAttr.get(pairs)


def loads_to_copy(function: ir.Operation, arrays: Arrays) -> Copies:
    """Which loads below ``function`` need a copy if the arrays of a launch are as ``arrays`` says."""
    accesses = _Accesses(function)
    if arrays is Arrays.OVERLAPPING:
        return Copies(set(accesses.loads), set())
    copied: set[ir.Operation] = set()
    apart: set[Pair] = set()
    for load in accesses.loads:
        if not _needs_copy(load, accesses.aliasing(load), accesses):
            continue
        pairs = accesses.pairs(load) if arrays is Arrays.APART else frozenset()
        if not pairs or _needs_copy(load, accesses.aliasing_if_apart(load), accesses):
            copied.add(load)
        else:
            apart |= pairs
    return Copies(copied, apart)


@dataclass(frozen=True)
class _Memory:
    """What is known of the memory that a pointer points into.

    Attributes:
        allocation: the allocation that it is, if it is one.
        argument: the position of the argument that it is, if it is one.
        known: whether it is known if it is an allocation.
    """

    allocation: ir.Value | None
    argument: int | None
    known: bool

    @classmethod
    def of(cls, pointer: ir.Value) -> _Memory:
        return cls(_allocation(pointer), _argument(pointer), _is_known(pointer))

    def may_be(self, other: _Memory) -> bool:
        """Whether both can be the same: an allocation is no other memory."""
        if self.allocation is not None and other.allocation is not None:
            return self.allocation == other.allocation
        if self.allocation is None and other.allocation is None:
            return True
        return not (self.known and other.known)

    def pair(self, other: _Memory) -> Pair | None:
        """The positions of the arguments that both are, if they are two, in order."""
        one, two = self.argument, other.argument
        if one is None or two is None or one == two:
            return None
        return pair_of(one, two)


class _Accesses:
    """The loads and stores below a function in program order.

    Kernels that are written out without loops have hundreds of each: what is asked about pairs of them
    is answered for all that are alike together.
    """

    def __init__(self, function: ir.Operation) -> None:
        self.order: dict[ir.Operation, int] = {}
        self.loads: list[ir.Operation] = []
        self.stores: list[ir.Operation] = []
        function.walk(self._number, ir.WalkOrder.PRE_ORDER)
        self._first_of: dict[_Place, int] = {}
        for load in self.loads:
            self._first_of.setdefault(_place(load.operands[0]), self.order[load])
        plain = [store for store in self.stores if store.name in _PLAIN_STORES]
        self._memories = {op: _Memory.of(op.operands[0]) for op in (*self.loads, *plain)}
        self._aliasing: dict[_Memory, list[ir.Operation]] = {}
        self._if_apart: dict[_Memory, tuple[list[ir.Operation], frozenset[Pair]]] = {}

    def _number(self, op: ir.Operation) -> ir.WalkResult:
        op = op.operation
        self.order[op] = len(self.order)
        if op.name in _LOADS:
            self.loads.append(op)
        if op.name in _STORES or _is_volatile(op):
            self.stores.append(op)
        return ir.WalkResult.ADVANCE

    def aliasing(self, load: ir.Operation) -> list[ir.Operation]:
        """The stores that may change what ``load`` reads."""
        memory = self._memories[load]
        if memory not in self._aliasing:
            self._aliasing[memory] = [
                store
                for store in self.stores
                if store.name != "tt.store" or memory.may_be(self._memories[store])
            ]
        return self._aliasing[memory]

    def aliasing_if_apart(self, load: ir.Operation) -> list[ir.Operation]:
        """The same if two arguments share no memory."""
        return self._split(load)[0]

    def pairs(self, load: ir.Operation) -> frozenset[Pair]:
        """Those arguments: ``load`` reads the one, a store writes the other."""
        return self._split(load)[1]

    def _split(self, load: ir.Operation) -> tuple[list[ir.Operation], frozenset[Pair]]:
        memory = self._memories[load]
        if memory not in self._if_apart:
            pairs = {
                store: memory.pair(self._memories[store]) if store in self._memories else None
                for store in self.aliasing(load)
            }
            rest = [store for store, pair in pairs.items() if pair is None]
            self._if_apart[memory] = rest, frozenset(pair for pair in pairs.values() if pair is not None)
        return self._if_apart[memory]

    def first_of_same_place(self, load: ir.Operation) -> int:
        """The number of the first load whose pointer may be that of ``load``."""
        return self._first_of[_place(load.operands[0])]


def only_computed_with(value: ir.Value) -> bool:
    """Whether ``value`` goes through lane-wise operations into reductions and what loops carry.

    Nothing of it is multiplied as a block then, and if something is stored, a reduction needs the
    elements that are not.
    """
    pending = [value]
    seen: set[ir.Value] = set()
    ends: set[str] = set()
    while pending:
        for use in pending.pop().uses:
            op = use.owner.operation
            if op.name in ("tt.reduce", "tt.store") or (
                op.name == "scf.yield" and _owner_name(op) == "scf.for"
            ):
                ends.add(op.name)
                continue
            if op.name not in _LANE_WISE and not op.name.startswith(("arith.", "math.")):
                return False
            pending.extend(result for result in op.results if result not in seen)
            seen.update(op.results)
    return "tt.store" not in ends or "tt.reduce" in ends


def only_multiplied(value: ir.Value) -> bool:
    """Whether products read ``value``, as it is or transposed, and nothing else."""
    uses = [(use.owner.operation, use.operand_number) for use in value.uses]
    return bool(uses) and all(
        (op.name == "tt.dot" and number < 2) or (op.name == "tt.trans" and only_multiplied(op.results[0]))
        for op, number in uses
    )


def multiplied_from_the_right(value: ir.Value) -> bool:
    """Whether ``value``, or what is computed of it lane by lane, is the second operand of products alone."""
    uses = [(use.owner.operation, use.operand_number) for use in value.uses]
    return bool(uses) and all(
        (op.name == "tt.dot" and number == 1)
        or (
            (op.name in _LANE_WISE or op.name.startswith(("arith.", "math.")))
            and multiplied_from_the_right(op.results[0])
        )
        for op, number in uses
    )


def _owner_name(op: ir.Operation) -> str:
    """The name of the operation that ``op`` is in."""
    return op.parent.operation.name if op.parent is not None else ""


def _is_volatile(op: ir.Operation) -> bool:
    """Whether ``op`` is a load that waits for what another program writes."""
    return op.name == "tt.load" and bool(tt.LoadOp(op).isVolatile)


def _needs_copy(load: ir.Operation, aliasing: list[ir.Operation], accesses: _Accesses) -> bool:
    return (
        _repeated_after_store(load, aliasing, accesses)
        or _read_after_store(load, aliasing, accesses.order)
        or _invariant_beside_store(load, aliasing)
    )


def _argument(pointer: ir.Value) -> int | None:
    """The position of the argument that a pointer or descriptor points into."""
    origin = _origin(pointer)
    while (op := defining_op(origin)) is not None and isinstance(op, _MADE_OF_POINTER):
        origin = _origin(op.operation.operands[0])
    return ir.BlockArgument(origin).arg_number if _is_argument(origin) else None


def _is_known(pointer: ir.Value) -> bool:
    """Whether it is known if the memory is an allocation."""
    if _allocation(pointer) is not None:
        return True
    if is_block_pointer(pointer.type):
        return "tt.make_tensor_ptr" in _makers(pointer)
    return _is_argument(_origin(pointer))


def _allocation(pointer: ir.Value) -> ir.Value | None:
    """The memory of the allocation that a pointer points into, if it is one."""
    origin = defining_op(_origin(pointer))
    if origin is None or origin.operation.name != _ALLOCATION:
        return None
    memory: ir.Value = origin.operation.operands[0]
    return memory


def _origin(pointer: ir.Value) -> ir.Value:
    """What a pointer, or a tensor of pointers, was computed from by moves, views and copies."""
    while (op := defining_op(pointer)) is not None and op.operation.name in _MOVES:
        pointer = op.operation.operands[0]
    return pointer


def _read_after_store(load: ir.Operation, stores: list[ir.Operation], order: dict[ir.Operation, int]) -> bool:
    """Whether the value can be read at or after a store that follows the load."""
    block = load.block
    later = {
        ancestor: store
        for store in stores
        if (ancestor := ancestor_in(store, block)) is not None and order[ancestor] > order[load]
    }
    handed_on = _stores_around(load, stores, order)
    if not later and not handed_on:
        return False
    pending = [(value, True) for value in load.results]
    seen: set[tuple[ir.Operation, bool]] = set()
    while pending:
        value, in_place = pending.pop()
        for use in value.uses:
            reader = ancestor_in(use.owner.operation, block)
            if reader is None or (reader, in_place) in seen:
                continue
            seen.add((reader, in_place))
            if handed_on and reader.name in ("scf.yield", "scf.condition"):
                # What a loop carries is computed into its buffer by the end of the iteration.
                if later or _owner_name(load) != "scf.for":
                    return True
                continue
            for ancestor, store in later.items():
                if order[ancestor] < order[reader]:
                    return True
                same_element = in_place and reader == store and _same_addresses(load, store)
                if ancestor == reader and not same_element:
                    return True
            if reader.name in _LANE_WISE or reader.name.startswith(("arith.", "math.")):
                pending.extend((result, in_place) for result in reader.results)
            elif reader.name in _REARRANGING:
                pending.extend((result, False) for result in reader.results)
    return False


def _stores_around(load: ir.Operation, stores: list[ir.Operation], order: dict[ir.Operation, int]) -> bool:
    """Whether a store can run after the block of the load: later, or in another iteration."""
    block_owner = load.parent
    if block_owner is None or block_owner.operation.name == "func.func":
        return False
    outermost = block_owner.operation
    while (parent := outermost.parent) is not None and parent.operation.name.startswith("scf."):
        outermost = parent.operation
    return any(order[store] > order[load] or is_inside(store, outermost) for store in stores)


def _invariant_beside_store(load: ir.Operation, stores: list[ir.Operation]) -> bool:
    """Whether the load reads the same address in each iteration of a loop that stores."""
    parent = load.parent
    while parent is not None and parent.name != "func.func":
        op = parent.operation
        stored_to = op.name in ("scf.for", "scf.while") and any(is_inside(store, op) for store in stores)
        if stored_to and not _varies_in(load.operands[0], op):
            return True
        parent = op.parent
    return False


def _repeated_after_store(load: ir.Operation, stores: list[ir.Operation], accesses: _Accesses) -> bool:
    """Whether a store stands between this load and an earlier one of the same addresses."""
    here, first = accesses.order[load], accesses.first_of_same_place(load)
    return first < here and any(first < accesses.order[store] < here for store in stores)


_Place = tuple[ir.Value, tuple[tuple[ir.Type, str], ...]]
"""A pointer, and the views of it and moves in it, that two loads may come to have in common."""


def _place(pointer: ir.Value) -> _Place:
    """What equals that of another pointer which may become this one later: views are made at each use."""
    views: list[tuple[ir.Type, str]] = []
    while (op := defining_op(pointer)) is not None:
        if op.operation.name not in _VIEWS and not isinstance(op, tt.AdvanceOp):
            break
        views.append((pointer.type, op.operation.name))
        pointer = op.operation.operands[0]
    return pointer, tuple(views)


def _same_addresses(load: ir.Operation, store: ir.Operation) -> bool:
    """Whether element i of the load and of the store have the same offset into their buffers."""
    if store.name != "tt.store" or _makers(load.operands[0]) & _VIEWS:
        return False
    pointer = store.operands[0]
    return (
        load.results[0].type == store.operands[1].type
        and _same_offsets(load.operands[0], pointer)
        and (is_block_pointer(pointer.type) or _are_distinct(pointer))
    )


def _are_distinct(pointers: ir.Value) -> bool:
    """Whether no two elements of a tensor of pointers are known to be able to be equal.

    They are sums of ranges, a range for each dimension, times sizes.  An address that is data may
    occur twice, and then what is stored first must not be what is loaded second.
    """
    elements, seen, pending = 1, set(), [pointers]
    while pending:
        value = pending.pop()
        op = defining_op(value)
        if value in seen or not isinstance(value.type, ir.RankedTensorType):
            continue
        seen.add(value)
        if op is None or op.operation.name not in _AFFINE:
            return False
        if isinstance(op, tt.MakeRangeOp):
            elements *= ir.RankedTensorType(value.type).shape[0]
        pending.extend(op.operation.operands)
    shape = ir.RankedTensorType(pointers.type).shape if isinstance(pointers.type, ir.RankedTensorType) else []
    return elements >= math.prod(shape)


def _makers(pointer: ir.Value) -> set[str]:
    """The names of the operations that a block pointer was made by, views included."""
    made: set[str] = set()
    while (op := defining_op(pointer)) is not None and len(op.operation.operands):
        made.add(op.operation.name)
        if op.operation.name not in _VIEWS and not isinstance(op, tt.AdvanceOp):
            break
        pointer = op.operation.operands[0]
    return made


def _same_offsets(left: ir.Value, right: ir.Value) -> bool:
    if left == right:
        return True
    if left.type != right.type or defining_op(left) is None or defining_op(right) is None:
        return _is_argument(left) and _is_argument(right)
    one, other = defining_op(left), defining_op(right)
    if isinstance(one, tt.AddPtrOp) and isinstance(other, tt.AddPtrOp):
        return one.offset == other.offset and _same_offsets(one.ptr, other.ptr)
    if isinstance(one, tt.SplatOp | tt.BroadcastOp) and type(one) is type(other):
        return _same_offsets(one.src, other.src)
    if isinstance(one, tt.AdvanceOp) and isinstance(other, tt.AdvanceOp):
        return list(one.offsets) == list(other.offsets) and _same_offsets(one.ptr, other.ptr)
    if isinstance(one, tt.MakeTensorPtrOp) and isinstance(other, tt.MakeTensorPtrOp):
        return list(one.operands)[1:] == list(other.operands)[1:] and _same_offsets(one.base, other.base)
    return False


def _is_argument(value: ir.Value) -> bool:
    return (block := defining_block(value)) is not None and block.owner.operation.name == "func.func"


def _varies_in(value: ir.Value, loop: ir.Operation) -> bool:
    """Whether ``value`` is computed from anything that changes from iteration to iteration."""
    pending, seen = [value], set()
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        block = defining_block(current)
        owner = (block if block is not None else current).owner.operation
        if block is not None:
            if owner == loop or is_inside(owner, loop):
                return True
        elif is_inside(owner, loop):
            if owner.name in _LOADS or len(owner.regions):
                return True
            pending.extend(owner.operands)
    return False
