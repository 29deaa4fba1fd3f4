"""Arguments for a kernel from short descriptions, for ``smtir run``.

``128x64xf32:normal`` is an array with that shape and element type, filled as the word after the
colon says; ``q.npy`` is a file; ``128`` and ``0.125`` are numbers.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from smtir.errors import UsageError

_ELEMENTS = {
    "f64": ("fp64", "float64"),
    "f32": ("fp32", "float32"),
    "f16": ("fp16", "float16"),
    "bf16": ("bf16", "uint16"),
    "i64": ("i64", "int64"),
    "i32": ("i32", "int32"),
    "i16": ("i16", "int16"),
    "i8": ("i8", "int8"),
    "u8": ("u8", "uint8"),
    "i1": ("i1", "bool"),
}
_ARRAY = re.compile(r"(?P<shape>(?:\d+x)+)(?P<element>[a-z]+\d+)(?::(?P<fill>\w+))?$")


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(shape)


_FILLS: Mapping[str, Callable[[tuple[int, ...], np.random.Generator], np.ndarray]] = {
    "normal": _normal,
    "uniform": lambda shape, rng: rng.random(shape),
    "integers": lambda shape, rng: rng.integers(-8, 8, shape),
    "zeros": lambda shape, rng: np.zeros(shape),
    "ones": lambda shape, rng: np.ones(shape),
    "arange": lambda shape, rng: np.arange(np.prod(shape, dtype=int)).reshape(shape),
    "nan": lambda shape, rng: np.full(shape, np.nan),
}


def make_argument(text: str, rng: np.random.Generator) -> tuple[Any, str]:
    """The value that ``text`` describes, and the Triton type it suggests.

    Without a fill, floats are normally distributed and integers lie in [-8, 8).  A bf16 array is
    the upper halves of f32 values, as uint16.

    Raises:
        UsageError: no array, file or number is described, or the fill does not fit the type.
    """
    if match := _ARRAY.match(text):
        return _array(text, match, rng)
    if text.endswith(".npy"):
        return _file(text)
    try:
        number = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        number = None
    if isinstance(number, bool):
        return number, "i1"
    if isinstance(number, int):
        return number, "i32" if -(2**31) <= number < 2**31 else "i64"
    if isinstance(number, float):
        return number, "fp32"
    raise UsageError(
        f"{text!r} describes no argument",
        hint="an array is 128x64xf32:normal, a file q.npy, a number 128 or 0.125",
    )


def _array(text: str, match: re.Match[str], rng: np.random.Generator) -> tuple[np.ndarray, str]:
    shape = tuple(int(size) for size in match["shape"].split("x")[:-1])
    element, fill = match["element"], match["fill"]
    if element not in _ELEMENTS:
        raise UsageError(
            f"{text!r}: unknown element type {element!r}", hint=f"the element types: {', '.join(_ELEMENTS)}"
        )
    triton, dtype = _ELEMENTS[element]
    is_float = "f" in element
    fill = fill or ("normal" if is_float else "integers")
    if fill not in _FILLS:
        raise UsageError(f"{text!r}: unknown fill {fill!r}", hint=f"the fills: {', '.join(_FILLS)}")
    if fill in ("normal", "uniform", "nan") and not is_float:
        raise UsageError(f"{text!r}: {fill} makes no integers", hint="use integers, zeros, ones or arange")
    try:
        values = _FILLS[fill](shape, rng)
        if element == "bf16":
            return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16), "*bf16"
        return values.astype(dtype), f"*{triton}"
    except (MemoryError, ValueError, OverflowError):
        count = prod(shape)
        raise UsageError(
            f"{text!r}: an array of {count} elements does not fit into memory", hint="use a smaller shape"
        ) from None


def _file(path: str) -> tuple[np.ndarray, str]:
    try:
        array = np.load(Path(path), allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the array {path}: {error}") from None
    for triton, dtype in _ELEMENTS.values():
        if array.dtype == dtype and triton != "bf16":
            return array, f"*{triton}"
    raise UsageError(f"{path} has elements of type {array.dtype}, which no kernel takes")
