// RUN: smtir opt %s --passes=triton-carry-offsets --split-input-file | filecheck %s

// Two pointers that change places have no common root: they stay.
// CHECK-LABEL: tt.func @swapped
//       CHECK:   scf.for {{.*}} -> (!tt.ptr<f32>, !tt.ptr<f32>)
tt.func @swapped(%p: !tt.ptr<f32>, %q: !tt.ptr<f32>, %n: i32, %v: f32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %p, %b = %q) -> (!tt.ptr<f32>, !tt.ptr<f32>) : i32 {
    tt.store %a, %v : !tt.ptr<f32>
    scf.yield %b, %a : !tt.ptr<f32>, !tt.ptr<f32>
  }
  tt.return
}

// -----

// Data that is carried is not a sum of uniform steps.
// CHECK-LABEL: tt.func @data
//       CHECK:   scf.for {{.*}} -> (tensor<16xi32>)
tt.func @data(%p: !tt.ptr<i32>, %n: i32, %x: tensor<16xi32>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %base = tt.splat %p : !tt.ptr<i32> -> tensor<16x!tt.ptr<i32>>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> (tensor<16xi32>) : i32 {
    %y = arith.muli %a, %x : tensor<16xi32>
    scf.yield %y : tensor<16xi32>
  }
  tt.store %base, %r : tensor<16x!tt.ptr<i32>>
  tt.return
}
