"""Random numbers, control flow, hints, assertions and output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tools.coverage.case import Case
from tools.coverage.elements import Array

_ROUNDS = 10


def philox(seed: int, offsets: Array) -> list[Array]:
    """The four words of Philox 4x32-10 for each counter (offset, 0, 0, 0) and the key ``seed``.

    Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3 (SC 2011).
    """
    words = [offsets.astype(np.uint64), *(np.zeros_like(offsets, np.uint64) for _ in range(3))]
    keys = [np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)]
    mask = np.uint64(0xFFFFFFFF)
    for _ in range(_ROUNDS):
        first, second = words[0] * np.uint64(0xD2511F53), words[2] * np.uint64(0xCD9E8D57)
        words = [
            (second >> np.uint64(32)) ^ words[1] ^ keys[0],
            second & mask,
            (first >> np.uint64(32)) ^ words[3] ^ keys[1],
            first & mask,
        ]
        keys = [(keys[0] + np.uint64(0x9E3779B9)) & mask, (keys[1] + np.uint64(0xBB67AE85)) & mask]
    return words


def uniform(word: Array) -> Array:
    """A word as a number in [0, 1): its magnitude as a signed integer, scaled."""
    signed = word.astype(np.uint32).view(np.int32).astype(np.int64)
    magnitude = np.where(signed < 0, -signed - 1, signed).astype(np.float32)
    return (magnitude * np.float32(4.6566127342e-10)).astype(float)


def normal(first: Array, second: Array) -> tuple[Array, Array]:
    """Box and Muller's transform of two uniform numbers."""
    radius = np.sqrt(-2 * np.log(np.maximum(1e-7, first)))
    angle = (np.float32(2 * np.pi) * second.astype(np.float32)).astype(float)
    return radius * np.cos(angle), radius * np.sin(angle)


def _random(function: str, body: str, reference: Callable[[], Any], result: str, ulps: float = 0) -> Case:
    return Case(function, body, reference, result=lambda _: result, elementless=True, ulps=ulps, size=64)


_OFFSETS = np.arange(64)
_SEED = 0x1234567


def _normals() -> list[Array]:
    words = [uniform(word) for word in philox(_SEED, _OFFSETS)]
    return [*normal(words[0], words[1]), *normal(words[2], words[3])]


def _bits(words: list[Array]) -> Array:
    total = words[0]
    for word in words[1:]:
        total = total ^ word
    return total


RANDOM: list[Case] = [
    _random(
        "randint",
        "tl.randint(0x1234567, i).to(tl.uint32, bitcast=True)",
        lambda: philox(_SEED, _OFFSETS)[0],
        "u32",
    ),
    _random(
        "randint4x",
        "a, b, c, d = tl.randint4x(0x1234567, i)\nout = (a ^ b ^ c ^ d).to(tl.uint32, bitcast=True)",
        lambda: _bits(philox(_SEED, _OFFSETS)),
        "u32",
    ),
    _random(
        "philox",
        "a, b, c, d = tl.philox(0x1234567, i, i * 0, i * 0, i * 0)\n"
        "out = (a ^ b ^ c ^ d).to(tl.uint32, bitcast=True)",
        lambda: _bits(philox(_SEED, _OFFSETS)),
        "u32",
    ),
    _random(
        "philox_impl",
        "zero = (i * 0).to(tl.uint32)\n"
        "a, b, c, d = tl.philox_impl(i.to(tl.uint32), zero, zero, zero, zero + 0x1234567, zero)\n"
        "out = a ^ b ^ c ^ d",
        lambda: _bits(philox(_SEED, _OFFSETS)),
        "u32",
    ),
    _random("rand", "tl.rand(0x1234567, i)", lambda: uniform(philox(_SEED, _OFFSETS)[0]), "fp32"),
    _random(
        "rand4x",
        "a, b, c, d = tl.rand4x(0x1234567, i)\nout = a + b + c + d",
        lambda: sum(np.float32(uniform(word)) for word in philox(_SEED, _OFFSETS)),
        "fp32",
    ),
    _random("randn", "tl.randn(0x1234567, i)", lambda: _normals()[0], "fp32", 64),
    _random(
        "randn4x",
        "a, b, c, d = tl.randn4x(0x1234567, i)\nout = tl.where(i % 2 == 0, c, d)",
        lambda: np.where(_OFFSETS % 2 == 0, *_normals()[2:]),
        "fp32",
        64,
    ),
    _random(
        "uint_to_uniform_float",
        "tl.uint_to_uniform_float((i * 0x4000001).to(tl.uint32))",
        lambda: uniform(_OFFSETS * 0x4000001 & 0xFFFFFFFF),
        "fp32",
    ),
    _random(
        "pair_uniform_to_normal",
        "a, b = tl.pair_uniform_to_normal((i + 1) / 80.0, i / 64.0)\nout = tl.where(i % 2 == 0, a, b)",
        lambda: np.where(_OFFSETS % 2 == 0, *normal(np.float32((_OFFSETS + 1) / 80), _OFFSETS / 64)),
        "fp32",
        64,
    ),
]


def _plain(function: str, body: str, **more: Any) -> Case:
    """A case in which ``out`` is ``x``, whatever else is said."""
    return Case(function, body, lambda x: x, bits=True, elementless=True, names=("i32",), **more)


def _aggregate() -> str:
    return """\
@tl.core._aggregate
class Pair:
    first: tl.tensor
    second: tl.tensor

    @triton.constexpr_function
    def __init__(self, first, second):
        self.first = first
        self.second = second

    @triton.jit
    def difference(self):
        return self.first - self.second
"""


CONTROL: list[Case] = [
    _plain(
        "range",
        "out = x - 10\nfor k in tl.range(0, 10, 2, num_stages=3, loop_unroll_factor=2, "
        "disallow_acc_multi_buffer=True, flatten=True, warp_specialize=False, disable_licm=True):\n"
        "    out += 2",
    ),
    _plain("static_range", "out = x - 6\nfor k in tl.static_range(0, 4):\n    out += k"),
    _plain(
        "condition",
        "out = x - 5\nn = 0\nwhile tl.condition(n < 5, disable_licm=True):\n    out += 1\n    n += 1",
    ),
    _plain("tuple", "pair = (x, tl.tuple([x, i]))\nout = pair[0] + pair[1][1] - pair[1][1]"),
    _plain("slice", "triple = (i, x, i)\nout = triple[1:][0]"),
    _plain("constexpr", "n: tl.constexpr = tl.constexpr(3) - 3\nout = x + n"),
    _plain(
        "const",
        "out = x",
    ),
    _plain("assume", "tl.assume(tl.num_programs(0) == 1)\nout = x"),
    _plain("multiple_of", "out = tl.load(x_ptr + tl.multiple_of(i, 64))"),
    _plain("max_contiguous", "out = tl.load(x_ptr + tl.max_contiguous(i, 64))"),
    _plain("max_constancy", "out = tl.load(x_ptr + tl.max_constancy(i, 1))"),
    _plain("debug_barrier", "tl.debug_barrier()\nout = x"),
    _plain("static_assert", 'tl.static_assert(x.shape[0] == 64, "64 elements")\nout = x'),
    _plain("static_print", 'tl.static_print("a tensor of", x.dtype)\nout = x'),
    _plain("device_assert", 'tl.device_assert(i < 64, "in range")\nout = x', debug=True),
]


def shown(value: Any, kind: str) -> str:
    """A number as ``tl.device_print`` writes it."""
    if kind == "f":
        number = float(value)
        return f"{number:f}"
    return str(int(value))


def _printed(x: Array) -> list[str]:
    return [f"pid (0, 0, 0) idx ({n}) x: {shown(value, x.dtype.kind)}" for n, value in enumerate(x[:8])]


PRINTS: list[Case] = [
    Case(
        "device_print",
        'tl.device_print("x", tl.load(x_ptr + tl.arange(0, 8)))\nout = x',
        lambda x: x,
        bits=True,
        prints=_printed,
    ),
]
