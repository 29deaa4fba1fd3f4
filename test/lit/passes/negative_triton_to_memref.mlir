// RUN: smtir opt %s --passes=triton-to-memref --split-input-file | filecheck %s

// CHECK-LABEL: func @carried
//       CHECK:   tt.store
tt.func @carried(%p: !tt.ptr<f32>, %q: !tt.ptr<f32>, %n: i32, %v: f32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %p, %b = %q) -> (!tt.ptr<f32>, !tt.ptr<f32>) : i32 {
    tt.store %a, %v : !tt.ptr<f32>
    scf.yield %b, %a : !tt.ptr<f32>, !tt.ptr<f32>
  }
  tt.return
}

// -----

// The remainder of a product of indices is no piece of memory: it is read one by one.
// CHECK-LABEL: func @remainder_of_squares
//       CHECK:   memref.load
//   CHECK-NOT:   memref.copy
tt.func @remainder_of_squares(%p: !tt.ptr<f32>, %q: !tt.ptr<f32>, %n: i32, %s: i32) {
  %range = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %starts = tt.splat %s : i32 -> tensor<16xi32>
  %offsets = arith.muli %range, %range : tensor<16xi32>
  %modulus = tt.splat %n : i32 -> tensor<16xi32>
  %inside = arith.remsi %offsets, %modulus : tensor<16xi32>
  %a = tt.splat %p : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
  %pa = tt.addptr %a, %inside : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
  %x = tt.load %pa : tensor<16x!tt.ptr<f32>>
  %b = tt.splat %q : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
  %pb = tt.addptr %b, %range : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
  tt.store %pb, %x : tensor<16x!tt.ptr<f32>>
  tt.return
}

// -----

// Integers have no atomic increment that wraps at a value of its own.
// CHECK-LABEL: func @increment
//       CHECK:   tt.descriptor_reduce inc
tt.func @increment(%p: !tt.ptr<i32>, %n: i32, %s: i64, %i: i32, %x: tensor<8x16xi32>) {
  %one = arith.constant 1 : i64
  %d = tt.make_tensor_descriptor %p, [%n, %n], [%s, %one] : <i32>, <tensor<8x16xsi32>>
  tt.descriptor_reduce inc, %d[%i, %i], %x : !tt.tensordesc<tensor<8x16xsi32>>, tensor<8x16xi32>
  tt.return
}
