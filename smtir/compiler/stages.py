"""The stage table: what each stage is made of, its file, the pipeline that reaches it.

After a stage's last pass every operation must be of one of the stage's dialects.  One that is
not is an error which names the operation, its Python line, the pass that should have removed
it, and the reason each lowering rule gave for leaving it.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass

from smtir.errors import LoweringError, Note, SourceLocation, UsageError
from smtir.mlir import ir, source_location
from smtir.rewrite.lowering import LoweringRules, Miss
from smtir.rewrite.passes import PipelineElement, parse_pipeline

PIPELINES = "smtir.passes.pipelines"
_SCALAR = frozenset({"builtin", "func", "arith", "math", "scf", "cf", "ub"})
EVERYWHERE = frozenset({"llvm.intr.assume"})
"""Operations that are legal in every stage: what ``tl.assume`` says is for LLVM."""


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        name: as users write it.
        suffix: of the stage's file, after the kernel's name.
        dialects: those legal in the stage; empty for text that is no MLIR.
        pipeline: name of the list in ``smtir.passes.pipelines`` that leads here from the stage
            before; empty where no pass does.
    """

    name: str
    suffix: str
    dialects: frozenset[str] = frozenset()
    pipeline: str = ""

    @property
    def is_mlir(self) -> bool:
        return bool(self.dialects)

    def elements(self) -> list[PipelineElement]:
        """The passes that lead to this stage, checked."""
        if not self.pipeline:
            return []
        lists = importlib.import_module(PIPELINES)
        return [element for text in getattr(lists, self.pipeline) for element in parse_pipeline(text)]


STAGES = (
    Stage("ttir", ".ttir.mlir", _SCALAR | {"tt", "xsmt", "xsmt_async", "tle"}),
    Stage(
        "linalg", ".linalg.mlir", _SCALAR | {"tensor", "linalg", "memref", "bufferization"}, "TTIR_TO_LINALG"
    ),
    Stage("vector", ".vector.mlir", _SCALAR | {"memref", "vector", "affine", "index"}, "LINALG_TO_VECTOR"),
    Stage("llvm", ".llvm.mlir", frozenset({"builtin", "llvm"}), "VECTOR_TO_LLVM"),
    Stage("llvmir", ".ll"),
    Stage("asm", ".s"),
    Stage("object", ".o"),
)
STAGE_NAMES = tuple(stage.name for stage in STAGES)
_SHOWN = 5
_BETWEEN = "a module between two stages goes through the missing passes with 'smtir opt', which takes any"


def get_stage(name: str) -> Stage:
    """The stage called ``name``.  Raises ``UsageError``."""
    for stage in STAGES:
        if stage.name == name:
            return stage
    raise UsageError(f"unknown stage {name!r}", hint=f"the stages are {', '.join(STAGE_NAMES)}")


def position(stage: Stage) -> int:
    """Place of ``stage`` in the table, from 0."""
    return STAGES.index(stage)


def detect_stage(module: ir.Module) -> Stage:
    """The last stage in which all of ``module`` is legal.

    Raises ``LoweringError`` naming an operation when no stage admits it.
    """
    names, first = _operations(module)
    dialects = {name.partition(".")[0] for name in names if name not in EVERYWHERE}
    if _takes_pointers(module):
        dialects.add("tt")
    for stage in reversed(STAGES):
        if dialects and dialects <= stage.dialects:
            return stage
    known = frozenset().union(*(stage.dialects for stage in STAGES))
    strange = next((name for name in names if name.partition(".")[0] not in known), "")
    if strange:
        raise LoweringError(
            f"{strange} belongs to no stage of smtir",
            location=source_location(first[strange].location),
            op=strange,
            hint=_BETWEEN,
        )
    raise LoweringError(
        f"the module mixes dialects of several stages: {', '.join(sorted(dialects))}",
        hint=_BETWEEN,
    )


def _operations(module: ir.Module) -> tuple[list[str], dict[str, ir.Operation]]:
    """Names of all operations below the module, and the first operation of each name."""
    first: dict[str, ir.Operation] = {}

    def look(op: ir.Operation) -> ir.WalkResult:
        first.setdefault(op.name, op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(look, ir.WalkOrder.PRE_ORDER)
    return list(first), first


def _takes_pointers(module: ir.Module) -> bool:
    """Whether a function's type mentions Triton's types, as that of an empty kernel does."""
    for op in module.body.operations:
        attributes = op.operation.attributes
        if "function_type" in attributes and "!tt." in str(attributes["function_type"]):
            return True
    return False


def check_legal(module: ir.Module, stage: Stage, misses: Sequence[Miss]) -> None:
    """Raise ``LoweringError`` if an operation of ``module`` is not legal in ``stage``."""
    illegal: list[ir.Operation] = []
    legal: dict[str, bool] = {}

    def look(op: ir.Operation) -> ir.WalkResult:
        name = op.name
        if name not in legal:
            legal[name] = name.partition(".")[0] in stage.dialects or name in EVERYWHERE
        if legal[name]:
            return ir.WalkResult.ADVANCE
        illegal.append(op)
        return ir.WalkResult.SKIP  # what is inside goes with it

    module.operation.walk(look, ir.WalkOrder.PRE_ORDER)
    if illegal:
        raise _left_over(illegal, stage, misses)


def _left_over(illegal: Sequence[ir.Operation], stage: Stage, misses: Sequence[Miss]) -> LoweringError:
    # An operation that a rule of its own looked at comes first: its guard's reason names what is wrong.
    rules = {name: owner.rules for name, owner in LoweringRules.registry.items()}
    refused = {(miss.op, miss.location) for miss in misses if miss.op in rules.get(miss.pass_name, ())}
    illegal = sorted(illegal, key=lambda op: (op.name, source_location(op.location)) not in refused)
    op = illegal[0]
    place = source_location(op.location)
    notes = [Note(f"and so is {other.name}", source_location(other.location)) for other in illegal[1:_SHOWN]]
    if len(illegal) > _SHOWN:
        notes.append(Note(f"and {len(illegal) - _SHOWN} more operations"))
    return LoweringError(
        f"{op.name} is left at the end of the stage {stage.name}",
        location=place,
        op=op.name,
        notes=(*reasons(op.name, place, stage, misses), *notes),
    )


def reasons(op: str, place: SourceLocation | None, stage: Stage, misses: Sequence[Miss]) -> list[Note]:
    """Why no rule of ``stage`` lowered the operation called ``op`` at ``place``."""
    passes = {element.name for element in stage.elements()}
    owners = [name for name, rules in LoweringRules.registry.items() if op in rules.rules and name in passes]
    if not owners:
        return [Note(f"no pass that leads to the stage {stage.name} has a rule for {op}")]
    notes = []
    for owner in owners:
        said = dict.fromkeys(
            miss.reason for miss in misses if (miss.pass_name, miss.op, miss.location) == (owner, op, place)
        )
        rule = LoweringRules.registry[owner].rules[op].__name__
        if said:
            notes += [Note(f"the pass {owner} should have lowered it; {rule} left it: {why}") for why in said]
        else:
            notes.append(Note(f"the pass {owner} has the rule {rule} for it, and did not meet the operation"))
    return notes
