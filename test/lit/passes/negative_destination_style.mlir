// Values that change places: each is saved before either is written over.
// RUN: smtir opt %s --passes=destination-style | filecheck %s

// CHECK-LABEL: func.func @swap
// CHECK: scf.for {{.*}} iter_args(%[[U:.*]] = %{{.*}}, %[[V:.*]] = %{{.*}})
// CHECK: %[[OLD_V:.*]] = bufferization.alloc_tensor() copy(%[[V]])
// CHECK: %[[OLD_U:.*]] = bufferization.alloc_tensor() copy(%[[U]])
// CHECK: %[[NEW_U:.*]] = linalg.copy ins(%[[OLD_V]] {{.*}} outs(%[[U]]
// CHECK: %[[NEW_V:.*]] = linalg.copy ins(%[[OLD_U]] {{.*}} outs(%[[V]]
// CHECK: scf.yield %[[NEW_U]], %[[NEW_V]]
func.func @swap(%x: tensor<64xf32>, %y: tensor<64xf32>, %n: index) -> (tensor<64xf32>, tensor<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%u = %x, %v = %y) -> (tensor<64xf32>, tensor<64xf32>) {
    scf.yield %v, %u : tensor<64xf32>, tensor<64xf32>
  }
  return %r#0, %r#1 : tensor<64xf32>, tensor<64xf32>
}

// A value built on its own argument in place is left as it is.
// CHECK-LABEL: func.func @in_place
// CHECK-NOT: linalg.copy
// CHECK: return
func.func @in_place(%x: tensor<8x8xf32>, %acc: tensor<8x8xf32>, %n: index) -> tensor<8x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%u = %acc) -> (tensor<8x8xf32>) {
    %s = linalg.matmul ins(%x, %x : tensor<8x8xf32>, tensor<8x8xf32>) outs(%u : tensor<8x8xf32>) -> tensor<8x8xf32>
    scf.yield %s : tensor<8x8xf32>
  }
  return %r : tensor<8x8xf32>
}
