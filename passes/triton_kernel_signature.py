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
from smtir.mlir import arith, func, ir, memref
from smtir.rewrite.addresses import CAST, address_type, memory_at, memory_type
from smtir.rewrite.lowering import record_miss
from smtir.rewrite.passes import define_pass
from smtir.rewrite.values import element_type, operations_below

AXES = ("x", "y", "z")
GRID_ARGUMENTS = tuple(f"{name}_{axis}" for name in ("num_programs", "program_id") for axis in AXES)
"""Names of the arguments added to every kernel, all i32."""

ADDRESS = "tt.ptr_to_int"
_GRID_OPS = {"tt.get_num_programs": 0, "tt.get_program_id": 3}


@define_pass
def run(module: ir.Module) -> None:
    for op in module.body.operations:
        if isinstance(op, func.FuncOp) and not op.is_external:
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

    Memory of another element type, and the address as a number, are made from the memref's
    address.  A pointer that is still used as one keeps its type: the operation that uses it is
    illegal after this stage, and it is the one to name.
    """
    wanted = ir.MemRefType.get([], memory_type(pointee(argument.type)))
    users = [use.owner.operation for use in argument.uses]
    left = [user for user in users if user.name not in (CAST, ADDRESS)]
    for user in left:
        reason = "the pointer is used in a way that no load or store explains"
        record_miss("triton-kernel-signature", "pointer argument", user, reason)
    if left:
        return
    argument.set_type(wanted)
    for user in users:
        with ir.InsertionPoint(user), user.location:
            meaning = _meaning(argument, user.results[0].type)
        user.results[0].replace_all_uses_with(meaning)
        user.erase()


def _meaning(argument: ir.Value, type_: ir.Type) -> ir.Value:
    """What ``argument`` is as a value of ``type_``: a memref of some element type, or its address."""
    if argument.type == type_:
        return argument
    address = arith.index_cast(address_type(), memref.extract_aligned_pointer_as_index(argument))
    return memory_at(address, element_type(type_)) if isinstance(type_, ir.MemRefType) else address
