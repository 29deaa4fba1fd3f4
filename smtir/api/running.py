"""Running a kernel once on made-up or given arguments, and checking it; the work of ``smtir run``."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from smtir.api.compiling import compile  # noqa: A004  (the public name)
from smtir.api.sources import Source, resolve
from smtir.errors import LaunchError, UsageError
from smtir.inspect.arguments import make_argument

DEFAULT_SIZES: Mapping[str, int] = {"M": 128, "N": 128, "D": 64}
TOLERANCES: Mapping[str, float] = {"f32": 1e-5, "f16": 2e-3}
"""Largest accepted error by element type, as a share of the largest absolute reference value."""

UNTYPED_STAGES = ("llvm", "llvmir")
"""Stages whose pointers do not say what they point to: there the arguments do."""


@dataclass(frozen=True)
class Result:
    """One array after the run.

    ``error`` is the largest absolute error over the largest absolute value of the reference; None
    for an array without a reference.
    """

    name: str
    array: np.ndarray
    error: float | None
    detail: str = ""


@dataclass(frozen=True)
class Run:
    """What happened: times in seconds, ``tolerance`` None when nothing was checked."""

    kernel: str
    target: str
    grid: tuple[int, ...]
    compile_seconds: float
    run_seconds: float
    results: tuple[Result, ...]
    tolerance: float | None

    @property
    def passed(self) -> bool:
        """Whether every checked array is close enough to its reference."""
        return all(
            result.error is None or self.tolerance is None or result.error <= self.tolerance
            for result in self.results
        )


@dataclass(frozen=True)
class RunOptions:
    """How to run.

    Attributes:
        sizes: ``M``, ``N``, ``D`` of a kernel of ``smtir.kernels``.
        dtype: element type of its matrices, ``"f32"`` or ``"f16"``.
        arguments: description by parameter (see ``smtir.inspect.arguments``).
        grid: programs in x, y, z; None where the kernel's specification or its record knows.
        seed: of the random numbers.
        tolerance: None for the default of the element type.
        threads: None for the number of processors.
    """

    sizes: Mapping[str, int] = dataclasses.field(default_factory=dict)
    dtype: str = "f32"
    arguments: Mapping[str, str] = dataclasses.field(default_factory=dict)
    grid: tuple[int, ...] | None = None
    seed: int = 0
    tolerance: float | None = None
    threads: int | None = None


def run_once(
    kernel: str,
    signature: Mapping[str, str],
    constexprs: Mapping[str, Any],
    target: str | None,
    smt_api: str,
    options: RunOptions,
) -> Run:
    """Compile ``kernel``, make its arguments, run it, compare with the reference if there is one.

    Raises:
        UsageError: an argument or the grid is missing, or describes nothing.
        SmtirError: what compiling and running raise.
    """
    rng = np.random.default_rng(options.seed)
    given = {name: make_argument(text, rng) for name, text in options.arguments.items()}
    source = _open(kernel, signature, constexprs, smt_api, options, given)
    if source.spec is not None:
        sizes = {**DEFAULT_SIZES, **options.sizes}
        values = source.spec.make_args(*(sizes[name] for name in DEFAULT_SIZES), options.dtype, rng)
        values |= {name: value for name, (value, _) in given.items()}
    else:
        values = {name: value for name, (value, _) in given.items()}
    start = time.perf_counter()
    compilation = compile(source, target=target)
    compiling = time.perf_counter() - start
    arguments = _in_order(source, values)
    grid = options.grid or (source.spec.grid(values, source.constexprs) if source.spec else None)
    if grid is None and source.record is not None and "grid" in source.record.manifest:
        grid = tuple(source.record.manifest["grid"])
    if grid is None:
        raise UsageError(f"{source.name}: the grid is not known", hint="give --grid X,Y,Z")
    start = time.perf_counter()
    compilation.executable  # noqa: B018  (made here so that the run is timed alone)
    compiling += time.perf_counter() - start
    reference = source.spec.reference(values) if source.spec else {}
    before_run = time.perf_counter()
    compilation.run(*arguments, grid=grid, threads=options.threads)
    done = time.perf_counter()
    tolerance = options.tolerance if options.tolerance is not None else TOLERANCES.get(options.dtype)
    return Run(
        source.name,
        compilation.target.name,
        tuple(grid),
        compiling,
        done - before_run,
        _results(source, values, reference),
        tolerance if reference else None,
    )


def _open(
    kernel: str,
    signature: Mapping[str, str],
    constexprs: Mapping[str, Any],
    smt_api: str,
    options: RunOptions,
    given: Mapping[str, tuple[Any, str]],
) -> Source:
    """The kernel, with the types that the arguments suggest where none is given."""
    source = resolve(kernel, signature or None, constexprs or None, smt_api)
    if source.spec is None or source.record is not None:
        if source.parameters and source.stage.name == "ttir" and source.record is None:
            suggested = {name: type_ for name, (_, type_) in given.items() if name in source.parameters}
            return resolve(kernel, {**suggested, **signature}, constexprs, smt_api)
        if source.stage.name in UNTYPED_STAGES:
            typed = {
                name: given[name][1] if type_.startswith("*") and name in given else type_
                for name, type_ in source.signature.items()
            }
            return dataclasses.replace(source, signature=typed)
        return source
    unknown = options.sizes.keys() - DEFAULT_SIZES.keys()
    if unknown:
        raise UsageError(
            f"unknown size {', '.join(sorted(unknown))}", hint=f"the sizes: {', '.join(DEFAULT_SIZES)}"
        )
    types = {**source.spec.signature_for(options.dtype), **signature}
    values = {**source.spec.constexprs, **constexprs}
    return resolve(kernel, types, values, smt_api)


def _in_order(source: Source, values: Mapping[str, Any]) -> list[Any]:
    names = list(source.signature)
    missing = [name for name in names if name not in values]
    if missing:
        raise UsageError(
            f"{source.name}: no value for {', '.join(missing)}",
            hint=f"give --arg {missing[0]}=..., such as 128x64xf32:normal, file.npy or 128",
        )
    extra = [name for name in values if name not in names]
    if extra:
        raise UsageError(
            f"{source.name} has no run-time parameter {', '.join(extra)}", hint=f"it takes {', '.join(names)}"
        )
    return [values[name] for name in names]


def _results(
    source: Source, values: Mapping[str, Any], reference: Mapping[str, np.ndarray]
) -> tuple[Result, ...]:
    from smtir.runtime import compare

    outputs = (
        source.spec.outputs if source.spec else [n for n, type_ in source.signature.items() if "*" in type_]
    )
    results = []
    for name in outputs:
        array = values[name]
        if not isinstance(array, np.ndarray):
            raise LaunchError(f"{source.name}: {name} is a pointer and was given a {type(array).__name__}")
        if name in reference:
            comparison = compare(array, reference[name])
            results.append(Result(name, array, comparison.error, str(comparison)))
        else:
            results.append(Result(name, array, None))
    return tuple(results)
