"""Run the command in a child process, so that a crash of native code becomes a message.

MLIR aborts the process when an assertion fails, and a compiled kernel may read outside its
buffers.  The child posts what it is about to do on a status board in shared memory; when a
signal kills it, the parent reads the board, saves the IR that went into the failing pass, and
says what happened.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import mmap
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from smtir.errors import EXIT_BUG, EXIT_INPUT

if TYPE_CHECKING:
    from types import FrameType

    from smtir.compiler.activity import Activity

_TEXT_ROOM = 1 << 16
_MODULE_ROOM = 1 << 26
_SEPARATOR = "\x1f"
_REQUESTED = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE})
"""Signals by which someone stops a command on purpose."""


class Status(NamedTuple):
    """What the child did last: fields as in ``Activity``, ``record`` a directory or empty."""

    phase: str = ""
    kernel: str = ""
    stage: str = ""
    detail: str = ""
    record: str = ""


class StatusBoard:
    """Shared memory with the child's last step and, as bytecode, the IR that went into it.

    The pages are anonymous and touched only as far as they are written.
    """

    def __init__(self) -> None:
        self._map = mmap.mmap(-1, _TEXT_ROOM + _MODULE_ROOM)
        self._parent = os.getpid()
        self.record = ""

    def post(self, activity: Activity) -> None:
        """Write ``activity``; leave when the parent is gone, for nobody reads our output then."""
        if os.getpid() != self._parent and os.getppid() != self._parent:
            os._exit(EXIT_BUG)
        fields = Status(activity.phase, activity.kernel, activity.stage, activity.detail, self.record)
        self._write(0, _TEXT_ROOM, _SEPARATOR.join(fields).encode())
        module = b""
        if activity.module is not None:
            import io

            buffer = io.BytesIO()
            activity.module.operation.write_bytecode(buffer)
            module = buffer.getvalue()
        self._write(_TEXT_ROOM, _MODULE_ROOM, module)

    def status(self) -> Status:
        """The last posted step."""
        text = self._read(0).decode()
        return Status(*text.split(_SEPARATOR)) if text else Status()

    def module(self) -> bytes:
        """Bytecode of the IR that went into the last posted step, or nothing."""
        return self._read(_TEXT_ROOM)

    def _write(self, start: int, room: int, data: bytes) -> None:
        if len(data) > room - 8:
            data = b""
        self._map[start : start + 8] = bytes(8)  # an unfinished write reads as empty
        self._map[start + 8 : start + 8 + len(data)] = data
        self._map[start : start + 8] = len(data).to_bytes(8, "little")

    def _read(self, start: int) -> bytes:
        size = int.from_bytes(self._map[start : start + 8], "little")
        return self._map[start + 8 : start + 8 + size]


def supervise(work: Callable[[StatusBoard], int]) -> int:
    """Run ``work`` in a child; its exit code, or that of the crash it died of."""
    board = StatusBoard()
    trace_file = os.memfd_create("smtir-traceback") if hasattr(os, "memfd_create") else -1
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _run_child(work, board, trace_file)
    number = _wait(child)
    if number >= 0:
        return number
    return _explain_death(board, -number, trace_file)


def _run_child(work: Callable[[StatusBoard], int], board: StatusBoard, trace_file: int) -> None:
    code = EXIT_BUG
    try:
        if trace_file >= 0:
            faulthandler.enable(trace_file)
        code = work(board)
    finally:
        with contextlib.suppress(BrokenPipeError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        with contextlib.suppress(Exception):
            atexit._run_exitfuncs()  # removes temporary files; os._exit alone would leave them
        os._exit(code)  # no interpreter teardown: MLIR's takes 20 ms and can only crash


def _wait(child: int) -> int:
    """The child's exit code, or minus the signal that killed it."""

    def forward(number: int, _frame: FrameType | None) -> None:
        os.kill(child, number)

    # The terminal sends SIGINT to both; the child decides.
    previous = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    for number in (signal.SIGTERM, signal.SIGHUP):
        previous[number] = signal.signal(number, forward)
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _explain_death(board: StatusBoard, number: int, trace_file: int) -> int:
    if number in _REQUESTED:
        return 128 + number
    cause = f"{signal.Signals(number).name} ({signal.strsignal(number)})"
    status = board.status()
    if status.phase == "run":
        name = status.kernel or "the kernel"
        sys.stderr.write(
            f"smtir: error: {name} crashed in compiled code: {cause}\n"
            "hint: a load or store without boundary_check on a block that sticks out of its array does this;"
            " so do wrong sizes or strides in the arguments\n"
        )
        return EXIT_INPUT
    trace = b""
    if trace_file >= 0:
        size = os.lseek(trace_file, 0, os.SEEK_END)
        trace = os.pread(trace_file, size, 0)
    report_crash(board, sys.argv[1:], cause, trace.decode(errors="replace"))
    return EXIT_BUG


def report_crash(board: StatusBoard, arguments: Sequence[str], cause: str, trace: str) -> None:
    """Write a reproducer directory and print the banner that names it."""
    import shlex
    import tempfile

    status = board.status()
    where = {
        "pass": f"in the pass '{status.detail}'" + (f" (stage {status.stage})" if status.stage else ""),
        "codegen": f"while generating code for the target '{status.detail}'",
        "frontend": "in the frontend",
        "parse": "while reading IR",
        "run": "while running the compiled kernel",
    }.get(status.phase, "before any pass ran")
    kernel = f" while compiling {status.kernel}" if status.kernel else ""
    directory = tempfile.mkdtemp(prefix="smtir-crash-")
    command = "smtir " + shlex.join(arguments)
    module = board.module()
    rerun = command
    if module:
        path = _write_module(directory, module)
        rerun = (
            f"smtir opt {path} --passes={shlex.quote(status.detail)}" if status.phase == "pass" else command
        )
    with open(os.path.join(directory, "report.txt"), "w", encoding="utf-8") as report:
        report.write(
            f"command: {command}\nreproduce: {rerun}\ncause: {cause}\nplace: {where}{kernel}\n\n{trace}\n"
        )
    lines = [
        f"smtir: internal error: {cause} {where}{kernel}",
        "  This is a bug in smtir or in MLIR, not in your kernel.",
        f"  reproducer: {directory}",
        f"  run again:  {rerun}",
    ]
    if status.record:
        lines.append(f"  record:     {status.record}")
    last = trace.strip().splitlines()[-1:] if not trace.startswith("Fatal") else []
    lines[1:1] = [f"  {line}" for line in last]
    sys.stderr.write("\n".join(lines) + "\n")


def _write_module(directory: str, module: bytes) -> str:
    """Save the IR, as text when another child manages to print it; the path."""
    bytecode = os.path.join(directory, "input.mlirbc")
    with open(bytecode, "wb") as file:
        file.write(module)
    text = os.path.join(directory, "input.mlir")
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        try:
            from smtir.dialects import print_module
            from smtir.mlir import context, ir

            with open(text + ".part", "w", encoding="utf-8") as out:
                out.write(print_module(ir.Module.parse(module, context()), locations=True))
            os.rename(text + ".part", text)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return text if os.path.exists(text) else bytecode
