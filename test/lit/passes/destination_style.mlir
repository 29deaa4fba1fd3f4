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

// The flag is not handed on: the tensor is the second value carried, and the only result.
// CHECK-LABEL: func.func @until_a_flag
// CHECK: %[[R:.*]]:2 = scf.while (%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) : (i1, tensor<64xf32>) -> (i1, tensor<64xf32>)
// CHECK: ^bb0(%{{.*}}: i1, %[[U:.*]]: tensor<64xf32>):
// CHECK: %[[NEW:.*]] = linalg.generic {{.*}} outs(%[[U]] : tensor<64xf32>)
// CHECK: scf.yield %{{.*}}, %[[NEW]] : i1, tensor<64xf32>
// CHECK: return %[[R]]#1
func.func @until_a_flag(%x: tensor<64xf32>) -> tensor<64xf32> {
  %false = arith.constant false
  %true = arith.constant true
  %c0 = arith.constant 0 : index
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64xf32>
  %r = scf.while (%done = %false, %u = %x) : (i1, tensor<64xf32>) -> tensor<64xf32> {
    %more = arith.xori %done, %true : i1
    scf.condition(%more) %u : tensor<64xf32>
  } do {
  ^bb0(%u: tensor<64xf32>):
    %s = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%u : tensor<64xf32>) outs(%e : tensor<64xf32>) {
    ^bb0(%a: f32, %o: f32):
      %1 = arith.addf %a, %a : f32
      linalg.yield %1 : f32
    } -> tensor<64xf32>
    %first = tensor.extract %s[%c0] : tensor<64xf32>
    %done = arith.cmpf oeq, %first, %z : f32
    scf.yield %done, %s : i1, tensor<64xf32>
  }
  return %r : tensor<64xf32>
}
