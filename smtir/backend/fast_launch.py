"""Launches of a kernel that was launched before with arguments of the same types, in a few microseconds.

Triton finds out at each launch what every argument means for specialization, prints options and
binds parameters by name: 1.5 us an argument.  Here a function is generated for each combination of
argument types.  It reads addresses, forms a key of what specialization depends on (integers and
constexprs by value; type and alignment of arrays), and finds by it the kernel that Triton chose the
last time, if Triton would still choose it.  Whatever is out of the ordinary (a hook, a global
variable that has changed, an argument of another kind, an error) goes Triton's own way, which also
says what is wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from operator import itemgetter
from typing import Any, NamedTuple

from triton.knobs import compilation, runtime
from triton.runtime.driver import driver

from smtir.arrays import Arrays, pair_of
from smtir.backend import HOST, TARGET_VARIABLE
from smtir.backend.driver import HOST_DEVICE, CPUDriver
from smtir.backend.launcher import Launcher
from smtir.environment import variable
from smtir.runtime.addresses import address_of
from smtir.runtime.arguments import memory_of
from smtir.runtime.executable import default_threads

_PLANS = "_smtir_plans"
_MOST_ENTRIES = 4096
"""Kernels and values of arguments that a plan remembers."""
_MOST_PROGRAMS = 2**31 - 1
_ARRAY = ("numpy", "ndarray")
_TENSORS = (("torch", "Tensor"), ("torch.nn.parameter", "Parameter"))
_FLOATS = (("builtins", "float"), ("numpy", "float32"), ("numpy", "float64"))
_BY_VALUE = (
    *(("builtins", name) for name in ("bool", "int", "str", "NoneType")),
    *(("numpy", name) for name in ("int8", "int16", "int32", "int64")),
    ("triton.language.core", "dtype"),
)
_FLOAT_CODES = {"fp64": "d", "fp32": "f4x", "fp16": "e6x"}
_INTEGER_CODES = {"u": "Q", "i": "q"}
_unset = object()

Kind = tuple[str, str]
"""Module and name of a value's type."""


class Entry(NamedTuple):
    """A kernel, and what turns arguments of one combination of types and values into its slots.

    Attributes:
        kernels: Triton's cache, which has ``kernel`` under ``key`` as long as it is valid.
        values: of the arguments, addresses and grid, those that the kernel takes.
        pack: makes the slots of them.
        launch: runs packed slots.
        written: positions of the NumPy arrays that the kernel may write to.
        apart: pairs of pointers that may not overlap, or partly, if the kernel may write one of
            them; with whether they may be the same array.
        launcher: has the kernel for launches in which they do.
    """

    kernels: Mapping[Any, Any]
    key: Any
    kernel: Any
    values: Callable[[Sequence[Any]], tuple[Any, ...]]
    pack: Callable[..., bytes]
    launch: Callable[[bytes, int, int], None]
    written: tuple[int, ...]
    apart: tuple[tuple[int, int, bool], ...]
    launcher: Launcher

    def is_valid_for(self, fn: Any) -> bool:
        """Whether Triton's caches still hold the kernel: scripts empty them to have it compiled again."""
        caches = fn.device_caches.get(HOST_DEVICE)
        return caches is not None and caches[0] is self.kernels and self.kernels.get(self.key) is self.kernel


def accelerate(original: Any) -> Any:
    """A replacement of ``JITFunction.run`` that launches fast where it can."""

    def run(self: Any, *args: Any, grid: Any, warmup: bool, **kwargs: Any) -> Any:
        if warmup:
            return original(self, *args, grid=grid, warmup=warmup, **kwargs)
        plans = self.__dict__.get(_PLANS)
        if plans is None:
            plans = self.__dict__[_PLANS] = {}
        values = (*args, *kwargs.values()) if kwargs else args
        kinds = (len(args), *kwargs, *map(type, values))
        plan = plans.get(kinds)
        if plan is not None:
            kernel = plan.launch(self, grid, values)
            if kernel is not None:
                return kernel
        kernel = original(self, *args, grid=grid, warmup=warmup, **kwargs)
        if kinds not in plans:
            plan = plans[kinds] = _make_plan(self, len(args), tuple(kwargs), values)
        if plan is not None:
            plan.remember(self, kernel, values)
        return kernel

    return run


class _Plan:
    """How arguments of one combination of types are launched."""

    def __init__(self, fn: Any, names: Mapping[str, int], kinds: Sequence[Kind]) -> None:
        """``names``: position among the values by parameter or option; ``kinds``: of each value."""
        self.names = names
        self.kinds = kinds
        self.pointers = [n for n, kind in enumerate(kinds) if kind == _ARRAY or kind in _TENSORS]
        self.entries: dict[Any, Entry] = {}
        self._defaults = {
            name: parameter.default
            for name, parameter in fn.signature.parameters.items()
            if name not in names
        }
        self._key = _key_function(fn, names, kinds, self.pointers)

    def launch(self, fn: Any, grid: Any, values: Sequence[Any]) -> Any:
        """Launch and return the kernel; None to let Triton do it."""
        if _is_special(fn):
            return None
        try:
            key, addresses, ends = self._key(fn, values)
        except (RuntimeError, TypeError, _NotFast):  # a tensor without memory; a value that is no key
            return None
        entry = self.entries.get(key)
        if entry is None or not entry.is_valid_for(fn):
            return None
        for position in entry.written:
            if not values[position].flags.writeable:
                return None
        launch, arrays = entry.launch, Arrays.APART
        for one, other, may_be_same in entry.apart:
            start, end = addresses[one], addresses[other]
            if start < ends[other] and end < ends[one]:
                if start != end:
                    arrays = Arrays.OVERLAPPING
                    break
                if not may_be_same:
                    arrays = Arrays.SAME
        if arrays is not Arrays.APART:
            launch = entry.launcher.for_arrays(arrays).launch  # type: ignore[attr-defined]  # of the host
        if callable(grid):
            grid = grid(self._bound(fn, values))
        x, y, z = (*grid, 1, 1)[:3]
        if not (type(x) is type(y) is type(z) is int and min(x, y, z) > 0 and max(x, y, z) <= _MOST_PROGRAMS):
            self._launch_checked(entry.kernel, (x, y, z), fn, values)
            return entry.kernel
        try:
            packed = entry.pack(*entry.values((*values, *addresses)), x, y, z)
        except (OverflowError, struct.error):  # a float that its type cannot hold
            self._launch_checked(entry.kernel, (x, y, z), fn, values)
            return entry.kernel
        total = x * y * z
        launch(packed, total, min(default_threads(), total))
        return entry.kernel

    def _launch_checked(self, kernel: Any, grid: Sequence[Any], fn: Any, values: Sequence[Any]) -> None:
        arguments = self._bound(fn, values).values()
        rest = (kernel.function, kernel.packed_metadata, None, None, None)
        kernel.run(*grid, 0, *rest, *arguments)

    def remember(self, fn: Any, kernel: Any, values: Sequence[Any]) -> None:
        """After Triton has launched ``kernel`` for ``values``."""
        if _is_special(fn):
            return
        try:
            key, _, _ = self._key(fn, values)
        except (RuntimeError, TypeError, _NotFast):
            return
        entry = self._entry(fn, kernel)
        if entry is not None:
            if len(self.entries) >= _MOST_ENTRIES:
                self.entries.clear()
            self.entries[key] = entry

    def _bound(self, fn: Any, values: Sequence[Any]) -> dict[str, Any]:
        """What Triton hands to a grid that is a function."""
        names = self.names
        return {name: values[names[name]] if name in names else self._defaults[name] for name in fn.arg_names}

    def _entry(self, fn: Any, kernel: Any) -> Entry | None:
        launcher = getattr(kernel, "_run", None)
        if not isinstance(launcher, Launcher) or launcher.executable is None:
            return None
        executable = launcher.executable
        launch = getattr(executable, "launch", None)
        if launch is None:  # not in this process
            return None
        kernels = fn.device_caches[HOST_DEVICE][0]
        key = next((key for key, found in kernels.items() if found is kernel), None)
        codes, positions = "", []
        pointers: dict[int, int] = {}  # by value, the kernel's parameter
        for parameter, (_, path, declared) in enumerate(kernel.metadata.arguments):
            name = fn.arg_names[path[0]]
            if len(path) != 1 or name not in self.names:
                return None
            value = self.names[name]
            if declared.startswith("*"):
                if value not in self.pointers:
                    return None
                pointers[value] = parameter
                codes += "Q"
                positions.append(len(self.kinds) + self.pointers.index(value))
            else:
                known = _FLOAT_CODES if self.kinds[value] in _FLOATS else _INTEGER_CODES
                code = known.get(declared) or known.get(declared[0])
                if code is None:
                    return None
                codes += code
                positions.append(value)
        if key is None or not positions:
            return None
        writes = {value: executable.may_write(parameter) for value, parameter in pointers.items()}
        return Entry(
            kernels,
            key,
            kernel,
            itemgetter(*positions) if len(positions) > 1 else _only(positions[0]),
            struct.Struct(f"<{codes}3q").pack,
            launch,
            tuple(value for value, writes_it in writes.items() if writes_it and self.kinds[value] == _ARRAY),
            tuple(
                (
                    self.pointers.index(one),
                    self.pointers.index(other),
                    pair_of(pointers[one], pointers[other]) not in launcher.apart,
                )
                for one, other in combinations(pointers, 2)
                if writes[one] or writes[other]
            ),
            launcher,
        )


def _only(position: int) -> Callable[[Sequence[Any]], tuple[Any]]:
    return lambda values: (values[position],)


def _make_plan(fn: Any, count: int, keywords: Sequence[str], values: Sequence[Any]) -> _Plan | None:
    """The plan for arguments of these types, or None where there is none."""
    parameters = list(fn.arg_names)
    if count > len(parameters):
        return None
    kinds = [(type(value).__module__, type(value).__name__) for value in values]
    names = {name: position for position, name in enumerate([*parameters[:count], *keywords])}
    known = {_ARRAY, *_TENSORS, *_FLOATS, *_BY_VALUE}
    return _Plan(fn, names, kinds) if known.issuperset(kinds) and len(names) == len(values) else None


def _key_function(fn: Any, names: Mapping[str, int], kinds: Sequence[Kind], pointers: Sequence[int]) -> Any:
    """The generated function ``(fn, values) -> (key, addresses, ends)``."""
    constexprs = {names[fn.arg_names[n]] for n in fn.constexprs if fn.arg_names[n] in names}
    variables = [f"v{n}" for n in range(len(kinds))]
    body = [f"({', '.join(variables)},) = values"] if variables else []
    parts = ["fn.debug", "runtime.debug", "compilation.instrumentation_mode"]
    ends = []
    for n, kind in enumerate(kinds):
        if n in pointers:
            array = kind == _ARRAY
            body.append(f"p{n} = address_of(v{n})" if array else f"p{n} = v{n}.data_ptr()")
            contiguous = f"v{n}.flags.forc" if array else f"v{n}.is_contiguous()"
            ends.append(f"p{n} + v{n}.nbytes if {contiguous} else end_of(v{n})")
            parts += [f"v{n}.dtype", f"p{n} & 15"]
            if not array:
                parts.append(f"v{n}.is_cpu")
        elif kind not in _FLOATS or n in constexprs:
            parts.append(f"v{n}")
    addresses = ", ".join(f"p{n}" for n in pointers)
    comma = "," if pointers else ""
    body.append(f"return ({', '.join(parts)}), ({addresses}{comma}), ({', '.join(ends)}{comma})")
    namespace: dict[str, Any] = {
        "address_of": address_of,
        "end_of": _end_of,
        "runtime": runtime,
        "compilation": compilation,
    }
    exec("def key(fn, values):\n" + "\n".join(f"    {line}" for line in body), namespace)
    return namespace["key"]


class _NotFast(Exception):
    """These arguments are for Triton."""


def _end_of(array: Any) -> int:
    """Behind the last byte of an array that is not contiguous and begins at its address."""
    memory = memory_of(array)
    if memory.start != memory.address:
        raise _NotFast
    return memory.start + memory.size


def _is_special(fn: Any) -> bool:
    """Whether Triton would do more for a launch of ``fn`` than launch it on this machine."""
    if fn.pre_run_hooks or not isinstance(driver._active, CPUDriver):
        return True
    if (variable(TARGET_VARIABLE) or HOST) != HOST:
        return True
    for hook in (runtime.launch_enter_hook, runtime.launch_exit_hook):
        if hook is not None and getattr(hook, "calls", True):
            return True
    if getattr(runtime, "add_stages_inspection_hook", None) is not None:
        return True
    for (name, _), (value, variables) in fn.used_global_vals.items():
        if variables.get(name, _unset) != value:
            return True
    return False
