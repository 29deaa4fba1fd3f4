// Scratch blocks, padding and copies are gone: what is stored is computed where it is stored.
// RUN: smtir opt %s --passes=store-directly | filecheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func.func @scale
// CHECK-SAME: %[[X:.*]]: memref<?x?xf32>, %[[S:.*]]: tensor<64xf32>, %[[O:.*]]: memref<?x?xf32>, %[[M:[a-z0-9]*]]: index
// CHECK-DAG: %[[IN:.*]] = bufferization.to_tensor %[[X]]
// CHECK-DAG: %[[FACTORS:.*]] = tensor.extract_slice %[[S]][0] [%[[M]]] [1]
// CHECK-DAG: %[[OUT:.*]] = bufferization.to_tensor %[[O]] restrict writable
// CHECK-NOT: tensor.insert_slice
// CHECK-NOT: linalg.fill
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[IN]], %[[FACTORS]] {{.*}} outs(%[[OUT]]
// CHECK: bufferization.materialize_in_destination %[[R]] in restrict writable %[[O]]
func.func @scale(%x: memref<?x?xf32>, %s: tensor<64xf32>, %o: memref<?x?xf32>, %m: index, %n: index, %z: f32) {
  %t = bufferization.to_tensor %x restrict : memref<?x?xf32> to tensor<?x?xf32>
  %e = tensor.empty() : tensor<64x32xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<64x32xf32>) -> tensor<64x32xf32>
  %p = tensor.insert_slice %t into %f[0, 0] [%m, %n] [1, 1] : tensor<?x?xf32> into tensor<64x32xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %s : tensor<64x32xf32>, tensor<64xf32>) outs(%e : tensor<64x32xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<64x32xf32>
  %c = tensor.extract_slice %r[0, 0] [%m, %n] [1, 1] : tensor<64x32xf32> to tensor<?x?xf32>
  bufferization.materialize_in_destination %c in restrict writable %o : (tensor<?x?xf32>, memref<?x?xf32>) -> ()
  return
}
