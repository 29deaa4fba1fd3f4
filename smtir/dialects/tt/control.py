"""Operations of ``tt`` around the data: program ids, calls, reductions, scans, diagnostics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smtir.asm import typetext
from smtir.asm.attributes import Bool, Int, IntArray, Str, Symbol
from smtir.asm.fields import (
    Attribute,
    Operand,
    OptionalAttribute,
    Result,
    VariadicOperands,
    VariadicResults,
    fixed,
)
from smtir.asm.operation import ForeignOp, register
from smtir.asm.typecache import type_text
from smtir.dialects import constraints as types
from smtir.dialects.tt._base import AXIS, _Dialect
from smtir.dialects.tt._checks import check_axis
from smtir.mlir import func, ir


@register(_Dialect)
class GetProgramIdOp(ForeignOp):
    """Which program of the grid this is, along one axis.

    ```mlir
    %1 = tt.get_program_id x : i32
    ```
    """

    OPERATION_NAME = "tt.get_program_id"
    axis = Attribute(AXIS)
    result = Result(types.I32, derive=fixed("i32"))
    assembly_format = "$axis attr-dict `:` type($result)"


@register(_Dialect)
class GetNumProgramsOp(ForeignOp):
    """How many programs the grid has along one axis.

    ```mlir
    %1 = tt.get_num_programs x : i32
    ```
    """

    OPERATION_NAME = "tt.get_num_programs"
    axis = Attribute(AXIS)
    result = Result(types.I32, derive=fixed("i32"))
    assembly_format = "$axis attr-dict `:` type($result)"


@register(_Dialect)
class CallOp(ForeignOp):
    """Call a function of the same module.

    ```mlir
    %1 = tt.call @helper(%x) : (i32) -> i32
    ```
    """

    OPERATION_NAME = "tt.call"
    callee = Attribute(Symbol())
    args = VariadicOperands(types.ANY)
    outputs = VariadicResults(types.ANY)
    assembly_format = "$callee `(` $args `)` attr-dict `:` functional-type($args, results)"

    def check_context(self) -> None:
        callee = self._find_callee()
        if callee is None:
            self.fail(f"there is no function @{self.callee}")
        expected = callee.type
        found = ir.FunctionType.get(
            [value.type for value in self.args], [value.type for value in self.outputs]
        )
        if found != expected:
            self.fail(f"@{self.callee} has type {expected}, called as {found}")

    def _find_callee(self) -> func.FuncOp | None:
        parent = self.operation.parent
        while parent is not None and parent.operation.name != "builtin.module":
            parent = parent.operation.parent
        if parent is None:
            return None
        for op in parent.operation.regions[0].blocks[0]:
            if isinstance(op, func.FuncOp) and op.sym_name.value == self.callee:
                return op
        return None


@register(_Dialect)
class ReduceOp(ForeignOp):
    """Combine the elements along ``axis`` with the operation in the region.

    Several tensors are reduced together (value and index, say): the region takes the elements
    of the left and then of the right side.  ``reduction_ordering`` (Triton 3.8) asks a GPU for an
    order of the combinations; here it is the same for every target.

    ```mlir
    %1 = "tt.reduce"(%x) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %2 = arith.addf %a, %b : f32
      tt.reduce.return %2 : f32
    }) : (tensor<64x32xf32>) -> tensor<64xf32>
    ```
    """

    OPERATION_NAME = "tt.reduce"
    region_count = 1
    srcs = VariadicOperands(types.TENSOR)
    axis = Attribute(Int(32))
    reduction_ordering = OptionalAttribute(Str())
    outputs = VariadicResults(types.VALUE)

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return {"outputs": [_reduced(text, given["axis"]) for text in types["srcs"]]}

    def check(self) -> None:
        sources = check_sources(self, self.srcs, self.axis)
        _check_results(self, [_reduced(text, self.axis) for text in sources], self.outputs)

    def check_context(self) -> None:
        check_combiner(self, ReduceReturnOp.OPERATION_NAME)


@register(_Dialect)
class ReduceReturnOp(ForeignOp):
    """The combined elements: the end of the region of ``tt.reduce``.

    ```mlir
    tt.reduce.return %x : f32
    ```
    """

    OPERATION_NAME = "tt.reduce.return"
    values = VariadicOperands(types.ANY)
    assembly_format = "$values attr-dict `:` type($values)"

    def check_context(self) -> None:
        check_parent(self, ReduceOp.OPERATION_NAME)


@register(_Dialect)
class ScanOp(ForeignOp):
    """Prefix combinations along ``axis``, from the end if ``reverse``.

    ```mlir
    %1 = "tt.scan"(%x) <{axis = 0 : i32, reverse = false}> ({
    ^bb0(%a: f32, %b: f32):
      %2 = arith.addf %a, %b : f32
      tt.scan.return %2 : f32
    }) : (tensor<64xf32>) -> tensor<64xf32>
    ```
    """

    OPERATION_NAME = "tt.scan"
    region_count = 1
    srcs = VariadicOperands(types.TENSOR)
    axis = Attribute(Int(32))
    reverse = Attribute(Bool())
    outputs = VariadicResults(types.TENSOR)

    @classmethod
    def infer(cls, types: Mapping[str, list[str]], given: Mapping[str, Any]) -> dict[str, Any]:
        return {"outputs": types["srcs"]}

    def check(self) -> None:
        sources = check_sources(self, self.srcs, self.axis)
        _check_results(self, sources, self.outputs)

    def check_context(self) -> None:
        check_combiner(self, ScanReturnOp.OPERATION_NAME)


@register(_Dialect)
class ScanReturnOp(ForeignOp):
    """The combined elements: the end of the region of ``tt.scan``.

    ```mlir
    tt.scan.return %x : f32
    ```
    """

    OPERATION_NAME = "tt.scan.return"
    values = VariadicOperands(types.ANY)
    assembly_format = "$values attr-dict `:` type($values)"

    def check_context(self) -> None:
        check_parent(self, ScanOp.OPERATION_NAME)


@register(_Dialect)
class MapElementwiseOp(ForeignOp):
    """Apply the region to each element, or to ``pack`` neighbours at a time.

    ```mlir
    %1 = "tt.map_elementwise"(%x) <{pack = 1 : i32}> ({
    ^bb0(%a: f32):
      tt.map_elementwise.return %a : f32
    }) : (tensor<64xf32>) -> tensor<64xf32>
    ```
    """

    OPERATION_NAME = "tt.map_elementwise"
    region_count = 1
    srcs = VariadicOperands(types.TENSOR)
    pack = Attribute(Int(32))
    outputs = VariadicResults(types.TENSOR)

    def check(self) -> None:
        shapes = {typetext.shape(type_text(value.type)) for value in (*self.srcs, *self.outputs)}
        if len(shapes) > 1:
            self.fail("operands and results must have one shape")
        if self.pack < 1:
            self.fail(f"pack must be positive, got {self.pack}")


@register(_Dialect)
class MapElementwiseReturnOp(ForeignOp):
    """The new elements: the end of the region of ``tt.map_elementwise``.

    ```mlir
    tt.map_elementwise.return %x : f32
    ```
    """

    OPERATION_NAME = "tt.map_elementwise.return"
    values = VariadicOperands(types.ANY)
    assembly_format = "attr-dict ($values^ `:` type($values))?"

    def check_context(self) -> None:
        check_parent(self, MapElementwiseOp.OPERATION_NAME)


@register(_Dialect)
class PrintOp(ForeignOp):
    """Print a prefix and values from within the kernel.

    ```mlir
    tt.print " x: " {hex = false, isSigned = array<i32: 1>} : %x : tensor<64xi32>
    ```
    """

    OPERATION_NAME = "tt.print"
    prefix = Attribute(Str())
    hex = Attribute(Bool())
    args = VariadicOperands(types.VALUE)
    isSigned = OptionalAttribute(IntArray(32))
    assembly_format = "$prefix attr-dict (`:` $args^ `:` type($args))?"

    def check(self) -> None:
        if self.isSigned is not None and len(self.isSigned) != len(self.args):
            self.fail(
                f"isSigned must have {len(self.args)} entries, one for each value, got {len(self.isSigned)}"
            )


@register(_Dialect)
class AssertOp(ForeignOp):
    """Stop the program with ``message`` if ``condition`` is false anywhere.

    ```mlir
    tt.assert %ok, "out of range" : tensor<64xi1>
    ```
    """

    OPERATION_NAME = "tt.assert"
    condition = Operand(types.BOOL_LIKE)
    message = Attribute(Str())
    assembly_format = "$condition `,` $message attr-dict `:` type($condition)"


def _reduced(text: str, axis: int) -> str:
    found = typetext.tensor(text)
    assert found
    shape = found.shape[:axis] + found.shape[axis + 1 :]
    return str(found.with_shape(shape)) if shape else found.element


def check_sources(op: ForeignOp, srcs: Sequence[ir.Value], axis: int) -> list[str]:
    """At least one operand, all of one shape, which has the axis; returns the types."""
    sources = [type_text(value.type) for value in srcs]
    if not sources:
        op.fail("expected at least one operand")
    for text in sources[1:]:
        if typetext.shape(text) != typetext.shape(sources[0]):
            op.fail(f"expected operands of one shape, got {sources[0]} and {text}")
    check_axis(op, axis, len(typetext.shape(sources[0])))
    return sources


def _check_results(op: ForeignOp, expected: Sequence[str], outputs: Sequence[ir.Value]) -> None:
    found = [type_text(value.type) for value in outputs]
    if found != list(expected):
        op.fail(f"expected results {', '.join(expected)}, got {', '.join(found) or 'none'}")


def check_combiner(op: ForeignOp, terminator: str) -> None:
    """The region takes two elements of each operand and returns one."""
    blocks = op.operation.regions[0].blocks
    if len(blocks) != 1:
        op.fail(f"expected one block in the region, got {len(blocks)}")
    elements = [typetext.element(type_text(value.type)) for value in op.operation.operands]
    found = [type_text(argument.type) for argument in blocks[0].arguments]
    if found != elements * 2:
        op.fail(f"the region must take ({', '.join(elements * 2)}), got ({', '.join(found)})")
    body = list(blocks[0].operations)
    if not body or body[-1].operation.name != terminator:
        op.fail(f"the region must end with {terminator}")
    returned = [type_text(value.type) for value in body[-1].operation.operands]
    if returned != elements:
        op.fail(f"the region must return ({', '.join(elements)}), got ({', '.join(returned)})")


def check_parent(op: ForeignOp, expected: str) -> None:
    """The operation stands directly in ``expected``."""
    parent = op.operation.parent
    found = parent.operation.name if parent is not None else "nothing"
    if found != expected:
        op.fail(f"expected to be in {expected}, found in {found}")
