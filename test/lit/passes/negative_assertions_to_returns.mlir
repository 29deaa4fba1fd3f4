// RUN: smtir opt %s --passes=assertions-to-returns | filecheck %s

// A module without assertions stays as it is.
// CHECK-NOT: memref.global
// CHECK-NOT: smtir_harness_fail
// CHECK-LABEL: func.func @kernel(
// CHECK-NEXT: return
func.func @kernel(%x: i32, %y: i32, %z: i32) {
  return
}
