"""Arguments of a kernel, checked against its signature and turned into 64-bit slots.

Every argument travels in one slot: a pointer as its address, a number as its bits from the
lowest byte up.  The entry made by :mod:`smtir.runtime.entry` takes them out again, so no C
signature is needed on either side.
"""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from smtir.errors import LaunchError, UsageError
from smtir.runtime.addresses import address_of

Grid = tuple[int, int, int]
Encoder = Callable[[Any], int]
_MAX_GRID = 2**31 - 1


class ElementType(NamedTuple):
    """An element type by Triton's name: its size in bytes and its type in LLVM IR."""

    bytes: int
    llvm: str
    dtypes: tuple[str, ...]
    """Names of the array dtypes that hold it, the usual one first."""


ELEMENT_TYPES: Mapping[str, ElementType] = {
    "fp64": ElementType(8, "double", ("float64",)),
    "fp32": ElementType(4, "float", ("float32",)),
    "fp16": ElementType(2, "half", ("float16",)),
    # NumPy has no bfloat16 of its own: a package's, a tensor's, or the bits.
    "bf16": ElementType(2, "bfloat", ("bfloat16", "uint16")),
    "fp8e4nv": ElementType(1, "i8", ("float8_e4m3fn", "uint8")),
    "fp8e5": ElementType(1, "i8", ("float8_e5m2", "uint8")),
    "fp8e4b8": ElementType(1, "i8", ("float8_e4m3fnuz", "uint8")),
    "fp8e5b16": ElementType(1, "i8", ("float8_e5m2fnuz", "uint8")),
    "fp8e4b15": ElementType(1, "i8", ("uint8", "int8")),
    "i64": ElementType(8, "i64", ("int64",)),
    "u64": ElementType(8, "i64", ("uint64",)),
    "i32": ElementType(4, "i32", ("int32",)),
    "u32": ElementType(4, "i32", ("uint32",)),
    "i16": ElementType(2, "i16", ("int16",)),
    "u16": ElementType(2, "i16", ("uint16",)),
    "i8": ElementType(1, "i8", ("int8",)),
    "u8": ElementType(1, "i8", ("uint8",)),
    "i1": ElementType(1, "i1", ("bool", "int8", "uint8")),
    "u1": ElementType(1, "i1", ("bool", "int8", "uint8")),
}
_FLOAT_FORMATS = {"fp64": ("<d", "<Q"), "fp32": ("<f", "<I"), "fp16": ("<e", "<H")}


def element_type(kernel: str, name: str, declared: str) -> ElementType:
    """The element type that ``declared`` (``"*fp32"``, ``"i32"``) is made of.

    Raises ``UsageError`` on a type that no argument can have.
    """
    element = ELEMENT_TYPES.get(declared.removeprefix("*"))
    if element is None or (declared.startswith("fp8")):
        known = ", ".join(key for key in ELEMENT_TYPES)
        raise UsageError(
            f"kernel {kernel}: parameter {name} has the unknown type {declared!r}",
            hint=f"a pointer is '*' and one of {known}; a number is one of them other than fp8",
        )
    return element


class Memory(NamedTuple):
    """Where an array argument lives."""

    address: int
    """Of its first element, which is what the kernel gets."""
    start: int
    """Lowest address of any element."""
    size: int
    """Bytes from ``start`` to the end of the highest element."""
    writable: bool


def memory_of(array: Any) -> Memory:
    """The memory of a NumPy array or CPU tensor, whatever its strides."""
    if hasattr(array, "data_ptr"):
        item, address, writable = array.element_size(), array.data_ptr(), True
        steps = [stride * item for stride in array.stride()]
    else:
        address = address_of(array) if isinstance(array, np.ndarray) else array.__array_interface__["data"][0]
        item, writable = array.itemsize, array.flags.writeable
        steps = list(array.strides)
    if 0 in array.shape:
        return Memory(address, address, 0, writable)
    reach = [step * (extent - 1) for step, extent in zip(steps, array.shape, strict=True)]
    start = address + sum(step for step in reach if step < 0)
    return Memory(address, start, sum(map(abs, reach)) + item, writable)


def surroundings_of(array: Any, reach: int) -> Memory:
    """An array's memory, and of a tensor the storage around it, up to ``reach`` bytes on either side.

    Scripts make tensors of others, and reach from one into the rest with strides of their own.  A NumPy
    array is what it covers and no more, so that a kernel that goes beyond it is found out.
    """
    memory = memory_of(array)
    if not memory.size or not hasattr(array, "untyped_storage"):
        return memory
    storage = array.untyped_storage()
    first, end = storage.data_ptr(), memory.start + memory.size
    start = max(min(first, memory.start), memory.start - reach)
    end = min(max(first + storage.nbytes(), end), end + reach)
    return Memory(memory.address, start, end - start, memory.writable)


class Signature:
    """A kernel's parameters, ready to encode arguments fast.

    ``types`` gives each parameter's Triton type (``"*fp32"``, ``"i32"``) in order.
    """

    def __init__(self, kernel: str, types: Mapping[str, str], writes: Callable[[int], bool]) -> None:
        """``writes(n)``: whether the kernel may write through parameter ``n``.

        It is asked only about read-only arrays, because finding out takes time.
        """
        self.kernel = kernel
        self.types = dict(types)
        self.elements = [element_type(kernel, name, declared) for name, declared in types.items()]
        self._writes = writes
        self._encoders = [self._encoder(n, name) for n, name in enumerate(types)]

    def encoder(self, position: int) -> Encoder:
        """What turns the argument at ``position`` into its slot."""
        return self._encoders[position]

    def encode(self, args: Sequence[Any]) -> list[int]:
        """The slots of ``args``.  Raises ``LaunchError`` on a wrong count, type or value."""
        if len(args) != len(self._encoders):
            names = ", ".join(f"{name}: {declared}" for name, declared in self.types.items())
            raise LaunchError(
                f"kernel {self.kernel} takes {len(self._encoders)} arguments, got {len(args)}",
                hint=f"its parameters: {names}; constexprs were given to compile()",
            )
        return [encode(value) for encode, value in zip(self._encoders, args, strict=True)]

    def pointers(self) -> list[int]:
        """Positions of the pointer parameters."""
        return [n for n, declared in enumerate(self.types.values()) if declared.startswith("*")]

    def _encoder(self, position: int, name: str) -> Encoder:
        declared = self.types[name]
        if declared.startswith("*"):
            return self._pointer_encoder(position, name, declared)
        if declared in _FLOAT_FORMATS or declared == "bf16":
            return self._float_encoder(name, declared)
        return self._integer_encoder(name, declared)

    def _error(self, name: str, message: str, hint: str = "") -> LaunchError:
        return LaunchError(f"kernel {self.kernel}: argument {name}: {message}", hint=hint)

    def _pointer_encoder(self, position: int, name: str, declared: str) -> Encoder:
        dtypes = self.elements[position].dtypes
        wanted = f"an array of {dtypes[0]}"
        accepted: set[Any] = set()
        for dtype in dtypes:
            accepted.add(f"torch.{dtype}")
            try:
                accepted.add(np.dtype(dtype))
            except TypeError:
                accepted.add(dtype)

        def encode(value: Any) -> int:
            try:
                dtype = value.dtype
            except AttributeError:
                hint = "pass None as a constexpr: compile(..., constexprs={...})" if value is None else (
                    "np.asarray() makes an array of a list or a number"
                )  # fmt: skip
                raise self._error(
                    name, f"expected {wanted} ({declared}), got {_describe(value)}", hint
                ) from None
            if hasattr(value, "data_ptr"):
                if str(dtype) not in accepted:
                    raise self._wrong_dtype(name, declared, dtypes[0], str(dtype).removeprefix("torch."))
                if value.device.type != "cpu":
                    raise self._error(name, f"expected a CPU tensor, got one on {value.device}", "use .cpu()")
                try:
                    address: int = value.data_ptr()
                except RuntimeError as error:  # a sparse or meta tensor
                    raise self._error(name, f"the tensor has no memory of its own: {error}") from None
                return address
            if dtype not in accepted and dtype.name not in accepted:
                raise self._wrong_dtype(
                    name, declared, dtypes[0], dtype.str if not dtype.isnative else dtype.name
                )
            if isinstance(value, np.generic):  # it offers the address of a copy that is gone at once
                raise self._error(name, f"expected {wanted} ({declared}), got {_describe(value)}")
            try:
                if isinstance(value, np.ndarray):
                    address, read_only = address_of(value), not value.flags.writeable
                else:
                    address, read_only = value.__array_interface__["data"]
            except AttributeError:
                raise self._error(name, f"expected {wanted}, got {_describe(value)}") from None
            if read_only and self._writes(position):
                raise self._error(
                    name, "the kernel writes to it, but the array is read-only", "pass a copy: array.copy()"
                )
            return address

        return encode

    def _wrong_dtype(self, name: str, declared: str, wanted: str, got: str) -> LaunchError:
        return self._error(
            name,
            f"expected an array of {wanted} ({declared}), got {got}",
            f"convert it (.astype, .to), or compile with {name} of its type",
        )

    def _integer_encoder(self, name: str, declared: str) -> Encoder:
        bits = int(declared[1:])
        signed = declared[0] == "i" and bits > 1
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        mask = 2**bits - 1

        def encode(value: Any) -> int:
            if type(value) is not int:
                try:
                    value = int(value) if isinstance(value, np.bool_) else operator.index(value)
                except TypeError:
                    raise self._error(
                        name, f"expected an integer ({declared}), got {_describe(value)}"
                    ) from None
            if not low <= value <= high:
                raise self._error(
                    name,
                    f"{value} is outside {declared}, which holds {low} to {high}",
                    f"compile with {name} of a wider type" if bits < 64 else "",
                )
            slot: int = int(value) & mask
            return slot

        return encode

    def _float_encoder(self, name: str, declared: str) -> Encoder:
        pack, unpack = _FLOAT_FORMATS.get(declared, _FLOAT_FORMATS["fp32"])
        to_bytes, from_bytes = struct.Struct(pack).pack, struct.Struct(unpack).unpack
        narrow = _round_to_bf16 if declared == "bf16" else None

        def encode(value: Any) -> int:
            if type(value) is not float:
                real = isinstance(value, int | float | np.integer | np.floating)
                if isinstance(value, bool | np.bool_) or not real:
                    raise self._error(name, f"expected a number ({declared}), got {_describe(value)}")
            try:
                number = float(value)
            except OverflowError:
                raise self._error(name, f"{value} is too large for {declared}") from None
            try:
                bits: int = from_bytes(to_bytes(number))[0]
            except OverflowError:  # rounds to infinity, as in Triton and NumPy
                bits = from_bytes(to_bytes(math.copysign(math.inf, number)))[0]
            return narrow(bits) if narrow else bits

        return encode


def _round_to_bf16(bits: int) -> int:
    """The upper half of an f32's bits, rounded to nearest even; NaN stays NaN."""
    if bits & 0x7FFFFFFF > 0x7F800000:
        return bits >> 16 | 0x40
    return bits + 0x7FFF + (bits >> 16 & 1) >> 16


def _describe(value: Any) -> str:
    dtype = getattr(value, "dtype", None)
    if dtype is not None:
        return f"{'an array' if getattr(value, 'shape', ()) else 'a number'} of {dtype}"
    return "None" if value is None else f"{type(value).__name__} {value!r}"[:60]


def check_grid(kernel: str, grid: Any) -> Grid:
    """``grid`` as three sizes x, y, z.  Raises ``LaunchError`` unless it is 1 to 3 counts."""
    sizes = (grid,) if isinstance(grid, int) else grid
    try:
        counts = tuple(operator.index(size) for size in sizes)
    except TypeError:
        counts = ()
    if not 1 <= len(counts) <= 3 or any(not 0 <= count <= _MAX_GRID for count in counts):
        raise LaunchError(
            f"kernel {kernel}: the grid is 1 to 3 integers from 0 to {_MAX_GRID}, got {grid!r}",
            hint="e.g. grid=(triton.cdiv(M, BLOCK_M),)",
        )
    x, y, z = (*counts, 1, 1)[:3]
    return x, y, z
