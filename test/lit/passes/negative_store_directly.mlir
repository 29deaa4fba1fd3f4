// RUN: smtir opt %s --passes=store-directly | filecheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#swapped = affine_map<(d0, d1) -> (d1, d0)>

// Memory that is read in another order than the store's may be overwritten before it is read.
// CHECK-LABEL: func.func @transposed
// CHECK: linalg.generic {{.*}} outs(%[[E:.*]] : tensor<8x8xf32>)
// CHECK-NOT: restrict writable :
func.func @transposed(%x: memref<8x8xf32>, %o: memref<8x8xf32>) {
  %t = bufferization.to_tensor %x restrict : memref<8x8xf32> to tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %r = linalg.generic {indexing_maps = [#swapped, #id], iterator_types = ["parallel", "parallel"]}
      ins(%t : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %c: f32):
    %1 = arith.negf %a : f32
    linalg.yield %1 : f32
  } -> tensor<8x8xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<8x8xf32>, memref<8x8xf32>) -> ()
  return
}

// A result with another user is computed once, in scratch memory.
// CHECK-LABEL: func.func @used_twice
// CHECK: %[[R:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<8x8xf32>)
// CHECK: bufferization.materialize_in_destination %[[R]]
// CHECK: return %[[R]]
func.func @used_twice(%t: tensor<8x8xf32>, %o: memref<8x8xf32>) -> tensor<8x8xf32> {
  %e = tensor.empty() : tensor<8x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%t : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %c: f32):
    %1 = arith.negf %a : f32
    linalg.yield %1 : f32
  } -> tensor<8x8xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<8x8xf32>, memref<8x8xf32>) -> ()
  return %r : tensor<8x8xf32>
}
