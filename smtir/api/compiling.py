"""``compile``, ``parse`` and ``run_pipeline``."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smtir.api.compilation import Compilation
from smtir.api.sources import resolve
from smtir.compiler.driver import lower
from smtir.compiler.record import KernelInfo, RecordWriter
from smtir.compiler.runner import Observer, run_steps
from smtir.compiler.snapshots import Snapshot, SnapshotTaker
from smtir.compiler.spine_dump import spine_dump
from smtir.compiler.stages import Stage, get_stage, position
from smtir.dialects import parse_module, verify_module
from smtir.errors import SmtirError, UsageError
from smtir.inspect.opt import load, read_input
from smtir.mlir import ir
from smtir.rewrite.passes import parse_pipeline
from smtir.targets import get_target

DEFAULT_TARGET = "host"
LAST_MLIR_STAGE = "llvm"


def compile(  # noqa: A001  (the public name)
    source: Any,
    signature: Mapping[str, str] | None = None,
    constexprs: Mapping[str, Any] | None = None,
    target: str | None = None,
    smt_api: str = "auto",
    *,
    debug: bool | None = None,
    until: str | None = None,
    record: str | os.PathLike[str] | None = None,
    observers: Sequence[Observer] = (),
) -> Compilation:
    """Compile a kernel.

    Args:
        source: a ``@triton.jit`` function, a kernel of ``smtir.kernels``, the path of a file with
            IR of any stage, a record's directory, IR text, a module, or a kernel's name as on the
            command line.
        signature: Triton type of each parameter that is no constexpr (``"*fp32"``, ``"i32"``).
        constexprs: value of each constexpr.
        target: ``"host"`` (the default; for a record the one it was compiled for), ``"k1"``, or
            another name that ``smtir.targets`` knows.
        smt_api: meaning of the smt functions: ``"old"``, ``"current"``, or ``"auto"``.
        debug: check ``tl.device_assert`` and integer arithmetic for overflow when the kernel runs; by default
            if it has ``@triton.jit(debug=True)`` or ``TRITON_DEBUG`` is set.
        until: the last stage, by default the object file.  LLVM IR, assembly and object file are
            made when first asked for, unless ``until`` names one of them.
        record: a directory to write the record of the compilation to, as the passes run.
        observers: told of every pass.

    Raises:
        SmtirError: of the class that fits; the record, if any, has it too.
    """
    stop = get_stage(until or LAST_MLIR_STAGE)
    if target is not None:
        get_target(target)  # a wrong name is said before anything takes time
    resolved = resolve(source, signature, constexprs, smt_api, debug=debug)
    chosen = get_target(target or (resolved.record.kernel.target if resolved.record else DEFAULT_TARGET))
    if until and position(stop) < position(resolved.stage):
        raise UsageError(
            f"{resolved.origin} is at the stage {resolved.stage.name}, which comes after {stop.name}",
            hint="passes only go forward",
        )
    kernel = KernelInfo(resolved.name, resolved.origin, resolved.signature, resolved.constexprs, chosen.name)
    writer = RecordWriter(record, kernel) if record is not None else None
    dump = spine_dump(kernel.name)
    watchers = [*observers, *filter(None, (writer, dump))]
    try:
        module = resolved.make_module() if resolved.make_module else None
        images = (
            lower(
                module,
                start=resolved.stage,
                stop=stop if stop.is_mlir else get_stage(LAST_MLIR_STAGE),
                target=chosen,
                kernel=kernel.name,
                observers=watchers,
            )
            if module is not None
            else {}
        )
        last = stop if not stop.is_mlir or stop.name != LAST_MLIR_STAGE else get_stage("object")
        compilation = Compilation(kernel, chosen, resolved.stage, last, images, module, resolved.llvm_ir)
        _generate(compilation, get_stage("object") if dump else stop, watchers)
    except BaseException as error:
        if isinstance(error, SmtirError) and error.pass_name == "xsmt-upgrade":
            error.hint = _with_file(error.hint, resolved.origin)
        if writer and isinstance(error, Exception):
            writer.finish(error)
        raise
    if writer:
        writer.finish()
    return compilation


def _with_file(hint: str, origin: str) -> str:
    """``hint`` with its commands on ``origin``, unless that is text or a module, which has no name."""
    if origin.startswith("<"):
        return hint
    for command, file in (("smtir explain", ""), ("smtir opt", " FILE")):
        hint = hint.replace(command + file, f"{command} {shlex.quote(origin)}")
    return hint


def _generate(compilation: Compilation, until: Stage, watchers: Sequence[Observer]) -> None:
    """Make LLVM IR, assembly and object file as far as ``until``, and show them."""
    for name in ("llvmir", "asm", "object"):
        stage = get_stage(name)
        if position(stage) > position(until):
            return
        content = compilation.object if name == "object" else compilation.stages[name]
        for observer in watchers:
            observer.stage_done(stage, content)


def parse(text_or_path: str | os.PathLike[str]) -> ir.Module:
    """The module in a text or a file: TTIR as Triton prints it, any upstream MLIR, or bytecode.

    A string with a line break or a parenthesis is taken as text.

    Raises:
        ParseError: with the position.
        VerifyError: an operation breaks a rule of its dialect.
        UsageError: no such file.
    """
    if isinstance(text_or_path, str) and ("\n" in text_or_path or "(" in text_or_path):
        module = parse_module(text_or_path)
        verify_module(module)
        return module
    return load(*read_input(str(Path(text_or_path))))


def run_pipeline(module: ir.Module, passes: str) -> list[Snapshot]:
    """Run ``passes`` on ``module`` in place; one snapshot a pass.

    Raises:
        UsageError: an unknown pass or option.
        LoweringError: a pass failed.
        VerifyError: a pass left invalid IR.
    """
    taker = SnapshotTaker()
    run_steps(module, parse_pipeline(passes), stage="", observers=[taker])
    return taker.snapshots
