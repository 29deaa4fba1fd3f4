// RUN: smtir opt %s --passes=barriers-to-coroutines,add-grid-entry --split-input-file | filecheck %s

llvm.func @smtir_parallel_begin() -> i64
llvm.func @smtir_parallel_end(i64)
llvm.func @smtir_iteration_begin(i64)
llvm.func @smtir_iteration_end(i64)
llvm.func @smtir_barrier_wait(i64, i64)

// CHECK-NOT: @smtir_iteration_begin
// CHECK: llvm.func @kernel(%[[BAR:.*]]: i64, %[[X:.*]]: f32
// CHECK: %[[TASK:.*]] = llvm.alloca
// CHECK-NEXT: llvm.call @smtir_program_begin(%[[TASK]])
// CHECK: %[[LOOP:.*]] = llvm.call @smtir_loop_begin(%[[TASK]])
// CHECK: llvm.call @kernel__iteration0(%[[LOOP]], %[[X]], %[[BAR]])
// CHECK-NEXT: llvm.call @smtir_task_started(%[[LOOP]])
// CHECK: %[[ENDED:.*]] = llvm.call @smtir_loop_end(%[[LOOP]])
// CHECK: llvm.cond_br %[[ENDED]]
// CHECK: llvm.call @smtir_program_end(%[[TASK]])
// CHECK: llvm.return
// CHECK: llvm.call @smtir_program_stuck(%[[TASK]]
// CHECK-NEXT: llvm.br

// The buffer of an iteration is behind its frame; constants are made again.
// CHECK: llvm.func internal @kernel__iteration0(%[[OWN:.*]]: i64, %[[V:.*]]: f32, %[[B:.*]]: i64) -> !llvm.ptr attributes {passthrough = ["presplitcoroutine", "no-builtins"]}
// CHECK: %[[BYTES:.*]] = llvm.mlir.constant(64 : i64) : i64
// CHECK: llvm.call @smtir_frame_alloc(%{{.*}}, %{{.*}}, %[[BYTES]])
// CHECK: %[[BUFFERS:.*]] = llvm.call @smtir_frame_buffers
// CHECK: %[[COROUTINE:.*]] = llvm.intr.coro.begin
// CHECK: %[[SELF:.*]] = llvm.call @smtir_task_begin(%[[OWN]], %[[COROUTINE]])
// CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[BUFFERS]][0]
// CHECK: llvm.store %[[V]], %[[PLACE]]
// CHECK: %[[PASSED:.*]] = llvm.call @smtir_barrier_try(%[[SELF]], %[[B]], %{{.*}}, %{{.*}})
// CHECK: llvm.cond_br %[[PASSED]]
// CHECK: %[[SAVE:.*]] = llvm.intr.coro.save %[[COROUTINE]]
// CHECK: llvm.intr.coro.suspend %[[SAVE]]

// CHECK: llvm.func @kernel__grid
// CHECK: llvm.call @kernel(
llvm.func @kernel(%bar: i64, %x: f32, %gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32) {
  %zero = llvm.mlir.constant(0 : i64) : i64
  %one = llvm.mlir.constant(1 : i64) : i64
  %loop = llvm.call @smtir_parallel_begin() : () -> i64
  llvm.br ^head(%zero : i64)
^head(%i: i64):
  %more = llvm.icmp "slt" %i, %one : i64
  llvm.cond_br %more, ^body, ^end
^body:
  llvm.call @smtir_iteration_begin(%loop) : (i64) -> ()
  %buffer = llvm.alloca %one x f32 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  llvm.store %x, %buffer : f32, !llvm.ptr
  llvm.call @smtir_barrier_wait(%bar, %zero) : (i64, i64) -> ()
  llvm.call @smtir_iteration_end(%loop) : (i64) -> ()
  %next = llvm.add %i, %one : i64
  llvm.br ^head(%next : i64)
^end:
  llvm.call @smtir_parallel_end(%loop) : (i64) -> ()
  llvm.return
}

// -----

// Programs that share a barrier run at once.
// CHECK-LABEL: llvm.func @shared(
// CHECK: %[[LOOP:.*]] = llvm.call @smtir_grid_begin
// CHECK: llvm.call @shared__program(%[[LOOP]]
// CHECK: llvm.func internal @shared__program
// CHECK: %[[TASK:.*]] = llvm.call @smtir_task_begin
// CHECK: %[[BAR:.*]] = llvm.call @smtir_global_barrier_of(%[[TASK]], %{{.*}})
// CHECK: llvm.call @smtir_barrier_try(%[[TASK]], %[[BAR]]
// CHECK: llvm.func @shared__grid
// CHECK: %[[GRID:.*]] = llvm.call @smtir_grid_begin
// CHECK: llvm.call @shared__program(%[[GRID]]
// CHECK: llvm.call @smtir_loop_end(%[[GRID]])
// CHECK: llvm.call @smtir_program_stuck
llvm.func @smtir_global_barrier(i64) -> i64
llvm.func @smtir_barrier_wait(i64, i64)
llvm.func @shared(%id: i64, %gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32) {
  %bar = llvm.call @smtir_global_barrier(%id) : (i64) -> i64
  llvm.call @smtir_barrier_wait(%bar, %id) : (i64, i64) -> ()
  llvm.return
}

// -----

// A return from an iteration, as of a failed assertion, ends the program.
// CHECK-LABEL: llvm.func @quits
// CHECK: llvm.func internal @quits__iteration0
// CHECK: llvm.call @smtir_program_quit
// CHECK-NEXT: llvm.br
llvm.func @smtir_parallel_begin() -> i64
llvm.func @smtir_parallel_end(i64)
llvm.func @smtir_iteration_begin(i64)
llvm.func @smtir_iteration_end(i64)
llvm.func @quits(%c: i1, %gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32) {
  %loop = llvm.call @smtir_parallel_begin() : () -> i64
  llvm.call @smtir_iteration_begin(%loop) : (i64) -> ()
  llvm.cond_br %c, ^on, ^failed
^failed:
  llvm.return
^on:
  llvm.call @smtir_iteration_end(%loop) : (i64) -> ()
  llvm.call @smtir_parallel_end(%loop) : (i64) -> ()
  llvm.return
}

// -----

// What the program has allocated is freed however it ends.
// CHECK-LABEL: llvm.func @frees
// CHECK: %[[MEMORY:.*]] = llvm.call @malloc
// CHECK: llvm.cond_br %{{.*}}, ^[[ON:.*]], ^[[STUCK:bb[0-9]*]]
// CHECK: ^[[ON]]:
// CHECK-NEXT: llvm.call @smtir_program_end
// CHECK-NEXT: llvm.br ^[[EXIT:bb[0-9]*]]
// CHECK: ^[[EXIT]]:
// CHECK-NEXT: llvm.call @free(%[[MEMORY]])
// CHECK-NEXT: llvm.return
// CHECK: ^[[STUCK]]:
// CHECK: llvm.br ^[[EXIT]]
llvm.func @malloc(i64) -> !llvm.ptr
llvm.func @free(!llvm.ptr)
llvm.func @smtir_barrier_wait(i64, i64)
llvm.func @frees(%bar: i64, %gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32) {
  %memory = llvm.call @malloc(%bar) : (i64) -> !llvm.ptr
  llvm.call @smtir_barrier_wait(%bar, %bar) : (i64, i64) -> ()
  llvm.call @free(%memory) : (!llvm.ptr) -> ()
  llvm.return
}
