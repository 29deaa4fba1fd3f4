// RUN: smtir opt %s --passes=xsmt-barriers-to-calls | filecheck %s

// CHECK-DAG: func.func private @smtir_barrier_init(i64, i64, i64, i64)
// CHECK-DAG: func.func private @smtir_barrier_wait(i64, i64)
// CHECK-DAG: func.func private @smtir_global_barrier(i64) -> i64

// CHECK-LABEL: func.func public @one
// CHECK: %[[MEMORY:.*]] = memref.alloc() : memref<64xi8>
// CHECK: %[[POINTER:.*]] = memref.extract_aligned_pointer_as_index %[[MEMORY]]
// CHECK: %[[BAR:.*]] = arith.index_cast %[[POINTER]] : index to i64
// CHECK: %[[ARRIVED:.*]] = arith.extui %{{.*}} : i16 to i64
// CHECK: %[[EXPECTED:.*]] = arith.extui %{{.*}} : i16 to i64
// CHECK: call @smtir_barrier_init(%[[BAR]], %{{.*}}, %[[ARRIVED]], %[[EXPECTED]])
// CHECK: call @smtir_barrier_arrive(%[[BAR]])
// CHECK: call @smtir_barrier_wait(%[[BAR]], %{{.*}})
// CHECK: call @smtir_barrier_set_expect(%[[BAR]], %{{.*}})
tt.func public @one(%count: i16) {
  %c0 = arith.constant 0 : i16
  %bar = xsmt.mbarrier_create %c0, %c0, %c0, %count : <i64>
  xsmt.barrier_arrive %bar : <i64>
  xsmt.barrier_wait %bar, %c0, %count : <i64>
  xsmt.barrier_set_expect %bar, %count : <i64>
  tt.return
}

// CHECK-LABEL: func.func public @several
// CHECK: memref.alloc() : memref<192xi8>
// CHECK: %[[FIRST:.*]] = arith.index_cast %{{.*}} : index to i64
// CHECK: %[[SIZE:.*]] = arith.constant 64 : i64
// CHECK: %[[OFFSET:.*]] = arith.muli %{{.*}}, %[[SIZE]] : i64
// CHECK: %[[BAR:.*]] = arith.addi %[[FIRST]], %[[OFFSET]] : i64
// CHECK: call @smtir_barrier_arrive(%[[BAR]])
tt.func public @several(%i: i32) {
  %bars = xsmt.mbarrier_copies copies(3) flag(0) arrive(1) txn(0) expect(2) : !xsmt.mbarrier<3>
  %bar = xsmt.mbarrier_subview %bars[%i] : (!xsmt.mbarrier<3>, i32) -> i64
  xsmt.barrier_arrive %bar : i64
  tt.return
}

// What spine-triton itself makes of them.
// CHECK-LABEL: func.func public @lower
// CHECK: call @smtir_barrier_init
// CHECK: %[[SHARED:.*]] = call @smtir_global_barrier(%{{.*}}) : (i64) -> i64
// CHECK: call @smtir_barrier_arrive(%[[SHARED]])
// CHECK: call @smtir_barrier_wait
// CHECK-NEXT: return
tt.func public @lower(%c: i16) {
  %bar = "xsmt_async.mbarrier_alloc"(%c, %c, %c, %c) : (i16, i16, i16, i16) -> i64
  %shared = xsmt.global_mbarrier_init %c : i64
  "xsmt_async.mbarrier_arrive"(%shared) : (i64) -> ()
  "xsmt_async.mbarrier_wait"(%bar, %c, %c) : (i64, i16, i16) -> ()
  "xsmt_async.mbarrier_release"(%bar) : (i64) -> ()
  tt.return
}

// Branches choose barriers, and loops carry them.
// CHECK-LABEL: func.func public @chosen
// CHECK: %[[CHOSEN:.*]] = scf.if %{{.*}} -> (i64)
// CHECK: scf.for %{{.*}} iter_args(%[[CARRIED:.*]] = %[[CHOSEN]]) -> (i64)
// CHECK: call @smtir_barrier_arrive(%[[CARRIED]])
// CHECK: %[[NEXT:.*]] = arith.select %{{.*}}, %[[CARRIED]], %{{.*}} : i64
// CHECK: scf.yield %[[NEXT]] : i64
tt.func public @chosen(%c: i1, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %z = arith.constant 0 : i16
  %one = xsmt.mbarrier_create %z, %z, %z, %z : <i64>
  %other = xsmt.mbarrier_create %z, %z, %z, %z : <i64>
  %chosen = scf.if %c -> (!tt.ptr<i64>) {
    scf.yield %one : !tt.ptr<i64>
  } else {
    scf.yield %other : !tt.ptr<i64>
  }
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%bar = %chosen) -> (!tt.ptr<i64>) : i32 {
    xsmt.barrier_arrive %bar : <i64>
    %next = arith.select %c, %bar, %other : !tt.ptr<i64>
    scf.yield %next : !tt.ptr<i64>
  }
  tt.return
}

// The number of a barrier that the script made; other integers stay what they are.
// CHECK-LABEL: func.func public @of_the_caller
// CHECK-SAME: (%[[NUMBER:.*]]: i64, %[[OTHER:.*]]: i64)
// CHECK: %[[BAR:.*]] = call @smtir_global_barrier(%[[NUMBER]]) : (i64) -> i64
// CHECK-NOT: smtir_global_barrier
// CHECK: arith.addi %[[OTHER]], %[[OTHER]]
// CHECK: call @smtir_barrier_arrive(%[[BAR]])
tt.func public @of_the_caller(%number: i64, %other: i64) {
  %sum = arith.addi %other, %other : i64
  xsmt.barrier_arrive %number : i64
  tt.return
}
