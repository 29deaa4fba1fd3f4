from __future__ import annotations

import numpy as np
import pytest
from linalg_kernels import compiled, kernel, store, vector_stage, whole

RNG = np.random.default_rng(8)
T = "tensor<6x40xf32>"
CONSTANTS = """%c0 = arith.constant 0 : index
%c1 = arith.constant 1 : index
%c3 = arith.constant 3 : index
%one = arith.constant 1.0 : f32
%half = arith.constant 0.5 : f32
"""
IDENTITY = "affine_map<(m, n) -> (m, n)>"
TWO_INPUTS = (
    f'{{indexing_maps = [{IDENTITY}, {IDENTITY}, {IDENTITY}], iterator_types = ["parallel", "parallel"]}}'
)


def binary(result: str, op: str, left: str, right: str, into: str = "e") -> str:
    return f"""%{result} = linalg.generic {TWO_INPUTS}
      ins(%{left}, %{right} : {T}, {T}) outs(%{into} : {T}) {{
    ^bb0(%a: f32, %b: f32, %o: f32):
      %{result}_one = {op} %a, %b : f32
      linalg.yield %{result}_one : f32
    }} -> {T}
    """


def two_arrays(body: str, results: tuple[str, str]) -> str:
    return kernel(
        "%x: memref<f32>, %y: memref<f32>, %p: memref<f32>, %q: memref<f32>, %n: i32",
        CONSTANTS
        + "%count = arith.index_cast %n : i32 to index\n"
        + f"%e = tensor.empty() : {T}\n"
        + whole("x", (6, 40), "f32")
        + whole("y", (6, 40), "f32")
        + body
        + store(results[0], "p", (6, 40), "f32")
        + store(results[1], "q", (6, 40), "f32"),
    )


def run(text: str, count: int) -> tuple[np.ndarray, ...]:
    x, y = (RNG.standard_normal((6, 40)).astype(np.float32) for _ in range(2))
    p, q = np.zeros_like(x), np.zeros_like(x)
    kept = x.copy(), y.copy()
    compiled(text)(x, y, p, q, count)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(y, kept[1])
    return x, y, p, q


def loop(body: str, yields: tuple[str, str]) -> str:
    return (
        f"%r:2 = scf.for %i = %c0 to %count step %c1 iter_args(%u = %x_t, %v = %y_t) -> ({T}, {T}) {{\n"
        + body
        + f"scf.yield %{yields[0]}, %{yields[1]} : {T}, {T}\n}}\n"
    )


@pytest.mark.parametrize("count", [0, 1, 4])
def test_carried_tensors_may_change_places(count: int) -> None:
    x, y, p, q = run(two_arrays(loop("", ("v", "u")), ("r#0", "r#1")), count)
    wanted = (x, y) if count % 2 == 0 else (y, x)
    np.testing.assert_array_equal(p, wanted[0])
    np.testing.assert_array_equal(q, wanted[1])


@pytest.mark.parametrize("count", [0, 1, 5])
def test_an_old_value_may_be_read_after_the_new_one_is_there(count: int) -> None:
    body = binary("s", "arith.addf", "u", "v") + binary("t", "arith.subf", "u", "s")
    x, y, p, q = run(two_arrays(loop(body, ("s", "t")), ("r#0", "r#1")), count)
    for _ in range(count):
        x, y = x + y, x - (x + y)
    np.testing.assert_array_equal(p, x)
    np.testing.assert_array_equal(q, y)


def test_a_value_from_outside_may_be_yielded() -> None:
    x, y, p, q = run(two_arrays(loop(binary("s", "arith.addf", "u", "v"), ("x_t", "s")), ("r#0", "r#1")), 3)
    total = y
    for _ in range(3):
        total = x + total
    np.testing.assert_array_equal(p, x)
    np.testing.assert_array_equal(q, total)


def test_one_value_may_be_carried_twice() -> None:
    x, y, p, q = run(two_arrays(loop(binary("s", "arith.mulf", "u", "v"), ("s", "s")), ("r#0", "r#1")), 2)
    np.testing.assert_array_equal(p, (x * y) * (x * y))
    np.testing.assert_array_equal(p, q)


@pytest.mark.parametrize("count", [0, 2, 3])
def test_a_branch_in_a_loop_updates_one_of_two(count: int) -> None:
    body = (
        """%c2 = arith.constant 2 : index
        %m = arith.remui %i, %c2 : index
        %even = arith.cmpi eq, %m, %c0 : index
        """
        f"%w = scf.if %even -> ({T}) {{\n"
        + binary("s", "arith.addf", "u", "v", into="u")
        + f"scf.yield %s : {T}\n}} else {{\nscf.yield %u : {T}\n}}\n"
        + binary("t", "arith.mulf", "v", "w")
    )
    x, y, p, q = run(two_arrays(loop(body, ("w", "t")), ("r#0", "r#1")), count)
    for i in range(count):
        x = x + y if i % 2 == 0 else x
        y = y * x
    np.testing.assert_array_equal(p, x)
    np.testing.assert_array_equal(q, y)


@pytest.mark.parametrize("count", [0, 1, 6])
def test_a_while_loop_carries_tensors(count: int) -> None:
    body = (
        f"""%w:3 = scf.while (%k = %c0, %u = %x_t, %v = %y_t) : (index, {T}, {T}) -> (index, {T}, {T}) {{
          %more = arith.cmpi slt, %k, %count : index
          scf.condition(%more) %k, %u, %v : index, {T}, {T}
        }} do {{
        ^bb0(%k: index, %u: {T}, %v: {T}):
          %next = arith.addi %k, %c1 : index
        """
        + binary("s", "arith.addf", "u", "v")
        + f"scf.yield %next, %v, %s : index, {T}, {T}\n}}\n"
    )
    x, y, p, q = run(two_arrays(body, ("w#1", "w#2")), count)
    for _ in range(count):
        x, y = y, x + y
    np.testing.assert_array_equal(p, x)
    np.testing.assert_array_equal(q, y)


def test_nested_loops_update_in_place() -> None:
    inner = (
        f"%z = scf.for %j = %c0 to %c3 step %c1 iter_args(%w = %u) -> ({T}) {{\n"
        + binary("s", "arith.addf", "w", "v")
        + f"scf.yield %s : {T}\n}}\n"
    )
    text = two_arrays(loop(inner, ("z", "v")), ("r#0", "r#1"))
    x, y, p, q = run(text, 2)
    for _ in range(6):
        x = x + y
    np.testing.assert_array_equal(p, x)
    np.testing.assert_array_equal(q, y)
    body = vector_stage(text)
    body = body[body.index("scf.for") :]
    assert "memref.copy" not in body


def test_two_accumulators_filled_alike_stay_two() -> None:
    fills = f"""%zero = arith.constant 0.0 : f32
    %f = linalg.fill ins(%zero : f32) outs(%e : {T}) -> {T}
    %r:2 = scf.for %i = %c0 to %count step %c1 iter_args(%u = %f, %v = %f) -> ({T}, {T}) {{
    """
    body = binary("s", "arith.addf", "u", "x_t") + binary("t", "arith.subf", "v", "y_t")
    x, y, p, q = run(two_arrays(fills + body + f"scf.yield %s, %t : {T}, {T}\n}}\n", ("r#0", "r#1")), 2)
    np.testing.assert_array_equal(p, x + x)
    np.testing.assert_array_equal(q, -y - y)


def test_a_fill_inside_a_loop_is_fresh_in_every_iteration() -> None:
    body = (
        f"""%zero = arith.constant 0.0 : f32
    %f = linalg.fill ins(%zero : f32) outs(%e : {T}) -> {T}
    """
        + binary("s", "arith.addf", "f", "u", into="f")
        + binary("t", "arith.addf", "s", "v", into="s")
    )
    x, y, p, q = run(two_arrays(loop(body, ("u", "t")), ("r#0", "r#1")), 3)
    np.testing.assert_array_equal(p, x)
    np.testing.assert_allclose(q, x + (x + (x + y)), rtol=1e-6)


def test_a_scalar_condition_selects_between_tensors() -> None:
    body = f"""%odd = arith.trunci %n : i32 to i1
    %r = arith.select %odd, %x_t, %y_t : {T}
    """
    text = two_arrays(body, ("r", "x_t"))
    for count in (0, 1):
        x, y, p, _ = run(text, count)
        np.testing.assert_array_equal(p, x if count else y)
