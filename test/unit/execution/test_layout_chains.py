"""Random chains of pack, unpack, repack and memory views on the host equal a NumPy model."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import smtir

DTYPES = {"f32": np.float32, "f16": np.float16, "f64": np.float64, "i8": np.int8, "i32": np.int32}
TILES = (1, 2, 3, 4, 5, 8, 16)
SIZES = st.integers(1, 24)


def window_of(matrix: np.ndarray, offsets: tuple[int, int], shape: tuple[int, int]) -> np.ndarray:
    """``shape`` elements from ``offsets`` on; what lies outside of ``matrix`` is zero."""
    found = np.zeros(shape, matrix.dtype)
    rows, columns = (
        [i for i in range(size) if 0 <= offset + i < extent]
        for offset, size, extent in zip(offsets, shape, matrix.shape, strict=True)
    )
    if rows and columns:
        found[np.ix_(rows, columns)] = matrix[
            np.ix_([offsets[0] + i for i in rows], [offsets[1] + j for j in columns])
        ]
    return found


def filled_up(matrix: np.ndarray, tile: tuple[int, int]) -> np.ndarray:
    """``matrix`` with zeros up to whole tiles: what a packed tensor holds, seen as a matrix."""
    padding = [(0, -size % part) for size, part in zip(matrix.shape, tile, strict=True)]
    return np.pad(matrix, padding)


@dataclass
class Chain:
    """A kernel in TTIR under construction, and what its last value is; packed values are shown flat."""

    element: str
    model: np.ndarray
    tile: tuple[int, int] | None = None
    lines: list[str] = field(default_factory=list)
    arguments: list[int] = field(default_factory=list)

    def type_of(self, shape: tuple[int, int], tile: tuple[int, int] | None) -> str:
        sizes = shape if tile is None else (-(-shape[0] // tile[0]), -(-shape[1] // tile[1]), *tile)
        return f"tensor<{'x'.join(map(str, sizes))}x{self.element}>"

    @property
    def value(self) -> str:
        return f"%v{len(self.lines)}"

    @property
    def type(self) -> str:
        return self.type_of(self.model.shape, self.tile)

    def offsets(self, given: tuple[int, int]) -> str:
        self.arguments += given
        count = len(self.arguments)
        return f"[%o{count - 2}, %o{count - 1}]"

    def step(self, offsets: tuple[int, int], shape: tuple[int, int], tile: tuple[int, int] | None) -> None:
        name = {(False, True): "pack", (True, False): "unpack", (True, True): "repack"}[
            self.tile is not None, tile is not None
        ]
        source, source_type, where = self.value, self.type, self.offsets(offsets)
        shown = window_of(self.model, offsets, shape)
        result = self.type_of(shape, tile)
        packed = f", [{tile[0]}, {tile[1]}]" if tile else ""
        self.lines.append(
            f"%v{len(self.lines) + 1} = xsmt.{name} {source}, {where}, [{shape[0]}, {shape[1]}]{packed} : "
            f"{source_type} -> {result}"
        )
        self.model, self.tile = (filled_up(shown, tile) if tile else shown), tile


def kernel_text(chain: Chain, start: tuple[int, int]) -> str:
    element, rows, columns = chain.element, *chain.model.shape
    names = "".join(f", %o{number}: i32" for number in range(len(chain.arguments)))
    x_type, out_type = f"tensor<{start[0]}x{start[1]}x{element}>", f"tensor<{rows}x{columns}x{element}>"
    order = "{order = array<i32: 1, 0>}"
    return f"""
tt.func public @chain(%x: !tt.ptr<{element}>, %out: !tt.ptr<{element}>{names}) {{
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i64
  %m = arith.constant {start[0]} : i64
  %n = arith.constant {start[1]} : i64
  %r = arith.constant {rows} : i64
  %c = arith.constant {columns} : i64
  %xp = tt.make_tensor_ptr %x, [%m, %n], [%n, %c1], [%c0, %c0] {order} : <{x_type}>
  %op = tt.make_tensor_ptr %out, [%r, %c], [%c, %c1], [%c0, %c0] {order} : <{out_type}>
  %v0 = tt.load %xp : !tt.ptr<{x_type}>
  {chr(10).join(chain.lines)}
  tt.store %op, {chain.value} : !tt.ptr<{chain.type}>
  tt.return
}}
"""


def values(shape: tuple[int, int], element: str) -> np.ndarray:
    """Different elements, so that none can take the place of another, and a NaN where there can be one."""
    made = (np.arange(shape[0] * shape[1]) % 120 + 1).reshape(shape).astype(DTYPES[element])
    if element.startswith("f"):
        made[0, 0] = np.nan
    return made


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_chain_of_layouts_equals_numpy(data: st.DataObject) -> None:
    element = data.draw(st.sampled_from(sorted(DTYPES)))
    start = data.draw(st.tuples(SIZES, SIZES))
    x = values(start, element)
    chain = Chain(element, x)
    for _ in range(data.draw(st.integers(1, 3))):
        tiles = st.tuples(st.sampled_from(TILES), st.sampled_from(TILES))
        tile = data.draw(tiles if chain.tile is None else st.one_of(st.none(), tiles))
        offset = st.tuples(*(st.integers(-2, size + 2) for size in chain.model.shape))
        chain.step(data.draw(offset), data.draw(st.tuples(SIZES, SIZES)), tile)
    if chain.tile is not None:
        chain.step((0, 0), chain.model.shape, None)
    out = np.full(chain.model.shape, 99, x.dtype)
    smtir.compile(smtir.parse(kernel_text(chain, start))).run(x, out, *chain.arguments, grid=(1,))
    np.testing.assert_array_equal(out, chain.model)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_views_of_memory_equal_numpy(data: st.DataObject) -> None:
    """A window of a buffer in tiles is loaded, and stored into another window of the same buffer."""
    element = data.draw(st.sampled_from(sorted(DTYPES)))
    rows, columns = data.draw(st.tuples(SIZES, SIZES))
    tile = data.draw(st.tuples(st.sampled_from(TILES), st.sampled_from(TILES)))
    count = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    shape = (count[0] * tile[0], count[1] * tile[1])
    anywhere = st.tuples(st.integers(-3, rows + 3), st.integers(-3, columns + 3))
    source, target = data.draw(anywhere), data.draw(anywhere)
    whole = f"tensor<{rows}x{columns}x{element}>"
    packed = f"tensor<{count[0]}x{count[1]}x{tile[0]}x{tile[1]}x{element}>"
    window = f"[[{shape[0]}, {shape[1]}]], [[{tile[0]}, {tile[1]}]] : <{whole}> -> <{packed}>"
    order = "{order = array<i32: 1, 0>}"
    pointer = f"!tt.ptr<{element}>"
    text = f"""
tt.func public @views(%x: {pointer}, %out: {pointer}, %a: i32, %b: i32, %c: i32, %d: i32) {{
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i64
  %m = arith.constant {rows} : i64
  %n = arith.constant {columns} : i64
  %xp = tt.make_tensor_ptr %x, [%m, %n], [%n, %c1], [%c0, %c0] {order} : <{whole}>
  %op = tt.make_tensor_ptr %out, [%m, %n], [%n, %c1], [%c0, %c0] {order} : <{whole}>
  %s = xsmt.alloc [[{rows}, {columns}]] storage("l2") : <{whole}>
  %v = tt.load %xp : !tt.ptr<{whole}>
  tt.store %s, %v : !tt.ptr<{whole}>
  %from = xsmt.subview_pack %s, [%a, %b], {window}
  %to = xsmt.subview_pack %s, [%c, %d], {window}
  %t = tt.load %from : !tt.ptr<{packed}>
  tt.store %to, %t : !tt.ptr<{packed}>
  %r = tt.load %s : !tt.ptr<{whole}>
  tt.store %op, %r : !tt.ptr<{whole}>
  tt.return
}}
"""
    x = values((rows, columns), element)
    out = np.full_like(x, 99)
    smtir.compile(smtir.parse(text)).run(x, out, *source, *target, grid=(1,))
    expected, moved = x.copy(), window_of(x, source, shape)
    for i in range(shape[0]):
        for j in range(shape[1]):
            if 0 <= target[0] + i < rows and 0 <= target[1] + j < columns:
                expected[target[0] + i, target[1] + j] = moved[i, j]
    np.testing.assert_array_equal(out, expected)
