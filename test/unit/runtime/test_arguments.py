from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensors import Tensor

from smtir.errors import LaunchError, UsageError
from smtir.runtime.arguments import Signature, check_grid, memory_of, surroundings_of


def encode(declared: str, value: Any, *, writes: bool = True) -> int:
    return Signature("k", {"x": declared}, lambda _: writes).encode([value])[0]


def test_the_number_of_arguments_must_be_that_of_the_signature() -> None:
    signature = Signature("add", {"x": "*fp32", "n": "i32"}, lambda _: True)
    with pytest.raises(LaunchError, match="add takes 2 arguments, got 1") as caught:
        signature.encode([np.zeros(1, np.float32)])
    assert "x: *fp32, n: i32" in caught.value.hint


def test_an_unknown_type_in_a_signature_is_refused() -> None:
    with pytest.raises(UsageError, match="parameter x has the unknown type 'f32'"):
        Signature("k", {"x": "f32"}, lambda _: True)


def test_an_array_is_passed_by_address_whatever_its_strides() -> None:
    array = np.zeros((4, 6), np.float32)
    assert encode("*fp32", array) == array.ctypes.data
    assert encode("*fp32", array[1:, ::2]) == array.ctypes.data + 24
    assert encode("*fp32", array.T) == array.ctypes.data


def test_a_tensor_is_passed_without_copy() -> None:
    array = np.zeros(4, np.uint16)
    assert encode("*bf16", Tensor(array, "bfloat16")) == array.ctypes.data
    with pytest.raises(LaunchError, match=r"expected an array of float32 \(\*fp32\), got bfloat16"):
        encode("*fp32", Tensor(array, "bfloat16"))
    with pytest.raises(LaunchError, match="expected a CPU tensor, got one on cuda:0"):
        encode("*bf16", Tensor(array, "bfloat16", "cuda"))


def test_a_tensor_without_memory_is_refused() -> None:
    class Sparse(Tensor):
        def data_ptr(self) -> int:
            raise RuntimeError("Cannot access data pointer")

    with pytest.raises(LaunchError, match="argument x: the tensor has no memory of its own: Cannot access"):
        encode("*fp32", Sparse(np.zeros(1, np.float32), "float32"))


@pytest.mark.parametrize(
    ("declared", "dtype"),
    [
        ("*fp16", "f2"),
        ("*fp64", "f8"),
        ("*i8", "i1"),
        ("*u8", "u1"),
        ("*i1", "?"),
        ("*bf16", "u2"),
        ("*i64", "i8"),
    ],
)
def test_element_types_go_by_tritons_names(declared: str, dtype: str) -> None:
    array = np.zeros(3, dtype)
    assert encode(declared, array) == array.ctypes.data


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros(2), r"argument x: expected an array of float32 \(\*fp32\), got float64"),
        (np.zeros(2, ">f4"), "got >f4"),
        (None, r"expected an array of float32 \(\*fp32\), got None"),
        ([1.0, 2.0], r"got list \[1.0, 2.0\]"),
        (1.5, "got float 1.5"),
        (np.float32(1), r"expected an array of float32 .* got a number of float32"),
    ],
)
def test_what_is_no_array_of_the_right_type_is_refused(value: Any, message: str) -> None:
    with pytest.raises(LaunchError, match=message):
        encode("*fp32", value, writes=False)


def test_a_read_only_array_is_refused_only_where_the_kernel_writes() -> None:
    array = np.zeros(2, np.float32)
    array.flags.writeable = False
    assert encode("*fp32", array, writes=False) == array.ctypes.data
    with pytest.raises(LaunchError, match="argument x: the kernel writes to it, but the array is read-only"):
        encode("*fp32", array, writes=True)


@given(st.sampled_from(["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"]), st.integers(-(2**65), 2**65))
def test_an_integer_is_its_bits_or_an_error_with_the_range(declared: str, value: int) -> None:
    info = np.iinfo(
        declared.replace("i", "int").replace("u", "u") if declared[0] == "i" else "uint" + declared[1:]
    )
    if info.min <= value <= info.max:
        assert encode(declared, value) == int(np.array(value, info.dtype).view(f"u{info.bits // 8}"))
    else:
        with pytest.raises(LaunchError, match=f"{value} is outside {declared}, which holds {info.min} to"):
            encode(declared, value)


@pytest.mark.parametrize("value", [np.int64(7), np.uint8(7), np.array(7)])
def test_numpy_integers_are_integers(value: Any) -> None:
    assert encode("i32", value) == 7


@pytest.mark.parametrize(
    ("declared", "value", "message"),
    [
        ("i32", 1.0, r"expected an integer \(i32\), got float 1.0"),
        ("i32", "1", "got str '1'"),
        ("i1", 2, "2 is outside i1, which holds 0 to 1"),
        ("fp32", True, r"expected a number \(fp32\), got bool True"),
        ("fp32", 1j, "expected a number"),
        ("fp32", None, "got None"),
        ("fp64", 10**400, "is too large for fp64"),
    ],
)
def test_a_wrong_number_is_refused_with_the_arguments_name(declared: str, value: Any, message: str) -> None:
    with pytest.raises(LaunchError, match=f"kernel k: argument x: .*{message}"):
        encode(declared, value)


def test_booleans_are_one_bit() -> None:
    assert [encode("i1", value) for value in (True, False, np.True_, 1, 0)] == [1, 0, 1, 1, 0]


def test_a_boolean_is_an_integer() -> None:
    """Triton keys compiled kernels by more than some callers do: they launch an i32 with True."""
    assert [encode("i32", value) for value in (True, np.True_, False)] == [1, 1, 0]


@pytest.mark.parametrize(
    ("declared", "value", "bits"),
    [
        ("fp32", 1e39, 0x7F800000),
        ("fp32", -1.7976931348623157e308, 0xFF800000),
        ("fp16", 70000.0, 0x7C00),
        ("fp16", 65519.0, 0x7BFF),
        ("bf16", 3.4e38, 0x7F80),
        ("bf16", -1e300, 0xFF80),
    ],
)
def test_a_number_too_large_for_its_type_is_infinite(declared: str, value: float, bits: int) -> None:
    assert encode(declared, value) == bits


@given(st.floats(width=32))
def test_an_f32_is_its_bits(value: float) -> None:
    assert encode("fp32", value) == struct.unpack("<I", struct.pack("<f", value))[0]


@given(st.floats(width=16))
def test_an_f16_is_its_bits(value: float) -> None:
    assert encode("fp16", value) == int(np.array(value, np.float16).view(np.uint16)) or np.isnan(value)


@pytest.mark.parametrize(
    ("value", "bits"),
    [
        (1.0, 0x3F80),
        (-2.0, 0xC000),
        (1.00390625, 0x3F80),
        (1.01171875, 0x3F82),
        (float("inf"), 0x7F80),
        (3, 0x4040),
    ],
)
def test_a_bf16_is_rounded_to_nearest_even(value: float, bits: int) -> None:
    assert encode("bf16", value) == bits
    assert encode("bf16", float("nan")) & 0x7FFF > 0x7F80


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from([-2, -1, 1, 3])), min_size=1, max_size=3))
def test_the_memory_of_an_array_is_what_its_elements_cover(dimensions: list[tuple[int, int]]) -> None:
    whole = np.zeros([5 * abs(step) for _, step in dimensions], np.int16)
    view = whole[tuple(slice(None, None, step) for _, step in dimensions)]
    view = view[tuple(slice(0, extent) for extent, _ in dimensions)]
    found = memory_of(view)
    low, high = np.lib.array_utils.byte_bounds(view)
    assert (found.address, found.start, found.start + found.size) == (view.ctypes.data, low, high)
    assert memory_of(Tensor(view, "int16"))[:3] == found[:3]


def test_an_empty_array_covers_nothing() -> None:
    assert memory_of(np.zeros((0, 4), np.float32)).size == 0
    assert surroundings_of(np.zeros((3, 4), np.float32)[:0], 99).size == 0


@pytest.mark.parametrize(("reach", "before", "after"), [(0, 0, 0), (8, 8, 8), (1000, 24, 8)])
def test_around_a_tensor_is_its_storage(reach: int, before: int, after: int) -> None:
    whole = np.zeros(12, np.float32)
    view = whole[1:][::-1][2:6:3]
    memory, found = memory_of(view), surroundings_of(Tensor(view, "float32", storage=whole), reach)
    end = memory.start + memory.size
    assert found.address == memory.address
    assert (memory.start - found.start, found.start + found.size - end) == (before, after)
    assert surroundings_of(view, reach) == memory


@pytest.mark.parametrize(
    ("grid", "sizes"),
    [(3, (3, 1, 1)), ((3,), (3, 1, 1)), ([2, np.int32(3)], (2, 3, 1)), ((0, 1, 2), (0, 1, 2))],
)
def test_a_grid_is_one_to_three_sizes(grid: Any, sizes: tuple[int, int, int]) -> None:
    assert check_grid("k", grid) == sizes


@pytest.mark.parametrize("grid", [(), (1, 1, 1, 1), (-1,), (2.0,), None, "3", (2**31,)])
def test_any_other_grid_is_refused(grid: Any) -> None:
    with pytest.raises(LaunchError, match="kernel k: the grid is 1 to 3 integers from 0 to 2147483647, got"):
        check_grid("k", grid)
