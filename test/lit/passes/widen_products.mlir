// RUN: smtir opt %s --passes=widen-products --split-input-file | filecheck %s

module attributes {smtir.target = {name = "host", register_group = 1 : i32}} {

// CHECK-LABEL: func.func @halves
//       CHECK:   %[[A:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<8x4xf32>)
//       CHECK:     arith.extf %{{.*}} : f16 to f32
//       CHECK:   %[[B:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<4x16xf32>)
//       CHECK:   linalg.matmul ins(%[[A]], %[[B]] : tensor<8x4xf32>, tensor<4x16xf32>)
func.func @halves(%a: tensor<8x4xf16>, %b: tensor<4x16xf16>, %c: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %d = linalg.matmul ins(%a, %b : tensor<8x4xf16>, tensor<4x16xf16>) outs(%c : tensor<8x16xf32>)
    -> tensor<8x16xf32>
  return %d : tensor<8x16xf32>
}

// Sums of so few products of bytes are exact in f32.
// CHECK-LABEL: func.func @bytes
//       CHECK:   %[[Z:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<8x16xf32>)
//       CHECK:   %[[A:.*]] = linalg.generic {{.*}} ins(%arg0 : tensor<8x4xi8>)
//       CHECK:     arith.sitofp %{{.*}} : i8 to f32
//       CHECK:   %[[B:.*]] = linalg.generic {{.*}} ins(%arg1 : tensor<4x16xi8>)
//       CHECK:   %[[P:.*]] = linalg.matmul ins(%[[A]], %[[B]] : {{.*}}) outs(%[[Z]] : tensor<8x16xf32>)
//       CHECK:   linalg.generic {{.*}} ins(%[[P]] : tensor<8x16xf32>) outs(%arg2 : tensor<8x16xi32>)
//       CHECK:     %[[I:.*]] = arith.fptosi
//       CHECK:     arith.addi %{{.*}}, %[[I]]
func.func @bytes(%a: tensor<8x4xi8>, %b: tensor<4x16xi8>, %c: tensor<8x16xi32>) -> tensor<8x16xi32> {
  %d = linalg.matmul ins(%a, %b : tensor<8x4xi8>, tensor<4x16xi8>) outs(%c : tensor<8x16xi32>)
    -> tensor<8x16xi32>
  return %d : tensor<8x16xi32>
}

// Each element of a sum is used once.
// CHECK-LABEL: func.func @sum
//       CHECK:   linalg.generic {{.*}} ins(%{{.*}} : tensor<8x4xf16>)
//  CHECK-NEXT:   ^bb0(%{{.*}}: f16, %{{.*}}: f32):
func.func @sum(%a: tensor<8x4xf16>, %c: tensor<8xf32>) -> tensor<8xf32> {
  %d = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%a : tensor<8x4xf16>) outs(%c : tensor<8xf32>) {
  ^bb0(%x: f16, %s: f32):
    %1 = arith.extf %x : f16 to f32
    %2 = arith.addf %s, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<8xf32>
  return %d : tensor<8xf32>
}
}
