"""Functions of libdevice that are written in Triton: hard numbers, against exact references."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import triton
import triton.language as tl
from triton.language.extra import libdevice

import smtir
from tools.coverage import cases_libdevice_parts, cases_roundings, cases_special, measure
from tools.coverage.case import Case

SAMPLE = [*cases_libdevice_parts.cases(), *cases_roundings.cases()[::3], *cases_special.cases()]
"""Every third mode of rounding of a function; the page on coverage has all."""


def wrong(cases: list[Case]) -> list[str]:
    """What is not as it should be, with the widest element type of each case, and f32 if it differs."""
    found = []
    for case in cases:
        count = -2 if case.ulps_of_f64 else -1
        for key, outcome in measure.outcomes(case, case.elements()[count:], ["host"]).items():
            if outcome.status != measure.WORKS:
                found.append(f"{case.body} {key}: {outcome.status} {outcome.reason}")
    return found


@pytest.mark.parametrize("part", range(3))
def test_a_function_gives_what_its_exact_reference_does(part: int) -> None:
    assert wrong(SAMPLE[part::3]) == []


@triton.jit
def sample(x_ptr, y_ptr, n_ptr, out_ptr, count_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    x, y, n = tl.load(x_ptr + at), tl.load(y_ptr + at), tl.load(n_ptr + at)
    tl.store(out_ptr + at, libdevice.hypot(x, y))
    tl.store(out_ptr + N + at, libdevice.nextafter(x, y))
    tl.store(out_ptr + 2 * N + at, libdevice.ldexp(x, n))
    tl.store(out_ptr + 3 * N + at, libdevice.copysign(libdevice.logb(x), y))
    tl.store(count_ptr + at, libdevice.clz(n))
    tl.store(count_ptr + N + at, libdevice.popc(n))
    tl.store(count_ptr + 2 * N + at, libdevice.ffs(n))
    tl.store(count_ptr + 3 * N + at, libdevice.float2int_rn(x))


@pytest.mark.parametrize("target", ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])])
def test_several_functions_in_one_kernel_on_each_target(target: str) -> None:
    x = np.array([0.0, -0.0, 1.5, 2.5, -2.5, 3e38, 1e-45, np.inf, -np.inf, np.nan, 5e9, -7, 4, 4, 0.5, -1])
    y = np.array([1.0, -1.0, 1.5, 0.0, 9.0, 3e38, 0.0, np.nan, 1.0, 1.0, 2.0, np.inf, 3, -3, 1e-45, -0.0])
    x, y = x.astype(np.float32), y.astype(np.float32)
    n = np.array([0, -1, 1, 2, 2**31 - 1, -(2**31), 96, 5, 9, -3, -400, 300, -151, 12, -149, 40], np.int32)
    out, counts = np.zeros((4, 16), np.float32), np.zeros((4, 16), np.int32)
    signature = {"x_ptr": "*fp32", "y_ptr": "*fp32", "n_ptr": "*i32", "out_ptr": "*fp32", "count_ptr": "*i32"}
    compiled = smtir.compile(sample, signature, {"N": 16}, target=target)
    compiled.run(x, y, n, out.reshape(-1), counts.reshape(-1), grid=(1,))
    with np.errstate(all="ignore"):
        wide = np.hypot(x.astype(float), y.astype(float)).astype(np.float32)
        exponent = np.where(np.isfinite(x) & (x != 0), np.frexp(x)[1] - 1, np.log2(np.abs(x)))
        np.testing.assert_array_equal(out[0], wide)
        np.testing.assert_array_equal(out[1], np.nextafter(x, y))
        np.testing.assert_array_equal(out[2], np.ldexp(x.astype(float), n).astype(np.float32))
        np.testing.assert_array_equal(out[3], np.copysign(exponent, y).astype(np.float32))
    bits = [f"{int(value) % 2**32:032b}" for value in n]
    np.testing.assert_array_equal(counts[0], [len(text) - len(text.lstrip("0")) for text in bits])
    np.testing.assert_array_equal(counts[1], [text.count("1") for text in bits])
    np.testing.assert_array_equal(
        counts[2], [(text.rfind("1") + 1) and 32 - text.rfind("1") for text in bits]
    )
    held = np.clip(np.nan_to_num(np.rint(x.astype(float))), -(2**31), 2**31 - 1)
    np.testing.assert_array_equal(counts[3], held.astype(np.int64))


@triton.jit
def of_f64(x_ptr, y_ptr, out_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    x, y = tl.load(x_ptr + at), tl.load(y_ptr + at)
    tl.store(out_ptr + at, tl.sin(x))
    tl.store(out_ptr + N + at, libdevice.tan(x))
    tl.store(out_ptr + 2 * N + at, libdevice.pow(x, y))
    tl.store(out_ptr + 3 * N + at, libdevice.atan2(x, y))
    tl.store(out_ptr + 4 * N + at, libdevice.tanh(x))
    tl.store(out_ptr + 5 * N + at, libdevice.cbrt(x))


@pytest.mark.qemu
@pytest.mark.zig
def test_functions_of_f64_give_the_same_bits_on_host_and_k1() -> None:
    x = np.array(
        [0.0, -0.0, 5e-324, 1e-310, np.inf, -np.inf, np.nan, 1e300, -1e22, 0.5, -3, 2.5, 0.1, 710, -36, 1]
    )
    y = x[::-1].copy()
    found = {}
    for target in ("host", "k1"):
        signature = {"x_ptr": "*fp64", "y_ptr": "*fp64", "out_ptr": "*fp64"}
        out = np.zeros((6, 16))
        smtir.compile(of_f64, signature, {"N": 16}, target=target).run(x, y, out.reshape(-1), grid=(1,))
        found[target] = out
    with np.errstate(all="ignore"):
        exact = [np.sin(x), np.tan(x), np.power(x, y), np.arctan2(x, y), np.tanh(x), np.cbrt(x)]
    np.testing.assert_allclose(found["host"], exact, rtol=4e-16)
    bits = [np.where(np.isnan(out), 0, out).view(np.int64) for out in found.values()]
    np.testing.assert_array_equal(*bits)


@triton.jit
def constants(out_ptr):
    tl.store(out_ptr, libdevice.hypot(3.0, 4))
    tl.store(out_ptr + 1, libdevice.ldexp(0.75, 4))
    tl.store(out_ptr + 2, libdevice.add_rd(1.0, -1.0))  # -0.0
    tl.store(out_ptr + 3, libdevice.exp10(2).to(tl.float32))
    tl.store(out_ptr + 4, libdevice.abs(-7).to(tl.float32))


def test_functions_take_scalars_and_constants() -> None:
    out = np.ones(5, np.float32)
    smtir.compile(constants, {"out_ptr": "*fp32"}).run(out, grid=(1,))
    np.testing.assert_array_equal(out, [5, 12, 0, 100, 7])
    assert np.signbit(out[2])


@triton.jit
def orders(n_ptr, x_ptr, out_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    n, x = tl.load(n_ptr + at), tl.load(x_ptr + at)
    tl.store(out_ptr + at, libdevice.jn(n, x))
    tl.store(out_ptr + N + at, libdevice.yn(n, x))
    tl.store(out_ptr + 2 * N, libdevice.jn(3, 2.5))


@pytest.mark.parametrize("target", ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])])
def test_bessel_functions_of_all_orders_below_and_above_their_argument(target: str) -> None:
    n = np.array([0, 1, 2, 5, 40, 40, 3, 3, 100, 100, -1, -2, 7, 400, 2, 9], np.int32)
    x = np.array([0.5, 7, 1e-9, 4.9, 39, 41, 1e3, 11, 20, 500, 3, 3, 1e-30, 1e4, 1e12, 0.2])
    out = np.zeros(33)
    signature = {"n_ptr": "*i32", "x_ptr": "*fp64", "out_ptr": "*fp64"}
    smtir.compile(orders, signature, {"N": 16}, target=target).run(n, x, out, grid=(1,))
    values = [(int(order), float(at)) for order, at in zip(n, x, strict=True)]
    with mpmath.workdps(40):
        exact = [float(mpmath.besselj(*value)) for value in values]
        exact += [float(mpmath.bessely(*value)) for value in values]
        exact.append(float(np.float32(float(mpmath.besselj(3, 2.5)))))  # of constants, which are f32
    np.testing.assert_allclose(out, exact, rtol=2e-13)


@triton.jit
def of_f64_too(x_ptr, out_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    x = tl.load(x_ptr + at)
    tl.store(out_ptr + at, libdevice.tgamma(x))
    tl.store(out_ptr + N + at, libdevice.lgamma(x))


def test_gamma_functions_of_f64_have_its_digits_from_the_smallest_to_the_largest() -> None:
    x = np.array(
        [5e-324, 1e-300, -1e-300, 0.1, 0.5, 1.46, 1.999, 7.99, 8.01, 143.5, 171.6, -0.5, -3.7, -170.5]
    )
    x = np.concatenate([x, [-182.5, 2.5]])
    out = np.zeros((2, 16))
    smtir.compile(of_f64_too, {"x_ptr": "*fp64", "out_ptr": "*fp64"}, {"N": 16}).run(
        x, out.reshape(-1), grid=(1,)
    )
    with mpmath.workdps(40):
        exact = [float(mpmath.gamma(value)) for value in x]
        logarithms = [float(mpmath.log(abs(mpmath.gamma(value)))) for value in x]
    np.testing.assert_allclose(out, [exact, logarithms], rtol=2e-15)


@triton.jit
def mixed(x_ptr, y_ptr, n_ptr, out_ptr, wide_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    x, y, n = tl.load(x_ptr + at), tl.load(y_ptr + at), tl.load(n_ptr + at)
    tl.store(out_ptr + at, libdevice.pow(x, 2))
    tl.store(out_ptr + N + at, libdevice.pow(x, n))
    tl.store(out_ptr + 2 * N + at, libdevice.div_rn(1.0, x))
    tl.static_assert(libdevice.pow(x, 2).dtype == tl.float16)
    tl.store(wide_ptr + at, libdevice.pow(x, y))
    tl.static_assert(libdevice.pow(x, y).dtype == tl.float32)
    tl.static_assert(libdevice.exp(n).dtype == tl.float32)


def test_numbers_and_integers_take_the_type_of_the_floats_and_floats_the_widest() -> None:
    x = np.linspace(0.5, 2, 16).astype(np.float16)
    y, n = np.linspace(-1, 3, 16).astype(np.float32), np.arange(-8, 8, dtype=np.int32)
    out, wide = np.zeros((3, 16), np.float16), np.zeros(16, np.float32)
    signature = {"x_ptr": "*fp16", "y_ptr": "*fp32", "n_ptr": "*i32", "out_ptr": "*fp16", "wide_ptr": "*fp32"}
    smtir.compile(mixed, signature, {"N": 16}).run(x, y, n, out.reshape(-1), wide, grid=(1,))
    exact = x.astype(np.float64)
    np.testing.assert_allclose(out, [exact**2, exact**n, 1 / exact], rtol=2e-3)
    np.testing.assert_allclose(wide, exact**y, rtol=1e-6)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


NAMED_AFTER_OPERATIONS = {
    "linalg.exp": np.exp,
    "linalg.silu": lambda x: x * _sigmoid(x),
    "linalg.gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "linalg.gelu_none": lambda x: 0.5 * x * (1 + np.vectorize(math.erf)(x / np.sqrt(2))),
    "linalg.abs": np.abs,
    "linalg.rint": np.rint,
    "math.cos": np.cos,
    "math.trunc": np.trunc,
}


@pytest.mark.parametrize("element", ["f16", "f32"])
@pytest.mark.parametrize("symbol", NAMED_AFTER_OPERATIONS)
def test_functions_that_spine_triton_names_after_operations(symbol: str, element: str) -> None:
    text = f"""
tt.func public @kernel(%x: !tt.ptr<{element}>, %out: !tt.ptr<{element}>) {{
  %at = tt.make_range {{start = 0 : i32, end = 32 : i32}} : tensor<32xi32>
  %xs = tt.splat %x : !tt.ptr<{element}> -> tensor<32x!tt.ptr<{element}>>
  %from = tt.addptr %xs, %at : tensor<32x!tt.ptr<{element}>>, tensor<32xi32>
  %a = tt.load %from : tensor<32x!tt.ptr<{element}>>
  %r = tt.extern_elementwise %a {{libname = "", libpath = "", pure = true, symbol = "{symbol}"}}
    : (tensor<32x{element}>) -> tensor<32x{element}>
  %outs = tt.splat %out : !tt.ptr<{element}> -> tensor<32x!tt.ptr<{element}>>
  %to = tt.addptr %outs, %at : tensor<32x!tt.ptr<{element}>>, tensor<32xi32>
  tt.store %to, %r : tensor<32x!tt.ptr<{element}>>
  tt.return
}}"""
    dtype = {"f16": np.float16, "f32": np.float32}[element]
    x = np.linspace(-6, 6, 32).astype(dtype)
    out = np.zeros_like(x)
    smtir.compile(smtir.parse(text)).run(x, out, grid=(1,))
    wanted = NAMED_AFTER_OPERATIONS[symbol](x.astype(np.float64))
    tolerance = {"f16": 1e-3, "f32": 2e-6}[element]
    np.testing.assert_allclose(out, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("symbol", ["math.isnan", "math.isinf", "math.isfinite", "linalg.isfinited"])
def test_questions_that_spine_triton_answers_with_integers(symbol: str) -> None:
    text = f"""
tt.func public @kernel(%x: !tt.ptr<f32>, %out: !tt.ptr<i32>) {{
  %a = tt.load %x : !tt.ptr<f32>
  %r = tt.extern_elementwise %a {{libname = "", libpath = "", pure = true, symbol = "{symbol}"}}
    : (f32) -> i32
  tt.store %out, %r : !tt.ptr<i32>
  tt.return
}}"""
    compiled = smtir.compile(smtir.parse(text))
    ask = getattr(np, symbol.partition(".")[2].removesuffix("d"))
    for number in (1.5, np.inf, -np.inf, np.nan):
        out = np.full(1, 7, np.int32)
        compiled.run(np.array([number], np.float32), out, grid=(1,))
        assert out[0] == ask(number)
