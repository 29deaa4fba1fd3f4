// A kernel that only arrives needs nobody to wait for it: it stays as it is.
// RUN: smtir opt %s --passes=barriers-to-coroutines | filecheck %s

// CHECK-LABEL: llvm.func @arrive
// CHECK-NEXT: llvm.call @smtir_barrier_arrive(%{{.*}}) : (i64) -> ()
// CHECK-NEXT: llvm.return
// CHECK-NOT: llvm.func
llvm.func @smtir_barrier_arrive(i64)
llvm.func @arrive(%bar: i64, %gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32) {
  llvm.call @smtir_barrier_arrive(%bar) : (i64) -> ()
  llvm.return
}
