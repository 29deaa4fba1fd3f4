// RUN: smtir opt %s --passes=destination-style | filecheck %s

#id = affine_map<(d0) -> (d0)>

// The sum is not read any more once it is updated: it is written over.  The maximum is: it is copied.
// CHECK-LABEL: func.func @softmax_state
// CHECK: scf.for {{.*}} iter_args(%[[L:.*]] = %{{.*}}, %[[M:.*]] = %{{.*}})
// CHECK: %[[NEW_M:.*]] = linalg.generic
// CHECK: %[[ALPHA:.*]] = linalg.generic
// CHECK: %[[NEW_L:.*]] = linalg.generic {{.*}} ins(%[[L]], %[[ALPHA]] {{.*}} outs(%[[L]]
// CHECK-NEXT: ^bb0(%{{.*}}: f32, %[[A:.*]]: f32, %[[OLD:.*]]: f32):
// CHECK-NEXT: arith.mulf %[[OLD]], %[[A]]
// CHECK: %[[KEPT:.*]] = linalg.copy ins(%[[NEW_M]] {{.*}} outs(%[[M]]
// CHECK: scf.yield %[[NEW_L]], %[[KEPT]]
func.func @softmax_state(%x: tensor<64xf32>, %l0: tensor<64xf32>, %m0: tensor<64xf32>, %n: index)
    -> (tensor<64xf32>, tensor<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<64xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%l = %l0, %m = %m0) -> (tensor<64xf32>, tensor<64xf32>) {
    %new_m = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%m, %x : tensor<64xf32>, tensor<64xf32>) outs(%e : tensor<64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %1 = arith.maxnumf %a, %b : f32
      linalg.yield %1 : f32
    } -> tensor<64xf32>
    %alpha = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%m, %new_m : tensor<64xf32>, tensor<64xf32>) outs(%e : tensor<64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %1 = arith.subf %a, %b : f32
      linalg.yield %1 : f32
    } -> tensor<64xf32>
    %new_l = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%l, %alpha : tensor<64xf32>, tensor<64xf32>) outs(%e : tensor<64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %1 = arith.mulf %a, %b : f32
      linalg.yield %1 : f32
    } -> tensor<64xf32>
    scf.yield %new_l, %new_m : tensor<64xf32>, tensor<64xf32>
  }
  return %r#0, %r#1 : tensor<64xf32>, tensor<64xf32>
}

// Two accumulators filled alike get a fill each.
// CHECK-LABEL: func.func @two_fills
// CHECK-COUNT-2: linalg.fill
// CHECK: scf.for
func.func @two_fills(%n: index, %z: f32) -> (tensor<64xf32>, tensor<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<64xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%u = %f, %v = %f) -> (tensor<64xf32>, tensor<64xf32>) {
    scf.yield %u, %v : tensor<64xf32>, tensor<64xf32>
  }
  return %r#0, %r#1 : tensor<64xf32>, tensor<64xf32>
}
