"""What launching a cached kernel through Triton costs over the kernel itself: prints one JSON object.

    python tools/bench/plugin.py [--kernels qk] [--repeats 2000]

One program of a 1x1 problem, with the arguments as NumPy arrays and, where torch is installed, as tensors; in
microseconds: ``kernel[grid](...)``, and the parts of it that are smtir's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import triton
from triton.backends import Backend, backends

from smtir.backend import NAME
from smtir.backend.compiler import SmtirBackend
from smtir.backend.driver import CPUDriver
from tools.bench.common import answer, arguments, median_seconds, problem, rounded


def measure(name: str, repeats: int, convert: Callable[[Any], Any]) -> dict[str, float]:
    """Microseconds of a launch of the kernel ``name`` and of its parts."""
    case = problem(name, 1, 1, 64)
    fn = case.spec.fn
    args = {
        key: convert(value) if isinstance(value, np.ndarray) else value for key, value in case.args.items()
    }
    given = {**args, **case.constexprs}
    values = [given[name] for name in fn.arg_names]
    launch = fn[case.grid]
    kernel = launch(*values)
    binder = fn.device_caches[triton.runtime.driver.active.get_current_device()][4]
    rest = (0, kernel.function, kernel.packed_metadata, None, None, None)

    def microseconds(work: Any) -> Any:
        return rounded(1e6 * median_seconds(work, repeats))

    return {
        "launch_us": microseconds(lambda: launch(*values)),
        "of_which_types_of_arguments_us": microseconds(lambda: binder(*values)),
        "of_which_launcher_and_kernel_us": microseconds(lambda: kernel.run(1, 1, 1, *rest, *values)),
        "launcher_without_programs_us": microseconds(lambda: kernel.run(0, 1, 1, *rest, *values)),
    }


def main() -> None:
    """Measure with each kind of array."""
    options = arguments(__doc__, repeats=2000).parse_args()
    backends.setdefault(NAME, Backend(SmtirBackend, CPUDriver))
    triton.runtime.driver.set_active(CPUDriver())
    kinds: dict[str, Callable[[Any], Any]] = {"numpy": lambda array: array}
    try:
        import torch
    except ImportError:
        pass
    else:
        kinds["torch"] = torch.from_numpy
    results = {
        name: {kind: measure(name, options.repeats, convert) for kind, convert in kinds.items()}
        for name in options.kernels
    }
    answer({"kernels": results})


if __name__ == "__main__":
    main()
