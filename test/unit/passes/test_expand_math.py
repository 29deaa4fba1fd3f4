from __future__ import annotations

import math
from collections.abc import Callable

import elementary
import mpmath
import numpy as np
import pytest
from elementary import Array, compiled, every_exponent, ulps

from smtir.errors import LoweringError
from smtir.mlir import context, ir
from smtir.rewrite.lowering import collect_misses
from smtir.rewrite.passes import parse_pipeline
from tools.coverage.exact import on_each

# 64 bits of mantissa on x86-64: exact enough to judge an f64 result.
Wide = np.longdouble


def erf(x: Array) -> Array:
    """glibc's f64 erf, good to about one unit: enough to judge f32."""
    return np.vectorize(math.erf, otypes=[np.float64])(x.astype(np.float64)).astype(Wide)


REFERENCES = {
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "erf": erf,
    "sin": np.sin,
    "cos": np.cos,
    "rsqrt": lambda x: 1 / np.sqrt(x),
}
IN_F64 = ["exp", "exp2", "log", "log2", "log10", "rsqrt"]


def on_few(name: str) -> Callable[[Array], Array]:
    """``name`` of mpmath, where the C library is not exact enough."""

    def apply(x: Array) -> Array:
        usual = np.abs(x) < 60
        exact = on_each(getattr(mpmath, name), np.where(usual, x, 1), digits=40)
        far = np.where(x > 0, float(name == "erf"), -1.0 if name == "erf" else 2.0)
        return np.where(x == 0, x if name == "erf" else 1, np.where(usual, exact, np.where(x == x, far, x)))

    return apply


IN_PAIRS_OF_F64 = {
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "cbrt": np.cbrt,
    "cos": np.cos,
    "cosh": np.cosh,
    "erf": on_few("erf"),
    "erfc": on_few("erfc"),
    "expm1": np.expm1,
    "log1p": np.log1p,
    "sin": np.sin,
    "sinh": np.sinh,
    "tan": np.tan,
    "tanh": np.tanh,
}
HOSTILE = [
    *(709.78, 710.4758600739439, 710.47586007394398, -745.13, 26.5, 27.2, 0.9375, 2.0**28, 2.0**28 - 1),
    *(1 - 2.0**-53, 1 + 2.0**-52, 0.7071067811865476, 2.0**30 + 1, 2.0**80, 37.35702615405151),
    6381956970095103 * 2.0**797,  # the f64 that comes closest to a multiple of pi/2
]

THROUGH_F64 = {
    "sinh": np.sinh,
    "cosh": np.cosh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "cbrt": np.cbrt,
    "erfc": lambda x: np.vectorize(math.erfc, otypes=[np.float64])(x.astype(np.float64)).astype(Wide),
}


def inputs(element: str) -> Array:
    """All exponents, and dense random numbers where the functions do the most."""
    dtype = elementary.ELEMENT_TYPES[element]
    random = np.random.default_rng(3)
    ranges = [(-110, 100), (-800, 800), (0, 4), (-2, 2), (-1e5, 1e5)]
    dense = [random.uniform(low, high, 60_000) for low, high in ranges]
    with np.errstate(over="ignore"):
        return np.concatenate([every_exponent(element, 60), np.concatenate(dense).astype(dtype)])


def assert_accurate(found: Array, x: Array, function: str, bound: float) -> None:
    with np.errstate(all="ignore"):
        exact = REFERENCES[function](x.astype(Wide))
    distance = ulps(found, exact)
    worst = int(np.argmax(distance))
    assert distance[worst] <= bound, (
        f"{function}({x[worst]!r}) = {found[worst]!r}, exact {exact[worst]!r}: {distance[worst]:.2f} ulp"
    )


@pytest.mark.parametrize("function", REFERENCES)
def test_f32_vectors_are_within_two_ulp_at_every_exponent(function: str) -> None:
    x = inputs("f32")
    assert_accurate(compiled(function, "f32")(x), x, function, 2)


@pytest.mark.parametrize("function", THROUGH_F64)
def test_what_is_computed_in_f64_is_rounded_as_well_as_can_be(function: str, monkeypatch) -> None:
    monkeypatch.setitem(REFERENCES, function, THROUGH_F64[function])
    x = inputs("f32")
    assert_accurate(compiled(function, "f32")(x), x, function, 0.51)


def test_tangents_are_within_three_ulp() -> None:
    x = inputs("f32")
    with np.errstate(all="ignore"):
        found, exact = compiled("tan", "f32")(x), np.tan(x.astype(Wide))
    assert np.max(ulps(found, exact)[np.abs(x) < 1e5]) <= 3


@pytest.mark.parametrize("function", IN_F64)
def test_f64_vectors_are_within_two_ulp_at_every_exponent(function: str) -> None:
    x = inputs("f64")
    assert_accurate(compiled(function, "f64")(x), x, function, 2)


@pytest.mark.parametrize("function", IN_PAIRS_OF_F64)
def test_f64_in_pairs_is_within_one_ulp(function: str, monkeypatch) -> None:
    reference = IN_PAIRS_OF_F64[function]
    monkeypatch.setitem(REFERENCES, function, reference)
    every = inputs("f64")[:: 1 if isinstance(reference, np.ufunc) else 97]
    x = np.concatenate([np.array(HOSTILE), -np.array(HOSTILE), every])
    assert_accurate(compiled(function, "f64")(x), x, function, 1)


ENDS = [0.0, 5e-324, 1e-310, 2.0**-1022, 1e-150, 1 / 3, 0.5, 1 - 2.0**-53, 1.0, 1 + 2.0**-52, 2.0, 2.5]
ENDS += [
    3.0,
    7.0,
    1e20,
    2.0**52 + 1,
    2.0**53 + 2,
    1e150,
    1e300,
    float(np.finfo(float).max),
    math.inf,
    math.nan,
]


def power(x: Array, y: Array) -> Array:
    """NumPy's, and mpmath's digits where the x87's are too few for the exponent."""
    found = np.power(x, y)
    few = np.isfinite(found) & (found != 0) & np.isfinite(x) & np.isfinite(y)
    digits = on_each(lambda a, b: a**b, np.where(few, np.abs(x), 1), np.where(few, y, 1), digits=40)
    return np.where(few, np.copysign(digits, found), found)


@pytest.mark.parametrize(("function", "exact"), [("powf", power), ("atan2", np.arctan2)])
def test_f64_functions_of_two_are_within_one_ulp(
    function: str, exact: Callable[[Array, Array], Array]
) -> None:
    random = np.random.default_rng(9)
    ends = np.array([*ENDS, *(-value for value in ENDS)])
    wide = np.ldexp(random.uniform(-2, 2, (2, 3000)), random.integers(-1000, 1000, (2, 3000)))
    near = random.uniform(0, 40, (2, 3000)) * [[1], [9]]
    close = [1 + np.ldexp(random.uniform(-1, 1, 3000), -30), np.ldexp(random.uniform(-1, 1, 3000), 39)]
    pairs = [[part.ravel() for part in np.meshgrid(ends, ends)], wide, near, close]
    x, y = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    x, y = (np.concatenate([side, np.ones(-side.size % 8)]) for side in (x, y))
    found = elementary.compiled_of_two(function, "f64")(x, y)
    with np.errstate(all="ignore"):
        distance = ulps(found, exact(x.astype(Wide), y.astype(Wide)))
    worst = int(np.argmax(distance))
    assert distance[worst] <= 1, f"{function}({x[worst]!r}, {y[worst]!r}) = {found[worst]!r}"


@pytest.mark.parametrize("function", ["sin", "tan", "erfc", "cbrt", "log1p"])
@pytest.mark.parametrize("lanes", [0, 5])
def test_scalars_of_f64_give_what_vectors_give(function: str, lanes: int) -> None:
    x = np.concatenate([every_exponent("f64", 4), np.array(HOSTILE)])
    np.testing.assert_array_equal(compiled(function, "f64", lanes)(x), compiled(function, "f64", 8)(x))


@pytest.mark.parametrize("function", REFERENCES)
def test_every_f16_is_rounded_as_well_as_f32_allows(function: str) -> None:
    x = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    assert_accurate(compiled(function, "f16")(x), x, function, 0.501)


@pytest.mark.parametrize("function", ["exp", "log2", "tanh", "sin", "cos"])
@pytest.mark.parametrize("lanes", [0, 1, 5])
def test_scalars_and_odd_vectors_give_what_vectors_give(function: str, lanes: int) -> None:
    x = np.concatenate([every_exponent("f32", 5), np.float32([1e10, 0.3, -7.7e22])])
    np.testing.assert_array_equal(compiled(function, "f32", lanes)(x), compiled(function, "f32", 8)(x))


INF, NAN = math.inf, math.nan
SPECIAL: dict[str, list[tuple[float, float]]] = {
    "exp": [(0.0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (1e30, INF), (-1e30, 0), (88.73, INF), (-104.0, 0)],
    "exp2": [(10.0, 1024), (-149.0, 2.0**-149), (-151.0, 0), (128.0, INF), (127.0, 2.0**127), (-INF, 0)],
    "expm1": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -1), (1e-40, 1e-40), (100.0, INF)],
    "log": [(0.0, -INF), (-0.0, -INF), (1.0, 0.0), (INF, INF), (-1.0, NAN), (-INF, NAN)],
    "log2": [(2.0**-149, -149), (8.0, 3), (1.0, 0.0), (2.0**127, 127), (0.0, -INF), (-1e-40, NAN)],
    "log10": [(1.0, 0.0), (1000.0, 3), (0.0, -INF), (INF, INF)],
    "log1p": [(0.0, 0.0), (-0.0, -0.0), (-1.0, -INF), (-1.5, NAN), (INF, INF), (1e-40, 1e-40)],
    "tanh": [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (1e30, 1), (1e-40, 1e-40)],
    "erf": [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (5.0, 1)],
    "sin": [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (1e-40, 1e-40)],
    "cos": [(0.0, 1), (-0.0, 1), (INF, NAN), (-INF, NAN)],
    "rsqrt": [(0.0, INF), (-0.0, -INF), (INF, 0.0), (-1.0, NAN), (4.0, 0.5)],
}


@pytest.mark.parametrize("function", SPECIAL)
def test_special_values_are_exact(function: str) -> None:
    x, expected = np.float32([(NAN, NAN), *SPECIAL[function]]).T
    found = compiled(function, "f32")(x)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found) & ~np.isnan(found), np.signbit(expected) & ~np.isnan(x))


@pytest.mark.parametrize("function", ["sin", "cos"])
def test_large_angles_are_reduced_with_enough_bits_of_pi(function: str) -> None:
    random = np.random.default_rng(5)
    x = np.ldexp(random.uniform(1, 2, 40_000), random.integers(16, 128, 40_000)).astype(np.float32)
    # The f32 that comes closest to a multiple of pi/2.
    x = np.concatenate([x, -x, np.float32([16367173 * 2.0**72, 3.4028235e38, 131072, 131071.99])])
    assert_accurate(compiled(function, "f32")(x), x, function, 2)


@pytest.mark.parametrize("function", ["exp", "erf", "sin"])
@pytest.mark.parametrize("shape", ["2x3x4", "4x1", ""])
def test_vectors_of_any_rank_are_expanded(function: str, shape: str) -> None:
    x = f"{shape}x" if shape else ""
    count = math.prod(map(int, shape.split("x"))) if shape else 1
    text = f"""
      func.func @apply(%in: memref<?xf32>, %out: memref<?xf32>, %n: index)
          attributes {{llvm.emit_c_interface}} {{
        %zero = arith.constant 0 : index
        %flat = vector.load %in[%zero] : memref<?xf32>, vector<{count}xf32>
        %x = vector.shape_cast %flat : vector<{count}xf32> to vector<{x}f32>
        %y = math.{function} %x : vector<{x}f32>
        %back = vector.shape_cast %y : vector<{x}f32> to vector<{count}xf32>
        vector.store %back, %out[%zero] : memref<?xf32>, vector<{count}xf32>
        return
      }}"""
    values = (
        np.linspace(-1e6, 1e6, count, dtype=np.float32)
        if function == "sin"
        else np.linspace(-3, 3, count, dtype=np.float32)
    )
    found = elementary.compile_text(text)(values)
    np.testing.assert_array_equal(found, compiled(function, "f32", 8)(values))


def module_of(function: str, type_: str, target: str = "") -> ir.Module:
    attributes = f' attributes {{smtir.target = {{name = "{target}"}}}}' if target else ""
    whole = type_.replace("f64", "i32")
    operands, types = ("%x, %n", f"{type_}, {whole}") if function == "fpowi" else ("%x", type_)
    return ir.Module.parse(
        f"""module{attributes} {{
          func.func @f(%x: {type_}, %n: {whole}) -> {type_} {{
            %y = math.{function} {operands} : {types} loc("kernel.py":12:9)
            return %y : {type_}
          }}
        }}"""
    )


def expand(module: ir.Module) -> str:
    (expansion,) = parse_pipeline("expand-math")
    expansion.run(module)
    module.operation.verify()
    return str(module)


def test_a_function_without_expansion_is_an_error_on_k1() -> None:
    with (
        context(),
        pytest.raises(LoweringError, match=r"math.fpowi has no .*k1 calls no C library") as error,
    ):
        expand(module_of("fpowi", "vector<4xf64>", "k1"))
    assert error.value.op == "math.fpowi"
    assert error.value.location is not None
    assert str(error.value.location) == "kernel.py:12:9"
    assert "exp, log" in error.value.hint


@pytest.mark.parametrize("target", ["", "host"])
def test_a_function_without_expansion_is_left_to_the_library_elsewhere(target: str) -> None:
    with context(), collect_misses() as misses:
        assert "math.fpowi" in expand(module_of("fpowi", "f64", target))
    assert [miss.reason for miss in misses] == ["math.fpowi has no expansion: left to the C library"]


def test_a_tensor_is_left_alone_with_a_reason() -> None:
    with context(), collect_misses() as misses:
        assert "math.exp" in expand(module_of("exp", "tensor<4xf32>"))
    assert "vectorize first" in misses[0].reason


@pytest.mark.parametrize("function", ["sqrt", "absf", "floor", "ceil", "roundeven", "trunc"])
def test_what_the_processor_can_do_stays(function: str) -> None:
    with context():
        assert f"math.{function}" in expand(module_of(function, "vector<8xf32>", "k1"))


def test_exp_is_eighteen_operations_for_each_vector() -> None:
    with context():
        text = expand(module_of("exp", "vector<8xf32>"))
    lines = [
        line
        for line in text.splitlines()
        if " = " in line and "constant" not in line and "bitcast" not in line
    ]
    assert len(lines) == 18
