// An accumulator whose pack has another reader keeps its layout; a right operand that is no pack is transposed.
// RUN: smtir opt %s --passes=lower-mmt4d | filecheck %s

// CHECK-LABEL: func.func @read_twice
// CHECK: %[[C:.*]] = linalg.pack
// CHECK: %[[B:.*]] = linalg.transpose ins(%{{.*}} : tensor<4x8x16x8xf32>) outs(%{{.*}} : tensor<4x8x8x16xf32>)
// CHECK-SAME: permutation = [0, 1, 3, 2]
// CHECK-NOT: tensor.expand_shape
// CHECK: %[[D:.*]] = linalg.contract {{.*}} outs(%[[C]]
// CHECK: linalg.unpack %[[D]]
func.func @read_twice(%a: tensor<4x8x8x8xf32>, %b: tensor<4x8x16x8xf32>, %acc: tensor<32x64xf32>)
    -> (tensor<32x64xf32>, tensor<4x4x8x16xf32>) {
  %ec = tensor.empty() : tensor<4x4x8x16xf32>
  %c = linalg.pack %acc inner_dims_pos = [0, 1] inner_tiles = [8, 16] into %ec
    : tensor<32x64xf32> -> tensor<4x4x8x16xf32>
  %d = linalg.mmt4d ins(%a, %b : tensor<4x8x8x8xf32>, tensor<4x8x16x8xf32>)
    outs(%c : tensor<4x4x8x16xf32>) -> tensor<4x4x8x16xf32>
  %eu = tensor.empty() : tensor<32x64xf32>
  %u = linalg.unpack %d inner_dims_pos = [0, 1] inner_tiles = [8, 16] into %eu
    : tensor<4x4x8x16xf32> -> tensor<32x64xf32>
  return %u, %c : tensor<32x64xf32>, tensor<4x4x8x16xf32>
}
