"""Functions of ``libdevice`` on integers: bits, products of parts, means.  They wrap around."""

from __future__ import annotations

import triton
import triton.language as tl

from smtir.language.library.numbers import wide

# mypy: disable-error-code="no-untyped-def"


@triton.jit
def _unsigned(x):
    if x.dtype.primitive_bitwidth == 64:
        return x.to(tl.uint64, bitcast=True)
    else:  # noqa: RET505  (Triton follows one branch only with an else)
        return x.to(tl.uint32, bitcast=True)


@triton.jit
def _swapped(x, mask: tl.constexpr, bits: tl.constexpr):
    mask = tl.full((), mask, x.dtype)
    return ((x >> bits) & mask) | ((x & mask) << bits)


@triton.jit
def brev(x: tl.tensor) -> tl.tensor:
    """The bits of 32 or 64-bit integers in reverse order."""
    turned = _unsigned(x)
    if x.dtype.primitive_bitwidth == 64:
        turned = _swapped(turned, 0x5555555555555555, 1)
        turned = _swapped(turned, 0x3333333333333333, 2)
        turned = _swapped(turned, 0x0F0F0F0F0F0F0F0F, 4)
        turned = _swapped(turned, 0x00FF00FF00FF00FF, 8)
        turned = _swapped(turned, 0x0000FFFF0000FFFF, 16)
        turned = (turned >> 32) | (turned << 32)
    else:
        turned = _swapped(turned, 0x55555555, 1)
        turned = _swapped(turned, 0x33333333, 2)
        turned = _swapped(turned, 0x0F0F0F0F, 4)
        turned = _swapped(turned, 0x00FF00FF, 8)
        turned = (turned >> 16) | (turned << 16)
    return turned.to(x.dtype, bitcast=True)


@triton.jit
def byte_perm(x: tl.tensor, y: tl.tensor, s: tl.tensor) -> tl.tensor:
    """Four of the bytes of ``x`` (0 to 3) and ``y`` (4 to 7); the nibbles of ``s`` say which."""
    x, y, s = tl.to_tensor(x), tl.to_tensor(y), tl.to_tensor(s)
    both = (_unsigned(y).to(tl.uint64) << 32) | _unsigned(x).to(tl.uint64)
    choice = _unsigned(s).to(tl.uint64)
    chosen = (both >> (8 * (choice & 7))) & 255
    for place in tl.static_range(1, 4):
        chosen |= ((both >> (8 * ((choice >> (4 * place)) & 7))) & 255) << (8 * place)
    return chosen.to(tl.uint32).to(tl.int32, bitcast=True)


@triton.jit
def mulhi(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """The upper half of the product of 32 or 64-bit integers."""
    high = tl.umulhi(x, y)
    if x.dtype.is_int_signed():
        high = high - tl.where(x < 0, y, 0) - tl.where(y < 0, x, 0)
    return high


@triton.jit
def mul24(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """The lower 32 bits of the product of the lower 24 bits."""
    return ((x << 8) >> 8) * ((y << 8) >> 8)


@triton.jit
def sad(x: tl.tensor, y: tl.tensor, z: tl.tensor) -> tl.tensor:
    """``abs(x - y) + z``."""
    return tl.where(x > y, x - y, y - x) + z.to(x.dtype, bitcast=True)


@triton.jit
def hadd(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """``(x + y) // 2``, whose sum does not wrap around."""
    return (x & y) + ((x ^ y) >> 1)


@triton.jit
def rhadd(x: tl.tensor, y: tl.tensor) -> tl.tensor:
    """``(x + y + 1) // 2``, whose sum does not wrap around."""
    return (x | y) - ((x ^ y) >> 1)


@triton.jit
def hiloint2double(high: tl.tensor, low: tl.tensor) -> tl.tensor:
    """The f64 of the bits ``high`` and ``low``."""
    bits = (high.to(tl.int64) << 32) | (low.to(tl.int64) & 0xFFFFFFFF)
    return bits.to(tl.float64, bitcast=True)


@triton.jit
def double2hiint(x: tl.tensor) -> tl.tensor:
    """The upper 32 bits of an f64."""
    return (x.to(tl.int64, bitcast=True) >> 32).to(tl.int32)


@triton.jit
def double2loint(x: tl.tensor) -> tl.tensor:
    """The lower 32 bits of an f64."""
    return x.to(tl.int64, bitcast=True).to(tl.int32)


@triton.jit
def rcp64h(x: tl.tensor) -> tl.tensor:
    """``1 / x`` of f64, its lower 32 bits zero."""
    bits = (1.0 / x).to(tl.int64, bitcast=True)
    return ((bits >> 32) << 32).to(tl.float64, bitcast=True)


@triton.jit
def int_as_float(x: tl.tensor) -> tl.tensor:
    """The f32 of 32 bits."""
    return x.to(tl.float32, bitcast=True)


@triton.jit
def float_as_int(x: tl.tensor) -> tl.tensor:
    """The bits of an f32."""
    return wide(x).to(tl.int32, bitcast=True)


@triton.jit
def longlong_as_double(x: tl.tensor) -> tl.tensor:
    """The f64 of 64 bits."""
    return x.to(tl.float64, bitcast=True)


@triton.jit
def double_as_longlong(x: tl.tensor) -> tl.tensor:
    """The bits of an f64."""
    return x.to(tl.int64, bitcast=True)


uint_as_float = int_as_float
float_as_uint = float_as_int
