"""inline-calls: the kernel is one function.

Triton inlines a function into the kernel unless it returns from several places, which is a branch
between blocks: that cannot stand inside a loop or an ``if``.  After ``lift-cf-to-scf`` it is one block.

Before::

    tt.func public @kernel(%p: !tt.ptr<i32>, %n: i32) {
      %r = tt.call @clamped(%n) : (i32) -> i32
      tt.store %p, %r : !tt.ptr<i32>
      tt.return
    }
    tt.func private @clamped(%x: i32) -> i32 {
      %r = scf.if ... -> (i32) { ... }
      tt.return %r : i32
    }

After::

    tt.func public @kernel(%p: !tt.ptr<i32>, %n: i32) {
      %r = scf.if ... -> (i32) { ... }
      tt.store %p, %r : !tt.ptr<i32>
      tt.return
    }
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.lowering import NoMatch, record_miss, replace_op
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import clone_block, functions_of, operations_below

CALL = "tt.call"


@define_pass
def run(module: ir.Module) -> None:
    functions = {
        ir.StringAttr(function.attributes["sym_name"]).value: function for function in functions_of(module)
    }
    called: set[str] = set()
    done: set[str] = set()

    def inline_into(caller: str, path: tuple[str, ...]) -> None:
        """Inline all calls in ``caller``, those of the functions it calls first."""
        for call in operations_below(functions[caller], [CALL]):
            callee = ir.FlatSymbolRefAttr(call.attributes["callee"]).value
            try:
                if callee in path:
                    raise NoMatch(f"{callee} calls itself")
                if callee not in functions:
                    raise NoMatch(f"{callee} is not defined here")
                if callee not in done:
                    inline_into(callee, (*path, callee))
                _inline(call, functions[callee])
            except NoMatch as miss:
                record_miss("inline-calls", "inline", call, str(miss))
                continue
            called.add(callee)
        done.add(caller)

    for name in list(functions):
        if name not in done:
            inline_into(name, (name,))
    left = {
        ir.FlatSymbolRefAttr(call.attributes["callee"]).value
        for call in operations_below(module.operation, [CALL])
    }
    for name in called - left:
        if "sym_visibility" in functions[name].attributes:
            functions[name].erase()


def _inline(call: ir.Operation, callee: ir.Operation) -> None:
    blocks = list(callee.regions[0].blocks)
    if len(blocks) != 1:
        raise NoMatch("the function has branches between blocks")
    with ir.InsertionPoint(call):
        replace_op(call, clone_block(blocks[0], list(call.operands)))
