"""Runs stock Triton code generation and the TTIR passes of a CPU backend."""

from __future__ import annotations

import importlib
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from triton._C.libtriton import ir as libtriton_ir
from triton._C.libtriton import passes
from triton.compiler.compiler import ASTSource
from triton.runtime.jit import JITFunction

from smtir.errors import FrontendError
from smtir.frontend import fp8e4b15
from smtir.frontend.diagnostics import frontend_error
from smtir.frontend.generation import updates_tensors, uses_smt
from smtir.frontend.generator import generate_module
from smtir.frontend.signature import Specialization
from smtir.language.session import Api, Session
from smtir.smt_import import REPLACED, SERVED

_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Options:
    """What Triton's semantics ask a backend's options for.

    All values say that there is no GPU: any dot size and precision is allowed, and products
    are computed as IEEE says.
    """

    smt_session: Session
    arch: str = "cpu"
    debug: bool = False
    sanitize_overflow: bool = False
    instrumentation_mode: str = ""
    default_dot_input_precision: str = "ieee"
    allowed_dot_input_precisions: tuple[str, ...] = ("ieee", "tf32", "tf32x3")
    max_num_imprecise_acc_default: int = 0
    supported_fp8_dtypes: tuple[str, ...] = ("fp8e5", "fp8e4nv", "fp8e4b8", "fp8e5b16", "fp8e4b15")
    deprecated_fp8_dot_operand_dtypes: tuple[str, ...] = ()
    extern_libs: dict[str, str] = field(default_factory=dict)

    @property
    def num_warps(self) -> int:
        """Read by ``tl.extra.cuda.num_threads`` and ``num_warps`` only; one kernel serves every num_warps."""
        raise FrontendError("tl.extra.cuda.num_threads and num_warps: a program has no threads or warps here")


def _smallest_dot(lhs: Any, rhs: Any) -> tuple[int, int, int]:
    return (1, 1, 1)


def generate_ttir(
    fn: JITFunction,
    specialization: Specialization,
    api: Api,
    *,
    debug: bool = False,
    sanitize_overflow: bool = False,
    keeps_halves: bool = False,
) -> tuple[str, set[str]]:
    """TTIR of ``fn`` as text with locations, optimized; and every name in the kernel's source.

    ``xsmt`` operations are still placeholders (see ``smtir.language.emit``).

    Raises:
        FrontendError: the kernel is at fault; with its line.
    """
    context = libtriton_ir.context()
    libtriton_ir.load_dialects(context)
    tracks = api == "old" or updates_tensors(fn)
    session = Session(api, context, uses_smt=uses_smt(fn), tracks=tracks, keeps_halves=keeps_halves)
    source = ASTSource(fn, specialization.signature, specialization.constants, specialization.attributes)
    with warnings.catch_warnings():
        # Triton 3.7 announces the end of block pointers at each use; smt kernels need them.
        warnings.filterwarnings("ignore", message=r".*make_block_ptr is deprecated.*")
        try:
            module = generate_module(
                fn,
                source,
                context=context,
                options=Options(session, debug=debug, sanitize_overflow=sanitize_overflow),
                codegen_fns={"min_dot_size": _smallest_dot, "convert_custom_types": fp8e4b15.convert},
                module_map={
                    name: importlib.import_module(module) for name, module in (SERVED | REPLACED).items()
                },
            )
        except Exception as error:
            raise frontend_error(error, session.functions) from error
    manager = libtriton_ir.pass_manager(context)
    passes.common.add_inliner(manager)
    passes.ttir.add_combine(manager)
    passes.common.add_canonicalizer(manager)
    passes.ttir.add_reorder_broadcast(manager)
    passes.common.add_cse(manager)
    passes.common.add_licm(manager)
    passes.common.add_symbol_dce(manager)
    if not session.uses_smt:  # iterations of smt.parallel stay apart
        passes.ttir.add_loop_unroll(manager)
    try:
        manager.run(module, "make_ttir")
    except RuntimeError as error:
        raise FrontendError(f"Triton's TTIR passes failed on {fn.__name__}: {error}") from error
    names = {name for source_text in session.functions for name in _NAME.findall(source_text)}
    return str(module), names
