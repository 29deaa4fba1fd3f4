from __future__ import annotations

import os
import signal
import threading

import llvm_kernels
import numpy as np

from smtir.runtime import load


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
    # The caller runs programs as well, and its own stack need not hold 16 MiB.
    before = threading.stack_size(64 << 20)
    try:
        caller = threading.Thread(target=kernel, kwargs={"grid": 64, "threads": 4})
        caller.start()
        caller.join()
    finally:
        threading.stack_size(before)


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
