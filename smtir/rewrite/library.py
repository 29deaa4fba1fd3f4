"""Operations for the functions that ``tt.extern_elementwise`` names."""

from __future__ import annotations

from collections.abc import Sequence

from smtir.mlir import arith, ir, math
from smtir.rewrite.lowering import NoMatch

_SAME_NAME = frozenset(
    """
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 floor fma
    log log10 log1p log2 round rsqrt sin sinh sqrt tan tanh trunc
    """.split()  # noqa: SIM905  (readable as words)
)
"""C functions whose operation in the math dialect has their name."""
_OTHER_NAME = {"clz": "ctlz", "fabs": "absf", "popc": "ctpop", "pow": "powf", "rint": "roundeven"}
_ARITH = {"div": "divf", "fmod": "remf"}
KNOWN = _SAME_NAME | _OTHER_NAME.keys() | _ARITH.keys()


def call_library(symbol: str, operands: Sequence[ir.Value]) -> ir.Value:
    """The value of the C function ``symbol``, with or without the decoration of a GPU's library."""
    name = _plain(symbol)
    if name in _ARITH:
        return getattr(arith, _ARITH[name])(*operands)
    if name not in KNOWN:
        raise NoMatch(f"the function {symbol!r} is not known; known are {', '.join(sorted(KNOWN))}")
    return getattr(math, _OTHER_NAME.get(name, name))(*operands)


def _plain(symbol: str) -> str:
    for prefix in ("__nv_", "__ocml_"):
        symbol = symbol.removeprefix(prefix)
    for suffix in ("", "f", "_f16", "_f32", "_f64"):
        if symbol.endswith(suffix) and symbol[: len(symbol) - len(suffix)] in KNOWN:
            return symbol[: len(symbol) - len(suffix)]
    return symbol
