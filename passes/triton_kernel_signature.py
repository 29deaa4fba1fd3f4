"""triton-kernel-signature: kernels take memrefs, and the program's place in the grid.

Pointer arguments become memrefs of rank 0.  Six i32 arguments follow the kernel's own: the
numbers of programs and the program's ids in x, y and z.

Before::

    func.func @k(%p: !tt.ptr<f32>, %n: i32) {
      %pid = tt.get_program_id x : i32

After::

    func.func @k(%p: memref<f32>, %n: i32, %num_programs_x: i32, ..., %program_id_z: i32) {
"""

from __future__ import annotations

from smtir.dialects.types import is_pointer, pointee
from smtir.mlir import func, ir
from smtir.rewrite.lowering import record_miss
from smtir.rewrite.passes import define_pass
from smtir.rewrite.pointers import memory_type
from smtir.rewrite.values import operations_below

AXES = ("x", "y", "z")
GRID_ARGUMENTS = tuple(f"{name}_{axis}" for name in ("num_programs", "program_id") for axis in AXES)
"""Names of the arguments added to every kernel, all i32."""

CAST = "builtin.unrealized_conversion_cast"
_GRID_OPS = {"tt.get_num_programs": 0, "tt.get_program_id": 3}


@define_pass
def run(module: ir.Module) -> None:
    for op in module.body.operations:
        if isinstance(op, func.FuncOp):
            with op.location:
                _rewrite(op)


def _rewrite(kernel: func.FuncOp) -> None:
    block = kernel.entry_block
    count = len(block.arguments)
    i32 = ir.IntegerType.get_signless(32)
    for name in GRID_ARGUMENTS:
        block.add_argument(i32, ir.Location.name(name, kernel.location))
    arguments = list(block.arguments)
    _replace_grid_ops(kernel, arguments[count:])
    for argument in arguments[:count]:
        if is_pointer(argument.type):
            _to_memref(kernel, argument)
    function_type = ir.FunctionType.get([argument.type for argument in block.arguments], [])
    kernel.attributes["function_type"] = ir.TypeAttr.get(function_type)
    for name in ("arg_attrs", "noinline"):
        if name in kernel.attributes:
            del kernel.attributes[name]


def _replace_grid_ops(kernel: func.FuncOp, grid: list[ir.Value]) -> None:
    for op in operations_below(kernel.operation, _GRID_OPS):
        axis = ir.IntegerAttr(op.attributes["axis"]).value
        op.results[0].replace_all_uses_with(grid[_GRID_OPS[op.name] + axis])
        op.erase()


def _to_memref(kernel: func.FuncOp, argument: ir.Value) -> None:
    """Give ``argument`` its memref type; the casts that stood for it go away.

    A pointer that is still used as one keeps its type: the operation that uses it is illegal
    after this stage, and it is the one to name.
    """
    wanted = ir.MemRefType.get([], memory_type(pointee(argument.type)))
    users = [use.owner.operation for use in argument.uses]
    left = [user for user in users if user.name != CAST or user.results[0].type != wanted]
    for user in left:
        reason = (
            f"the buffer is used as {user.results[0].type} and as {wanted}"
            if user.name == CAST
            else "the pointer is used in a way that no load or store explains"
        )
        record_miss("triton-kernel-signature", "pointer argument", user, reason)
    if left:
        return
    for user in users:
        user.results[0].replace_all_uses_with(argument)
        user.erase()
    argument.set_type(wanted)
