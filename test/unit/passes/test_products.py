from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from linalg_kernels import NUMPY, compiled, kernel, store, vector_stage, whole

from smtir.rewrite.machine import Machine

RNG = np.random.default_rng(11)


def matmul(m: int, n: int, k: int, a: str, c: str) -> str:
    return kernel(
        f"%x: memref<{a}>, %y: memref<{a}>, %z: memref<{c}>, %o: memref<{c}>",
        whole("x", (m, k), a)
        + whole("y", (k, n), a)
        + whole("z", (m, n), c)
        + f"""%r = linalg.matmul ins(%x_t, %y_t : tensor<{m}x{k}x{a}>, tensor<{k}x{n}x{a}>)
          outs(%z_t : tensor<{m}x{n}x{c}>) -> tensor<{m}x{n}x{c}>
        """
        + store("r", "o", (m, n), c),
    )


def operand(shape: tuple[int, ...], element: str) -> np.ndarray:
    if element.startswith("i"):
        return RNG.integers(-100, 100, shape).astype(NUMPY[element])
    return RNG.standard_normal(shape).astype(NUMPY[element])


@pytest.mark.parametrize(
    ("m", "n", "k"),
    [
        (1, 1, 1),
        (8, 16, 8),
        (64, 64, 64),
        (3, 5, 7),
        (13, 33, 11),
        (1, 40, 9),
        (17, 1, 30),
        (9, 4, 1),
        (2, 31, 65),
    ],
)
def test_products_of_any_size_add_to_the_accumulator(m: int, n: int, k: int) -> None:
    x, y, z = operand((m, k), "f32"), operand((k, n), "f32"), operand((m, n), "f32")
    out = np.full(m * n + 64, 5, np.float32)
    before = z.copy()
    compiled(matmul(m, n, k, "f32", "f32"))(x, y, z, out)
    wanted = z + x.astype(np.float64) @ y
    np.testing.assert_allclose(out[: m * n].reshape(m, n), wanted, rtol=1e-5, atol=1e-5)
    assert (out[m * n :] == 5).all()
    np.testing.assert_array_equal(z, before)


MACHINES = {
    "avx512": Machine(256, register_bits=512, registers=32, register_group=1),
    "avx2": Machine(256, register_bits=256, registers=16, register_group=1),
    "sse": Machine(128, register_bits=128, registers=16, register_group=1),
    "rvv": Machine(),
}


def for_machine(machine: Machine, text: str) -> str:
    facts = ", ".join(f"{name} = {value} : i32" for name, value in dataclasses.asdict(machine).items())
    return f'module attributes {{smtir.target = {{name = "host", {facts}}}}} {{\n{text}}}'


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
@pytest.mark.parametrize(("m", "n", "k"), [(64, 64, 16), (13, 100, 11), (5, 24, 3), (12, 48, 8)])
def test_products_are_right_with_the_blocks_of_any_machine(m: int, n: int, k: int, machine: Machine) -> None:
    x, y, z = operand((m, k), "f32"), operand((k, n), "f32"), operand((m, n), "f32")
    out = np.zeros((m, n), np.float32)
    compiled(for_machine(machine, matmul(m, n, k, "f32", "f32")))(x, y, z, out)
    np.testing.assert_allclose(out, z + x.astype(np.float64) @ y, rtol=1e-5, atol=1e-5)


def product_of_strided_lines(m: int, n: int, k: int) -> str:
    """Like ``matmul``, of operands whose lines are as far apart as is known at run time."""

    def lines(name: str, rows: int, columns: int) -> str:
        type_ = f"memref<{rows}x{columns}xf32, strided<[?, 1], offset: ?>>"
        return f"""%{name}_v = memref.reinterpret_cast %{name} to offset: [%at], sizes: [{rows}, {columns}],
            strides: [%apart, 1] : memref<f32> to {type_}
          %{name}_t = bufferization.to_tensor %{name}_v restrict : {type_} to tensor<{rows}x{columns}xf32>
        """

    return kernel(
        "%x: memref<f32>, %y: memref<f32>, %z: memref<f32>, %o: memref<f32>, %first: i64, %stride: i64",
        "%at = arith.index_cast %first : i64 to index\n%apart = arith.index_cast %stride : i64 to index\n"
        + lines("x", m, k)
        + lines("y", k, n)
        + whole("z", (m, n), "f32")
        + f"""%r = linalg.matmul ins(%x_t, %y_t : tensor<{m}x{k}xf32>, tensor<{k}x{n}xf32>)
          outs(%z_t : tensor<{m}x{n}xf32>) -> tensor<{m}x{n}xf32>
        """
        + store("r", "o", (m, n), "f32"),
    )


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
@pytest.mark.parametrize(
    ("m", "n", "k"), [(64, 64, 32), (48, 100, 13), (33, 7, 5), (3, 64, 8), (64, 20, 300)]
)
def test_lines_as_far_apart_as_is_known_at_run_time(m: int, n: int, k: int, machine: Machine) -> None:
    run = compiled(for_machine(machine, product_of_strided_lines(m, n, k)))
    for apart in (max(n, k), 512):
        first = 3
        x, y = operand((m, apart), "f32"), operand((k, apart), "f32")
        z, out = operand((m, n), "f32"), np.zeros((m, n), np.float32)
        given = (np.concatenate([np.full(first, np.nan, np.float32), side.ravel()]) for side in (x, y))
        run(*given, z, out, first, apart)
        wanted = z + x[:, :k].astype(np.float64) @ y[:, :n]
        np.testing.assert_allclose(out, wanted, rtol=1e-5, atol=1e-4)


def test_a_panel_that_many_rows_read_is_copied_together() -> None:
    for m, k, packed in (
        (64, 32, True),
        (4, 32, False),
        (64, 4096, False),
    ):  # the last one is larger than a cache
        text = vector_stage(product_of_strided_lines(m, 64, k))
        assert bool(re.search(rf"memref.alloca\(\) .*: memref<{k}x\d+xf32>", text)) == packed


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_accumulators_of_a_block_fit_the_registers(machine: Machine) -> None:
    text = vector_stage(for_machine(machine, matmul(64, 64, 64, "f32", "f32")))
    carried = re.search(r"iter_args.*-> \((vector<(\d+)xf32>.*)\)", text)
    assert carried is not None
    taken = carried[1].count("vector<") * int(carried[2]) * 32 // machine.register_bits
    assert machine.registers // 2 <= taken <= machine.registers * 3 // 4


@pytest.mark.parametrize(
    ("a", "c", "tolerance"),
    [
        ("f16", "f32", 2e-6),
        ("f64", "f64", 1e-14),
        ("f16", "f16", 2e-2),
        ("i8", "i32", 0),
        ("i16", "i64", 0),
        ("i32", "i32", 0),
    ],
)
def test_products_accumulate_in_the_accumulators_type(a: str, c: str, tolerance: float) -> None:
    m, n, k = 10, 37, 29
    x, y, z = operand((m, k), a), operand((k, n), a), operand((m, n), c)
    out = np.zeros((m, n), NUMPY[c])
    compiled(matmul(m, n, k, a, c))(x, y, z, out)
    wide = np.int64 if a.startswith("i") else np.float64
    wanted = z.astype(wide) + x.astype(wide) @ y.astype(wide)
    np.testing.assert_allclose(
        out.astype(wide), wanted, rtol=tolerance, atol=tolerance * np.abs(wanted).max()
    )


@pytest.mark.parametrize("machine", ["avx512", "avx2", "rvv"])
@pytest.mark.parametrize("k", [1, 64, 1023, 1024, 1025])
def test_products_of_bytes_are_exact_however_they_are_summed(k: int, machine: str) -> None:
    text = for_machine(MACHINES[machine], matmul(8, 32, k, "i8", "i32"))
    assert ("arith.fptosi" in vector_stage(text)) == (machine != "rvv" and k <= 1024)
    x, y = (np.full(shape, -128, np.int8) for shape in ((8, k), (k, 32)))
    x[1], y[:, 1] = 127, operand((k,), "i8")
    z = np.full((8, 32), -(2**31), np.int32)
    z[2] = 2**31 - 1  # sums wrap around
    out = np.zeros((8, 32), np.int32)
    compiled(text)(x, y, z, out)
    wanted = z.astype(np.int64) + x.astype(np.int64) @ y.astype(np.int64)
    np.testing.assert_array_equal(out, wanted.astype(np.int32))


def test_products_of_bf16_accumulate_in_f32() -> None:
    x, y = operand((8, 24), "f32"), operand((24, 32), "f32")
    xb, yb = ((v.view(np.uint32) >> 16).astype(np.uint16) for v in (x, y))
    z, out = operand((8, 32), "f32"), np.zeros((8, 32), np.float32)
    compiled(matmul(8, 32, 24, "bf16", "f32"))(xb, yb, z, out)
    wide = [(v.astype(np.uint32) << 16).view(np.float32).astype(np.float64) for v in (xb, yb)]
    np.testing.assert_allclose(out, z + wide[0] @ wide[1], rtol=1e-5, atol=1e-5)


def test_products_of_bf16_may_accumulate_in_bf16() -> None:
    x, y = RNG.integers(-3, 4, (8, 6)), RNG.integers(-3, 4, (6, 16))
    bits = [(v.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16) for v in (x, y, np.ones((8, 16)))]
    out = np.zeros((8, 16), np.uint16)
    compiled(matmul(8, 16, 6, "bf16", "bf16"))(*bits, out)
    np.testing.assert_array_equal((out.astype(np.uint32) << 16).view(np.float32), 1 + x @ y)


def test_nan_and_infinity_reach_exactly_their_row_and_column() -> None:
    x, y, z = np.ones((8, 8), np.float32), np.ones((8, 16), np.float32), np.zeros((8, 16), np.float32)
    x[2, 3], y[5, 7] = np.nan, np.inf
    out = np.zeros_like(z)
    compiled(matmul(8, 16, 8, "f32", "f32"))(x, y, z, out)
    np.testing.assert_array_equal(out, x @ y)


def mmt4d(
    blocks: tuple[int, int, int], tile: tuple[int, int, int], element: str, total: str, swapped: bool
) -> str:
    """``o = pack(z) + pack(x) * pack(y)``, unpacked; y is [N, K], or [K, N] when ``swapped``."""
    (m1, n1, k1), (m0, n0, k0) = blocks, tile
    m, n, k = m1 * m0, n1 * n0, k1 * k0
    y_shape = (k, n) if swapped else (n, k)
    swap = "outer_dims_perm = [1, 0] inner_dims_pos = [1, 0]" if swapped else "inner_dims_pos = [0, 1]"
    y_type = f"tensor<{y_shape[0]}x{y_shape[1]}x{element}>"
    a, b, c = (
        f"{m1}x{k1}x{m0}x{k0}x{element}",
        f"{n1}x{k1}x{n0}x{k0}x{element}",
        f"{m1}x{n1}x{m0}x{n0}x{total}",
    )
    return kernel(
        f"%x: memref<{element}>, %y: memref<{element}>, %z: memref<{total}>, %o: memref<{total}>",
        whole("x", (m, k), element)
        + whole("y", y_shape, element)
        + whole("z", (m, n), total)
        + f"""%ea = tensor.empty() : tensor<{a}>
        %eb = tensor.empty() : tensor<{b}>
        %ec = tensor.empty() : tensor<{c}>
        %eo = tensor.empty() : tensor<{m}x{n}x{total}>
        %a = linalg.pack %x_t inner_dims_pos = [0, 1] inner_tiles = [{m0}, {k0}] into %ea
          : tensor<{m}x{k}x{element}> -> tensor<{a}>
        %b = linalg.pack %y_t {swap} inner_tiles = [{n0}, {k0}] into %eb : {y_type} -> tensor<{b}>
        %c = linalg.pack %z_t inner_dims_pos = [0, 1] inner_tiles = [{m0}, {n0}] into %ec
          : tensor<{m}x{n}x{total}> -> tensor<{c}>
        %d = linalg.mmt4d ins(%a, %b : tensor<{a}>, tensor<{b}>) outs(%c : tensor<{c}>) -> tensor<{c}>
        %r = linalg.unpack %d inner_dims_pos = [0, 1] inner_tiles = [{m0}, {n0}] into %eo
          : tensor<{c}> -> tensor<{m}x{n}x{total}>
        """
        + store("r", "o", (m, n), total),
    )


TILES = [
    (8, 16, 8),
    (1, 1, 1),
    (6, 32, 1),
    (4, 4, 8),
    (8, 32, 32),
    (3, 5, 7),
    (16, 32, 8),
    (1, 8, 2),
    (8, 1, 4),
]


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("tile", TILES)
def test_mmt4d_with_tiles_of_any_size(tile: tuple[int, int, int], swapped: bool) -> None:
    blocks = (2, 3, 2)
    m, n, k = (count * size for count, size in zip(blocks, tile, strict=True))
    x, y, z = operand((m, k), "f32"), operand((k, n) if swapped else (n, k), "f32"), operand((m, n), "f32")
    out = np.zeros((m, n), np.float32)
    compiled(mmt4d(blocks, tile, "f32", "f32", swapped))(x, y, z, out)
    wanted = z + x.astype(np.float64) @ (y if swapped else y.T)
    np.testing.assert_allclose(out, wanted, rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
@pytest.mark.parametrize("tile", [(8, 16, 8), (4, 8, 4)])
def test_mmt4d_takes_tiles_beside_each_other(tile: tuple[int, int, int], machine: Machine) -> None:
    m, n, k = 3 * tile[0], 4 * tile[1], 2 * tile[2]
    x, y, z = operand((m, k), "f32"), operand((n, k), "f32"), operand((m, n), "f32")
    out = np.zeros((m, n), np.float32)
    compiled(for_machine(machine, mmt4d((3, 4, 2), tile, "f32", "f32", False)))(x, y, z, out)
    np.testing.assert_allclose(out, z + x.astype(np.float64) @ y.T, rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize(("element", "total"), [("i8", "i32"), ("f16", "f32")])
def test_mmt4d_of_narrow_elements(element: str, total: str) -> None:
    x, y, z = operand((16, 16), element), operand((16, 16), element), operand((16, 16), total)
    out = np.zeros((16, 16), NUMPY[total])
    compiled(mmt4d((4, 4, 2), (4, 4, 8), element, total, False))(x, y, z, out)
    np.testing.assert_allclose(out, z + x.astype(np.float64) @ y.T.astype(np.float64), rtol=1e-5, atol=1e-5)


def test_accumulators_stay_in_registers_along_k() -> None:
    text = vector_stage(mmt4d((2, 2, 4), (8, 16, 8), "f32", "f32", True))
    loop = text[text.index("iter_args") :]
    body = loop[: loop.index("scf.yield")]
    assert body.count("vector.fma") == 64
    assert "vector.store" not in body
    assert "memref.alloc" not in body


def test_a_b_operand_that_is_no_pack_is_transposed() -> None:
    """B comes in packed already, from memory, and is read again by another mmt4d."""
    a, b, c = "2x2x4x8xf32", "3x2x16x8xf32", "2x3x4x16xf32"
    text = kernel(
        "%x: memref<f32>, %y: memref<f32>, %o: memref<f32>",
        whole("x", (2, 2, 4, 8), "f32")
        + whole("y", (3, 2, 16, 8), "f32")
        + f"""%z = arith.constant 0.0 : f32
        %e = tensor.empty() : tensor<{c}>
        %f = linalg.fill ins(%z : f32) outs(%e : tensor<{c}>) -> tensor<{c}>
        %d = linalg.mmt4d ins(%x_t, %y_t : tensor<{a}>, tensor<{b}>) outs(%f : tensor<{c}>) -> tensor<{c}>
        %r = linalg.mmt4d ins(%x_t, %y_t : tensor<{a}>, tensor<{b}>) outs(%d : tensor<{c}>) -> tensor<{c}>
        """
        + store("r", "o", (2, 3, 4, 16), "f32"),
    )
    x, y = operand((2, 2, 4, 8), "f32"), operand((3, 2, 16, 8), "f32")
    out = np.zeros((2, 3, 4, 16), np.float32)
    compiled(text)(x, y, out)
    wanted = 2 * np.einsum("acdf,bcef->abde", x.astype(np.float64), y)
    np.testing.assert_allclose(out, wanted, rtol=1e-5, atol=1e-5)
