"""Operations for the functions that ``tt.extern_elementwise`` names.

They are named after the C library, a GPU's library (``__nv_expf``), or the operation of MLIR that
spine-triton makes of them (``linalg.exp``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smtir.mlir import arith, ir, math
from smtir.rewrite.builders import constant_like, is_float, with_element
from smtir.rewrite.lowering import NoMatch
from smtir.rewrite.values import bit_width, element_of

_SAME_NAME = frozenset(
    """
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 floor fma
    log log10 log1p log2 round rsqrt sin sinh sqrt tan tanh trunc
    """.split()  # noqa: SIM905  (readable as words)
)
"""C functions whose operation in the math dialect has their name."""
_OTHER_NAME = {
    "clz": "ctlz",
    "ctlz": "ctlz",
    "cttz": "cttz",
    "fabs": "absf",
    "popc": "ctpop",
    "pow": "powf",
    "rint": "roundeven",
}
_ARITH = {"div": "divf", "div_rn": "divf", "fmod": "remf"}
_PREFIXES = ("__nv_", "__ocml_", "linalg.", "math.")


def call_library(symbol: str, operands: Sequence[ir.Value], result: ir.Type) -> ir.Value:
    """The value of the function ``symbol``, of the type ``result``."""
    name = _plain(symbol)
    if name in _COMPOSED:
        return _COMPOSED[name](operands[0], result)
    if name in _ARITH:
        return getattr(arith, _ARITH[name])(*operands)
    if name not in KNOWN:
        raise NoMatch(f"the function {symbol!r} is not known; known are {', '.join(sorted(KNOWN))}")
    if name == "pow":
        operands = [value if value.type == result else arith.sitofp(result, value) for value in operands]
    return getattr(math, _OTHER_NAME.get(name, name))(*operands)


def _abs(x: ir.Value, _: ir.Type) -> ir.Value:
    return math.absf(x) if is_float(element_of(x)) else math.absi(x)


def _is_nan(x: ir.Value, result: ir.Type) -> ir.Value:
    return _truth(arith.cmpf(arith.CmpFPredicate.UNO, x, x), result)


def _is_infinite(x: ir.Value, result: ir.Type) -> ir.Value:
    infinity = constant_like(x, float("inf"))
    return _truth(arith.cmpf(arith.CmpFPredicate.OEQ, math.absf(x), infinity), result)


def _is_finite(x: ir.Value, result: ir.Type) -> ir.Value:
    infinity = constant_like(x, float("inf"))
    return _truth(arith.cmpf(arith.CmpFPredicate.OLT, math.absf(x), infinity), result)


def _truth(flags: ir.Value, result: ir.Type) -> ir.Value:
    return flags if flags.type == result else arith.extui(result, flags)


def _silu(x: ir.Value, result: ir.Type) -> ir.Value:
    wide = _wide(x)
    return _narrow(_times_sigmoid(wide, wide), result)


def _gelu_tanh(x: ir.Value, result: ir.Type) -> ir.Value:
    wide = _wide(x)
    cubic = arith.mulf(constant_like(wide, 0.044715), arith.mulf(wide, arith.mulf(wide, wide)))
    # 0.5 * (1 + tanh(y)) is sigmoid(2 * y).
    inner = arith.mulf(constant_like(wide, 1.5957691216057308), arith.addf(wide, cubic))
    return _narrow(_times_sigmoid(wide, inner), result)


def _gelu_none(x: ir.Value, result: ir.Type) -> ir.Value:
    wide = _wide(x)
    probability = arith.addf(
        constant_like(wide, 1), math.erf(arith.mulf(wide, constant_like(wide, 0.7071067811865476)))
    )
    return _narrow(arith.mulf(arith.mulf(constant_like(wide, 0.5), wide), probability), result)


def _times_sigmoid(x: ir.Value, y: ir.Value) -> ir.Value:
    return arith.divf(x, arith.addf(constant_like(y, 1), math.exp(arith.negf(y))))


def _wide(x: ir.Value) -> ir.Value:
    if bit_width(element_of(x)) >= 32:
        return x
    return arith.extf(with_element(x.type, ir.F32Type.get()), x)


def _narrow(x: ir.Value, result: ir.Type) -> ir.Value:
    return x if x.type == result else arith.truncf(result, x)


_COMPOSED: dict[str, Callable[[ir.Value, ir.Type], ir.Value]] = {
    "abs": _abs,
    "gelu_none": _gelu_none,
    "gelu_tanh": _gelu_tanh,
    "isfinite": _is_finite,
    "isfinited": _is_finite,
    "isinf": _is_infinite,
    "isnan": _is_nan,
    "silu": _silu,
}
"""Functions of one argument that no operation is."""
KNOWN = _SAME_NAME | _OTHER_NAME.keys() | _ARITH.keys() | _COMPOSED.keys()


def _plain(symbol: str) -> str:
    for prefix in _PREFIXES:
        symbol = symbol.removeprefix(prefix)
    for suffix in ("", "f", "_f16", "_f32", "_f64"):
        if symbol.endswith(suffix) and symbol[: len(symbol) - len(suffix)] in KNOWN:
            return symbol[: len(symbol) - len(suffix)]
    return symbol
