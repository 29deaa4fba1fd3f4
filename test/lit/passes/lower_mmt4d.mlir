// The right operand is packed with its lanes last, and the accumulator's pack and unpack become reshapes.
// RUN: smtir opt %s --passes=lower-mmt4d | filecheck %s

// CHECK-DAG: #[[$A:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d2, d3, d5)>
// CHECK-DAG: #[[$B:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d1, d2, d5, d4)>
// CHECK-DAG: #[[$C:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1, d4)>
// CHECK-DAG: #[[$K_FIRST:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d2, d1, d5, d4)>
// CHECK-LABEL: func.func @window
// CHECK-SAME: %[[LEFT:.*]]: tensor<4x8x8x8xf32>, %[[K:.*]]: tensor<64x64xf32>, %[[ACC:.*]]: tensor<32x64xf32>
// CHECK: %[[RIGHT:.*]] = linalg.pack %[[K]] outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [8, 16]
// CHECK-SAME: tensor<64x64xf32> -> tensor<4x8x8x16xf32>
// CHECK: %[[WINDOW:.*]] = tensor.expand_shape %[[ACC]] {{\[\[0, 1\], \[2, 3\]\]}}
// CHECK-SAME: tensor<32x64xf32> into tensor<4x8x4x16xf32>
// CHECK: %[[SUM:.*]] = linalg.contract indexing_maps = [#[[$A]], #[[$B]], #[[$C]]]
// CHECK-SAME: ins(%[[LEFT]], %[[RIGHT]] {{.*}} outs(%[[WINDOW]]
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[SUM]]
// CHECK-NOT: linalg.mmt4d
// CHECK-NOT: linalg.unpack
// CHECK: return %[[FLAT]]
func.func @window(%a: tensor<4x8x8x8xf32>, %k: tensor<64x64xf32>, %acc: tensor<32x64xf32>) -> tensor<32x64xf32> {
  %eb = tensor.empty() : tensor<4x8x16x8xf32>
  %b = linalg.pack %k outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [16, 8] into %eb
    : tensor<64x64xf32> -> tensor<4x8x16x8xf32>
  %ec = tensor.empty() : tensor<4x4x8x16xf32>
  %c = linalg.pack %acc inner_dims_pos = [0, 1] inner_tiles = [8, 16] into %ec
    : tensor<32x64xf32> -> tensor<4x4x8x16xf32>
  %d = linalg.mmt4d ins(%a, %b : tensor<4x8x8x8xf32>, tensor<4x8x16x8xf32>)
    outs(%c : tensor<4x4x8x16xf32>) -> tensor<4x4x8x16xf32>
  %eu = tensor.empty() : tensor<32x64xf32>
  %u = linalg.unpack %d inner_dims_pos = [0, 1] inner_tiles = [8, 16] into %eu
    : tensor<4x4x8x16xf32> -> tensor<32x64xf32>
  return %u : tensor<32x64xf32>
}

// A right operand that was [K1, N1, k0, n0] is read so, without a transpose.
// CHECK-LABEL: func.func @k_first
// CHECK-SAME: %[[LEFT:.*]]: tensor<4x8x8x8xf32>, %[[RIGHT:.*]]: tensor<8x4x8x16xf32>
// CHECK-NOT: linalg.transpose
// CHECK: linalg.contract indexing_maps = [#[[$A]], #[[$K_FIRST]], #{{.*}}]
// CHECK-SAME: ins(%[[LEFT]], %[[RIGHT]]
func.func @k_first(%a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %c: tensor<4x4x8x16xf32>) -> tensor<4x4x8x16xf32> {
  %e = tensor.empty() : tensor<4x8x16x8xf32>
  %t = linalg.transpose ins(%b : tensor<8x4x8x16xf32>) outs(%e : tensor<4x8x16x8xf32>) permutation = [1, 0, 3, 2]
  %d = linalg.mmt4d ins(%a, %t : tensor<4x8x8x8xf32>, tensor<4x8x16x8xf32>)
    outs(%c : tensor<4x4x8x16xf32>) -> tensor<4x4x8x16xf32>
  return %d : tensor<4x4x8x16xf32>
}
