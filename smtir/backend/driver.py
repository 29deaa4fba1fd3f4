"""Triton's driver interface for smtir; found by the entry point, so it imports nothing heavy."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from triton.backends.compiler import GPUTarget
from triton.backends.driver import DriverBase

from smtir.backend import BACKEND, HOST, NAME, TARGET_VARIABLE
from smtir.backend.launcher import Launcher, load_binary
from smtir.environment import variable

DEFAULT_ARCH_ID = "0xA03C"
"""spine-triton's id of the K1's cluster with the matrix engine."""
ANY_CHIP = "0"
_MEASURED_SECONDS = 0.05
_MAX_SAMPLES = 100
HOST_DEVICE = "cpu"
"""What Triton keeps kernels for this machine by, as ``torch.cpu`` names it."""
_thread = threading.local()


class CPUDriver(DriverBase):
    """Runs kernels in this process, or on emulated RISC-V with ``SMTIR_TARGET=k1``.

    Attributes:
        current_arch_id: SpacemiT's id of the chip that scripts ask about.
    """

    def __init__(self) -> None:
        super().__init__()
        from smtir.backend import hooks

        hooks.install()
        self.utils = _Utils()
        self.launcher_cls = Launcher
        self.binary_ext = "o"
        self.current_arch_id = DEFAULT_ARCH_ID
        self._chip = "k1"
        self.num_cores = os.cpu_count() or 1

    @staticmethod
    def is_active() -> bool:
        """Whether no other backend has a device here."""
        if getattr(_thread, "asks", False):  # a backend that asks us in turn
            return False
        from triton.backends import backends

        _thread.asks = True
        try:
            return not any(_has_device(found.driver) for name, found in backends.items() if name != NAME)
        finally:
            _thread.asks = False

    def set_current_arch_id(self, arch_id: str) -> None:
        """Choose the chip that code for k1 is made for: ``"0xA03C"``; ``"0"`` for any.

        Raises ``UsageError`` for an id that SpacemiT has not given out.
        """
        from smtir.targets import get_target

        self._chip = "k1" if arch_id == ANY_CHIP else get_target(arch_id).arch_id or "k1"
        self.current_arch_id = arch_id

    def get_current_target(self) -> GPUTarget:
        return GPUTarget(BACKEND, self._arch(), 1)

    def get_current_device(self) -> str:
        """What Triton keeps compiled kernels by: a chip's id; for this machine as ``torch.cpu`` names it."""
        arch = self._arch()
        return HOST_DEVICE if arch == HOST else arch

    def set_current_device(self, device: Any) -> None:
        """Nothing: there is one device."""

    def get_current_stream(self, device: Any = None) -> int:
        return 0

    def get_device_capability(self, device: Any = None) -> tuple[str, int]:
        return (BACKEND, 0)

    def get_active_torch_device(self) -> Any:
        import torch

        return torch.device("cpu")

    def get_device_interface(self) -> Any:
        return DeviceInterface

    def get_benchmarker(self) -> Callable[..., Any]:
        return benchmark

    def get_empty_cache_for_benchmark(self) -> bytearray:
        return bytearray(1 << 24)

    def clear_cache(self, cache: bytearray) -> None:
        """Write all of ``cache``, which drives the kernel's data out of the processor's."""
        # In place: fresh memory of this size takes five times as long.
        size = len(cache)
        ctypes.memset((ctypes.c_char * size).from_buffer(cache), 0, size)

    def map_python_to_cpp_type(self, ty: str) -> str:
        """C++ spelling of a Triton type."""
        if ty.startswith(("*", "tensordesc")):
            return "void*"
        named = {"i1": "bool", "u1": "bool", "fp64": "double", "fp32": "float"}
        named |= {"fp16": "_Float16", "bf16": "__bf16"}
        return named.get(ty) or f"{'u' * (ty[0] == 'u')}int{ty[1:]}_t"

    def assemble_tensormap_to_arg(self, tensormaps_info: Any, args: Any) -> Any:
        return args

    def _arch(self) -> str:
        name = variable(TARGET_VARIABLE)
        if not name or name == HOST:
            return HOST
        from smtir.targets import get_target

        target = get_target(self._chip if name.strip().lower() == "k1" else name)
        return target.arch_id or HOST


class _Utils:
    """What Triton asks about the device."""

    load_binary = staticmethod(load_binary)

    @staticmethod
    def get_device_properties(device: Any) -> dict[str, int]:
        """As of a GPU with a processor a core: scripts compute grids and occupancy from it."""
        return {
            "max_shared_mem": 1 << 30,
            "max_num_regs": 1 << 16,
            "multiprocessor_count": os.cpu_count() or 1,
            "warpSize": 1,
            "sm_clock_rate": 0,
            "mem_clock_rate": 0,
            "mem_bus_width": 0,
        }


class _Event:
    """A moment, as ``torch.cuda.Event``."""

    def __init__(self, enable_timing: bool = True, **_: Any) -> None:
        self.seconds = 0.0

    def record(self, stream: Any = None) -> None:
        self.seconds = time.perf_counter()

    def synchronize(self) -> None:
        """Nothing: kernels have ended when a launch returns."""

    def elapsed_time(self, end: _Event) -> float:
        """Milliseconds to ``end``; never 0, because callers divide by it."""
        return max((end.seconds - self.seconds) * 1e3, 1e-6)


class DeviceInterface:
    """What ``triton.testing.do_bench`` uses of ``torch.cuda``."""

    Event = _Event

    @staticmethod
    def synchronize(device: Any = None) -> None:
        """Nothing: kernels have ended when a launch returns."""

    @staticmethod
    def current_device() -> int:
        return 0


def benchmark(kernel_call: Callable[[], Any], *, quantiles: Any = None, **_: Any) -> Any:
    """Milliseconds that ``kernel_call`` takes: the ``quantiles`` of repeated calls, else their mean.

    The first call, which compiles, is not counted.  Calls repeat for a twentieth of a second,
    three at least.
    """
    kernel_call()
    samples: list[float] = []
    end = time.perf_counter() + _MEASURED_SECONDS
    while len(samples) < 3 or (len(samples) < _MAX_SAMPLES and time.perf_counter() < end):
        start = time.perf_counter()
        kernel_call()
        samples.append((time.perf_counter() - start) * 1e3)
    if quantiles is None:
        return sum(samples) / len(samples)
    samples.sort()
    return [_quantile(samples, share) for share in quantiles]


def _quantile(ordered: list[float], share: float) -> float:
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def _has_device(driver: Any) -> bool:
    try:
        return bool(driver.is_active())
    except Exception:  # a driver that cannot even look has none
        return False
