"""What a launch on the host costs over the kernel itself: prints one JSON object.

    python tools/bench/launch.py [--kernels qk] [--repeats 2000]

For each kernel, with one program and with four of a 1x1 problem, in microseconds: the launch, its parts,
and the least that a launch through ctypes could cost (a call with arguments that are ready).
"""

from __future__ import annotations

import struct
from typing import Any

from smtir.runtime.arguments import check_grid
from smtir.runtime.host import HostExecutable
from tools.bench.common import answer, arguments, median_seconds, problem, rounded


def measure(name: str, repeats: int) -> dict[str, Any]:
    """Microseconds of one kernel."""
    case = problem(name, 1, 1, 64)
    kernel = case.load(case.compile("host"))
    assert isinstance(kernel, HostExecutable)
    args = tuple(case.args.values())
    slots = kernel.signature.encode(args)
    ready = struct.pack(f"<{len(slots) + 3}Q", *slots, *check_grid(name, case.grid))

    def microseconds(work: Any) -> Any:
        return rounded(1e6 * median_seconds(work, repeats))

    return {
        "launch_us": microseconds(lambda: kernel(*args, grid=case.grid)),
        "launch_4_programs_us": microseconds(lambda: kernel(*args, grid=(4, 1, 1))),
        "of_which_checking_arguments_us": microseconds(lambda: kernel.signature.encode(args)),
        "kernel_with_ready_arguments_us": microseconds(lambda: kernel.call(ready, 0, 1)),
        "empty_call_through_ctypes_us": microseconds(lambda: kernel.call(ready, 0, 0)),
        "arguments": len(args),
    }


def main() -> None:
    """Measure each kernel."""
    options = arguments(__doc__, repeats=2000).parse_args()
    answer({"kernels": {name: measure(name, options.repeats) for name in options.kernels}})


if __name__ == "__main__":
    main()
