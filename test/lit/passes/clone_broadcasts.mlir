// Each lane-wise reader has a broadcast of its own, which the fusion then makes disappear.
// RUN: smtir opt %s --passes=clone-broadcasts | filecheck %s
// RUN: smtir opt %s --passes=clone-broadcasts,linalg-fuse-elementwise-ops | filecheck %s --check-prefix=FUSED

#row = affine_map<(d0, d1) -> (d1)>
#all = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func.func @twice
//       CHECK:   %[[ONE:.*]] = linalg.generic {{.*}} ins(%arg0 : tensor<8xf32>)
//       CHECK:   %[[OTHER:.*]] = linalg.generic {{.*}} ins(%arg0 : tensor<8xf32>)
//       CHECK:   linalg.generic {{.*}} ins(%[[OTHER]], %arg1
//       CHECK:   linalg.generic {{.*}} ins(%[[ONE]], %arg1
// FUSED-LABEL: func.func @twice
// FUSED-COUNT-2: linalg.generic {{.*}} ins(%arg0, %arg1
//   FUSED-NOT: linalg.generic
func.func @twice(%row: tensor<8xf32>, %x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %b = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%row : tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<4x8xf32>
  %sum = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%b, %x : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %s = arith.addf %in, %other : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  %product = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%b, %x : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %p = arith.mulf %in, %other : f32
    linalg.yield %p : f32
  } -> tensor<4x8xf32>
  return %sum, %product : tensor<4x8xf32>, tensor<4x8xf32>
}
