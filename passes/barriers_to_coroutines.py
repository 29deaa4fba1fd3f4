"""barriers-to-coroutines: what waits for a barrier lets others run until it may go on.

What stands between the two marks of a concurrent iteration becomes a function of its own, a
coroutine of LLVM's that is started where it stood.  A wait asks whether it may go on and suspends
the coroutine where not.  Outside such an iteration nobody is left who could arrive: the program is
given up, and why is noted (``smtir/targets/barriers.ll``).  The programs of a kernel with barriers
that they share become coroutines themselves.

Before::

    llvm.call @smtir_iteration_begin(%loop) : (i64) -> ()
    ...
    llvm.call @smtir_barrier_wait(%bar, %count) : (i64, i64) -> ()
    ...
    llvm.call @smtir_iteration_end(%loop) : (i64) -> ()

After::

    llvm.call @kernel__iteration0(%loop, ...) : (i64, ...) -> !llvm.ptr
    llvm.call @smtir_task_started(%loop) : (i64) -> ()

and in ``@kernel__iteration0``::

    ^ask:
      %passed = llvm.call @smtir_barrier_try(%task, %bar, %count, %line)
      llvm.cond_br %passed, ^onward, ^park
    ^park:
      %save = llvm.intr.coro.save %coroutine
      %what = llvm.intr.coro.suspend %save, %false
      llvm.switch %what, ^suspended [0: ^ask, 1: ^cleanup]
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite import barriers
from smtir.rewrite import llvm_blocks as blocks
from smtir.rewrite.coroutines import PROGRAM_SUFFIX, Coroutine, Program, Runtime, Waiter
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import defining_operation

_CONSTANTS = ("llvm.mlir.constant", "llvm.mlir.zero", "llvm.mlir.addressof", "llvm.mlir.poison")
_REPLACED = (
    barriers.WAIT,
    barriers.GLOBAL,
    barriers.LOOP_BEGIN,
    barriers.LOOP_END,
    barriers.ITERATION_BEGIN,
    barriers.ITERATION_END,
)


@define_pass
def run(module: ir.Module) -> None:
    functions = [op.operation for op in module.body.operations if op.operation.name == "llvm.func"]
    runtime = Runtime(module)
    for function in functions:
        if len(function.regions[0].blocks) and barriers.calls_below(function, _REPLACED):
            with ir.Location.unknown():
                _rewrite(function, runtime)
    for function in functions:
        if _name(function) in _REPLACED:
            function.erase()


def _rewrite(kernel: ir.Operation, runtime: Runtime) -> None:
    shared = bool(barriers.calls_below(kernel, (barriers.GLOBAL,)))
    waiters: list[Waiter] = []
    begins = barriers.calls_below(kernel, (barriers.ITERATION_BEGIN,))
    for number, begin in enumerate(reversed(begins)):  # inner ones first
        waiters.append(_outline(begin, f"{_name(kernel)}__iteration{number}", runtime))
    waiters.append(_outline_program(kernel, runtime) if shared else Program(kernel, runtime))
    for waiter in waiters:
        _lower_calls(waiter, runtime)


def _outline(begin: ir.Operation, name: str, runtime: Runtime) -> Coroutine:
    """Move what follows ``begin``, up to the end of the iteration, to a coroutine called ``name``."""
    (loop,) = begin.operands
    first = blocks.split_after(begin)
    end = _end_of(first, loop)
    last = end.block
    rest = blocks.split_before(end)
    body = blocks.reachable(first)
    captured = [value for value in blocks.outside_values(body) if value != loop]
    constants = [value for value in captured if _is_constant(value)]
    passed = [value for value in captured if value not in constants]
    made = Coroutine.create(name, [value.type for value in passed], begin.location, runtime)
    arguments = list(made.entry.arguments)
    for value in constants:
        with ir.InsertionPoint.at_block_begin(made.entry):
            copy = value.owner.operation.clone()
        blocks.replace_inside(body, value, copy.operation.results[0])
    for value, argument in zip([loop, *passed], arguments, strict=True):
        blocks.replace_inside(body, value, argument)
    start = begin.block
    with ir.InsertionPoint(begin), begin.location:
        blocks.call(name, [loop, *passed], [made.task.type])
        runtime.call("smtir_task_started", [loop])
    made.take(body)
    blocks.branch(last, made.final)
    for op in [op for op in blocks.operations_of(body) if op.name == "llvm.return"]:
        with ir.InsertionPoint(op), op.location:  # an assertion that failed ends the program
            runtime.call("smtir_program_quit", [made.task])
        _end_instead(op, made)
    begin.erase()
    end.erase()
    blocks.branch(start, rest)
    return made


def _outline_program(kernel: ir.Operation, runtime: Runtime) -> Coroutine:
    """Move the body of ``kernel`` to a coroutine, and make a grid of one program of the kernel."""
    body = list(kernel.regions[0].blocks)
    parameters = list(body[0].arguments)
    made = Coroutine.create(
        _name(kernel) + PROGRAM_SUFFIX, [parameter.type for parameter in parameters], kernel.location, runtime
    )
    entry = body[0].create_before(*[parameter.type for parameter in parameters])
    for old, new, named in zip(parameters, list(made.entry.arguments)[1:], entry.arguments, strict=True):
        old.replace_all_uses_with(new)
        named.set_location(old.location)
    for _ in parameters:
        body[0].erase_argument(0)
    made.take(body)
    for op in [op for op in blocks.operations_of(body) if op.name == "llvm.return"]:
        _end_instead(op, made)
    with ir.InsertionPoint(entry), kernel.location:
        ir.Operation.create("llvm.return")
    grid = Program(kernel, runtime, is_grid=True)
    end = list(entry.operations)[-1].operation
    with ir.InsertionPoint(end), kernel.location:
        (loop,) = runtime.call("smtir_grid_begin", [grid.task])
        blocks.call(_name(made.function), [loop, *entry.arguments], [made.task.type])
        runtime.call("smtir_task_started", [loop])
        (passed,) = runtime.call("smtir_loop_end", [loop])
    onward = blocks.split_before(end)
    blocks.branch_if(entry, passed, onward, grid.otherwise(entry))
    return made


def _end_instead(op: ir.Operation, made: Coroutine) -> None:
    """End the coroutine where ``op`` returns."""
    block = op.block
    op.erase()
    blocks.branch(block, made.final)


def _lower_calls(waiter: Waiter, runtime: Runtime) -> None:
    for op in barriers.calls_below(waiter.function, _REPLACED):
        name = barriers.callee(op)
        with ir.InsertionPoint(op), op.location:
            if name == barriers.LOOP_BEGIN:
                (made,) = runtime.call("smtir_loop_begin", [waiter.task])
            elif name == barriers.GLOBAL:
                (made,) = runtime.call("smtir_global_barrier_of", [waiter.task, op.operands[0]])
            else:
                _ask(op, name == barriers.WAIT, waiter, runtime)
                continue
        op.results[0].replace_all_uses_with(made)
        op.erase()


def _ask(op: ir.Operation, is_wait: bool, waiter: Waiter, runtime: Runtime) -> None:
    """Go on behind ``op``, a wait or the end of a loop, when the run time says so."""
    before, onward = op.block, blocks.split_after(op)
    ask = before.create_after()
    with ir.InsertionPoint(ask):
        if is_wait:
            (passed,) = runtime.call("smtir_barrier_try", [waiter.task, *op.operands, runtime.described(op)])
        else:
            (passed,) = runtime.call("smtir_loop_end", list(op.operands))
    op.erase()
    blocks.branch(before, ask)
    blocks.branch_if(ask, passed, onward, waiter.otherwise(ask))


def _end_of(first: ir.Block, loop: ir.Value) -> ir.Operation:
    """The mark at the end of the iteration that begins with ``first``."""
    for op in blocks.operations_of(blocks.reachable(first)):
        if barriers.is_call(op, barriers.ITERATION_END) and op.operands[0] == loop:
            return op
    raise AssertionError("an iteration that begins has an end")


def _is_constant(value: ir.Value) -> bool:
    op = defining_operation(value)
    return op is not None and op.name in _CONSTANTS


def _name(function: ir.Operation) -> str:
    return ir.StringAttr(function.attributes["sym_name"]).value
