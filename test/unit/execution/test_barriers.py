"""Barriers between iterations of smt.parallel and between programs, run against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton
import triton.language as tl
import triton.language.extra.smt as smt

import smtir

TARGETS = ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])]
THREADS = (1, 2, 5)
TYPES = {"float32": "*fp32", "int32": "*i32"}


def run(
    fn: Any,
    arrays: dict[str, np.ndarray],
    target: str,
    grid: tuple[int, ...] = (1,),
    constexprs: dict[str, int] | None = None,
    **scalars: int,
) -> list[list[np.ndarray]]:
    """The arrays after a run on 1, 2 and 5 threads."""
    signature = {name: TYPES[array.dtype.name] for name, array in arrays.items()}
    signature |= dict.fromkeys(scalars, "i32")
    compiled = smtir.compile(fn, signature=signature, constexprs=constexprs or {}, target=target)
    results = []
    for threads in THREADS if target == "host" else THREADS[1:2]:
        copies = [array.copy() for array in arrays.values()]
        compiled.run(*copies, *scalars.values(), grid=grid, threads=threads)
        results.append(copies)
    return results


def values(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(count).astype(np.float32)


@triton.jit
def arrive_and_wait(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """As in upstream's own test: all iterations arrive, and all wait."""
    bar = smt.mbarrier(flag=0, expect_count=3)
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets, mask=offsets < n, other=0.0)
    for _ in smt.parallel(0, 3):
        smt.barrier_arrive(bar)
        smt.barrier_wait(bar, flag=1)
    tl.store(out_ptr + offsets, x * 2.0, mask=offsets < n)


@triton.jit
def neighbour(x_ptr, out_ptr, n, W: tl.constexpr, BLOCK: tl.constexpr):
    """Each iteration stores its block, then reads the next one's; what it loaded first it still has."""
    scratch = smt.alloc([W, BLOCK])
    bar = smt.mbarrier(expect_count=W)
    for s in smt.parallel(0, W):
        offsets = (tl.program_id(0) * W + s) * BLOCK + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + offsets, mask=offsets < n, other=0.0)
        tl.store(smt.view(scratch, (s, 0), (1, BLOCK)), (x * 2.0)[None, :])
        smt.barrier_arrive(bar)
        smt.barrier_wait(bar)
        y = tl.load(smt.view(scratch, ((s + 1) % W, 0), (1, BLOCK)))
        tl.store(out_ptr + offsets, x + tl.reshape(y, (BLOCK,)), mask=offsets < n)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [128, 100])
def test_iterations_arrive_and_wait_and_read_what_others_stored(n: int, target: str) -> None:
    x, out = values(n), np.zeros(n, np.float32)
    for _, found in run(arrive_and_wait, {"x_ptr": x, "out_ptr": out}, target, (8,), {"BLOCK": 16}, n=n):
        np.testing.assert_array_equal(found, x * 2)
    padded = np.zeros((2, 4, 16), np.float32)
    padded.reshape(-1)[:n] = x
    expected = (padded + 2 * np.roll(padded, -1, axis=1)).reshape(-1)[:n]
    constexprs = {"W": 4, "BLOCK": 16}
    for _, found in run(neighbour, {"x_ptr": x, "out_ptr": out}, target, (2,), constexprs, n=n):
        np.testing.assert_array_equal(found, expected)


@triton.jit
def rounds(x_ptr, out_ptr, count, W: tl.constexpr, BLOCK: tl.constexpr):
    """Blocks go round a ring; the barriers that order the steps are made once and used in each."""
    ring = smt.alloc([8, BLOCK])
    stored = smt.mbarrier(expect_count=W)
    loaded = smt.mbarrier(expect_count=W)
    lanes = tl.arange(0, BLOCK)
    for s in smt.parallel(0, W):
        x = tl.load(x_ptr + s * BLOCK + lanes)
        for step in range(count):
            tl.store(smt.view(ring, (s, 0), (1, BLOCK)), x[None, :])
            smt.barrier_arrive(stored)
            smt.barrier_wait(stored)
            x = tl.reshape(tl.load(smt.view(ring, ((s + 1) % W, 0), (1, BLOCK))), (BLOCK,)) + step
            smt.barrier_arrive(loaded)
            smt.barrier_wait(loaded)
        tl.store(out_ptr + s * BLOCK + lanes, x)


@triton.jit
def rounds_of_loops(x_ptr, out_ptr, count, W: tl.constexpr, BLOCK: tl.constexpr):
    """The same, with the parallel loop inside: its iterations begin anew, the barrier goes on."""
    ring = smt.alloc([16, BLOCK])
    bar = smt.mbarrier(expect_count=W)
    lanes = tl.arange(0, BLOCK)
    for step in range(count):
        for s in smt.parallel(0, W):
            x = tl.load(x_ptr + s * BLOCK + lanes)
            if step > 0:
                x = tl.load(out_ptr + s * BLOCK + lanes)
            tl.store(smt.view(ring, (step % 2 * 8 + s, 0), (1, BLOCK)), x[None, :])
            smt.barrier_arrive(bar)
            smt.barrier_wait(bar, flag=1)
            other = smt.view(ring, (step % 2 * 8 + (s + 1) % W, 0), (1, BLOCK))
            tl.store(out_ptr + s * BLOCK + lanes, tl.reshape(tl.load(other), (BLOCK,)) + step)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kernel", [rounds, rounds_of_loops])
def test_a_barrier_can_be_used_in_each_step_of_a_loop(kernel: Any, target: str) -> None:
    x, out = values(5 * 8), np.zeros(5 * 8, np.float32)
    for count in (1, 7):
        expected = np.roll(x.reshape(5, 8), -count, axis=0)
        for step in range(count):
            expected = expected + np.float32(step)
        arrays = {"x_ptr": x, "out_ptr": out}
        for _, found in run(kernel, arrays, target, constexprs={"W": 5, "BLOCK": 8}, count=count):
            np.testing.assert_allclose(found.reshape(5, 8), expected, rtol=1e-6)


@triton.jit
def ping_pong(x_ptr, out_ptr, count, BLOCK: tl.constexpr):
    """Iteration 0 fills two buffers in turns, iteration 1 empties them."""
    buffers = smt.alloc_copies([1, BLOCK], tl.float32, "l2", 2)
    full = smt.mbarrier_copies(expect_count=1, copies=2)
    empty = smt.mbarrier_copies(arrive_count=1, expect_count=1, copies=2)
    lanes = tl.arange(0, BLOCK)
    for s in smt.parallel(0, 2):
        if s == 0:
            for k in range(count):
                smt.barrier_wait(empty[k % 2])
                x = tl.load(x_ptr + k * BLOCK + lanes)
                tl.store(smt.view(buffers[k % 2], (0, 0), (1, BLOCK)), (x + k)[None, :])
                smt.barrier_arrive(full[k % 2])
        else:
            total = tl.zeros((BLOCK,), tl.float32)
            for k in range(count):
                smt.barrier_wait(full[k % 2], 1)
                x = tl.reshape(tl.load(smt.view(buffers[k % 2], (0, 0), (1, BLOCK))), (BLOCK,))
                total = total * 0.5 + x
                tl.store(out_ptr + k * BLOCK + lanes, total)
                smt.barrier_arrive(empty[k % 2])


@pytest.mark.parametrize("target", TARGETS)
def test_a_producer_and_a_consumer_take_turns_with_two_buffers(target: str) -> None:
    count, block = 9, 16
    x, out = values(count * block), np.zeros(count * block, np.float32)
    expected, total = [], np.zeros(block, np.float32)
    for k in range(count):
        total = total * np.float32(0.5) + (x[k * block : (k + 1) * block] + np.float32(k))
        expected.append(total)
    arrays = {"x_ptr": x, "out_ptr": out}
    for _, found in run(ping_pong, arrays, target, constexprs={"BLOCK": block}, count=count):
        np.testing.assert_allclose(found.reshape(count, block), np.stack(expected), rtol=1e-6)


@triton.jit
def totals(out_ptr, producers, total):
    """Waits for a total may be repeated, and counts may be known at run time only."""
    scratch = smt.alloc([1, 64], tl.int32)
    ready = smt.mbarrier(expect_count=producers)
    everyone = smt.mbarrier()
    smt.barrier_set_expect(everyone, total)
    for s in smt.parallel(0, total):
        if s >= total - producers:  # the last iterations produce, so all others must wait
            tl.store(smt.view(scratch, (0, s), (1, 1)), tl.full((1, 1), 1, tl.int32) * s)
            smt.barrier_arrive(ready)
        for k in range(1, producers + 1):
            smt.barrier_wait(ready, 0, k)
            smt.barrier_wait(ready, 0, k)
        smt.barrier_arrive(everyone)
        smt.barrier_wait(everyone)
        seen = 0
        for p in range(total - producers, total):
            seen += tl.sum(tl.load(smt.view(scratch, (0, p), (1, 1))))
        tl.store(out_ptr + s, seen)
    smt.barrier_wait(ready, 0, producers)


@pytest.mark.parametrize("target", TARGETS)
def test_counts_may_be_known_at_run_time(target: str) -> None:
    for producers, total in ((1, 4), (3, 7), (5, 5)):
        out = np.zeros(8, np.int32)
        expected = np.where(np.arange(8) < total, sum(range(total - producers, total)), 0)
        for (found,) in run(totals, {"out_ptr": out}, target, producers=producers, total=total):
            np.testing.assert_array_equal(found, expected)


@triton.jit
def chosen(out_ptr, flip, BLOCK: tl.constexpr):
    """Barriers that branches choose and loops carry; iterations in iterations."""
    first = smt.mbarrier(expect_count=2)
    second = smt.mbarrier(expect_count=2)
    done = smt.mbarrier(expect_count=4)
    if flip > 0:
        here, there = second, first
    else:
        here, there = first, second
    for i in smt.parallel(0, 2):
        for j in smt.parallel(0, 2):
            current = here if i == 0 else there
            for k in range(3):
                tl.store(out_ptr + (i * 2 + j) * BLOCK + k, k + 1)
                smt.barrier_arrive(current)
                smt.barrier_wait(current)
                other = tl.load(out_ptr + (i * 2 + 1 - j) * BLOCK + k)
                tl.store(out_ptr + (i * 2 + j) * BLOCK + k + 3, other * 10 + i)
            smt.barrier_arrive(done)
        smt.barrier_wait(done)
        tl.store(out_ptr + i * 2 * BLOCK + 6, tl.load(out_ptr + (1 - i) * 2 * BLOCK + 5))


@pytest.mark.parametrize("target", TARGETS)
def test_barriers_may_be_chosen_and_loops_of_iterations_nested(target: str) -> None:
    expected = np.zeros((2, 2, 8), np.int32)
    for i in range(2):
        expected[i, :, :3] = [1, 2, 3]
        expected[i, :, 3:6] = np.array([10, 20, 30]) + i
    expected[0, 0, 6], expected[1, 0, 6] = 31, 30
    for flip in (0, 1):
        out = np.zeros(32, np.int32)
        for (found,) in run(chosen, {"out_ptr": out}, target, constexprs={"BLOCK": 8}, flip=flip):
            np.testing.assert_array_equal(found.reshape(2, 2, 8), expected)


@triton.jit
def all_programs(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """Two phases of one barrier of the grid, with a loop of iterations between."""
    number = tl.program_id(0) + tl.num_programs(0) * tl.program_id(1)
    programs = tl.num_programs(0) * tl.num_programs(1)
    bar = smt.global_mbarrier(7)
    inner = smt.mbarrier(expect_count=2)
    smt.barrier_set_expect(bar, programs)
    offsets = number * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets, mask=offsets < n, other=0.0)
    tl.store(out_ptr + offsets, x * 2.0, mask=offsets < n)
    smt.barrier_arrive(bar)
    smt.barrier_wait(bar, flag=1)
    for _ in smt.parallel(0, 2):
        smt.barrier_arrive(inner)
        smt.barrier_wait(inner)
    y = tl.load(out_ptr + (offsets + BLOCK) % n, mask=offsets < n, other=0.0)
    smt.barrier_arrive(bar)
    smt.barrier_wait(bar)
    tl.store(out_ptr + offsets, x + y, mask=offsets < n)


@triton.jit
def late_expectation(x_ptr, out_ptr, n, PRODUCERS: tl.constexpr, BLOCK: tl.constexpr):
    """The first programs arrive before one of the others says how many arrivals there will be."""
    pid = tl.program_id(0)
    bar = smt.global_mbarrier(0)
    if pid < PRODUCERS:
        offsets = pid * BLOCK + tl.arange(0, BLOCK)
        tl.store(out_ptr + offsets, tl.load(x_ptr + offsets) * 2.0)
        smt.barrier_arrive(bar)
    else:
        if pid == PRODUCERS:
            smt.barrier_set_expect(bar, PRODUCERS)
        smt.barrier_wait(bar)
        lanes = tl.arange(0, PRODUCERS * BLOCK)
        tl.store(out_ptr + n + pid, tl.sum(tl.load(out_ptr + lanes)))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [128, 90])
def test_programs_of_the_grid_wait_for_one_another(n: int, target: str) -> None:
    x, out = values(n), np.zeros(n, np.float32)
    expected = x + 2 * np.roll(x, -16)
    for _, found in run(all_programs, {"x_ptr": x, "out_ptr": out}, target, (4, 2), {"BLOCK": 16}, n=n):
        np.testing.assert_array_equal(found, expected)
    x, out = values(64), np.zeros(64 + 7, np.float32)
    constexprs = {"PRODUCERS": 4, "BLOCK": 16}
    for _, found in run(late_expectation, {"x_ptr": x, "out_ptr": out}, target, (7,), constexprs, n=64):
        np.testing.assert_array_equal(found[:64], x * 2)
        np.testing.assert_allclose(found[68:], np.full(3, (x * 2).sum()), rtol=1e-5)


@triton.jit
def windows(x_ptr, out_ptr):
    """The first smt API: iterations that wait update windows of one accumulator."""
    bar = smt.mbarrier(expect_count=2)
    acc = tl.zeros((32, 32), tl.float32)
    x = tl.make_block_ptr(x_ptr, [32, 32], [32, 1], [0, 0], [32, 32], [1, 0])
    b = smt.descriptor_load(x, [0, 0], (32, 32), (8, 16))
    for s in smt.parallel(0, 2):
        a = smt.descriptor_load(x, [s * 16, 0], (16, 32), (8, 8))
        smt.barrier_arrive(bar)
        smt.barrier_wait(bar)
        smt.dot(a, b, smt.view(acc, [s * 16, 0], (16, 32), (8, 16)))
    tl.store(tl.make_block_ptr(out_ptr, [32, 32], [32, 1], [0, 0], [32, 32], [1, 0]), acc)


@triton.jit
def large(x_ptr, out_ptr, n):
    """What each iteration has across the wait does not fit the stack."""
    bar = smt.mbarrier(expect_count=3)
    x = tl.make_block_ptr(x_ptr, [256, 256], [256, 1], [0, 0], [256, 256], [1, 0])
    out = tl.make_block_ptr(out_ptr, [768, 256], [256, 1], [0, 0], [256, 256], [1, 0])
    for s in smt.parallel(0, n):
        y = tl.load(x) * 0.5 + s
        smt.barrier_arrive(bar)
        smt.barrier_wait(bar)
        tl.store(tl.advance(out, (s * 256, 0)), y + tl.load(x))


@pytest.mark.parametrize("target", TARGETS)
def test_windows_of_an_accumulator_and_large_blocks_survive_a_wait(target: str) -> None:
    x, out = values(32 * 32), np.zeros(32 * 32, np.float32)
    square = x.reshape(32, 32)
    for _, found in run(windows, {"x_ptr": x, "out_ptr": out}, target):
        np.testing.assert_allclose(found.reshape(32, 32), square @ square, rtol=1e-4, atol=1e-5)
    x, out = values(256 * 256), np.zeros(3 * 256 * 256, np.float32)
    expected = np.concatenate([x * np.float32(0.5) + s + x for s in range(3)])
    for _, found in run(large, {"x_ptr": x, "out_ptr": out}, target, n=3):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


@triton.jit(noinline=True)
def exchange(bar, own, other, value):
    tl.store(own, value)
    smt.barrier_arrive(bar)
    smt.barrier_wait(bar)
    received = tl.load(other)
    smt.barrier_arrive(bar)
    smt.barrier_wait(bar)
    return received


@triton.jit
def control_flow(out_ptr, n, programs):
    """Waits in a function, in a while loop, behind an early return; a step other than 1."""
    bar = smt.mbarrier(expect_count=2)
    pid = tl.program_id(0)
    if pid >= programs:
        return
    for s in smt.parallel(0, 6, 3):
        own = out_ptr + pid * 8 + s
        other = out_ptr + pid * 8 + (3 - s)
        k = s
        while k < n:
            k = exchange(bar, own, other, k) + 1
            # Both go round as often: the larger number stays the larger one's.
            k = tl.maximum(k, exchange(bar, own, other, k))
        tl.store(own + 1, k)


@pytest.mark.parametrize("target", TARGETS)
def test_waits_may_stand_in_functions_and_in_any_control_flow(target: str) -> None:
    for n in (0, 5, 9):
        ends = [0, 3]
        while max(ends) < n:
            ends = [max(ends) + 1] * 2
        out = np.zeros(32, np.int32)
        for (found,) in run(control_flow, {"out_ptr": out}, target, (4,), n=n, programs=2):
            np.testing.assert_array_equal(found.reshape(4, 8)[:, [1, 4]], [ends, ends, [0, 0], [0, 0]])


LOWER = """
module {
  tt.func public @lower(%out: !tt.ptr<i32>) {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c4 = arith.constant 4 : i32
    %zero = arith.constant 0 : i16
    %four = arith.constant 4 : i16
    %x = arith.constant 0 : i64
    %bar = "xsmt_async.mbarrier_alloc"(%zero, %zero, %zero, %four) : (i16, i16, i16, i16) -> i64
    %wide = "xsmt_async.grid"(%x) : (i64) -> i64
    %program = arith.trunci %wide : i64 to i32
    %first = arith.muli %program, %c4 : i32
    scf.for %i = %c0 to %c4 step %c1 : i32 {
      %place = arith.addi %first, %i : i32
      %mine = tt.addptr %out, %place : !tt.ptr<i32>, i32
      tt.store %mine, %i : !tt.ptr<i32>
      "xsmt_async.mbarrier_arrive"(%bar) : (i64) -> ()
      "xsmt_async.mbarrier_wait"(%bar, %zero, %zero) : (i64, i16, i16) -> ()
      %next = arith.addi %i, %c1 : i32
      %other = arith.remsi %next, %c4 : i32
      %there = arith.addi %first, %other : i32
      %its = tt.addptr %out, %there : !tt.ptr<i32>, i32
      %seen = tt.load %its : !tt.ptr<i32>
      "xsmt_async.mbarrier_arrive"(%bar) : (i64) -> ()
      "xsmt_async.mbarrier_wait"(%bar, %zero, %zero) : (i64, i16, i16) -> ()
      tt.store %mine, %seen : !tt.ptr<i32>
    } {bind_sub_block = true}
    "xsmt_async.mbarrier_release"(%bar) : (i64) -> ()
    tt.return
  }
}
"""


def test_ir_that_names_the_barriers_of_spine_tritons_run_time_runs() -> None:
    out = np.zeros(12, np.int32)
    smtir.compile(LOWER).run(out, grid=(3,))
    np.testing.assert_array_equal(out, [1, 2, 3, 0] * 3)
