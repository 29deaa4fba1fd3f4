"""``triton.autotune`` on NumPy arrays: resets and restores them as it does tensors.

Triton calls ``zero_``, ``clone`` and ``copy_`` of the arguments; arrays get these for the time
of the call.  ``use_cuda_graph`` has no effect on a CPU.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

_MARK = "_smtir_original"


class _Tensor:
    """What autotuning asks of a tensor, of an array."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def zero_(self) -> None:
        self._array[...] = 0

    def clone(self) -> Any:
        return self._array.copy()

    def copy_(self, other: Any) -> None:
        self._array[...] = other


def accept_arrays() -> None:
    """Change ``triton.autotune``'s class; a second call changes nothing."""
    from triton.runtime.autotuner import Autotuner

    original = Autotuner.__init__
    if hasattr(original, _MARK):
        return

    @functools.wraps(original)
    def initialize(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if not self.user_defined_pre_hook:
            self.pre_hook = _on_tensors(self.pre_hook)
        if not self.user_defined_post_hook:
            self.post_hook = _on_tensors(self.post_hook)
        if self.use_cuda_graph:
            self._do_bench = _without_graph(self._do_bench)

    setattr(initialize, _MARK, original)
    Autotuner.__init__ = initialize


def _on_tensors(hook: Callable[..., Any]) -> Callable[..., Any]:
    """``hook``, called with arrays among its arguments as tensors."""

    def call(arguments: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            arguments = {
                name: _Tensor(value) if isinstance(value, numpy.ndarray) else value
                for name, value in arguments.items()
            }
        return hook(arguments, *args, **kwargs)

    return call


def _without_graph(measure: Callable[..., Any]) -> Callable[..., Any]:
    def call(kernel_call: Callable[[], Any], quantiles: Any) -> Any:
        from triton.runtime.driver import driver

        from smtir.backend.driver import CPUDriver, benchmark

        if isinstance(driver.active, CPUDriver):
            return benchmark(kernel_call, quantiles=quantiles)
        return measure(kernel_call, quantiles=quantiles)

    return call
