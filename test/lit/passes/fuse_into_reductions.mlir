// What only a reduction reads is computed in it; where no operand says how far the loops run, one is made.
// RUN: smtir opt %s --passes=fuse-into-reductions | filecheck %s

#all = affine_map<(d0, d1) -> (d0, d1)>
#line = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func @products
//       CHECK:   %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[ALL:.*]], #[[ALL]], #{{.*}}], iterator_types = ["parallel", "reduction"]} ins(%arg0, %arg1 : {{.*}}) outs(%arg2
//       CHECK:     %[[P:.*]] = arith.mulf
//       CHECK:     arith.addf %{{.*}}, %[[P]]
//       CHECK:   return %[[SUM]]
func.func @products(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>, %start: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %p = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x, %y : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<4x8xf32>
  %s = linalg.reduce { arith.addf } ins(%p : tensor<4x8xf32>) outs(%start : tensor<4xf32>) dimensions = [1]
  return %s : tensor<4xf32>
}

// CHECK-LABEL: func.func @read
//       CHECK:   %[[SHAPE:.*]] = tensor.empty() : tensor<8xi8>
//       CHECK:   linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%[[SHAPE]] : tensor<8xi8>) outs(%arg1
//       CHECK:     %[[AT:.*]] = linalg.index 0
//       CHECK:     %[[X:.*]] = memref.load %arg0[%[[AT]]]
//       CHECK:     arith.maxnumf %{{.*}}, %[[X]]
func.func @read(%memory: memref<100xf32>, %start: tensor<f32>) -> tensor<f32> {
  %e = tensor.empty() : tensor<8xf32>
  %x = linalg.generic {indexing_maps = [#line], iterator_types = ["parallel"]} outs(%e : tensor<8xf32>) {
  ^bb0(%o: f32):
    %at = linalg.index 0 : index
    %v = memref.load %memory[%at] : memref<100xf32>
    linalg.yield %v : f32
  } -> tensor<8xf32>
  %m = linalg.reduce { arith.maxnumf } ins(%x : tensor<8xf32>) outs(%start : tensor<f32>) dimensions = [0]
  return %m : tensor<f32>
}

// The place of the largest element: one of two operands is computed.
// CHECK-LABEL: func.func @place
//       CHECK:   %[[BOTH:.*]]:2 = linalg.generic {{.*}} ins(%arg0 : tensor<8xf32>) outs(%arg1, %arg2
//       CHECK:     linalg.index 0
//       CHECK:   return %[[BOTH]]#0, %[[BOTH]]#1
func.func @place(%x: tensor<8xf32>, %best: tensor<f32>, %where: tensor<index>) -> (tensor<f32>, tensor<index>) {
  %e = tensor.empty() : tensor<8xindex>
  %n = linalg.generic {indexing_maps = [#line], iterator_types = ["parallel"]} outs(%e : tensor<8xindex>) {
  ^bb0(%o: index):
    %at = linalg.index 0 : index
    linalg.yield %at : index
  } -> tensor<8xindex>
  %r:2 = linalg.reduce ins(%x, %n : tensor<8xf32>, tensor<8xindex>) outs(%best, %where : tensor<f32>, tensor<index>)
      dimensions = [0] (%v: f32, %at: index, %old: f32, %old_at: index) {
    %more = arith.cmpf ogt, %v, %old : f32
    %m = arith.select %more, %v, %old : f32
    %w = arith.select %more, %at, %old_at : index
    linalg.yield %m, %w : f32, index
  }
  return %r#0, %r#1 : tensor<f32>, tensor<index>
}
