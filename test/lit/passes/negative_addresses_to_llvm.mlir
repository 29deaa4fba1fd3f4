// RUN: smtir opt %s --passes=addresses-to-llvm | filecheck %s

// A cast of anything but an index is not ours.
// CHECK-LABEL: func.func @other
//       CHECK:   builtin.unrealized_conversion_cast %{{.*}} : i64 to memref<f32>
//   CHECK-NOT:   llvm.
func.func @other(%address: i64) -> f32 {
  %memory = builtin.unrealized_conversion_cast %address : i64 to memref<f32>
  %x = memref.load %memory[] : memref<f32>
  return %x : f32
}
