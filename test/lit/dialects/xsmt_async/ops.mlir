// Barriers as spine-triton's runtime sees them: generic form only, among the operations of linalg.
//
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s

// CHECK-LABEL: func.func @ops
func.func @ops(%s: i16, %axis: i64) {
  // CHECK: %[[B:.*]] = "xsmt_async.mbarrier_alloc"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : (i16, i16, i16, i16) -> i64
  %0 = "xsmt_async.mbarrier_alloc"(%s, %s, %s, %s) : (i16, i16, i16, i16) -> i64
  // CHECK: "xsmt_async.mbarrier_arrive"(%[[B]]) : (i64) -> ()
  "xsmt_async.mbarrier_arrive"(%0) : (i64) -> ()
  // CHECK: "xsmt_async.mbarrier_wait"(%[[B]], %{{.*}}, %{{.*}}) : (i64, i16, i16) -> ()
  "xsmt_async.mbarrier_wait"(%0, %s, %s) : (i64, i16, i16) -> ()
  // CHECK: "xsmt_async.mbarrier_release"(%[[B]]) : (i64) -> ()
  "xsmt_async.mbarrier_release"(%0) : (i64) -> ()
  // CHECK: "xsmt_async.grid"(%{{.*}}) : (i64) -> i64
  %1 = "xsmt_async.grid"(%axis) : (i64) -> i64
  return
}
