// RUN: smtir opt %s --passes=exchange-pairs --split-input-file | filecheck %s

// A dim of four has no partners: the exclusive or with the sum is of the three others.
// CHECK-LABEL: tt.func @four
//       CHECK:   tt.reduce
//       CHECK:   arith.select
//   CHECK-NOT:   memref.alloc
func.func @four(%x: tensor<4x2xi32>) -> tensor<4x2xi32> {
  %range = tt.make_range {end = 2 : i32, start = 0 : i32} : tensor<2xi32>
  %last = tt.reshape %range : tensor<2xi32> -> tensor<1x2xi32>
  %s = "tt.reduce"(%x) <{axis = 0 : i32}> ({
  ^bb0(%a: i32, %b: i32):
    %c = arith.xori %a, %b : i32
    tt.reduce.return %c : i32
  }) : (tensor<4x2xi32>) -> tensor<2xi32>
  %k = tt.expand_dims %s {axis = 0 : i32} : tensor<2xi32> -> tensor<1x2xi32>
  %w = tt.broadcast %k : tensor<1x2xi32> -> tensor<4x2xi32>
  %p = arith.xori %x, %w : tensor<4x2xi32>
  %g = arith.cmpi sgt, %x, %p : tensor<4x2xi32>
  %e = arith.extui %g : tensor<4x2xi1> to tensor<4x2xi32>
  %r = tt.broadcast %last : tensor<1x2xi32> -> tensor<4x2xi32>
  %u = arith.cmpi ne, %e, %r : tensor<4x2xi32>
  %y = arith.select %u, %p, %x : tensor<4x2xi1>, tensor<4x2xi32>
  return %y : tensor<4x2xi32>
}

// -----

// A condition that is the same for both of a pair is no exchange.
// CHECK-LABEL: tt.func @one_sided
//       CHECK:   tt.reduce
//   CHECK-NOT:   memref.alloc
func.func @one_sided(%x: tensor<2x2xi32>) -> tensor<2x2xi32> {
  %range = tt.make_range {end = 2 : i32, start = 0 : i32} : tensor<2xi32>
  %last = tt.reshape %range : tensor<2xi32> -> tensor<1x2xi32>
  %s = "tt.reduce"(%x) <{axis = 0 : i32}> ({
  ^bb0(%a: i32, %b: i32):
    %c = arith.xori %a, %b : i32
    tt.reduce.return %c : i32
  }) : (tensor<2x2xi32>) -> tensor<2xi32>
  %k = tt.expand_dims %s {axis = 0 : i32} : tensor<2xi32> -> tensor<1x2xi32>
  %w = tt.broadcast %k : tensor<1x2xi32> -> tensor<2x2xi32>
  %p = arith.xori %x, %w : tensor<2x2xi32>
  %g = arith.cmpi sgt, %x, %p : tensor<2x2xi32>
  %e = arith.extui %g : tensor<2x2xi1> to tensor<2x2xi32>
  %r = tt.broadcast %last : tensor<1x2xi32> -> tensor<2x2xi32>
  %u = arith.cmpi ne, %e, %r : tensor<2x2xi32>
  %y = arith.select %u, %p, %x : tensor<2x2xi1>, tensor<2x2xi32>
  return %y : tensor<2x2xi32>
}
