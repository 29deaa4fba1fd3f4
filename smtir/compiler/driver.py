"""Walk a module down the stage table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

from smtir.arrays import Arrays
from smtir.compiler.activity import announce
from smtir.compiler.diagnostics import convert_mlir_error
from smtir.compiler.runner import Observer, run_steps
from smtir.compiler.snapshots import Image
from smtir.compiler.stages import STAGES, Stage, check_legal, position
from smtir.errors import LoweringError
from smtir.mlir import MLIRError, ir, llvm
from smtir.rewrite.emitter import TARGET_ATTRIBUTE
from smtir.rewrite.hazards import ARRAYS_ATTRIBUTE
from smtir.rewrite.lowering import collect_misses
from smtir.rewrite.machine import Machine


class Target(Protocol):
    """What the compiler needs to know of a target; ``smtir.targets`` has them."""

    @property
    def name(self) -> str: ...

    @property
    def machine(self) -> Machine: ...

    def emit_assembly(self, llvm_ir: str) -> str:
        """Assembly of an LLVM IR module."""

    def emit_object(self, llvm_ir: str) -> bytes:
        """An object file of an LLVM IR module."""


def lower(
    module: ir.Module,
    *,
    start: Stage,
    stop: Stage,
    target: Target,
    kernel: str = "",
    arrays: Arrays = Arrays.APART,
    observers: Sequence[Observer] = (),
) -> dict[str, Image]:
    """Lower ``module`` in place from ``start`` to ``stop``; the IR of every stage on the way.

    The module must not be changed afterwards: the last image reads it when it is asked for.
    ``arrays``: what whoever launches the kernel makes sure of, if the module does not say itself.

    Raises ``LoweringError`` or ``VerifyError``: a pass failed, or left what the stage forbids.
    """
    images: dict[str, Image] = {}
    index = 1
    for stage in STAGES[position(start) : position(stop) + 1]:
        if not stage.is_mlir:
            break
        with collect_misses() as misses:
            if stage is not start:
                if _describe(module, target, arrays):
                    for observer in observers:
                        observer.entered(stage.name, module)
                index = run_steps(
                    module,
                    stage.elements(),
                    stage=stage.name,
                    kernel=kernel,
                    first_index=index,
                    observers=observers,
                )
            check_legal(module, stage, misses)
        images[stage.name] = Image(module, final=stage is stop)
        for observer in observers:
            observer.stage_done(stage, images[stage.name])
    return images


def _describe(module: ir.Module, target: Target, arrays: Arrays) -> bool:
    """Give the module the attributes that passes look at; whether that changed the module."""
    attributes = module.operation.attributes
    if ARRAYS_ATTRIBUTE not in attributes:
        attributes[ARRAYS_ATTRIBUTE] = ir.StringAttr.get(arrays.value, module.context)
    with module.context:
        i32 = ir.IntegerType.get_signless(32)
        facts = ir.DictAttr.get(
            {
                "name": ir.StringAttr.get(target.name),
                **{
                    field.name: ir.IntegerAttr.get(i32, getattr(target.machine, field.name))
                    for field in dataclasses.fields(Machine)
                },
            }
        )
    if TARGET_ATTRIBUTE in attributes and attributes[TARGET_ATTRIBUTE] == facts:
        return False
    attributes[TARGET_ATTRIBUTE] = facts
    return True


def translate(module: ir.Module, kernel: str = "") -> str:
    """LLVM IR of a module in the LLVM dialect.  Raises ``LoweringError``."""
    announce("codegen", kernel=kernel, stage="llvmir", detail="LLVM IR", module=module)
    try:
        return str(llvm.translate_module_to_llvmir(module.operation))
    except MLIRError as error:
        raise convert_mlir_error(error, LoweringError, "the module has no LLVM IR") from error
    except RuntimeError as error:
        raise LoweringError(f"the module has no LLVM IR: {error}") from None
