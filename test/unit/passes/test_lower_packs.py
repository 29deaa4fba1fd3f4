from __future__ import annotations

import numpy as np
import pytest
from linalg_kernels import compiled, kernel, lower, store, whole

from smtir.errors import LoweringError

RNG = np.random.default_rng(2)
ROWS, COLUMNS = 20, 36  # the block, and the memory it is read from


def padded_pack(
    perm: tuple[int, int], inner: tuple[int, int], tile: tuple[int, int], padding: str, strides: str
) -> str:
    """Pack the block's part inside ``%m`` x ``%n`` elements from ``%top``, ``%left`` on."""
    tiles = dict(zip(inner, tile, strict=True))
    counts = [-(-ROWS // tiles[0]), -(-COLUMNS // tiles[1])]
    packed = (counts[perm[0]], counts[perm[1]], *tile)
    type_ = "x".join(map(str, packed)) + "xf32"
    return kernel(
        "%x: memref<f32>, %m: i32, %n: i32, %sm: index, %sn: index, %pad: f32, %o: memref<f32>".replace(
            "index", "i64"
        ),
        f"""%c0 = arith.constant 0 : index
        %rows = arith.constant {ROWS} : index
        %columns = arith.constant {COLUMNS} : index
        %dm = arith.index_cast %m : i32 to index
        %dn = arith.index_cast %n : i32 to index
        %tm = arith.index_cast %sm : i64 to index
        %tn = arith.index_cast %sn : i64 to index
        %m0 = arith.minsi %dm, %rows : index
        %m1 = arith.maxsi %m0, %c0 : index
        %n0 = arith.minsi %dn, %columns : index
        %n1 = arith.maxsi %n0, %c0 : index
        %b = memref.reinterpret_cast %x to offset: [0], sizes: [{ROWS}, {COLUMNS}], strides: [{strides}]
          : memref<f32> to memref<{ROWS}x{COLUMNS}xf32, strided<[{"?, ?" if "n" in strides else "?, 1"}]>>
        %s = memref.subview %b[0, 0] [%m1, %n1] [1, 1] : memref<{ROWS}x{COLUMNS}xf32, strided<[STEP]>>
          to memref<?x?xf32, strided<[STEP]>>
        %t = bufferization.to_tensor %s restrict : memref<?x?xf32, strided<[STEP]>> to tensor<?x?xf32>
        %e = tensor.empty() : tensor<{type_}>
        %r = linalg.pack %t padding_value({padding} : f32) outer_dims_perm = {list(perm)}
          inner_dims_pos = {list(inner)} inner_tiles = {list(tile)} into %e
          : tensor<?x?xf32> -> tensor<{type_}>
        """.replace("STEP", "?, ?" if "n" in strides else "?, 1")
        + store("r", "o", packed, "f32"),
    )


def packed_by_numpy(
    x: np.ndarray, perm: tuple[int, int], inner: tuple[int, int], tile: tuple[int, int], padding: float
) -> np.ndarray:
    tiles = dict(zip(inner, tile, strict=True))
    counts = [-(-ROWS // tiles[0]), -(-COLUMNS // tiles[1])]
    flat = np.full((counts[0] * tiles[0], counts[1] * tiles[1]), padding, np.float32)
    flat[: x.shape[0], : x.shape[1]] = x
    blocks = flat.reshape(counts[0], tiles[0], counts[1], tiles[1])
    outer = {0: 0, 1: 2}
    return blocks.transpose(outer[perm[0]], outer[perm[1]], outer[inner[0]] + 1, outer[inner[1]] + 1)


LAYOUTS = [
    ((0, 1), (0, 1), (8, 8)),
    ((1, 0), (1, 0), (16, 8)),
    ((1, 0), (0, 1), (8, 16)),
    ((0, 1), (1, 0), (3, 5)),
]
SIZES = [(20, 36), (19, 35), (1, 1), (0, 5), (7, 0), (-3, 40), (100, 100), (16, 32)]


@pytest.mark.parametrize("strides", ["%tm, 1", "%tm, %tn"])
@pytest.mark.parametrize("padding", [0.0, np.nan, -np.inf])
@pytest.mark.parametrize(("perm", "inner", "tile"), LAYOUTS)
def test_a_pack_pads_what_the_clamps_leave_out(
    perm: tuple[int, int], inner: tuple[int, int], tile: tuple[int, int], padding: float, strides: str
) -> None:
    call = compiled(padded_pack(perm, inner, tile, "%pad", strides))
    memory = RNG.standard_normal((ROWS, COLUMNS)).astype(np.float32)
    transposed = np.ascontiguousarray(memory.T)
    for m, n in SIZES:
        part = memory[: max(0, min(m, ROWS)), : max(0, min(n, COLUMNS))]
        wanted = packed_by_numpy(part, perm, inner, tile, padding)
        out = np.full(wanted.shape, 3, np.float32)
        source, steps = (memory, (COLUMNS, 1)) if strides == "%tm, 1" else (transposed, (1, ROWS))
        call(source, m, n, *steps, padding, out)
        np.testing.assert_array_equal(out, wanted)


def test_nothing_is_read_behind_the_clamps() -> None:
    """The block would reach past the end of the array, into a page that cannot be read."""
    call = compiled(padded_pack((0, 1), (0, 1), (8, 8), "%pad", "%tm, 1"))
    guarded, rows = guarded_array(5 * COLUMNS), 5
    guarded[:] = 1
    out = np.zeros((3, 5, 8, 8), np.float32)
    call(guarded, rows, COLUMNS, COLUMNS, 1, 0.0, out)
    assert out.sum() == rows * COLUMNS


def guarded_array(count: int) -> np.ndarray:
    """``count`` f32 that end where readable memory ends."""
    import ctypes
    import mmap

    page = mmap.PAGESIZE
    pages = -(-4 * count // page)
    memory = mmap.mmap(-1, (pages + 1) * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mprotect(ctypes.c_void_p(start + pages * page), page, 0) == 0
    return np.frombuffer(memory, np.float32, count, pages * page - 4 * count)


@pytest.mark.parametrize(("outer", "inner", "tile"), LAYOUTS)
def test_an_unpack_drops_the_padding(
    outer: tuple[int, int], inner: tuple[int, int], tile: tuple[int, int]
) -> None:
    x = RNG.standard_normal((ROWS, COLUMNS)).astype(np.float32)
    packed = np.ascontiguousarray(packed_by_numpy(x, outer, inner, tile, np.nan))
    text = kernel(
        "%x: memref<f32>, %o: memref<f32>",
        whole("x", packed.shape, "f32")
        + f"""%e = tensor.empty() : tensor<{ROWS}x{COLUMNS}xf32>
        %r = linalg.unpack %x_t outer_dims_perm = {list(outer)} inner_dims_pos = {list(inner)}
          inner_tiles = {list(tile)} into %e
          : tensor<{"x".join(map(str, packed.shape))}xf32> -> tensor<{ROWS}x{COLUMNS}xf32>
        """
        + store("r", "o", (ROWS, COLUMNS), "f32"),
    )
    out = np.zeros_like(x)
    compiled(text)(packed, out)
    np.testing.assert_array_equal(out, x)


def test_a_pack_of_unknown_size_is_an_error_that_names_it() -> None:
    text = """func.func @f(%x: tensor<?x?xf32>, %e: tensor<?x?x8x8xf32>) -> tensor<?x?x8x8xf32> {
      %r = linalg.pack %x inner_dims_pos = [0, 1] inner_tiles = [8, 8] into %e
        : tensor<?x?xf32> -> tensor<?x?x8x8xf32> loc("kernel.py":7:3)
      return %r : tensor<?x?x8x8xf32>
    }"""
    with pytest.raises(
        LoweringError, match=r"linalg\.pack .* expected a static shape on the packed side"
    ) as error:
        lower(text, ["lower-packs"])
    assert str(error.value.location) == "kernel.py:7:3"
    assert error.value.op == "linalg.pack"
    assert "constexpr" in error.value.hint
