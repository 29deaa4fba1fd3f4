"""What waits for barriers, in the LLVM dialect: coroutines, and programs that are none.

The functions that are called here are those of ``smtir/targets/barriers.ll``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from smtir.errors import SourceLocation
from smtir.mlir import ir, source_location
from smtir.rewrite import llvm_blocks as blocks
from smtir.rewrite.emitter import element_bits, value_of
from smtir.rewrite.values import defining_operation

_TYPES: dict[str, str] = {
    "smtir_barrier_try": "i1 (ptr, i64, i64, ptr)",
    "smtir_global_barrier_of": "i64 (ptr, i64)",
    "smtir_loop_begin": "i64 (ptr)",
    "smtir_grid_begin": "i64 (ptr)",
    "smtir_loop_end": "i1 (i64)",
    "smtir_task_started": "void (i64)",
    "smtir_program_begin": "void (ptr)",
    "smtir_program_end": "void (ptr)",
    "smtir_program_quit": "void (ptr)",
    "smtir_program_stuck": "void (ptr, i64, i1, i32, i32)",
    "smtir_task_begin": "ptr (i64, ptr)",
    "smtir_frame_alloc": "ptr (i64, i64, i64)",
    "smtir_frame_buffers": "ptr (ptr, i64)",
    "smtir_frame_free": "void (ptr)",
}
TASK_WORDS = 11
BUFFER_ALIGNMENT = 64
PROGRAM_SUFFIX = "__program"
"""Behind the name of a kernel: the coroutine that one of its programs is."""
_SKELETON = """
llvm.func internal @"{name}"({parameters}) -> !llvm.ptr
    attributes {{passthrough = ["presplitcoroutine", "no-builtins"]}} {{
  %zero = llvm.mlir.constant(0 : i32) : i32
  %null = llvm.mlir.zero : !llvm.ptr
  %true = llvm.mlir.constant(true) : i1
  %false = llvm.mlir.constant(false) : i1
  %none = llvm.mlir.none : !llvm.token
  %id = llvm.intr.coro.id %zero, %null, %null, %null
      : (i32, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> !llvm.token
  %size = llvm.intr.coro.size : i64
  %alignment = llvm.intr.coro.align : i64
  %bytes = llvm.mlir.constant(0 : i64) : i64
  %memory = llvm.call @smtir_frame_alloc(%size, %alignment, %bytes) : (i64, i64, i64) -> !llvm.ptr
  %buffers = llvm.call @smtir_frame_buffers(%memory, %size) : (!llvm.ptr, i64) -> !llvm.ptr
  %coroutine = llvm.intr.coro.begin %id, %memory : (!llvm.token, !llvm.ptr) -> !llvm.ptr
  %task = llvm.call @smtir_task_begin(%a0, %coroutine) : (i64, !llvm.ptr) -> !llvm.ptr
  llvm.br ^final
^final:
  %save = llvm.intr.coro.save %coroutine : (!llvm.ptr) -> !llvm.token
  %what = llvm.intr.coro.suspend %save, %true : i8
  llvm.switch %what : i8, ^suspended [0: ^never, 1: ^cleanup]
^never:
  llvm.unreachable
^cleanup:
  %freed = llvm.intr.coro.free %id, %coroutine : (!llvm.token, !llvm.ptr) -> !llvm.ptr
  llvm.call @smtir_frame_free(%freed) : (!llvm.ptr) -> ()
  llvm.br ^suspended
^suspended:
  %end = llvm.intr.coro.end %coroutine, %false, %none : (!llvm.ptr, i1, !llvm.token) -> i1
  llvm.return %coroutine : !llvm.ptr
}}
"""


class Runtime:
    """The functions of the run time, declared in a module as they are called."""

    def __init__(self, module: ir.Module) -> None:
        self.module = module
        self._declared = {_name(op.operation) for op in module.body.operations}
        self._descriptions: dict[str, str] = {}

    def call(self, name: str, operands: Sequence[ir.Value]) -> list[ir.Value]:
        """Call ``name`` at the insertion point; a list of its result, if it has one."""
        self.declare(name)
        result = _TYPES[name].partition(" ")[0]
        types = {"void": [], "ptr": [_pointer()]}.get(result)
        return blocks.call(name, operands, [ir.Type.parse(result)] if types is None else types)

    def declare(self, *names: str) -> None:
        """Make sure that ``names`` may be called."""
        for name in names:
            if name not in self._declared:
                self._declared.add(name)
                text = ir.Module.parse(declarations([name]), self.module.context)
                self.module.body.append(text.body.operations[0].operation)

    def described(self, wait: ir.Operation) -> ir.Value:
        """The address of what is said when ``wait`` cannot end, a C string, at the insertion point."""
        place = source_location(wait.location) or SourceLocation("")
        told = {"wait": True, "file": place.file, "line": place.line, "column": place.column}
        text = json.dumps(told)
        name = self._descriptions.get(text)
        if name is None:
            name = self._descriptions[text] = f"smtir_wait{len(self._descriptions)}"
            value = ir.StringAttr.get(text.encode() + b"\0")
            attributes: dict[str, ir.Attribute] = {
                "sym_name": ir.StringAttr.get(name),
                "global_type": ir.TypeAttr.get(ir.Type.parse(f"!llvm.array<{len(text.encode()) + 1} x i8>")),
                "linkage": ir.Attribute.parse("#llvm.linkage<internal>"),
                "constant": ir.UnitAttr.get(),
                "addr_space": ir.IntegerAttr.get(ir.IntegerType.get_signless(32), 0),
                "value": value,
            }
            with ir.InsertionPoint.at_block_begin(self.module.body):
                ir.Operation.create("llvm.mlir.global", attributes=attributes, regions=1)
        symbol: dict[str, ir.Attribute] = {"global_name": ir.FlatSymbolRefAttr.get(name)}
        return value_of("llvm.mlir.addressof", [], _pointer(), symbol)


class Waiter(Protocol):
    """A function that waits for barriers: as what, and what it does when it may not go on."""

    function: ir.Operation
    task: ir.Value

    def otherwise(self, again: ir.Block) -> ir.Block:
        """The block for when it may not go on; ``again`` asks once more whether it may."""
        ...


@dataclass
class Coroutine:
    """A function that suspends itself.  Its first parameter is the loop that it is a task of."""

    function: ir.Operation
    entry: ir.Block = field(init=False)
    final: ir.Block = field(init=False)
    task: ir.Value = field(init=False)

    def __post_init__(self) -> None:
        self.entry, self.final, _, self._cleanup, self._suspended = self.function.regions[0].blocks
        self.task = self.entry.operations[len(self.entry.operations) - 2].results[0]
        self._handle = self.final.operations[0].operands[0]
        calls = [op for op in blocks.operations_of([self.entry]) if op.name == "llvm.call"]
        self._bytes = calls[0].operands[2]
        self._buffers = calls[1].results[0]

    @staticmethod
    def create(
        name: str, parameters: Sequence[ir.Type], location: ir.Location, runtime: Runtime
    ) -> Coroutine:
        """An empty coroutine with these parameters behind the loop."""
        types = ["i64", *map(str, parameters)]
        listed = ", ".join(f"%a{number}: {type_}" for number, type_ in enumerate(types))
        called = ("smtir_frame_alloc", "smtir_frame_buffers", "smtir_frame_free", "smtir_task_begin")
        runtime.declare(*called)
        text = _SKELETON.format(name=name, parameters=listed) + declarations(called)
        return Coroutine(blocks.parse_function(text, name, location, runtime.module))

    def take(self, body: Sequence[ir.Block]) -> None:
        """Run ``body``, blocks of another function, from the first one on."""
        self.entry.operations[len(self.entry.operations) - 1].operation.erase()
        for block in body:
            block.append_to(self.function.regions[0])
        self._keep_buffers([op for op in blocks.operations_of(body) if op.name == "llvm.alloca"])
        blocks.branch(self.entry, body[0])

    def _keep_buffers(self, buffers: Sequence[ir.Operation]) -> None:
        """Put buffers behind the coroutine's frame, so that they live as long as it does.

        LLVM keeps in the frame what it finds used behind a suspension, and does not look through
        the structs that pointers travel in.
        """
        total = 0
        for op in buffers:
            size = defining_operation(op.operands[0])
            assert size is not None, "buffers of a coroutine have a constant size"
            count = ir.IntegerAttr(size.attributes["value"]).value
            element = ir.TypeAttr(op.attributes["elem_type"]).value
            with ir.InsertionPoint(self.entry), op.location:
                place = blocks.address(self._buffers, total)
            op.results[0].replace_all_uses_with(place)
            op.erase()
            total += -(-count * max(1, element_bits(element) // 8) // BUFFER_ALIGNMENT) * BUFFER_ALIGNMENT
        self._bytes.owner.attributes["value"] = ir.IntegerAttr.get(self._bytes.type, total)

    def otherwise(self, again: ir.Block) -> ir.Block:
        park = again.create_after()
        token, i8 = ir.Type.parse("!llvm.token"), ir.IntegerType.get_signless(8)
        with ir.InsertionPoint(park):
            save = value_of("llvm.intr.coro.save", [self._handle], token)
            what = value_of("llvm.intr.coro.suspend", [save, blocks.constant(0, 1)], i8)
        blocks.switch(park, what, self._suspended, [again, self._cleanup])
        return park


@dataclass
class Program:
    """A kernel's function that runs to its end, or is given up."""

    function: ir.Operation
    runtime: Runtime
    is_grid: bool = False
    task: ir.Value = field(init=False)

    def __post_init__(self) -> None:
        entry = self.function.regions[0].blocks[0]
        returns = [
            op for op in blocks.operations_of(self.function.regions[0].blocks) if op.name == "llvm.return"
        ]
        with ir.InsertionPoint.at_block_begin(entry):
            attributes: dict[str, ir.Attribute] = {
                "elem_type": ir.TypeAttr.get(ir.IntegerType.get_signless(64))
            }
            words = blocks.constant(TASK_WORDS, 32)
            self.task = value_of("llvm.alloca", [words], _pointer(), attributes)
            self.runtime.call("smtir_program_begin", [self.task])
        ends = [self._end(op, entry) for op in returns]
        for end in ends:
            with ir.InsertionPoint(end[0]):
                self.runtime.call("smtir_program_end", [self.task])
        # The program is given up where it ends: what it has allocated is freed there.
        last = max(ends, key=len)
        before = last[0].block
        self._exit = blocks.split_before(last[0])
        blocks.branch(before, self._exit)
        self._stuck: ir.Block | None = None

    @staticmethod
    def _end(end: ir.Operation, entry: ir.Block) -> list[ir.Operation]:
        """The operations at the end of a block that free what its function has allocated first."""
        operations = [op.operation for op in end.block.operations]
        start = len(operations) - 1
        while start > 0 and _frees(operations[start - 1]):
            start -= 1
        while any(
            (op := defining_operation(operand)) is not None
            and op.block != entry
            and op not in operations[start:]
            for operation in operations[start:]
            for operand in operation.operands
        ):
            start += 1
        return operations[start:]

    def otherwise(self, again: ir.Block) -> ir.Block:
        if self._stuck is None:
            self._stuck = list(self.function.regions[0].blocks)[-1].create_after()
            grid = list(self.function.regions[0].blocks[0].arguments)[-6:]
            with ir.InsertionPoint(self._stuck):
                number = _program_number(grid)
                is_grid = blocks.constant(int(self.is_grid), 1)
                self.runtime.call("smtir_program_stuck", [self.task, number, is_grid, *grid[:2]])
            blocks.branch(self._stuck, self._exit)
        return self._stuck


def _frees(op: ir.Operation) -> bool:
    """Whether ``op`` frees memory, or takes the pointer for that out of a descriptor."""
    return op.name == "llvm.extractvalue" or (
        op.name == "llvm.call" and str(op.attributes.get("callee", "")) == "@free"
    )


def _program_number(grid: Sequence[ir.Value]) -> ir.Value:
    """The program's place in the order of the grid, x fastest, as an i64."""
    i64 = ir.IntegerType.get_signless(64)
    gx, gy, _, px, py, pz = (value_of("llvm.zext", [value], i64) for value in grid)

    def plus_times(low: ir.Value, size: ir.Value, high: ir.Value) -> ir.Value:
        return value_of("llvm.add", [low, value_of("llvm.mul", [size, high], i64)], i64)

    return plus_times(px, gx, plus_times(py, gy, pz))


def declarations(names: Iterable[str]) -> str:
    """Text that declares functions of the run time."""
    lines = []
    for name in names:
        result, _, parameters = _TYPES[name].partition(" ")
        arrow = {"void": "", "ptr": " -> !llvm.ptr"}.get(result, f" -> {result}")
        lines.append(f"llvm.func @{name}{parameters.replace('ptr', '!llvm.ptr')}{arrow}\n")
    return "".join(lines)


def _pointer() -> ir.Type:
    return ir.Type.parse("!llvm.ptr")


def _name(op: ir.Operation) -> str:
    return ir.StringAttr(op.attributes["sym_name"]).value if "sym_name" in op.attributes else ""
