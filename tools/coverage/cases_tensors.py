"""Functions that combine, move or make elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tools.coverage.case import Case, i32, summed, widened
from tools.coverage.cases_elementwise import modular
from tools.coverage.elements import Array, Element

X8 = "x2 = tl.reshape(x, [8, 8])\n"
COMBINE = "@triton.jit\ndef {name}(a, b):\n    return {expression}\n"
LARGER = COMBINE.format(name="larger", expression="tl.maximum(a, b)")
PRODUCT = COMBINE.format(name="affine", expression="a * b")
WITH_INDEX = """\
v, n = tl.{}(x, 0, return_indices=True)
out = tl.where(i == 0, v.to(tl.float32), n.to(tl.float32))"""
MOMENTS = """\
@triton.jit
def moments(c1, v1, c2, v2):
    return c1 + c2, tl.maximum(v1, v2)
"""


def small(element: Element, *arrays: Array) -> list[Array]:
    """Inputs whose sums and products are exact in any order: few small integers."""
    found = []
    for number, _ in enumerate(arrays):
        values = np.random.default_rng(number).integers(0, 3, 64)
        if element.kind in ("int", "float"):
            values = values - 1
        if element.kind == "bool":
            values = values % 2
        found.append(
            element.encode(values.astype(element.values))
            if element.is_float
            else values.astype(element.storage)
        )
    return found


def ones_and_twos(element: Element, x: Array) -> list[Array]:
    """Inputs whose products are exact: 1, and a 2, a -1 or the like here and there."""
    values = np.ones(64, element.values)
    if element.kind != "bool":
        values[[5, 21, 40]] = 2
    values[50] = 0
    return [element.encode(values) if element.is_float else values.astype(element.storage)]


def without_nan(element: Element, *arrays: Array) -> list[Array]:
    """Inputs without NaN, for what orders elements."""
    if not element.is_float:
        return list(arrays)
    one = element.encode(np.ones(1, element.values))[0]
    return [np.where(np.isnan(element.decode(x)), one, x) for x in arrays]


def distinct(element: Element, x: Array) -> list[Array]:
    """Inputs without NaN and with one zero, so that their order is unique."""
    (x,) = without_nan(element, x)
    if not element.is_float:
        return [x]
    one = element.encode(np.ones(1, element.values))[0]
    return [np.where((element.decode(x) == 0) & np.signbit(element.decode(x)), one, x)]


def total(x: Array) -> Any:
    """The sum, in as many bits as ``tl.sum`` has."""
    return x.astype(np.uint32 if x.dtype.kind == "b" else x.dtype).sum(
        dtype=None if x.dtype.kind == "f" else int
    )


def running(operation: Callable[[Any, Any], Any], x: Array) -> Array:
    """The running combinations."""
    found = [x[0]]
    for value in x[1:]:
        found.append(operation(found[-1], value))
    return np.array(found)


def interleaved(x: Array, y: Array) -> Array:
    """Elements of both by turns."""
    return np.stack([x, y], 1).ravel()


REDUCTIONS: list[Case] = [
    Case("sum", "tl.sum(x, 0)", lambda x: total(x), result=summed, size=1, domain=small),
    Case(
        "sum",
        X8 + "out = tl.sum(x2, 1)",
        lambda x: x.reshape(8, 8).sum(1, dtype=None if x.dtype.kind == "f" else int),
        result=summed,
        size=8,
        domain=small,
    ),
    Case(
        "sum",
        "tl.sum(x, 0, dtype=tl.float32)",
        lambda x: total(x),
        result=lambda _: "fp32",
        size=1,
        domain=small,
    ),
    Case("max", "tl.max(x, 0)", lambda x: np.fmax.reduce(x), result=widened, size=1, zeros=True),
    Case(
        "max",
        WITH_INDEX.format("max"),
        lambda x: np.where(np.arange(64) == 0, x.max(), float(np.argmax(x))),
        result=lambda _: "fp32",
        zeros=True,
        domain=without_nan,
        names=("i8", "i16", "u8", "u16", "bf16", "fp16", "fp32"),
    ),
    Case("min", "tl.min(x, 0)", lambda x: np.fmin.reduce(x), result=widened, size=1, zeros=True),
    Case(
        "min",
        WITH_INDEX.format("min"),
        lambda x: np.where(np.arange(64) == 0, x.min(), float(np.argmin(x))),
        result=lambda _: "fp32",
        zeros=True,
        domain=without_nan,
        names=("i8", "i16", "u8", "u16", "bf16", "fp16", "fp32"),
    ),
    Case(
        "argmax",
        X8 + "out = tl.argmax(x2, 1)",
        lambda x: x.reshape(8, 8).argmax(1),
        result=i32,
        size=8,
        domain=small,
    ),
    Case(
        "argmin",
        X8 + "out = tl.argmin(x2, 1)",
        lambda x: x.reshape(8, 8).argmin(1),
        result=i32,
        size=8,
        domain=small,
    ),
    Case("xor_sum", "tl.xor_sum(x, 0)", lambda x: np.bitwise_xor.reduce(x), size=1, kinds="bool int uint"),
    Case("reduce_or", "tl.reduce_or(x, 0)", lambda x: np.bitwise_or.reduce(x), size=1, kinds="bool int uint"),
    Case(
        "reduce",
        X8 + "out = tl.reduce(x2, 0, larger)",
        lambda x: np.fmax.reduce(x.reshape(8, 8)),
        size=8,
        zeros=True,
        given=LARGER,
    ),
    Case(
        "reduce",
        "n, out = tl.reduce((i, x), 0, moments)",
        lambda x: np.fmax.reduce(x),
        size=1,
        zeros=True,
        given=MOMENTS,
    ),
    Case(
        "associative_scan",
        "tl.associative_scan(x, 0, larger)",
        lambda x: running(np.fmax, x),
        zeros=True,
        given=LARGER,
    ),
    Case(
        "associative_scan",
        "tl.associative_scan(x, 0, affine, reverse=True)",
        lambda x: running(lambda a, b: modular(np.multiply, np.atleast_1d(a), np.atleast_1d(b))[0], x[::-1])[
            ::-1
        ],
        given=PRODUCT,
        domain=ones_and_twos,
    ),
    Case(
        "cumsum",
        "tl.cumsum(x, 0)",
        lambda x: np.cumsum(x, dtype=None if x.dtype.kind == "f" else int),
        result=summed,
        domain=small,
    ),
    Case(
        "cumsum",
        "tl.cumsum(x, 0, dtype=tl.float32)",
        lambda x: np.cumsum(x.astype(float)),
        result=lambda _: "fp32",
        domain=small,
    ),
    Case(
        "cumprod",
        "tl.cumprod(x, 0)",
        lambda x: running(lambda a, b: modular(np.multiply, np.atleast_1d(a), np.atleast_1d(b))[0], x),
        domain=ones_and_twos,
    ),
    Case(
        "softmax",
        X8 + "out = tl.ravel(tl.softmax(x2, 1, keep_dims=True))",
        lambda x: np.exp(x.reshape(8, 8)) / np.exp(x.reshape(8, 8)).sum(1, keepdims=True),
        domain=small,
        ulps=4,
    ),
    Case(
        "histogram",
        "tl.histogram(x, 4)",
        lambda x: np.bincount(x.astype(int), minlength=4),
        result=i32,
        size=4,
        domain=lambda e, x: [np.abs(small(e, x)[0])],
    ),
    Case(
        "histogram",
        "tl.histogram(x, 4, mask=i < 40)",
        lambda x: np.bincount(x[:40].astype(int), minlength=4),
        result=i32,
        size=4,
        domain=lambda e, x: [np.abs(small(e, x)[0])],
    ),
]

SORTED = ("i8", "i32", "u64", "fp8e5", "bf16", "fp32", "fp64")
"""A network of 64 numbers is much code: types that say all."""
ORDER: list[Case] = [
    Case("sort", "tl.sort(x)", lambda x: np.sort(x), domain=distinct, names=SORTED),
    Case("sort", "tl.sort(x, descending=True)", lambda x: np.sort(x)[::-1], domain=distinct, names=("fp32",)),
    Case("topk", "tl.topk(x, 8)", lambda x: np.sort(x)[::-1][:8], domain=distinct, size=8),
    Case(
        "bitonic_merge",
        "tl.bitonic_merge(x)",
        lambda x: np.sort(x),
        domain=lambda e, x: [_bitonic(e, distinct(e, x)[0])],
    ),
    Case("flip", "tl.flip(x, 0)", lambda x: x[::-1], bits=True, result=None),
    Case("flip", X8 + "out = tl.ravel(tl.flip(x2, 1))", lambda x: x.reshape(8, 8)[:, ::-1], bits=True),
]


def _bitonic(element: Element, x: Array) -> Array:
    order = np.argsort(element.decode(x), kind="stable")
    return x[np.concatenate([order[::2], order[1::2][::-1]])]


def _moving(function: str, body: str, reference: Callable[..., Any], size: int = 64, **more: Any) -> Case:
    """A case that moves elements: every bit stays."""
    return Case(function, body, reference, size=size, bits=True, **more)


MOVES: list[Case] = [
    _moving(
        "broadcast",
        X8 + "a, b = tl.broadcast(tl.sum(i) * 0 + i[:, None], x[None, :] != x[None, :])\n"
        "out = tl.where(i == a.shape[0], x, x)",
        lambda x: x,
    ),
    _moving(
        "broadcast_to", "out = tl.ravel(tl.broadcast_to(x[:, None], [64, 2]))", lambda x: np.repeat(x, 2), 128
    ),
    _moving("trans", X8 + "out = tl.ravel(tl.trans(x2))", lambda x: x.reshape(8, 8).T),
    _moving(
        "permute",
        "out = tl.ravel(tl.permute(tl.reshape(x, [2, 4, 8]), [2, 0, 1]))",
        lambda x: x.reshape(2, 4, 8).transpose(2, 0, 1),
    ),
    _moving("reshape", "out = tl.reshape(tl.reshape(x, [4, 16]), [64])", lambda x: x),
    _moving("view", "out = tl.view(tl.view(x, [4, 16]), [64])", lambda x: x),
    _moving("ravel", "out = tl.ravel(tl.reshape(x, [4, 4, 4]))", lambda x: x),
    _moving("expand_dims", "out = tl.ravel(tl.expand_dims(x, 1))", lambda x: x),
    _moving("unsqueeze", "out = tl.ravel(tl.unsqueeze(x, 0))", lambda x: x),
    _moving("squeeze", "out = tl.squeeze(tl.expand_dims(x, 1), 1)", lambda x: x),
    _moving("to_tensor", "out = tl.to_tensor(x)", lambda x: x),
    _moving(
        "cat",
        "out = tl.sort(tl.cat(x, y, can_reorder=True).to(tl.int32, bitcast=True))",
        lambda x, y: np.sort(np.concatenate([x, y]).view(np.int32)),
        128,
        result=lambda _: "i32",
        names=("i32", "u32", "fp32"),
    ),
    _moving("join", "out = tl.ravel(tl.join(x, y))", lambda x, y: interleaved(x, y), 128),
    _moving(
        "split",
        "a, b = tl.split(tl.reshape(x, [32, 2]))\nout = tl.join(b, a).reshape(64)",
        lambda x: x.reshape(32, 2)[:, ::-1],
    ),
    _moving("interleave", "out = tl.interleave(x, y)", lambda x, y: interleaved(x, y), 128),
    _moving("gather", "out = tl.gather(x, (i * 7 + 3) % 64, 0)", lambda x: x[(np.arange(64) * 7 + 3) % 64]),
    _moving(
        "gather",
        X8 + "out = tl.ravel(tl.gather(x2, tl.reshape(i % 8, [8, 8]).to(tl.int8), 0))",
        lambda x: x.reshape(8, 8)[np.arange(64).reshape(8, 8) % 8, np.arange(8)],
    ),
    Case("full", "out = tl.full([64], 1, x_ptr.dtype.element_ty)", lambda x: np.ones(64, x.dtype)),
    _moving("zeros", "out = tl.zeros([64], x_ptr.dtype.element_ty)", lambda x: x ^ x),
    _moving("zeros_like", "out = tl.zeros_like(x)", lambda x: x ^ x),
]


def _made(function: str, body: str, reference: Callable[..., Any], **more: Any) -> Case:
    """A case about indices: the results are i32."""
    return Case(function, body, reference, result=i32, elementless=True, names=("i32",), **more)


MAKES: list[Case] = [
    _made("arange", "out = tl.arange(64, 128)", lambda: np.arange(64, 128)),
    _made("swizzle2d", "a, b = tl.swizzle2d(i // 8, i % 8, 8, 8, 4)\nout = a * 8 + b", lambda: _swizzled()),
    _made(
        "program_id",
        "tl.store(out_ptr + tl.program_id(0) + 2 * tl.program_id(1) + 8 * tl.program_id(2), "
        "tl.program_id(0) + 10 * tl.program_id(1) + 100 * tl.program_id(2))",
        lambda: np.array([a + 10 * b + 100 * c for c in range(2) for b in range(4) for a in range(2)]),
        size=16,
        grid=(2, 4, 2),
        stores=True,
    ),
    _made(
        "num_programs",
        "out = i * 0 + tl.num_programs(0) + 10 * tl.num_programs(1) + 100 * tl.num_programs(2)",
        lambda: np.full(64, 342),
        grid=(2, 4, 3),
    ),
]


def _swizzled() -> Array:
    order = np.empty(64, int)
    for place in range(64):
        group, inside = divmod(place, 32)
        order[place] = (group * 4 + inside % 4) * 8 + inside // 4
    return order
