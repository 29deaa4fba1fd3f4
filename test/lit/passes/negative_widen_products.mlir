// RUN: smtir opt %s --passes=widen-products | filecheck %s

// RVV's multiply-adds widen f16 by themselves.
module attributes {smtir.target = {name = "k1", register_group = 4 : i32}} {
// CHECK-LABEL: func.func @halves
//   CHECK-NOT:   linalg.generic
//       CHECK:   linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<8x4xf16>, tensor<4x16xf16>)
func.func @halves(%a: tensor<8x4xf16>, %b: tensor<4x16xf16>, %c: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %d = linalg.matmul ins(%a, %b : tensor<8x4xf16>, tensor<4x16xf16>) outs(%c : tensor<8x16xf32>)
    -> tensor<8x16xf32>
  return %d : tensor<8x16xf32>
}
}
