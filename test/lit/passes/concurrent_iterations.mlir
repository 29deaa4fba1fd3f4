// RUN: smtir opt %s --passes=concurrent-iterations | filecheck %s

// The outer loop runs its iterations at once too: the inner ones may wait for what the others do.
// CHECK-LABEL: func.func @nested
// CHECK: %[[OUTER:.*]] = call @smtir_parallel_begin() : () -> i64
// CHECK: scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} {
// CHECK-NEXT: func.call @smtir_iteration_begin(%[[OUTER]])
// CHECK: %[[INNER:.*]] = func.call @smtir_parallel_begin() : () -> i64
// CHECK: scf.for %[[J:.*]] = %{{.*}} to %arg1 step %{{.*}} {
// CHECK-NEXT: func.call @smtir_iteration_begin(%[[INNER]])
// CHECK: arith.index_cast %[[J]]
// CHECK: func.call @smtir_barrier_wait
// CHECK-NEXT: func.call @smtir_iteration_end(%[[INNER]])
// CHECK-NEXT: }
// CHECK-NEXT: func.call @smtir_parallel_end(%[[INNER]])
// CHECK-NEXT: func.call @smtir_iteration_end(%[[OUTER]])
// CHECK-NEXT: }
// CHECK-NEXT: call @smtir_parallel_end(%[[OUTER]])
func.func private @smtir_barrier_wait(i64, i64)
func.func @nested(%bar: i64, %n: index) {
  scf.forall (%i) in (4) {
    scf.forall (%j) = (0) to (%n) step (2) {
      %count = arith.index_cast %j : index to i64
      func.call @smtir_barrier_wait(%bar, %count) : (i64, i64) -> ()
    }
  }
  return
}
