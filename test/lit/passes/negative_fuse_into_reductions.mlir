// What others read too is computed once, and a reduction of nothing computed stays as it is.
// RUN: smtir opt %s --passes=fuse-into-reductions | filecheck %s

#line = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func @read_twice
//       CHECK:   %[[E:.*]] = linalg.generic
//       CHECK:   linalg.reduce {{.*}} ins(%[[E]]
//       CHECK:   return %[[E]]
func.func @read_twice(%x: tensor<8xf32>, %start: tensor<f32>) -> (tensor<8xf32>, tensor<f32>) {
  %e = tensor.empty() : tensor<8xf32>
  %p = linalg.generic {indexing_maps = [#line, #line], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = math.exp %a : f32
    linalg.yield %m : f32
  } -> tensor<8xf32>
  %s = linalg.reduce { arith.addf } ins(%p : tensor<8xf32>) outs(%start : tensor<f32>) dimensions = [0]
  return %p, %s : tensor<8xf32>, tensor<f32>
}

// CHECK-LABEL: func.func @updates
//       CHECK:   linalg.generic
//       CHECK:   linalg.reduce
func.func @updates(%x: tensor<8xf32>, %old: tensor<8xf32>, %start: tensor<f32>) -> tensor<f32> {
  %p = linalg.generic {indexing_maps = [#line, #line], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%old : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.addf %a, %o : f32
    linalg.yield %m : f32
  } -> tensor<8xf32>
  %s = linalg.reduce { arith.addf } ins(%p : tensor<8xf32>) outs(%start : tensor<f32>) dimensions = [0]
  return %s : tensor<f32>
}

// CHECK-LABEL: func.func @argument
//   CHECK-NOT:   linalg.generic
//       CHECK:   linalg.reduce
func.func @argument(%x: tensor<8xf32>, %start: tensor<f32>) -> tensor<f32> {
  %s = linalg.reduce { arith.addf } ins(%x : tensor<8xf32>) outs(%start : tensor<f32>) dimensions = [0]
  return %s : tensor<f32>
}

// Flags are reduced as bytes.
// CHECK-LABEL: func.func @flags
//       CHECK:   linalg.generic
//       CHECK:   linalg.reduce
func.func @flags(%x: tensor<8xi32>, %n: i32, %start: tensor<i1>) -> tensor<i1> {
  %e = tensor.empty() : tensor<8xi1>
  %p = linalg.generic {indexing_maps = [#line, #line], iterator_types = ["parallel"]}
      ins(%x : tensor<8xi32>) outs(%e : tensor<8xi1>) {
  ^bb0(%a: i32, %o: i1):
    %m = arith.cmpi slt, %a, %n : i32
    linalg.yield %m : i1
  } -> tensor<8xi1>
  %s = linalg.reduce { arith.andi } ins(%p : tensor<8xi1>) outs(%start : tensor<i1>) dimensions = [0]
  return %s : tensor<i1>
}
