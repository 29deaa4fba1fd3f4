// RUN: smtir opt %s --passes=triton-descriptor-arguments | filecheck %s

// CHECK-LABEL: tt.func @copy
// CHECK-SAME: %[[D:.+]]: !tt.ptr<f32>, %[[M:.+]]: i32, %[[N:.+]]: i32, %[[S:.+]]: i64, %{{.+}}: i64, %[[X:.+]]: i32
// CHECK: %[[ONE:.+]] = arith.constant 1 : i64
// CHECK: %[[MADE:.+]] = tt.make_tensor_descriptor %[[D]], [%[[M]], %[[N]]], [%[[S]], %[[ONE]]] : <f32>, <tensor<16x32xf32>>
// CHECK: tt.descriptor_load %[[MADE]][%[[X]], %[[X]]]
tt.func @copy(%d: !tt.tensordesc<tensor<16x32xf32>>, %m: i32, %n: i32, %s: i64, %t: i64, %x: i32) {
  %v = tt.descriptor_load %d[%x, %x] : !tt.tensordesc<tensor<16x32xf32>> -> tensor<16x32xf32>
  tt.descriptor_store %d[%n, %x], %v : !tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf32>
  tt.return
}

// CHECK-LABEL: tt.func @nan
// CHECK: tt.make_tensor_descriptor %{{.*}} {padding = 2 : i32} : <f16>, <tensor<8xf16>>
tt.func @nan(%d: !tt.tensordesc<tensor<8xf16>> {tt.nan_padding = 1 : i32}, %m: i32, %s: i64) -> tensor<8xf16> {
  %v = tt.descriptor_load %d[%m] : !tt.tensordesc<tensor<8xf16>> -> tensor<8xf16>
  tt.return %v : tensor<8xf16>
}

// CHECK-LABEL: tt.func @unused
// CHECK-SAME: !tt.ptr<bf16>
// CHECK-NOT: tt.make_tensor_descriptor
tt.func @unused(%d: !tt.tensordesc<tensor<8xbf16>>, %m: i32, %s: i64) {
  tt.return
}
