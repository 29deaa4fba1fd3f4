// RUN: smtir opt %s --passes=exchange-pairs --split-input-file | filecheck %s

// Two steps share a buffer: the second, along the last dim, is flipped along the first.
// CHECK-LABEL: tt.func @two_steps
//  CHECK-SAME:   %[[X:.*]]: tensor<2x4x2xf32>
//   CHECK-NOT:   tt.reduce
//       CHECK:   %[[FLAT:.*]] = tensor.collapse_shape %[[X]]
//       CHECK:   %[[BUFFER:.*]] = memref.alloc() : memref<16xf32>
//       CHECK:   bufferization.materialize_in_destination %[[FLAT]] in restrict writable %[[BUFFER]]
//       CHECK:   %[[FIRST:.*]] = memref.expand_shape %[[BUFFER]] {{.*}} into memref<2x8xf32>
//       CHECK:   %[[LOW:.*]] = memref.subview %[[FIRST]][0, 0] [1, 8] [1, 1]
//       CHECK:   %[[HIGH:.*]] = memref.subview %[[FIRST]][1, 0] [1, 8] [1, 1]
//       CHECK:   linalg.generic {{.*}} ins(%[[LOW]], %[[HIGH]] : {{.*}}) outs(%[[LOW]], %[[HIGH]] :
// CHECK-COUNT-2: arith.cmpf ogt
//       CHECK:   %[[SECOND:.*]] = memref.expand_shape %[[BUFFER]] {{.*}} into memref<2x4x2xf32>
//       CHECK:   memref.subview %[[SECOND]][0, 0, 0] [2, 4, 1]
//       CHECK:   memref.subview %[[SECOND]][0, 0, 1] [2, 4, 1]
//       CHECK:   linalg.generic
//       CHECK:   %[[FOUND:.*]] = bufferization.to_tensor %[[BUFFER]] restrict writable
//       CHECK:   %[[Y:.*]] = tensor.expand_shape %[[FOUND]]
//       CHECK:   tt.return %[[Y]]
func.func @two_steps(%x: tensor<2x4x2xf32>) -> tensor<2x4x2xf32> {
  %range = tt.make_range {end = 2 : i32, start = 0 : i32} : tensor<2xi32>
  %first = tt.reshape %range : tensor<2xi32> -> tensor<2x1x1xi32>
  %last = tt.reshape %range : tensor<2xi32> -> tensor<1x1x2xi32>
  %i = tt.bitcast %x : tensor<2x4x2xf32> -> tensor<2x4x2xi32>
  %s = "tt.reduce"(%i) <{axis = 0 : i32}> ({
  ^bb0(%a: i32, %b: i32):
    %c = arith.xori %a, %b : i32
    tt.reduce.return %c : i32
  }) : (tensor<2x4x2xi32>) -> tensor<4x2xi32>
  %k = tt.expand_dims %s {axis = 0 : i32} : tensor<4x2xi32> -> tensor<1x4x2xi32>
  %w = tt.broadcast %k : tensor<1x4x2xi32> -> tensor<2x4x2xi32>
  %m = arith.xori %i, %w : tensor<2x4x2xi32>
  %p = tt.bitcast %m : tensor<2x4x2xi32> -> tensor<2x4x2xf32>
  %g = arith.cmpf ogt, %x, %p : tensor<2x4x2xf32>
  %e = arith.extui %g : tensor<2x4x2xi1> to tensor<2x4x2xi32>
  %r = tt.broadcast %first : tensor<2x1x1xi32> -> tensor<2x4x2xi32>
  %u = arith.cmpi ne, %e, %r : tensor<2x4x2xi32>
  %y = arith.select %u, %p, %x : tensor<2x4x2xi1>, tensor<2x4x2xf32>
  %i2 = tt.bitcast %y : tensor<2x4x2xf32> -> tensor<2x4x2xi32>
  %s2 = "tt.reduce"(%i2) <{axis = 2 : i32}> ({
  ^bb0(%a: i32, %b: i32):
    %c = arith.xori %a, %b : i32
    tt.reduce.return %c : i32
  }) : (tensor<2x4x2xi32>) -> tensor<2x4xi32>
  %k2 = tt.expand_dims %s2 {axis = 2 : i32} : tensor<2x4xi32> -> tensor<2x4x1xi32>
  %w2 = tt.broadcast %k2 : tensor<2x4x1xi32> -> tensor<2x4x2xi32>
  %m2 = arith.xori %i2, %w2 : tensor<2x4x2xi32>
  %p2 = tt.bitcast %m2 : tensor<2x4x2xi32> -> tensor<2x4x2xf32>
  %g2 = arith.cmpf ogt, %y, %p2 : tensor<2x4x2xf32>
  %e2 = arith.extui %g2 : tensor<2x4x2xi1> to tensor<2x4x2xi32>
  %f2 = tt.broadcast %first : tensor<2x1x1xi32> -> tensor<2x1x2xi32>
  %l2 = tt.broadcast %last : tensor<1x1x2xi32> -> tensor<2x1x2xi32>
  %d2 = arith.xori %f2, %l2 : tensor<2x1x2xi32>
  %r2 = tt.broadcast %d2 : tensor<2x1x2xi32> -> tensor<2x4x2xi32>
  %u2 = arith.cmpi ne, %e2, %r2 : tensor<2x4x2xi32>
  %z = arith.select %u2, %p2, %y : tensor<2x4x2xi1>, tensor<2x4x2xf32>
  return %z : tensor<2x4x2xf32>
}
