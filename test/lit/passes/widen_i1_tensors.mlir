// RUN: smtir opt %s --passes=widen-i1-tensors | filecheck %s

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func @mask
// CHECK: %[[M:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<64xi8>)
// CHECK: %[[C:.*]] = arith.cmpf ogt
// CHECK: %[[B:.*]] = arith.extui %[[C]] : i1 to i8
// CHECK: linalg.yield %[[B]] : i8
// CHECK: linalg.generic {{.*}} ins(%[[M]], %{{.*}} : tensor<64xi8>, tensor<64xf32>)
// CHECK: ^bb0(%[[IN:.*]]: i8, %{{.*}}
// CHECK: %[[K:.*]] = arith.trunci %[[IN]] : i8 to i1
// CHECK: arith.select %[[K]]
// CHECK: %[[ONE:.*]] = tensor.extract %[[M]]
// CHECK: arith.trunci %[[ONE]] : i8 to i1
func.func @mask(%x: tensor<64xf32>, %z: f32, %i: index) -> (tensor<64xf32>, i1) {
  %e = tensor.empty() : tensor<64xi1>
  %m = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<64xf32>) outs(%e : tensor<64xi1>) {
  ^bb0(%a: f32, %o: i1):
    %1 = arith.cmpf ogt, %a, %z : f32
    linalg.yield %1 : i1
  } -> tensor<64xi1>
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%m, %x : tensor<64xi1>, tensor<64xf32>) outs(%x : tensor<64xf32>) {
  ^bb0(%k: i1, %a: f32, %o: f32):
    %1 = arith.select %k, %a, %z : f32
    linalg.yield %1 : f32
  } -> tensor<64xf32>
  %one = tensor.extract %m[%i] : tensor<64xi1>
  return %r, %one : tensor<64xf32>, i1
}

// A constant mask, and an "any" over it, which keeps its one operation.
// CHECK-LABEL: func.func @any
// CHECK: arith.constant dense<[1, 0, 1, 1]> : tensor<4xi8>
// CHECK: linalg.reduce { arith.ori } ins(%{{.*}} : tensor<4xi8>) outs(%{{.*}} : tensor<i8>)
func.func @any(%init: i1) -> i1 {
  %m = arith.constant dense<[true, false, true, true]> : tensor<4xi1>
  %e = tensor.empty() : tensor<i1>
  %f = linalg.fill ins(%init : i1) outs(%e : tensor<i1>) -> tensor<i1>
  %r = linalg.reduce { arith.ori } ins(%m : tensor<4xi1>) outs(%f : tensor<i1>) dimensions = [0]
  %s = tensor.extract %r[] : tensor<i1>
  return %s : i1
}
