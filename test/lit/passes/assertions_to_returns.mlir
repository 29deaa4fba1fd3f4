// RUN: smtir opt %s --passes=assertions-to-returns | filecheck %s

// The text of the message is a constant of the module; the last three arguments are the program's place.
// CHECK: memref.global "private" constant @message_0 : memref<{{[0-9]+}}xi8> = dense<
// CHECK: func.func private @smtir_harness_fail(i64, i64, i64, i64, i32, i32, i32)

// CHECK-LABEL: func.func @kernel(
// CHECK-SAME: %[[A:.*]]: memref<f32>, %[[OK:.*]]: i1, %[[X:.*]]: i32, %[[Y:.*]]: i32, %[[Z:.*]]: i32
func.func @kernel(%a: memref<f32>, %ok: i1, %x: i32, %y: i32, %z: i32) {
  // CHECK: cf.cond_br %[[OK]], ^[[ON:.*]], ^[[FAILED:.*]]
  // CHECK: ^[[FAILED]]:
  // CHECK: call @smtir_harness_fail({{.*}}, %[[X]], %[[Y]], %[[Z]])
  // CHECK-NEXT: return
  // CHECK: ^[[ON]]:
  // CHECK: memref.store
  cf.assert %ok, "positive"
  %one = arith.constant 1.0 : f32
  memref.store %one, %a[] : memref<f32>
  return
}
