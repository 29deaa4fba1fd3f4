// RUN: smtir opt %s --passes=emulate-bf16 | filecheck %s

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func @add
// CHECK: linalg.generic
// CHECK: arith.shli
// CHECK: arith.addf %{{.*}}, %{{.*}} : f32
// CHECK-NOT: arith.truncf
// CHECK: linalg.yield %{{.*}} : bf16
func.func @add(%x: tensor<64xbf16>, %y: tensor<64xbf16>) -> tensor<64xbf16> {
  %e = tensor.empty() : tensor<64xbf16>
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%x, %y : tensor<64xbf16>, tensor<64xbf16>) outs(%e : tensor<64xbf16>) {
  ^bb0(%a: bf16, %b: bf16, %o: bf16):
    %s = arith.addf %a, %b : bf16
    linalg.yield %s : bf16
  } -> tensor<64xbf16>
  return %r : tensor<64xbf16>
}

// The operands of a product are widened once.
// CHECK-LABEL: func.func @product
// CHECK-COUNT-2: arith.shli
// CHECK-NOT: bf16
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<8x4xf32>, tensor<4x16xf32>)
func.func @product(%x: memref<8x4xbf16>, %y: memref<4x16xbf16>, %z: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %a = bufferization.to_tensor %x restrict : memref<8x4xbf16> to tensor<8x4xbf16>
  %b = bufferization.to_tensor %y restrict : memref<4x16xbf16> to tensor<4x16xbf16>
  %r = linalg.matmul ins(%a, %b : tensor<8x4xbf16>, tensor<4x16xbf16>) outs(%z : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}
