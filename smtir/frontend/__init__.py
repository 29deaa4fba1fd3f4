"""From a ``@triton.jit`` kernel with ``smt`` functions to TTIR with ``xsmt`` operations."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

from triton import knobs
from triton.runtime.jit import JITFunction

from smtir.dialects import parse_module
from smtir.errors import FrontendError, UsageError
from smtir.frontend.cleanup import erase_unused
from smtir.frontend.copies import merge_copies
from smtir.frontend.generation import detect_api
from smtir.frontend.halves import met_wider
from smtir.frontend.locations import restore_locations
from smtir.frontend.padding import replace_padding
from smtir.frontend.parallel import check_parallel_loops
from smtir.frontend.placeholders import replace_placeholders
from smtir.frontend.signature import Specialization, specialize
from smtir.frontend.ttir import generate_ttir
from smtir.language.session import Api
from smtir.mlir import ir

__all__ = ["Specialization", "detect_api", "emit_specialized", "emit_ttir", "jit_function"]

SmtApi = Literal["auto", "old", "current"]
DEFAULT_ARCH_ID = "0xA03C"
"""spine-triton's id of the K1's cluster with the matrix engine."""
VECTOR_INTERLEAVE = 2


def emit_ttir(
    fn: Any,
    signature: Mapping[str, str],
    constexprs: Mapping[str, Any],
    *,
    smt_api: SmtApi = "auto",
    arch_id: str = DEFAULT_ARCH_ID,
    num_threads: int = 1,
    debug: bool | None = None,
) -> ir.Module:
    """TTIR of a kernel, as a CPU backend of Triton optimizes it.

    Args:
        fn: a ``@triton.jit`` function.
        signature: Triton's type of each run-time parameter: ``"*fp32"``, ``"i32"``, with
            ``":16"`` for divisible by 16 and ``":1"`` for an integer that is 1;
            ``"tensordesc<fp32[16, 32]>"`` for a descriptor that the host makes.
        constexprs: value of each compile-time parameter; parameters without the annotation may
            be given here too.
        smt_api: generation of the smt language; ``"auto"`` takes the old one when the kernel
            calls ``descriptor_load`` with four arguments.
        arch_id: value of the module attribute ``tt.arch_id``.
        num_threads: value of the module attribute ``tt.num_threads``.
        debug: keep ``tl.device_assert`` and check integer arithmetic for overflow; by default if the kernel
            has ``@triton.jit(debug=True)`` or ``TRITON_DEBUG`` is set.

    Returns:
        A module with one function, named like the kernel; each operation has the Python file,
        line and column (from 1) and the variable it computes.

    Raises:
        FrontendError: the kernel, its signature or its constexprs are at fault.
        UsageError: ``smt_api`` is none of the three.
    """
    kernel = jit_function(fn)
    specialization = specialize(kernel, signature, constexprs)
    if debug is None:
        debug = bool(kernel.debug or knobs.runtime.debug)  # TRITON_DEBUG
    return emit_specialized(
        kernel,
        specialization,
        smt_api=smt_api,
        arch_id=arch_id,
        num_threads=num_threads,
        debug=debug,
        sanitize_overflow=debug,
    )


def emit_specialized(
    kernel: JITFunction,
    specialization: Specialization,
    *,
    smt_api: SmtApi = "auto",
    arch_id: str = DEFAULT_ARCH_ID,
    num_threads: int = 1,
    debug: bool = False,
    sanitize_overflow: bool = False,
) -> ir.Module:
    """TTIR of a kernel whose parameters Triton has already specialized; see ``emit_ttir``.

    Args:
        kernel: the ``@triton.jit`` function.
        specialization: types, values and attributes of its parameters.
        smt_api: as for ``emit_ttir``.
        arch_id: as for ``emit_ttir``.
        num_threads: as for ``emit_ttir``.
        debug: keep ``tl.device_assert``.
        sanitize_overflow: with ``debug``, check integer arithmetic for overflow.
    """
    if smt_api not in ("auto", "old", "current"):
        raise UsageError(f"smt_api must be 'auto', 'old' or 'current', got {smt_api!r}")
    api = detect_api(kernel) if smt_api == "auto" else smt_api
    text, variables = _generate(kernel, specialization, api, debug=debug, sanitize_overflow=sanitize_overflow)
    module = parse_module(
        replace_padding(replace_placeholders(text)), source_name=f"{kernel.__name__}.ttir.mlir"
    )
    restore_locations(module, text, variables)
    erase_unused(module)
    merge_copies(module)
    with module.context:
        i32 = ir.IntegerType.get_signless(32)
        attributes = module.operation.attributes
        attributes["tt.num_threads"] = ir.IntegerAttr.get(i32, num_threads)
        attributes["tt.arch_id"] = ir.StringAttr.get(arch_id)
        attributes["tt.force_vector_interleave"] = ir.IntegerAttr.get(i32, VECTOR_INTERLEAVE)
    check_parallel_loops(module)
    return module


def _generate(kernel: JITFunction, specialization: Specialization, api: Api, **options: bool) -> Any:
    """What ``generate_ttir`` gives, by spine-triton's rules for f16 where Triton's refuse the kernel."""
    try:
        return generate_ttir(kernel, specialization, api, **options)
    except FrontendError as error:
        if not met_wider(error):
            raise
        refusal = error
    with suppress(FrontendError):
        return generate_ttir(kernel, specialization, api, keeps_halves=True, **options)
    raise refusal


def jit_function(fn: Any) -> JITFunction:
    """The ``@triton.jit`` function itself, below ``@triton.autotune`` and ``@triton.heuristics``.

    Raises:
        FrontendError: ``fn`` is something else.
    """
    inner = fn
    while not isinstance(inner, JITFunction) and hasattr(inner, "fn"):
        inner = inner.fn
    if not isinstance(inner, JITFunction):
        name = getattr(fn, "__name__", repr(fn))
        raise FrontendError(
            f"{name} is not a @triton.jit function", hint="decorate the kernel with @triton.jit"
        )
    return inner
