// RUN: smtir opt %s --passes=triton-to-linalg --split-input-file | filecheck %s

// Each use of a splat has a fill of its own, so that each can be updated in place.
// CHECK-LABEL: func @two_accumulators
// CHECK-COUNT-2: linalg.fill
//       CHECK:   return
tt.func @two_accumulators(%n: i32) -> (tensor<8xf32>, tensor<8xf32>) {
  %zero = arith.constant dense<0.0> : tensor<8xf32>
  tt.return %zero, %zero : tensor<8xf32>, tensor<8xf32>
}

// -----

// A fill inside the loop: zero in every iteration.
// CHECK-LABEL: func @zero_in_loop
//       CHECK:   scf.for
//       CHECK:     linalg.fill
//       CHECK:     arith.addf
tt.func @zero_in_loop(%n: i32, %x: tensor<8xf32>) -> tensor<8xf32> {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %zero = arith.constant dense<0.0> : tensor<8xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> (tensor<8xf32>) : i32 {
    %y = arith.addf %zero, %a : tensor<8xf32>
    scf.yield %y : tensor<8xf32>
  }
  tt.return %r : tensor<8xf32>
}

// -----

// CHECK-LABEL: func @shapes
//       CHECK:   %[[E:.*]] = tensor.expand_shape %{{.*}} {{\[\[}}0, 1]]
//       CHECK:   %[[C:.*]] = tensor.collapse_shape %[[E]]
//       CHECK:   linalg.generic {{.*}} ins(%[[C]] : tensor<8xf32>)
//       CHECK:   linalg.transpose {{.*}} permutation = [1, 0]
//       CHECK:   tensor.collapse_shape
//       CHECK:   tensor.expand_shape {{.*}} output_shape [4, 32]
tt.func @shapes(%x: tensor<8xf32>) -> tensor<4x32xf32> {
  %e = tt.expand_dims %x {axis = 1 : i32} : tensor<8xf32> -> tensor<8x1xf32>
  %b = tt.broadcast %e : tensor<8x1xf32> -> tensor<8x16xf32>
  %t = tt.trans %b {order = array<i32: 1, 0>} : tensor<8x16xf32> -> tensor<16x8xf32>
  %r = tt.reshape %t : tensor<16x8xf32> -> tensor<4x32xf32>
  tt.return %r : tensor<4x32xf32>
}

// -----

// The neutral element of maxnumf is NaN: a row of NaN stays NaN, and -inf is no special case.
// CHECK-LABEL: func @max
//   CHECK-DAG:   %[[NAN:.*]] = arith.constant 0x7FC00000 : f32
//       CHECK:   linalg.fill ins(%[[NAN]] : f32)
//       CHECK:   linalg.reduce { arith.maxnumf } {{.*}} dimensions = [1]
tt.func @max(%x: tensor<8x16xf32>) -> tensor<8xf32> {
  %m = "tt.reduce"(%x) <{axis = 1 : i32}> ({
  ^bb0(%l: f32, %r: f32):
    %0 = arith.maxnumf %l, %r : f32
    tt.reduce.return %0 : f32
  }) : (tensor<8x16xf32>) -> tensor<8xf32>
  tt.return %m : tensor<8xf32>
}

// -----

// Two elements are combined as the halves that they are in.
// CHECK-LABEL: func.func @pairs
//  CHECK-SAME:   %[[X:.*]]: tensor<4x2x8xi32>
//       CHECK:   %[[LOW:.*]] = tensor.extract_slice %[[X]][0, 0, 0] [4, 1, 8] [1, 1, 1]
//       CHECK:   %[[HIGH:.*]] = tensor.extract_slice %[[X]][0, 1, 0] [4, 1, 8] [1, 1, 1]
//       CHECK:   linalg.generic {{.*}} ins(%[[LOW]], %[[HIGH]] : tensor<4x8xi32>, tensor<4x8xi32>)
//       CHECK:     arith.addi
//   CHECK-NOT:   linalg.reduce
func.func @pairs(%x: tensor<4x2x8xi32>) -> tensor<4x8xi32> {
  %m = "tt.reduce"(%x) <{axis = 1 : i32}> ({
  ^bb0(%l: i32, %r: i32):
    %0 = arith.addi %l, %r : i32
    tt.reduce.return %0 : i32
  }) : (tensor<4x2x8xi32>) -> tensor<4x8xi32>
  return %m : tensor<4x8xi32>
}

// -----

// A combination with no known neutral element starts from the first element.
// CHECK-LABEL: func @argmax
//       CHECK:   tensor.extract_slice %{{.*}}[0, 0] [8, 1] [1, 1]
//       CHECK:   tensor.extract_slice %{{.*}}[0, 1] [8, 15] [1, 1]
//       CHECK:   linalg.reduce ins(%{{.*}}, %{{.*}} : tensor<8x15xf32>, tensor<8x15xi32>)
tt.func @argmax(%x: tensor<8x16xf32>, %i: tensor<8x16xi32>) -> tensor<8xi32> {
  %m:2 = "tt.reduce"(%x, %i) <{axis = 1 : i32}> ({
  ^bb0(%l: f32, %li: i32, %r: f32, %ri: i32):
    %c = arith.cmpf ogt, %l, %r : f32
    %0 = arith.select %c, %l, %r : f32
    %1 = arith.select %c, %li, %ri : i32
    tt.reduce.return %0, %1 : f32, i32
  }) : (tensor<8x16xf32>, tensor<8x16xi32>) -> (tensor<8xf32>, tensor<8xi32>)
  tt.return %m#1 : tensor<8xi32>
}

// -----

// f16 products are summed in f32 and rounded once.
// CHECK-LABEL: func @dot
//       CHECK:   %[[WIDE:.*]] = arith.extf %{{.*}} : tensor<8x8xf16> to tensor<8x8xf32>
//       CHECK:   %[[D:.*]] = linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<8x16xf16>, tensor<16x8xf16>) outs(%[[WIDE]] : tensor<8x8xf32>)
//       CHECK:   arith.truncf %[[D]]
tt.func @dot(%a: tensor<8x16xf16>, %b: tensor<16x8xf16>, %c: tensor<8x8xf16>) -> tensor<8x8xf16> {
  %d = tt.dot %a, %b, %c : tensor<8x16xf16> * tensor<16x8xf16> -> tensor<8x8xf16>
  tt.return %d : tensor<8x8xf16>
}
