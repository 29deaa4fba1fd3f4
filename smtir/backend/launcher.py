"""From Triton's call of a compiled kernel to smtir's executable, in a few microseconds.

Triton has chosen the compiled kernel by the types of the arguments, so only what it does not
look at is checked here: the device of a tensor, the range of an integer, whether an array that
the kernel writes is writable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from smtir.arrays import Arrays
from smtir.errors import LaunchError

if TYPE_CHECKING:
    from smtir.runtime import Executable, KernelImage

Encoder = Callable[[Any], int]


class Binary(NamedTuple):
    """Object code, as Triton keeps it between loading and launching."""

    name: str
    code: bytes


def load_binary(name: str, code: bytes, shared: int, device: Any) -> tuple[Binary, Binary, int, int, int]:
    """What Triton calls a module, a function, registers, spills and the largest number of threads."""
    binary = Binary(name, code)
    # Scripts divide by the registers, and Triton compares the threads with num_warps.
    return binary, binary, 1, 0, 1 << 20


class Launcher:
    """Launches one compiled kernel; made once, called for every launch."""

    def __init__(self, src: Any, metadata: Any) -> None:
        self._source_name = src.name
        self._metadata = metadata
        self._paths = [tuple(path) for _, path, _ in metadata.arguments]
        # A source that is IR has no parameters to count.
        parameters = getattr(getattr(src, "fn", None), "params", [])
        self._is_constexpr = [bool(parameter.is_constexpr) for parameter in parameters]
        self.executable: Executable | None = None
        self.apart = frozenset((one, other) for one, other in metadata.apart)
        self._variants: dict[Arrays, Executable] = {}
        self._encoders: list[Encoder] = []
        self._pointers: list[int] = []
        self._flat = [path[0] for path in self._paths] if all(len(p) == 1 for p in self._paths) else None
        self._launched = False

    def __call__(
        self,
        grid_x: int,
        grid_y: int,
        grid_z: int,
        stream: Any,
        function: Binary | None,
        packed_metadata: Any,
        launch_metadata: Any,
        enter_hook: Any,
        exit_hook: Any,
        *args: Any,
    ) -> None:
        if enter_hook is not None:
            enter_hook(launch_metadata)
        grid = (grid_x, grid_y, grid_z)
        if not self._launched or not all(type(size) is int and 0 < size < 1 << 31 for size in grid):
            grid = self._checked(grid)
        if all(grid):
            executable = self.executable or self._load(function)
            if len(args) != len(self._is_constexpr):
                args = self._with_constexprs(args)
            if self._flat is not None:
                values = [args[position] for position in self._flat]
            else:
                values = [_follow(args, path) for path in self._paths]
            slots = [encode(value) for encode, value in zip(self._encoders, values, strict=True)]
            executable = self.for_arrays(self._arrays(values, executable))
            executable.run_encoded(values, slots, grid)
        if exit_hook is not None:
            exit_hook(launch_metadata)

    def _arrays(self, values: Sequence[Any], executable: Executable) -> Arrays:
        from smtir.runtime.overlap import arrays_of_launch

        given = [n for n in self._pointers if values[n] is not None]
        sized = [n for n in given if _has_extent(values[n])]
        arrays = arrays_of_launch(values, sized, executable.may_write, self.apart)
        # A tensor of another library may say no more than its address.
        is_unsure = bool(self.apart) and len(sized) < len(given)
        return Arrays.SAME if is_unsure and arrays is Arrays.APART else arrays

    def for_arrays(self, arrays: Arrays) -> Executable:
        """The kernel for arrays that lie as ``arrays`` says, compiled when they first do."""
        if arrays is Arrays.APART:
            assert self.executable is not None
            return self.executable
        if arrays not in self._variants:
            self._variants[arrays] = self._load_variant(arrays)
        return self._variants[arrays]

    def _load_variant(self, arrays: Arrays) -> Executable:
        from smtir.backend.cache import cached, keep, smtir_target
        from smtir.runtime import load

        place = (self._metadata.hash, self._source_name)
        code = cached(*place, f"{arrays.value}.o")
        llvm_ir = cached(*place, f"{arrays.value}.llir").decode()
        if not code or not llvm_ir:
            from smtir.backend.generation import compile_for_arrays

            ttir = cached(*place, "ttir").decode()
            llvm_ir, code = compile_for_arrays(ttir, smtir_target(self._metadata.target.arch), arrays)
            keep(*place, f"{arrays.value}.llir", llvm_ir.encode())
            keep(*place, f"{arrays.value}.o", code)
        return load(self._image(llvm_ir, code))

    def _with_constexprs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Arguments by parameter, given only those of parameters that are no constexprs.

        ``kernel[grid](x, n)`` of a compiled kernel took these in older versions of Triton, and
        scripts that keep compiled kernels still call it so.
        """
        expected = self._is_constexpr.count(False)
        if not self._is_constexpr:
            return args
        if len(args) != expected:
            raise LaunchError(
                f"kernel {self._metadata.name}: expected {len(self._is_constexpr)} arguments, "
                f"or {expected} without the constexprs, got {len(args)}",
                hint="a compiled kernel takes its arguments by position",
            )
        given = iter(args)
        return tuple(None if is_constexpr else next(given) for is_constexpr in self._is_constexpr)

    def _load(self, binary: Binary | None) -> Executable:
        from smtir.backend.cache import cached
        from smtir.runtime import load

        metadata = self._metadata
        llvm_ir = cached(metadata.hash, self._source_name, "llir").decode()
        # Another thread may have made this launcher and not loaded the binary yet.
        code = binary.code if binary is not None else cached(metadata.hash, self._source_name, "o")
        image = self._image(llvm_ir, code)
        types = image.signature
        executable = load(image)
        self._pointers = [n for n, type_ in enumerate(types.values()) if type_.startswith("*")]
        self._encoders = [
            _pointer_encoder(executable, name, type_, position)
            if type_.startswith("*")
            else executable.signature.encoder(position)
            for position, (name, type_) in enumerate(types.items())
        ]
        self.executable = executable
        return executable

    def _image(self, llvm_ir: str, code: bytes) -> KernelImage:
        from smtir.backend.cache import smtir_target
        from smtir.runtime import KernelImage

        metadata = self._metadata
        types = {name: type_ for name, _, type_ in metadata.arguments}
        return KernelImage(metadata.name, types, smtir_target(metadata.target.arch), llvm_ir, code)

    def _checked(self, grid: Sequence[Any]) -> tuple[int, int, int]:
        """The grid, which Triton takes from the script as it is; the first one is recorded."""
        from smtir.backend.tracing import launched
        from smtir.runtime.arguments import check_grid

        checked = check_grid(self._metadata.name, grid)
        if not self._launched:
            launched(self._metadata.hash, checked)
            self._launched = True
        return checked


def _has_extent(value: Any) -> bool:
    return hasattr(value, "strides") or (hasattr(value, "element_size") and hasattr(value, "stride"))


def _follow(args: Any, path: tuple[int | str, ...]) -> Any:
    for step in path:
        args = getattr(args, step) if isinstance(step, str) else args[step]
    return args


def _pointer_encoder(executable: Executable, name: str, declared: str, position: int) -> Encoder:
    import numpy as np

    from smtir.runtime.addresses import address_of

    ndarray = np.ndarray

    def error(message: str, hint: str) -> LaunchError:
        return LaunchError(f"kernel {executable.name}: argument {name}: {message}", hint=hint)

    def encode(value: Any) -> int:
        if type(value) is ndarray or isinstance(value, ndarray):
            if not value.flags.writeable and executable.may_write(position):
                raise error(
                    "the kernel writes to it, but the array is read-only", "pass a copy: array.copy()"
                )
            return address_of(value)
        device = getattr(getattr(value, "device", None), "type", "cpu")
        if device == "meta":
            raise error("a tensor on meta has no memory", "use torch.empty_like(tensor, device='cpu')")
        if device != "cpu":
            raise error(f"expected a CPU tensor, got one on {value.device}", "use .cpu()")
        if not hasattr(value, "data_ptr"):
            raise error(
                f"expected an array ({declared}), got {type(value).__name__}",
                "pass a NumPy array or a CPU tensor",
            )
        try:
            return int(value.data_ptr())
        except RuntimeError as reason:  # a sparse tensor
            raise error(f"the tensor has no memory of its own: {reason}", "use .to_dense()") from None

    return encode
