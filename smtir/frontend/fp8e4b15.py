"""Conversions of ``fp8e4b15``, a format of Triton's own, which in its IR is an i8.

Sign, 4 bits of exponent with the bias 15, 3 bits of mantissa, no infinity and no NaN: numbers up to 1.875, as
an f16 without the uppermost bit of its exponent.  As in Triton's software for GPUs, what is larger than 1.75
becomes 1.75, NaN included.  Rounding is to nearest even, or towards zero where the cast says so.
"""

from __future__ import annotations

from typing import Any

import triton.language as tl
from triton._C.libtriton import ir as libtriton_ir

_SIGN, _MAGNITUDE = 0x80, 0x7F
_F16_SHIFT = 7
"""Bits between the end of the mantissa of an f16 and that of an fp8e4b15."""
_F32_SHIFT = 20
_LARGEST = 0x3FE00000
"""1.75 as f32."""
_SMALLEST_NORMAL = 0x38800000
"""2^-14 as f32."""
_ANCHOR = 64.0
"""2^23 times the smallest number, 2^-17: what is added to it is rounded to a multiple of that."""
_REBIAS = (127 - 15) << 3


def convert(value: Any, target: Any, rounding: Any = None, _semantic: Any = None) -> Any:
    """``value`` as ``target``, one of which is fp8e4b15: what Triton calls ``convert_custom_types``."""
    if value.dtype == tl.float8e4b15:
        wide = _to_f16(value, _semantic)
        return _semantic.cast(wide, target if target.scalar != tl.float16 else wide.type)
    cuts = rounding == libtriton_ir.ROUNDING_MODE.RTZ
    if value.dtype == tl.float64:
        value = _to_odd(value, _semantic)
    return _from_f32(_semantic.cast(value, _like(value, tl.float32)), cuts, _semantic)


def _to_odd(value: Any, semantic: Any) -> Any:
    """The f64 cut to f32, its last bit set if anything was cut off: the next rounding then cannot err."""
    cut = semantic.cast(value, _like(value, tl.float32), "rtz")
    inexact = semantic.not_equal(semantic.cast(cut, value.type), value)
    bits = semantic.bitcast(cut, _like(value, tl.uint32))
    odd = semantic.or_(bits, semantic.cast(inexact, bits.type))
    return semantic.bitcast(odd, cut.type)


def _like(value: Any, element: Any) -> Any:
    return value.type.with_element_ty(element) if value.type.is_block() else element


def _to_f16(value: Any, semantic: Any) -> Any:
    bits = semantic.cast(semantic.bitcast(value, _like(value, tl.uint8)), _like(value, tl.uint16))
    magnitude = semantic.shl(_and(bits, _MAGNITUDE, semantic), _number(bits, _F16_SHIFT, semantic))
    sign = semantic.shl(_and(bits, _SIGN, semantic), _number(bits, 8, semantic))
    return semantic.bitcast(semantic.or_(magnitude, sign), _like(value, tl.float16))


def _from_f32(value: Any, cuts: bool, semantic: Any) -> Any:
    bits = semantic.bitcast(value, _like(value, tl.uint32))
    magnitude = _and(bits, 0x7FFFFFFF, semantic)
    limit = _number(bits, _LARGEST, semantic)
    magnitude = semantic.where(semantic.less_than(magnitude, limit), magnitude, limit)
    number = semantic.bitcast(magnitude, _like(value, tl.float32))
    shift = _number(bits, _F32_SHIFT, semantic)
    if cuts:
        normal = semantic.lshr(magnitude, shift)
        units = semantic.mul(number, _number(number, 2.0**17, semantic), False)
        small = semantic.cast(units, _like(value, tl.uint32))
    else:
        odd = _and(semantic.lshr(magnitude, shift), 1, semantic)
        half = _number(bits, (1 << (_F32_SHIFT - 1)) - 1, semantic)
        normal = semantic.lshr(semantic.add(semantic.add(magnitude, half, False), odd, False), shift)
        anchor = _number(number, _ANCHOR, semantic)
        raised = semantic.bitcast(semantic.add(number, anchor, False), _like(value, tl.uint32))
        small = semantic.sub(raised, semantic.bitcast(anchor, _like(value, tl.uint32)), False)
    normal = semantic.sub(normal, _number(bits, _REBIAS, semantic), False)
    is_small = semantic.less_than(magnitude, _number(bits, _SMALLEST_NORMAL, semantic))
    sign = _and(semantic.lshr(bits, _number(bits, 24, semantic)), _SIGN, semantic)
    pattern = semantic.or_(semantic.where(is_small, small, normal), sign)
    return semantic.bitcast(semantic.cast(pattern, _like(value, tl.uint8)), _like(value, tl.float8e4b15))


def _number(like: Any, number: float, semantic: Any) -> Any:
    """``number`` in the type of ``like``."""
    scalar = semantic.scalar_constant(number, like.dtype)
    return semantic.splat(scalar, like.type.shape) if like.type.is_block() else scalar


def _and(value: Any, mask: int, semantic: Any) -> Any:
    return semantic.and_(value, _number(value, mask, semantic))
