"""Attributes that earlier versions of Triton gave to operations, as today's."""

from __future__ import annotations

from smtir.mlir import ir

_MARKS = ("allowTF32", "allow_reorder =", "lhs_type", "rhs_type")
"""What text with such attributes contains; without any of them, no operation needs a look."""


def modernize(module: ir.Module, text: str) -> None:
    """Give the operations of ``module``, read from ``text``, the attributes of today."""
    if not any(mark in text for mark in _MARKS):
        return
    rules = {"tt.dot": _dot, "tt.reshape": _reshape, "tt.dot_scaled": _dot_scaled}

    def look(op: ir.Operation) -> ir.WalkResult:
        if rule := rules.get(op.name):
            rule(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(look, ir.WalkOrder.PRE_ORDER)


def _dot(op: ir.Operation) -> None:
    """``allowTF32`` is an input precision: tf32, or else the default, ieee."""
    attributes = op.attributes
    if "allowTF32" not in attributes:
        return
    allowed = attributes["allowTF32"]
    del attributes["allowTF32"]
    if isinstance(allowed, ir.BoolAttr) and allowed.value and "inputPrecision" not in attributes:
        attributes["inputPrecision"] = ir.IntegerAttr.get(ir.IntegerType.get_signless(32), 0)


def _reshape(op: ir.Operation) -> None:
    """``allow_reorder`` was a Boolean."""
    attributes = op.attributes
    if "allow_reorder" in attributes and isinstance(attributes["allow_reorder"], ir.BoolAttr):
        allowed = ir.BoolAttr(attributes["allow_reorder"]).value
        del attributes["allow_reorder"]
        if allowed:
            attributes["allow_reorder"] = ir.UnitAttr.get()


def _dot_scaled(op: ir.Operation) -> None:
    """The element types of the operands had other names."""
    attributes = op.attributes
    for old, new in (("lhs_type", "a_elem_type"), ("rhs_type", "b_elem_type")):
        if old in attributes and new not in attributes:
            attributes[new] = attributes[old]
            del attributes[old]
