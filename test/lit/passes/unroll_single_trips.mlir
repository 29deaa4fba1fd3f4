// A loop whose tensors are only reduced gets a path without a loop, for a single trip.
// RUN: smtir opt %s --passes=unroll-single-trips | filecheck %s

#line = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func @sum
//       CHECK:   %[[Z:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<f32>)
//       CHECK:   %[[SOME:.*]] = arith.cmpi slt, %c0, %arg1 : index
//       CHECK:   %[[FEW:.*]] = arith.cmpi ule, %arg1, %c8 : index
//       CHECK:   %[[ONCE:.*]] = arith.andi %[[SOME]], %[[FEW]]
//       CHECK:   %[[S:.*]] = scf.if %[[ONCE]] -> (f32) {
//   CHECK-NOT:     scf.for
//       CHECK:     linalg.index
//       CHECK:     memref.load %arg0[%{{.*}}]
//       CHECK:     %[[LANES:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<8xf32>) outs(%arg2 : tensor<8xf32>)
//       CHECK:     %[[R:.*]] = linalg.reduce {{.*}} ins(%[[LANES]] : tensor<8xf32>) outs(%[[Z]] : tensor<f32>)
//       CHECK:     %[[E:.*]] = tensor.extract %[[R]][]
//       CHECK:     scf.yield %[[E]] : f32
//       CHECK:   } else {
//       CHECK:     scf.for %{{.*}} = %c0 to %arg1 step %c8
//       CHECK:     linalg.reduce
//       CHECK:     tensor.extract
//       CHECK:   }
//       CHECK:   return %[[S]]
func.func @sum(%memory: memref<?xf32>, %n: index, %start: tensor<8xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %sums = scf.for %i = %c0 to %n step %c8 iter_args(%s = %start) -> (tensor<8xf32>) {
    %e = tensor.empty() : tensor<8xf32>
    %x = linalg.generic {indexing_maps = [#line], iterator_types = ["parallel"]} outs(%e : tensor<8xf32>) {
    ^bb0(%o: f32):
      %lane = linalg.index 0 : index
      %at = arith.addi %lane, %i : index
      %v = memref.load %memory[%at] : memref<?xf32>
      linalg.yield %v : f32
    } -> tensor<8xf32>
    %new = linalg.generic {indexing_maps = [#line, #line], iterator_types = ["parallel"]}
        ins(%x : tensor<8xf32>) outs(%s : tensor<8xf32>) {
    ^bb0(%v: f32, %o: f32):
      %sum = arith.addf %v, %o : f32
      linalg.yield %sum : f32
    } -> tensor<8xf32>
    scf.yield %new : tensor<8xf32>
  }
  %place = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%place : tensor<f32>) -> tensor<f32>
  %r = linalg.reduce { arith.addf } ins(%sums : tensor<8xf32>) outs(%z : tensor<f32>) dimensions = [0]
  %total = tensor.extract %r[] : tensor<f32>
  return %total : f32
}

// Both results of a loop, one by way of a lane-wise operation; a scalar that is carried; bounds that are no constants.
// CHECK-LABEL: func.func @two
//       CHECK:   %[[LENGTH:.*]] = arith.subi %arg2, %arg1 : i32
//       CHECK:   arith.cmpi ule, %[[LENGTH]], %arg3 : i32
//       CHECK:   %[[R:.*]]:3 = scf.if %{{.*}} -> (i32, tensor<f32>, tensor<f32>) {
//       CHECK:     math.exp
//       CHECK:     %[[COUNT:.*]] = arith.addi %c5{{.*}}, %arg1
//       CHECK:     arith.mulf
//       CHECK:     %[[A:.*]] = linalg.reduce
//       CHECK:     %[[B:.*]] = linalg.reduce
//       CHECK:     scf.yield %[[COUNT]], %[[A]], %[[B]]
//       CHECK:   return %[[R]]#1, %[[R]]#2, %[[R]]#0
func.func @two(%x: tensor<8xf32>, %first: i32, %end: i32, %step: i32, %place: tensor<f32>) -> (tensor<f32>, tensor<f32>, i32) {
  %five = arith.constant 5 : i32
  %a:3 = scf.for %i = %first to %end step %step iter_args(%s = %x, %t = %x, %k = %five) -> (tensor<8xf32>, tensor<8xf32>, i32) : i32 {
    %new = linalg.generic {indexing_maps = [#line], iterator_types = ["parallel"]} outs(%s : tensor<8xf32>) {
    ^bb0(%o: f32):
      %e = math.exp %o : f32
      linalg.yield %e : f32
    } -> tensor<8xf32>
    %next = arith.addi %k, %i : i32
    scf.yield %new, %t, %next : tensor<8xf32>, tensor<8xf32>, i32
  }
  %square = linalg.generic {indexing_maps = [#line], iterator_types = ["parallel"]} outs(%a#0 : tensor<8xf32>) {
  ^bb0(%o: f32):
    %e = arith.mulf %o, %o : f32
    linalg.yield %e : f32
  } -> tensor<8xf32>
  %r = linalg.reduce { arith.addf } ins(%square : tensor<8xf32>) outs(%place : tensor<f32>) dimensions = [0]
  %q = linalg.reduce { arith.maximumf } ins(%a#1 : tensor<8xf32>) outs(%place : tensor<f32>) dimensions = [0]
  return %r, %q, %a#2 : tensor<f32>, tensor<f32>, i32
}
