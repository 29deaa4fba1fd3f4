"""Loads, stores, pointers, descriptors and atomic operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tools.coverage.case import Case
from tools.coverage.cases_tensors import small
from tools.coverage.elements import Array, Element

_EVICTION = 'cache_modifier=".cg", eviction_policy="evict_first"'
_BLOCK = "base = tl.make_block_ptr({pointer}, [8, 7], [8, 1], [{row}, 0], [4, 8], [1, 0])\n"
_DESCRIPTOR = "d = tl.make_tensor_descriptor({pointer}, [8, 8], [8, 1], [4, 8])\n"


def _bits(function: str, body: str, reference: Callable[..., Any], **more: Any) -> Case:
    return Case(function, body, reference, bits=True, **more)


def _inside(x: Array) -> Array:
    """The lower half of the matrix, its last column out of bounds: 0."""
    padded = x.reshape(8, 8).copy()
    padded[:, 7] = 0
    return padded[4:].ravel()


MEMORY: list[Case] = [
    _bits(
        "load",
        f"out = tl.load(x_ptr + i, mask=i < 50, other=0, {_EVICTION})",
        lambda x: np.where(np.arange(64) < 50, x, x ^ x),
    ),
    _bits("load", "out = tl.load(x_ptr + (i * 5) % 64, volatile=True)", lambda x: x[np.arange(64) * 5 % 64]),
    _bits(
        "store",
        'tl.store(out_ptr + (i * 5) % 64, x, mask=i != 9, cache_modifier=".wb")',
        lambda x: _scattered(x),
        stores=True,
    ),
    _bits(
        "make_block_ptr",
        _BLOCK.format(pointer="x_ptr", row=4)
        + 'out = tl.ravel(tl.load(base, boundary_check=(0, 1), padding_option="zero"))',
        lambda x: _inside(x),
        size=32,
    ),
    _bits(
        "advance",
        _BLOCK.format(pointer="x_ptr", row=0)
        + "base = tl.advance(base, (4, 0))\nout = tl.ravel(tl.load(base, boundary_check=(0, 1), "
        'padding_option="zero"))',
        lambda x: _inside(x),
        size=32,
    ),
    _bits(
        "make_tensor_descriptor",
        _DESCRIPTOR.format(pointer="x_ptr") + "out = tl.ravel(d.load([4, 0]))",
        lambda x: x[32:],
        size=32,
    ),
    _bits(
        "load_tensor_descriptor",
        _DESCRIPTOR.format(pointer="x_ptr") + "out = tl.ravel(tl.load_tensor_descriptor(d, [4, 0]))",
        lambda x: x[32:],
        size=32,
    ),
    _bits(
        "store_tensor_descriptor",
        _DESCRIPTOR.format(pointer="out_ptr")
        + "tl.store_tensor_descriptor(d, [4, 0], tl.reshape(tl.load(x_ptr + tl.arange(0, 32)), [4, 8]))",
        lambda x: np.concatenate([x[:32] ^ x[:32], x[:32]]),
        stores=True,
    ),
]


def _scattered(x: Array) -> Array:
    found = x ^ x
    kept = np.arange(64) != 9
    found[(np.arange(64) * 5 % 64)[kept]] = x[kept]
    return found


def _starting(element: Element) -> Array:
    """What memory holds at first: small numbers."""
    values = np.arange(64) % 5
    if element.kind == "bool":
        values = values % 2
    return (
        element.encode(values.astype(element.values)) if element.is_float else values.astype(element.storage)
    )


def _memory_then(combine: Callable[[Any, Any], Any]) -> Callable[[Array], Array]:
    """Memory after ``combine`` with ``x`` where the mask, ``i < 60``, is true."""

    def reference(x: Array) -> Array:
        start = (np.arange(64) % 5).astype(x.dtype)
        return np.where(np.arange(64) < 60, combine(start, x), start)

    return lambda x: reference(x)


def _atomic(name: str, combine: Callable[[Any, Any], Any], **more: Any) -> list[Case]:
    """Memory afterwards, and the old values that it gives back; relaxed and in the order acq_rel."""
    call = f"tl.atomic_{name}(out_ptr + i, x, mask=i < 60{{order}})"
    memory = {"stores": True, "keeps": _starting, "zeros": True, **more}
    return [
        Case(f"atomic_{name}", call.format(order=""), _memory_then(combine), **memory),
        Case(
            f"atomic_{name}",
            "old = " + call.format(order=', sem="relaxed", scope="gpu"') + "\ntl.store(out_ptr + i, old)",
            lambda x: (np.arange(64) % 5 * (np.arange(64) < 60)).astype(x.dtype),
            **memory,
        ),
    ]


ATOMICS: list[Case] = [
    *_atomic("add", lambda old, x: old + x, domain=small, kinds="int uint float"),
    *_atomic("max", np.maximum, domain=small),
    *_atomic("min", np.minimum, domain=small),
    *_atomic("and", lambda old, x: old & x, kinds="int uint"),
    *_atomic("or", lambda old, x: old | x, kinds="int uint"),
    *_atomic("xor", lambda old, x: old ^ x, kinds="int uint"),
    *_atomic("xchg", lambda old, x: x),
    Case(
        "atomic_cas",
        "tl.atomic_cas(out_ptr + i, tl.full([64], 3, x.dtype), x)",
        lambda x: np.where(np.arange(64) % 5 == 3, x, (np.arange(64) % 5).astype(x.dtype)),
        stores=True,
        keeps=_starting,
        zeros=True,
    ),
]
