from __future__ import annotations

import numpy as np
import pytest
from linalg_kernels import NUMPY, compiled, kernel, store, vector_stage, whole

RNG = np.random.default_rng(5)
HOSTILE = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45, 3e38, -1.5]


def numbers(shape: tuple[int, ...], element: str) -> np.ndarray:
    """Random elements; some floats are hostile ones."""
    dtype = NUMPY[element]
    if element.startswith("i"):
        info = np.iinfo(dtype)
        return RNG.integers(info.min, info.max, shape, dtype, endpoint=True)
    values = RNG.standard_normal(shape).astype(dtype)
    flat = values.reshape(-1)
    with np.errstate(over="ignore"):
        flat[:: max(1, flat.size // 9)] = np.resize(np.array(HOSTILE), flat[:: max(1, flat.size // 9)].shape)
    return values


def lane_wise(shape: tuple[int, ...], element: str, op: str) -> str:
    dims = ", ".join(f"d{n}" for n in range(len(shape)))
    identity = f"affine_map<({dims}) -> ({dims})>"
    type_ = "tensor<" + "".join(f"{size}x" for size in shape) + element + ">"
    parallel = ", ".join(['"parallel"'] * len(shape))
    return kernel(
        f"%x: memref<{element}>, %y: memref<{element}>, %o: memref<{element}>",
        whole("x", shape, element)
        + whole("y", shape, element)
        + f"""%e = tensor.empty() : {type_}
        %r = linalg.generic {{indexing_maps = [{identity}, {identity}, {identity}],
            iterator_types = [{parallel}]}}
          ins(%x_t, %y_t : {type_}, {type_}) outs(%e : {type_}) {{
        ^bb0(%a: {element}, %b: {element}, %c: {element}):
          %s = {op} %a, %b : {element}
          linalg.yield %s : {element}
        }} -> {type_}
        """
        + store("r", "o", shape, element),
    )


def same(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(found, expected)
    if found.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(found[found == 0]), np.signbit(expected[expected == 0]))


@pytest.mark.parametrize("size", [1, 3, 8, 31, 32, 33, 64, 100, 257])
def test_a_lane_wise_operation_of_any_size_touches_exactly_its_elements(size: int) -> None:
    x, y = numbers((size,), "f32"), numbers((size,), "f32")
    out = np.full(size + 40, 7, np.float32)
    compiled(lane_wise((size,), "f32", "arith.addf"))(x, y, out)
    with np.errstate(all="ignore"):
        same(out[:size], x + y)
    assert (out[size:] == 7).all()


@pytest.mark.parametrize("element", ["i8", "i16", "i32", "i64"])
@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("arith.addi", np.add),
        ("arith.muli", np.multiply),
        ("arith.maxsi", np.maximum),
        ("arith.xori", np.bitwise_xor),
    ],
)
def test_integers_of_all_widths(element: str, op: str, expected: np.ufunc) -> None:
    shape = (5, 39)
    x, y = numbers(shape, element), numbers(shape, element)
    out = np.zeros(shape, NUMPY[element])
    compiled(lane_wise(shape, element, op))(x, y, out)
    same(out, expected(x, y))


@pytest.mark.parametrize("element", ["f16", "f32", "f64"])
@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("arith.addf", np.add),
        ("arith.mulf", np.multiply),
        ("arith.divf", np.divide),
        ("arith.maxnumf", np.fmax),
        ("arith.maximumf", np.maximum),
        ("arith.minnumf", np.fmin),
    ],
)
def test_floats_keep_nan_infinity_and_the_sign_of_zero(element: str, op: str, expected: np.ufunc) -> None:
    shape = (4, 50)
    x, y = numbers(shape, element), numbers(shape, element)
    y[0] = np.flip(x[0])
    out = np.zeros(shape, NUMPY[element])
    compiled(lane_wise(shape, element, op))(x, y, out)
    with np.errstate(all="ignore"):
        wanted = expected(x, y)
    zero = wanted == 0  # which zero a maximum of two zeros is, is left open
    np.testing.assert_array_equal(out, wanted)
    if "max" not in op and "min" not in op:
        np.testing.assert_array_equal(np.signbit(out[zero]), np.signbit(wanted[zero]))


def bf16(values: np.ndarray) -> np.ndarray:
    """The bits of ``values`` rounded to bf16, to nearest even."""
    bits = values.astype(np.float32).view(np.uint32).astype(np.uint64)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    rounded[np.isnan(values)] = 0x7FC0
    return rounded


def test_bf16_is_computed_in_f32_and_rounded_to_nearest_even() -> None:
    shape = (3, 70)
    x, y = numbers(shape, "f32"), numbers(shape, "f32")
    xb, yb = bf16(x), bf16(y)
    out = np.zeros(shape, np.uint16)
    compiled(lane_wise(shape, "bf16", "arith.mulf"))(xb, yb, out)

    def wide(bits: np.ndarray) -> np.ndarray:
        return (bits.astype(np.uint32) << 16).view(np.float32)

    with np.errstate(all="ignore"):
        wanted = wide(xb) * wide(yb)
    nan = np.isnan(wanted)
    np.testing.assert_array_equal(out[~nan], bf16(wanted)[~nan])
    assert np.isnan(wide(out)[nan]).all()


@pytest.mark.parametrize("op", ["arith.divsi", "arith.remsi", "arith.divui", "arith.remui"])
def test_division_by_zero_is_no_trap(op: str) -> None:
    """Its result is open; other elements are right."""
    x, y = numbers((40,), "i32"), np.full(40, 7, np.int32)
    y[[3, 35]] = 0
    out = np.zeros(40, np.int32)
    compiled(lane_wise((40,), "i32", op))(x, y, out)
    wide = (x.view(np.uint32) if "ui" in op else x).astype(np.int64)
    wanted = np.trunc(wide / 7) if "div" in op else np.fmod(wide, 7)
    there = y != 0
    np.testing.assert_array_equal(out[there], wanted[there].astype(np.int64).astype(np.int32))


REDUCTIONS = {
    "arith.addf": (np.sum, 0.0),
    "arith.maxnumf": (lambda x, axis: np.fmax.reduce(x, axis=axis), -np.inf),
    "arith.maximumf": (lambda x, axis: np.maximum.reduce(x, axis=axis), -np.inf),
    "arith.minnumf": (lambda x, axis: np.fmin.reduce(x, axis=axis), np.inf),
}


def hexadecimal(number: float, element: str) -> str:
    bits = {"f16": np.uint16, "f32": np.uint32, "f64": np.uint64}[element]
    return hex(int(np.array(number, NUMPY[element]).view(bits)))


def reduction(shape: tuple[int, ...], axis: int, element: str, op: str, start: str) -> str:
    left = shape[:axis] + shape[axis + 1 :]
    type_ = "tensor<" + "".join(f"{size}x" for size in shape) + element + ">"
    result = "tensor<" + "".join(f"{size}x" for size in left) + element + ">"
    return kernel(
        f"%x: memref<{element}>, %o: memref<{element}>",
        whole("x", shape, element)
        + f"""%e = tensor.empty() : {result}
        %z = arith.constant {start} : {element}
        %f = linalg.fill ins(%z : {element}) outs(%e : {result}) -> {result}
        %r = linalg.reduce {{{op}}} ins(%x_t : {type_}) outs(%f : {result}) dimensions = [{axis}]
        """
        + store("r", "o", left, element),
    )


@pytest.mark.parametrize("op", REDUCTIONS)
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (8, 32), (9, 77), (64, 64)])
def test_reductions_of_floats(op: str, axis: int, shape: tuple[int, int]) -> None:
    x = RNG.standard_normal(shape).astype(np.float32)
    x[0, :] = np.inf if op == "arith.addf" else np.nan
    if shape[0] > 4:
        x[3, 1:3] = [np.nan, 2.0]
    left = shape[1 - axis]
    out = np.zeros(left, np.float32)
    function, start = REDUCTIONS[op]
    compiled(reduction(shape, axis, "f32", op, hexadecimal(start, "f32")))(x, out)
    with np.errstate(all="ignore"):
        wanted = function(x.astype(np.float64), axis=axis)
    if "num" in op:  # the start value counts where all elements are NaN
        wanted = np.where(np.isnan(wanted), start, wanted)
    np.testing.assert_allclose(out, wanted, rtol=2e-6, atol=1e-5)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    ("op", "function", "start"),
    [
        ("arith.addi", np.add, 0),
        ("arith.maxsi", np.maximum, -128),
        ("arith.andi", np.bitwise_and, -1),
        ("arith.xori", np.bitwise_xor, 5),
    ],
)
def test_reductions_of_integers(op: str, function: np.ufunc, start: int, axis: int) -> None:
    x = numbers((11, 45), "i8")
    out = np.zeros(x.shape[1 - axis], np.int8)
    compiled(reduction(x.shape, axis, "i8", op, str(start)))(x, out)
    np.testing.assert_array_equal(out, function(function.reduce(x, axis=axis, dtype=np.int8), np.int8(start)))


def test_a_sum_of_negative_zeros_is_negative_zero() -> None:
    x = np.full((4, 40), -0.0, np.float32)
    out = np.ones(4, np.float32)
    compiled(reduction(x.shape, 1, "f32", "arith.addf", "-0.0"))(x, out)
    assert (out == 0).all()
    assert np.signbit(out).all()


@pytest.mark.parametrize("size", [1, 7, 32, 100, 1000])
def test_a_reduction_to_a_scalar(size: int) -> None:
    x = RNG.standard_normal(size)
    out = np.zeros((), np.float64)
    compiled(reduction((size,), 0, "f64", "arith.addf", "2.5"))(x, out)
    np.testing.assert_allclose(out, x.sum() + 2.5, rtol=1e-13)


@pytest.mark.parametrize("shape", [(7, 33), (32, 32), (3, 1)])
def test_a_reduction_with_two_outputs_finds_the_position_of_the_maximum(shape: tuple[int, int]) -> None:
    rows, columns = shape
    text = kernel(
        "%x: memref<f32>, %o: memref<i32>",
        whole("x", shape, "f32")
        + f"""%ef = tensor.empty() : tensor<{rows}xf32>
        %ei = tensor.empty() : tensor<{rows}xi32>
        %low = arith.constant 0xFF800000 : f32
        %none = arith.constant -1 : i32
        %f = linalg.fill ins(%low : f32) outs(%ef : tensor<{rows}xf32>) -> tensor<{rows}xf32>
        %i = linalg.fill ins(%none : i32) outs(%ei : tensor<{rows}xi32>) -> tensor<{rows}xi32>
        %r:2 = linalg.generic {{indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m)>,
            affine_map<(m, n) -> (m)>], iterator_types = ["parallel", "reduction"]}}
            ins(%x_t : tensor<{rows}x{columns}xf32>) outs(%f, %i : tensor<{rows}xf32>, tensor<{rows}xi32>) {{
        ^bb0(%a: f32, %best: f32, %at: i32):
          %n = linalg.index 1 : index
          %ni = arith.index_cast %n : index to i32
          %more = arith.cmpf ogt, %a, %best : f32
          %v = arith.select %more, %a, %best : f32
          %w = arith.select %more, %ni, %at : i32
          linalg.yield %v, %w : f32, i32
        }} -> (tensor<{rows}xf32>, tensor<{rows}xi32>)
        """
        + store("r#1", "o", (rows,), "i32"),
    )
    x = RNG.standard_normal(shape).astype(np.float32)
    out = np.zeros(rows, np.int32)
    compiled(text)(x, out)
    np.testing.assert_array_equal(out, x.argmax(axis=1))


@pytest.mark.parametrize("strides", [(1, 12), (40, 2)])
def test_strided_memory_is_read_and_written_in_place(strides: tuple[int, int]) -> None:
    shape = (12, 20)
    text = kernel(
        "%x: memref<f32>, %o: memref<f32>",
        whole("x", shape, "f32", strides=strides)
        + """%e = tensor.empty() : tensor<12x20xf32>
        %r = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
            iterator_types = ["parallel", "parallel"]}
            ins(%x_t : tensor<12x20xf32>) outs(%e : tensor<12x20xf32>) {
        ^bb0(%a: f32, %c: f32):
          %s = arith.negf %a : f32
          linalg.yield %s : f32
        } -> tensor<12x20xf32>
        """
        + store("r", "o", shape, "f32", strides=strides),
    )
    x = RNG.standard_normal(520).astype(np.float32)
    out = np.full(520, 9, np.float32)
    wanted = out.copy()
    bytes_ = tuple(4 * stride for stride in strides)
    np.lib.stride_tricks.as_strided(wanted, shape, bytes_)[:] = -np.lib.stride_tricks.as_strided(
        x, shape, bytes_
    )
    compiled(text)(x, out)
    np.testing.assert_array_equal(out, wanted)


def transpose(shape: tuple[int, ...], order: tuple[int, ...], element: str) -> str:
    result = tuple(shape[axis] for axis in order)
    given, made = ("x".join(map(str, sizes)) + f"x{element}" for sizes in (shape, result))
    return kernel(
        f"%x: memref<{element}>, %o: memref<{element}>",
        whole("x", shape, element)
        + f"""%e = tensor.empty() : tensor<{made}>
        %r = linalg.transpose ins(%x_t : tensor<{given}>) outs(%e : tensor<{made}>)
          permutation = {list(order)}
        """
        + store("r", "o", result, element),
    )


@pytest.mark.parametrize("registers", [512, 256])
@pytest.mark.parametrize("element", ["f32", "f64", "f16", "i8"])
@pytest.mark.parametrize(
    ("shape", "order"),
    [
        ((64, 64), (1, 0)),
        ((16, 4), (1, 0)),
        ((8, 96), (1, 0)),
        ((12, 20), (1, 0)),
        ((3, 16, 8), (0, 2, 1)),
        ((8, 3, 16), (2, 1, 0)),
        ((4, 8, 2, 4), (1, 3, 2, 0)),
    ],
)
def test_transposes_in_blocks_of_registers(
    shape: tuple[int, ...], order: tuple[int, ...], element: str, registers: int
) -> None:
    facts = f"vector_bits = 256 : i32, register_bits = {registers} : i32, registers = 32 : i32"
    target = f'smtir.target = {{name = "host", {facts}, register_group = 1 : i32}}'
    text = f"module attributes {{{target}}} {{\n{transpose(shape, order, element)}}}"
    assert "vector.shuffle" in (stage := vector_stage(text))
    assert "vector.gather" not in stage
    x = np.arange(np.prod(shape)).astype(NUMPY[element]).reshape(shape)
    if element.startswith("f"):
        x.flat[:4] = np.nan, -np.inf, -0.0, 1
    out = np.zeros(x.size + 8, x.dtype)
    compiled(text)(x, out)
    wanted = np.ascontiguousarray(x.transpose(order))
    assert out[: x.size].tobytes() == wanted.tobytes()
    assert not out[x.size :].any()


@pytest.mark.parametrize("shape", [(4, 4), (16, 33), (33, 16), (1, 40)])
def test_a_transpose(shape: tuple[int, int]) -> None:
    rows, columns = shape
    text = kernel(
        "%x: memref<f32>, %o: memref<f32>",
        whole("x", shape, "f32")
        + f"""%e = tensor.empty() : tensor<{columns}x{rows}xf32>
        %r = linalg.transpose ins(%x_t : tensor<{rows}x{columns}xf32>) outs(%e : tensor<{columns}x{rows}xf32>)
          permutation = [1, 0]
        """
        + store("r", "o", (columns, rows), "f32"),
    )
    x = RNG.standard_normal(shape).astype(np.float32)
    out = np.zeros((columns, rows), np.float32)
    compiled(text)(x, out)
    np.testing.assert_array_equal(out, x.T)


def test_masks_kept_as_tensors_of_i1() -> None:
    text = kernel(
        "%x: memref<f32>, %o: memref<f32>, %p: memref<f32>",
        whole("x", (5, 40), "f32")
        + """%z = arith.constant 0.0 : f32
        %em = tensor.empty() : tensor<5x40xi1>
        %m = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
            iterator_types = ["parallel", "parallel"]}
            ins(%x_t : tensor<5x40xf32>) outs(%em : tensor<5x40xi1>) {
        ^bb0(%a: f32, %c: i1):
          %s = arith.cmpf ogt, %a, %z : f32
          linalg.yield %s : i1
        } -> tensor<5x40xi1>
        %e = tensor.empty() : tensor<5x40xf32>
        %r:2 = scf.for %i = %c0 to %c2 step %c1 iter_args(%u = %x_t, %v = %m)
            -> (tensor<5x40xf32>, tensor<5x40xi1>) {
          %w = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>,
            affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]}
            ins(%v, %u : tensor<5x40xi1>, tensor<5x40xf32>) outs(%e : tensor<5x40xf32>) {
          ^bb0(%k: i1, %a: f32, %c: f32):
            %d = arith.addf %a, %a : f32
            %s = arith.select %k, %d, %z : f32
            linalg.yield %s : f32
          } -> tensor<5x40xf32>
          scf.yield %w, %v : tensor<5x40xf32>, tensor<5x40xi1>
        }
        """.replace(
            "%z = arith",
            "%c0 = arith.constant 0 : index\n%c1 = arith.constant 1 : index\n"
            "%c2 = arith.constant 2 : index\n%z = arith",
            1,
        )
        + store("r#0", "o", (5, 40), "f32"),
    )
    x = RNG.standard_normal((5, 40)).astype(np.float32)
    before = x.copy()
    out = np.zeros_like(x)
    compiled(text)(x, out, out)
    np.testing.assert_array_equal(out, np.where(x > 0, 4 * x, 0))
    np.testing.assert_array_equal(x, before)


def test_vectors_have_the_targets_length() -> None:
    text = lane_wise((256,), "f32", "arith.addf")
    assert "vector<32xf32>" in vector_stage(text)
    narrow = f'module attributes {{smtir.target = {{name = "host", vector_bits = 128 : i32}}}} {{\n{text}}}'
    assert "vector<16xf32>" in vector_stage(narrow)
