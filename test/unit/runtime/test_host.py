from __future__ import annotations

import os
import signal
import threading

import llvm_kernels
import numpy as np
import pytest

from smtir.runtime import load
from smtir.runtime.host import pieces


def _ids() -> object:
    return load(llvm_kernels.image(llvm_kernels.PROGRAM_IDS, {"out": "*i32"}, "host"))


def test_launches_from_several_threads_at_once_do_not_disturb_each_other() -> None:
    kernel = _ids()
    outs = [np.full((64, 6), -1, np.int32) for _ in range(8)]
    threads = [
        threading.Thread(target=kernel, args=(out,), kwargs={"grid": 64, "threads": 3}) for out in outs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for out in outs:
        np.testing.assert_array_equal(out[:, 3], np.arange(64))


def test_programs_run_at_the_same_time() -> None:
    kernel = load(llvm_kernels.image(llvm_kernels.MEET, {"count": "*i32"}, "host"))
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # ends a child whose programs wait for each other for ever
        kernel(np.zeros(1, np.int32), grid=3, threads=3)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_worker_threads_have_room_for_large_scratch() -> None:
    function = llvm_kernels.simple(
        "scratch",
        """
  %bytes = llvm.mlir.constant(16777216 : i64) : i64
  %value = llvm.mlir.constant(1 : i8) : i8
  %a = llvm.alloca %bytes x i8 : (i64) -> !llvm.ptr
  "llvm.intr.memset"(%a, %value, %bytes) <{isVolatile = true}> : (!llvm.ptr, i8, i64) -> ()""",
    )
    kernel = load(llvm_kernels.image(function, {}, "host"))
    # Only workers: the caller's own stack need not hold 16 MiB.
    helpers = [kernel_on_worker(kernel) for _ in range(2)]
    assert helpers == [None, None]


def kernel_on_worker(kernel: object) -> None:
    from smtir.runtime.host import _pool

    _pool().submit(kernel, grid=1).result()


def test_threads_work_in_a_forked_child() -> None:
    kernel = _ids()
    out = np.full((500, 6), -1, np.int32)
    kernel(out, grid=500, threads=2)
    child = os.fork()
    if child == 0:
        again = np.full((500, 6), -1, np.int32)
        _ids()(again, grid=500, threads=2)
        os._exit(int(not np.array_equal(out, again)))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_crash_is_a_signal_that_a_supervisor_sees() -> None:
    kernel = load(llvm_kernels.image(llvm_kernels.NULL_STORE, {}, "host"))
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        import faulthandler

        faulthandler.disable()
        kernel(grid=1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGSEGV


@pytest.mark.parametrize("total", [1, 2, 7, 64, 1000, 10**7])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_pieces_cover_the_grid_and_get_smaller(total: int, workers: int) -> None:
    bounds = pieces(total, workers)
    sizes = np.diff(bounds)
    assert bounds[0] == 0
    assert bounds[-1] == total
    assert (sizes > 0).all()
    assert (np.diff(sizes) <= 0).all()
    assert sizes[-1] <= max(1, total / (workers * 256))
    assert len(bounds) < 3000
