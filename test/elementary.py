"""Running elementary functions on the host, for the tests of expand-math."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from mlir.execution_engine import ExecutionEngine

from smtir.mlir import context, ir
from smtir.rewrite.passes import parse_pipeline

TO_LLVM = (
    "expand-math,convert-scf-to-cf,convert-vector-to-llvm,convert-math-to-llvm,expand-strided-metadata,"
    "finalize-memref-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,"
    "convert-func-to-llvm,convert-ub-to-llvm,reconcile-unrealized-casts"
)
ELEMENT_TYPES = {"f16": np.float16, "f32": np.float32, "f64": np.float64}
Array = npt.NDArray[np.floating]


def run_passes(module: ir.Module, pipeline: str) -> None:
    for element in parse_pipeline(pipeline):
        element.run(module)
    module.operation.verify()


def compiled(function: str, element: str, lanes: int = 8) -> Callable[[Array], Array]:
    """``math.FUNCTION`` on vectors of ``lanes`` elements, as a function of arrays; 0 lanes: on scalars."""
    value, step = (f"vector<{lanes}x{element}>", lanes) if lanes else (element, 1)
    load, store = ("vector.load", "vector.store") if lanes else ("memref.load", "memref.store")
    memory = f"memref<?x{element}>" + (f", {value}" if lanes else "")
    text = f"""
      func.func @apply(%in: memref<?x{element}>, %out: memref<?x{element}>, %n: index)
          attributes {{llvm.emit_c_interface}} {{
        %zero = arith.constant 0 : index
        %step = arith.constant {step} : index
        scf.for %i = %zero to %n step %step {{
          %x = {load} %in[%i] : {memory}
          %y = math.{function} %x : {value}
          {store} %y, %out[%i] : {memory}
        }}
        return
      }}"""
    return compile_text(text, step)


def compiled_of_two(function: str, element: str) -> Callable[[Array, Array], Array]:
    """``math.FUNCTION`` of two arrays, whose size is a multiple of 8."""
    value = f"vector<8x{element}>"
    text = f"""
      func.func @apply(%in: memref<?x{element}>, %out: memref<?x{element}>, %n: index)
          attributes {{llvm.emit_c_interface}} {{
        %zero = arith.constant 0 : index
        %two = arith.constant 2 : index
        %step = arith.constant 8 : index
        %half = arith.divui %n, %two : index
        scf.for %i = %zero to %half step %step {{
          %j = arith.addi %i, %half : index
          %x = vector.load %in[%i] : memref<?x{element}>, {value}
          %y = vector.load %in[%j] : memref<?x{element}>, {value}
          %z = math.{function} %x, %y : {value}
          vector.store %z, %out[%i] : memref<?x{element}>, {value}
        }}
        return
      }}"""
    apply = compile_text(text)
    return lambda x, y: apply(np.concatenate([x, y]))[: x.size]


def compile_text(text: str, step: int = 1) -> Callable[[Array], Array]:
    """The function ``@apply(in, out, n)`` of a module, as a function of arrays padded to ``step``."""
    with context():
        module = ir.Module.parse(text)
        run_passes(module, TO_LLVM)
        engine = ExecutionEngine(module, opt_level=2)

    def apply(x: Array) -> Array:
        padded = np.zeros(-(-x.size // step) * step, x.dtype)
        padded[: x.size] = x
        out = np.empty_like(padded)
        descriptors = [ctypes.pointer(ctypes.pointer(_descriptor(array))) for array in (padded, out)]
        engine.invoke("apply", *descriptors, ctypes.pointer(ctypes.c_int64(padded.size)))
        return out[: x.size]

    return apply


class _Descriptor(ctypes.Structure):
    _fields_ = (
        ("allocated", ctypes.c_void_p),
        ("aligned", ctypes.c_void_p),
        ("offset", ctypes.c_int64),
        ("size", ctypes.c_int64),
        ("stride", ctypes.c_int64),
    )


def _descriptor(array: Array) -> _Descriptor:
    return _Descriptor(array.ctypes.data, array.ctypes.data, 0, array.size, 1)


def every_exponent(element: str, per_exponent: int) -> Array:
    """Numbers of both signs: zeros, infinities, NaN, borders, and some for every exponent."""
    dtype = np.dtype(ELEMENT_TYPES[element])
    mantissa = np.finfo(dtype).nmant
    unsigned = np.dtype(f"u{dtype.itemsize}")
    exponents = np.arange(1 << (dtype.itemsize * 8 - mantissa - 1), dtype=unsigned)[:, None]
    mantissas = np.random.default_rng(7).integers(
        0, 1 << mantissa, (exponents.size, per_exponent), dtype=unsigned
    )
    mantissas[:, :4] = [0, 1, (1 << mantissa) - 1, 1 << (mantissa - 1)]
    positive = ((exponents << unsigned.type(mantissa)) | mantissas).ravel().view(dtype)
    return np.concatenate([positive, -positive])


def ulps(found: Array, exact: Array) -> Array:
    """Distance of ``found`` from ``exact``, in units of the last place of the rounded ``exact``.

    Zero where both are the same infinity or NaN, or zeros of the same sign; infinite where only one is.
    """
    dtype = found.dtype
    with np.errstate(all="ignore"):
        rounded = exact.astype(dtype)
        unit = np.spacing(np.maximum(np.abs(rounded), np.finfo(dtype).tiny)).astype(exact.dtype)
        distance = np.abs(found.astype(exact.dtype) - exact) / unit
    same = (found == rounded) & (np.signbit(found) == np.signbit(rounded)) | np.isnan(found) & np.isnan(exact)
    overflow = np.isinf(rounded) | np.isnan(exact)
    distance[overflow | (rounded == 0)] = np.inf
    nearly_zero = (rounded == 0) & (np.abs(found) <= 2 * np.finfo(dtype).smallest_subnormal) & (exact != 0)
    distance[nearly_zero] = 1
    # The largest finite number may come out as infinity, and the other way round, by rounding alone.
    at_edge = np.isinf(found) != np.isinf(rounded)
    largest = np.finfo(dtype).max
    close = at_edge & (np.abs(exact) > largest * (1 - np.finfo(dtype).eps)) & (np.abs(found) >= largest)
    close &= np.abs(exact) < largest * (1 + 2 * np.finfo(dtype).eps.astype(exact.dtype))
    distance[close] = 1
    distance[same & (overflow | (rounded == 0))] = 0
    return distance
