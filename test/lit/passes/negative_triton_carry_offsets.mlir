// RUN: smtir opt %s --passes=triton-carry-offsets --split-input-file | filecheck %s

// A window on a buffer of the kernel's own has no address that a branch could give.
// CHECK-LABEL: tt.func @views
//       CHECK:   scf.if {{.*}} -> (!tt.ptr<tensor<4x8xf32>>)
tt.func @views(%c: i1, %v: tensor<4x8xf32>) {
  %c0 = arith.constant 0 : i32
  %a = xsmt.alloc [[8, 8]] storage("l2") : !tt.ptr<tensor<8x8xf32>>
  %p = scf.if %c -> (!tt.ptr<tensor<4x8xf32>>) {
    %x = xsmt.subview %a, [%c0, %c0], [[4, 8]] : !tt.ptr<tensor<8x8xf32>> -> !tt.ptr<tensor<4x8xf32>>
    scf.yield %x : !tt.ptr<tensor<4x8xf32>>
  } else {
    %x = xsmt.subview %a, [%c0, %c0], [[4, 8]] : !tt.ptr<tensor<8x8xf32>> -> !tt.ptr<tensor<4x8xf32>>
    scf.yield %x : !tt.ptr<tensor<4x8xf32>>
  }
  tt.store %p, %v : !tt.ptr<tensor<4x8xf32>>
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
