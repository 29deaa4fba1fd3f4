// Barriers and hints.
//
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s
// RUN: smtir opt %s --print-generic | filecheck %s --check-prefix=GENERIC

// CHECK-LABEL: tt.func @ops
// GENERIC-LABEL: sym_name = "ops"
tt.func @ops(%s: i16, %i: i32, %x: tensor<64x64xf32>) {
  // CHECK: xsmt.mbarrier_create %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : <i64>
  // GENERIC: "xsmt.mbarrier_create"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : (i16, i16, i16, i16) -> !tt.ptr<i64>
  %0 = xsmt.mbarrier_create %s, %s, %s, %s : <i64>
  // CHECK: xsmt.barrier_arrive %{{.*}} : <i64>
  // GENERIC: "xsmt.barrier_arrive"(%{{.*}}) : (!tt.ptr<i64>) -> ()
  xsmt.barrier_arrive %0 : <i64>
  // CHECK: xsmt.barrier_wait %{{.*}}, %{{.*}}, %{{.*}} : <i64>
  // GENERIC: "xsmt.barrier_wait"(%{{.*}}, %{{.*}}, %{{.*}}) : (!tt.ptr<i64>, i16, i16) -> ()
  xsmt.barrier_wait %0, %s, %s : <i64>
  // CHECK: xsmt.mbarrier_copies copies(2) flag(0) arrive(1) txn(0) expect(1) : !xsmt.mbarrier<2>
  // GENERIC: "xsmt.mbarrier_copies"() {arriveCount = 1 : i64, expectCount = 1 : i64, flag = 0 : i64, numCopies = 2 : i64, transactionCount = 0 : i64} : () -> !xsmt.mbarrier<2>
  %1 = xsmt.mbarrier_copies copies(2) flag(0) arrive(1) txn(0) expect(1) : !xsmt.mbarrier<2>
  // CHECK: xsmt.mbarrier_subview %{{.*}}[%{{.*}}] : (!xsmt.mbarrier<2>, i32) -> i64
  // GENERIC: "xsmt.mbarrier_subview"(%{{.*}}, %{{.*}}) : (!xsmt.mbarrier<2>, i32) -> i64
  %2 = xsmt.mbarrier_subview %1[%i] : (!xsmt.mbarrier<2>, i32) -> i64
  // CHECK: xsmt.global_mbarrier_init %{{.*}} : i64
  // GENERIC: "xsmt.global_mbarrier_init"(%{{.*}}) : (i16) -> i64
  %3 = xsmt.global_mbarrier_init %s : i64
  // CHECK: xsmt.barrier_set_expect %{{.*}}, %{{.*}} : i64
  // GENERIC: "xsmt.barrier_set_expect"(%{{.*}}, %{{.*}}) : (i64, i16) -> ()
  xsmt.barrier_set_expect %3, %s : i64
  // CHECK: xsmt.get_num_of_thread
  // GENERIC: "xsmt.get_num_of_thread"() : () -> i32
  %4 = xsmt.get_num_of_thread
  // CHECK: xsmt.annotation %{{.*}} {pipeline = 2 : i32} : tensor<64x64xf32>
  // GENERIC: "xsmt.annotation"(%{{.*}}) {pipeline = 2 : i32} : (tensor<64x64xf32>) -> ()
  xsmt.annotation %x {pipeline = 2 : i32} : tensor<64x64xf32>
  // CHECK: tt.return
  // GENERIC: "tt.return"()
  tt.return
}

// Modes and counts may be i32: the definition tells where the assembly does not.
// CHECK-LABEL: tt.func @wide
// GENERIC-LABEL: sym_name = "wide"
tt.func @wide(%i: i32) {
  %c0 = arith.constant 0 : i16
  // CHECK: xsmt.mbarrier_create %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : <i64>
  // GENERIC: "xsmt.mbarrier_create"(%{{.*}}) : (i16, i32, i32, i16) -> !tt.ptr<i64>
  %0 = xsmt.mbarrier_create %c0, %i, %i, %c0 : <i64>
  tt.return
}

// The type behind a use is not that of the value: the barrier has it.
// CHECK-LABEL: tt.func @used_twice
// GENERIC-LABEL: sym_name = "used_twice"
tt.func @used_twice(%bar: i64) {
  %c0 = arith.constant 0 : i16
  // GENERIC: "xsmt.barrier_wait"(%{{.*}}) : (i64, i16, i16) -> ()
  xsmt.barrier_wait %bar, %c0, %c0 : i64
  // CHECK: xsmt.barrier_set_expect %{{.*}}, %{{.*}} : i64
  // GENERIC: "xsmt.barrier_set_expect"(%{{.*}}) : (i64, i16) -> ()
  xsmt.barrier_set_expect %bar, %c0 : i64
  tt.return
}
